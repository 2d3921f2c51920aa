// "/" or Ctrl-K opens the search wherever one is; arrow keys walk through what was found.
const palette = document.getElementById("palette");
const input = palette.querySelector("input");

function open() {
  if (document.querySelector("dialog[open]")) return;
  palette.showModal();
  input.select();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing)) {
    event.preventDefault();
    open();
  }
});

document.querySelector("[data-palette]")?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open();
});

palette.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [input, ...palette.querySelectorAll("#palette-results a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
