"""The versions of a call: what is frozen when it is published, what waits to be, which one a file goes by.

A draft call changes in place. From its publication on, a change is first kept aside (``revision``) and becomes the
next version when the officer publishes it; files go on with theirs until their authors take the new one over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.forms.content import (
    Difference,
    content_bytes,
    differences,
    digest,
    dump_content,
    parts_of,
    read_content,
)
from fund.forms.definition import CallContent
from fund.forms.fields import Problem
from fund.models import (
    Application,
    AuditEvent,
    Call,
    CallVersion,
    Collaborator,
    Criterion,
    Organisation,
    Review,
    Right,
    Score,
)
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.applications import add_lead, make_file
from fund.services.call_dates import schedule_opening
from fund.services.perform import NotPermitted, amend, create, require_permission
from fund.services.writing import EDITABLE, set_amounts
from workflows.call import CALL, CallState, CallStep
from workflows.engine import Context, StepRefused
from workflows.permissions import Actor, Permission, Role
from workflows.review import ReviewState
from workflows.topics import Audience, Deadline, Topic, tell


class Verb(Protocol):
    """Publishing or discarding what waits."""

    def __call__(
        self, session: Session, actor: Actor, call: Call, *, expected_version: int | None = None
    ) -> AuditEvent | None: ...


REVISABLE = (CallState.PUBLISHED, CallState.OPEN)
EDITABLE_STATES = (CallState.DRAFT, *REVISABLE)


def create_from_content(session: Session, actor: Actor, content: CallContent, *, funder_id: int) -> Call:
    """A new draft call, as a file or a form describes it. Raises NotPermitted."""
    require_permission(actor, Permission.CALL_MANAGE)
    call = Call(funder_id=funder_id, **columns_of(content))
    call.criteria = criteria_of(content)
    create(session, actor, call, details={"digest": digest(content)})
    return call


def save_content(
    session: Session, actor: Actor, call: Call, content: CallContent, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Write the call: in place while it is a draft, aside once it is published.

    Raises StaleVersion, NotPermitted, NotEditable (closed, settled, cancelled), and InvalidInput where the dates
    of an open call would move (``call_is_open``) or the rubric of files that are being read (``rubric_in_use``).
    """

    def change() -> Mapping[str, Any] | None:
        return _apply(call, content) if call.state is CallState.DRAFT else _put_aside(session, call, content)

    return amend(
        session,
        actor,
        call,
        "call.edit" if call.state is CallState.DRAFT else "call.prepare_revision",
        Permission.CALL_MANAGE,
        states=EDITABLE_STATES,
        expected_version=expected_version,
        change=change,
    )


def revised_content(call: Call) -> CallContent:
    """What an officer goes on writing: the revision that waits, else the call as it stands."""
    return read_content(call.revision) if call.revision is not None else call.content


def discard_revision(
    session: Session, actor: Actor, call: Call, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Drop the revision that waits. Raises StaleVersion, NotPermitted, NotEditable."""

    def change() -> Mapping[str, Any] | None:
        if call.revision is None:
            return None
        dropped = [difference.path for difference in differences(call.content, revised_content(call))]
        call.revision = None
        return {"dropped": dropped}

    return amend(
        session,
        actor,
        call,
        "call.discard_revision",
        Permission.CALL_MANAGE,
        states=REVISABLE,
        expected_version=expected_version,
        change=change,
    )


def publish_revision(
    session: Session, actor: Actor, call: Call, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Put the revision in force as the next version; those who are writing are told.

    Raises StepRefused where the call could not be announced so, InvalidInput (``call_is_open``,
    ``rubric_in_use``), Conflict (``no_revision``; ``awards_within_envelope``), StaleVersion, NotPermitted,
    NotEditable.
    """

    def change() -> Mapping[str, Any]:
        # Once the lock is held: whoever comes second finds no revision any more.
        if call.revision is None:
            raise Conflict("no_revision")
        content = revised_content(call)
        _require_same_window(call, content)
        _require_free_rubric(session, call, content)
        if content.envelope > call.envelope:
            outbox.schedule(session, call, Deadline.WAITLIST_MOVES, utc_now())
        told = _apply(call, content)
        _require_publishable(actor, call)
        version = freeze_version(session, actor, call)
        return {**(told or {}), "version": version.number}

    event = amend(
        session,
        actor,
        call,
        "call.publish_revision",
        Permission.CALL_MANAGE,
        states=REVISABLE,
        expected_version=expected_version,
        change=change,
    )
    if call.state is CallState.PUBLISHED:
        schedule_opening(session, call)
    outbox.write_messages(
        session, actor, call, (tell(Audience.DRAFTERS, Topic.CALL_REVISED),), inputs={}, at=utc_now()
    )
    return event


def take_over_revision(session: Session, actor: Actor, call: Call) -> AuditEvent | None:
    """What waited to be published becomes the draft itself, of a call that was taken back to draft."""
    return save_content(session, actor, call, revised_content(call))


def carry_envelope(call: Call, amount: Decimal) -> None:
    """An envelope raised by its own step is raised in the revision too, which would else lower it again."""
    if call.revision is not None:
        content = revised_content(call)
        is_whole = content.grant.maximum == content.envelope
        grant = replace(content.grant, maximum=content.grant.maximum + amount) if is_whole else content.grant
        call.revision = dump_content(replace(content, envelope=content.envelope + amount, grant=grant))


def carry_closing(call: Call) -> None:
    """A closing moved by its own step is moved in the revision too."""
    if call.revision is not None:
        call.revision = dump_content(replace(revised_content(call), closes_at=call.closes_at))


def _require_publishable(actor: Actor, call: Call) -> None:
    """Raise StepRefused where one of the guards of the announcement speaks against the call as it stands."""
    step = CALL.steps[CallStep.PUBLISH]
    context = Context(actor=actor, now=utc_now())
    if reasons := tuple(reason for guard in step.guards if (reason := guard(call, context)) is not None):
        raise StepRefused(step, reasons)


def _require_same_window(call: Call, content: CallContent) -> None:
    """The dates of an open call are moved by its own step, which tells everybody."""
    if call.state is CallState.OPEN:
        moved = [name for name in ("opens_at", "closes_at") if getattr(content, name) != getattr(call, name)]
        if moved:
            raise InvalidInput({name: [Problem("call_is_open")] for name in moved})


def _require_free_rubric(session: Session, call: Call, content: CallContent) -> None:
    """Marks keep their meaning: below a reviewer's work only the words of a rubric change.

    The reviews are locked until the commit, so that nobody accepts to read by a rubric that is being replaced.
    """
    if _are_marked_alike(call.content, content):
        return
    of_call = select(Review.id).join(Review.application).where(Application.call_id == call.id)
    session.execute(of_call.with_for_update(of=Review, key_share=True))
    has_scores = exists().where(Score.review_id == Review.id)
    is_read = or_(Review.state.in_((ReviewState.ACCEPTED, ReviewState.SUBMITTED)), has_scores)
    if session.scalar(of_call.where(is_read).limit(1)) is not None:
        raise InvalidInput({"rubric": [Problem("rubric_in_use")]})


def _are_marked_alike(earlier: CallContent, content: CallContent) -> bool:
    if len(content.rubric) != len(earlier.rubric):
        return False
    return all(line.is_marked_like(old) for line, old in zip(content.rubric, earlier.rubric, strict=True))


def freeze_version(session: Session, actor: Actor, call: Call) -> CallVersion:
    """The call as it stands, as the version in force; the same content twice is one version."""
    current = call.published_version
    content = call.content
    if current is not None and current.digest == digest(content):
        return current
    return _freeze(session, actor, call, content, (current.number or 0) + 1 if current else 1)


def _freeze(session: Session, actor: Actor, call: Call, content: CallContent, number: int | None) -> CallVersion:
    version = CallVersion(
        number=number, content=content_bytes(content).decode(), digest=digest(content), made_by=actor.reference
    )
    call.versions.append(version)
    session.flush()
    return version


def begin_trial(session: Session, actor: Actor, call: Call, lead: Organisation) -> Application:
    """A test file of the call as the officer is writing it; it is hers alone, and counted nowhere."""
    if not actor.has_role(Role.OFFICER) or actor.person_id is None:
        raise NotPermitted(Permission.CALL_MANAGE)
    content = revised_content(call)
    tried = (version for version in call.versions if version.number is None)
    known = next((version for version in tried if version.digest == digest(content)), None)
    version = known or _freeze(session, actor, call, content, None)
    application = make_file(call, version, lead, is_test=True)
    add_lead(application)
    application.collaborators = [Collaborator(person_id=actor.person_id, right=Right.SIGN)]
    create(session, actor, application, details={"test": True, "digest": version.digest})
    return application


def newer_version(application: Application) -> CallVersion | None:
    """The version in force, where the file is written with an earlier one and can still take it over."""
    newest = application.call.published_version
    if application.is_test or application.state not in EDITABLE or newest is None:
        return None
    return None if application.version_id == newest.id else newest


def differences_to(application: Application, version: CallVersion) -> tuple[Difference, ...]:
    """What would change for the file if it took that version over."""
    return differences(application.rules, version.read())


def adopt_version(
    session: Session, actor: Actor, application: Application, *, expected_version: int | None = None
) -> AuditEvent | None:
    """Go on with the version in force. Answers stay: those to fields that are gone are kept, but not shown."""
    version = newer_version(application)
    if version is None:
        return None
    before = application.call_version

    def change() -> Mapping[str, Any]:
        application.call_version = version
        set_amounts(application)
        return {"version": [before.number if before else None, version.number]}

    return amend(
        session,
        actor,
        application,
        "application.adopt_version",
        Permission.APPLICATION_WRITE,
        states=EDITABLE,
        expected_version=expected_version,
        change=change,
    )


def columns_of(content: CallContent) -> dict[str, Any]:
    """The content as the call's columns and its definition."""
    return {
        "title_fr": content.title.fr,
        "title_en": content.title.en,
        "summary_fr": content.summary.fr,
        "summary_en": content.summary.en,
        "opens_at": content.opens_at,
        "closes_at": content.closes_at,
        "envelope": content.envelope,
        "min_grant": content.grant.minimum,
        "max_grant": content.grant.maximum,
        "max_rate": content.grant.rate,
        "required_kinds": list(dict.fromkeys(rule.kind for rule in content.alliance.members)),
        "reviews_required": content.reviews,
        "definition": parts_of(content),
    }


def criteria_of(content: CallContent, present: Sequence[Criterion] = ()) -> list[Criterion]:
    """The rubric as rows, written into the rows that stand in the same places: marks given there stay theirs."""
    rows = [*present, *(Criterion() for _ in content.rubric)][: len(content.rubric)]
    for position, (row, line) in enumerate(zip(rows, content.rubric, strict=True), start=1):
        row.position, row.line = position, line
    return rows


def _apply(call: Call, content: CallContent) -> Mapping[str, Any] | None:
    """Make this the call; the journal is told what changed, and the digest of all of it."""
    before, had_revision = call.content, call.revision is not None
    call.revision = None
    if before == content:
        return {"digest": digest(content)} if had_revision else None
    for name, value in columns_of(content).items():
        setattr(call, name, value)
    call.criteria = criteria_of(content, call.criteria)
    return _told(before, content)


def _put_aside(session: Session, call: Call, content: CallContent) -> Mapping[str, Any] | None:
    before = revised_content(call)
    if before == content:
        return None
    _require_same_window(call, content)
    # A rubric that was put aside before anybody read keeps no other part from being written.
    if not _are_marked_alike(before, content):
        _require_free_rubric(session, call, content)
    call.revision = None if content == call.content else dump_content(content)
    return _told(before, content)


def _told(before: CallContent, after: CallContent) -> Mapping[str, Any]:
    changed = [difference.path for difference in differences(before, after)]
    return {"changed": changed, "digest": digest(after)}


def history_of(call: Call) -> list[tuple[CallVersion, CallContent | None]]:
    """The published versions, the latest first, each with the content that it replaced."""
    numbered = [version for version in call.versions if version.number is not None]
    pairs = zip(numbered, [None, *numbered], strict=False)
    return [(now, before.read() if before else None) for now, before in pairs][::-1]
