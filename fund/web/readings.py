"""The shapes of a file in words, as ``fund.web.reading`` fills them and ``components/reading.html`` shows them."""

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from fund.edge.formats import money
from fund.forms.budget import Budget, Slice
from fund.forms.definition import FieldType


@dataclass(frozen=True, slots=True)
class FileLink:
    """A document that was handed in: its name, its bytes by their SHA-256, and where it is downloaded."""

    name: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer in words. ``path`` is its place as marks name it; ``text`` says all of it, or nothing ("").

    Which of the others is filled depends on ``kind``: a list its items, repeating rows their columns and rows, a
    document its files.
    """

    path: str
    label: str
    kind: str
    text: str
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    files: tuple[FileLink, ...] = ()

    @property
    def substance(self) -> str:
        """What is compared: of documents their content, whatever their name."""
        return "\n".join(file.sha256 for file in self.files) if self.kind == FieldType.FILE else self.text


@dataclass(frozen=True, slots=True)
class Passage:
    """The answers of one section."""

    key: str
    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class MemberReading:
    """A member of the alliance. Amounts in euros; ``consent`` is in words."""

    path: str
    name: str
    kind: str
    identity: str
    is_lead: bool
    representative: str
    part: str
    contribution: Decimal
    in_kind: Decimal
    skills: Decimal
    skills_note: str
    territory: str
    consent: str

    @property
    def text(self) -> str:
        """All of it, a line for each thing: what is compared."""
        said = (
            (gettext("Organisation"), f"{self.name} ({self.kind}), {self.identity}"),
            (gettext("Representative"), self.representative),
            (gettext("Part in the project"), self.part),
            (gettext("Contribution in money"), money(self.contribution)),
            (gettext("Contribution in kind"), money(self.in_kind)),
            (gettext("Contribution in skills"), " ".join(filter(None, (money(self.skills), self.skills_note)))),
            (gettext("Territory"), self.territory),
            (gettext("Consent"), self.consent),
        )
        return "\n".join(f"{name}{gettext(': ')}{text}" for name, text in said if text)


@dataclass(frozen=True, slots=True)
class LineReading:
    """A line of the budget; ``standing`` says whether another funder's money is asked or granted."""

    account: str
    label: str
    amount: Decimal | None
    standing: str
    evidence: FileLink | None

    @property
    def text(self) -> str:
        amount = money(self.amount) if self.amount is not None else ""
        return " · ".join(filter(None, (self.account, self.label, amount, self.standing)))


@dataclass(frozen=True, slots=True)
class BudgetReading:
    """The budget with its totals, as ``Budget`` adds them up."""

    totals: Budget
    charges: tuple[LineReading, ...]
    products: tuple[LineReading, ...]
    financing: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file in words. ``endorsements`` are names and words of catalysts."""

    project: Passage
    members: tuple[MemberReading, ...]
    sections: tuple[Passage, ...]
    budget: BudgetReading | None
    documents: tuple[Answer, ...]
    endorsements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be compared between two deposits."""

    label: str
    text: str
    substance: str
