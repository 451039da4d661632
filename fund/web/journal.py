"""The journal of one subject, for staff and auditors; its authors follow their file on their own page.

GET /journal/<kind>/<ref>    what happened, the latest first, and whether the chain verifies
"""

import structlog
from flask import Blueprint, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session
from fund.models import Application, AuditEvent, Award, Subject
from fund.services.access import events_visible_to, find_by_type
from fund.services.journal import verify_subject
from fund.services.listing import Order, paginate
from fund.services.outbox import title_of
from fund.web.journal_words import SHORT_HASH, entry_of, fault_sentence
from fund.web.lists import cursor, neighbours
from fund.web.officer_file import tabs_of
from fund.web.steps import page_of
from workflows.permissions import STAFF_ROLES

blueprint = Blueprint("journal", __name__)
log = structlog.get_logger()

LATEST_FIRST = Order((AuditEvent.seq,))


@blueprint.get("/journal/<kind>/<reference>")
@access(only(*STAFF_ROLES))
def show(kind: str, reference: str) -> str:
    session, actor = current_session(), current_actor()
    subject = find_by_type(session, actor, kind, reference)
    log.info("file_read", actor=actor.reference, file=subject.reference, part="journal.show")
    fault = verify_subject(session, subject)
    query = select(AuditEvent).where(
        AuditEvent.subject_type == kind, AuditEvent.subject_id == subject.id, events_visible_to(actor)
    )
    page = paginate(
        session,
        query.options(joinedload(AuditEvent.personal)),
        LATEST_FIRST,
        cursor=cursor(),
    )
    return render_template(
        "journal/show.html",
        subject=subject,
        kind=kind,
        title=title_of(subject),
        entries=[entry_of(session, event) for event in page.items],
        neighbours=neighbours(page),
        fault=fault,
        fault_text=fault_sentence(fault.fault) if fault else None,
        short=SHORT_HASH,
        back=page_of(subject),
        tabs=tabs_of(actor, subject, "journal.show") if isinstance(subject, Application) else None,
        related=_related(subject),
    )


def _related(subject: Subject) -> list[tuple[str, str]]:
    """The chains of what hangs on this subject: (reference, address)."""
    found: list[Subject] = []
    if isinstance(subject, Application):
        found = [*subject.reviews, *([subject.award] if subject.award else [])]
    elif isinstance(subject, Award):
        found = [*subject.agreements, *subject.disbursements, *subject.reports, *subject.repayments]
    return [
        (other.reference, url_for("journal.show", kind=other.workflow.name, reference=other.reference))
        for other in found
    ]
