"""What the tests of assignment share: reviewers with what they know, and a proposal computed by the program."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.analysis.assignment import Weights
from fund.models import AssignmentPlan, Call, Person, PersonRole, Review
from fund.services import assignment_plans, reviewers
from fund.services.references import new_reference
from tests.scenario import World
from workflows.permissions import Role
from workflows.review import ReviewState

NAMES = ("reviewer", "reviewer2", "reviewer3")


def more_reviewers(session: Session, count: int) -> list[Person]:
    people = [
        Person(
            reference=new_reference("PE"),
            email=f"lecture{number}@lecteurs.example",
            name=f"Lecture {number:03d}",
            password_hash="-",
            role_rows=[PersonRole(role=Role.REVIEWER)],
        )
        for number in range(count)
    ]
    session.add_all(people)
    session.flush()
    return people


def known(session: Session, world: World, name: str, **fields: object) -> None:
    """Say what a reviewer knows, or when she is away."""
    person = world.person(session, name)
    territories = fields.pop("territories", None)
    reviewers.edit_profile(session, world["officer"], person, **fields)
    if isinstance(territories, list):
        reviewers.set_known_territories(session, world["officer"], person, territories)
    session.flush()


def references(session: Session, world: World, names: Sequence[str] = NAMES) -> dict[str, str]:
    return {name: world.person(session, name).reference for name in names}


def planned(
    session: Session, world: World, *, needed: int = 2, names: Sequence[str] = NAMES, cap: int | None = None
) -> AssignmentPlan:
    """A proposal, asked for and not computed yet."""
    return assignment_plans.start_plan(
        session,
        world["officer"],
        session.get_one(Call, world.call_id),
        needed=needed,
        readers=references(session, world, names).values(),
        cap=cap,
        weights=Weights(),
    )


def computed(session: Session, world: World, **asked: object) -> AssignmentPlan:
    plan = planned(session, world, **asked)  # type: ignore[arg-type]  # handed on as given
    assignment_plans.compute_plan(session, plan)
    session.flush()
    return plan


def apply_all(session: Session, plan: AssignmentPlan) -> int:
    """Give every pair, as the job does; returns how many were dealt with."""
    pairs, count = assignment_plans.pairs_to_send(plan), 0
    while assignment_plans.apply_next(session, plan.id, pairs):
        count += 1
    session.refresh(plan)
    return count


def asked(session: Session) -> set[tuple[int, int]]:
    """(file, reviewer) of every reading that was asked for and stands."""
    query = select(Review.application_id, Review.reviewer_id).where(Review.state == ReviewState.ASSIGNED)
    return {(file, reader) for file, reader in session.execute(query)}
