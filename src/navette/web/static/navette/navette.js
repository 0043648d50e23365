// What pages do beyond what HTML does by itself; every page works without it.

// After a form was refused, the first field that is to be corrected has the focus.
document.querySelector("main [aria-invalid=true]:not([type=hidden])")?.focus();

// An open menu closes with Escape, which gives the focus back, and when something else is clicked.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A button with data-copy copies the text of the element that it names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  const said = button.querySelector("[data-copied]");
  if (said) said.textContent = button.dataset.copiedText;
});

// The second click of a double click submits nothing: what the first one asked for is on its way. htmx's own forms see
// to that themselves (hx-disabled-elt).
const submitted = new WeakMap();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.timeStamp - (submitted.get(event.target) ?? -Infinity) < 1000) event.preventDefault();
  else submitted.set(event.target, event.timeStamp);
});
