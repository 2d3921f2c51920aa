// Pages that ask something, shown in a dialog over the page that asked; without this they are pages of their own.
const dialog = document.getElementById("dialog-frame");
const body = document.getElementById("dialog");
const waiting = document.getElementById("dialog-waiting");

document.addEventListener("click", (event) => {
  const opener = event.target.closest('[hx-target="#dialog"]');
  if (opener && !dialog.open && !event.ctrlKey && !event.metaKey) {
    body.replaceChildren(waiting.content.cloneNode(true));
    dialog.showModal();
  }
  if (event.target === dialog || event.target.closest("[data-close]")) {
    const open = event.target.closest("dialog");
    if (open) {
      event.preventDefault();
      open.close();
    }
  }
});

// What has the focus keeps it when only a part of the dialog was renewed.
document.addEventListener("htmx:after:swap", () => {
  if (dialog.open && !body.contains(document.activeElement)) (body.querySelector("[autofocus]") ?? body.querySelector("h2"))?.focus();
});

// Type-to-confirm: the button becomes one when the name is right; the server asks for it as well.
document.addEventListener("input", ({ target }) => {
  const wanted = target.dataset?.confirm;
  if (wanted === undefined) return;
  const button = target.form.querySelector("[data-needs-confirm]");
  if (button) button.disabled = target.value.trim() !== wanted;
});
