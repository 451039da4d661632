// Adds up the ticked rows of a form as they are ticked. Without this a button asks the server to do it.

const form = document.querySelector("form[data-sum]");
const count = form?.querySelector("[data-count]");
const total = form?.querySelector("[data-total]");

function add() {
  const ticked = [...form.querySelectorAll("input[data-cents]:checked")];
  const cents = ticked.reduce((sum, box) => sum + Number(box.dataset.cents), 0);
  const euros = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
  count.textContent = ticked.length;
  total.textContent = euros.format(cents / 100);
}

if (count && total) {
  form.querySelector("[data-recount]").hidden = true;
  form.addEventListener("change", (event) => {
    if (event.target.matches("input[data-cents]")) add();
  });
  add(); // a browser that comes back to the page may have kept other ticks
}
