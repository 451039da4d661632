"""The account of a grant in the plan of the Cerfa 15059 form: what was planned beside what was spent, and judged.

Both sides of the comparison have the raw shape of a budget (``fund.forms.budget``), of which the account, the
label, the amount and the mark ``fund`` count. A call without a budget plan has lines without an account
(``plain_plan``): then each side is compared as a whole.

Differences are shown in euros and in percent of what was planned, account by account, as the form does. They are
explained by chapter (60, 61 … 74): that is the level at which funders agree to a budget, and an alliance that buys
in 606 what it had planned in 604 owes nobody a word. A chapter is explained when it differs from the plan by MORE
than the call's threshold, or was not planned at all. Before the final report nothing is explained and nothing
needs to be in balance: what is spent half-way is no difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any, Final, cast

from marshmallow import ValidationError

from fund.forms.accounts import IN_KIND, Side, plan
from fund.forms.budget import CENT, ZERO, BudgetLine, Found, read_lines
from fund.forms.definition import BudgetRule
from fund.forms.fields import Problem, Text

EXPLANATION_LIMIT: Final = 2_000
WHOLE_PLAN: Final = BudgetRule()
"""Money is spent where it is spent: an account that the call did not offer can be used in the report."""
TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Compared:
    """Planned and realised, in euros."""

    planned: Decimal
    realised: Decimal

    @property
    def difference(self) -> Decimal:
        return self.realised - self.planned

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of what was planned; None where nothing was."""
        if not self.planned:
            return None
        return (self.difference * 100 / self.planned).quantize(TENTH, ROUND_HALF_UP)

    def is_beyond(self, threshold: Decimal) -> bool:
        """Whether the two differ by more than so many percent of what was planned; exactly, not as rounded."""
        return abs(self.difference) * 100 > threshold * self.planned


@dataclass(frozen=True, slots=True)
class Entry:
    """An account of one side. ``fund``: this fund's own grant. ``labels``: what was written on its lines."""

    account: str
    fund: bool
    labels: tuple[str, ...]
    amounts: Compared


@dataclass(frozen=True, slots=True)
class Chapter:
    """The accounts of one chapter, or a whole side where the call has no plan.

    ``key`` is the chapter's account of two digits, or the side; explanations are kept under it.
    """

    key: str
    side: Side
    entries: tuple[Entry, ...]
    amounts: Compared
    is_beyond: bool
    explanation: str

    @property
    def is_in_kind(self) -> bool:
        return self.key in IN_KIND


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a grant, as far as it can be read. Totals are without contributions in kind.

    ``spent`` is what the project has cost, and ``fund_share`` what of this fund's grant the alliance says it used.
    """

    lines: tuple[BudgetLine, ...]
    chapters: tuple[Chapter, ...]
    charges: Compared
    products: Compared
    in_kind_charges: Compared
    in_kind_products: Compared
    fund_share: Decimal
    problems: tuple[Found, ...] = ()

    @property
    def spent(self) -> Decimal:
        return self.charges.realised

    @property
    def to_explain(self) -> tuple[Chapter, ...]:
        return tuple(chapter for chapter in self.chapters if chapter.is_beyond)

    def of_side(self, side: Side) -> tuple[Chapter, ...]:
        return tuple(chapter for chapter in self.chapters if chapter.side is side)


def load_account(
    planned: Any,
    realised: Any,
    explanations: Any,
    *,
    threshold: Decimal,
    has_plan: bool,
    final: bool,
    complete: bool = True,
) -> Account:
    """Read and judge an account; whatever the JSON, this gives an account with problems and never raises.

    ``planned`` was judged when the application was handed in, and is only read. Without ``complete`` only what is
    wrong is named (a draft); with it also what is missing: an amount on every line, the charges at least, and in a
    ``final`` report charges equal to products, 86 equal to 87, and an explanation of every chapter beyond the
    threshold.
    """
    foreseen, _ = read_lines(planned, WHOLE_PLAN)
    lines, problems = read_lines(realised, WHOLE_PLAN)
    texts, unfit = _explanations(explanations)
    account = _compare(foreseen, lines, texts, threshold, final=final)
    problems += unfit
    if complete:
        named = {path for path, _ in problems}  # what cannot be read is not also missing
        gaps = [*_missing_in_lines(lines, has_plan), *_missing_in_whole(account, final=final)]
        problems += [found for found in gaps if found[0] not in named]
    return replace(account, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of a grant once the project is paid for, in euros.

    ``earned``: the part of the grant that the expenses justify. ``unspent``: what was paid beyond that, and goes
    back. ``left``: what of the award is earned and not paid yet.
    """

    awarded: Decimal
    paid: Decimal
    by_rate: Decimal
    earned: Decimal

    @property
    def unspent(self) -> Decimal:
        return max(self.paid - self.earned, ZERO)

    @property
    def left(self) -> Decimal:
        return max(self.earned - self.paid, ZERO)


def use_of_grant(account: Account, *, awarded: Decimal, paid: Decimal, rate: Decimal) -> Use:
    """How much of the award the account justifies: the least of three amounts.

    A grant is a ceiling (the award itself), a share of real expenses (the call's largest share, in percent, of
    what was spent without contributions in kind, rounded down to the cent), and no more than the alliance itself
    counts on: with products equal to charges, the fund's own line is what the expenses need beside all other
    money. The call's rate is taken and not the award's share of the planned budget, since no call has announced a
    reduction in proportion.
    """
    by_rate = (account.spent * rate / 100).quantize(CENT, ROUND_DOWN)
    return Use(awarded, paid, by_rate, max(min(awarded, by_rate, account.fund_share), ZERO))


def plain_plan(total: Decimal | None, awarded: Decimal) -> dict[str, list[dict[str, str]]]:
    """What was planned where the call has no budget: the whole cost, this fund's grant, and the rest."""
    cost = max(total or ZERO, awarded)
    rest = [{"amount": str(cost - awarded)}] if cost > awarded else []
    return {
        Side.CHARGES.value: [{"amount": str(cost)}],
        Side.PRODUCTS.value: [{"amount": str(awarded), "fund": "yes"}, *rest],
    }


def awarded_plan(budget: Mapping[str, Any], awarded: Decimal) -> dict[str, Any]:
    """The budget of an application, in which this fund pays what it awarded instead of what was asked of it.

    The rest stays as it was handed in: nobody owes an explanation of what the fund itself decided.
    """
    own = {line.key for line in read_lines(budget, WHOLE_PLAN)[0] if line.fund}
    return {
        side.value: [
            {**row, "amount": str(awarded)} if f"{side}.{number}" in own else dict(row)
            for number, row in enumerate(budget.get(side.value, []))
        ]
        for side in Side
    }


def starting_rows(planned: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The lines of the plan to be filled in with what was spent: each with its account and label, no amount.

    This fund's own line is the first of the products.
    """
    kept = ("account", "label", "fund")
    return {
        side.value: sorted(
            ({name: row[name] for name in kept if row.get(name)} for row in planned.get(side.value, [])),
            key=lambda row: "fund" not in row,
        )
        for side in Side
    }


def _compare(
    foreseen: tuple[BudgetLine, ...],
    lines: tuple[BudgetLine, ...],
    texts: Mapping[str, str],
    threshold: Decimal,
    *,
    final: bool,
) -> Account:
    entries = sorted(_entries(foreseen, lines), key=lambda found: _place(*found))
    chapters = []
    for (side, key), group in groupby(entries, key=lambda found: (found[0], _chapter(found[0], found[1].account))):
        members = tuple(entry for _, entry in group)
        amounts = _total(entry.amounts for entry in members)
        is_beyond = final and amounts.is_beyond(threshold)
        chapters.append(Chapter(key, side, members, amounts, is_beyond, texts.get(key, "")))

    def total(side: Side, *, in_kind: bool) -> Compared:
        return _total(c.amounts for c in chapters if c.side is side and c.is_in_kind is in_kind)

    return Account(
        lines=lines,
        chapters=tuple(chapters),
        charges=total(Side.CHARGES, in_kind=False),
        products=total(Side.PRODUCTS, in_kind=False),
        in_kind_charges=total(Side.CHARGES, in_kind=True),
        in_kind_products=total(Side.PRODUCTS, in_kind=True),
        fund_share=_sum(line for line in lines if line.fund),
    )


def _entries(foreseen: tuple[BudgetLine, ...], lines: tuple[BudgetLine, ...]) -> Iterator[tuple[Side, Entry]]:
    """One entry for each account of a side that has a line in the plan or in the account."""

    def place(line: BudgetLine) -> tuple[Side, str, bool]:
        return line.side, line.account, line.fund

    for side, account, fund in dict.fromkeys(map(place, (*foreseen, *lines))):
        here = (side, account, fund)
        before = [line for line in foreseen if place(line) == here]
        after = [line for line in lines if place(line) == here]
        labels = tuple(dict.fromkeys(line.label for line in (*before, *after) if line.label))
        yield side, Entry(account, fund, labels, Compared(_sum(before), _sum(after)))


def _place(side: Side, entry: Entry) -> tuple[Any, ...]:
    """The order of the plan: charges first, by account, this fund's own line before others of its account."""
    return side is Side.PRODUCTS, _chapter(side, entry.account), entry.account, not entry.fund


def _chapter(side: Side, account: str) -> str:
    known = plan().get(account)
    return known.chapter if known is not None and known.side is side else side.value


def _total(amounts: Iterable[Compared]) -> Compared:
    planned, realised = ZERO, ZERO
    for each in amounts:
        planned, realised = planned + each.planned, realised + each.realised
    return Compared(planned, realised)


def _sum(lines: Iterable[BudgetLine]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), ZERO)


def _explanations(raw: Any) -> tuple[dict[str, str], list[Found]]:
    if raw is None:
        return {}, []
    if not isinstance(raw, Mapping):
        return {}, [("explanations", Problem("not_an_object"))]
    text = Text(maximum=EXPLANATION_LIMIT)
    found: dict[str, str] = {}
    problems: list[Found] = []
    for key, value in raw.items():
        try:
            found[str(key)] = text.deserialize(value) or ""
        except ValidationError as error:
            problems += [(explanation_path(str(key)), cast(Problem, message)) for message in error.messages]
    return found, problems


def explanation_path(key: str) -> str:
    """Where the problems of a chapter's explanation are named."""
    return f"explanations.{key}"


def _missing_in_lines(lines: Iterable[BudgetLine], has_plan: bool) -> Iterator[Found]:
    for line in lines:
        if has_plan and not line.account:
            yield f"{line.key}.account", Problem("required")
        if line.amount is None:
            yield f"{line.key}.amount", Problem("required")


def _missing_in_whole(account: Account, *, final: bool) -> Iterator[Found]:
    if not any(line.side is Side.CHARGES for line in account.lines):
        yield Side.CHARGES.value, Problem("account_without_charges")
        return
    if not final:
        return
    short = account.charges.realised - account.products.realised
    if short > 0:
        yield Side.PRODUCTS.value, Problem("account_products_short", difference=short)
    if short < 0:
        yield Side.CHARGES.value, Problem("account_products_above", difference=-short)
    charges, products = account.in_kind_charges.realised, account.in_kind_products.realised
    if charges != products:
        side = Side.PRODUCTS if products < charges else Side.CHARGES
        yield side.value, Problem("in_kind_unequal", charges=charges, products=products)
    if not any(line.fund for line in account.lines):
        yield Side.PRODUCTS.value, Problem("account_without_fund_line")
    for chapter in account.to_explain:
        if not chapter.explanation:
            yield explanation_path(chapter.key), Problem("explanation_missing")
