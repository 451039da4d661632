"""The blueprint of the ledger, who reads it, and the way from an entry to what it books."""

from datetime import date

from flask import Blueprint, url_for
from flask_babel import gettext

from fund.edge.access import only
from fund.web.steps import PAGES
from workflows.ledger import LedgerAccount
from workflows.permissions import STAFF_ROLES, Role

blueprint = Blueprint("ledger", __name__)
READERS = only(*STAFF_ROLES)
KEEPERS = only(Role.FINANCE, Role.AUDITOR, Role.ADMIN)
"""Who takes the ledger away, for the accountant."""
CHECKERS = (Role.FINANCE, Role.ADMIN)


def tabs_on(view: str) -> list[tuple[str, str, bool, None]]:
    """The views of the ledger as tabs; ``view`` is the one shown."""
    names = {"index": gettext("Balances"), "entries": gettext("Entries"), "checks": gettext("Checks")}
    return [(name, url_for(f"ledger.{endpoint}"), endpoint == view, None) for endpoint, name in names.items()]


def page_of(subject_type: str, reference: str) -> str | None:
    """The page of what an entry books; a call has one here, which all of the ledger's readers may open."""
    endpoint = "ledger.call" if subject_type == "call" else PAGES.get(subject_type)
    return url_for(endpoint, reference=reference) if endpoint else None


def entries_behind(
    account: LedgerAccount, on: date | None, *, call: str | None = None, award: str | None = None
) -> str:
    """The address of the entries that a balance is the sum of."""
    days = on.isoformat() if on else None
    return url_for("ledger.entries", appel=call, attribution=award, compte=account.value, au=days)
