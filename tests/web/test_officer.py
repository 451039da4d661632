"""The officer's desk as its users meet it: one file, its reviewers, its corrections."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Review
from fund.models.base import utc_now
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.application import ApplicationState
from workflows.review import ReviewState

SignIn = Callable[[str], Browser]


def soon(days: int = 5) -> str:
    return (utc_now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def made(factory: SessionFactory, make: Callable[[Session], Application]) -> str:
    with unit_of_work(factory) as session:
        return make(session).reference


@pytest.fixture
def submitted(factory: SessionFactory, world: World) -> str:
    return made(factory, lambda session: world.submitted(session, title="Jardins du bassin"))


# --- one file ------------------------------------------------------------------------------------------------


def test_every_tab_of_a_closed_file_opens(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world.reported)
    auditor = sign_in("auditor")
    for tab in ("", "/alliance", "/evaluations", "/decision", "/convention"):
        answer = auditor.get(f"/dossiers/{reference}{tab}")
        assert answer.status_code == 200, tab
    assert "VE-" in auditor.get(f"/dossiers/{reference}/convention").text
    assert "Un projet solide." in auditor.get(f"/dossiers/{reference}/decision").text
    assert "4 / 5" in auditor.get(f"/dossiers/{reference}/evaluations").text
    assert "Entreprise d&#39;essai" in auditor.get(f"/dossiers/{reference}/alliance").text


def test_authors_are_led_to_their_own_page(sign_in: SignIn, submitted: str) -> None:
    answer = sign_in("applicant").get(f"/dossiers/{submitted}")
    assert answer.status_code == 303
    assert answer.location == f"/mes-dossiers/{submitted}"


def test_a_reviewer_is_led_to_her_review(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world.assigned)
    answer = sign_in("reviewer").get(f"/dossiers/{reference}")
    assert answer.status_code == 303
    assert answer.location.startswith("/evaluations/EV-")


def test_a_file_does_not_exist_for_strangers_nor_a_draft_for_staff(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    assert sign_in("stranger").get(f"/dossiers/{submitted}").status_code == 404
    draft = made(factory, world.draft)
    assert sign_in("officer").get(f"/dossiers/{draft}").status_code == 404


def test_the_committee_reads_a_file_of_its_agenda_without_the_contact(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    reference = made(factory, world.before_committee)
    member = sign_in("member")
    page = member.get(f"/dossiers/{reference}").text
    assert "Un atelier partagé" in page
    assert "contact@essai.example" not in page
    assert member.get(f"/dossiers/{reference}/convention").status_code == 403
    assert member.get(f"/dossiers/{submitted}").status_code == 404
    assert "contact@essai.example" in sign_in("officer").get(f"/dossiers/{reference}").text


def test_a_refused_step_says_why(sign_in: SignIn, submitted: str) -> None:
    page = sign_in("officer").get(f"/dossiers/{submitted}").text
    assert "steps-title" in page
    # Reviewers are missing, and the page says how many.
    assert re.search(r"0[^<]*2[^<]*", page[page.index("fold") :])


def test_a_step_is_taken_from_the_panel(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world.assigned)
    officer = sign_in("officer")
    page = officer.get(f"/dossiers/{reference}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    answer = officer.post(
        f"/etapes/application/{reference}/start_review", {"version": version[1]}, on=f"/dossiers/{reference}"
    )
    assert answer.status_code == 303
    assert answer.location == f"/dossiers/{reference}"
    with factory() as session:
        found = session.scalar(select(Application.state).where(Application.reference == reference))
        assert found is ApplicationState.IN_REVIEW


# --- giving the file to reviewers ------------------------------------------------------------------------------


def reviewer_reference(session: Session, world: World, name: str) -> str:
    return world.person(session, name).reference


def test_the_officer_gives_the_file_to_the_reviewer_with_the_fewest(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    made(factory, world.assigned)  # keeps reviewer and reviewer2 busy
    officer = sign_in("officer")
    address = f"/dossiers/{submitted}/evaluations"
    page = officer.get(address).text
    assert page.index(">Reviewer3</label>") < page.index(">Reviewer</label>")
    with factory() as session:
        chosen = reviewer_reference(session, world, "reviewer3")
    answer = officer.post(address, {"reviewer": chosen, "due_at": soon()}, on=address)
    assert answer.status_code == 303
    with factory() as session:
        review = session.scalars(select(Review).order_by(Review.id.desc())).first()
        assert review is not None
        assert review.state is ReviewState.ASSIGNED
        assert review.due_at is not None
        assert review.reviewer.name == "Reviewer3"


def test_whoever_has_an_interest_cannot_be_chosen(
    sign_in: SignIn, factory: SessionFactory, world: World, submitted: str
) -> None:
    with unit_of_work(factory) as session:
        person = world.person(session, "reviewer3")
        person.organisation_id = world.company_id
        chosen = person.reference
    officer = sign_in("officer")
    address = f"/dossiers/{submitted}/evaluations"
    assert re.search(rf'value="{chosen}" disabled', officer.get(address).text)
    answer = officer.post(address, {"reviewer": chosen, "due_at": soon()}, on=address)
    assert answer.status_code == 409
    summary = answer.text[answer.text.index("error-summary") :]
    assert "Cette personne a un lien d’intérêts avec le dossier" in summary[: summary.index("</div>")]
    with factory() as session:
        assert session.scalars(select(Review)).all() == []


@pytest.mark.parametrize("chosen", ["", "PE-NOBO-DYXX"])
def test_a_reviewer_must_be_chosen_from_the_list(sign_in: SignIn, submitted: str, chosen: str) -> None:
    address = f"/dossiers/{submitted}/evaluations"
    due = soon()
    answer = sign_in("officer").post(address, {"reviewer": chosen, "due_at": due}, on=address)
    assert answer.status_code == 422
    assert due in answer.text


def test_the_same_file_is_not_given_twice_to_one_reviewer(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world.assigned)
    with factory() as session:
        chosen = reviewer_reference(session, world, "reviewer")
    address = f"/dossiers/{reference}/evaluations"
    answer = sign_in("officer").post(address, {"reviewer": chosen}, on=address)
    assert answer.status_code == 409


@pytest.mark.parametrize("name", ["finance", "auditor", "applicant", "chair"])
def test_only_officers_give_files(sign_in: SignIn, submitted: str, name: str) -> None:
    assert sign_in(name).post(f"/dossiers/{submitted}/evaluations", on="/").status_code == 403


def test_a_form_without_its_token_is_refused(sign_in: SignIn, submitted: str) -> None:
    answer = sign_in("officer").client.post(f"/dossiers/{submitted}/evaluations", data={"reviewer": "x"})
    assert answer.status_code == 400
