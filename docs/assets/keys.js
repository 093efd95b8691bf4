"use strict";
// What the theme's script does to the focus of the keyboard, mended. The build puts this before that
// script, into one file.

// On Tab the theme takes the focus from the search field, and WebKit then begins the page again.
document.addEventListener("keydown", event => {
  if (event.key !== "Tab" || !event.target.matches("[data-md-component=search-query]")) return;
  event.stopPropagation();
  const search = document.getElementById("__search");
  if (search.checked) search.click();
}, true);

// Where nothing can hover, the theme takes code that scrolls out of the reach of the keyboard.
if (!matchMedia("(hover)").matches) {
  new MutationObserver(records => {
    for (const { target } of records) {
      const scrolls = target.matches("pre > code") && target.scrollWidth > target.clientWidth;
      if (scrolls && !target.hasAttribute("tabindex")) target.tabIndex = 0;
    }
  }).observe(document.documentElement, { subtree: true, attributeFilter: ["tabindex"] });
}
