"""Verbs on applications: writing, submitting, correcting, withdrawing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
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
from fund.services import receipts
from fund.services.alliance import MEMBER_FIELDS, member_line
from fund.services.consents import schedule_asking_again, tell_members
from fund.services.corrections import require_places
from fund.services.perform import NotPermitted, amend, create, lock, perform
from fund.services.writing import EDITABLE, clear_project_raw
from workflows.application import ApplicationState, ApplicationStep
from workflows.permissions import SYSTEM, Actor, Permission, Role
from workflows.review import ReviewStep
from workflows.topics import Topic

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
    settle_agenda_item(application, Outcome.WITHDRAWN)
    session.flush()
    return event


def settle_agenda_item(application: Application, outcome: Outcome, **decided: Any) -> None:
    """Write the outcome on the agenda where the file awaits it; a file decided off the agenda has none."""
    item = application.current_item
    if item is None:
        return
    item.outcome, item.decided_at = outcome, utc_now()
    for name, value in decided.items():
        setattr(item, name, value)


def waitlist(
    session: Session, actor: Actor, application: Application, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Put the file on the waiting list of its call, after those that are there."""
    last = session.scalar(
        select(func.max(Application.waitlist_rank)).where(
            Application.call_id == application.call_id, Application.state == ApplicationState.WAITLISTED
        )
    )
    sets = {"motivation": inputs.get("motivation"), "waitlist_rank": (last or 0) + 1}
    event = perform(session, actor, application, ApplicationStep.WAITLIST, inputs=inputs, sets=sets, **given)
    settle_agenda_item(application, Outcome.WAITLISTED, motivation=inputs["motivation"])
    session.flush()
    return event


def decline(
    session: Session, actor: Actor, application: Application, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    sets = {"motivation": inputs.get("motivation"), "waitlist_rank": None}
    event = perform(session, actor, application, ApplicationStep.DECLINE, inputs=inputs, sets=sets, **given)
    settle_agenda_item(application, Outcome.DECLINED, motivation=inputs["motivation"])
    session.flush()
    return event


def defer(
    session: Session, actor: Actor, application: Application, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Put the decision off to another session; the file goes back to the reviewed ones."""
    sets = {"waitlist_rank": None}
    event = perform(session, actor, application, ApplicationStep.DEFER, inputs=inputs, sets=sets, **given)
    settle_agenda_item(application, Outcome.DEFERRED, motivation=inputs["reason"])
    session.flush()
    return event


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
