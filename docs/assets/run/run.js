// The buttons of snippets that run in the page. Everything else is loaded by the first press, but for
// exercises: these show what a reader has solved before.

async function act(target, wish) {
  const block = target.closest(".snippet");
  if (!block?.querySelector(":scope > .tools > .run")) return;
  const { snippet } = await import("./snippet.js");
  snippet(block)[wish]();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".tools > button");
  if (button?.matches(".run")) act(button, "run");
  if (button?.matches(".edit")) act(button, "edit");
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (event.target.closest?.(".snippet")) event.preventDefault();
    act(event.target, "start");
  }
});

if (document.querySelector(".exercise .check")) import("./exercise.js");

// The form of the doctor is there for those who have Python in the page, which runs its snippets.
if (document.querySelector("form.doctor") && document.querySelector(".tools > .run")) {
  import("./doctor.js");
}
