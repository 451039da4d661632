"""A session on files whose scores, amounts and places are given, for simulations."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.models import Application, CommitteeSession, Review
from fund.services import committee
from fund.services.steps import take_step
from tests.scenario import World

TOULOUSE, ALBI, PARIS = "31555", "81004", "75056"


@dataclass
class File:
    """A file to make: ``mark`` from 0 to 5 is given by both reviewers, so 20 points each."""

    mark: int
    amount: int
    commune: str = TOULOUSE
    more: dict[str, Any] = field(default_factory=dict)


def sit_on(
    session: Session, world: World, *files: File, envelope: int = 50_000, opened: bool = True
) -> CommitteeSession:
    """A session of a call of its own on these files, in their order."""
    call = world.make_call(session, envelope=Decimal(envelope))
    made = [_reviewed(session, world, call.id, place, wanted) for place, wanted in enumerate(files, start=1)]
    sitting = world.sitting(session, call.id)
    for application in made:
        committee.put_on_agenda(session, world["officer"], sitting, application)
    if opened:
        world.open_sitting(session, sitting)
    return sitting


def references(sitting: CommitteeSession) -> list[str]:
    return [item.application.reference for item in sitting.items]


def _reviewed(session: Session, world: World, call_id: int, place: int, wanted: File) -> Application:
    amount = Decimal(wanted.amount)
    application = world.in_review(
        session,
        call_id=call_id,
        title=f"Projet {place}",
        commune_code=wanted.commune,
        requested_amount=amount,
        total_budget=amount * 2,
        **wanted.more,
    )
    for review in application.reviews:
        _mark(session, world, review, wanted.mark)
    take_step(session, world["officer"], application, "conclude_review")
    return application


def _mark(session: Session, world: World, review: Review, mark: int) -> None:
    world.score(session, review, mark)
