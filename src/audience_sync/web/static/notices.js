// What somebody is told beside the page: toasts, a lost connection, and what was copied.
const live = document.getElementById("live");
const lost = document.getElementById("connection-lost");

function say(words) {
  live.textContent = words;
}

for (const each of document.querySelectorAll(".toast-box")) {
  each.querySelector("button").addEventListener("click", () => each.remove());
  setTimeout(() => each.matches(":hover, :focus-within") || each.remove(), 8000);
}

function connection(there) {
  if (lost.hidden !== there) {
    lost.hidden = there;
    if (there) say("The connection is back.");
  }
}

addEventListener("offline", () => connection(false));
addEventListener("online", () => connection(true));
document.addEventListener("htmx:sse:error", () => connection(false));
document.addEventListener("htmx:sse:after:connection", () => connection(true));
document.addEventListener("htmx:error", ({ detail }) => detail.ctx?.response || connection(false));
document.addEventListener("htmx:after:request", ({ detail }) => detail.ctx?.response && connection(true));

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  button.querySelector("span").textContent = "Copied";
  say("Copied.");
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-show-password]");
  if (!button) return;
  const field = document.getElementById(button.dataset.showPassword);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
  button.textContent = shown ? "Hide" : "Show";
});
