"use strict";
// What the theme's script does to the focus of the keyboard, and does not tell, mended. The build puts this before that
// script, into one file.

// On Tab the theme takes the focus from the search field, and WebKit then begins the page again.
document.addEventListener("keydown", event => {
  if (event.key !== "Tab" || !event.target.matches("[data-md-component=search-query]")) return;
  event.stopPropagation();
  const search = document.getElementById("__search");
  if (search.checked) search.click();
}, true);

// The menu of a narrow window is opened by a label, which no keyboard reaches. A button takes its
// place, with the attributes by which the theme's sheet knows it.
const drawer = document.getElementById("__drawer");
const label = document.querySelector("label.md-header__button[for=__drawer]");
const menu = document.createElement("button");
for (const { name, value } of label.attributes) menu.setAttribute(name, value);
menu.append(...label.childNodes);
menu.setAttribute("aria-label", "Menu");
menu.addEventListener("click", () => drawer.click());
const tell = () => menu.setAttribute("aria-expanded", drawer.checked);
drawer.addEventListener("change", tell);
tell();
label.replaceWith(menu);
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !drawer.checked) return;
  drawer.click();
  menu.focus();
});

// The theme draws in the colors that a reader prefers, and checks only what is then chosen. What it
// says of them in the head makes the browser draw all again, for the bars that our sheet colors.
new MutationObserver(() => {
  document.querySelector("meta[name=color-scheme]:not([content='light dark'])")?.remove();
  const { mdColorScheme } = document.body.dataset;
  const on = document.querySelector(`[name=__palette][data-md-color-scheme="${mdColorScheme}"]`);
  if (on) on.checked = true;
}).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });

// Where nothing can hover, the theme takes code that scrolls out of the reach of the keyboard.
if (!matchMedia("(hover)").matches) {
  new MutationObserver(records => {
    for (const { target } of records) {
      const scrolls = target.matches("pre > code") && target.scrollWidth > target.clientWidth;
      if (scrolls && !target.hasAttribute("tabindex")) target.tabIndex = 0;
    }
  }).observe(document.documentElement, { subtree: true, attributeFilter: ["tabindex"] });
}
