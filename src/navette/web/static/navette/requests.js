// Feedback on htmx's requests: a slow request says that it is in progress, a failed one says why. Every page uses it:
// a target with data-waiting shows that text while it waits; a failure is a notice, in the dialog where one is open.

const offered = document.getElementById("failure");
const pending = new WeakMap(); // the request that a target waits for

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const { elt, target, xhr } = detail;
  if (elt.hasAttribute("data-polls")) return; // nobody asked for it just now
  dismiss();
  if (!target.dataset.waiting) return;
  waited(target);
  pending.set(target, xhr);
  target.prepend(waiting(target.dataset.waiting));
  if (elt.matches("button")) target.scrollIntoView({ block: "nearest" });
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { successful, target, xhr } = detail;
  if (pending.get(target) === xhr) waited(target); // unless another request took its place
  if (successful && target.hasAttribute("data-polls")) dismiss(); // what was cut off is there again
});

// An error that the server has a place for (``request.in_place``) is shown there.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.isError && detail.xhr.getResponseHeader("HX-Retarget")) Object.assign(detail, { isError: false, shouldSwap: true });
});
document.addEventListener("htmx:responseError", ({ detail }) => fail(detail, sentence(detail.xhr) || offered.dataset.failed));
document.addEventListener("htmx:sendError", ({ detail }) => fail(detail, offered.dataset.unreachable));
document.addEventListener("htmx:timeout", ({ detail }) => fail(detail, offered.dataset.timeout));
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-dismiss]")) dismiss();
});

function waiting(text) {
  const line = Object.assign(document.createElement("span"), { className: "waiting" });
  line.append(Object.assign(document.createElement("span"), { className: "spinner", ariaHidden: "true" }), text);
  return line;
}

function waited(target) {
  pending.delete(target);
  target.querySelector(":scope > .waiting")?.remove();
}

// The message of Navette's own error page; an answer of anything in between, such as a proxy, is not shown.
function sentence(xhr) {
  return new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-sentence]")?.textContent;
}

function fail({ target }, text) {
  dismiss();
  if (target.dataset.waiting) target.replaceChildren(); // what stood there answers another question
  const notice = offered.content.firstElementChild.cloneNode(true);
  notice.querySelector("[data-sentence]").textContent = text;
  const head = document.querySelector("dialog[open] .panel-head");
  if (head) head.after(notice);
  else document.body.append(notice);
}

function dismiss() {
  for (const notice of document.querySelectorAll(".failure")) notice.remove();
}
