"""An officer previews a call and tries it out; what she tries is hers alone and counted nowhere."""

import re
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from fund.cli.exports import export_awards
from fund.db import SessionFactory, unit_of_work
from fund.forms.content import dump_content, load_content
from fund.forms.definition import AllianceRule, CallContent
from fund.models import Application, Call, OutboxRow
from fund.services import call_versions
from fund.services.access import listed, visible
from fund.services.listing import Order, paginate
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.call_writing import SignIn, example
from tests.web.conftest import Browser
from tests.web.reading import sent_of
from workflows.application import ApplicationState

BANNER = "trial-banner"


def short() -> CallContent:
    """A call with one question, which an officer answers in a minute."""
    content = replace(
        example(),
        alliance=AllianceRule(),
        budget=None,
        documents=(),
        eligibility=(),
        form=replace(example().form, sections=()),
    )
    data = dump_content(content)
    data["form"] = {
        "sections": [
            {
                "key": "why",
                "title": {"fr": "Pourquoi"},
                "fields": [{"key": "reason", "type": "long_text", "label": {"fr": "La raison"}, "required": True}],
            }
        ]
    }
    return load_content(data)


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        funder_id = session.get_one(Call, world.call_id).funder_id
        return call_versions.create_from_content(session, world["officer"], short(), funder_id=funder_id).reference


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    return sign_in("officer")


def begin(officer: Browser, call: str) -> str:
    answer = officer.post(f"/gestion/appels/{call}/essai", on=f"/gestion/appels/{call}/apercu")
    assert answer.status_code == 303, answer.text
    found = re.search(r"/mes-dossiers/(DO-[\w-]+)", answer.location)
    assert found
    return found[1]


def write(officer: Browser, file: str, part: str, **answers: str) -> None:
    path = f"/mes-dossiers/{file}/ecrire/{part}"
    sent: dict[str, Any] = {**sent_of(officer.get(path).text), **answers}
    answer = officer.client.post(path, data=sent)
    assert answer.status_code == 303, answer.text


def deposit(officer: Browser, file: str) -> None:
    """Write the test file and submit it, on the pages of applicants."""
    write(
        officer,
        file,
        "project",
        title="Un essai",
        summary="Pour voir.",
        commune_code="31458",
        starts_on="2027-06-01",
        ends_on="2027-12-31",
        total_budget="60000",
        requested_amount="25000",
    )
    write(officer, file, "why", reason="Parce que.")
    path = f"/mes-dossiers/{file}/depot"
    sent: dict[str, Any] = {**sent_of(officer.get(path).text), "declared": "y", "signatory_name": "Officer"}
    answer = officer.client.post(path, data=sent)
    assert answer.status_code == 303, answer.text


# --- the preview ----------------------------------------------------------------------------------------------


def test_the_preview_shows_the_call_as_it_will_be_and_says_that_it_is_one(
    officer: Browser, draft: str, factory: SessionFactory
) -> None:
    page = officer.get(f"/gestion/appels/{draft}/apercu").text
    assert BANNER in page
    assert "1\u202f200\u202f000,00" in page
    assert "Pourquoi" in page
    section = officer.get(f"/gestion/appels/{draft}/apercu/formulaire/why").text
    assert BANNER in section
    assert "La raison" in section
    assert "Titre du projet" in officer.get(f"/gestion/appels/{draft}/apercu/formulaire/project").text
    assert officer.get(f"/gestion/appels/{draft}/apercu.pdf").data.startswith(b"%PDF")


def test_the_preview_shows_what_is_not_published_yet(
    officer: Browser, browser: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        content = replace(call.content, title=replace(call.content.title, fr="Titre à venir"))
        call_versions.save_content(session, world["officer"], call, content)
    assert "Titre à venir" in officer.get(f"/gestion/appels/{call_reference}/apercu").text
    assert "Titre à venir" not in browser.get(f"/appels/{call_reference}").text


def test_conditions_can_be_tried_in_the_preview_and_nothing_is_kept(
    officer: Browser, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        funder_id = session.get_one(Call, world.call_id).funder_id
        call = call_versions.create_from_content(session, world["officer"], example(), funder_id=funder_id)
        path = f"/gestion/appels/{call.reference}/apercu/formulaire/need"
    hidden = re.compile(r'data-name="site"[^>]* hidden')
    page = officer.get(path).text
    assert hidden.search(page)
    sent: dict[str, Any] = {**sent_of(page), "has_site": "yes", "people": "beaucoup"}
    tried = officer.client.post(path, data=sent)
    assert tried.status_code == 200
    assert not hidden.search(tried.text)
    assert 'value="beaucoup"' in tried.text
    assert 'id="q-people-error"' in tried.text
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 0


@pytest.mark.parametrize("path", ["/apercu/formulaire/nowhere", "/apercu/nowhere/why", "/apercu/compte-rendu/why"])
def test_a_preview_of_nowhere_does_not_exist(officer: Browser, draft: str, path: str) -> None:
    assert officer.get(f"/gestion/appels/{draft}{path}").status_code == 404


def test_the_preview_is_for_staff_and_a_trial_for_officers(sign_in: SignIn, draft: str) -> None:
    assert sign_in("auditor").get(f"/gestion/appels/{draft}/apercu").status_code == 200
    assert sign_in("auditor").post(f"/gestion/appels/{draft}/essai", on="/").status_code == 403
    assert sign_in("applicant").get(f"/gestion/appels/{draft}/apercu").status_code == 403
    assert sign_in("applicant").post(f"/gestion/appels/{draft}/essai", on="/").status_code == 403


# --- the trial ------------------------------------------------------------------------------------------------


def test_an_officer_writes_and_deposits_a_test_file_of_a_call_that_is_still_a_draft(
    officer: Browser, draft: str, factory: SessionFactory
) -> None:
    file = begin(officer, draft)
    for path in ("", "/ecrire/project", "/ecrire/why", "/depot"):
        page = officer.get(f"/mes-dossiers/{file}{path}")
        assert page.status_code == 200, path
        assert BANNER in page.text, path
        assert file in page.text, path
    deposit(officer, file)
    page = officer.get(f"/mes-dossiers/{file}")
    assert BANNER in page.text
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        assert application.is_test
        assert application.state is ApplicationState.SUBMITTED
        assert application.rules == short()
    assert officer.get(f"/mes-dossiers/{file}/recus/1.pdf").data.startswith(b"%PDF")
    desk = officer.get(f"/gestion/appels/{draft}").text
    assert f"/mes-dossiers/{file}" in desk


def test_a_trial_is_made_with_what_waits_to_be_published(
    officer: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        waiting = replace(call.content, title=replace(call.content.title, fr="À venir"))
        call_versions.save_content(session, world["officer"], call, waiting)
    first, second = begin(officer, call_reference), begin(officer, call_reference)
    with factory() as session:
        files = session.scalars(select(Application).where(Application.reference.in_((first, second)))).all()
        assert {file.rules.title.fr for file in files} == {"À venir"}
        # The same content is frozen once, and is no published version.
        assert len({file.version_id for file in files}) == 1
        assert {file.call_version.number for file in files if file.call_version} == {None}


def test_a_test_file_is_in_no_list_count_or_export_and_no_mail_goes_to_others(
    officer: Browser,
    sign_in: SignIn,
    browser: Browser,
    factory: SessionFactory,
    engine: Engine,
    world: World,
    call_reference: str,
) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        call_versions.save_content(
            session, world["officer"], call, replace(short(), opens_at=call.opens_at, closes_at=call.closes_at)
        )
        call_versions.publish_revision(session, world["officer"], call)
        remaining = call.remaining_envelope()
    with factory() as session:
        last = session.scalar(select(func.max(OutboxRow.id))) or 0
    public = browser.get(f"/appels/{call_reference}").text
    file = begin(officer, call_reference)
    deposit(officer, file)

    # Its author's own lists.
    for path in ("/dossiers", "/mes-dossiers", f"/appels/{call_reference}", f"/dossiers?texte={file}"):
        assert f"/{file}" not in officer.client.get(path).text, path
    page = officer.get(f"/gestion/appels/{call_reference}").text
    assert page.count(file) == page.count(f"/mes-dossiers/{file}")  # the way back to her own trial, and no more
    assert "etat=submitted" not in page
    # Others: it does not exist.
    for name in ("officer2", "auditor", "admin", "applicant", "reviewer", "chair", "catalyst"):
        person = sign_in(name)
        for path in (f"/dossiers/{file}", f"/mes-dossiers/{file}", f"/mes-dossiers/{file}/recus/1.pdf"):
            assert person.get(path).status_code in (403, 404), (name, path)
        if name in ("officer2", "auditor", "admin"):
            assert file not in person.get("/dossiers").text
    assert browser.get(f"/appels/{call_reference}").text.split("<main")[1] == public.split("<main")[1]
    with factory() as session:
        call = session.get_one(Call, world.call_id)
        assert (call.count_applications(), call.count_submitted(), call.count_undecided()) == (0, 0, 0)
        assert call.remaining_envelope() == remaining
        order = Order((Application.moved_at, Application.id))
        for name in ("officer", "officer2", "applicant", "catalyst"):
            found = paginate(session, listed(world[name], Application), order, cursor=None)
            assert found.items == []
            seen = session.scalars(visible(world[name], Application)).all()
            assert len(seen) == (name == "officer")
        told = session.scalars(
            select(OutboxRow).where(OutboxRow.id > last, OutboxRow.subject_type == "application")
        ).all()
        assert {row.recipient_id for row in told} == {world.people["officer"]}
        assert {row.link_id for row in told} == {None}
    out = StringIO()
    export_awards(engine, out)
    assert "essai" not in out.getvalue().split("\n", 1)[1].lower()


def test_a_test_file_goes_no_further_than_its_deposit(
    officer: Browser, factory: SessionFactory, world: World, draft: str
) -> None:
    file = begin(officer, draft)
    deposit(officer, file)
    page = officer.get(f"/dossiers/{file}").text
    assert set(re.findall(r'action="/etapes/application/[^"]+/(\w+)"', page)) == {"withdraw"}
    for step in ("return", "start_review", "declare_ineligible"):
        answer = officer.post(f"/etapes/application/{file}/{step}", {"reason": "Essai."}, on="/mes-dossiers")
        assert answer.status_code in (403, 409, 422), step
    with factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        assert application.state is ApplicationState.SUBMITTED


def test_a_trial_does_not_keep_a_call_from_being_taken_back_or_cancelled(
    officer: Browser, factory: SessionFactory, world: World, draft: str
) -> None:
    deposit(officer, begin(officer, draft))
    with unit_of_work(factory) as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        take_step(session, world["officer"], call, "publish")
        take_step(session, world["officer"], call, "unpublish", inputs={"reason": "Essai."})
        take_step(session, world["officer"], call, "cancel", inputs={"reason": "Essai."})
    answer = officer.post(f"/gestion/appels/{draft}/essai", on="/mes-dossiers")
    assert answer.location.endswith(f"/gestion/appels/{draft}")


def test_the_envelope_is_not_touched_by_what_was_tried(
    officer: Browser, factory: SessionFactory, world: World, draft: str
) -> None:
    deposit(officer, begin(officer, draft))
    with factory() as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        assert call.remaining_envelope() == Decimal(1_200_000)
