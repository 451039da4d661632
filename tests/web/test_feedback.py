"""What an alliance reads after the decision, as its call says: nothing more, and nobody's name."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Feedback
from fund.models import Application, OutboxRow
from fund.services import committee, reviews
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.voting import Outcome

SignIn = Callable[[str], Browser]
MOTIVATION = "Le portage manque encore."
COMMENTS = {"reviewer": "Budget à détailler.", "reviewer2": "Ancrage convaincant."}


@pytest.fixture
def decided(factory: SessionFactory, world: World) -> Callable[..., str]:
    """A file that two reviewers commented and the committee decided on, in a call with that rule."""

    def make(rule: Feedback, outcome: Outcome = Outcome.DECLINED) -> str:
        with unit_of_work(factory) as session:
            call = world.make_call(session, definition={"feedback": rule.value})
            application = world.in_review(session, call_id=call.id)
            for review in application.reviews:
                actor = review.reviewer_as_actor
                name = next(name for name, found in world.actors.items() if found.person_id == actor.person_id)
                take_step(session, actor, review, "accept")
                marks = {
                    criterion.id: {"value": 3, "comment": f"{COMMENTS[name]} (critère {criterion.position})"}
                    for criterion in application.call.criteria
                }
                reviews.save_scores(session, actor, review, scores=marks, comment=COMMENTS[name])
                take_step(session, actor, review, "submit")
            take_step(session, world["officer"], application, "conclude_review")
            sitting = world.sitting(session, call.id)
            committee.put_on_agenda(session, world["officer"], sitting, application)
            world.open_sitting(session, sitting)
            amount = Decimal(15_000) if outcome is Outcome.WAITLISTED else None
            world.decide(session, application, outcome, amount, MOTIVATION)
            world.release(session, sitting)
            return application.reference

    return make


@pytest.mark.parametrize("rule", list(Feedback))
def test_the_hub_shows_what_the_call_gives(sign_in: SignIn, decided: Callable[..., str], rule: Feedback) -> None:
    page = sign_in("applicant").get(f"/mes-dossiers/{decided(rule)}").text
    assert (MOTIVATION in page) == (rule is not Feedback.NONE)
    assert (COMMENTS["reviewer"] in page) == (rule is Feedback.COMMENTS)
    assert (f"{COMMENTS['reviewer2']} (critère 2)" in page) == (rule is Feedback.COMMENTS)
    for name in ("Reviewer", "Reviewer2", "EV-"):
        assert name not in page


def test_comments_wait_while_the_file_can_still_be_decided(sign_in: SignIn, decided: Callable[..., str]) -> None:
    page = sign_in("applicant").get(f"/mes-dossiers/{decided(Feedback.COMMENTS, Outcome.WAITLISTED)}").text
    assert MOTIVATION in page
    assert COMMENTS["reviewer"] not in page


def test_the_order_of_the_comments_says_nothing_of_who_wrote_them(
    sign_in: SignIn, decided: Callable[..., str]
) -> None:
    """Nobody is first throughout: over some files, both orders are met, also within one file."""
    browser = sign_in("applicant")
    first, mixed = set(), False
    for _ in range(8):
        page = browser.get(f"/mes-dossiers/{decided(Feedback.COMMENTS)}").text
        orders = [
            page.index(f"{COMMENTS['reviewer']}{place}") < page.index(f"{COMMENTS['reviewer2']}{place}")
            for place in ("</li>", " (critère 1)", " (critère 2)")
        ]
        first.add(orders[0])
        mixed = mixed or len(set(orders)) == 2
    assert first == {True, False}
    assert mixed


@pytest.mark.parametrize("rule", [Feedback.NONE, Feedback.MOTIVATION])
def test_the_mail_says_no_more_than_the_page(
    decided: Callable[..., str], factory: SessionFactory, rule: Feedback
) -> None:
    reference = decided(rule)
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "application.declined")).all()
        assert rows
        assert {"motivation" in row.payload for row in rows} == {rule is not Feedback.NONE}
        assert {row.payload["reference"] for row in rows} == {reference}


def test_staff_and_committee_read_the_motivation_all_the_same(
    sign_in: SignIn, decided: Callable[..., str], factory: SessionFactory
) -> None:
    reference = decided(Feedback.NONE)
    assert MOTIVATION in sign_in("officer").get(f"/dossiers/{reference}/decision").text
    with factory() as session:
        assert session.scalars(select(Application.motivation)).one() == MOTIVATION


def test_reviewers_are_told_who_will_read_them(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    shown = {}
    for rule in (Feedback.MOTIVATION, Feedback.COMMENTS):
        with unit_of_work(factory) as session:
            call = world.make_call(session, definition={"feedback": rule.value})
            review = world.in_review(session, call_id=call.id).reviews[0]
            take_step(session, world["reviewer"], review, "accept")
            reference = review.reference
        page = sign_in("reviewer").get(f"/evaluations/{reference}").text
        hint = page[page.index('id="comment-hint"') :]
        shown[rule] = hint[: hint.index("</p>")]
    assert shown[Feedback.MOTIVATION] != shown[Feedback.COMMENTS]
