"""The frame around every page: the main navigation of each role, and the tools beside the fund's name."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from fund.edge.requests import current_actor, current_session
from fund.services.outbox import count_unread
from fund.web.people import current_person
from workflows.permissions import STAFF_ROLES, Role

# (what it says, where it leads, for whom; nobody named: everybody; None: whoever is not staff, who find it in the
# footer). A person's first own item is her desk.
ITEMS: tuple[tuple[Any, str, tuple[Role, ...] | None], ...] = (
    (_l("Calls for projects"), "calls.index", ()),
    (_l("Funded alliances"), "funded.index", None),
    (_l("My files"), "applicant.index", (Role.APPLICANT,)),
    (_l("Files"), "officer.index", STAFF_ROLES),
    (_l("Exchanges"), "thread.index", STAFF_ROLES),
    (_l("My reviews"), "reviewer.index", (Role.REVIEWER,)),
    (_l("Reviewers"), "reviewers.index", (Role.OFFICER, Role.AUDITOR, Role.ADMIN)),
    (_l("Files to support"), "endorsements.index", (Role.CATALYST,)),
    (_l("Committee"), "committee.index", (Role.COMMITTEE, Role.CHAIR, Role.OFFICER, Role.AUDITOR, Role.ADMIN)),
    (_l("Awards"), "awards.index", STAFF_ROLES),
    (_l("Payments"), "disbursements.index", STAFF_ROLES),
    (_l("Reports"), "reports.index", STAFF_ROLES),
    (lazy_pgettext("ledger", "Accounts"), "ledger.index", (Role.FINANCE, Role.AUDITOR, Role.ADMIN)),
    (lazy_pgettext("of a period", "Balance"), "balance.show", (*STAFF_ROLES, Role.COMMITTEE, Role.CHAIR)),
    (_l("Manage calls"), "call_desk.index", (Role.OFFICER, Role.ADMIN)),
)


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    url: str
    is_current: bool
    count: int | None = None


def init_navigation(app: Flask) -> None:
    """Give every template ``navigation``, ``person`` and ``unread()``.

    Only the first two are worked out for every page, and neither asks the database: an error page must stand
    without it. ``unread`` is asked by the frame of the pages for people.
    """

    @app.context_processor
    def provide() -> dict[str, Any]:
        return {"navigation": items(), "person": current_person(), "unread": unread}


def items() -> list[Item]:
    """The main navigation of whoever asks."""
    found = [(str(text), url_for(endpoint)) for text, endpoint, roles in ITEMS if _is_for_actor(roles)]
    return [Item(text, url, f"{request.path}/".startswith(f"{url}/")) for text, url in found]


def _is_for_actor(roles: tuple[Role, ...] | None) -> bool:
    if roles is None:
        return not current_actor().has_role(*STAFF_ROLES)
    return not roles or current_actor().has_role(*roles)


def unread() -> int:
    """How many messages of the signed-in person's inbox are unread."""
    return count_unread(current_session(), current_actor())


def desk_of(roles: frozenset[Role]) -> str:
    """The address at which a person of these roles begins; the home page where she has no desk."""
    own = (url_for(endpoint) for _, endpoint, wanted in ITEMS if roles & set(wanted or ()))
    return next(own, url_for("home.show"))
