// Running totals of the budget while it is typed. What they mean in words comes from the server with each saving.

const form = document.querySelector("form[data-autosave]");
const euros = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });

// Cents, so that sums are exact; 0 for what is no amount (yet).
function cents(text) {
  const plain = text.replace(/\s/g, "").replace(/€$/, "").replace(",", ".");
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
}

function total() {
  const sums = { charges: 0, products: 0, "in-kind-charges": 0, "in-kind-products": 0, requested: 0 };
  for (const field of form.querySelectorAll("[name$='-amount']")) {
    const line = field.name.replace(/-amount$/, "");
    const account = form.querySelector(`[name="${line}-account"]`).value;
    const side = line.startsWith("charges") ? "charges" : "products";
    const isInKind = account.startsWith("86") || account.startsWith("87");
    const amount = cents(field.value);
    sums[isInKind ? `in-kind-${side}` : side] += amount;
    const fund = form.querySelector(`[name="${line}-fund"]`);
    if (fund && (fund.type === "hidden" || fund.checked)) sums.requested += amount;
  }
  sums.balance = sums.products - sums.charges;
  for (const place of form.querySelectorAll("[data-sum]")) {
    const name = place.dataset.sum;
    if (name === "rate") place.textContent = sums.charges ? percent.format(sums.requested / sums.charges) : "—";
    else place.textContent = euros.format(sums[name] / 100);
  }
}

form?.addEventListener("input", total);
form?.addEventListener("change", total);
