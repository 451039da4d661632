"""The discussion of one file, as officers and reviewers meet it."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from config.settings import LOCALES
from fund.db import SessionFactory, unit_of_work
from fund.messages.render import render
from fund.models import Application, Discussion, OutboxRow
from fund.models.discussion import DiscussionOutcome
from fund.services import reviews
from tests.scenario import World
from tests.services.readings import Marks, read_file, review_of
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
QUESTION = "Le partenariat est-il mûr ?"


@pytest.fixture
def file(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        marks: dict[str, Marks | None] = {"reviewer": (5, 5), "reviewer2": (1, 2), "reviewer3": None}
        return read_file(session, world, marks, title="Jardins du bassin").reference


def at(file: str, act: str = "") -> str:
    return f"/dossiers/{file}/discussion{act}"


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def discussion_of(factory: SessionFactory, file: str) -> Discussion:
    with factory() as session:
        return session.scalars(
            select(Discussion).join(Discussion.application).where(Application.reference == file)
        ).one()


@pytest.fixture
def opened(sign_in: SignIn, file: str) -> str:
    answer = sign_in("officer").post(at(file), {"question": QUESTION, "due_at": "2099-05-04T18:00"}, on=at(file))
    assert answer.status_code == 303, answer.text
    return file


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("officer", 200), ("auditor", 200), ("reviewer", 200), ("reviewer2", 200)),
        # Her reading is not in: she is blind to the others'.
        ("reviewer3", 404),
        *(("applicant", 403), ("member", 403), ("chair", 403), ("catalyst", 403)),
    ],
)
def test_who_may_come_in(sign_in: SignIn, opened: str, name: str, status: int) -> None:
    answer = sign_in(name).get(at(opened))
    assert answer.status_code == status
    assert (QUESTION in answer.text) is (status == 200)


def test_from_the_question_to_a_consensus(sign_in: SignIn, factory: SessionFactory, opened: str) -> None:
    officer, first, second = sign_in("officer"), sign_in("reviewer"), sign_in("reviewer2")
    page = first.get(at(opened)).text
    assert QUESTION in page
    assert "Reviewer2" in page  # the readings stand side by side
    assert (
        first.post(at(opened, "/message"), {"text": "J’ai lu\nla convention."}, on=at(opened)).status_code == 303
    )
    seen = seen_on(second.get(at(opened)).text)
    given = {"report": "Mûr, sous réserve.", "score": "71,5", "seen": seen}
    assert second.post(at(opened, "/rapport"), given, on=at(opened)).status_code == 303
    page = first.get(at(opened)).text
    assert "Mûr, sous réserve." in page
    assert "J’ai lu" in page
    answer = first.post(at(opened, "/position"), {"agrees": "true", "seen": seen_on(page)}, on=at(opened))
    assert answer.status_code == 303
    page = officer.get(at(opened)).text
    assert 'name="outcome" value="consensus"' in page
    closing = {"outcome": "consensus", "seen": seen_on(page)}
    assert officer.post(at(opened, "/cloture"), closing, on=at(opened)).status_code == 303
    found = discussion_of(factory, opened)
    assert (found.outcome, str(found.score)) == (DiscussionOutcome.CONSENSUS, "71.50")
    page = first.get(at(opened)).text
    assert "<form" not in page[page.index("<main") :]
    assert "71,5" in officer.get(f"/dossiers/{opened}/evaluations").text


def test_a_dissent_needs_its_words(sign_in: SignIn, factory: SessionFactory, opened: str) -> None:
    officer, second = sign_in("officer"), sign_in("reviewer2")
    seen = seen_on(officer.get(at(opened)).text)
    officer.post(at(opened, "/rapport"), {"report": "Mûr.", "seen": seen}, on=at(opened))
    seen = seen_on(second.get(at(opened)).text)
    answer = second.post(at(opened, "/position"), {"agrees": "false", "seen": seen}, on=at(opened))
    assert answer.status_code == 422
    assert 'href="#dissent"' in answer.text
    given = {"agrees": "false", "dissent": "Le budget ne tient pas.", "seen": seen}
    assert second.post(at(opened, "/position"), given, on=at(opened)).status_code == 303
    assert "Le budget ne tient pas." in officer.get(at(opened)).text
    # Neither answer: nothing is recorded.
    assert second.post(at(opened, "/position"), {"seen": seen}, on=at(opened)).status_code == 422


def test_two_write_the_report_at_once(sign_in: SignIn, factory: SessionFactory, opened: str) -> None:
    first, second = sign_in("reviewer"), sign_in("reviewer2")
    seen = seen_on(first.get(at(opened)).text)
    assert first.post(at(opened, "/rapport"), {"report": "À moi.", "seen": seen}, on=at(opened)).status_code == 303
    answer = second.post(at(opened, "/rapport"), {"report": "Non, à moi.", "seen": seen}, on=at(opened))
    assert answer.status_code == 409
    # What she typed is kept beside what is recorded, and can be sent again.
    assert "Non, à moi." in answer.text
    assert "À moi." in answer.text
    again = {"report": "Non, à moi.", "seen": seen_on(answer.text)}
    assert second.post(at(opened, "/rapport"), again, on=at(opened)).status_code == 303
    assert discussion_of(factory, opened).report == "Non, à moi."


@pytest.mark.parametrize("score", ["101", "-1", "beaucoup", "71,555", "NaN"])
def test_a_score_outside_the_scale_is_refused_and_kept_as_typed(sign_in: SignIn, opened: str, score: str) -> None:
    officer = sign_in("officer")
    seen = seen_on(officer.get(at(opened)).text)
    answer = officer.post(at(opened, "/rapport"), {"report": "Mûr.", "score": score, "seen": seen}, on=at(opened))
    assert answer.status_code == 422
    assert f'value="{score}"' in answer.text
    assert 'href="#score"' in answer.text


def test_a_review_taken_back_closes_her_eyes(
    sign_in: SignIn, factory: SessionFactory, world: World, opened: str
) -> None:
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == opened)).one()
        own = review_of(application, world, "reviewer2")
        reviews.reopen(session, world["reviewer2"], own)
        reference = own.reference
    page = sign_in("reviewer2").get(at(opened)).text
    assert f"/evaluations/{reference}" in page
    assert QUESTION not in page
    assert sign_in("reviewer2").post(at(opened, "/message"), {"text": "Un mot."}, on=at(opened)).status_code == 403


def test_hostile_words_stay_text(sign_in: SignIn, opened: str) -> None:
    officer = sign_in("officer")
    officer.post(at(opened, "/message"), {"text": "<script>alert(1)</script>"}, on=at(opened))
    page = officer.get(at(opened)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_reviewers_are_led_here(sign_in: SignIn, factory: SessionFactory, world: World, opened: str) -> None:
    with factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "discussion.opened")).all()
        letters = [
            render(row, language, public_url="https://fonds.example") for row in rows for language in LOCALES
        ]
        application = session.scalars(select(Application).where(Application.reference == opened)).one()
        reference = review_of(application, world, "reviewer").reference
    assert len(letters) == 4
    assert all(at(opened) in letter.body and QUESTION in letter.body for letter in letters)
    first = sign_in("reviewer")
    assert at(opened) in first.get(f"/evaluations/{reference}").text
    assert at(opened) in sign_in("officer").get(f"/dossiers/{opened}/evaluations").text


def test_the_committee_reads_the_report_with_the_file(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = world.before_committee(session)
        application.discussions.append(
            Discussion(
                opened_by_id=world.people["officer"],
                closed_at=application.created_at,
                outcome=DiscussionOutcome.DISSENT,
                report="Rapport des évaluateurs.",
            )
        )
        address = f"/comite/{application.items[-1].session.reference}/dossiers/{application.reference}"
    assert "Rapport des évaluateurs." in sign_in("member").get(address).text


def test_the_journal_says_it_in_words(sign_in: SignIn, opened: str) -> None:
    page = sign_in("auditor").get(f"/journal/application/{opened}").text
    assert "open_discussion" not in page
    assert "words_sha256" not in page


def test_no_more_statements_for_more_messages(sign_in: SignIn, opened: str) -> None:
    officer = sign_in("officer")
    counted = []
    for _ in range(2):
        for name in ("officer", "reviewer", "reviewer2"):
            sign_in(name).post(at(opened, "/message"), {"text": "Un mot."}, on=at(opened))
        officer.get(at(opened))
        counted.append(count_statements(lambda: officer.get(at(opened))))
    assert counted[0] == counted[1]
