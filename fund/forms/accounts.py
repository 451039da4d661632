"""The plan of a budget: the accounts of the Cerfa 12156 form, as ``config/taxonomies/budget.yaml`` lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from config.vocabularies import read_taxonomy
from fund.forms.definition import BudgetRule, Words

GRANTS: Final = "74"
"""The chapter of grants, where the grant asked from this fund stands."""
IN_KIND: Final = ("86", "87")


class Side(StrEnum):
    CHARGES = "charges"
    PRODUCTS = "products"


class Source(StrEnum):
    """Where the money of a product comes from."""

    FUND = "fund"
    PUBLIC = "public"
    PRIVATE = "private"
    OWN = "own"
    IN_KIND = "in_kind"


COFINANCED: Final = (Source.PUBLIC, Source.PRIVATE)
"""The sources whose money another funder decides on: their lines are asked or granted."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the plan; ``source`` is None for charges."""

    code: str
    side: Side
    label: Words
    source: Source | None = None

    @property
    def chapter(self) -> str:
        """The account of two digits under which this one stands (itself, for a chapter)."""
        return self.code[:2]

    @property
    def is_in_kind(self) -> bool:
        return self.chapter in IN_KIND

    @property
    def is_cofinanced(self) -> bool:
        """Whether a line here says if the money is asked or granted."""
        return self.source in COFINANCED


@cache
def plan() -> Mapping[str, Account]:
    """The whole plan by account, in its order."""
    return {
        entry["code"]: Account(
            code=entry["code"],
            side=Side(side),
            label=Words(entry["fr"], entry["en"]),
            source=Source(entry["source"]) if "source" in entry else None,
        )
        for side, entries in read_taxonomy("budget").items()
        for entry in entries
    }


@cache
def offered_accounts(rule: BudgetRule) -> Mapping[str, Account]:
    """The accounts that a call offers, by number, in the order of the plan.

    A chapter that the rule names brings its accounts. Chapter 74 is always there (the grant asked stands in it);
    86 and 87 are there as ``rule.in_kind`` says.
    """
    named = {*(rule.accounts or plan()), GRANTS}
    return {
        account.code: account
        for account in plan().values()
        if (rule.in_kind if account.is_in_kind else named & {account.code, account.chapter})
    }
