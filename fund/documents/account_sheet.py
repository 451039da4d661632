"""The account of a grant as a table of figures: planned, realised, difference, by chapter and by account."""

from collections.abc import Iterator
from decimal import Decimal

from fund.documents.tables import Column, Kind, Table, Value
from fund.forms.account import Account, Chapter, Compared
from fund.forms.accounts import Side, plan
from fund.forms.definition import Words

TITLE = Words("Compte rendu financier", "Account of the grant")
HEADS = (
    (Words("Compte", "Account"), Kind.TEXT),
    (Words("Intitulé", "Detail"), Kind.TEXT),
    (Words("Prévu", "Planned"), Kind.EUROS),
    (Words("Réalisé", "Realised"), Kind.EUROS),
    (Words("Écart", "Difference"), Kind.EUROS),
    (Words("Écart en %", "Difference in %"), Kind.DIFFERENCE),
    (Words("À expliquer", "To be explained"), Kind.TEXT),
    (Words("Explication", "Explanation"), Kind.TEXT),
)
SIDES = {Side.CHARGES: Words("Charges", "Charges"), Side.PRODUCTS: Words("Produits", "Products")}
TOTALS = {
    Side.CHARGES: Words("Total des charges", "Total of charges"),
    Side.PRODUCTS: Words("Total des produits", "Total of products"),
}
FUND = Words("Subvention de ce fonds", "Grant of this fund")
YES = Words("oui", "yes")


def account_table(account: Account, language: str) -> Table:
    """A row for each chapter, its accounts below it, and the totals of both sides without gifts in kind."""
    columns = tuple(Column(label.of(language), kind) for label, kind in HEADS)
    return Table(TITLE.of(language), columns, tuple(_rows(account, language)))


def _rows(account: Account, language: str) -> Iterator[tuple[Value, ...]]:
    for side, total in ((Side.CHARGES, account.charges), (Side.PRODUCTS, account.products)):
        for chapter in account.of_side(side):
            yield _chapter(chapter, language)
            for entry in chapter.entries:
                if (entry.account, entry.labels, entry.fund) != (chapter.key, (), False):
                    label = ", ".join([FUND.of(language)] * entry.fund + list(entry.labels))
                    yield _row(entry.account, label or account_name(entry.account, language), entry.amounts)
        yield _row("", TOTALS[side].of(language), total)


def account_name(code: str, language: str) -> str:
    """The name of an account of the plan; of a whole side where the call has no plan."""
    known = plan().get(code)
    if known is not None:
        return known.label.of(language)
    return SIDES[Side(code)].of(language) if code in set(Side) else code


def _chapter(chapter: Chapter, language: str) -> tuple[Value, ...]:
    code = chapter.key if chapter.key in plan() else ""
    mark = YES.of(language) if chapter.is_beyond else ""
    return _row(code, account_name(chapter.key, language), chapter.amounts, mark, chapter.explanation)


def _row(code: str, label: str, amounts: Compared, mark: str = "", text: str = "") -> tuple[Value, ...]:
    percent: Decimal | None = amounts.percent
    return (code, label, amounts.planned, amounts.realised, amounts.difference, percent, mark, text)
