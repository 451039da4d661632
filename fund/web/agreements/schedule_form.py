"""The form of a schedule: tranches by amount or share, with what each waits for, and the reports.

A row has ``amount`` in euros or ``share`` of the award (a percent, or a fraction such as 1/3), ``due_on``, and
conditions side by side: ``what1`` and ``label1``, ``what2`` and so on. Shares become amounts that sum exactly to
the award (``fund.forms.shares``). The button that adds rows saves nothing and keeps what was typed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from fund.edge.fields import field_label
from fund.edge.formats import money
from fund.edge.labels import label
from fund.edge.sentences import problem_sentence
from fund.forms.fields import Money, Problem
from fund.forms.shares import CENT, share_out
from fund.schemas.forms import CONDITIONS_MAXIMUM, REPORTS_MAXIMUM, TRANCHES_MAXIMUM, ScheduleInput
from fund.web.forms import read_rows, written
from workflows.disbursement import ConditionKind

SPARE_TRANCHES: Final = 2
SPARE_REPORTS: Final = 1
FEWEST_CONDITIONS: Final = 2
REPORT: Final = "report-"
PLACES: Final = range(1, CONDITIONS_MAXIMUM + 1)
TRANCHE_FIELDS: Final = (
    *("amount", "share", "due_on"),
    *(f"{name}{place}" for place in PLACES for name in ("what", "label")),
)
REPORT_FIELDS: Final = ("due_on",)
TRANCHE: Final = _l("Tranche %(number)s")
REPORT_NUMBER: Final = _l("Report no. %(number)s")
PERCENT: Final = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*%?")
FRACTION: Final = re.compile(r"(\d{1,3})\s*/\s*(\d{1,3})")
TYPING_ERROR: Final = Fraction(5, 100_000)
"""By how much a share of two decimals may be away from what was meant: « 33,33 » for a third."""


@dataclass(slots=True)
class Row:
    """One line of the form: what is written in it, and the sentence beside each wrong field.

    ``computed`` is what its share comes to, in euros.
    """

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    computed: Decimal | None = None

    @property
    def slots(self) -> range:
        """The places of conditions to be drawn: those that are filled, and one to spare."""
        filled = [place for place in PLACES if self.values.get(f"what{place}") or self.values.get(f"label{place}")]
        return range(1, min(max([*filled, FEWEST_CONDITIONS - 1]) + 2, CONDITIONS_MAXIMUM + 1))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What nothing changes any more, and so is not in the form: its number, and what is said of it.

    ``amount`` in euros is a tranche's.
    """

    number: int
    text: str
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FixedLines:
    tranches: tuple[Fixed, ...] = ()
    reports: tuple[Fixed, ...] = ()


@dataclass(slots=True)
class ScheduleForm:
    """What is typed of a schedule; ``total`` is the award, of which fixed tranches have a part."""

    total: Decimal
    tranches: list[Row]
    reports: list[Row]
    fixed: FixedLines = FixedLines()
    form_errors: list[str] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)

    # --- made ------------------------------------------------------------------------------------------------

    @classmethod
    def of(
        cls,
        total: Decimal,
        tranches: Iterable[Mapping[str, Any]],
        reports: Iterable[Mapping[str, Any]],
        fixed: FixedLines = FixedLines(),
    ) -> "ScheduleForm":
        """What is recorded: lines as ``fund.services.schedules.describe_schedule`` gives them."""
        return cls(total, [_row_of(line) for line in tranches], [_report_of(line) for line in reports], fixed)

    @classmethod
    def typed(cls, form: MultiDict[str, str], total: Decimal, fixed: FixedLines = FixedLines()) -> "ScheduleForm":
        rows = [Row(values) for values in read_rows(form, "tranches", TRANCHE_FIELDS)]
        return cls(total, rows, [Row(values) for values in read_rows(form, "reports", REPORT_FIELDS)], fixed)

    # --- read ------------------------------------------------------------------------------------------------

    def read(self) -> dict[str, Any] | None:
        """The tranches and reports as the services take them, or None: then rows and form bear sentences."""
        self.count()
        sent = {
            "tranches": [self._sent(row) for row in self.tranches],
            "reports": [{name: value for name, value in row.values.items() if value} for row in self.reports],
        }
        try:
            loaded: dict[str, Any] = ScheduleInput().load(sent)
        except ValidationError as error:
            self.show_problems(error.messages_dict)
            return None
        if not self.tranches and not self.fixed.tranches:
            self.form_errors.append(gettext("Write at least one tranche."))
        return None if self.has_errors else loaded

    def count(self) -> None:
        """Work out what each share comes to; say beside a row why its share cannot be read."""
        shares = {place: share for place, row in enumerate(self.tranches) if (share := _read_share(row))}
        exact = [Fraction(self.total) * share for share in shares.values()]
        rest = self.total - self.written_total
        parts = [(CENT * round(amount * 100)) for amount in exact]
        if exact and rest > 0 and abs(sum(exact) - Fraction(rest)) <= _tolerance(self.total, len(exact)):
            parts = share_out(rest, exact)
            weight = Fraction(rest) / sum(exact)
            raised = zip(shares, parts, (amount * weight for amount in exact), strict=True)
            places = [place for place, part, share in raised if Fraction(part) > share]
            self.rounded = [self.number_of("tranches", place) for place in places]
        for place, part in zip(shares, parts, strict=True):
            self.tranches[place].computed = part

    def _sent(self, row: Row) -> dict[str, Any]:
        for place in PLACES:
            if row.values[f"label{place}"] and not row.values[f"what{place}"]:
                row.errors[f"what{place}"] = problem_sentence(Problem("condition_kind_missing"))
        amount = str(row.computed) if row.computed is not None else row.values["amount"]
        sent = {"amount": amount, "due_on": row.values["due_on"], "conditions": _conditions_of(row)}
        return {name: value for name, value in sent.items() if value}

    @property
    def written_total(self) -> Decimal:
        """The sum of what can be read, and of what is fixed, in euros."""
        amounts = [row.computed if row.computed is not None else _amount_of(row) for row in self.tranches]
        amounts += [fixed.amount for fixed in self.fixed.tranches]
        return sum((amount for amount in amounts if amount is not None), Decimal(0))

    def number_of(self, rows: str, index: int) -> int:
        """The number of a tranche or report: those that are fixed keep theirs, and the rows have the others."""
        taken = {fixed.number for fixed in (self.fixed.tranches if rows == "tranches" else self.fixed.reports)}
        last = index + len(taken) + 1
        return [number for number in range(1, last + 1) if number not in taken][index]

    # --- shown -----------------------------------------------------------------------------------------------

    def show_problems(self, problems: Mapping[str, Any], /) -> None:
        """Put each problem beside its field; what is left concerns the whole schedule."""
        for name, found in problems.items():
            rows = {"tranches": self.tranches, "reports": self.reports}.get(name)
            if rows is not None and isinstance(found, Mapping):
                _place(rows, found)
            elif name == "tranches" and "schedule_unbalanced" in found:
                self.form_errors.append(self.imbalance())
            else:
                # What "_schema" bears are sentences already.
                self.form_errors += [
                    str(problem) if name == "_schema" else problem_sentence(problem) for problem in found
                ]

    @property
    def has_errors(self) -> bool:
        return bool(self.form_errors or any(row.errors for row in (*self.tranches, *self.reports)))

    def faults(self) -> list[tuple[str, str]]:
        """What is wrong, for the summary above the form: the field's address, and the sentence with its place."""
        found = []
        for rows, name, title in (
            (self.tranches, "tranches", str(TRANCHE)),
            (self.reports, "reports", str(REPORT_NUMBER)),
        ):
            for index, row in enumerate(rows):
                for key, sentence in row.errors.items():
                    place = title % {"number": self.number_of(name, index)}
                    text = f"{place}, {_field_name(key)}{gettext(': ')}{sentence}"
                    found.append((f"{name}-{index}-{key}", text))
        return found

    def imbalance(self) -> str:
        total = self.written_total
        values = {"total": money(total), "amount": money(self.total), "gap": money(abs(self.total - total))}
        if total < self.total:
            sentence = gettext(
                "The tranches add up to %(total)s for an award of %(amount)s: %(gap)s are missing.", **values
            )
        else:
            sentence = gettext(
                "The tranches add up to %(total)s for an award of %(amount)s: %(gap)s too much.", **values
            )
        return str(sentence)

    def rounding(self) -> str:
        """The sentence on the cents that shares leave over; empty where they come out even."""
        if not self.rounded:
            return ""
        places = gettext(", ").join(str(place) for place in self.rounded)
        return str(
            gettext(
                "The shares do not come out even to the cent: one cent more goes to these tranches: %(places)s.",
                places=places,
            )
        )

    def pad(self) -> "ScheduleForm":
        """Add the rows to spare, so that more can be written without JavaScript."""
        for rows, spare, most, names in (
            (self.tranches, SPARE_TRANCHES, TRANCHES_MAXIMUM, TRANCHE_FIELDS),
            (self.reports, SPARE_REPORTS, REPORTS_MAXIMUM, REPORT_FIELDS),
        ):
            rows += [Row(dict.fromkeys(names, "")) for _ in range(min(spare, most - len(rows)))]
        return self

    def choices(self) -> list[tuple[str, str]]:
        """What a tranche may wait for; each report by its number."""
        last = max(len(self.reports) + len(self.fixed.reports), self._last_named())
        numbers = [
            (f"{REPORT}{number}", gettext("Report no. %(number)s accepted", number=number))
            for number in range(1, last + 1)
        ]
        kinds = (ConditionKind.COFINANCING_PROVEN, ConditionKind.EXPENSE_EVIDENCE)
        return [("", gettext("Nothing")), *numbers, *((kind.value, label(kind)) for kind in kinds)]

    def _last_named(self) -> int:
        values = [row.values.get(f"what{place}", "") for row in self.tranches for place in PLACES]
        named = [value.removeprefix(REPORT) for value in values if value.startswith(REPORT)]
        return max((int(text) for text in named if text.isdecimal() and len(text) < 3), default=0)


def _row_of(line: Mapping[str, Any]) -> Row:
    values = dict.fromkeys(TRANCHE_FIELDS, "")
    values["amount"] = written(Decimal(line["amount"]), Money())
    values["due_on"] = str(line["due_on"] or "")
    for place, condition in enumerate(line["conditions"], start=1):
        number = condition["report"]
        values[f"what{place}"] = f"{REPORT}{number}" if number is not None else condition["kind"]
        values[f"label{place}"] = condition["label"]
    return Row(values)


def _report_of(line: Mapping[str, Any]) -> Row:
    return Row({"due_on": str(line["due_on"])})


def _read_share(row: Row) -> Fraction | None:
    """The share of the award that a row asks for, from 0 to 1."""
    text = row.values["share"]
    if not text:
        return None
    if row.values["amount"]:
        row.errors["share"] = problem_sentence(Problem("share_and_amount"))
        return None
    share = Fraction(0)
    if found := PERCENT.fullmatch(text):
        share = Fraction(found[1].replace(",", ".")) / 100
    elif (found := FRACTION.fullmatch(text)) and int(found[2]):
        share = Fraction(int(found[1]), int(found[2]))
    if not 0 < share <= 1:
        row.errors["share"] = problem_sentence(Problem("share_out_of_range"))
        return None
    return share


def _tolerance(total: Decimal, count: int) -> Fraction:
    return Fraction(total) * TYPING_ERROR * count + Fraction(count, 100)


def _amount_of(row: Row) -> Decimal | None:
    try:
        amount: Decimal = Money().deserialize(row.values["amount"])
    except ValidationError:
        return None
    return amount


def _conditions_of(row: Row) -> list[dict[str, Any]]:
    found = []
    for place in PLACES:
        what = row.values[f"what{place}"]
        if not what:
            continue
        is_report = what.startswith(REPORT)
        kind = ConditionKind.REPORT_ACCEPTED.value if is_report else what
        report = {"report": what.removeprefix(REPORT)} if is_report else {}
        found.append({"kind": kind, "label": row.values[f"label{place}"], **report})
    return found


def _place(rows: Sequence[Row], problems: Mapping[Any, Any]) -> None:
    """A problem of a condition stands beside the condition's place."""
    for index, found in problems.items():
        row = rows[index]
        filled = [place for place in PLACES if row.values.get(f"what{place}")]
        for name, codes in found.items():
            if name == "amount" and row.values.get("share"):
                row.errors.setdefault("share", problem_sentence(codes[0]))
            elif name != "conditions" or not isinstance(codes, Mapping):
                row.errors.setdefault(name, problem_sentence(codes[0]))
            else:
                for place, inner in codes.items():
                    key, problem = next(iter(inner.items()))
                    at = "label" if key == "label" else "what"
                    row.errors[f"{at}{filled[place]}"] = problem_sentence(problem[0])


def _field_name(key: str) -> str:
    names = {"amount": gettext("Amount"), "share": gettext("Share of the award"), "what": gettext("Waits for")}
    bare = key.rstrip("0123456789")
    return str(names.get(bare) or (gettext("Which one") if bare == "label" else field_label(bare)))
