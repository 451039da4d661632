// Handing in documents without leaving the page: a file is dropped on its place or chosen, and goes on its way with a
// progress bar, a way to cancel and a way to try again. The page works without this, by its own forms.

const places = document.querySelector("[data-places]");
const status = document.querySelector("[data-upload-status]");
const words = places.dataset;

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function announce(text) {
  status.textContent = "";
  // A tick later, so that a screen reader hears the same sentence twice in a row.
  window.setTimeout(() => { status.textContent = text; }, 50);
}

// Focus follows what happens in a place, unless the person has gone on to another one meanwhile.
function focusIn(place, target) {
  const present = document.activeElement;
  if (present === document.body || place.contains(present)) target.focus({ preventScroll: true });
}

// Take a form over: what is drawn below it while a file is on its way lives in `box`.
function equip(place) {
  const form = place.querySelector("[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  form.querySelector("button[type=submit]").hidden = true;
  const box = element("div", { class: "upload" });
  form.append(box);
  form.querySelector(".place-controls").before(element("p", { class: "drop-hint" }, words.drop));

  input.addEventListener("change", () => { if (input.files.length) begin(place, form, box, input.files[0]); });
  form.addEventListener("submit", (event) => event.preventDefault());
  dropZone(place, (files) => {
    if (files.length > 1) refuse(place, form, box, words.oneFile);
    else if (files.length === 1) begin(place, form, box, files[0]);
  });
}

function dropZone(place, take) {
  let depth = 0; // dragging over a child leaves the parent: the zone is left when the last one is
  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  place.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    place.classList.add("is-over");
  });
  place.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  place.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) place.classList.remove("is-over");
  });
  place.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    place.classList.remove("is-over");
    if (!place.hasAttribute("aria-busy")) take(event.dataTransfer.files);
  });
}

function begin(place, form, box, file) {
  if (file.size > Number(words.maximum)) return refuse(place, form, box, words.tooLarge);
  if (file.size === 0) return refuse(place, form, box, words.empty);
  send(place, form, box, file);
}

function send(place, form, box, file, isRepeated = false) {
  const controls = form.querySelector(".place-controls");
  const said = element("p", {}, words.sending.replace("{name}", file.name));
  const bar = element("progress", { max: "1", value: "0" });
  bar.setAttribute("aria-label", said.textContent);
  const cancel = element("button", { type: "button", class: "btn btn-outline-danger" }, words.cancel);
  clearError(form);
  box.replaceChildren(said, bar, cancel);
  controls.hidden = true;
  place.setAttribute("aria-busy", "true");
  announce(said.textContent);

  const body = new FormData();
  for (const name of ["csrf_token", "slot"]) body.append(name, form.elements[name].value);
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value"); // how long the check takes, nobody knows
    said.textContent = words.checking;
    cancel.hidden = true;
  });

  const rest = () => {
    controls.hidden = false;
    place.removeAttribute("aria-busy");
    form.querySelector("input[type=file]").value = "";
  };
  request.addEventListener("load", () => {
    rest();
    const answer = parsed(request.responseText);
    if (request.status === 200 && answer.card) return arrive(place, answer);
    if (answer.csrf_token && !isRepeated) {
      // The session was renewed in another window: the same file goes with its token.
      form.elements.csrf_token.value = answer.csrf_token;
      return send(place, form, box, file, true);
    }
    refuse(place, form, box, answer.message || words.broken);
  });
  request.addEventListener("error", () => {
    rest();
    refuse(place, form, box, words.broken);
    const again = element("button", { type: "button", class: "btn btn-outline-primary" }, words.retry);
    again.addEventListener("click", () => send(place, form, box, file));
    box.append(again);
    focusIn(place, again);
  });
  request.addEventListener("abort", () => {
    rest();
    box.replaceChildren(element("p", { class: "muted" }, words.cancelled));
    announce(words.cancelled);
    focusIn(place, form.querySelector("input[type=file]"));
  });
  cancel.addEventListener("click", () => request.abort());
  request.send(body);
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

// The server draws the card as it now is.
function arrive(place, answer) {
  const drawn = new DOMParser().parseFromString(answer.card, "text/html").querySelector("[data-place]");
  const title = drawn.querySelector("h3");
  title.tabIndex = -1;
  place.before(drawn); // beside the old one, whose focus is still to be looked at
  focusIn(place, title);
  place.remove();
  equip(drawn);
  announce(answer.message);
}

function refuse(place, form, box, sentence) {
  clearError(form);
  const input = form.querySelector("input[type=file]");
  const error = element("p", { class: "field-error", id: `error-${form.elements.slot.value}` });
  error.append(element("span", {}, sentence));
  box.replaceChildren();
  form.querySelector(".place-controls").before(error);
  form.classList.add("has-error");
  input.value = "";
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `hint-${form.elements.slot.value} ${error.id}`);
  announce(sentence);
  focusIn(place, input);
}

function clearError(form) {
  form.classList.remove("has-error");
  form.querySelector(".field-error")?.remove();
  const input = form.querySelector("input[type=file]");
  input.removeAttribute("aria-invalid");
  input.setAttribute("aria-describedby", `hint-${form.elements.slot.value}`);
}

// A file dropped beside a place would make the browser leave the page for it.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[aria-busy=true]")) event.preventDefault();
});
for (const place of places.querySelectorAll("[data-place]")) equip(place);
