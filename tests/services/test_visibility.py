"""Who sees which row of which table, asked of the queries themselves."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import SUBJECTS, Application, Award, Disbursement, Report, Review, Right, Subject
from fund.services import access, sharing
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, draft_call, sitting_of
from tests.services.money_makers import asked_repayment
from workflows.permissions import ANONYMOUS, IMPORTER, SYSTEM, Actor


def seen(session: Session, actor: Actor, names: dict[str, str]) -> dict[str, set[str]]:
    """By kind of subject, the names of the rows that exist for the actor."""
    rows = {kind: session.scalars(access.visible(actor, model)) for kind, model in SUBJECTS.items()}
    return {kind: {names[row.reference] for row in found} for kind, found in rows.items()}


def make_rows(session: Session, world: World) -> dict[str, str]:
    """One file in each situation that matters, and the name of each row by its reference."""
    owed = asked_repayment(world, session)
    granted = owed.award
    waiting = world.in_review(session, title="waiting")
    draft = world.draft(session)
    open_call = granted.call
    hidden_call = draft_call(world, session)
    rows: dict[str, Iterable[Subject]] = {
        "open": [open_call],
        "hidden": [hidden_call],
        "draft": [draft],
        "waiting": [waiting, *waiting.reviews],
        "granted": [
            granted,
            granted.application,
            *granted.application.reviews,
            *granted.agreements,
            *granted.disbursements,
            *granted.reports,
            *granted.beneficiary.bank_accounts,
            owed,
            sitting_of(session, granted.application),
        ],
    }
    session.flush()
    return {row.reference: name for name, group in rows.items() for row in group}


NOTHING: dict[str, set[str]] = {kind: set() for kind in SUBJECTS}
PUBLIC = {**NOTHING, "call": {"open"}}
GRANTED = ("award", "agreement", "bank_account", "disbursement", "report", "repayment")
MONEY = {kind: {"granted"} for kind in GRANTED}
STAFF = {
    **NOTHING,
    "call": {"open", "hidden"},
    "application": {"waiting", "granted"},
    "review": {"waiting", "granted"},
    "committee": {"granted"},
    **MONEY,
}
COMMITTEE = {**PUBLIC, "application": {"granted"}, "review": {"granted"}, "committee": {"granted"}}
# The first two reviewers read both files; their readings of the granted one are in, those of the other are not.
READER = {**PUBLIC, "application": {"waiting", "granted"}, "review": {"waiting", "granted"}}
MATRIX: dict[str, dict[str, set[str]]] = {
    "anonymous": PUBLIC,
    "applicant": {**PUBLIC, "application": {"draft", "waiting", "granted"}, **MONEY},
    "stranger": PUBLIC,
    "partner": PUBLIC,
    "catalyst": PUBLIC,
    "reviewer": READER,
    "reviewer2": READER,
    "reviewer3": PUBLIC,
    "member": COMMITTEE,
    "chair": COMMITTEE,
    "officer": STAFF,
    "officer2": STAFF,
    "finance": STAFF,
    "auditor": STAFF,
    "admin": STAFF,
    "system": STAFF,
    "import": STAFF,
}


def test_each_role_sees_its_rows_and_no_other(session: Session, world: World) -> None:
    names = make_rows(session, world)
    actors = {**world.actors, "anonymous": ANONYMOUS, "system": SYSTEM, "import": IMPORTER}
    assert {name: seen(session, actor, names) for name, actor in actors.items()} == MATRIX


def test_a_co_author_sees_the_file_whatever_her_right(session: Session, world: World) -> None:
    names = make_rows(session, world)
    draft = session.scalars(access.visible(world["applicant"], Application)).all()
    for application in draft:
        person = world.person(session, "stranger")
        sharing.give_right(session, world["applicant"], application, person, Right.READ)
    assert seen(session, world["stranger"], names) == MATRIX["applicant"]


def test_a_hidden_row_and_an_absent_one_are_not_told_apart(session: Session, world: World) -> None:
    application = world.submitted(session)
    for reference in (application.reference, "DO-0000-0000"):
        with pytest.raises(NotFound):
            access.find(session, world["stranger"], Application, reference)
        with pytest.raises(NotFound):
            access.find_by_type(session, world["stranger"], "application", reference)
    assert access.find(session, world["applicant"], Application, application.reference) is application
    with pytest.raises(NotFound):
        access.find_by_type(session, world["officer"], "dossier", application.reference)


def test_a_file_withdrawn_as_a_draft_stays_the_alliances_own(session: Session, world: World) -> None:
    application = world.draft(session)
    take_step(session, world["applicant"], application, "withdraw", inputs=BECAUSE)
    for name in ("officer", "auditor", "reviewer"):
        assert session.scalars(access.visible(world[name], Application)).all() == []
    assert session.scalars(access.visible(world["applicant"], Application)).all() == [application]


def test_the_other_readings_are_blind_until_ones_own_is_in(session: Session, world: World) -> None:
    application = world.in_review(session)
    own, other = application.reviews
    visible = access.visible(world["reviewer"], Review).order_by(Review.id)

    world.score(session, other)
    assert session.scalars(visible).all() == [own]
    world.score(session, own)
    assert session.scalars(visible).all() == [own, other]
    take_step(session, world["reviewer"], own, "reopen")
    assert session.scalars(visible).all() == [own]


def test_a_reading_not_yet_given_is_its_reviewers_and_the_staffs(session: Session, world: World) -> None:
    application = world.in_review(session)
    own, other = application.reviews
    world.score(session, own)
    assert session.scalars(access.visible(world["reviewer"], Review)).all() == [own]
    assert set(session.scalars(access.visible(world["officer"], Review))) == {own, other}


@pytest.mark.parametrize("ending", ["decline", "cancel"])
def test_a_reviewer_who_no_longer_reads_no_longer_sees_the_file(
    session: Session, world: World, ending: str
) -> None:
    review = world.in_review(session).reviews[0]
    visible = access.visible(world["reviewer"], Application)
    assert len(session.scalars(visible).all()) == 1
    actor = world["reviewer" if ending == "decline" else "officer"]
    take_step(session, actor, review, ending, inputs=BECAUSE)
    assert session.scalars(visible).all() == []


def test_who_recused_herself_loses_the_file_in_every_query(session: Session, world: World) -> None:
    """Whatever else she is: here the reviewer also holds every role of the staff and sits on the committee."""
    award = world.active_award(session, requested_amount=Decimal(20_000))
    review = award.application.reviews[0]
    assert review.reviewer_id == world.people["reviewer"]
    everything = frozenset().union(*(world[name].roles for name in ("reviewer", "officer", "auditor", "chair")))
    reviewer = world["reviewer"]
    actor = Actor(reviewer.reference, reviewer.name, everything, person_id=reviewer.person_id)
    file_of_hers = (Application, Award, Disbursement, Report)
    for model in file_of_hers:
        assert session.scalars(access.visible(actor, model)).all() != [], model

    take_step(session, reviewer, review, "recuse", inputs={"reason": "Un intérêt apparu après coup."})

    for model in file_of_hers:
        assert session.scalars(access.visible(actor, model)).all() == [], model
        assert session.scalars(access.visible(reviewer, model)).all() == [], model
    # Her own recusal is what remains: not the other's reading.
    assert session.scalars(access.visible(actor, Review)).all() == [review]
