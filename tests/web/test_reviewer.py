"""The reviewer's desk: a file beside its grid, keeping, submitting, taking back; blind until one's own is in."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Review
from fund.services import reviews
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.review import ReviewState

SignIn = Callable[[str], Browser]


@pytest.fixture
def pair(factory: SessionFactory, world: World) -> tuple[str, str]:
    """The accepted review of « reviewer » and the submitted one of « reviewer2 », of one file in review."""
    with unit_of_work(factory) as session:
        mine, theirs = world.in_review(session, title="Tiers-lieu des coteaux").reviews
        take_step(session, mine.reviewer_as_actor, mine, "accept")
        world.score(session, theirs, 3)
        reviews.save_scores(session, mine.reviewer_as_actor, mine, scores={})
        return mine.reference, theirs.reference


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def read(factory: SessionFactory, reference: str) -> Review:
    with factory() as session:
        review = session.scalars(select(Review).where(Review.reference == reference)).one()
        assert review.scores is not None
        return review


def test_the_desk_lists_what_is_to_do_and_what_is_done(
    sign_in: SignIn, factory: SessionFactory, world: World, pair: tuple[str, str]
) -> None:
    with unit_of_work(factory) as session:
        world.assigned(session, title="Filière bois")
    page = sign_in("reviewer").get("/evaluations").text
    assert "Tiers-lieu des coteaux" in page
    assert "Filière bois" in page
    done = sign_in("reviewer2").get("/evaluations").text
    assert done.index("Filière bois") < done.index("Tiers-lieu des coteaux")


def test_only_reviewers_have_the_desk(sign_in: SignIn) -> None:
    assert sign_in("officer").get("/evaluations").status_code == 403


def test_a_file_is_accepted_then_scored(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        reference = world.in_review(session).reviews[0].reference
    reviewer = sign_in("reviewer")
    address = f"/evaluations/{reference}"
    page = reviewer.get(address).text
    assert "Un atelier partagé" in page
    assert 'name="mark-1"' not in page
    step = f"/etapes/review/{reference}/accept"
    assert reviewer.post(step, {"version": version_on(page)}, on=address).status_code == 303
    assert 'name="mark-1"' in reviewer.get(address).text


def test_an_incomplete_grid_is_kept_with_a_comment_before_its_mark(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = {
        "version": version_on(reviewer.get(address).text),
        "mark-1": "4",
        "comment-1": "Solide.",
        "mark-2": "",
        "comment-2": "À relire avant de noter.",
        "comment": "Un bon dossier.",
        "save": "1",
    }
    assert reviewer.post(address, given, on=address).status_code == 303
    page = reviewer.get(address).text
    assert re.search(r'name="mark-1" value="4" checked', page)
    assert "À relire avant de noter." in page
    assert "Un bon dossier." in page
    assert sorted(str(score.value) for score in read(factory, pair[0]).scores) == ["4", "None"]
    # A mark and a comment are taken back by emptying them.
    emptied = {"version": version_on(page), "mark-1": "", "comment-1": "", "comment-2": "", "comment": ""}
    assert reviewer.post(address, emptied, on=address).status_code == 303
    assert read(factory, pair[0]).scores == []


def test_submitting_too_early_keeps_the_marks_and_says_what_is_missing(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = {
        "version": version_on(reviewer.get(address).text),
        "mark-1": "5",
        "comment-2": "Pas encore.",
        "submit": "1",
    }
    answer = reviewer.post(address, given, on=address)
    assert answer.status_code == 409
    assert "error-summary" in answer.text
    assert "Pas encore." in answer.text
    review = read(factory, pair[0])
    assert review.state is ReviewState.ACCEPTED
    assert {score.value for score in review.scores} == {5, None}
    assert version_on(answer.text) == str(review.version)


def test_others_are_read_only_once_ones_own_is_in_and_it_can_be_taken_back(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    assert "Reviewer2" not in page
    assert reviewer.get(f"/evaluations/{pair[1]}").status_code == 404
    given = {"version": version_on(page), "mark-1": "5", "mark-2": "4", "submit": "1"}
    assert reviewer.post(address, given, on=address).status_code == 303
    assert read(factory, pair[0]).state is ReviewState.SUBMITTED
    page = reviewer.get(address).text
    assert "Reviewer2" in page
    assert reviewer.get(f"/evaluations/{pair[1]}").status_code == 200
    reopen = f"/etapes/review/{pair[0]}/reopen"
    assert reviewer.post(reopen, {"version": version_on(page)}, on=address).status_code == 303
    page = reviewer.get(address).text
    assert re.search(r'name="mark-2" value="4" checked', page)
    assert "Reviewer2" not in page


@pytest.mark.parametrize("mark", ["6", "-1", "beaucoup", "4.5"])
def test_a_mark_outside_the_scale_is_refused_beside_its_criterion(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str], mark: str
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = {"version": version_on(reviewer.get(address).text), "mark-2": mark, "comment-1": "Gardé."}
    answer = reviewer.post(address, given, on=address)
    assert answer.status_code == 422
    assert 'id="error-2"' in answer.text
    assert "Gardé." in answer.text
    assert read(factory, pair[0]).scores == []


def test_a_grid_changed_in_another_window_loses_nothing(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    old = version_on(reviewer.get(address).text)
    assert reviewer.post(address, {"version": old, "mark-1": "1"}, on=address).status_code == 303
    answer = reviewer.post(address, {"version": old, "mark-1": "5", "comment-1": "Ici."}, on=address)
    assert answer.status_code == 409
    assert "Ici." in answer.text
    assert [score.value for score in read(factory, pair[0]).scores] == [1]
    again = {"version": version_on(answer.text), "mark-1": "5", "comment-1": "Ici."}
    assert reviewer.post(address, again, on=address).status_code == 303


def test_a_declared_conflict_closes_the_file(sign_in: SignIn, pair: tuple[str, str]) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    recuse = f"/etapes/review/{pair[0]}/recuse"
    sent = {"version": version_on(page), "reason": "Ma sœur y travaille."}
    assert reviewer.post(recuse, sent, on=address).status_code == 303
    page = reviewer.get(address).text
    assert "Tiers-lieu des coteaux" not in page
    assert "Tiers-lieu des coteaux" not in reviewer.get("/evaluations").text


def test_a_review_that_cannot_be_submitted_yet_says_why(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        review = world.assigned(session).reviews[0]
        take_step(session, review.reviewer_as_actor, review, "accept")
        reference = review.reference
    page = sign_in("reviewer").get(f"/evaluations/{reference}").text
    assert page.index("notice tone-info") < page.index('name="mark-1"')


def test_officers_read_a_review_and_nobody_writes_anothers(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    officer = sign_in("officer")
    page = officer.get(f"/evaluations/{pair[1]}").text
    assert "3 / 5" in page
    assert officer.post(f"/evaluations/{pair[1]}", {"mark-1": "1"}, on="/").status_code == 403
    reviewer = sign_in("reviewer3")
    assert reviewer.post(f"/evaluations/{pair[1]}", {"mark-1": "1"}, on="/").status_code == 404
    assert sign_in("applicant").get(f"/evaluations/{pair[1]}").status_code == 404


def test_a_grid_without_its_token_is_refused(sign_in: SignIn, pair: tuple[str, str]) -> None:
    assert sign_in("reviewer").client.post(f"/evaluations/{pair[0]}", data={"mark-1": "1"}).status_code == 400
