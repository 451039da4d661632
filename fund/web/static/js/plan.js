// Follows a proposal while the program works on it: the count goes on by itself, and the page is drawn anew when the
// work is done. Without this the page refreshes itself.

const place = document.querySelector("[data-plan]");
const PAUSE = 1500;

async function look() {
  try {
    const answer = await fetch(place.dataset.plan, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const plan = await answer.json();
      if (plan.state !== place.dataset.state) {
        window.location.reload();
        return;
      }
      const count = place.querySelector("[data-progress]");
      if (count) count.textContent = plan.text;
    }
  } catch {
    // The connection dropped: the next look may find it again.
  }
  window.setTimeout(look, PAUSE);
}

window.setTimeout(look, PAUSE);
