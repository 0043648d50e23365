// The details panel: a dialog where the page has one, tag selectors, dates that follow the quick choices.

const panel = document.getElementById("panel");
const escaped = (text) => Object.assign(document.createElement("i"), { textContent: text }).innerHTML;

function tags(select) {
  const fields = select.dataset.tags === "fields";
  const lock = `<svg class="icon icon-sm" aria-hidden="true"><use href="${select.dataset.icons}#lock"></use></svg> `;
  const locked = (option) => (option.kind === "sensitive" ? lock : "");
  const remove = select.dataset.remove || "";
  const named = (item) => item.querySelector(".remove")?.setAttribute("aria-label", `${remove} ${item.textContent.replace("×", "").trim()}`);
  const selector = new TomSelect(select, {
    plugins: { remove_button: { title: remove } },
    placeholder: select.dataset.empty,
    hidePlaceholder: !fields,
    maxOptions: null,
    hideSelected: true,
    lockOptgroupOrder: true,
    searchField: ["value", "text", "description"],
    sortField: [{ field: "$order" }],
    onItemAdd(value, item) {
      named(item);
      if (!this.isFocused) return;
      this.setTextboxValue("");
      this.refreshOptions();
    },
    onBlur() {
      forget(this);
    },
    onDropdownOpen: (dropdown) => dropdown.scrollIntoView({ block: "nearest" }),
    render: {
      item: (option) => `<div class="tag tag-${option.kind || "plain"}">${locked(option)}${escaped(fields ? option.value : option.text.trim())}</div>`,
      option: (option) => fields
        ? `<div><span class="option-name">${locked(option)}<code>${escaped(option.value)}</code> ${escaped(option.label)}</span><span class="option-about">${escaped(option.description)}</span></div>`
        : `<div class="depth-${Math.min(option.depth || 0, 6)}">${escaped(option.text.trim())}</div>`,
      optgroup_header: (group) => `<div class="optgroup-header">${locked(group)}${escaped(group.label)}</div>`,
      no_results: null,
    },
  });
  selector.wrapper.addEventListener("keydown", (event) => upToDate(selector, event), true);
  selector.control.querySelectorAll(".item").forEach(named);
  // The selector takes the label over; what describes the field, it leaves behind.
  select.setAttribute("aria-hidden", "true");
  selector.control_input.setAttribute("aria-describedby", select.getAttribute("aria-describedby"));
}

// While somebody types, the options are searched only after a pause. A key that chooses an option must not wait for the
// pause: it would choose from the options of the earlier letters.
function upToDate(selector, { key }) {
  if (!["Enter", "ArrowDown", "ArrowUp"].includes(key) || !selector.refreshTimeout) return;
  forget(selector);
  selector.refreshOptions();
}

// A later search would open the list again and steal the focus.
function forget(selector) {
  clearTimeout(selector.refreshTimeout);
  selector.refreshTimeout = null;
}

function enhance(root) {
  for (const select of root.querySelectorAll("select[data-tags]")) if (!select.tomselect) tags(select);
  const fields = root.querySelector("#fields");
  if (fields) tellFields(fields, root.querySelector("#fields-about"));
}

// Below the tags stands what the field holds that is pointed at, or reached with the arrow keys.
function tellFields(select, about) {
  const idle = (about.textContent = about.dataset.idle);
  const tell = (event) => {
    const tag = event.target.closest?.(".item") || select.tomselect.control.querySelector(".item.active");
    const option = tag && select.tomselect.options[tag.dataset.value];
    about.textContent = option ? `${option.value} – ${option.label}: ${option.description}` : idle;
  };
  for (const name of ["mouseover", "keyup", "focusin"]) select.tomselect.control.addEventListener(name, tell);
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== panel) return;
  for (const select of panel.querySelectorAll("select")) select.tomselect?.destroy();
  // htmx would hand empty style attributes on to what comes, which the content security policy forbids.
  for (const styled of panel.querySelectorAll("[style]")) styled.removeAttribute("style");
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === panel && panel.showModal && !panel.open) panel.showModal();
});
// Not before htmx has settled: it still restores the classes of what came.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target === panel) enhance(panel);
  // Nothing to export, nothing to press.
  const told = detail.target.id === "count" && detail.target.querySelector("[data-rows]");
  if (told) document.getElementById("export-button").disabled = told.dataset.rows === "0";
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) panel.close();
  const chosen = event.target.closest("[data-fields]");
  if (!chosen) return;
  const select = document.getElementById("fields");
  const names = [...select.tomselect.input.querySelectorAll("option")].map((option) => option.value);
  const wanted = chosen.dataset.fields === "default" ? names.filter((name) => select.tomselect.options[name].kind === "default") : [];
  select.tomselect.setValue(wanted);
});

// Help opens upwards where there is no room below.
function openHelp({ target }) {
  const help = target.closest?.(".tip, th")?.querySelector(":scope > .tip-text, :scope > .about");
  // Not before the browser has scrolled to what has the focus.
  if (help) requestAnimationFrame(() => {
    help.classList.remove("up");
    const bottom = document.querySelector(".panel-foot")?.getBoundingClientRect().top ?? innerHeight;
    help.classList.toggle("up", help.getBoundingClientRect().bottom > bottom);
  });
}
document.addEventListener("mouseover", openHelp);
document.addEventListener("focusin", openHelp);
// A count that arrives makes the panel's foot higher.
document.addEventListener("htmx:afterSettle", () => openHelp({ target: document.activeElement }));

document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (form?.id !== "export-form") return;
  if (target.name === "period" && target.value !== "custom") {
    form.elements.start.value = target.dataset.start;
    form.elements.end.value = target.dataset.end;
  }
  if (target.type === "date") form.querySelector("#period-custom").checked = true;
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "preset_name") {
    event.preventDefault();
    document.getElementById("save-button").click();
  }
});

// Escape closes what is open in the dialog first, and only then the dialog. This comes before the menu is closed.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel) return;
  const tip = panel.querySelector(".tip-button:focus");
  if (tip || panel.querySelector("details[data-menu][open]")) event.preventDefault();
  tip?.blur();
}, true);
panel?.addEventListener("close", () => panel.replaceChildren());

if (panel && !panel.showModal) enhance(panel);
