"""Pictures as a browser draws them on a page of ours: nothing refused by its policy, no text cut or covered."""

from collections.abc import Callable

import pytest

from fund.documents.charts.facts import Coverage, Progress, Ranking, ReviewerProgress
from fund.documents.charts.pictures import picture_of
from tests.documents.pictures import ALL, HOSTILE, line, ranked
from tests.e2e.conftest import Visitor

FULL = (
    *ALL,
    Ranking(
        "Long", tuple(ranked(20261234000 + place, 40, 95, title=HOSTILE) for place in range(61)), minimum=62.5
    ),
    Coverage("Cher", "Département", (line("Haute-Garonne", 99_000_000, 98_999_999, 50_000_000),)),
    Progress("Beaucoup", tuple(ReviewerProgress("M" * 40, 900, 900, 900, 900, 900) for _ in range(61))),
)

# In the picture's own units: texts that leave it, or that meet another text.
FAULTS = """svg => {
    const [,, width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
    const place = svg.getBoundingClientRect(), unit = place.width / width, faults = [];
    const boxes = [...svg.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect();
        const [left, right] = [(box.left - place.left) / unit, (box.right - place.left) / unit];
        const [top, bottom] = [(box.top - place.top) / unit, (box.bottom - place.top) / unit];
        return {text: text.textContent, left, right, middle: (top + bottom) / 2, top, bottom};
    });
    for (const box of boxes)
        if (box.left < -1 || box.right > width + 1 || box.top < -4 || box.bottom > height + 4)
            faults.push(`outside: ${box.text}`);
    for (const one of boxes) for (const other of boxes)
        if (one !== other && Math.abs(one.middle - other.middle) < 6 && one.left < other.left
            && one.right > other.left + 1) faults.push(`${one.text} meets ${other.text}`);
    return faults;
}"""


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("font", ["Source Sans 3", "Liberation Sans"])
def test_pictures_stand_on_a_page_of_ours(visit: Callable[..., Visitor], language: str, font: str) -> None:
    visitor = visit(script=True)
    page = visitor.open("/connexion")
    refusals: list[str] = []
    page.on("console", lambda message: refusals.append(message.text))
    pictures = [picture_of(facts, language).replace("Source Sans 3", font) for facts in FULL]
    main = page.get_by_role("main")
    main.evaluate("(main, pictures) => { main.innerHTML = `<h1>x</h1>${pictures}`; }", "".join(pictures))
    page.evaluate("document.fonts.ready.then(() => null)")
    drawn = main.locator("svg").all()
    assert len(drawn) == len(FULL)
    assert [fault for svg in drawn for fault in svg.evaluate(FAULTS)] == []
    assert main.get_by_role("img").count() == len(FULL)
    assert main.locator("script").count() == 0
    assert refusals == []
    assert visitor.violations() == []
