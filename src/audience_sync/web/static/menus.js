// Menus are <details>: they close with Escape, by a click elsewhere, and when something in them was chosen.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const each of openMenus()) if (!each.contains(event.target) || event.target.closest(".menu-list a")) each.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const each of openMenus()) {
    each.open = false;
    each.querySelector("summary").focus();
  }
});
