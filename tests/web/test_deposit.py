"""Reading a file over, signing it and submitting it: once, in time, under a name."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from fund.db import SessionFactory, unit_of_work
from fund.documents.words import instant_to_the_second
from fund.forms.definition import DeadlineRule, FieldType, LateRule
from fund.models import Application, Receipt
from fund.models.base import utc_now
from fund.services.applications import extend_deadline
from fund.services.steps import take_step
from fund.services.writing import save_part
from tests.filling import complete_draft, example, open_call
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load, version_on
from workflows.application import ApplicationState

SignIn = Callable[[str], Browser]
SIGNED = {"declared": "y", "signatory_name": "Camille Essai", "signatory_function": "Présidente"}
STEPS = [
    {"step": "Diagnostic", "until": "2027-03-31", "pilot": "Commune d'essai", "outside_help": "no"},
    {
        "step": "Ouverture",
        "until": "2027-09-01",
        "pilot": "Association",
        "outside_help": "yes",
        "contractor": "Travaux",
    },
]
ANSWERS: dict[str, dict[str, Any]] = {
    "need": {
        "audiences": ["young", "other"],
        "other_audience": "Les aidants",
        "people": "1250",
        "has_site": "yes",
        "site": {"street": "1 place de la Mairie", "postcode": "31120", "commune": "Roques (Haute-Garonne)"},
        "territories": ["com:31458", "dep:31"],
        "site_web": "https://essai.example/projet",
    },
    "partnership": {"origin": "existing", "since": "2024-05-02", "steps": STEPS},
    "impact": {"goals": ["11", "17"], "levers": ["2"], "measures": ["2.1"]},
    "practical": {"telephone": "05 61 23 45 67", "earlier_aid": "yes", "earlier_aid_amount": "12000,50"},
}


@pytest.fixture
def complete(factory: SessionFactory, world: World) -> str:
    """A file of the example call, with every type of field, to which nothing is missing."""
    with unit_of_work(factory) as session:
        application = complete_draft(session, world, open_call(session, world))
        for key, answers in ANSWERS.items():
            save_part(session, world["applicant"], application, key, answers, base=99)
        return application.reference


def deposit_page(reference: str) -> str:
    return f"/mes-dossiers/{reference}/depot"


def send(browser: Browser, reference: str, **changes: str) -> Any:
    """Sign and submit as a person who opened the page just now."""
    path = deposit_page(reference)
    page = browser.get(path).text
    assert 'name="declared"' in page, "the file cannot be submitted"
    return browser.post(path, {"version": version_on(page), **SIGNED, **changes}, on=path)


# --- reading over -----------------------------------------------------------------------------------------------


def test_every_type_of_answer_is_read_in_words(sign_in: SignIn, complete: str) -> None:
    assert {question.type for section in example().form.sections for question in section.fields} >= set(FieldType)
    page = sign_in("applicant").get(deposit_page(complete)).text
    read = page[page.index('class="reading"') :]
    for words in (
        "Un atelier partagé",  # the project
        "Roques (Haute-Garonne)",  # its commune
        "Les jeunes de 16 à 25 ans",  # choices
        "Les aidants",  # shown by a condition
        "1\u202f250",  # a number
        "1 place de la Mairie",  # an address
        "Haute-Garonne",  # a territory
        'href="https://essai.example/projet"',
        "Ses membres ont déjà mené un projet ensemble",  # a choice
        "2\u00a0mai\u00a02024",  # a date
        "Travaux",  # a cell of a row
        "11. ",  # an SDG by its number and name
        "Levier 2",
        "Mesure 2.1",
        "05 61 23 45 67",
        "12\u202f000,50\u00a0€",  # an amount
        "piece.pdf",  # a document
        "Étude de terrain",  # a line of the budget
        "40\u202f000,00\u00a0€",  # its total
        "Dominique Essai",  # a consent
        "Entreprise d&#39;essai",
    ):
        assert words in read, words
    assert "11. Villes et communautés durables" in read
    assert 'class="financing"' in read
    assert "Avant d’écrire" not in read  # a note is no answer


def test_an_answer_that_is_not_asked_is_not_read(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        save_part(session, world["applicant"], application, "need", {"audiences": ["young"]}, base=99)
    assert "Les aidants" not in sign_in("applicant").get(deposit_page(complete)).text


def test_scripts_in_answers_stay_texts(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    evil = "<script>alert(1)</script>"
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        typed = {"other_audience": evil, "site_web": "javascript:alert(1)"}
        save_part(session, world["applicant"], application, "need", typed, base=99)
    page = sign_in("applicant").get(deposit_page(complete)).text
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="javascript:' not in page


def test_what_is_missing_leads_to_its_field(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        save_part(session, world["applicant"], application, "need", {"people": "beaucoup"}, base=99)
    page = sign_in("applicant").get(deposit_page(complete)).text
    assert re.search(rf'href="/mes-dossiers/{complete}/ecrire/need\?[^"]*#q-people"', page)
    assert "beaucoup" in page
    assert 'name="declared"' not in page


def test_the_page_says_until_when_to_the_second(
    sign_in: SignIn, factory: SessionFactory, world: World, complete: str
) -> None:
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        deadline = application.submission_deadline
        assert deadline - application.call.closes_at == timedelta(minutes=30)
    assert instant_to_the_second(deadline, "fr") in sign_in("applicant").get(deposit_page(complete)).text


# --- signing ----------------------------------------------------------------------------------------------------


def test_the_declaration_is_read_in_the_language_of_the_page(sign_in: SignIn, complete: str) -> None:
    browser = sign_in("applicant")
    words = example().declaration
    assert words.fr.split("\n")[0] in browser.get(deposit_page(complete)).text
    browser.client.get("/langue/en")
    assert words.en.split("\n")[0] in browser.get(deposit_page(complete)).text


def test_who_signs_is_who_is_signed_in_unless_another_name_is_given(
    sign_in: SignIn, complete: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    page = browser.get(deposit_page(complete)).text
    assert re.search(r'name="signatory_name"[^>]*value="Applicant"', page)
    assert send(browser, complete).status_code == 303
    with factory() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert (receipt.signatory_name, receipt.signatory_function) == ("Camille Essai", "Présidente")
        assert receipt.facts["declaration"]["fr"] == example().declaration.fr


@pytest.mark.parametrize(("name", "value"), [("declared", ""), ("signatory_name", "  ")])
def test_nothing_is_submitted_without_declaration_or_name(
    sign_in: SignIn, complete: str, factory: SessionFactory, name: str, value: str
) -> None:
    answer = send(sign_in("applicant"), complete, **{name: value})
    assert answer.status_code == 422
    assert f'href="#{name}"' in answer.text
    assert "Présidente" in answer.text  # what was typed stays
    assert load(factory, complete).state is ApplicationState.DRAFT


def test_a_call_without_declaration_asks_for_its_box_alone(
    sign_in: SignIn, make: Callable[..., str], factory: SessionFactory
) -> None:
    reference, browser = make("draft"), sign_in("applicant")
    page = browser.get(deposit_page(reference)).text
    assert 'name="signatory_name"' not in page
    path = deposit_page(reference)
    assert browser.post(path, {"version": version_on(page)}, on=path).status_code == 422
    answer = browser.post(path, {"version": version_on(page), "declared": "y"}, on=path)
    assert answer.status_code == 303
    with factory() as session:
        assert session.scalars(select(Receipt.signatory_name)).one() == "Applicant"


def test_after_the_deposit_the_hub_leads_to_the_receipt(sign_in: SignIn, complete: str) -> None:
    browser = sign_in("applicant")
    answer = send(browser, complete)
    assert answer.location == f"/mes-dossiers/{complete}"
    page = browser.get(answer.location).text
    assert f"/mes-dossiers/{complete}/recus/1.pdf" in page
    assert "Camille Essai, Présidente" in page
    assert 'name="declared"' not in browser.get(deposit_page(complete)).text


# --- twice, and too late ----------------------------------------------------------------------------------------


def test_the_second_browser_is_told_and_given_the_receipt(
    sign_in: SignIn, complete: str, factory: SessionFactory
) -> None:
    first, second = sign_in("applicant"), sign_in("applicant")
    path = deposit_page(complete)
    version = version_on(second.get(path).text)
    token = second.token(path)
    assert send(first, complete).status_code == 303
    answer = second.client.post(path, data={"csrf_token": token, "version": version, **SIGNED})
    assert answer.status_code == 409
    assert f"/mes-dossiers/{complete}/recus/1.pdf" in answer.text
    with factory() as session:
        assert session.scalar(select(func.count(Receipt.id))) == 1


def test_one_second_late_says_when_it_was_and_what_to_do(
    sign_in: SignIn, complete: str, factory: SessionFactory
) -> None:
    path = deposit_page(complete)
    version = version_on(sign_in("applicant").get(path).text)
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        deadline = application.submission_deadline
    with time_machine.travel(deadline + timedelta(seconds=1), tick=False):
        fresh = sign_in("applicant")
        token = fresh.token("/compte")
        answer = fresh.client.post(path, data={"csrf_token": token, "version": version, **SIGNED})
    assert answer.status_code == 409
    assert instant_to_the_second(deadline, "fr") in answer.text
    assert instant_to_the_second(deadline + timedelta(seconds=1), "fr") in answer.text
    assert f"/mes-dossiers/{complete}/echanges" in answer.text
    file = load(factory, complete)
    assert file.state is ApplicationState.DRAFT
    assert file.title == "Un atelier partagé"


def test_during_the_grace_and_with_an_extension_the_file_says_so(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        closes_at, deadline = application.call.closes_at, application.submission_deadline
    with time_machine.travel(closes_at + timedelta(minutes=10), tick=False):
        browser = sign_in("applicant")
        assert instant_to_the_second(deadline, "fr") in browser.get(f"/mes-dossiers/{complete}").text
        until = closes_at + timedelta(days=2)
        with unit_of_work(factory) as session:
            application = session.scalars(select(Application).where(Application.reference == complete)).one()
            extend_deadline(session, world["officer"], application, until=until, reason="Panne du réseau.")
        assert instant_to_the_second(until, "fr") in browser.get(deposit_page(complete)).text
        assert send(browser, complete).status_code == 303


def test_the_members_whose_consent_is_awaited_are_named(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = complete_draft(session, world, open_call(session, world))
        company = next(m for m in application.members if m.organisation_id == world.company_id)
        company.consents.clear()
        company.asked_at = utc_now()
        reference = application.reference
    page = sign_in("applicant").get(f"/mes-dossiers/{reference}").text
    standing = page[page.index('class="standing"') :]
    standing = standing[: standing.index("</section>")]
    assert "Entreprise d&#39;essai" in standing
    assert "Commune d&#39;essai" not in standing


def test_a_withdrawal_says_why_on_the_same_page(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    browser = sign_in("applicant")
    send(browser, complete)
    hub = f"/mes-dossiers/{complete}"
    page = browser.get(hub).text
    assert f'action="/etapes/application/{complete}/withdraw"' in page
    sent = {"version": version_on(page), "reason": "Le terrain n’est plus libre."}
    assert browser.post(f"/etapes/application/{complete}/withdraw", sent, on=hub).status_code == 303
    assert load(factory, complete).state is ApplicationState.WITHDRAWN
    assert "Le terrain n’est plus libre." in browser.get(hub).text


def test_a_strict_call_closes_on_the_second(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        call = open_call(session, world, deadline=DeadlineRule(LateRule.STRICT))
        reference, closes_at = complete_draft(session, world, call).reference, call.closes_at
    with time_machine.travel(closes_at, tick=False):
        page = sign_in("applicant").get(deposit_page(reference)).text
    assert "tone-danger" in page
    assert 'name="declared"' not in page


def test_a_step_that_was_taken_elsewhere_is_no_error_of_the_signatory(
    sign_in: SignIn, complete: str, factory: SessionFactory, world: World
) -> None:
    """Submitted through the API while the page was open: the page says so, whatever is missing in its form."""
    browser, path = sign_in("applicant"), deposit_page(complete)
    version, token = version_on(browser.get(path).text), browser.token(path)
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == complete)).one()
        inputs = {"declared": True, "signatory_name": "Camille Essai"}
        take_step(session, world["applicant"], application, "submit", inputs=inputs)
    answer = browser.client.post(path, data={"csrf_token": token, "version": version})
    assert answer.status_code == 409
    assert "recus/1.pdf" in answer.text
