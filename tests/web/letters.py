"""Finding the session whose letters are looked at, and its files."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory
from fund.models import CommitteeSession


def sitting_of(session: Session, reference: str) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.reference == reference)).one()


def files_of(factory: SessionFactory, reference: str) -> list[str]:
    with factory() as session:
        return [item.application.reference for item in sitting_of(session, reference).items]
