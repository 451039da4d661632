"""Distributing a call's files as its officers meet it."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select

from fund.db import SessionFactory, unit_of_work
from fund.models import AssignmentPlan, PlanState, Review
from fund.services import assignment_plans
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.assigning import apply_all, computed, more_reviewers, references
from tests.web.conftest import Browser
from workflows.review import ReviewState

SignIn = Callable[[str], Browser]


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the application sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def desk(call_reference: str) -> str:
    return f"/gestion/appels/{call_reference}/repartition"


def submitted(factory: SessionFactory, world: World, count: int = 1, **fields: str) -> list[str]:
    with unit_of_work(factory) as session:
        return [world.submitted(session, **fields).reference for _ in range(count)]


def people_of(factory: SessionFactory, world: World) -> dict[str, str]:
    with factory() as session:
        return references(session, world)


def ready_plan(factory: SessionFactory, world: World) -> int:
    with unit_of_work(factory) as session:
        return computed(session, world).id


def plan_of(factory: SessionFactory, plan_id: int) -> AssignmentPlan:
    with factory() as session:
        return session.get_one(AssignmentPlan, plan_id)


def count_reviews(factory: SessionFactory) -> int:
    with factory() as session:
        return session.scalar(select(func.count(Review.id))) or 0


def due_on(page: str) -> str:
    found = re.search(r'name="due_at"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


# --- the overview and giving by hand ------------------------------------------------------------------------


def test_the_overview_shows_who_reads_what(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    with unit_of_work(factory) as session:
        world.assigned(session, title="Jardins du bassin")
        world.submitted(session, title="Recyclerie")
        world.draft(session, title="Encore secret")
    page = sign_in("officer").get(desk).text
    assert "Reviewer, Reviewer2" in page
    assert "Recyclerie" in page
    assert "Encore secret" not in page
    lacking = sign_in("auditor").get(desk, incomplets="oui").text
    assert "Jardins du bassin" not in lacking
    assert "Recyclerie" in lacking
    assert 'name="files"' not in lacking, "an auditor reads"
    for name in ("applicant", "reviewer", "finance"):
        assert sign_in(name).get(desk).status_code == 403


def test_an_officer_with_an_interest_finds_no_such_file(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    submitted(factory, world, title="Jardins du bassin")
    plan_id = ready_plan(factory, world)
    with unit_of_work(factory) as session:
        world.person(session, "officer2").organisation_id = world.town_id
    page, plan = sign_in("officer2").get(desk), sign_in("officer2").get(f"{desk}/propositions/{plan_id}")
    assert (page.status_code, plan.status_code) == (200, 200)
    assert "Jardins" not in page.text + plan.text
    assert "Jardins" in sign_in("officer").get(f"{desk}/propositions/{plan_id}").text


def test_ticked_files_go_to_ticked_reviewers(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    files, people = submitted(factory, world, 2), people_of(factory, world)
    officer = sign_in("officer")
    page = officer.get(desk).text
    given = {"files": files, "readers": [people["reviewer"], people["reviewer2"]], "due_at": due_on(page)}
    answer = officer.post(desk, given, on=desk)
    assert answer.status_code == 303
    assert count_reviews(factory) == 4
    after = officer.get(desk).text
    assert after.count("Reviewer, Reviewer2") + after.count("Reviewer2, Reviewer") == 2

    again = officer.post(desk, {**given, "readers": [people["reviewer"], people["reviewer3"]]}, on=desk)
    assert again.status_code == 200
    assert count_reviews(factory) == 6
    refusals = re.search(r'<div class="notice tone-danger".*?</div>', again.text, re.DOTALL)
    assert refusals
    assert [refusals[0].count(name) for name in (files[0], files[1], "Reviewer", "Reviewer3")] == [1, 1, 2, 0]


@pytest.mark.parametrize("missing", ["files", "readers", "due_at"])
def test_giving_needs_files_readers_and_a_date(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str, missing: str
) -> None:
    files, people = submitted(factory, world), people_of(factory, world)
    officer = sign_in("officer")
    given = {"files": files, "readers": [people["reviewer"]], "due_at": due_on(officer.get(desk).text)}
    given[missing] = "" if missing == "due_at" else []
    answer = officer.post(desk, given, on=desk)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert f"{missing}\u00a0:" not in answer.text, "a field is named in words"
    assert count_reviews(factory) == 0
    if missing != "files":
        assert re.search(rf'value="{files[0]}"[^>]* checked', answer.text), "what was ticked stays ticked"


def test_the_overview_costs_as_many_statements_for_many_files(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str, statements: list[str]
) -> None:
    with unit_of_work(factory) as session:
        world.assigned(session)
    officer = sign_in("officer")
    officer.get(desk)
    del statements[:]
    officer.get(desk)
    few = len(statements)
    with unit_of_work(factory) as session:
        more_reviewers(session, 10)
        for _ in range(8):
            world.assigned(session)
    del statements[:]
    officer.get(desk)
    assert len(statements) == few


# --- proposals ----------------------------------------------------------------------------------------------


def test_a_proposal_is_asked_for_and_followed(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    submitted(factory, world, 2)
    people, officer = people_of(factory, world), sign_in("officer")
    form = officer.get(f"{desk}/proposer").text
    assert all(re.search(rf'value="{reference}"[^>]* checked', form) for reference in people.values())
    wish = {"needed": "2", "cap": "", "competence": "70", "territory": "30", "balance": "20"}
    refused = officer.post(f"{desk}/proposer", {**wish, "readers": []}, on=f"{desk}/proposer")
    assert refused.status_code == 422
    answer = officer.post(f"{desk}/proposer", {**wish, "readers": list(people.values())}, on=f"{desk}/proposer")
    assert answer.status_code == 303
    page = officer.get(answer.location).text
    assert "data-plan=" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    state = officer.get(f"{answer.location}/etat").get_json()
    assert (state["state"], state["done"]) == ("computing", 0)
    second = officer.post(f"{desk}/proposer", {**wish, "readers": list(people.values())}, on=f"{desk}/proposer")
    assert second.status_code == 409
    with unit_of_work(factory) as session:
        plan = session.scalars(select(AssignmentPlan)).one()
        assert plan.parameters["weights"] == {"competence": 70, "territory": 30, "balance": 20}
        assignment_plans.compute_plan(session, plan)
    page = officer.get(answer.location).text
    assert "data-plan=" not in page
    assert page.count("/rayer") == 4
    assert "/envoyer" in page


@pytest.mark.parametrize(
    "wish",
    [{"needed": "0"}, {"needed": "x"}, {"cap": "0"}, {"competence": "101"}, {"balance": "-1"}],
)
def test_a_wish_that_means_nothing_is_refused(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str, wish: dict[str, str]
) -> None:
    people = people_of(factory, world)
    whole = {"needed": "2", "cap": "", "competence": "70", "territory": "30", "balance": "20", **wish}
    answer = sign_in("officer").post(
        f"{desk}/proposer", {**whole, "readers": list(people.values())}, on=f"{desk}/proposer"
    )
    assert answer.status_code == 422
    assert all(re.search(rf'value="{reference}"[^>]* checked', answer.text) for reference in people.values())


def test_a_pair_is_struck_out_and_the_rest_is_sent(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    submitted(factory, world, 1)
    plan_id, officer = ready_plan(factory, world), sign_in("officer")
    page = f"{desk}/propositions/{plan_id}"
    first, second = assignment_plans.pairs_of(plan_of(factory, plan_id))
    pair = {"file": first.file, "reader": first.reader}
    assert officer.post(f"{page}/rayer", pair, on=page).status_code == 303
    assert "is-struck" in officer.get(page).text
    assert officer.post(f"{page}/rayer", {**pair, "back": "1"}, on=page).status_code == 303
    assert "is-struck" not in officer.get(page).text
    officer.post(f"{page}/rayer", pair, on=page)
    assert officer.post(f"{page}/rayer", {**pair, "file": "DO-AUCUN"}, on=page).status_code == 404

    behind = officer.post(f"{page}/envoyer", {"due_at": "2020-01-01T10:00"}, on=page)
    assert behind.status_code == 422
    sent = officer.post(f"{page}/envoyer", {"due_at": due_on(officer.get(page).text)}, on=page)
    assert sent.status_code == 303
    assert officer.get(f"{page}/etat").get_json()["state"] == "applying"
    twice = officer.post(f"{page}/envoyer", {"due_at": "2099-01-01T10:00"}, on=page)
    assert twice.status_code == 409
    with unit_of_work(factory) as session:
        assert apply_all(session, session.get_one(AssignmentPlan, plan_id)) == 1
        [review] = session.scalars(select(Review)).all()
        assert review.reviewer.reference == second.reader
    assert plan_of(factory, plan_id).state is PlanState.APPLIED


def test_what_was_refused_at_sending_stands_on_the_page(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str
) -> None:
    submitted(factory, world, 1, title="Jardins du bassin")
    plan_id = ready_plan(factory, world)
    with unit_of_work(factory) as session:
        plan = session.get_one(AssignmentPlan, plan_id)
        assignment_plans.send_plan(session, world["officer"], plan)
        for name in ("reviewer", "reviewer2", "reviewer3"):
            world.person(session, name).organisation_id = world.town_id
        session.flush()
        apply_all(session, plan)
    page = sign_in("officer").get(f"{desk}/propositions/{plan_id}").text
    assert 'id="refused-title"' in page
    assert page.count("Jardins du bassin") >= 2
    assert count_reviews(factory) == 0


def test_a_proposal_is_put_aside(sign_in: SignIn, factory: SessionFactory, world: World, desk: str) -> None:
    submitted(factory, world, 1)
    plan_id, officer = ready_plan(factory, world), sign_in("officer")
    page = f"{desk}/propositions/{plan_id}"
    assert f"/propositions/{plan_id}" in officer.get(desk).text
    assert sign_in("auditor").post(f"{page}/abandonner", on="/compte").status_code == 403
    assert officer.post(f"{page}/abandonner", on=page).status_code == 303
    assert plan_of(factory, plan_id).state is PlanState.DISCARDED
    assert officer.get(page).status_code == 200
    again = officer.post(f"{page}/abandonner", on=desk)
    assert (again.status_code, again.location) == (303, page)
    assert officer.get(f"{desk}/propositions/{plan_id + 1}").status_code == 404


def test_a_proposal_costs_as_many_statements_for_many_files(
    sign_in: SignIn, factory: SessionFactory, world: World, desk: str, statements: list[str]
) -> None:
    submitted(factory, world, 2)
    officer, first = sign_in("officer"), ready_plan(factory, world)
    officer.get(f"{desk}/propositions/{first}")
    del statements[:]
    officer.get(f"{desk}/propositions/{first}")
    few = len(statements)
    submitted(factory, world, 8)
    second = ready_plan(factory, world)
    del statements[:]
    page = officer.get(f"{desk}/propositions/{second}").text
    assert page.count("/rayer") == 20
    assert len(statements) == few


# --- when somebody declines ---------------------------------------------------------------------------------


def test_a_replacement_is_asked_with_one_click(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        application = world.assigned(session)
        reference = application.reference
        take_step(session, world["reviewer"], application.reviews[0], "decline", inputs={"reason": "Absente."})
    officer, page = sign_in("officer"), f"/dossiers/{reference}/evaluations"
    text = officer.get(page).text
    assert 'id="replacements-title"' in text
    third = people_of(factory, world)["reviewer3"]
    section = text.partition('id="replacements-title"')[2].partition("</section>")[0]
    assert third in section
    assert people_of(factory, world)["reviewer"] not in section, "who declined is not asked again"
    assert text.count("<strong>A refusé ce dossier.</strong>") == 1, "an officer who asks her again knows it"
    answer = officer.post(page, {"reviewer": third, "due_at": due_on(section)}, on=page)
    assert answer.status_code == 303
    with factory() as session:
        query = select(Review).where(Review.reviewer_id == world.people["reviewer3"])
        review = session.scalars(query).one()
        assert review.state is ReviewState.ASSIGNED
        assert review.due_at is not None
    assert 'id="replacements-title"' not in officer.get(page).text
