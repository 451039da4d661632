"""A session that decided several files, taken as far towards its release as a test wants."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.models import AgendaItem, Application, CommitteeSession, Interest, InterestKind, Outcome
from fund.services import committee
from fund.services.steps import take_step
from tests.scenario import World

AMOUNT = Decimal(15_000)
MOTIVATIONS = {
    Outcome.FUNDED: "Un ancrage exemplaire.",
    Outcome.WAITLISTED: "Un bon projet, après d’autres.",
    Outcome.DECLINED: "Le portage manque encore.",
    Outcome.DEFERRED: "Le budget reste à préciser.",
}


def open_session(session: Session, world: World, count: int, call_id: int | None = None) -> CommitteeSession:
    """A session that sits, with so many files on its agenda."""
    files = [
        world.reviewed(session, title=f"Projet {number}", call_id=call_id or world.call_id)
        for number in range(1, count + 1)
    ]
    sitting = world.sitting(session, call_id)
    for application in files:
        committee.put_on_agenda(session, world["officer"], sitting, application)
    world.open_sitting(session, sitting)
    return sitting


def decided_session(
    session: Session, world: World, *outcomes: Outcome, call_id: int | None = None, **motion: Any
) -> CommitteeSession:
    """A session that sits and has decided a file in each of these ways."""
    sitting = open_session(session, world, len(outcomes), call_id)
    for item, outcome in zip(list(sitting.items), outcomes, strict=True):
        amount = AMOUNT if outcome in (Outcome.FUNDED, Outcome.WAITLISTED) else None
        world.decide(session, item.application, outcome, amount, MOTIVATIONS[outcome], **motion)
    return sitting


def signed_session(session: Session, world: World, *outcomes: Outcome, **given: Any) -> CommitteeSession:
    """The same, its minutes signed."""
    sitting = decided_session(session, world, *outcomes, **given)
    world.sign_minutes(session, sitting)
    return sitting


def checked_session(session: Session, world: World, *outcomes: Outcome, **given: Any) -> CommitteeSession:
    """The same, its letters prepared and read over."""
    sitting = signed_session(session, world, *outcomes, **given)
    world.check_letters(session, sitting)
    return sitting


def withdraw(session: Session, world: World, application: Application) -> None:
    take_step(session, world["applicant"], application, "withdraw", inputs={"reason": "Le terrain est vendu."})


def keep_off(session: Session, world: World, name: str, item: AgendaItem) -> None:
    """As if the person had declared an interest in the item's file."""
    session.add(
        Interest(application_id=item.application_id, person_id=world.people[name], kind=InterestKind.DECLARED)
    )
    session.flush()
