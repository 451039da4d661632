"""Asking for corrections place by place, making just those, and seeing what became of each."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.forms.project import BUDGET
from fund.models import Application, Document
from fund.models.base import utc_now
from fund.services import reviews
from fund.services.applications import edit_application
from fund.services.references import new_reference
from fund.services.steps import take_step
from fund.services.writing import save_part
from tests.filling import BUDGET_ANSWERS, DECLARED, complete_draft, open_call
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load, version_on
from workflows.application import ApplicationState

SignIn = Callable[[str], Browser]
Marks = dict[str, dict[str, str]]


def soon(days: int = 5) -> str:
    return (utc_now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def file_of(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


def mark(reason: str, kind: str = "wrong") -> dict[str, str]:
    return {"kind": kind, "reason": reason}


@pytest.fixture
def submitted(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return world.submitted(session, title="Jardins du bassin").reference


@pytest.fixture
def deposited(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        application = complete_draft(session, world, open_call(session, world))
        take_step(session, world["applicant"], application, "submit", inputs=DECLARED)
        return application.reference


@pytest.fixture
def give_back(factory: SessionFactory, world: World) -> Callable[[str, Mapping[str, Any]], None]:
    def act(reference: str, marks: Mapping[str, Any]) -> None:
        with unit_of_work(factory) as session:
            inputs = {
                "reason": "Deux points à revoir.",
                "return_due_at": utc_now() + timedelta(days=7),
                "corrections": marks,
            }
            take_step(session, world["officer"], file_of(session, reference), "return", inputs=inputs)

    return act


# --- the officer asks -------------------------------------------------------------------------------------------


def test_each_place_can_be_marked_with_a_kind_and_a_reason(
    sign_in: SignIn, deposited: str, factory: SessionFactory
) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{deposited}/corrections"
    page = officer.get(address).text
    with factory() as session:
        application = file_of(session, deposited)
        member = application.members[1].id
    places = {
        "title": "wrong",
        "contact_name": "missing",
        f"members.{member}": "outdated",
        "need.people": "wrong",
        "budget.charges": "wrong",
        "asked.bank_details": "outdated",
        f"asked.mandate.{member}": "missing",
    }
    sent = {"version": version_on(page), "reason": "À compléter.", "return_due_at": soon()}
    for place, kind in places.items():
        assert f'name="kind-{place}"' in page, place
        sent |= {f"kind-{place}": kind, f"reason-{place}": f"Au sujet de {place}."}
    assert "form.partnership.agreement" not in page  # hidden by its condition: nothing to mark
    assert officer.post(address, sent, on=address).status_code == 303
    file = load(factory, deposited)
    assert file.state is ApplicationState.RETURNED
    assert file.corrections == {
        place: {"kind": kind, "reason": f"Au sujet de {place}."} for place, kind in places.items()
    }


def test_the_page_shows_what_is_written_and_what_the_checks_find(
    sign_in: SignIn, deposited: str, factory: SessionFactory
) -> None:
    address = f"/dossiers/{deposited}/corrections"
    officer = sign_in("officer")
    page = officer.get(address).text
    assert "Un atelier partagé" in page
    assert "Étude de terrain" in page
    assert 'class="suggestion"' not in page
    with unit_of_work(factory) as session:
        document = next(d for d in file_of(session, deposited).documents if d.slot == "asked.bank_details")
        document.removed_at = utc_now()
    page = officer.get(address).text
    found = page[page.index('class="suggestion"') :]
    assert found.index('name="kind-asked.bank_details"') < found.index("</details>")


@pytest.mark.parametrize("given", [{"kind-title": "wrong"}, {"reason-title": "Trop long."}])
def test_a_mark_needs_both_its_kind_and_its_reason(
    sign_in: SignIn, submitted: str, factory: SessionFactory, given: dict[str, str]
) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{submitted}/corrections"
    sent = {"version": version_on(officer.get(address).text), "reason": "À revoir.", "return_due_at": soon()}
    answer = officer.post(address, {**sent, **given, "reason-summary": " "}, on=address)
    assert answer.status_code == 422
    lacking = "reason" if "kind-title" in given else "kind"
    assert f'href="#{lacking}-title"' in answer.text
    assert re.search(rf'id="{lacking}-title"[^>]*aria-invalid="true"', answer.text)
    assert load(factory, submitted).state is ApplicationState.SUBMITTED


def test_a_file_is_returned_whole_without_marks(sign_in: SignIn, submitted: str, factory: SessionFactory) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{submitted}/corrections"
    sent = {"version": version_on(officer.get(address).text), "reason": "Tout revoir.", "return_due_at": soon()}
    assert officer.post(address, sent, on=address).status_code == 303
    assert load(factory, submitted).corrections == {}
    assert sign_in("applicant").get(f"/mes-dossiers/{submitted}/ecrire/project").status_code == 200


def test_incomplete_corrections_keep_what_was_typed(sign_in: SignIn, submitted: str) -> None:
    address = f"/dossiers/{submitted}/corrections"
    sent = {
        "reason": "Un long message.",
        "return_due_at": "",
        "kind-title": "wrong",
        "reason-title": "Trop long.",
    }
    answer = sign_in("officer").post(address, sent, on=address)
    assert answer.status_code == 422
    assert "Un long message." in answer.text
    assert "Trop long." in answer.text


def test_a_deadline_behind_us_is_refused(sign_in: SignIn, submitted: str) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{submitted}/corrections"
    version = version_on(officer.get(address).text)
    sent = {"version": version, "reason": "À compléter.", "return_due_at": soon(-2)}
    answer = officer.post(address, sent, on=address)
    assert answer.status_code == 409
    assert 'aria-invalid="true"' in answer.text


def test_a_file_changed_meanwhile_loses_nothing_that_was_typed(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{submitted}/corrections"
    version = version_on(officer.get(address).text)
    with unit_of_work(factory) as session:
        file = file_of(session, submitted)
        for name in ("reviewer", "reviewer2"):
            reviews.assign(session, world["officer2"], file, world.person(session, name))
        take_step(session, world["officer2"], file, "start_review")
    sent = {
        "version": version,
        "reason": "À compléter.",
        "return_due_at": soon(),
        "kind-title": "wrong",
        "reason-title": "Trop long.",
    }
    answer = officer.post(address, sent, on=address)
    assert answer.status_code == 409
    assert "Trop long." in answer.text
    fresh = version_on(answer.text)
    assert int(fresh) > int(version)
    assert officer.post(address, {**sent, "version": fresh}, on=address).status_code == 303


def test_more_time_is_given_for_corrections(
    sign_in: SignIn, factory: SessionFactory, submitted: str, give_back: Callable[..., None]
) -> None:
    officer, address = sign_in("officer"), f"/dossiers/{submitted}/delai"
    assert officer.get(address).status_code == 404
    give_back(submitted, {})
    assert address in officer.get(f"/dossiers/{submitted}").text
    refused = officer.post(address, {"until": soon(-1), "reason": "Maladie."}, on=address)
    assert refused.status_code == 422
    assert "Maladie." in refused.text
    assert officer.post(address, {"until": soon(20), "reason": "Maladie."}, on=address).status_code == 303
    until = load(factory, submitted).return_due_at
    assert until is not None
    assert until > utc_now() + timedelta(days=18)


# --- the alliance corrects --------------------------------------------------------------------------------------


def test_the_alliance_sees_just_the_marks_and_is_led_to_each(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None]
) -> None:
    marks = {
        "summary": mark("Dites combien de personnes."),
        "need.people": mark("Ce nombre étonne."),
        "asked.bank_details": mark("Il date de 2019.", "outdated"),
    }
    give_back(deposited, marks)
    browser, home = sign_in("applicant"), f"/mes-dossiers/{deposited}"
    page = browser.get(home).text
    asked = page[page.index('class="mark-list"') :]
    asked = asked[: asked.index("</ul>")]
    assert asked.count("mark-place") == 3
    assert f'href="{home}/ecrire/project#q-summary"' in asked
    assert f'href="{home}/ecrire/need#q-people"' in asked
    assert f'href="{home}/documents#asked.bank_details"' in asked
    assert "Ce nombre étonne." in asked
    assert "Ce nombre étonne." in browser.get(f"{home}/ecrire/need").text
    assert browser.get(f"{home}/ecrire/impact").status_code == 409
    assert browser.get(f"{home}/ecrire/need").status_code == 200


def test_a_mark_goes_with_its_state(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None], factory: SessionFactory, world: World
) -> None:
    give_back(deposited, {"summary": mark("Dites combien de personnes.")})
    with unit_of_work(factory) as session:
        take_step(session, world["applicant"], file_of(session, deposited), "resubmit", inputs=DECLARED)
    assert "Dites combien de personnes." not in sign_in("applicant").get(f"/mes-dossiers/{deposited}").text


# --- the officer sees what became of each -----------------------------------------------------------------------


def correct(factory: SessionFactory, world: World, reference: str) -> None:
    """Correct the number and a document, leave the summary, and change one thing more in the marked part."""
    with unit_of_work(factory) as session:
        application, applicant = file_of(session, reference), world["applicant"]
        save_part(session, applicant, application, "need", {"people": "750", "audiences": ["young"]}, base=99)
        charges = [{**BUDGET_ANSWERS["charges"][0], "label": "Enquête de terrain"}, *BUDGET_ANSWERS["charges"][1:]]
        save_part(session, applicant, application, BUDGET, {"charges": charges}, base=99)
        document = next(d for d in application.documents if d.slot == "asked.bank_details")
        document.replaced_at = utc_now()
        session.flush()
        application.documents.append(
            Document(
                reference=new_reference("PJ"),
                slot=document.slot,
                number=2,
                name=document.name,
                kind=document.kind,
                media_type=document.media_type,
                size=document.size,
                sha256="a" * 64,
            )
        )
        take_step(session, applicant, application, "resubmit", inputs=DECLARED)


def test_on_return_each_mark_shows_before_and_after_and_what_else_changed(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None], factory: SessionFactory, world: World
) -> None:
    marks = {
        "summary": mark("Dites combien."),
        "need.people": mark("Ce nombre étonne."),
        "budget": mark("Précisez l’étude."),
        "asked.bank_details": mark("Il date de 2019.", "outdated"),
    }
    give_back(deposited, marks)
    officer = sign_in("officer")
    waiting = officer.get(f"/dossiers/{deposited}").text
    assert "Ce nombre étonne." in waiting
    assert "<del>" not in waiting
    correct(factory, world, deposited)
    page = officer.get(f"/dossiers/{deposited}").text
    answered, rest = page[page.index('class="mark-list"') :].split("</ul>", 1)
    answered_marks = dict(zip(marks, answered.split("<li>")[1:], strict=True))
    assert "tone-success" not in answered_marks["summary"]
    for place in ("need.people", "budget", "asked.bank_details"):
        assert "tone-success" in answered_marks[place], place
    assert re.search(r"<del>.*10</del><ins>.*750</ins>", answered_marks["need.people"], re.S)
    assert re.search(r"<del>.*Étude</del><ins>.*Enquête</ins>", answered_marks["budget"], re.S)
    assert "<del>" in answered_marks["asked.bank_details"]  # the same name, another content
    others = rest[: rest.index("</ul>")]
    assert "Les jeunes de 16 à 25 ans" in others
    assert "750" not in others


def test_the_latest_round_counts_and_earlier_deposits_stay_readable(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None], factory: SessionFactory, world: World
) -> None:
    give_back(deposited, {"need.people": mark("Ce nombre étonne."), "budget": mark("L’étude.")})
    correct_only = {"people": "750"}
    with unit_of_work(factory) as session:
        application = file_of(session, deposited)
        save_part(session, world["applicant"], application, "need", correct_only, base=99)
        take_step(session, world["applicant"], application, "resubmit", inputs=DECLARED)
    give_back(deposited, {"summary": mark("Encore un mot.")})
    with unit_of_work(factory) as session:
        application = file_of(session, deposited)
        edit_application(session, world["applicant"], application, summary="Pour 750 personnes.")
        take_step(session, world["applicant"], application, "resubmit", inputs=DECLARED)
    officer = sign_in("officer")
    page = officer.get(f"/dossiers/{deposited}").text
    assert "Encore un mot." in page
    assert "Ce nombre étonne." not in page
    first = officer.get(f"/dossiers/{deposited}/depot", numero="1").text
    assert "750" not in first
    assert "Pour 750 personnes." in officer.get(f"/dossiers/{deposited}/depot").text


def test_while_it_is_corrected_the_readers_see_what_was_deposited(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None], factory: SessionFactory, world: World
) -> None:
    give_back(deposited, {"need.need": mark("Plus court.")})
    with unit_of_work(factory) as session:
        typed = {"need": "Une idée encore en chantier."}
        save_part(session, world["applicant"], file_of(session, deposited), "need", typed, base=99)
    assert "en chantier" not in sign_in("officer").get(f"/dossiers/{deposited}/depot").text


def test_the_journal_names_the_place_and_the_kind(
    sign_in: SignIn, deposited: str, give_back: Callable[..., None]
) -> None:
    give_back(deposited, {"need.people": mark("Ce nombre étonne.")})
    page = sign_in("auditor").get(f"/journal/application/{deposited}").text
    assert "Combien de personnes comptez-vous toucher" in page
    assert "Ce nombre étonne." in page
    assert "need.people" not in page
