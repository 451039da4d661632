"""What a call is made of, as data. ``content.py`` reads and writes these from and to YAML and JSON.

Texts are pairs (French, English); keys are short ASCII names that never change once answers exist. Amounts are
euros. Every class is immutable: a published version is frozen, and so is what was read of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

USUAL_SCALE: Final = 5
"""The highest mark of a criterion that says none."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the two languages of the house."""

    fr: str = ""
    en: str = ""

    def of(self, locale: str) -> str:
        """The text in that language, or in the other where this one is empty."""
        return (self.en or self.fr) if locale == "en" else (self.fr or self.en)

    def __bool__(self) -> bool:
        return bool(self.fr or self.en)


class FieldType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    EMAIL = "email"
    TELEPHONE = "telephone"
    URL = "url"
    ADDRESS = "address"
    TERRITORY = "territory"
    SDGS = "sdgs"
    LEVERS = "levers"
    MEASURES = "measures"
    ROWS = "rows"
    FILE = "file"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form. Which of the limits mean something depends on the type.

    ``maximum`` is characters for texts, the largest value for numbers and amounts, the largest count for choices,
    territories and rows; ``minimum`` likewise. ``decimals`` is for numbers. ``levels`` (``com``, ``epci``,
    ``dep``, ``reg``) is for territories. ``files`` (``pdf``, ``image``, ``office``, ``sheet``) is for files.
    ``fields`` are the columns of repeating rows, which hold neither rows nor files.
    """

    key: str
    type: FieldType
    label: Words
    help: Words = Words()
    required: bool = False
    show_if: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int = 0
    options: tuple[Option, ...] = ()
    levels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    fields: tuple["Question", ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: Words
    help: Words = Words()
    show_if: str = ""
    fields: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    sections: tuple[Section, ...] = ()

    def find(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)


class OrganisationKind(StrEnum):
    LOCAL_AUTHORITY = "local_authority"
    ASSOCIATION = "association"
    COMPANY = "company"
    RESEARCH = "research"
    FOUNDATION = "foundation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MemberRule:
    """At least ``minimum`` members of a kind; with ``territory``, only members that sit there count."""

    kind: str
    minimum: int = 1
    territory: tuple[str, ...] = ()


class Confirmations(StrEnum):
    """Whose consent a submission needs."""

    NONE = "none"
    REQUIRED = "required"  # as many members of each kind as the rule asks for
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AllianceRule:
    """``territory``: where the project must be, by codes (``dep:31``, ``reg:76``, ``epci:200…``, ``com:31555``).

    ``endorsement``: a catalyst of the territory must have given a word.
    """

    members: tuple[MemberRule, ...] = ()
    minimum: int = 1
    maximum: int = 50
    territory: tuple[str, ...] = ()
    confirmations: Confirmations = Confirmations.NONE
    endorsement: bool = False


@dataclass(frozen=True, slots=True)
class GrantRule:
    """The least and the largest grant, in euros, and its largest share of the budget, in percent."""

    minimum: Decimal
    maximum: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """Present where the call asks for a budget in the plan of the Cerfa 12156 form.

    ``accounts`` are the accounts that are offered (empty: all of the plan). ``in_kind``: accounts 86 and 87 are
    offered. ``evidence``: a co-financing line said to be granted needs a document.
    """

    accounts: tuple[str, ...] = ()
    in_kind: bool = True
    evidence: bool = False


class LateRule(StrEnum):
    """What becomes of a draft that is being written when the call closes."""

    STRICT = "strict"
    GRACE = "grace"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    rule: LateRule = LateRule.STRICT
    minutes: int = 0


class Feedback(StrEnum):
    """What an alliance reads after the decision, beside the decision itself."""

    NONE = "none"
    MOTIVATION = "motivation"
    COMMENTS = "comments"  # the motivation, and the reviewers' comments without their names


class Otherwise(StrEnum):
    NO = "no"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class EligibilityQuestion:
    """A yes/no question before writing. Where the answer is not ``expected``: no (or "ask us"), because…"""

    key: str
    question: Words
    because: Words
    expected: bool = True
    otherwise: Otherwise = Otherwise.NO


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """A document that the call asks for; ``per_member``: one from every member of the alliance."""

    key: str
    label: Words
    help: Words = Words()
    required: bool = True
    per_member: bool = False
    files: tuple[str, ...] = ()
    show_if: str = ""


@dataclass(frozen=True, slots=True)
class RubricLine:
    """One criterion: a weight in percent, and marks from 0 to ``scale``.

    ``key`` tells a criterion whose label is corrected from another one in its place. ``anchors`` say in words what
    each mark means, from 0 to ``scale`` (any may be blank; none at all: no words). A mean mark below ``threshold``
    is a reason to discuss whether the file is set aside.
    """

    key: str = field(default="", kw_only=True)
    label: Words
    weight: Decimal
    scale: int = USUAL_SCALE
    help: Words = Words()
    anchors: tuple[Words, ...] = ()
    threshold: int | None = None

    def is_marked_like(self, earlier: "RubricLine") -> bool:
        """Whether marks given by the earlier line mean the same here: only words differ.

        A line that had no key yet may be given one.
        """
        same_measure = (self.weight, self.scale, self.threshold) == (
            earlier.weight,
            earlier.scale,
            earlier.threshold,
        )
        return same_measure and earlier.key in ("", self.key)


@dataclass(frozen=True, slots=True)
class Scoring:
    """What the call makes of its reviews.

    ``minimum``: the score, from 0 to 100, below which a file is not proposed. ``divergence``: the points between
    the highest and the lowest review of a file from which they are discussed. ``days``: the time to read a file,
    from its assignment on.
    """

    minimum: Decimal | None = None
    divergence: Decimal = Decimal(25)
    days: int = 21


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the call asks of the accounts of its grants.

    ``threshold``: the difference, in percent of what was planned for a chapter of the budget, beyond which the
    alliance explains it.
    """

    threshold: Decimal = Decimal(20)


class AidRegime(StrEnum):
    """Under what law the grant is given."""

    NONE = "none"  # not State aid
    DE_MINIMIS = "de_minimis"  # Regulation (EU) 2023/2831
    SGEI_DE_MINIMIS = "sgei_de_minimis"  # Regulation (EU) 2023/2832
    GBER = "gber"  # Regulation (EU) 651/2014


@dataclass(frozen=True, slots=True)
class Regime:
    """``republican_contract``: the contrat d'engagement républicain is asked (Act of 24 August 2021, art. 12)."""

    aid: AidRegime = AidRegime.NONE
    republican_contract: bool = False


@dataclass(frozen=True, slots=True)
class CallContent:
    """A whole call, as a version freezes it and as a YAML file carries it."""

    title: Words
    summary: Words
    opens_at: datetime
    closes_at: datetime
    envelope: Decimal
    grant: GrantRule
    reviews: int = 2
    alliance: AllianceRule = AllianceRule()
    deadline: DeadlineRule = DeadlineRule()
    feedback: Feedback = Feedback.MOTIVATION
    regime: Regime = Regime()
    declaration: Words = Words()
    eligibility: tuple[EligibilityQuestion, ...] = ()
    form: Form = field(default_factory=Form)
    budget: BudgetRule | None = None
    documents: tuple[DocumentRule, ...] = ()
    rubric: tuple[RubricLine, ...] = ()
    scoring: Scoring = Scoring()
    report: Form = field(default_factory=Form)
    reporting: Reporting = Reporting()
