"""The balance of a period on paper, for the strategic and the orientation committee.

The facts are texts in the reader's language, ready to be set:

- ``period``, ``scope`` (a sentence on what is counted beside the fund's own calls, or "");
- ``figures``: (name, value) of each figure in all;
- ``views``: ``title``, ``note``, ``pictures`` (each the SVG of ``fund.documents.charts``), ``columns`` (names),
  ``numeric`` (for each column whether it holds numbers), ``rows`` (texts, one for each column);
- ``glossary``: (name, how it is counted) of each figure; ``notes``: sentences that hold for all of them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from fund.documents.charts.frame import SVG
from fund.documents.committee_words import COLON
from fund.documents.typesetting import typeset
from fund.documents.words import in_language
from fund.forms.definition import Words
from fund.messages.formats import moment

WORDS = {
    "fund": Words("Fonds ODD 17", "Fonds ODD 17"),
    "title": Words("Bilan", "Balance"),
    "page": Words("page", "page"),
    "colon": COLON,
    "figures": Words("En bref", "In brief"),
    "glossary": Words("Comment les chiffres sont comptés", "How the figures are counted"),
}
MADE = Words("Établi le {instant}.", "Drawn up on {instant}.")


def balance_pdf(facts: Mapping[str, Any], language: str, instant: datetime) -> bytes:
    """The PDF in that language (``fr`` or ``en``), dated ``instant``."""
    data = {
        **facts,
        "locale": language,
        "words": in_language(WORDS, language),
        "draft": "",
        "reference": facts["period"],
        "made": MADE.of(language).format(instant=moment(instant, language)),
        "views": [{**view, "pictures": [_described(svg) for svg in view["pictures"]]} for view in facts["views"]],
    }
    return typeset("balance", data, instant=instant)


def _described(picture: str) -> dict[str, Any]:
    """With what it says of itself to those who do not see it, and its height by its width."""
    root: Element = fromstring(picture)
    told = " – ".join(root.findtext(f"{{{SVG}}}{tag}", "") for tag in ("title", "desc"))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    return {"svg": picture, "told": told, "ratio": height / width}
