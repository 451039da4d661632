"""What the tests of interests share: ties made, events and messages read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import (
    Application,
    AuditEvent,
    Collaborator,
    OutboxRow,
    Person,
    Right,
)
from fund.services import access
from tests.scenario import World
from workflows.topics import Topic


def author(session: Session, _world: World, file: Application, person: Person) -> None:
    person.email = f"{person.reference}@ailleurs.example"  # an author's domain is the alliance's
    session.add(Collaborator(application_id=file.id, person_id=person.id, right=Right.READ))


def find(session: Session, actor: object, file: Application) -> bool:
    try:
        access.find(session, actor, Application, file.reference)  # type: ignore[arg-type]  # any actor of the test
    except NotFound:
        return False
    return True


def events(session: Session, file: Application, action: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.subject_type == "application", AuditEvent.subject_id == file.id)
    return [entry for entry in session.scalars(query.order_by(AuditEvent.seq)) if entry.action == action]


def told(session: Session, topic: Topic) -> set[str]:
    query = select(Person.name).join(OutboxRow, OutboxRow.recipient_id == Person.id)
    return set(session.scalars(query.where(OutboxRow.topic == topic)))


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(*call: Any) -> None:
        sent.append(call[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield sent
    event.remove(session.get_bind(), "before_cursor_execute", note)
