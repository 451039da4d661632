"""Verbs on applications: writing, submitting, correcting, withdrawing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import (
    Application,
    AuditEvent,
    Call,
    CallVersion,
    Collaborator,
    Member,
    Organisation,
    Outcome,
    Right,
)
from fund.models.application import PENDING_REVIEWS
from fund.models.base import utc_now
from fund.services import outbox, receipts
from fund.services.alliance import MEMBER_FIELDS, member_line
from fund.services.consents import schedule_asking_again, tell_members
from fund.services.corrections import require_places
from fund.services.interests import record_found
from fund.services.perform import NotPermitted, amend, create, lock, perform
from fund.services.writing import EDITABLE, clear_project_raw
from workflows.application import ApplicationState, ApplicationStep
from workflows.permissions import SYSTEM, Actor, Permission, Role
from workflows.review import ReviewStep
from workflows.topics import Deadline, Topic
from workflows.voting import MotionResult

EXTENDABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)


def start_application(
    session: Session,
    actor: Actor,
    call: Call,
    lead: Organisation,
    *,
    at: datetime | None = None,
    **fields: Any,
) -> Application:
    """Begin a draft; whoever begins it may sign it, and the lead is the alliance's first member.

    Raises NotPermitted, and NotFound for a call that is not published.
    """
    if not actor.has_role(Role.APPLICANT, Role.IMPORT):
        raise NotPermitted(Permission.APPLICATION_WRITE)
    if not call.is_published:
        raise NotFound(call.reference)
    version = None if call.imported else call.published_version
    application = make_file(call, version, lead, **fields)
    add_lead(application)
    if actor.person_id is not None:
        application.collaborators = [Collaborator(person_id=actor.person_id, right=Right.SIGN)]
    create(session, actor, application, at=at, details={"members": [member_line(application.members[0])]})
    return application


def make_file(call: Call, version: CallVersion | None, lead: Organisation, **fields: Any) -> Application:
    """A new file, which has nothing yet that would have to be read from the database."""
    return Application(
        call=call,
        call_version=version,
        lead=lead,
        collaborators=[],
        endorsements=[],
        sections=[],
        documents=[],
        receipts=[],
        reviews=[],
        items=[],
        award=None,
        **fields,
    )


def add_lead(application: Application) -> None:
    """The lead is the alliance's first member."""
    application.members = [Member(organisation=application.lead, position=0, consents=[])]


def edit_application(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    expected_version: int | None = None,
    members: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> AuditEvent | None:
    """Change the fields and, where given, the members of a draft or of a file returned for correction.

    A member is ``organisation`` (an Organisation), ``part``, ``contribution`` (euros); the lead stays a member.
    Raises StaleVersion, NotPermitted, NotEditable, InvalidInput.
    """

    def change() -> Mapping[str, Any] | None:
        clear_project_raw(application, frozenset(fields), utc_now())
        if members is None:
            schedule_asking_again(session, application)
            return None
        before = [member_line(member) for member in application.members]
        _set_members(session, application, members)
        after = [member_line(member) for member in application.members]
        schedule_asking_again(session, application)
        return None if before == after else {"members": [before, after]}

    return amend(
        session,
        actor,
        application,
        "application.edit",
        Permission.APPLICATION_WRITE,
        states=EDITABLE,
        expected_version=expected_version,
        sets=fields,
        change=change,
    )


def extend_deadline(
    session: Session, actor: Actor, application: Application, *, until: datetime, reason: str
) -> AuditEvent | None:
    """Give one file more time to be submitted or corrected; a journalled act of an officer (Law 8).

    Raises InvalidInput for an instant that is past, or that gives a draft no more time than everybody has.
    """
    is_draft = application.state is ApplicationState.DRAFT
    if is_draft and until <= application.call.closes_at:
        raise InvalidInput({"until": ["deadline_before_closing"]})
    if until <= utc_now():
        raise InvalidInput({"until": ["deadline_behind"]})
    name = "extended_to" if is_draft else "return_due_at"
    return amend(
        session,
        actor,
        application,
        "application.extend_deadline",
        Permission.APPLICATION_PROCESS,
        states=EXTENDABLE,
        sets={name: until},
        reason=reason,
    )


def submit(
    session: Session, actor: Actor, application: Application, *, at: datetime | None = None, **given: Any
) -> AuditEvent:
    """Submit the file to its call; the receipt and the members' messages are written with it."""
    lock(session, application)
    _hold_call(session, application)
    return _deposit(session, actor, application, ApplicationStep.SUBMIT, stamps="submitted_at", at=at, **given)


def resubmit(session: Session, actor: Actor, application: Application, **given: Any) -> AuditEvent:
    """Submit the corrected file, with a receipt of its own."""
    lock(session, application)
    return _deposit(session, actor, application, ApplicationStep.RESUBMIT, **given)


def _deposit(
    session: Session, actor: Actor, application: Application, step: ApplicationStep, **given: Any
) -> AuditEvent:
    """Imported history was deposited elsewhere: it has no receipt of ours."""
    if application.imported:
        return perform(session, actor, application, step, **given)
    deposited = receipts.describe_file(application)
    details = {"content_sha256": receipts.digest_of(deposited)}
    event = perform(session, actor, application, step, details=details, **given)
    inputs = given.get("inputs") or {}
    receipts.issue_receipt(
        session,
        application,
        event,
        deposited,
        signatory_name=str(inputs.get("signatory_name") or actor.name),
        signatory_function=str(inputs.get("signatory_function") or ""),
    )
    if not application.is_test:
        tell_members(session, application, Topic.ALLIANCE_DEPOSITED, application.moved_at)
    record_found(session, application)
    session.flush()
    return event


def _hold_call(session: Session, application: Application) -> None:
    """Keep the call as it is until the commit: it must not be cancelled between the guard and the deposit.

    A shared lock, after the file's own: files are submitted side by side, and a step of the call waits for them.
    """
    query = select(Call).where(Call.id == application.call_id).with_for_update(read=True)
    call = session.scalars(query.execution_options(populate_existing=True)).one()
    # Sessions hold their objects weakly: tied to the file, the guards find it without asking again.
    set_committed_value(application, "call", call)


def return_for_correction(
    session: Session, actor: Actor, application: Application, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Send the file back with a deadline (``return_due_at``) and marks where something is wrong (``corrections``).

    With marks only what is marked can be written, without any everything. Raises InvalidInput for a mark where the
    file has no place.
    """
    given_marks = inputs.get("corrections") or {}
    marks = {path: {"kind": str(mark["kind"]), "reason": mark["reason"]} for path, mark in given_marks.items()}
    sets = {"return_due_at": inputs.get("return_due_at"), "corrections": marks}
    event = perform(session, actor, application, ApplicationStep.RETURN, inputs=inputs, sets=sets, **given)
    require_places(application, marks)  # after the gate: who may not return the file learns nothing of its places
    return event


def withdraw(session: Session, actor: Actor, application: Application, **given: Any) -> AuditEvent:
    """Withdraw the file; readings not yet given are cancelled, and its place on an agenda is settled."""
    sets = {"waitlist_rank": None}
    event = perform(session, actor, application, ApplicationStep.WITHDRAW, sets=sets, **given)
    for review in application.reviews:
        if review.state in PENDING_REVIEWS:
            perform(session, SYSTEM, review, ReviewStep.CANCEL, inputs=given["inputs"])
    _lapse_agenda_item(application)
    if application.items:
        # It had a grant in sight, or stood on the list before others: whoever waits may come up now.
        outbox.schedule(session, application.call, Deadline.WAITLIST_MOVES, utc_now())
    session.flush()
    return event


def _lapse_agenda_item(application: Application) -> None:
    """What was decided and not yet released lapses, and weighs on the envelope no more.

    The file's row, which the opening and the closing of a vote lock too, orders them. An open vote ends with it.
    """
    for item in application.items:
        if item.in_force_at is None and item.lapsed_at is None:
            item.lapsed_at = utc_now()
            if (motion := item.open_motion) is not None:
                motion.result, motion.closed_at = MotionResult.WITHDRAWN, item.lapsed_at
            if item.outcome is None:
                item.outcome, item.decided_at = Outcome.WITHDRAWN, item.lapsed_at


def _set_members(session: Session, application: Application, lines: Sequence[Mapping[str, Any]]) -> None:
    wanted: dict[int, Mapping[str, Any]] = {}
    for index, line in enumerate(lines):
        organisation: Organisation = line["organisation"]
        if organisation.id in wanted:
            raise InvalidInput({f"members.{index}.siret": ["member_twice"]})
        wanted[organisation.id] = line
    if application.lead_id not in wanted:
        wanted = {application.lead_id: {"organisation": application.lead}, **wanted}
    present = {member.organisation_id: member for member in application.members}
    for organisation_id, member in present.items():
        if organisation_id not in wanted:
            application.members.remove(member)
    for position, (organisation_id, line) in enumerate(wanted.items()):
        member_or_none = present.get(organisation_id)
        member = member_or_none or Member(organisation=line["organisation"], consents=[])
        if member_or_none is None:
            application.members.append(member)
        member.position = position
        for name in MEMBER_FIELDS:
            if name in line:
                setattr(member, name, line[name])
    session.flush()


def require_open_draft(call: Call) -> None:
    """Raise Conflict when the call takes no new drafts any more."""
    if utc_now() >= call.closes_at:
        raise Conflict("call_closed")
