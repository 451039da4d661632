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
from tests.web.counting import count_statements
from tests.web.reading import sent_of
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


def grid(page: str, **changed: str) -> dict[str, object]:
    """What a browser would send of the page's grid, with these fields filled in (``mark_1`` for ``mark-1``)."""
    return {**sent_of(page), **{name.replace("_", "-"): text for name, text in changed.items()}}


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
    words = {"comment_1": "Solide.", "comment_2": "À relire avant de noter.", "comment": "Un bon dossier."}
    given = grid(reviewer.get(address).text, mark_1="4", save="1", **words)
    assert reviewer.post(address, given, on=address).status_code == 303
    page = reviewer.get(address).text
    assert "1 critère noté sur 2" in page or "1 of 2 criteria" in page
    assert re.search(r'name="mark-1" value="4" checked', page)
    assert "À relire avant de noter." in page
    assert "Un bon dossier." in page
    assert sorted(str(score.value) for score in read(factory, pair[0]).scores) == ["4", "None"]
    # A mark and a comment are taken back by emptying them.
    emptied = grid(page, mark_1="", comment_1="", comment_2="", comment="")
    assert reviewer.post(address, emptied, on=address).status_code == 303
    assert read(factory, pair[0]).scores == []


def test_submitting_too_early_keeps_the_marks_and_says_what_is_missing(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = grid(reviewer.get(address).text, mark_1="5", comment_2="Pas encore.", submit="1")
    answer = reviewer.post(address, given, on=address)
    assert answer.status_code == 409
    assert "error-summary" in answer.text
    assert "Pas encore." in answer.text
    review = read(factory, pair[0])
    assert review.state is ReviewState.ACCEPTED
    assert {score.value for score in review.scores} == {5, None}
    assert sent_of(answer.text)["mark-1"] == ["5"]


def test_others_are_read_only_once_ones_own_is_in_and_it_can_be_taken_back(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    assert "Reviewer2" not in page
    assert reviewer.get(f"/evaluations/{pair[1]}").status_code == 404
    given = grid(page, mark_1="5", mark_2="4", submit="1")
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
def test_a_mark_that_cannot_be_is_refused_beside_its_criterion_and_the_rest_is_kept(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str], mark: str
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = grid(reviewer.get(address).text, mark_2=mark, comment_1="Gardé.", submit="1")
    answer = reviewer.post(address, given, on=address)
    assert answer.status_code == 422
    assert 'href="#q-mark-2"' in answer.text
    assert "Gardé." in answer.text
    review = read(factory, pair[0])
    assert review.state is ReviewState.ACCEPTED
    assert [(score.value, score.comment) for score in review.scores] == [(None, "Gardé.")]


def test_a_long_scale_is_typed_and_what_was_typed_stays(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    with unit_of_work(factory) as session:
        review = session.scalars(select(Review).where(Review.reference == pair[0])).one()
        review.application.call.criteria[1].scale_max = 20
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    answer = reviewer.post(address, grid(reviewer.get(address).text, mark_2="21"), on=address)
    assert answer.status_code == 422
    assert sent_of(answer.text)["mark-2"] == ["21"]
    assert reviewer.post(address, grid(answer.text, mark_2="20"), on=address).status_code == 303
    assert [score.value for score in read(factory, pair[0]).scores] == [20]


def test_a_criterion_that_the_rubric_does_not_have_is_refused(sign_in: SignIn, pair: tuple[str, str]) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    answer = reviewer.post(address, grid(reviewer.get(address).text, mark_9="3", comment_1="Gardé."), on=address)
    assert answer.status_code == 422
    assert "La grille n’a pas ce critère" in answer.text
    assert "Gardé." in answer.text


def test_a_grid_changed_in_another_window_loses_nothing(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    old = reviewer.get(address).text
    assert reviewer.post(address, grid(old, mark_1="1"), on=address).status_code == 303
    assert reviewer.post(address, grid(old, mark_2="2"), on=address).status_code == 303
    answer = reviewer.post(address, grid(old, mark_1="5", comment_1="Ici."), on=address)
    assert answer.status_code == 409
    assert 'id="clash-mark-1"' in answer.text
    assert "data-autosave" not in answer.text
    assert sent_of(answer.text)["mark-1"] == ["5"]
    assert "Ici." in answer.text
    assert sorted(score.value or 0 for score in read(factory, pair[0]).scores) == [1, 2]
    undecided = reviewer.post(address, grid(answer.text), on=address)
    assert undecided.status_code == 409
    chosen = {**grid(answer.text), "_keep-mark-1": "mine"}
    assert reviewer.post(address, chosen, on=address).status_code == 303
    assert sorted(score.value or 0 for score in read(factory, pair[0]).scores) == [2, 5]
    assert "Ici." in reviewer.get(address).text


def test_the_script_saves_what_can_be_kept_and_learns_what_cannot(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    token = reviewer.token(address)
    as_script = {"Accept": "application/json"}
    sent = {"csrf_token": token, "mark-1": "3", "mark-2": "8", "comment-2": "Trop."}
    answer = reviewer.client.post(address, data=sent, headers=as_script)
    assert answer.status_code == 200
    told = answer.json
    assert told is not None
    assert told["held"] == ["mark-2"]
    assert list(told["problems"]) == ["mark-2"]
    assert "60" in told["fragments"]["grid-sums"]
    assert {(score.value, score.comment) for score in read(factory, pair[0]).scores} == {(3, ""), (None, "Trop.")}
    clash = reviewer.client.post(address, data={"csrf_token": token, "mark-1": "4"}, headers=as_script)
    assert clash.status_code == 409
    assert clash.json is not None
    assert 'name="mark-1" value="3" checked' in clash.json["clashes"]["mark-1"]["control"]
    assert clash.json["clashes"]["mark-1"]["seen"] == told["seen"]["mark-1"]
    other = reviewer.client.post(address, data={**sent, "_person": "PE-AUTRE"}, headers=as_script)
    assert other.status_code == 401


def test_a_review_cancelled_while_it_is_written_says_so_and_keeps_every_word(
    sign_in: SignIn, factory: SessionFactory, world: World, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    assert reviewer.post(address, grid(page, comment_1="Premier jet."), on=address).status_code == 303
    page = reviewer.get(address).text
    with unit_of_work(factory) as session:
        review = session.scalars(select(Review).where(Review.reference == pair[0])).one()
        take_step(
            session, world["officer"], review, "cancel", inputs={"reason": "Le dossier a été confié à d’autres."}
        )
    answer = reviewer.post(address, grid(page, comment_1="Second jet."), on="/compte")
    assert answer.status_code == 409
    assert "Second jet." in answer.text
    assert "Le dossier a été confié à d’autres." in answer.text
    script = {"Accept": "application/json"}
    data = {**grid(page, comment_1="Second jet."), "csrf_token": reviewer.token("/compte")}
    refused = reviewer.client.post(address, data=data, headers=script)
    assert refused.status_code == 409
    assert refused.json is not None
    assert "clashes" not in refused.json
    versions = reviewer.get(f"{address}/versions").text
    assert "Premier jet." in versions
    assert "Tiers-lieu des coteaux" not in versions


def test_an_interest_found_while_reading_closes_the_file_on_every_page(
    sign_in: SignIn, factory: SessionFactory, world: World, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    with unit_of_work(factory) as session:
        world.person(session, "reviewer").organisation_id = world.town_id
    assert "Tiers-lieu des coteaux" not in reviewer.get(address).text
    assert "Tiers-lieu des coteaux" not in reviewer.get("/evaluations").text
    answer = reviewer.post(address, grid(page, mark_1="5"), on="/compte")
    assert answer.status_code == 409
    assert "Tiers-lieu des coteaux" not in answer.text
    assert read(factory, pair[0]).scores == []


def test_versions_tell_what_changed_to_the_reviewer_and_the_fund_alone(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    given = grid(reviewer.get(address).text, mark_1="5", mark_2="4", comment_1="Un projet solide.", submit="1")
    assert reviewer.post(address, given, on=address).status_code == 303
    peer = sign_in("reviewer2")
    assert peer.get(address).status_code == 200
    assert peer.get(f"{address}/versions").status_code == 404
    version = version_on(reviewer.get(address).text)
    reviewer.post(f"/etapes/review/{pair[0]}/reopen", {"version": version}, on=address)
    again = grid(reviewer.get(address).text, mark_1="2", comment_1="Un projet fragile.")
    assert reviewer.post(address, again, on=address).status_code == 303
    for browser in (reviewer, sign_in("officer")):
        page = browser.get(f"{address}/versions").text
        assert re.search(r"<del>.*?solide", page, re.DOTALL)
        assert re.search(r"<ins>.*?fragile", page, re.DOTALL)
        assert page.count("SHA-256") == 1
    assert "solide" in reviewer.get(f"{address}/versions", a="1").text
    assert reviewer.get(f"{address}/versions", a="9").status_code == 404
    assert sign_in("member").get(f"{address}/versions").status_code == 404


def test_a_mark_below_its_threshold_is_flagged(
    sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]
) -> None:
    with unit_of_work(factory) as session:
        review = session.scalars(select(Review).where(Review.reference == pair[0])).one()
        criterion = review.application.call.criteria[0]
        criterion.threshold, criterion.help_fr = 3, "Pour qui, et combien."
        criterion.anchors = [{"fr": f"Ancre {mark}", "en": f"Anchor {mark}"} for mark in range(6)]
    reviewer, address = sign_in("reviewer"), f"/evaluations/{pair[0]}"
    page = reviewer.get(address).text
    assert "Pour qui, et combien." in page
    assert "Ancre 5" in page
    assert "threshold-flag" not in page
    assert reviewer.post(address, grid(page, mark_1="2"), on=address).status_code == 303
    assert reviewer.get(address).text.count("threshold-flag") == 1


def test_an_officer_moves_the_due_date(sign_in: SignIn, factory: SessionFactory, pair: tuple[str, str]) -> None:
    officer, address = sign_in("officer"), f"/evaluations/{pair[0]}"
    version = version_on(officer.get(address).text)
    past = officer.post(f"{address}/echeance", {"version": version, "due_at": "2020-01-01T12:00"}, on=address)
    assert past.status_code == 422
    nothing = officer.post(f"{address}/echeance", {"version": version, "due_at": ""}, on=address)
    assert nothing.status_code == 422
    sent = {"version": version, "due_at": "2099-01-01T12:00"}
    assert officer.post(f"{address}/echeance", sent, on=address).status_code == 303
    assert "1er\u00a0janvier\u00a02099" in sign_in("reviewer").get("/evaluations").text
    stale = officer.post(f"{address}/echeance", {**sent, "due_at": "2099-01-02T12:00"}, on=address)
    assert stale.status_code == 409
    assert sign_in("reviewer").post(f"{address}/echeance", sent, on=address).status_code == 403


def test_the_desk_asks_as_many_questions_for_one_file_as_for_ten(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        world.assigned(session)
    reviewer = sign_in("reviewer")
    first = count_statements(lambda: reviewer.get("/evaluations"))
    with unit_of_work(factory) as session:
        for number in range(9):
            world.assigned(session, title=f"Dossier {number}")
    assert count_statements(lambda: reviewer.get("/evaluations")) == first


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
