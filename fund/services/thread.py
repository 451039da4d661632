"""The thread of a file: what the alliance and the fund write to each other, and who has read what.

Each side reads as one: a message counts as read by the fund once one of its officers has read it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from fund.errors import InvalidInput
from fund.forms.fields import Problem
from fund.models import Application, Document, ThreadMessage, ThreadRead
from fund.models.base import utc_now
from fund.services import journal, outbox
from fund.services.access import threads_visible_to
from fund.services.documents import Desk, Upload, add_row, keep
from fund.services.perform import NotPermitted, lock
from fund.storage.kinds import Group
from workflows.permissions import Actor, Permission, Role, allows
from workflows.topics import Audience, Topic, tell

BODY_LENGTH = 10_000
ATTACHMENTS_MAXIMUM = 5
QUOTED_LENGTH = 1_000  # of a message in its copy by mail


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages, the oldest first, their attachments by message, and how far the other side has read.

    ``read_id`` is the last message of one's own side that the other side has read, at ``read_at``; None: none yet.
    """

    messages: Sequence[ThreadMessage]
    attachments: dict[int, list[Document]]
    read_id: int | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A thread in a list: its file, its last message, and how many of the alliance's the fund has not read."""

    application: Application
    last: ThreadMessage
    unread: int


def may_post(actor: Actor, application: Application, *, from_fund: bool) -> bool:
    """Whether the actor writes on that side; an officer with an interest in the file does not for the fund."""
    if not from_fund:
        return allows(Permission.APPLICATION_WRITE, actor, application.relations(actor))
    return actor.has_role(Role.OFFICER) and not application.is_interested(actor)


def post_message(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    from_fund: bool,
    body: str,
    uploads: Sequence[Upload] = (),
    desk: Desk,
) -> ThreadMessage:
    """Write to the other side, at any time of the file's life. All attachments are taken, or nothing is.

    Raises NotPermitted, InvalidInput (``body``, ``files``).
    """
    _require_poster(actor, application, from_fund=from_fund)
    _require_words(body)
    if len(uploads) > ATTACHMENTS_MAXIMUM:
        raise InvalidInput({"files": [Problem("too_many_files", maximum=ATTACHMENTS_MAXIMUM)]})
    kept = [_keep(session, upload, desk) for upload in uploads]
    lock(session, application)
    _require_poster(actor, application, from_fund=from_fund)
    now = utc_now()
    message = ThreadMessage(
        application_id=application.id, author_id=actor.person_id, from_fund=from_fund, body=body, sent_at=now
    )
    session.add(message)
    session.flush()
    attached = [
        add_row(session, actor, application, f"message.{message.id}", each, desk=desk, at=now) for each in kept
    ]
    details: dict[str, Any] = {
        "message": message.id,
        "from_fund": from_fund,
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
        "attachments": [document.sha256 for document in attached],
    }
    journal.append(session, actor, application, "application.message", at=now, details=details)
    _send_copy(session, actor, application, message)
    session.flush()
    return message


def read_thread(session: Session, application: Application, *, from_fund: bool) -> Thread:
    """The thread as that side sees it, in a number of statements that does not grow with it."""
    messages = session.scalars(
        select(ThreadMessage)
        .where(ThreadMessage.application_id == application.id)
        .options(joinedload(ThreadMessage.author))
        .order_by(ThreadMessage.id)
    ).all()
    attachments: dict[int, list[Document]] = {}
    documents = (
        select(Document)
        .where(Document.application_id == application.id, Document.slot.like("message.%"))
        .order_by(Document.id)
    )
    for document in session.scalars(documents):
        attachments.setdefault(int(document.slot.partition(".")[2]), []).append(document)
    read_id, read_at = _read_by_other_side(session, application, messages, from_fund=from_fund)
    return Thread(messages, attachments, read_id, read_at)


def mark_read(session: Session, actor: Actor, application: Application, *, from_fund: bool) -> None:
    """Note that the actor has read, for that side, everything that the other side wrote until now.

    The instant stays that of the first reading: reading the same once more moves nothing. Commits nothing.
    """
    last = session.scalar(
        select(func.max(ThreadMessage.id)).where(
            ThreadMessage.application_id == application.id, ThreadMessage.from_fund.is_not(from_fund)
        )
    )
    if last is None or actor.person_id is None:
        return
    values = {"message_id": last, "from_fund": from_fund, "read_at": utc_now()}
    statement = insert(ThreadRead).values(application_id=application.id, person_id=actor.person_id, **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ThreadRead.application_id, ThreadRead.person_id],
            set_=values,
            where=ThreadRead.message_id < last,
        )
    )


def count_unread(session: Session, application_ids: Iterable[int], *, for_fund: bool) -> dict[int, int]:
    """How many messages of the other side nobody of that side has read, by file; files with none are left out."""
    query = _unread(for_fund=for_fund).where(ThreadMessage.application_id.in_(tuple(application_ids)))
    return {row[0]: row[1] for row in session.execute(query)}


def list_threads(
    session: Session, actor: Actor, *, before_id: int | None = None, limit: int = 25
) -> list[Summary]:
    """The threads that the actor may read for the fund, the latest message first.

    ``before_id`` is the last message's id of the last thread of the page before.
    """
    last = select(func.max(ThreadMessage.id)).group_by(ThreadMessage.application_id).correlate(None)
    query = (
        select(ThreadMessage)
        .join(ThreadMessage.application)
        .where(ThreadMessage.id.in_(last), threads_visible_to(actor), Application.is_test.is_(False))
        .options(joinedload(ThreadMessage.application).joinedload(Application.lead))
        .options(joinedload(ThreadMessage.author))
        .order_by(ThreadMessage.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(ThreadMessage.id < before_id)
    messages = session.scalars(query).all()
    unread = count_unread(session, [message.application_id for message in messages], for_fund=True)
    return [Summary(message.application, message, unread.get(message.application_id, 0)) for message in messages]


def _unread(*, for_fund: bool) -> Any:
    read = (
        select(func.max(ThreadRead.message_id))
        .where(ThreadRead.application_id == ThreadMessage.application_id, ThreadRead.from_fund.is_(for_fund))
        .scalar_subquery()
    )
    return (
        select(ThreadMessage.application_id, func.count())
        .where(ThreadMessage.from_fund.is_not(for_fund), ThreadMessage.id > func.coalesce(read, 0))
        .group_by(ThreadMessage.application_id)
    )


def _read_by_other_side(
    session: Session, application: Application, messages: Sequence[ThreadMessage], *, from_fund: bool
) -> tuple[int | None, datetime | None]:
    """The last message of one's own that the other side has read, and when one of them first did."""
    reads = session.scalars(
        select(ThreadRead).where(
            ThreadRead.application_id == application.id, ThreadRead.from_fund.is_not(from_fund)
        )
    ).all()
    furthest = max((read.message_id for read in reads), default=0)
    own = [message.id for message in messages if message.from_fund is from_fund and message.id <= furthest]
    if not own:
        return None, None
    return own[-1], min(read.read_at for read in reads if read.message_id >= own[-1])


def _require_poster(actor: Actor, application: Application, *, from_fund: bool) -> None:
    if not may_post(actor, application, from_fund=from_fund):
        raise NotPermitted(Permission.APPLICATION_PROCESS if from_fund else Permission.APPLICATION_WRITE)


def _require_words(body: str) -> None:
    if not body.strip():
        raise InvalidInput({"body": ["message_empty"]})
    if len(body) > BODY_LENGTH:
        raise InvalidInput({"body": [Problem("too_long", length=len(body), maximum=BODY_LENGTH)]})


def _keep(session: Session, upload: Upload, desk: Desk) -> Any:
    """Like ``documents.keep``; the problem says which of the files it means."""
    try:
        return keep(session, upload, tuple(Group), desk=desk)
    except InvalidInput as error:
        [problem] = error.errors["file"]
        raise InvalidInput({"files": [Problem("file_named", file=upload.name, problem=problem)]}) from error


def _send_copy(session: Session, actor: Actor, application: Application, message: ThreadMessage) -> None:
    """By mail to the other side. ``from_fund`` tells the mail's link on which side its reader stands."""
    body = message.body if len(message.body) <= QUOTED_LENGTH else message.body[:QUOTED_LENGTH].rstrip() + " […]"
    audience = Audience.AUTHORS if message.from_fund else Audience.OFFICERS
    outbox.write_messages(
        session,
        actor,
        application,
        (tell(audience, Topic.THREAD_MESSAGE),),
        inputs={},
        facts={"body": body, "from_fund": message.from_fund},
        at=message.sent_at,
    )
