// The form of a task: tag selectors once their export is chosen, and variables put into the pattern.

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
