"""Versions of a part, copying an earlier file, and a call that changed while a file was written."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import FieldType, Form, Question, Words
from fund.models import Application, Call
from fund.models.base import utc_now
from fund.services import call_versions
from fund.services.writing import raw_answers, save_part
from tests.filling import empty_draft, open_call
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load, version_on
from tests.web.writing import Writer

SignIn = Callable[[str], Browser]


def find(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    """A part in three versions, an hour apart."""
    start = utc_now()
    with unit_of_work(factory) as session:
        reference = empty_draft(session, world).reference
    versions: tuple[dict[str, Any], ...] = (
        {"need": "Le besoin d’un lieu", "audiences": ["young"], "territories": ["dep:31", "Nulle-Part"]},
        {"need": "Le grand besoin d’un lieu ouvert"},
        {"people": "40", "audiences": []},
    )
    for hours, answers in enumerate(versions):
        with time_machine.travel(start + timedelta(hours=hours), tick=False), unit_of_work(factory) as session:
            save_part(session, world["applicant"], find(session, reference), "need", answers, base=hours)
    return reference


def test_the_history_says_who_wrote_when_and_what_changed(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    page = browser.get(f"/mes-dossiers/{draft}/versions/need").text
    assert page.count("Applicant") >= 3
    assert "<ins" in page
    assert "40" in page
    assert "Aucune différence" in browser.client.get(f"/mes-dossiers/{draft}/versions/need?de=1&a=1").text
    assert "Haute-Garonne (31), Nulle-Part" in browser.client.get(f"/mes-dossiers/{draft}/versions/need?a=1").text
    earlier = browser.client.get(f"/mes-dossiers/{draft}/versions/need?de=1&a=2").text
    assert re.search(r"<ins>.*?grand\s*</ins>", earlier, re.DOTALL)
    assert re.search(r"<ins>.*?ouvert</ins>", earlier, re.DOTALL)
    backwards = browser.client.get(f"/mes-dossiers/{draft}/versions/need?de=2&a=1").text
    assert re.search(r"<ins>.*?grand\s*</ins>", backwards, re.DOTALL)
    for wrong in ("?de=9&a=1", "?a=x", "?a=" + "9" * 30):
        assert browser.client.get(f"/mes-dossiers/{draft}/versions/need{wrong}").status_code == 404
    assert browser.get(f"/mes-dossiers/{draft}/versions/nowhere").status_code == 404
    assert sign_in("officer").get(f"/mes-dossiers/{draft}/versions/need").status_code == 404


def test_an_earlier_version_is_written_again(sign_in: SignIn, draft: str, factory: SessionFactory) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/{draft}/versions/need"
    number = re.search(r'name="_number" value="(\d+)"', browser.get(path).text)
    assert number is not None
    assert browser.post(f"{path}/1/restaurer", {"_number": number[1]}, on=path).status_code == 303
    with factory() as session:
        answers = raw_answers(find(session, draft), "need")
    assert answers["need"] == "Le besoin d’un lieu"
    assert answers["audiences"] == ["young"]
    assert not answers["people"]
    assert "est rétablie" in browser.get(path).text


def test_a_version_is_not_restored_over_what_was_written_since(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/{draft}/versions/need"
    Writer(browser, draft, "need").open().type(need="Écrit depuis").save()
    assert browser.post(f"{path}/1/restaurer", {"_number": "3"}, on="/compte").status_code == 303
    assert "a écrit dans cette partie depuis" in browser.get(path).text
    with factory() as session:
        assert raw_answers(find(session, draft), "need")["need"] == "Écrit depuis"


def test_the_history_of_the_budget_speaks_of_its_lines(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        lines = {"charges": [{"account": "601", "label": "Bois", "amount": "1200"}]}
        save_part(session, world["applicant"], find(session, draft), "budget", lines, base=0)
    page = sign_in("applicant").get(f"/mes-dossiers/{draft}/versions/budget").text
    assert "601 Achats de matières · Bois · 1\u202f200,00\u00a0€" in page


# --- copying ----------------------------------------------------------------------------------------------------


def test_an_earlier_file_is_copied_and_the_page_says_what_was(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        target = empty_draft(session, world).reference
    browser = sign_in("applicant")
    assert f"/mes-dossiers/{target}/copier" in browser.get(f"/mes-dossiers/{target}").text
    path = f"/mes-dossiers/{target}/copier"
    assert draft in browser.get(path).text
    assert browser.post(path, {}, on=path).status_code == 422
    answer = browser.post(path, {"copie": draft}, on=path)
    assert answer.status_code == 303
    page = browser.client.get(answer.headers["Location"]).text
    assert "Le territoire et le besoin (3 réponses)" in page
    with factory() as session:
        assert raw_answers(find(session, target), "need")["people"] == "40"


def test_nobody_copies_what_is_not_her_own(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        foreign = empty_draft(session, world)
        foreign.collaborators[0].person_id = world.people["stranger"]
        reference = foreign.reference
    path = f"/mes-dossiers/{draft}/copier"
    assert sign_in("applicant").post(path, {"copie": reference}, on=path).status_code == 404


def test_a_draft_is_begun_with_what_an_earlier_file_says(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        call = open_call(session, world).reference
    browser = sign_in("applicant")
    page = f"/mes-dossiers/nouveau?appel={call}"
    assert draft in browser.client.get(page).text
    sent = {"appel": call, "name": "Association d'essai", "kind": "association", "siret": "", "rna": "W311234567"}
    answer = browser.post("/mes-dossiers/nouveau", {**sent, "copie": draft}, on=page)
    assert answer.status_code == 303
    reference = answer.headers["Location"].rpartition("/")[2]
    with factory() as session:
        assert raw_answers(find(session, reference), "need")["people"] == "40"


# --- a newer version of the call --------------------------------------------------------------------------------


@pytest.fixture
def revised(draft: str, factory: SessionFactory, world: World) -> str:
    """The call asks one thing more since the draft was begun."""
    with unit_of_work(factory) as session:
        call: Call = find(session, draft).call
        need, *others = call.content.form.sections
        more = Question("more", FieldType.TEXT, Words("Une question de plus", "One more"), required=True)
        form = Form((replace(need, fields=(*need.fields, more)), *others))
        call_versions.save_content(session, world["officer"], call, replace(call.content, form=form))
        call_versions.publish_revision(session, world["officer"], call)
    return draft


def test_a_changed_call_is_announced_shown_and_taken_over(
    sign_in: SignIn, revised: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/{revised}/version"
    for page in ("", "/ecrire/need"):
        assert f'href="{path}"' in browser.get(f"/mes-dossiers/{revised}{page}").text
    page = browser.get(path).text
    assert "Une question de plus" in page
    assert browser.post(path, {"version": version_on(page)}, on=path).status_code == 303
    assert f'href="{path}"' not in browser.get(f"/mes-dossiers/{revised}").text
    assert "Une question de plus" in browser.get(f"/mes-dossiers/{revised}/ecrire/need").text
    with factory() as session:
        assert raw_answers(find(session, revised), "need")["people"] == "40"
    assert browser.get(path).status_code == 303


def test_a_file_written_meanwhile_does_not_change_version_unseen(
    sign_in: SignIn, revised: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/{revised}/version"
    version = version_on(browser.get(path).text)
    Writer(browser, revised, "need").open().type(need="Entre-temps").save()
    before = load(factory, revised).version_id
    answer = browser.post(path, {"version": version}, on=path)
    assert answer.headers["Location"].endswith("/version")
    assert load(factory, revised).version_id == before
