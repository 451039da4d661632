// Saving while typing. Only answers that changed are sent; what could not be sent stays in this browser, under the
// file, the part and the person, until it is saved or she signs out. The server's answer says what the fields show.
//
// An answer travels with the digest of what its page showed (_seen-…), by which the server knows what somebody else
// changed meanwhile; it is part of the answer here too, so that what is put back later is judged by what was seen then.

import { addChip, fitRows, isBlank } from "./answers.js";

const PAUSE = 1500;
const RETRIES = [5, 10, 20, 30, 60];
const LARGEST_FAREWELL = 60_000; // browsers refuse more than 64 KB on leaving

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  // A call may name its fields as it likes: a field called "elements" hides the form's own property of that name.
  const setting = (name) => form.getAttribute(`data-${name}`);
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const key = setting("storage");
  const line = form.querySelector("[data-save-state]");
  const clashing = new Set(); // names that wait for a choice
  let saved = {}; // by name, what the server has
  // By name, what the server could not take, and why: it stays in the field, and is sent again once it is changed.
  const held = new Map();
  let problems = {};
  let isPressed = false;
  let timer = null;
  let sending = false;
  let waiting = null; // the button that was pressed while a saving was on its way
  let failures = 0;
  let isLost = false; // something could not be sent
  let isExpired = false; // the session ended: the link to sign in must stay where it is while it is pressed
  let isOver = false; // this part cannot be written any more
  let isLeaving = false; // the next page may be drawn already, without what is being saved
  let state = line.textContent; // when the part was last saved

  const wrappers = () => [...form.querySelectorAll("[data-answer]")];
  const wrapper = (name) => form.querySelector(`[data-answer="${name}"]`);
  const text = (name) => setting(`text-${name}`);

  // --- what stands in the fields ------------------------------------------------------------------------------

  function fieldsOf(element) {
    const found = [...element.querySelectorAll("input, textarea, select")];
    const spare = element.querySelectorAll("[data-row]:last-of-type");
    const isSpare = (field) => [...spare].some((row) => row.contains(field) && isBlank(row));
    return found.filter(
      (field) =>
        field.name &&
        !isSpare(field) &&
        !field.matches("[data-seen]") &&
        (!field.matches("[type=checkbox], [type=radio]") || field.checked),
    );
  }

  const pairsOf = (element) => fieldsOf(element).map((field) => [field.name, field.value, field.dataset.label ?? ""]);
  const read = (element) => JSON.stringify(pairsOf(element));
  const seenOf = (element) => element.querySelector("[data-seen]");

  function remember() {
    saved = Object.fromEntries(wrappers().map((element) => [element.dataset.answer, read(element)]));
  }

  const dirty = () =>
    wrappers().filter((element) => read(element) !== saved[element.dataset.answer]);
  const isHeld = (element) => held.get(element.dataset.answer)?.value === read(element);
  const heldNow = () => [...held.keys()].filter((name) => isHeld(wrapper(name)));
  const unsent = () => dirty().filter((element) => !clashing.has(element.dataset.answer) && !isHeld(element));

  // --- kept in this browser -------------------------------------------------------------------------------------

  function keep() {
    const answers = Object.fromEntries(
      dirty().map((element) => [
        element.dataset.answer,
        { pairs: pairsOf(element), seen: seenOf(element)?.value ?? "" },
      ]),
    );
    try {
      if (Object.keys(answers).length) localStorage.setItem(key, JSON.stringify(answers));
      else localStorage.removeItem(key);
    } catch {
      // A full or forbidden storage: the text is still in the field, and leaving is guarded.
    }
  }

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  }

  function putBack() {
    for (const [name, { pairs, seen }] of Object.entries(kept())) {
      const element = wrapper(name);
      if (!element || JSON.stringify(pairs) === read(element)) continue;
      fill(element, pairs);
      if (seenOf(element)) seenOf(element).value = seen;
    }
    // A farewell may have reached the server after all: then what was put back is what it has.
    if (unsent().length) {
      say(text("restored"));
      save();
    } else {
      keep();
    }
  }

  function fill(element, pairs) {
    if (element.matches("[data-rows]")) {
      const inName = new RegExp(`^${element.dataset.rows}-(\\d+)-`);
      const places = pairs.map(([name]) => Number(inName.exec(name)?.[1] ?? -1));
      fitRows(element, Math.max(...places) + 1);
    }
    const values = new Map();
    for (const [name, value, label] of pairs) {
      const chips = [...element.querySelectorAll("[data-chips]")];
      const owner = chips.find((list) => list.closest("[data-name]").dataset.name === name);
      if (owner && label) addChip(owner.closest("[data-name]"), value, label);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
    for (const field of element.querySelectorAll("input, textarea, select")) {
      const wanted = values.get(field.name) ?? [];
      if (field.matches("[data-seen], [data-presence]")) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = wanted.includes(field.value);
      else if (field.matches("[data-places]")) {
        const ticked = [...element.querySelectorAll("[data-label]")].map((box) => box.value);
        field.value = wanted.filter((value) => value && !ticked.includes(value)).at(-1) ?? "";
      } else if (wanted.length) field.value = wanted.at(-1);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // --- sending ---------------------------------------------------------------------------------------------------

  function bodyOf(elements) {
    const body = new URLSearchParams();
    for (const name of ["csrf_token", "_number", "_person"]) body.set(name, field(name).value);
    for (const element of elements) {
      for (const [name, value] of pairsOf(element)) body.append(name, value);
      const seen = seenOf(element);
      if (seen) body.append(seen.name, seen.value);
    }
    return body;
  }

  function plan(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save() {
    clearTimeout(timer);
    if (sending || isOver) return;
    const elements = unsent();
    if (!elements.length) return;
    sending = true;
    const sent = Object.fromEntries(elements.map((element) => [element.dataset.answer, read(element)]));
    say(text("saving"));
    let answer = null;
    let told = {};
    try {
      answer = await fetch(location.pathname, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: bodyOf(elements),
        signal: AbortSignal.timeout(30_000),
      });
      told = await answer.json();
    } catch {
      answer = null;
    }
    sending = false;
    const pressed = waiting;
    waiting = null;
    if (answer?.ok) {
      succeed(sent, told);
      if (pressed) form.requestSubmit(pressed);
    } else if (answer?.status === 409 && told.clashes) clash(told);
    else if (answer?.status === 400 && told.csrf_token) {
      field("csrf_token").value = told.csrf_token; // a new session of the same person
      if (failures++ === 0) save();
      else retry();
    } else if (answer?.status === 401) expire();
    else if (answer?.status === 422) refuse(text("too-long"));
    else if (answer && [403, 404, 409].includes(answer.status) && told.conflict !== "busy") {
      isOver = true;
      refuse(text("refused"));
    } else retry();
  }

  function succeed(sent, told) {
    failures = 0;
    isLost = false;
    isExpired = false;
    field("_number").value = told.number;
    for (const [name, value] of Object.entries(sent)) {
      if (told.held?.includes(name)) {
        held.set(name, { value, sentences: told.problems[name] });
        continue;
      }
      held.delete(name);
      saved[name] = value;
      const seen = seenOf(wrapper(name));
      if (seen) seen.value = told.seen[name];
    }
    problems = { ...told.problems };
    for (const name of heldNow()) problems[name] = held.get(name).sentences;
    showProblems();
    if (told.shown) {
      const shown = new Set(told.shown);
      for (const element of form.querySelectorAll("[data-name]")) {
        // A spare row that came while this was on its way is not known to the answer.
        const row = element.closest("[data-row]");
        if (!row || !isBlank(row)) element.hidden = !shown.has(element.dataset.name);
      }
    }
    for (const [id, html] of Object.entries(told.fragments)) {
      const place = document.getElementById(id);
      if (place) place.innerHTML = html;
    }
    if (!isLeaving) keep();
    state = told.state;
    sayState();
    if (unsent().length) plan(PAUSE);
  }

  function retry() {
    isLost = true;
    keep();
    const wait = RETRIES[Math.min(failures, RETRIES.length - 1)];
    failures += 1;
    say(navigator.onLine ? text("retry").replace("{seconds}", wait) : text("offline"), true);
    plan(wait * 1000);
  }

  function refuse(sentence) {
    isLost = true;
    keep();
    say(sentence, true);
  }

  function expire() {
    isLost = true;
    isExpired = true;
    keep();
    const link = document.createElement("a");
    link.href = setting("sign-in");
    link.target = "_blank";
    link.textContent = text("sign-in");
    say(text("expired"), true, link);
    plan(30_000);
  }

  // --- two people in one answer ---------------------------------------------------------------------------------

  function clash(told) {
    isLost = true;
    for (const [name, both] of Object.entries(told.clashes)) {
      clashing.add(name);
      const element = wrapper(name);
      document.getElementById(`clash-${name}`)?.remove();
      const box = document.createElement("div");
      box.innerHTML = both.box;
      const notice = box.firstElementChild;
      notice.addEventListener("click", (event) => {
        const choice = event.target.closest("[data-keep]")?.dataset.keep;
        if (choice) settle(name, both, choice);
      });
      element.before(notice);
    }
    keep();
    say(text("clash"), true);
    document.querySelector("[data-clash]").scrollIntoView({ block: "center" });
    save(); // the other answers are no matter of dispute
  }

  function settle(name, both, choice) {
    clashing.delete(name);
    document.getElementById(`clash-${name}`).remove();
    if (choice === "theirs") {
      const box = document.createElement("div");
      box.innerHTML = both.control;
      wrapper(name).replaceWith(box.firstElementChild);
      saved[name] = read(wrapper(name));
    } else {
      seenOf(wrapper(name)).value = both.seen;
      saved[name] = "";
    }
    if (!clashing.size) isLost = false;
    keep();
    wrapper(name).querySelector("input:not([type=hidden]), textarea, select")?.focus();
    if (unsent().length) save();
    else sayState();
  }

  // --- what the page says ---------------------------------------------------------------------------------------

  function say(sentence, isBad = false, ...more) {
    line.classList.toggle("is-unsent", isBad);
    line.replaceChildren(sentence, ...more.flatMap((part) => [" ", part]));
  }

  function sayState() {
    if (clashing.size) say(text("clash"), true);
    else if (heldNow().length) say(`${state}. ${text("held")}`, true);
    else say(state);
  }

  function saidAt(place) {
    return [...place.children].map((child) => child.textContent.trim().replace(text("error"), "").trim());
  }

  // What the page itself came with stands until an answer says otherwise.
  function problemsShown() {
    const shown = {};
    for (const element of form.querySelectorAll("[data-name]")) {
      const place = document.getElementById(`q-${element.dataset.name}-error`);
      if (place?.children.length) shown[element.dataset.name] = saidAt(place);
    }
    return shown;
  }

  function showProblems() {
    // A sentence that comes or goes moves what lies below it: never between the press and the release of a button.
    if (isPressed) return;
    for (const element of form.querySelectorAll("[data-name]")) {
      const place = document.getElementById(`q-${element.dataset.name}-error`);
      // Nobody is corrected in the middle of a word.
      if (!place || (element.contains(document.activeElement) && !element.matches("[data-rows]"))) continue;
      const sentences = problems[element.dataset.name] ?? [];
      if (sentences.join() === saidAt(place).join()) continue;
      place.replaceChildren(
        ...sentences.map((sentence) => {
          const paragraph = document.createElement("p");
          paragraph.className = "field-error";
          const mark = document.createElement("span");
          mark.className = "visually-hidden";
          mark.textContent = text("error");
          paragraph.append(mark, " ", sentence);
          return paragraph;
        }),
      );
      element.classList.toggle("has-error", sentences.length > 0);
      for (const field of element.querySelectorAll("input:not([type=hidden]), textarea, select")) {
        if (sentences.length) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    }
  }

  // --- when ------------------------------------------------------------------------------------------------------

  form.addEventListener("input", () => {
    isLeaving = false;
    keep();
    if (!isExpired) plan(PAUSE);
  });
  form.addEventListener("change", () => {
    keep();
    if (!isExpired) plan(0);
  });
  document.addEventListener("pointerdown", () => (isPressed = true), true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      isPressed = false;
      setTimeout(showProblems); // after the click, which comes with the release
    }, true);
  }
  form.addEventListener("focusout", () => {
    setTimeout(showProblems);
    if (unsent().length && !isLost) save();
  });
  form.addEventListener("submit", (event) => {
    if (sending) {
      // Leaving the field for the button has begun a saving: what the whole form is judged by must know of it.
      event.preventDefault();
      waiting = event.submitter;
      return;
    }
    isLost = false; // the browser itself sends everything now
    isOver = true;
  });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && isLost) save();
  });
  window.addEventListener("pagehide", () => {
    const elements = isOver ? [] : unsent();
    if (!elements.length) return;
    const body = bodyOf(elements);
    if (body.toString().length > LARGEST_FAREWELL) return; // it is kept here, and sent on return
    fetch(location.pathname, { method: "POST", headers: { Accept: "application/json" }, body, keepalive: true });
  });
  window.addEventListener("beforeunload", (event) => {
    isLeaving = true;
    if (isLost && dirty().length) event.preventDefault();
  });

  problems = problemsShown();
  remember();
  putBack();
}
