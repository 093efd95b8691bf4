"use strict";
// A deck, one slide at a time: ?present in the address shows it, ?notes shows what to say beside it.
// The windows of a deck go together. The number of the slide stands in the address.

const slides = [...document.querySelectorAll(".slide")];
const mode = { "?present": "presenting", "?notes": "noting" }[location.search];
const root = document.documentElement;
const others = new BroadcastChannel(`slides of ${location.pathname}`);
let now = -1;

// The slide whose number, or one of whose parts, the address names.
function named() {
  const part = document.getElementById(location.hash.slice(1));
  return Math.max(slides.indexOf(part && part.closest(".slide")), 0);
}

function show(number, told = false) {
  const next = Math.min(Math.max(number, 0), slides.length - 1);
  if (next === now) return;
  now = next;
  slides.forEach((slide, n) => {
    slide.classList.toggle("now", n === now);
    slide.classList.toggle("next", n === now + 1);
  });
  root.style.setProperty("--shown", (now + 1) / slides.length);
  history.replaceState(null, "", `#${now + 1}`);
  document.title = `${now + 1}. ${slides[now].querySelector("h1, h2").firstChild.textContent}`;
  slides[now].scrollTop = 0;
  slides[now].focus({ preventScroll: true });
  if (!told) others.postMessage(now);
}

const KEYS = {
  ArrowRight: () => show(now + 1),
  ArrowDown: () => show(now + 1),
  PageDown: () => show(now + 1),
  ArrowLeft: () => show(now - 1),
  ArrowUp: () => show(now - 1),
  PageUp: () => show(now - 1),
  Home: () => show(0),
  End: () => show(slides.length - 1),
  b: () => root.classList.toggle("black"),
  f: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen(),
  n: () => window.open(`?notes#${now + 1}`, "notes", "popup,width=1100,height=760"),
  Escape: () => location.assign(`${location.pathname}#${now + 1}`),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  let act = KEYS[event.key];
  if (event.key === " " && !event.target.closest("a, button, summary")) {
    act = () => show(now + (event.shiftKey ? -1 : 1));
  }
  if (!act) return;
  // The theme has other uses for some of these keys.
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

let start = null;
function swipe(event) {
  const { clientX: x, clientY: y } = event.changedTouches[0];
  const [right, down] = [x - start.x, y - start.y];
  if (Math.abs(right) > 50 && Math.abs(right) > 2 * Math.abs(down)) show(now - Math.sign(right));
}

if (mode) {
  root.classList.add(mode);
  document.getElementById("as-slides").media = "all";
  for (const slide of slides) slide.tabIndex = -1;
  others.onmessage = ({ data }) => show(data, true);
  addEventListener("hashchange", () => show(named()));
  addEventListener("keydown", press, true);
  addEventListener("touchstart", ({ touches }) => {
    start = { x: touches[0].clientX, y: touches[0].clientY };
  }, { passive: true });
  addEventListener("touchend", swipe);
  show(named());
}
