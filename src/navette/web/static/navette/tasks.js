// The form of a task: tag selectors once their export is chosen, variables put into the pattern, more servers.

for (const box of document.querySelectorAll(".task-export input[name=exports]")) {
  const select = box.closest(".task-export").querySelector("[data-tags-later]");
  const show = () => {
    if (!box.checked || select.tomselect) return;
    select.dataset.tags = select.dataset.tagsLater;
    tags(select);
  };
  box.addEventListener("change", show);
  show();
}

for (const select of document.querySelectorAll("#task-form select[data-tags]")) if (!select.tomselect) tags(select);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const pattern = document.getElementById("id_file_name_pattern");
  pattern.setRangeText(`{{${button.dataset.insert}}}`, pattern.selectionStart, pattern.selectionEnd, "end");
  pattern.focus();
  pattern.dispatchEvent(new Event("change", { bubbles: true }));
});

const total = document.getElementById("id_servers-TOTAL_FORMS");
const most = Number(document.getElementById("id_servers-MAX_NUM_FORMS").value);
const adding = document.querySelector("[data-add-server]");
const removed = () => document.querySelector("[data-server][hidden]");
const full = () => (adding.hidden = !removed() && Number(total.value) >= most);

const another = () => {
  const again = removed();
  if (again) {
    again.hidden = false;
    return again;
  }
  const holder = document.createElement("div");
  holder.innerHTML = document.getElementById("another-server").innerHTML.replaceAll("__prefix__", total.value);
  const server = holder.firstElementChild;
  adding.parentElement.before(server);
  total.value = Number(total.value) + 1;
  htmx.process(server);
  return server;
};

adding.addEventListener("click", (event) => {
  event.preventDefault();
  another().querySelector("input:not([type=hidden])").focus();
  full();
});
full();

// A server without a host is none: the block stays, hidden, so that the others keep their numbers.
document.addEventListener("click", (event) => {
  const server = event.target.closest("[data-remove-server]")?.closest("[data-server]");
  if (!server) return;
  for (const field of server.querySelectorAll("input")) field.value = { port: "22", directory: "./" }[field.name.split("-").pop()] ?? "";
  for (const told of server.querySelectorAll(".alert, .invalid-feedback")) told.remove();
  server.querySelector(".test").replaceChildren();
  server.hidden = true;
  full();
  adding.focus();
});

// What was found out about a server holds for its host and port only.
document.addEventListener("input", (event) => {
  if (/^servers-\d+-(host|port)$/.test(event.target.name)) event.target.closest("[data-server]").querySelector(".test").replaceChildren();
});
