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

for (const section of document.querySelectorAll("[data-destinations]")) {
  const total = section.querySelector("[name$=-TOTAL_FORMS]");
  const most = Number(section.querySelector("[name$=-MAX_NUM_FORMS]").value);
  const adding = section.querySelector("[data-add-destination]");
  const removed = () => section.querySelector("[data-destination][hidden]");
  const full = () => (adding.hidden = !removed() && Number(total.value) >= most);

  const another = () => {
    const again = removed();
    if (again) {
      again.hidden = false;
      return again;
    }
    const holder = document.createElement("div");
    holder.innerHTML = section.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
    const destination = holder.firstElementChild;
    adding.parentElement.before(destination);
    total.value = Number(total.value) + 1;
    htmx.process(destination);
    return destination;
  };

  adding.addEventListener("click", (event) => {
    event.preventDefault();
    another().querySelector("input:not([type=hidden])").focus();
    full();
  });
  full();

  // A destination without its first setting is none: the block stays, hidden, so that the others keep their numbers.
  section.addEventListener("click", (event) => {
    const destination = event.target.closest("[data-remove-destination]")?.closest("[data-destination]");
    if (!destination) return;
    for (const field of destination.querySelectorAll("input")) field.value = field.dataset.default ?? "";
    for (const told of destination.querySelectorAll(".alert, .invalid-feedback")) told.remove();
    destination.querySelector(".test")?.replaceChildren();
    destination.hidden = true;
    full();
    adding.focus();
  });

  // What was found out about a server holds for its host and port only.
  section.addEventListener("input", (event) => {
    if ("keyOf" in event.target.dataset) event.target.closest("[data-destination]").querySelector(".test").replaceChildren();
  });
}
