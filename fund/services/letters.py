"""Verbs on the letters of a session: prepared from the signed decisions, corrected, checked in a batch.

They go out with the release (``fund.services.release``), and not before. Nobody sees or touches the letter of a
file that she keeps off: a colleague does.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.settings import DEFAULT_LOCALE, LOCALES
from fund.errors import NotFound
from fund.models import (
    AgendaItem,
    Application,
    AuditEvent,
    Collaborator,
    CommitteeSession,
    Letter,
    Outcome,
    Right,
)
from fund.models.base import utc_now
from fund.models.interest import files_kept_from
from fund.services.journal import plain
from fund.services.minutes import euros
from fund.services.perform import amend
from fund.services.waitlist import last_rank
from workflows.committee import CommitteeState
from workflows.permissions import Actor, Permission


def decisions_for(session: Session, actor: Actor, sitting: CommitteeSession) -> list[AgendaItem]:
    """The decided items of the session's agenda, in its order, of which the actor may read the letter."""
    query = select(AgendaItem).where(AgendaItem.session_id == sitting.id).options(*_WITH_FACTS)
    items = session.scalars(query.order_by(AgendaItem.position)).all()
    kept = _kept_from(session, actor, [item.application_id for item in items])
    return [
        item for item in items if item.outcome not in (None, Outcome.WITHDRAWN) and item.application_id not in kept
    ]


def _kept_from(session: Session, actor: Actor, files: list[int]) -> frozenset[int]:
    if actor.person_id is None:
        return frozenset()
    query = select(Application.id).where(
        Application.id.in_(files), Application.id.in_(files_kept_from(actor.person_id))
    )
    return frozenset(session.scalars(query))


_FILE = joinedload(AgendaItem.application)
_WITH_FACTS = (
    joinedload(AgendaItem.letter).joinedload(Letter.checked_by),
    _FILE.joinedload(Application.lead),
    _FILE.joinedload(Application.call_version),
    _FILE.selectinload(Application.members),
    _FILE.selectinload(Application.collaborators).joinedload(Collaborator.person),
)


def find_letter(session: Session, actor: Actor, sitting: CommitteeSession, reference: str) -> AgendaItem:
    """The decision on the file of that reference, with its letter. Raises NotFound where there is none for her."""
    for item in decisions_for(session, actor, sitting):
        if item.application.reference == reference and item.letter is not None:
            return item
    raise NotFound(f"letter of {reference}")


def prepare_letters(
    session: Session, actor: Actor, sitting: CommitteeSession, texts: Mapping[int, tuple[str, str, str]]
) -> AuditEvent | None:
    """Write the letters that are missing. ``texts``: (language, subject, body) by the item's id."""

    def change() -> Mapping[str, Any] | None:
        made = []
        for item in decisions_for(session, actor, sitting):
            if item.awaits_force and item.letter is None and item.id in texts:
                locale, subject, body = texts[item.id]
                item.letter = Letter(locale=locale, subject=subject, body=body, prepared_at=utc_now())
                made.append(item.application.reference)
        return {"letters": made} if made else None

    return _amend(session, actor, sitting, "committee.prepare_letters", change, None)


def edit_letter(
    session: Session,
    actor: Actor,
    item: AgendaItem,
    *,
    subject: str,
    body: str,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Change a letter; it has to be checked again, and a release that was set is taken back with that.

    Raises NotFound for a letter that does not exist, or not for this actor.
    """
    sitting, reference = item.session, item.application.reference

    def change() -> Mapping[str, Any] | None:
        letter = find_letter(session, actor, sitting, reference).letter
        if letter is None or (letter.subject, letter.body) == (subject, body):
            return None
        letter.subject, letter.body = subject, body
        letter.checked_at = letter.checked_by_id = None
        # Nothing is announced that nobody has read: the instant is set again once the letter is checked.
        sitting.releases_at = None
        return {"letter": reference}

    return _amend(session, actor, sitting, "committee.edit_letter", change, expected_version)


def check_letters(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    references: Iterable[str],
    *,
    expected_version: int | None = None,
) -> AuditEvent | None:
    """Say of these files' letters that they were read and are right as they stand."""
    wanted = frozenset(references)

    def change() -> Mapping[str, Any] | None:
        checked = []
        for item in decisions_for(session, actor, sitting):
            letter = item.letter
            if letter is not None and not letter.is_checked and item.application.reference in wanted:
                letter.checked_at, letter.checked_by_id = utc_now(), actor.person_id
                checked.append(item.application.reference)
        return {"letters": checked} if checked else None

    return _amend(session, actor, sitting, "committee.check_letters", change, expected_version)


def ranks_to_come(session: Session, sitting: CommitteeSession) -> dict[int, int]:
    """The places on the call's waiting list that the release gives, by the item's id.

    They follow whoever waits already, in the order that the committee gave, without those who withdrew since.
    """
    waiting = [item for item in sitting.items if item.awaits_force and item.outcome is Outcome.WAITLISTED]
    first = last_rank(session, sitting.call_id) + 1
    return {item.id: rank for rank, item in enumerate(sorted(waiting, key=lambda item: item.rank or 0), first)}


def describe_letter(
    item: AgendaItem, *, rank: int | None, signer: str, released_at: datetime | None
) -> dict[str, Any]:
    """What the letter states of the decision, as plain data; what has left is described as it left.

    ``rank`` is the place on the call's waiting list, ``signer`` who signed the minutes. The motivation is told
    where the call tells it.
    """
    if item.letter is not None and item.letter.facts is not None:
        return item.letter.facts
    application, call = item.application, item.application.call
    lead = next((member for member in application.members if member.is_lead), None)
    return {
        "reference": application.reference,
        "title": application.title,
        "call": {"title_fr": call.title_fr, "title_en": call.title_en},
        "submitted_at": plain(application.submitted_at),
        "held_at": plain(item.session.opened_at or item.session.held_at),
        "requested": euros(application.requested_amount),
        "outcome": plain(item.outcome),
        "amount": euros(item.amount),
        "rank": rank,
        "conditions": item.conditions,
        "motivation": item.motivation if application.tells_motivation else "",
        "lead": application.lead.name,
        "attention": (lead.representative_name if lead else "") or application.contact_name or "",
        "commune": application.lead.commune_code or "",
        "chair": signer,
        "released_at": plain(released_at),
    }


def language_of(application: Application) -> str:
    """In which language the alliance is written to: that of the first of those who sign for it."""
    signers = [person for person in application.collaborators if person.right is Right.SIGN]
    locales = [person.person.locale for person in sorted(signers, key=attrgetter("person_id"))]
    return next((locale for locale in locales if locale in LOCALES), DEFAULT_LOCALE)


def _amend(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    action: str,
    change: Any,
    expected_version: int | None,
) -> AuditEvent | None:
    return amend(
        session,
        actor,
        sitting,
        action,
        Permission.COMMITTEE_MANAGE,
        states=(CommitteeState.SIGNED,),
        expected_version=expected_version,
        change=change,
    )
