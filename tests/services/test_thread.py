"""The thread of a file: who writes and reads on which side, what is copied by mail, what counts as read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput, NotFound
from fund.models import Application, AuditEvent, Collaborator, Document, OutboxRow, Right, ThreadMessage
from fund.services import reviews, thread
from fund.services.access import find_thread
from fund.services.documents import Desk, Upload
from fund.services.journal import verify_subject
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests import documented
from tests.documented import PDF
from tests.scenario import World
from workflows.topics import Topic

Post = Callable[..., ThreadMessage]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return documented.desk(tmp_path / "store")


@pytest.fixture
def file(session: Session, world: World) -> Application:
    return world.submitted(session)


@pytest.fixture
def post(session: Session, world: World, desk: Desk) -> Post:
    def run(
        application: Application, who: str = "applicant", body: str = "Bonjour", **given: Any
    ) -> ThreadMessage:
        from_fund = given.pop("from_fund", who.startswith("officer"))
        return thread.post_message(
            session, world[who], application, from_fund=from_fund, body=body, desk=desk, **given
        )

    return run


def copies(session: Session) -> list[tuple[str, bool, str]]:
    """Whom the copies by mail go to, from which side, with what text."""
    rows = session.scalars(
        select(OutboxRow).where(OutboxRow.topic == Topic.THREAD_MESSAGE.value).order_by(OutboxRow.id)
    )
    return [
        (row.recipient.name if row.recipient else "", row.payload["from_fund"], row.payload["body"])
        for row in rows
    ]


# --- writing -------------------------------------------------------------------------------------------------


def test_both_sides_write_and_the_other_one_is_told(session: Session, file: Application, post: Post) -> None:
    question = post(file, body="Quel taux ?")
    answer = post(file, "officer", "80 %")
    read = thread.read_thread(session, file, from_fund=False)
    assert list(read.messages) == [question, answer]
    assert copies(session) == [
        ("Officer", False, "Quel taux ?"),
        ("Officer2", False, "Quel taux ?"),
        ("Applicant", True, "80 %"),
    ]


def test_the_journal_keeps_the_hash_and_not_the_words(session: Session, file: Application, post: Post) -> None:
    message = post(file, body="Un secret")
    entry = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert entry is not None
    assert entry.action == "application.message"
    assert entry.body["details"]["message"] == message.id
    assert len(entry.body["details"]["sha256"]) == 64
    assert "secret" not in str(entry.body)
    assert verify_subject(session, file) is None


def test_a_long_message_is_cut_in_its_copy_only(session: Session, file: Application, post: Post) -> None:
    message = post(file, body="a" * 3_000)
    assert len(message.body) == 3_000
    assert copies(session)[0][2] == "a" * 1_000 + " […]"


@pytest.mark.parametrize(
    ("who", "from_fund"),
    [
        ("stranger", False),
        ("officer", False),
        ("reviewer", False),
        ("applicant", True),
        ("auditor", True),
        ("finance", True),
        ("reviewer", True),
    ],
)
def test_nobody_writes_on_a_side_that_is_not_hers(
    session: Session, file: Application, post: Post, who: str, from_fund: bool
) -> None:
    with pytest.raises(NotPermitted):
        post(file, who, from_fund=from_fund)
    assert session.scalars(select(ThreadMessage)).all() == []


def test_a_reader_of_the_file_does_not_write(
    session: Session, world: World, file: Application, post: Post
) -> None:
    file.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.READ))
    session.flush()
    with pytest.raises(NotPermitted):
        post(file, "stranger", from_fund=False)


def test_an_officer_of_a_members_organisation_does_not_write_for_the_fund(
    session: Session, world: World, file: Application, post: Post
) -> None:
    officer = world.person(session, "officer")
    officer.organisation = file.lead
    world.actors["officer"] = officer.as_actor()
    with pytest.raises(NotPermitted):
        post(file, "officer")


@pytest.mark.parametrize(
    ("body", "code"), [("", "message_empty"), (" \n ", "message_empty"), ("a" * 10_001, "too_long")]
)
def test_an_empty_or_endless_message_is_refused(file: Application, post: Post, body: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        post(file, body=body)
    assert refused.value.errors == {"body": [code]}


# --- attachments ---------------------------------------------------------------------------------------------


def test_attachments_come_with_the_message_and_never_fill_a_place(
    session: Session, file: Application, post: Post
) -> None:
    uploads = [Upload(f"{name}.pdf", BytesIO(PDF)) for name in ("a", "b")]
    message = post(file, uploads=uploads)
    read = thread.read_thread(session, file, from_fund=True)
    assert [document.name for document in read.attachments[message.id]] == ["a.pdf", "b.pdf"]
    assert all(document.is_present for document in read.attachments[message.id])


def test_one_unfit_attachment_refuses_the_whole_message(session: Session, file: Application, post: Post) -> None:
    uploads = [Upload("bon.pdf", BytesIO(PDF)), Upload("mal.pdf", BytesIO(b"MZ" + b"\0" * 99))]
    with pytest.raises(InvalidInput) as refused:
        post(file, uploads=uploads)
    [problem] = refused.value.errors["files"]
    assert (problem, problem.params["file"], problem.params["problem"]) == (
        "file_named",
        "mal.pdf",
        "file_executable",
    )
    assert session.scalars(select(ThreadMessage)).all() == []
    assert session.scalars(select(Document)).all() == []


def test_too_many_attachments_are_refused(file: Application, post: Post) -> None:
    with pytest.raises(InvalidInput, match="files"):
        post(file, uploads=[Upload("a.pdf", BytesIO(PDF))] * 6)


# --- who reads -----------------------------------------------------------------------------------------------


def readers(session: Session, world: World, application: Application) -> set[str]:
    found = set()
    for name in world.people:
        try:
            find_thread(session, world[name], application.reference)
        except NotFound:
            continue
        found.add(name)
    return found


FUND = {"officer", "officer2", "finance", "auditor", "admin"}


def test_a_drafts_thread_is_open_to_the_fund_once_it_wrote(session: Session, world: World, post: Post) -> None:
    application = world.draft(session)
    assert readers(session, world, application) == {"applicant"}
    assert thread.list_threads(session, world["officer"]) == []
    post(application, body="Sommes-nous éligibles ?")
    assert readers(session, world, application) == {"applicant"} | FUND
    [summary] = thread.list_threads(session, world["officer"])
    assert (summary.application, summary.unread) == (application, 1)
    post(application, "officer", "Oui.")
    assert copies(session)[-1] == ("Applicant", True, "Oui.")


def test_reviewers_and_the_recused_do_not_read_the_thread(
    session: Session, world: World, file: Application, post: Post
) -> None:
    post(file)
    review = reviews.assign(session, world["officer"], file, world.person(session, "reviewer"))
    assert readers(session, world, file) == {"applicant"} | FUND
    # An officer who also reviews, and recuses herself, loses the thread and gets no copy of it.
    review.reviewer_id = world.people["officer2"]
    session.flush()
    session.expire_all()
    take_step(session, world["officer"], review, "recuse", inputs={"reason": "Mon association"})
    session.flush()
    before = len(copies(session))
    post(file, body="Suite")
    assert readers(session, world, file) == {"applicant"} | (FUND - {"officer2"})
    assert thread.list_threads(session, world["officer2"]) == []
    assert [copy[0] for copy in copies(session)[before:]] == ["Officer"]


# --- read marks ----------------------------------------------------------------------------------------------


def unread(session: Session, file: Application, *, for_fund: bool) -> int:
    return thread.count_unread(session, [file.id], for_fund=for_fund).get(file.id, 0)


def test_messages_are_unread_until_one_of_the_other_side_reads_them(
    session: Session, world: World, file: Application, post: Post
) -> None:
    post(file)
    post(file)
    assert (unread(session, file, for_fund=True), unread(session, file, for_fund=False)) == (2, 0)
    thread.mark_read(session, world["officer"], file, from_fund=True)
    assert unread(session, file, for_fund=True) == 0
    post(file)
    assert unread(session, file, for_fund=True) == 1
    post(file, "officer2")
    assert unread(session, file, for_fund=False) == 1


def test_the_first_reading_of_the_last_message_is_what_is_shown(
    session: Session, world: World, file: Application, post: Post
) -> None:
    start = datetime.now(UTC)
    first = post(file)
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        thread.mark_read(session, world["officer"], file, from_fund=True)
    read = thread.read_thread(session, file, from_fund=False)
    assert (read.read_id, read.read_at) == (first.id, start + timedelta(hours=1))
    second = post(file)
    with time_machine.travel(start + timedelta(hours=2), tick=False):
        thread.mark_read(session, world["officer2"], file, from_fund=True)
    with time_machine.travel(start + timedelta(hours=3), tick=False):
        thread.mark_read(session, world["officer"], file, from_fund=True)
        post(file, "officer")
        thread.mark_read(session, world["officer2"], file, from_fund=True)
    read = thread.read_thread(session, file, from_fund=False)
    assert (read.read_id, read.read_at) == (second.id, start + timedelta(hours=2))
    assert thread.read_thread(session, file, from_fund=True).read_id is None


def test_statements_do_not_grow_with_the_threads(session: Session, world: World, post: Post) -> None:
    def statements() -> int:
        session.flush()
        session.expunge_all()
        sent: list[str] = []
        listener = lambda *args: sent.append(args[2])  # noqa: E731 - the event needs one object to remove
        event.listen(session.get_bind(), "before_cursor_execute", listener)
        for summary in thread.list_threads(session, world["officer"]):
            assert summary.application.lead.name
            assert summary.last.author.name
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        return len(sent)

    post(world.submitted(session))
    once = statements()
    for _ in range(3):
        application = world.submitted(session)
        post(application)
        post(application, "officer")
    assert statements() == once


def test_a_test_file_writes_to_nobody(session: Session, world: World, post: Post) -> None:
    application = world.draft(session)
    application.is_test = True
    session.flush()
    post(application)
    assert copies(session) == []
    assert thread.list_threads(session, world["officer"]) == []
    with pytest.raises(NotFound):
        find_thread(session, world["officer"], application.reference)
