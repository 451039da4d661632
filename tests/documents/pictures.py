"""Invented facts for every kind of picture, and an SVG read as a browser would."""

from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from fund.documents.charts.facts import (
    Accounts,
    AccountsLine,
    Amount,
    Breakdown,
    BreakdownLine,
    CashColumn,
    CashNeeds,
    Coverage,
    CoverageLine,
    Envelope,
    FranceMap,
    MapLine,
    Month,
    Months,
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
FRANCE = FranceMap(
    "Carte",
    (
        MapLine("31", "Haute-Garonne (31)", Amount(12, Decimal(240_000))),
        MapLine("75", "Paris (75)", Amount(2, Decimal(60_000))),
        MapLine("974", "La Réunion (974)", Amount(3, Decimal("60000.50"))),
        MapLine("987", "Polynésie française (987)", Amount(1, Decimal(10_000))),
        MapLine("", HOSTILE, Amount(1, Decimal(5_000))),
    ),
)
BREAKDOWN = Breakdown(
    "Par levier",
    "Levier",
    (
        BreakdownLine("Levier 1", Decimal(90_000), Decimal(45_000), Decimal("12500.50")),
        BreakdownLine(HOSTILE, Decimal(30_000), Decimal(0), Decimal(0)),
    ),
)
MONTHS = Months(
    "Versé mois par mois",
    (Month("janv. 2027", Decimal(12_500)), Month("févr. 2027", Decimal(0)), Month("mars 2027", Decimal(7_000))),
)
ACCOUNTS = Accounts(
    "Enveloppes par appel",
    (
        AccountsLine("Appel 2027", *map(Decimal, (20_000, 15_000, 5_000, 2_500, 7_500, 0, 0))),
        AccountsLine(HOSTILE, *map(Decimal, (0, 0, 0, 0, 28_000, 1_500, 500))),
    ),
)
CASH = CashNeeds(
    "Besoin de trésorerie",
    (
        CashColumn("En retard", *map(Decimal, (0, 1_500, 700, 2_000, 3_000, 4_000, 5_000, 0))),
        CashColumn("déc. 2026", *map(Decimal, (12_500, 0, 0, 0, 0, 0, 0, 8_000))),
        CashColumn(HOSTILE, *map(Decimal, (0, 0, 0, 0, 0, 0, 0, 500))),
    ),
)
ALL = (RANKING, COVERAGE, PROGRESS, ENVELOPE, SEVERITIES, FRANCE, BREAKDOWN, MONTHS, ACCOUNTS, CASH)


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
