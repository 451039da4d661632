// Fields of a form, quicker: counters, rows, places found while typing. Without this file each button does the same
// by saving the form. What changes here is told by the event "change", which bubbles to autosave.js.

const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

// --- counters -------------------------------------------------------------------------------------------------

const written = new Intl.NumberFormat(document.documentElement.lang);

function count(field) {
  const counter = document.getElementById(`${field.id}-count`);
  if (!counter) return;
  const limit = Number(counter.dataset.limit);
  // As the server counts: signs of Unicode, not half signs.
  const length = [...field.value.normalize("NFC").trim()].length;
  counter.querySelector("[data-count]").textContent = `${written.format(length)} / ${written.format(limit)}`;
  counter.classList.toggle("is-over", length > limit);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea, input")) count(event.target);
});

// --- repeating rows -------------------------------------------------------------------------------------------

const rowsOf = (group) => [...group.querySelectorAll(":scope > [data-row], :scope tbody > [data-row]")];

const mostOf = (group) => Number(group.dataset.most ?? 500);

export function isBlank(row) {
  return [...row.querySelectorAll("input, textarea, select")].every((field) => {
    if (field.matches("[type=hidden]")) return true;
    return field.matches("[type=checkbox], [type=radio]") ? !field.checked : !field.value;
  });
}

function renumber(group) {
  const name = group.dataset.rows;
  const inName = new RegExp(`^(_seen-)?${name}-\\d+`);
  const inId = new RegExp(`^q-${name}-\\d+`);
  const all = rowsOf(group);
  all.forEach((row, place) => {
    for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby], [data-name], [value]")) {
      for (const attribute of ["name", "data-name"]) {
        const text = element.getAttribute(attribute);
        if (text) element.setAttribute(attribute, text.replace(inName, `${name}-${place}`));
      }
      for (const attribute of ["id", "for", "aria-describedby"]) {
        const text = element.getAttribute(attribute);
        if (text) {
          const parts = text.split(" ").map((part) => part.replace(inId, `q-${name}-${place}`));
          element.setAttribute(attribute, parts.join(" "));
        }
      }
      if (element.matches("[data-remove-row]")) {
        element.value = `${name}-${place}`;
        element.hidden = place === all.length - 1 && isBlank(row);
      }
    }
    const title = row.querySelector("[data-row-title]");
    if (title) title.textContent = title.dataset.rowTitle.replace("{number}", place + 1);
    for (const number of row.querySelectorAll("[data-row-number]")) number.textContent = place + 1;
  });
}

function emptied(row) {
  for (const field of row.querySelectorAll("input, textarea, select")) {
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = false;
    else if (!field.matches("[type=hidden]")) field.value = "";
  }
  for (const chip of row.querySelectorAll("[data-chips] > *, [data-candidates], [data-problems] > *")) chip.remove();
  for (const cell of row.querySelectorAll("[data-name]")) cell.classList.remove("has-error");
  return row;
}

// A copy of the last row, empty; used by autosave.js too, to put back what was not sent.
export function addRow(group) {
  const last = rowsOf(group).at(-1);
  const row = emptied(last.cloneNode(true));
  last.after(row);
  renumber(group);
  return row;
}

export function fitRows(group, wanted) {
  while (rowsOf(group).length < wanted) addRow(group);
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-row]");
  const remove = event.target.closest("[data-remove-row]");
  if (!add && !remove) return;
  event.preventDefault();
  const group = event.target.closest("[data-rows]");
  if (add) {
    if (rowsOf(group).length >= mostOf(group)) return;
    addRow(group).querySelector("input:not([type=hidden]), textarea, select").focus();
    return;
  }
  const row = remove.closest("[data-row]");
  const next = row.nextElementSibling;
  const spare = emptied(row.cloneNode(true));
  row.remove();
  if (!rowsOf(group).length || !isBlank(rowsOf(group).at(-1))) {
    (rowsOf(group).at(-1) ?? group.querySelector("[data-presence]").parentElement).after(spare);
  }
  renumber(group);
  changed(group);
  next.querySelector("input:not([type=hidden]), textarea, select")?.focus();
});

// Who writes in the last row gets another one below it.
document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-row]");
  const group = row?.closest("[data-rows]");
  if (!row || row !== rowsOf(group).at(-1)) return;
  if (rowsOf(group).length < mostOf(group)) addRow(group);
  else renumber(group);
});

// --- places: an ARIA combobox over the fields that hold their names ------------------------------------------

const form = document.querySelector("[data-places-url]");
let asked = 0;

function listOf(field) {
  return document.getElementById(`${field.id}-list`);
}

function prepare(field) {
  if (field.getAttribute("role") === "combobox") return;
  const box = document.createElement("div");
  box.className = "combobox";
  field.before(box);
  box.append(field);
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${field.id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  list.hidden = true;
  box.append(list);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
}

function close(field) {
  const list = listOf(field);
  if (!list) return;
  list.hidden = true;
  list.replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function suggest(field) {
  const text = field.value.trim();
  const turn = (asked += 1);
  if (text.length < 2) {
    close(field);
    return;
  }
  const query = new URLSearchParams({ q: text, niveaux: field.dataset.places });
  let places;
  try {
    const answer = await fetch(`${form.getAttribute("data-places-url")}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    places = (await answer.json()).places;
  } catch {
    return; // without a connection the name is typed whole
  }
  if (turn !== asked || document.activeElement !== field) return;
  const list = listOf(field);
  list.replaceChildren(
    ...places.map((place, number) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.code = place.code;
      item.textContent = place.label;
      return item;
    }),
  );
  if (!places.length) {
    const none = document.createElement("li");
    none.className = "is-none";
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    none.textContent = form.getAttribute("data-text-no-place");
    list.append(none);
  }
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  field.removeAttribute("aria-activedescendant");
}

function move(field, step) {
  const options = [...listOf(field).querySelectorAll("[data-code]")];
  if (!options.length) return;
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = now === -1 && step < 0 ? options.length - 1 : (now + step + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
  field.setAttribute("aria-activedescendant", options[next].id);
  options[next].scrollIntoView({ block: "nearest" });
}

export function addChip(wrapper, code, label) {
  const chips = wrapper.querySelector("[data-chips]");
  if ([...chips.querySelectorAll("input")].some((box) => box.value === code)) return;
  const name = wrapper.dataset.name;
  const id = `q-${name}-chip-${code.replace(":", "-")}`;
  const chip = document.createElement("li");
  chip.className = "chip";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", className: "form-check-input", name, id, value: code, checked: true });
  box.dataset.label = label;
  const text = document.createElement("label");
  text.htmlFor = id;
  text.textContent = label;
  chip.append(box, " ", text);
  chips.append(chip);
  chips.hidden = false;
}

function choose(field, option) {
  const wrapper = field.closest("[data-name]");
  if (wrapper.querySelector("[data-chips]")) {
    addChip(wrapper, option.dataset.code, option.textContent);
    field.value = "";
  } else {
    field.value = option.textContent;
  }
  close(field);
  for (const old of wrapper.querySelectorAll("[data-candidates]")) old.remove();
  changed(field);
}

document.addEventListener("focusin", (event) => {
  if (form && event.target.matches("[data-places]")) {
    prepare(event.target);
    // Moving it into its box takes the focus away.
    if (document.activeElement !== event.target) event.target.focus();
  }
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches("[data-places]") && !event.target.parentElement.contains(event.relatedTarget)) {
    close(event.target);
  }
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-places]")) suggest(event.target);
});
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".suggestions")) event.preventDefault(); // the field keeps the focus
});
document.addEventListener("click", (event) => {
  const option = event.target.closest(".suggestions [data-code]");
  if (option) choose(option.closest(".combobox").querySelector("[data-places]"), option);
});
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-places]") || listOf(field)?.hidden !== false) return;
  const selected = listOf(field).querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown") move(field, 1);
  else if (event.key === "ArrowUp") move(field, -1);
  else if (event.key === "Enter" && selected) choose(field, selected);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
});

// A place that is unticked leaves; autosave.js has seen the change first.
document.addEventListener("change", (event) => {
  const chip = event.target.closest("[data-chips] > *");
  if (!chip || event.target.checked) return;
  const wrapper = chip.closest("[data-name]");
  const chips = chip.parentElement;
  chip.remove();
  chips.hidden = !chips.children.length;
  wrapper.querySelector("[data-places]")?.focus();
});

if (form) form.classList.add("is-scripted");
