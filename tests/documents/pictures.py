"""Invented facts for every kind of picture, and an SVG read as a browser would."""

from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from fund.documents.charts.facts import (
    Amount,
    Coverage,
    CoverageLine,
    Envelope,
    Progress,
    RankedFile,
    Ranking,
    ReviewerProgress,
    ReviewerSeverity,
    Severities,
)

HOSTILE = "</text><script>alert(1)</script> & \x00\u202e« titre » " + "très long " * 30


def ranked(number: int, *scores: float, title: str = "Dossier d’exemple") -> RankedFile:
    if not scores:
        return RankedFile(f"DO-{number}", title, (), None, None, None, None)
    mean = sum(scores) / len(scores)
    return RankedFile(f"DO-{number}", title, scores, mean, mean + 2, mean - 6, mean + 10)


def line(label: str, asked: int, proposed: int = 0, awarded: int = 0) -> CoverageLine:
    return CoverageLine(
        label, *(Amount(1 if euros else 0, Decimal(euros)) for euros in (asked, proposed, awarded))
    )


RANKING = Ranking(
    "Classement",
    (ranked(1, 80, 80, 95), ranked(2, 60.5, 72, title=HOSTILE), ranked(3)),
    minimum=50.0,
)
COVERAGE = Coverage(
    "Répartition", "Département", (line("Ariège", 400_000, 200_000, 100_000), line(HOSTILE, 50_000))
)
PROGRESS = Progress(
    "Avancement",
    (ReviewerProgress("Évaluateur 1", 2, 1, 3, 0, 1), ReviewerProgress(HOSTILE, 1, 0, 1, 1, 0)),
)
ENVELOPE = Envelope("Enveloppe", Decimal(1_000_000), Decimal(500_000), Decimal("100000.50"), Decimal(150_000))
SEVERITIES = Severities(
    "Sévérité",
    (
        ReviewerSeverity("É2", 3.1, 0.5, 5.7, 8),
        ReviewerSeverity(HOSTILE, -4.25, -9.0, 0.5, 3),
        ReviewerSeverity("É3", 0.0, None, None, 1),
    ),
)
ALL = (RANKING, COVERAGE, PROGRESS, ENVELOPE, SEVERITIES)


class Picture:
    """An SVG that parses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Element = fromstring(text)

    def elements(self, tag: str) -> Iterator[Element]:
        return self.root.iter(f"{{http://www.w3.org/2000/svg}}{tag}")

    @property
    def texts(self) -> list[str]:
        return ["".join(element.itertext()) for element in self.elements("text")]

    @property
    def ids(self) -> list[str]:
        return [element.attrib["id"] for element in self.root.iter() if "id" in element.attrib]

    @property
    def description(self) -> str:
        return next(self.elements("desc")).text or ""

    def paths(self, **attributes: str) -> list[Element]:
        """The paths with these attributes among the marks: what Vega drew, and so not the key."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        marks = [part for group in self.elements("g") if group.get("fill") == "none" for part in group.iter()]
        return [mark for mark in marks if mark.tag.endswith("}path") and wanted.items() <= mark.attrib.items()]
