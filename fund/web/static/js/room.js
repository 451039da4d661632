// The room follows what happens in it. Every other second it asks whether anything has; the answer is empty unless
// something did. Each region of the page is replaced by itself, and never while somebody is typing in it.

const PAUSE = 2_000;
const PAUSE_UNSEEN = 5_000;
const RETRIES = [2_000, 4_000, 8_000, 15_000];
const PATIENCE = 10_000;

const place = document.getElementById("room-place");
if (place) follow(place);

function follow(place) {
  const line = document.getElementById("room-connection");
  let tag = `"${room().dataset.tag}"`;
  let failures = 0;
  let timer = null;
  let asking = false;

  function room() {
    return document.getElementById("room");
  }

  function plan(pause) {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }

  async function ask() {
    if (asking) return;
    asking = true;
    let answer = null;
    let text = "";
    try {
      const shown = place.querySelector("[data-region=file]").dataset.key;
      answer = await fetch(`${place.dataset.url}?file=${encodeURIComponent(shown)}`, {
        headers: { "If-None-Match": tag },
        cache: "no-store",
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 200) text = await answer.text();
    } catch {
      answer = null;
    }
    asking = false;
    if (answer && (answer.type === "opaqueredirect" || answer.status === 401)) return say(line.dataset.out, true);
    if (!answer || (answer.status !== 200 && answer.status !== 304)) {
      say(line.dataset.lost);
      return plan(RETRIES[Math.min(failures++, RETRIES.length - 1)]);
    }
    failures = 0;
    line.hidden = true;
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      show(text);
    }
    plan(document.hidden ? PAUSE_UNSEEN : PAUSE);
  }

  function say(sentence, isOut = false) {
    if (line.hidden || line.firstChild?.data !== sentence) line.replaceChildren(sentence);
    if (isOut) {
      const link = document.createElement("a");
      link.href = line.dataset.signInUrl;
      link.textContent = line.dataset.signIn;
      line.append(" ", link);
    }
    line.hidden = false;
  }

  // --- what changed ---------------------------------------------------------------------------------------------

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const names = (page) => regions(page).map((region) => region.dataset.region).join();
    // A region that comes or goes is a change of what the whole room is (it opens, it closes, a right is given).
    if (names(document) !== names(fresh) && !regions(document).some(isTyped)) return location.reload();
    const old = new Map(regions(document).map((region) => [region.dataset.region, region]));
    for (const region of regions(fresh)) {
      const known = old.get(region.dataset.region);
      if (known && known.dataset.key !== region.dataset.key) exchange(known, region);
    }
    room().dataset.state = fresh.getElementById("room").dataset.state;
  }

  const regions = (page) => [...page.querySelectorAll("[data-region]")];

  function exchange(known, region) {
    if (known.hasAttribute("data-hold") && isTyped(known)) {
      if (known.dataset.subject !== region.dataset.subject) {
        for (const note of known.querySelectorAll("[data-moved]")) note.hidden = false;
      }
      return;
    }
    const focused = known.contains(document.activeElement) ? document.activeElement.id : "";
    if (known.dataset.subject === region.dataset.subject) {
      const opened = [...known.querySelectorAll("details")].map((fold) => fold.open);
      region.querySelectorAll("details").forEach((fold, index) => {
        fold.open = opened[index] ?? fold.open;
      });
    }
    const taken = document.adoptNode(region);
    // What a screen reader announces must stay the same element: only its words change.
    const said = known.querySelector("[role=status]");
    const saying = taken.querySelector("[role=status]");
    if (said && saying) {
      if (said.textContent.trim() !== saying.textContent.trim()) said.textContent = saying.textContent.trim();
      known.dataset.key = taken.dataset.key;
      return;
    }
    known.replaceWith(taken);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  function isTyped(region) {
    return [...region.querySelectorAll("input:not([type=hidden]), textarea, select")].some((field) => {
      if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
      if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
      return field.value !== field.defaultValue || (field.matches("textarea") && field === document.activeElement);
    });
  }

  // --- when ------------------------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) plan(0);
  });
  window.addEventListener("online", () => plan(0));
  plan(PAUSE);
}
