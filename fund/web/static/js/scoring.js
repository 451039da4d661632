// A grid filled in from the keyboard: digits give a mark, arrows go from criterion to criterion. Only while the focus is
// on a mark, so that no letter typed elsewhere is taken for a command. What changes is told by the event "change", by
// which autosave.js saves; without this file the grid is a form like any other.

const form = document.querySelector("form[data-grid]");
if (form) start(form);

function start(form) {
  const help = document.querySelector("[data-shortcuts]");
  help.hidden = false;

  const criteria = () => [...form.querySelectorAll("[data-criterion]")];
  const radios = (criterion) => [...criterion.querySelectorAll("input[type=radio]")];
  // Of a long scale the mark is typed: there is a field instead of the buttons.
  const markField = (criterion) => criterion.querySelector(".mark-answer input:not([type=hidden]):not([type=radio])");
  const isMark = (field) => field.matches("input[type=radio]") || field.closest(".mark-answer") !== null;

  function focusMark(criterion) {
    const all = radios(criterion);
    const target = markField(criterion) ?? all.find((radio) => radio.checked) ?? all[0];
    target.focus({ preventScroll: true });
    criterion.scrollIntoView({ block: "nearest" });
  }

  function go(criterion, step) {
    const all = criteria();
    const next = all[all.indexOf(criterion) + step];
    if (next) focusMark(next);
    else if (step > 0) form.querySelector("#comment").focus();
  }

  function give(criterion, digit) {
    const radio = radios(criterion).find((one) => one.value === digit);
    if (!radio) return false;
    radio.focus();
    if (!radio.checked) radio.click(); // a click tells "input" and "change", as by hand
    return true;
  }

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const criterion = event.target.closest("[data-criterion]");
    if (!criterion) return;
    if (event.key === "Escape" && event.target.matches("textarea")) focusMark(criterion);
    else if (!isMark(event.target)) return;
    else if (event.key === "ArrowDown") go(criterion, 1);
    else if (event.key === "ArrowUp") go(criterion, -1);
    else if (event.key === "?") help.open = !help.open;
    else if (event.key.toLowerCase() === "c") criterion.querySelector("textarea").focus();
    else if (!/^[0-9]$/.test(event.key) || markField(criterion) || !give(criterion, event.key)) return;
    event.preventDefault();
  });
}
