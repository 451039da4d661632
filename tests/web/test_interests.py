"""Interests on the pages: what the person kept off no longer finds, what officers see and decide."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Interest, InterestKind, InterestState, Person, PersonRole, Review
from fund.services import interests
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.permissions import Role
from workflows.review import ReviewState

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " "))


def open_page(browser: Browser, path: str) -> Any:
    """A page by its whole address, the query string with it."""
    return browser.client.get(path)


def tie(factory: SessionFactory, world: World, name: str, reference: str | None = None) -> None:
    """Give the person an employer that is a member of every alliance here, and record it in one file."""
    with unit_of_work(factory) as session:
        world.person(session, name).organisation_id = world.town_id
        session.flush()
        if reference is not None:
            file = session.scalars(select(Application).where(Application.reference == reference)).one()
            interests.record_found(session, file)


def interest_of(factory: SessionFactory, world: World, name: str) -> Interest:
    with factory() as session:
        return session.scalars(select(Interest).where(Interest.person_id == world.people[name])).one()


# --- who is kept off ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        (
            "officer",
            ["", "/depot", "/alliance", "/documents", "/evaluations", "/decision", "/convention", "/echanges"],
        ),
        ("finance", ["", "/depot", "/convention"]),
        ("auditor", ["", "/depot"]),
        ("reviewer", [""]),
    ],
)
def test_the_file_is_on_no_page_list_or_search(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, name: str, pages: list[str]
) -> None:
    reference = make("in_review", title="Le projet introuvable")
    here, browser = f"/dossiers/{reference}", sign_in(name)
    assert browser.get(here).status_code in (200, 303)

    tie(factory, world, name)

    assert [browser.get(here + page).status_code for page in pages] == [404] * len(pages)
    assert browser.get(f"/journal/application/{reference}").status_code in (403, 404)
    for found in ("/dossiers", "/dossiers?q=introuvable", "/echanges", "/evaluations", "/attributions"):
        assert "Le projet introuvable" not in text_of(open_page(browser, found)), found


def test_nor_are_its_documents(sign_in: SignIn, make: Make, world: World, factory: SessionFactory) -> None:
    reference = make("submitted")
    with factory() as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        found = [document.reference for document in file.documents]
    tie(factory, world, "officer")
    assert all(sign_in("officer").get(f"/documents/{document}").status_code == 404 for document in found)


def test_nor_does_the_api_return_it(app: Any, make: Make, world: World, factory: SessionFactory) -> None:
    reference = make("in_review")
    client, headers = token_of(app, world, factory, "officer")
    assert client.get(f"/api/v1/applications/{reference}", headers=headers).status_code == 200
    tie(factory, world, "officer")
    assert client.get(f"/api/v1/applications/{reference}", headers=headers).status_code == 404
    assert reference not in client.get("/api/v1/applications", headers=headers).get_data(as_text=True)
    assert reference not in client.get("/api/v1/reviews", headers=headers).get_data(as_text=True)


def token_of(app: Any, world: World, factory: SessionFactory, name: str) -> tuple[FlaskClient, dict[str, str]]:
    from fund.services.people import issue_token

    with unit_of_work(factory) as session:
        _, text = issue_token(session, world.people[name], "essai")
    return app.test_client(), {"Authorization": f"Bearer {text}"}


# --- what officers see and decide -----------------------------------------------------------------------------


def test_the_files_page_says_who_is_kept_off_and_why(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    tie(factory, world, "reviewer3", reference)
    page = text_of(sign_in("officer").get(f"/dossiers/{reference}/evaluations"))
    panel = page[page.index('id="liens"') :]
    assert "Reviewer3" in panel
    assert "Appartient à un membre de l’alliance" in panel
    assert "Commune d&#39;essai" in panel
    assert f"/dossiers/{reference}/liens/{world['reviewer3'].reference}/organisation?detail=Commune" in panel
    # Among those who can be asked to read she stands with her reason, and cannot be chosen.
    choice = page[page.index(f'id="reviewer-{world["reviewer3"].reference}"') :][:900]
    assert " disabled" in choice
    assert "A un lien d’intérêts : Appartient à un membre de l’alliance (Commune d&#39;essai)" in choice


def test_the_committee_reads_the_reviews_without_the_interests(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("before_committee")
    tie(factory, world, "reviewer3", reference)
    page = text_of(sign_in("member").get(f"/dossiers/{reference}/evaluations"))
    assert 'id="liens"' not in page
    assert "Reviewer3" not in page


def test_an_officer_lifts_a_found_interest_with_a_reason(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    tie(factory, world, "reviewer3", reference)
    officer, here = sign_in("officer"), address(world, reference, "reviewer3")
    refused = officer.post(here, {"decision": "lift", "reason": " "}, on=here)
    assert refused.status_code == 422
    assert interest_of(factory, world, "reviewer3").state is InterestState.STANDING

    answer = officer.post(here, {"decision": "lift", "reason": "Quittée il y a dix ans."}, on=here)

    assert answer.status_code == 303
    page = text_of(officer.get(answer.location))
    assert "le dossier est de nouveau ouvert à Reviewer3" in page
    assert "Levé" in page
    assert "Quittée il y a dix ans." in page
    given = {"reviewer": world["reviewer3"].reference, "due_at": ""}
    tab = f"/dossiers/{reference}/evaluations"
    assert officer.post(tab, given, on=tab).status_code == 303
    journal = text_of(officer.get(f"/journal/application/{reference}"))
    assert "Liens d’intérêts constatés" in journal
    assert "Reviewer3 : Appartient à un membre de l’alliance" in journal
    assert "Quittée il y a dix ans." in journal


def test_lifting_says_what_else_keeps_the_person_off(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    with unit_of_work(factory) as session:
        world.person(session, "reviewer3").email = "reviewer3@essai.example"
    tie(factory, world, "reviewer3", reference)
    officer, here = sign_in("officer"), address(world, reference, "reviewer3")
    answer = officer.post(here, {"decision": "lift", "reason": "Sans délégation."}, on=here)
    assert "Un autre tient Reviewer3 à l’écart" in text_of(officer.get(answer.location))


def test_what_is_only_seen_so_far_can_be_decided_on(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    tie(factory, world, "reviewer3")
    officer, here = sign_in("officer"), address(world, reference, "reviewer3")
    assert "constaté à l’instant" in text_of(officer.get(f"/dossiers/{reference}/evaluations"))
    assert officer.post(here, {"decision": "confirm", "reason": "Elle y siège."}, on=here).status_code == 303
    interest = interest_of(factory, world, "reviewer3")
    assert (interest.state, interest.kind) == (InterestState.CONFIRMED, InterestKind.ORGANISATION)


@pytest.mark.parametrize("wrong", ["declared", "organisation", "rien"])
def test_there_is_no_page_to_decide_what_cannot_be(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, wrong: str
) -> None:
    reference = make("in_review")
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        interests.declare(session, world["reviewer"], file, "Un mot.")
    here = f"/dossiers/{reference}/liens/{world['reviewer'].reference}/{wrong}?detail=Un mot."
    officer = sign_in("officer")
    assert open_page(officer, here).status_code == 404
    sent = {"decision": "lift", "reason": "Non."}
    assert officer.post(here, sent, on=f"/dossiers/{reference}/evaluations").status_code == 404
    assert interest_of(factory, world, "reviewer").state is InterestState.STANDING


@pytest.mark.parametrize("name", ["finance", "member", "reviewer", "applicant"])
def test_only_officers_decide(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, name: str
) -> None:
    reference = make("before_committee")
    tie(factory, world, "reviewer3", reference)
    browser, here = sign_in(name), address(world, reference, "reviewer3")
    assert open_page(browser, here).status_code == 403
    sent = {"decision": "lift", "reason": "Non."}
    assert browser.post(here, sent, on="/compte").status_code == 403


def test_an_author_of_the_staff_reads_nothing_of_it(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    with unit_of_work(factory) as session:
        session.add(PersonRole(person_id=world.people["applicant"], role=Role.OFFICER))
    tie(factory, world, "reviewer3", reference)
    browser = sign_in("applicant")
    assert 'id="liens"' not in text_of(browser.get(f"/dossiers/{reference}/evaluations"))
    assert open_page(browser, address(world, reference, "reviewer3")).status_code == 404


def address(world: World, reference: str, name: str) -> str:
    return f"/dossiers/{reference}/liens/{world[name].reference}/organisation?detail=Commune%20d'essai"


# --- declaring ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "desk"), [("member", "/comite"), ("finance", "/dossiers"), ("reviewer", "/evaluations")]
)
def test_whoever_judges_declares_with_a_word(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, name: str, desk: str
) -> None:
    reference = make("before_committee" if name == "member" else "in_review")
    browser, here = sign_in(name), f"/dossiers/{reference}/deport"
    assert browser.post(here, {"detail": "  "}, on=here).status_code == 422
    answer = browser.post(here, {"detail": "Mon frère y travaille."}, on=here)
    assert (answer.status_code, answer.location) == (303, desk)
    assert f"Le dossier {reference} vous est désormais fermé" in text_of(browser.get(desk))
    assert browser.get(f"/dossiers/{reference}").status_code == 404
    assert interest_of(factory, world, name).detail == "Mon frère y travaille."
    page = text_of(sign_in("officer").get(f"/dossiers/{reference}/evaluations"))
    assert "Déclaré par la personne" in page
    assert "Mon frère y travaille." in page


def test_a_reviewer_declares_on_her_reading(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("in_review")
    with factory() as session:
        query = select(Review).join(Application).where(Application.reference == reference)
        found = session.scalars(query.where(Review.reviewer_id == world.people["reviewer"])).one()
        review, version = found.reference, found.version
    browser, here = sign_in("reviewer"), f"/evaluations/{review}"
    page = text_of(browser.get(here))
    assert f"/etapes/review/{review}/recuse" in page
    sent = {"reason": "Je la connais.", "version": version}
    answer = browser.post(f"/etapes/review/{review}/recuse", sent, on=here)
    assert answer.status_code == 303
    assert interest_of(factory, world, "reviewer").kind is InterestKind.DECLARED
    assert "Un atelier partagé" not in text_of(browser.get(here))
    with factory() as session:
        assert session.scalars(select(Review).where(Review.reference == review)).one().state is ReviewState.RECUSED


def test_the_agenda_keeps_the_number_alone(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory
) -> None:
    reference = make("before_committee", title="Le projet introuvable")
    with factory() as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        sitting = file.items[-1].session.reference
    browser = sign_in("member")
    page = text_of(browser.get(f"/comite/{sitting}"))
    assert f"/dossiers/{reference}/deport" in page
    tie(factory, world, "member")
    page = text_of(browser.get(f"/comite/{sitting}"))
    assert "Le projet introuvable" not in page
    assert reference not in page
    assert "1. " in page
    assert "Vous y avez un lien d’intérêts" in page


# --- a call's -------------------------------------------------------------------------------------------------


def test_a_calls_interests_in_one_list(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, call_reference: str
) -> None:
    first, second = make("in_review"), make("submitted", title="Une autre alliance")
    tie(factory, world, "reviewer3", first)
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == second)).one()
        interests.declare(session, world["officer2"], file, "Un mot.")
    here = f"/gestion/appels/{call_reference}/liens"
    page = text_of(sign_in("officer").get(here))
    assert first in page
    assert second in page
    assert "Reviewer3" in page
    # The other officer does not see the file in which she has an interest, not even here.
    page = text_of(sign_in("officer2").get(here))
    assert first in page
    assert second not in page
    assert "Reviewer3" not in text_of(sign_in("officer").get(here, etat="lifted"))
    assert sign_in("officer").get(here, etat="rien").status_code == 404
    assert sign_in("member").get(here).status_code == 403
    assert here in text_of(sign_in("officer").get(f"/gestion/appels/{call_reference}"))


def test_the_pages_send_as_many_statements_for_many_as_for_one(
    sign_in: SignIn, make: Make, world: World, factory: SessionFactory, call_reference: str
) -> None:
    reference = make("in_review")
    tie(factory, world, "reviewer3", reference)
    officer = sign_in("officer")
    pages = (f"/dossiers/{reference}/evaluations", f"/gestion/appels/{call_reference}/liens")
    before = [count_of(officer, page) for page in pages]
    with unit_of_work(factory) as session:
        for number in range(12):
            session.add(
                Person(
                    reference=f"PE-{number}",
                    email=f"lecture{number}@ailleurs.example",
                    name=f"Lecture {number}",
                    password_hash="",
                    organisation_id=world.town_id,
                    role_rows=[PersonRole(role=Role.REVIEWER)],
                )
            )
        session.flush()
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        assert len(interests.record_found(session, file)) == 12
    assert [count_of(officer, page) for page in pages] == before


def count_of(browser: Browser, page: str) -> int:
    assert browser.get(page).status_code == 200
    with statements() as sent:
        browser.get(page)
    return len(sent)


@contextmanager
def statements() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(*call: Any) -> None:
        sent.append(call[2])

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)
