"""Verbs on committee sessions: preparing the agenda, attendance, decisions, minutes."""

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import (
    AgendaItem,
    Application,
    AuditEvent,
    Call,
    CommitteeSession,
    Outcome,
    Person,
    SessionMember,
)
from fund.models.base import utc_now
from fund.services import awards
from fund.services.applications import settle_agenda_item
from fund.services.perform import amend, create, lock, perform, require_permission
from workflows.application import ApplicationState, ApplicationStep
from workflows.committee import CommitteeState, CommitteeStep
from workflows.permissions import Actor, Permission, Role

PREPARATION = (CommitteeState.DRAFT, CommitteeState.CONVENED)


def plan_session(
    session: Session, actor: Actor, call: Call, *, members: Sequence[Person], chair: Person, **fields: Any
) -> CommitteeSession:
    """Plan a session; the chair is one of its members. Raises NotPermitted, InvalidInput."""
    require_permission(actor, Permission.COMMITTEE_MANAGE)
    if Role.CHAIR not in chair.roles:
        raise InvalidInput({"chair": ["not_a_chair"]})
    people = {person.id: person for person in (chair, *members)}
    sitting = CommitteeSession(call=call, chair=chair, **fields)
    sitting.members = [SessionMember(person_id=person_id) for person_id in people]
    details = {"members": [person.reference for person in people.values()]}
    create(session, actor, sitting, details=details)
    return sitting


def edit_session(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    *,
    expected_version: int | None = None,
    **fields: Any,
) -> AuditEvent | None:
    return amend(
        session,
        actor,
        sitting,
        "committee.edit",
        Permission.COMMITTEE_MANAGE,
        states=PREPARATION,
        expected_version=expected_version,
        sets=fields,
    )


def put_on_agenda(
    session: Session, actor: Actor, sitting: CommitteeSession, application: Application
) -> AuditEvent:
    """Put a reviewed file on the agenda and send it to the committee, as one act.

    Raises InvalidInput for a file of another call, Conflict for one that awaits its decision elsewhere.
    """
    if application.call_id != sitting.call_id:
        raise InvalidInput({"application": ["other_call"]})
    # The file first, then the session: the order in which decisions lock them.
    lock(session, application)

    def change() -> Mapping[str, Any]:
        position = max((item.position for item in sitting.items), default=0) + 1
        sitting.items.append(AgendaItem(application=application, position=position))
        return {"application": application.reference, "position": position}

    amend(
        session,
        actor,
        sitting,
        "committee.put_on_agenda",
        Permission.COMMITTEE_MANAGE,
        states=PREPARATION,
        change=change,
    )
    return perform(session, actor, application, ApplicationStep.SEND_TO_COMMITTEE)


def take_off_agenda(session: Session, actor: Actor, application: Application, **given: Any) -> AuditEvent:
    """Recall a file from the agenda of a session not yet open; it goes back to the reviewed ones.

    The item goes too: left behind, it would keep the session from closing and the file from any other agenda.
    """
    event = perform(session, actor, application, ApplicationStep.RECALL, **given)
    item = application.current_item
    if item is not None:
        _remove_item(session, actor, item)
    return event


def _remove_item(session: Session, actor: Actor, item: AgendaItem) -> None:
    sitting, reference = item.session, item.application.reference

    def change() -> Mapping[str, Any]:
        sitting.items.remove(item)
        return {"application": reference}

    amend(
        session,
        actor,
        sitting,
        "committee.take_off_agenda",
        Permission.COMMITTEE_MANAGE,
        states=PREPARATION,
        change=change,
    )


def set_attendance(
    session: Session, actor: Actor, sitting: CommitteeSession, present_ids: Collection[int]
) -> AuditEvent | None:
    """Note who is present; the quorum is counted from it."""

    def change() -> Mapping[str, Any] | None:
        before = sorted(member.person.reference for member in sitting.members if member.present)
        for member in sitting.members:
            member.present = member.person_id in present_ids
        after = sorted(member.person.reference for member in sitting.members if member.present)
        return None if before == after else {"present": [before, after]}

    return amend(
        session,
        actor,
        sitting,
        "committee.attendance",
        Permission.COMMITTEE_PRESIDE,
        states=(CommitteeState.CONVENED, CommitteeState.OPEN),
        change=change,
    )


def fund(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    inputs: Mapping[str, Any],
    award: Mapping[str, Any] | None = None,
    **given: Any,
) -> AuditEvent:
    """Grant an amount: the application is funded and its award stands, in one transaction.

    ``award`` are fields of the award that are known already (imported history).
    """
    sets = {"motivation": inputs.get("motivation"), "waitlist_rank": None}
    event = perform(session, actor, application, ApplicationStep.FUND, inputs=inputs, sets=sets, **given)
    settle_agenda_item(application, Outcome.FUNDED, amount=inputs["amount"], motivation=inputs["motivation"])
    awards.open_award(session, actor, application, amount=inputs["amount"], at=given.get("at"), **(award or {}))
    return event


def cancel(session: Session, actor: Actor, sitting: CommitteeSession, **given: Any) -> AuditEvent:
    """Call the session off: its files go back to the reviewed ones, free for another agenda."""
    waiting = _waiting_files(sitting)
    for application in waiting:
        lock(session, application)
    event = perform(session, actor, sitting, CommitteeStep.CANCEL, **given)
    if _waiting_files(sitting) != waiting:  # the agenda changed before the session's row was locked
        raise Conflict("busy")
    for application in waiting:
        if application.state is ApplicationState.COMMITTEE:
            perform(session, actor, application, ApplicationStep.RECALL)
        settle_agenda_item_of(sitting, application)
    session.flush()
    return event


def _waiting_files(sitting: CommitteeSession) -> list[Application]:
    """The files still to be decided, in the order in which everybody locks them."""
    files = [item.application for item in sitting.items if item.outcome is None]
    return sorted(files, key=attrgetter("id"))


def settle_agenda_item_of(sitting: CommitteeSession, application: Application) -> None:
    for item in sitting.items:
        if item.application_id == application.id and item.outcome is None:
            item.outcome, item.decided_at = Outcome.DEFERRED, utc_now()


def sign(session: Session, actor: Actor, sitting: CommitteeSession, **given: Any) -> AuditEvent:
    return perform(session, actor, sitting, CommitteeStep.SIGN, sets={"signed_at": utc_now()}, **given)
