"""Verbs on committee sessions: planning, the agenda, who is present. Votes are in ``voting``."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
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
from fund.services import outbox
from fund.services.interests import record_found
from fund.services.journal import plain
from fund.services.perform import amend, create, lock, perform, require_permission
from workflows.application import ApplicationState, ApplicationStep
from workflows.committee import CommitteeState, CommitteeStep
from workflows.engine import Refused
from workflows.permissions import Actor, Permission, Role
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Audience, Topic, tell
from workflows.voting import QuorumBasis

PREPARATION = (CommitteeState.DRAFT, CommitteeState.CONVENED)
MEETING_FIELDS = frozenset({"held_at", "place", "link"})
"""What a calendar shows of a session: whoever was convened is told of a change."""
PERCENT_MAXIMUM = 100


def plan_session(
    session: Session,
    actor: Actor,
    call: Call,
    *,
    members: Sequence[Person],
    chair: Person,
    deputy: Person | None = None,
    **fields: Any,
) -> CommitteeSession:
    """Plan a session; chair and deputy are of its members. Raises NotPermitted, InvalidInput.

    The deputy presides where the chair is away or keeps off a file.
    """
    require_permission(actor, Permission.COMMITTEE_MANAGE)
    people = _seated(chair, deputy, members)
    sitting = CommitteeSession(call=call, chair=chair, deputy=deputy, **fields)
    sitting.members = [SessionMember(person_id=person_id) for person_id in people]
    _require_reachable_quorum(sitting.quorum, sitting.quorum_basis, len(people))
    details = {"members": [person.reference for person in people.values()]}
    create(session, actor, sitting, details=details)
    return sitting


def edit_session(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    *,
    members: Sequence[Person] | None = None,
    chair: Person | None = None,
    deputy: Person | None = None,
    expected_version: int | None = None,
    **fields: Any,
) -> AuditEvent | None:
    """Change a session that is not open yet; with ``chair``, also who sits in it (chair, deputy and members).

    Once it is convened, everybody is told of another date or place, and whoever is new is invited. Raises
    InvalidInput, NotPermitted, NotEditable, StaleVersion.
    """
    wanted = _seated(chair, deputy, members or ()) if chair is not None else None
    sets = {**fields, "chair_id": chair.id, "deputy_id": deputy.id if deputy else None} if chair else fields
    invited: list[Person] = []

    def change() -> Mapping[str, Any] | None:
        told = None
        if wanted is not None:
            before = sorted(member.person.reference for member in sitting.members)
            invited.extend(_seat(sitting, wanted))
            after = sorted(person.reference for person in wanted.values())
            told = {"members": [before, after]} if before != after else None
        _require_reachable_quorum(sitting.quorum, sitting.quorum_basis, len(sitting.members))
        return told

    event = amend(
        session,
        actor,
        sitting,
        "committee.edit",
        Permission.COMMITTEE_MANAGE,
        states=PREPARATION,
        expected_version=expected_version,
        sets=sets,
        change=change,
    )
    if event is not None and sitting.state is CommitteeState.CONVENED:
        _tell_changes(session, actor, sitting, event, invited)
    return event


def _seated(chair: Person, deputy: Person | None, members: Sequence[Person]) -> dict[int, Person]:
    """Everybody who sits, by number. Raises InvalidInput where a role is missing."""
    for name, person in (("chair", chair), ("deputy", deputy)):
        if person is not None and Role.CHAIR not in person.roles:
            raise InvalidInput({name: ["not_a_chair"]})
    if deputy is chair:
        raise InvalidInput({"deputy": ["deputy_is_chair"]})
    if any(person.roles.isdisjoint((Role.COMMITTEE, Role.CHAIR)) for person in members):
        raise InvalidInput({"members": ["not_of_the_committee"]})
    return {person.id: person for person in (chair, deputy, *members) if person is not None}


def _seat(sitting: CommitteeSession, wanted: Mapping[int, Person]) -> list[Person]:
    """Seat these people and nobody else; returns those who are new."""
    seated = {member.person_id: member for member in sitting.members}
    for person_id, member in seated.items():
        if person_id not in wanted:
            sitting.members.remove(member)
    new = [person for person_id, person in wanted.items() if person_id not in seated]
    sitting.members.extend(SessionMember(person_id=person.id, person=person) for person in new)
    return new


def _require_reachable_quorum(quorum: int | None, basis: QuorumBasis | None, members: int) -> None:
    """``quorum`` and ``basis`` are None where the columns' defaults will stand."""
    if basis is QuorumBasis.PERCENT:
        if (quorum or 0) > PERCENT_MAXIMUM:
            raise InvalidInput({"quorum": [Problem("percent_above_hundred")]})
    elif quorum is not None and quorum > members:
        raise InvalidInput({"quorum": [Problem("quorum_above_members", members=members)]})


def _tell_changes(
    session: Session, actor: Actor, sitting: CommitteeSession, event: AuditEvent, invited: Sequence[Person]
) -> None:
    """Send the invitation again: to all where date or place changed, else to those who are new."""
    if MEETING_FIELDS & event.body.get("changes", {}).keys():
        again = tell(Audience.COMMITTEE, Topic.COMMITTEE_CONVENED)
        outbox.write_messages(
            session, actor, sitting, (again,), inputs={}, facts={"changed": True}, at=event.occurred_at
        )
        return
    for person in invited:
        outbox.write_message_to(session, person, sitting, Topic.COMMITTEE_CONVENED, facts={}, at=event.occurred_at)


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
    record_found(session, application)

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


def cancel(session: Session, actor: Actor, sitting: CommitteeSession, **given: Any) -> AuditEvent:
    """Call the session off: its files go back to the reviewed ones, free for another agenda."""
    waiting = files_of(sitting)
    for application in waiting:
        lock(session, application)
    event = perform(session, actor, sitting, CommitteeStep.CANCEL, **given)
    if files_of(sitting) != waiting:  # the agenda changed before the session's row was locked
        raise Conflict("busy")
    now = utc_now()
    for application in waiting:
        if application.state is ApplicationState.COMMITTEE:
            perform(session, actor, application, ApplicationStep.RECALL)
    for item in sitting.items:
        if item.is_open:
            item.lapsed_at = now
    session.flush()
    return event


def files_of(sitting: CommitteeSession) -> list[Application]:
    """The files whose decision is awaited or not released yet, in the order in which everybody locks them."""
    files = [item.application for item in sitting.items if item.in_force_at is None and item.lapsed_at is None]
    return sorted(files, key=attrgetter("id"))


def open_session(session: Session, actor: Actor, sitting: CommitteeSession, **given: Any) -> AuditEvent:
    return perform(session, actor, sitting, CommitteeStep.OPEN, stamps="opened_at", **given)


def close_session(session: Session, actor: Actor, sitting: CommitteeSession, **given: Any) -> AuditEvent:
    """Close the session, once every item is decided and no vote is open. Two who close at once close once."""
    return perform(session, actor, sitting, CommitteeStep.CLOSE, stamps="closed_at", **given)


def attend(session: Session, actor: Actor, sitting: CommitteeSession, *, present: bool) -> AuditEvent | None:
    """A member says herself that she came, or that she leaves."""

    def change() -> Mapping[str, Any] | None:
        for member in sitting.members:
            if member.person_id == actor.person_id and member.present is not present:
                member.present = present
                return {"person": actor.reference, "came": present}
        return None

    return amend(
        session,
        actor,
        sitting,
        "committee.attend",
        Permission.COMMITTEE_VOTE,
        states=(CommitteeState.CONVENED, CommitteeState.OPEN),
        change=change,
    )


def call_item(session: Session, actor: Actor, sitting: CommitteeSession, position: int) -> AuditEvent | None:
    """Come to a place on the agenda: what everybody present looks at.

    Raises Refused while a vote is open, InvalidInput for a place that there is not.
    """

    def change() -> Mapping[str, Any] | None:
        if all(item.position != position for item in sitting.items):
            raise InvalidInput({"position": ["unknown_reference"]})
        if sitting.has_open_vote():
            raise Refused("committee.call_item", (Reason(ReasonCode.VOTE_OPEN),))
        sitting.current_position = position
        return None

    return amend(
        session,
        actor,
        sitting,
        "committee.call_item",
        Permission.COMMITTEE_PRESIDE,
        states=(CommitteeState.OPEN,),
        change=change,
    )


def write_notes(
    session: Session, actor: Actor, item: AgendaItem, notes: str, *, seen: str | None = None
) -> AuditEvent | None:
    """Keep what was said on a file, for the minutes. Officers and whoever presides may write it.

    ``seen`` are the notes that the page showed. Raises Refused for whoever keeps off the file, Conflict
    (``notes_changed``) where somebody else wrote meanwhile.
    """

    def change() -> Mapping[str, Any] | None:
        _require_no_interest(actor, item, "committee.write_notes")
        if item.notes == notes:
            return None
        if seen is not None and seen != item.notes:
            raise Conflict("notes_changed")
        item.notes = notes
        return {"application": item.application.reference}

    return amend(
        session,
        actor,
        item.session,
        "committee.write_notes",
        Permission.COMMITTEE_MANAGE if actor.has_role(Role.OFFICER) else Permission.COMMITTEE_PRESIDE,
        states=(CommitteeState.CONVENED, CommitteeState.OPEN, CommitteeState.CLOSED),
        change=change,
    )


def propose(
    session: Session,
    actor: Actor,
    item: AgendaItem,
    *,
    outcome: Outcome | None,
    amount: Decimal | None,
) -> AuditEvent | None:
    """Put before the committee what to decide on a file. Raises InvalidInput above what is asked, Refused."""
    if amount is not None and amount > (item.application.requested_amount or amount):
        raise InvalidInput({"amount": ["above_request"]})

    def change() -> Mapping[str, Any] | None:
        _require_no_interest(actor, item, "committee.propose")
        before = [item.proposed_outcome, item.proposed_amount]
        item.proposed_outcome, item.proposed_amount = outcome, amount
        if before == [outcome, amount]:
            return None
        told = {"outcome": plain(outcome), "amount": plain(amount)} if outcome else {"taken_back": True}
        return {"application": item.application.reference, **told}

    return amend(
        session,
        actor,
        item.session,
        "committee.propose",
        Permission.COMMITTEE_MANAGE,
        states=(CommitteeState.DRAFT, CommitteeState.CONVENED, CommitteeState.OPEN),
        change=change,
    )


def _require_no_interest(actor: Actor, item: AgendaItem, what: str) -> None:
    if item.application.is_interested(actor):
        raise Refused(what, (Reason(ReasonCode.CONFLICT_OF_INTEREST),))
