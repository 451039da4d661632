"""The officer's list of files: its filters, its two orders, and the one query behind it."""

from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session, joinedload, load_only
from wtforms import SelectField, StringField

from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.forms.fields import Choice, PageInput, Text
from fund.models import Application, Call, Member, Organisation
from fund.services.access import listed
from fund.services.listing import Order, Page, paginate
from fund.web.forms import SchemaForm
from workflows.application import ApplicationState
from workflows.call import CallState
from workflows.permissions import Actor

CALLS_OFFERED = 200


class FileSort(StrEnum):
    """By latest move or by amount asked; a minus sign for the largest first."""

    OLDEST = "moved"
    LATEST = "-moved"
    SMALLEST = "amount"
    LARGEST = "-amount"

    @property
    def opposite(self) -> "FileSort":
        return FileSort(self.removeprefix("-") if self.startswith("-") else f"-{self}")


ORDERS: dict[FileSort, Order] = {
    FileSort.OLDEST: Order((Application.moved_at, Application.id), descending=False),
    FileSort.LATEST: Order((Application.moved_at, Application.id)),
    FileSort.SMALLEST: Order((Application.requested_amount, Application.id), descending=False),
    FileSort.LARGEST: Order((Application.requested_amount, Application.id)),
}


class FilesInput(PageInput):
    """The query string of the list, which people read in the address bar: its names are French."""

    texte = Text(maximum=100, load_default="")
    etat = Choice(ApplicationState, allow_none=True, load_default=None)
    appel = Text(maximum=20, load_default="")
    tri = Choice(FileSort, load_default=FileSort.LATEST)
    page = Text(maximum=500, load_default="")


class FilesForm(SchemaForm):
    """The filters; the order and the place in the list are links."""

    schema = FilesInput
    texte = StringField(_l("Reference, title or organisation"), render_kw={"type": "search", "maxlength": 100})
    etat = SelectField(_l("State"), validate_choice=False)
    appel = SelectField(_l("Call"), validate_choice=False)

    def offer(self, calls: list[Call]) -> None:
        """Fill the two choices; drafts are the alliances' own and not in the list."""
        states = [state for state in ApplicationState if state is not ApplicationState.DRAFT]
        self.etat.choices = [("", gettext("All states")), *((state.value, label(state)) for state in states)]
        titles = [(call.reference, f"{call.title(current_language())} ({call.reference})") for call in calls]
        self.appel.choices = [("", gettext("All calls")), *titles]


def find_files(session: Session, actor: Actor, wanted: dict[str, Any]) -> Page[Application]:
    """One page of the files that the actor may see. Raises InvalidInput for a cursor that is none."""
    query = (
        listed(actor, Application)
        # Said again beside the visibility, so that PostgreSQL can use the partial indexes of the two orders.
        .where(Application.state != ApplicationState.DRAFT, Application.submitted_at.is_not(None))
        .options(
            joinedload(Application.lead, innerjoin=True).load_only(Organisation.name),
            joinedload(Application.call, innerjoin=True).load_only(Call.reference, Call.title_fr, Call.title_en),
            load_only(
                Application.reference,
                Application.title,
                Application.state,
                Application.requested_amount,
                Application.moved_at,
            ),
        )
    )
    if wanted["etat"] is not None:
        query = query.where(Application.state == wanted["etat"])
    if wanted["appel"]:
        query = query.where(Application.call_id == _call_number(wanted["appel"]))
    if wanted["texte"]:
        query = query.where(Application.id.in_(_matching(wanted["texte"])))
    return paginate(session, query, ORDERS[wanted["tri"]], cursor=wanted["page"] or None)


def find_calls(session: Session) -> list[Call]:
    """The calls to filter by, the latest first; those still being written have no files."""
    query = select(Call).where(Call.state.not_in((CallState.DRAFT, CallState.CANCELLED)))
    query = query.options(load_only(Call.reference, Call.title_fr, Call.title_en))
    return list(session.scalars(query.order_by(Call.opens_at.desc(), Call.id.desc()).limit(CALLS_OFFERED)))


def _call_number(reference: str) -> Any:
    return select(Call.id).where(Call.reference == reference).scalar_subquery()


def _matching(text: str) -> Select[Any]:
    """The files with that reference, or with the text in their title or in a member's name.

    Three queries put together: each has an index of its own, which an OR over three tables would not use.
    """
    pattern = "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    by_member = (
        select(Member.application_id).join(Organisation).where(Organisation.name.ilike(pattern, escape="\\"))
    )
    found = union(
        select(Application.id).where(Application.reference == text.upper()),
        select(Application.id).where(Application.title.ilike(pattern, escape="\\")),
        by_member,
    ).subquery()
    return select(found.c[0])
