"""Finding, submitting and following one's files, as an applicant does without JavaScript."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Collaborator, Right
from fund.services.applications import edit_application
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load, version_on
from workflows.application import ApplicationState
from workflows.voting import Outcome

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


@pytest.mark.parametrize("tail", ["", "/ecrire/project", "/depot"])
@pytest.mark.parametrize("name", ["stranger", "officer", "reviewer"])
def test_only_its_authors_find_a_file_here(sign_in: SignIn, make: Make, name: str, tail: str) -> None:
    reference = make("in_review")
    assert sign_in(name).get(f"/mes-dossiers/{reference}{tail}").status_code == 404


def test_a_collaborator_who_may_read_may_not_write_or_submit(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    reference = make("draft")
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == reference)).one()
        reader = Collaborator(person_id=world.people["stranger"], right=Right.READ)
        application.collaborators.append(reader)
    browser = sign_in("stranger")
    page = browser.get(f"/mes-dossiers/{reference}")
    assert page.status_code == 200
    assert "Retirer le dossier" not in page.text
    assert browser.get(f"/mes-dossiers/{reference}/ecrire/project").status_code == 403
    assert 'name="declared"' not in browser.get(f"/mes-dossiers/{reference}/depot").text
    sent = {"version": str(load(factory, reference).version), "declared": "y"}
    assert browser.post(f"/mes-dossiers/{reference}/depot", sent, on="/compte").status_code == 403
    assert load(factory, reference).state is ApplicationState.DRAFT


def test_a_complete_file_is_read_over_declared_and_submitted(
    sign_in: SignIn, make: Make, factory: SessionFactory
) -> None:
    browser, reference = sign_in("applicant"), make("draft")
    path = f"/mes-dossiers/{reference}/depot"
    page = browser.get(path).text
    assert "Entreprise d&#39;essai" in page
    undeclared = browser.post(path, {"version": version_on(page)}, on=path)
    assert undeclared.status_code == 422
    assert 'href="#declared"' in undeclared.text
    assert load(factory, reference).state is ApplicationState.DRAFT

    answer = browser.post(path, {"version": version_on(page), "declared": "y"}, on=path)
    assert answer.status_code == 303
    assert load(factory, reference).state is ApplicationState.SUBMITTED
    shown = browser.client.get(answer.headers["Location"]).text
    assert "Votre dossier est déposé" in shown
    assert "Le fonds vérifie que votre dossier est complet" in shown


def test_an_incomplete_file_is_refused_with_everything_that_is_missing(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/{empty}/depot"
    page = browser.get(path).text
    assert 'name="declared"' not in page
    refused = browser.post(path, {"version": "1", "declared": "y"}, on="/compte")
    assert refused.status_code == 409
    for sentence in ("Encore vide\u00a0: Titre du projet", "Collectivité", "Entreprise"):
        assert sentence in refused.text
    assert load(factory, empty).state is ApplicationState.DRAFT


def test_a_file_changed_since_it_was_read_over_is_not_submitted(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    browser, reference = sign_in("applicant"), make("draft")
    path = f"/mes-dossiers/{reference}/depot"
    version = version_on(browser.get(path).text)
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == reference)).one()
        edit_application(session, world["applicant"], application, title="Autre titre")
    page = browser.post(path, {"version": version, "declared": "y"}, on=path)
    assert page.status_code == 409
    assert "Autre titre" in page.text
    assert load(factory, reference).state is ApplicationState.DRAFT


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ("draft", "Votre dossier n’est pas encore déposé"),
        ("submitted", "Le fonds vérifie"),
        ("in_review", "en cours d’évaluation"),
        ("reviewed", "Les évaluations sont rendues"),
        ("before_committee", "attend la décision du comité"),
        ("funded", "La convention est en préparation"),
        ("reported", "Les comptes sont clos"),
    ],
)
def test_each_file_says_where_it_stands(sign_in: SignIn, make: Make, method: str, sentence: str) -> None:
    browser, reference = sign_in("applicant"), make(method)
    assert sentence in browser.get(f"/mes-dossiers/{reference}").text
    assert reference in browser.get("/mes-dossiers").text


@pytest.mark.parametrize(
    ("outcome", "amount", "motivation", "sentence"),
    [
        (Outcome.DECLINED, None, "L’entreprise manque encore.", "n’a pas été retenu"),
        (Outcome.WAITLISTED, Decimal(15_000), "Bon projet, enveloppe courte.", "Votre rang\u00a0: 1"),
    ],
)
def test_a_decision_is_shown_with_its_motivation(
    sign_in: SignIn, make: Make, outcome: Outcome, amount: Decimal | None, motivation: str, sentence: str
) -> None:
    reference = make("decided", outcome=outcome, amount=amount, motivation=motivation)
    page = sign_in("applicant").get(f"/mes-dossiers/{reference}").text
    assert sentence in page
    assert motivation in page
    assert "Chair" not in page  # the committee decides, not a person of it


def test_a_funded_file_leads_to_its_agreement_and_its_report(
    sign_in: SignIn, world: World, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        references = (award.application.reference, award.reference, award.reports[0].reference)
    page = sign_in("applicant").get(f"/mes-dossiers/{references[0]}").text
    assert f'/attributions/{references[1]}"' in page
    assert f'/comptes-rendus/{references[2]}"' in page
    assert "15\u202f000,00" in page


def test_a_file_is_withdrawn_with_a_reason(sign_in: SignIn, make: Make, factory: SessionFactory) -> None:
    browser, reference = sign_in("applicant"), make("submitted")
    home, step = f"/mes-dossiers/{reference}", f"/etapes/application/{reference}/withdraw"
    version = version_on(browser.get(home).text)
    refused = browser.post(step, {"version": version, "reason": " "}, on=home)
    assert refused.status_code == 409
    assert load(factory, reference).state is ApplicationState.SUBMITTED
    answer = browser.post(step, {"version": version, "reason": "Le terrain est vendu."}, on=home)
    assert answer.status_code == 303
    page = browser.get(home).text
    assert "Vous avez retiré ce dossier" in page
    assert "Le terrain est vendu." in page


def test_a_step_on_a_file_changed_meanwhile_keeps_the_reason_typed(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    browser, reference = sign_in("applicant"), make("draft")
    home, step = f"/mes-dossiers/{reference}", f"/etapes/application/{reference}/withdraw"
    version = version_on(browser.get(home).text)
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == reference)).one()
        edit_application(session, world["applicant"], application, title="Autre titre")
    page = browser.post(step, {"version": version, "reason": "Le terrain est vendu."}, on=home)
    assert page.status_code == 409
    assert "Le terrain est vendu." in page.text
    again = browser.post(step, {"version": version_on(page.text), "reason": "Le terrain est vendu."}, on=home)
    assert again.status_code == 303


def test_the_list_costs_the_same_with_many_files(sign_in: SignIn, world: World, factory: SessionFactory) -> None:
    browser = sign_in("applicant")
    counted: list[int] = []
    for added in (2, 10):
        with unit_of_work(factory) as session:
            for _ in range(added):
                world.draft(session)
        statements: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any, kept: list[str] = statements) -> None:
            kept.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert browser.get("/mes-dossiers").status_code == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counted.append(len(statements))
    assert counted[0] == counted[1] > 0


def test_the_space_is_empty_before_the_first_file(sign_in: SignIn) -> None:
    page = sign_in("stranger").get("/mes-dossiers")
    assert "Vous n’avez pas encore de dossier" in page.text


def test_it_speaks_english_throughout(sign_in: SignIn, make: Make) -> None:
    browser, reference = sign_in("applicant"), make("draft")
    browser.client.get("/langue/en")
    said = {"": "Your draft is not submitted yet", "/ecrire/project": "Save and go on", "/depot": "Read over"}
    for tail, sentence in said.items():
        page = browser.get(f"/mes-dossiers/{reference}{tail}").text
        assert sentence in page
        assert '<html lang="en">' in page
