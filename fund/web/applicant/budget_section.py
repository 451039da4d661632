"""The budget as a part like others: its two sides as repeating rows, and its lines as the page draws them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fund.documents import budget_columns as words
from fund.edge.i18n import current_language
from fund.edge.sentences import problem_sentence
from fund.forms.accounts import GRANTS, Account, Side, offered_accounts, plan
from fund.forms.budget import Budget, Status
from fund.forms.definition import BudgetRule, FieldType, Option, Question, Section, Words
from fund.forms.project import BUDGET
from fund.models import Application
from fund.services.places import places_of
from fund.services.writing import digest_of

FUND_LINE: Final = Words("Subvention demandée à ce fonds", "Grant asked from this fund")


def _accounts(side: Side) -> tuple[Option, ...]:
    return tuple(
        Option(account.code, Words(f"{account.code} {account.label.fr}", f"{account.code} {account.label.en}"))
        for account in plan().values()
        if account.side is side
    )


def _side(side: Side, *more: Question) -> Question:
    columns = (
        Question("account", FieldType.CHOICE, words.COLUMNS["account"], options=_accounts(side)),
        Question("label", FieldType.TEXT, words.COLUMNS["label"]),
        Question("amount", FieldType.AMOUNT, words.COLUMNS["amount"]),
    )
    return Question(side.value, FieldType.ROWS, words.SIDES[side.value], fields=columns + more)


BUDGET_SECTION: Final = Section(
    BUDGET,
    Words("Le budget", "The budget"),
    fields=(
        _side(Side.CHARGES),
        _side(
            Side.PRODUCTS,
            Question(
                "status",
                FieldType.CHOICE,
                words.COLUMNS["status"],
                options=(Option(Status.ASKED, words.ASKED), Option(Status.GRANTED, words.GRANTED)),
            ),
            Question("evidence", FieldType.TEXT, words.COLUMNS["evidence"]),
            Question("fund", FieldType.CHOICE, words.COLUMNS["fund"], options=(Option("yes", FUND_LINE),)),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the budget as typed. ``problems`` by column; ``document`` is the name of its evidence."""

    side: str
    number: int
    typed: Mapping[str, str]
    problems: Mapping[str, list[str]]
    is_spare: bool = False
    document: str = ""
    slot: str = ""

    @property
    def name(self) -> str:
        return f"{self.side}-{self.number}"

    @property
    def is_fund(self) -> bool:
        return self.typed.get("fund") == "yes"


def in_order(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same budget with the line of this fund's grant at the head of the products, where the page has it."""
    products = raw.get(Side.PRODUCTS)
    if not isinstance(products, list):
        return dict(raw)
    rows = [row for row in products if isinstance(row, Mapping)]
    own = [row for row in rows if row.get("fund") == "yes"] or [{"account": GRANTS, "fund": "yes"}]
    others = [row for row in rows if row.get("fund") != "yes"]
    is_typed = any(map(digest_of, others)) or any(own[0].get(name) for name in ("amount", "label"))
    return {**raw, Side.PRODUCTS.value: own + others if is_typed else []}


def lines_of(application: Application, raw: Mapping[str, Any], budget: Budget) -> dict[str, list[Line]]:
    """The rows of both sides, with what is wrong in each, and a spare one at the end."""
    found = problems_in(budget)
    names = {document.reference: document.name for document in application.documents if document.is_present}
    slots = {place.line.key: place.slot for place in places_of(application) if place.line is not None}
    sides: dict[str, list[Line]] = {}
    for side in Side:
        rows = typed_rows(raw, side)
        sides[side.value] = [
            Line(
                side.value,
                number,
                row,
                {
                    name.rpartition("-")[2]: sentences
                    for name, sentences in found.items()
                    if name.startswith(f"{side}-{number}-")
                },
                is_spare=number == len(rows) - 1,
                document=names.get(row.get("evidence", ""), ""),
                slot=slots.get(f"{side}.{number}", ""),
            )
            for number, row in enumerate(rows)
        ]
    return sides


def typed_rows(raw: Mapping[str, Any], side: Side) -> list[dict[str, str]]:
    """The rows of a side as texts: this fund's line at the head of the products, and an empty row at the end."""
    recorded = raw.get(side)
    rows = [
        {name: "" if cell is None else str(cell) for name, cell in row.items()}
        for row in (recorded if isinstance(recorded, list) else [])
        if isinstance(row, Mapping)
    ]
    if side is Side.PRODUCTS and not (rows and rows[0].get("fund") == "yes"):
        rows.insert(0, {"account": GRANTS, "fund": "yes"})
    return [*rows, {}]


def problems_in(budget: Budget) -> dict[str, list[str]]:
    """Sentences by the name of the control: ``products-3-amount``, or the side."""
    found: dict[str, list[str]] = {}
    for path, problem in budget.problems:
        found.setdefault(path.replace(".", "-"), []).append(problem_sentence(problem))
    return found


def account_options(rule: BudgetRule, side: Side) -> list[tuple[str, str]]:
    """Accounts to choose from, in the order of the plan."""
    locale = current_language()

    def named(account: Account) -> str:
        indent = "" if account.code == account.chapter else "\u2003"
        return f"{indent}{account.code} {account.label.of(locale)}"

    return [(a.code, named(a)) for a in offered_accounts(rule).values() if a.side is side]
