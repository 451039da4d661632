"""A project's budget in the plan of the Cerfa 12156 form: read from what was typed, added up and judged.

Raw shape::

    {"charges": [{"account": "601", "label": "…", "amount": "…"}],
     "products": [{"account": "742", "label": "…", "amount": "…", "status": "asked", "evidence": "", "fund": ""}]}

The one product line with ``fund: "yes"`` is the grant asked from this fund. Amounts are euros. A row of which
nothing is filled in counts for nothing, and its place still counts in paths (``charges.2.amount``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any, Final

from marshmallow import Schema, ValidationError

from fund.forms.accounts import COFINANCED, GRANTS, Account, Side, Source, offered_accounts, plan
from fund.forms.definition import BudgetRule, GrantRule
from fund.forms.fields import Choice, Input, Money, Problem, Text, YesNo

MAX_LINES: Final = 500  # on each side; a real budget has some forty
ZERO: Final = Decimal("0.00")
CENT: Final = Decimal("0.01")

Found = tuple[str, Problem]
"""A path such as ``products.3.amount``, and what speaks against what stands there."""


class Status(StrEnum):
    """How far another funder's money is."""

    ASKED = "asked"
    GRANTED = "granted"


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line. ``key`` is its path (``products.0``); ``amount`` is None where nothing readable was typed.

    ``status`` is kept where another funder decides (and is ASKED on this fund's own line); ``evidence`` is the
    reference of a document.
    """

    key: str
    side: Side
    account: str
    label: str
    amount: Decimal | None
    status: Status | None = None
    evidence: str = ""
    fund: bool = False

    @property
    def is_in_kind(self) -> bool:
        account = plan().get(self.account)
        return account is not None and account.is_in_kind

    @property
    def source(self) -> Source | None:
        """Where a product comes from; own resources as long as no account says more. None for a charge."""
        if self.side is Side.CHARGES:
            return None
        if self.fund:
            return Source.FUND
        account = plan().get(self.account)
        return (account.source if account else None) or Source.OWN

    @property
    def standing(self) -> Status | None:
        """The status by which a product is counted: another funder's money without a status is only asked."""
        return self.status or (Status.ASKED if self.source in COFINANCED else None)


@dataclass(frozen=True, slots=True)
class Cofinancing:
    """The products beside this fund's grant and contributions in kind.

    A line of another funder without a status counts as asked.
    """

    asked: Decimal
    granted: Decimal
    own: Decimal


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget as far as it can be read. Totals are without contributions in kind, which have their own.

    ``balance`` is products less charges. ``rate`` is the grant asked in percent of the total of charges, None
    without charges.
    """

    lines: tuple[BudgetLine, ...]
    problems: tuple[Found, ...]
    total_charges: Decimal
    total_products: Decimal
    in_kind_charges: Decimal
    in_kind_products: Decimal
    requested: Decimal
    cofinancing: Cofinancing

    @property
    def balance(self) -> Decimal:
        return self.total_products - self.total_charges

    @property
    def rate(self) -> Decimal | None:
        return (self.requested * 100 / self.total_charges).quantize(CENT) if self.total_charges else None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the financing: ``amount`` in euros, ``share`` of all products, those in kind included (0 to 1)."""

    source: Source
    amount: Decimal
    share: Decimal
    status: Status | None


class ChargeInput(Input):
    account = Text(maximum=10)
    label = Text(maximum=200)
    amount = Money()


class ProductInput(ChargeInput):
    status = Choice(Status)
    evidence = Text(maximum=200)
    fund = YesNo()


LINES: Final[Mapping[Side, type[Schema]]] = {Side.CHARGES: ChargeInput, Side.PRODUCTS: ProductInput}


def load_budget(raw: Any, rule: BudgetRule, grant: GrantRule, *, complete: bool = True) -> Budget:
    """Read and judge a budget; whatever the JSON, this gives a budget with problems and never raises.

    Without ``complete`` only what is wrong is named (a draft); with it also what is missing: charges equal to
    products, 86 equal to 87, exactly one line asked from this fund, within the limits of the grant, and evidence
    where the rule wants it. The largest share is taken of the charges WITHOUT contributions in kind: grants pay
    expenses, and volunteers' time is none.
    """
    lines, problems = read_lines(raw, rule)
    budget = _add_up(lines)
    if complete:
        named = {path for path, _ in problems}  # what cannot be read is not also missing
        problems += [found for found in _missing_in_lines(lines, rule) if found[0] not in named]
        problems += _missing_in_whole(budget, grant)
    return replace(budget, problems=tuple(problems))


def read_lines(raw: Any, rule: BudgetRule) -> tuple[tuple[BudgetLine, ...], list[Found]]:
    """The lines that are not blank, and what is wrong with them taken one by one and together."""
    if not isinstance(raw, Mapping):
        return (), [("", Problem("not_an_object"))]
    lines: list[BudgetLine] = []
    problems: list[Found] = [(str(key), Problem("unknown_field")) for key in raw if key not in set(Side)]
    for side in Side:
        rows = raw.get(side)
        if rows is None:
            continue
        if not isinstance(rows, list):
            problems.append((side.value, Problem("not_a_list")))
            continue
        if len(rows) > MAX_LINES:
            problems.append((side.value, Problem("too_many_rows", maximum=MAX_LINES)))
        for number, row in enumerate(rows[:MAX_LINES]):
            line, wrong = read_line(f"{side}.{number}", side, row, rule)
            problems += wrong
            lines += [line] if line else []
    return tuple(lines), problems + _second_fund_lines(lines)


def read_line(key: str, side: Side, row: Any, rule: BudgetRule) -> tuple[BudgetLine | None, list[Found]]:
    """One row as a line (None where it is blank or no row at all), with what is wrong with it."""
    if not isinstance(row, Mapping):
        return None, [(key, Problem("not_an_object"))]
    filled = {name: value for name, value in row.items() if value is not None and not _is_blank(value)}
    if not filled:
        return None, []
    problems: list[Found] = []
    try:
        values = LINES[side]().load(filled)
    except ValidationError as error:
        values = error.valid_data if isinstance(error.valid_data, dict) else {}
        for name, messages in error.messages_dict.items():
            problems += [(f"{key}.{name}", message) for message in messages]
    line = _line(key, side, values)
    return line, problems + _wrong_account(line, rule)


def financing_of(budget: Budget) -> list[Slice]:
    """Who pays for the project, for a picture: this fund first, then what is surest; nothing for empty parts."""
    products = [line for line in budget.lines if line.side is Side.PRODUCTS and line.amount]
    whole = _sum(products)
    order: list[tuple[Source, Status | None]] = [(Source.FUND, Status.ASKED)]
    order += [(source, status) for source in COFINANCED for status in (Status.GRANTED, Status.ASKED)]
    order += [(Source.OWN, None), (Source.IN_KIND, None)]
    slices: list[Slice] = []
    for source, status in order:
        amount = _sum(line for line in products if (line.source, line.standing) == (source, status))
        if amount:
            slices.append(Slice(source, amount, (amount / whole).quantize(Decimal("0.0001")), status))
    return slices


def _line(key: str, side: Side, values: Mapping[str, Any]) -> BudgetLine:
    account = plan().get(values.get("account", ""))
    fund = bool(values.get("fund"))
    status: Status | None = None
    if fund or (account is not None and account.is_cofinanced):
        status = Status.ASKED if fund else values.get("status")
    return BudgetLine(
        key=key,
        side=side,
        account=values.get("account", ""),
        label=values.get("label", ""),
        amount=values.get("amount"),
        status=status,
        evidence=values.get("evidence", ""),
        fund=fund,
    )


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _wrong_account(line: BudgetLine, rule: BudgetRule) -> list[Found]:
    if not line.account:
        return []
    account: Account | None = offered_accounts(rule).get(line.account)
    if account is None or account.side is not line.side:
        return [(f"{line.key}.account", Problem("unknown_account"))]
    if line.fund and account.chapter != GRANTS:
        return [(f"{line.key}.account", Problem("fund_line_account", account=GRANTS))]
    return []


def _second_fund_lines(lines: Iterable[BudgetLine]) -> list[Found]:
    marked = [line for line in lines if line.fund]
    return [(f"{line.key}.fund", Problem("fund_line_twice")) for line in marked[1:]]


def _add_up(lines: tuple[BudgetLine, ...]) -> Budget:
    def total(wanted: Callable[[BudgetLine], bool]) -> Decimal:
        return _sum(line for line in lines if wanted(line))

    def others(status: Status) -> Decimal:
        return total(lambda line: line.source in COFINANCED and line.standing is status)

    return Budget(
        lines=lines,
        problems=(),
        total_charges=total(lambda line: line.side is Side.CHARGES and not line.is_in_kind),
        total_products=total(lambda line: line.side is Side.PRODUCTS and not line.is_in_kind),
        in_kind_charges=total(lambda line: line.side is Side.CHARGES and line.is_in_kind),
        in_kind_products=total(lambda line: line.side is Side.PRODUCTS and line.is_in_kind),
        requested=total(lambda line: line.fund),
        cofinancing=Cofinancing(
            asked=others(Status.ASKED),
            granted=others(Status.GRANTED),
            own=total(lambda line: line.source is Source.OWN),
        ),
    )


def _sum(lines: Iterable[BudgetLine]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), ZERO)


def _missing_in_lines(lines: Iterable[BudgetLine], rule: BudgetRule) -> Iterator[Found]:
    for line in lines:
        if not line.account:
            yield f"{line.key}.account", Problem("required")
        if line.amount is None:
            yield f"{line.key}.amount", Problem("required")
        if line.source in COFINANCED and line.status is None:
            yield f"{line.key}.status", Problem("status_missing")
        if rule.evidence and line.status is Status.GRANTED and not line.evidence:
            yield f"{line.key}.evidence", Problem("evidence_missing")


def _missing_in_whole(budget: Budget, grant: GrantRule) -> Iterator[Found]:
    if budget.balance < 0:
        yield "products", Problem("products_short", difference=-budget.balance)
    if budget.balance > 0:
        yield "charges", Problem("charges_short", difference=budget.balance)
    if budget.in_kind_charges != budget.in_kind_products:
        yield (
            "products" if budget.in_kind_products < budget.in_kind_charges else "charges",
            Problem("in_kind_unequal", charges=budget.in_kind_charges, products=budget.in_kind_products),
        )
    asked = next((line for line in budget.lines if line.fund), None)
    if asked is None:
        yield "products", Problem("fund_line_missing")
    elif asked.amount is not None:
        yield from _wrong_request(f"{asked.key}.amount", budget, grant)


def _wrong_request(path: str, budget: Budget, grant: GrantRule) -> Iterator[Found]:
    if not grant.minimum <= budget.requested <= grant.maximum:
        yield path, Problem("grant_out_of_range", minimum=grant.minimum, maximum=grant.maximum)
    ceiling = budget.total_charges * grant.rate / 100
    # Without charges the missing charges are the problem, not the rate.
    if budget.total_charges and budget.requested > ceiling:
        largest = ceiling.quantize(CENT, ROUND_DOWN)
        yield path, Problem("grant_above_rate", rate=grant.rate, largest=largest)
