"""Letters and the release on screen: who writes, who reads, and that nobody learns anything before the instant."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, event, select

from fund.db import SessionFactory, unit_of_work
from fund.models import CommitteeSession, Letter, OutboxRow, Outcome, PersonRole
from fund.models.base import utc_now
from fund.services.people import issue_token
from fund.services.release import release, schedule_release
from tests.deciding import (
    MOTIVATIONS,
    checked_session,
    decided_session,
    keep_off,
    open_session,
    signed_session,
)
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.letters import files_of, sitting_of
from tests.web.reading import sent_of
from workflows.committee import CommitteeState
from workflows.permissions import Role
from workflows.topics import Deadline

SignIn = Callable[[str], Browser]
FUNDED, WAITLISTED, DECLINED, DEFERRED = Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED


@pytest.fixture
def signed(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return signed_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED).reference


@pytest.fixture
def checked(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return checked_session(session, world, FUNDED, DECLINED).reference


# --- writing and reading over --------------------------------------------------------------------------------


def test_from_the_minutes_to_letters_that_are_read(sign_in: SignIn, factory: SessionFactory, signed: str) -> None:
    officer, path, files = sign_in("officer"), f"/comite/{signed}/lettres", files_of(factory, signed)
    assert f'action="{path}/brouillons"' in officer.get(path).text
    assert officer.post(f"{path}/brouillons", on=path).status_code == 303
    page = officer.get(path).text
    assert f'action="{path}/brouillons"' not in page
    for file in files:
        said = Paper(officer.get(f"{path}/{file}.pdf").data).text
        assert "Projet de lettre" in said
        assert "Madame, Monsieur," in said
    assert "Rang sur la liste d’attente 1er" in Paper(officer.get(f"{path}/{files[1]}.pdf").data).text

    form = {"letter": files[:3], "version": sent_of(page)["version"]}
    assert officer.post(path, form, on=path).status_code == 303
    page = officer.get(path).text
    assert page.count('name="letter"') == 1
    assert "Officer" in page
    assert f'action="{path}/publication"' not in page
    officer.post(path, {"letter": files[3], "version": sent_of(page)["version"]}, on=path)
    assert f'action="{path}/publication"' in officer.get(path).text


def test_a_letter_is_changed_and_has_to_be_read_again(
    sign_in: SignIn, factory: SessionFactory, world: World, checked: str
) -> None:
    officer, file = sign_in("officer"), files_of(factory, checked)[0]
    path = f"/comite/{checked}/lettres/{file}"
    with unit_of_work(factory) as session:
        schedule_release(session, world["officer"], sitting_of(session, checked), utc_now() + timedelta(days=1))
    sent = sent_of(officer.get(path).text)
    assert sent["body"][0].strip() == "Le comité a décidé."
    answer = officer.post(path, {**sent, "body": "Mieux dit.\r\n\r\nBien à vous."}, on=path)
    assert answer.status_code == 303
    with factory() as session:
        letter = sitting_of(session, checked).items[0].letter
        assert letter is not None
        assert letter.body == "Mieux dit.\n\nBien à vous."
        assert letter.checked_at is None
        assert sitting_of(session, checked).releases_at is None
    stale = officer.post(path, {**sent, "body": "Encore autrement."}, on=path)
    assert stale.status_code == 409
    assert "Encore autrement." in stale.text
    empty = officer.post(path, {**sent_of(officer.get(path).text), "body": " "}, on=path)
    assert empty.status_code == 422


def test_nothing_ticked_is_said_and_a_stale_page_keeps_what_was_ticked(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        sitting = signed_session(session, world, DECLINED, FUNDED)
        world.check_letters(session, sitting)
        for letter in session.scalars(select(Letter)):
            letter.checked_at = letter.checked_by_id = None
        reference, file = sitting.reference, sitting.items[0].application.reference
    officer, path = sign_in("officer"), f"/comite/{reference}/lettres"
    assert officer.post(path, {"version": "1"}, on=path).status_code == 422
    answer = officer.post(path, {"letter": file, "version": "1"}, on=path)
    assert answer.status_code == 409
    assert re.search(rf'value="{file}"[^>]* checked', answer.text)


@pytest.mark.parametrize(("name", "status"), [("chair", 200), ("finance", 200), ("auditor", 200), ("member", 403)])
def test_others_of_the_fund_read_them_and_write_nothing(
    sign_in: SignIn, factory: SessionFactory, checked: str, name: str, status: int
) -> None:
    browser, path, file = sign_in(name), f"/comite/{checked}/lettres", files_of(factory, checked)[0]
    assert browser.get(path).status_code == status
    assert browser.get(f"{path}/{file}.pdf").status_code == status
    assert 'method="post"' not in browser.get(path).text.partition("<main")[2]
    for tail in ("", "/brouillons", "/publication", f"/{file}"):
        assert browser.post(path + tail, {"version": "1"}, on="/compte").status_code == 403


@pytest.mark.parametrize("name", ["applicant", "partner", "catalyst", "reviewer"])
def test_they_are_not_for_others(sign_in: SignIn, factory: SessionFactory, checked: str, name: str) -> None:
    browser, file = sign_in(name), files_of(factory, checked)[0]
    for tail in ("", f"/{file}", f"/{file}.pdf"):
        assert browser.get(f"/comite/{checked}/lettres{tail}").status_code == 403


def test_there_are_none_before_the_signature(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        sitting = decided_session(session, world, DECLINED)
        reference, file = sitting.reference, sitting.items[0].application.reference
    officer = sign_in("officer")
    for tail in ("", f"/{file}", f"/{file}.pdf"):
        assert officer.get(f"/comite/{reference}/lettres{tail}").status_code == 404


def test_the_letter_of_a_file_that_one_keeps_off_is_not_there(
    sign_in: SignIn, factory: SessionFactory, world: World, checked: str
) -> None:
    with unit_of_work(factory) as session:
        keep_off(session, world, "officer", sitting_of(session, checked).items[0])
    browser, path, file = sign_in("officer"), f"/comite/{checked}/lettres", files_of(factory, checked)[0]
    assert "Projet 1" not in browser.get(path).text
    assert "Projet 2" in browser.get(path).text
    assert browser.get(f"{path}/{file}").status_code == 404
    assert browser.get(f"{path}/{file}.pdf").status_code == 404


def test_as_many_questions_for_two_letters_as_for_six(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        paths = [
            f"/comite/{checked_session(session, world, *[DECLINED] * count).reference}/lettres" for count in (2, 6)
        ]
    officer, asked = sign_in("officer"), [0, 0]
    officer.get(paths[0])
    for place, path in enumerate(paths):

        def note(*_: object, place: int = place) -> None:
            asked[place] += 1

        event.listen(Engine, "before_cursor_execute", note)
        assert officer.get(path).status_code == 200
        event.remove(Engine, "before_cursor_execute", note)
    assert asked[0] == asked[1] > 0


# --- the release ---------------------------------------------------------------------------------------------


def test_the_release_is_set_and_moved(sign_in: SignIn, factory: SessionFactory, checked: str) -> None:
    officer, path = sign_in("officer"), f"/comite/{checked}/lettres"
    for typed, shown in (
        ("2031-03-01T10:00", "1er\u00a0mars\u00a02031"),
        ("2031-03-02T11:30", "2\u00a0mars\u00a02031"),
    ):
        version = sent_of(officer.get(path).text)["version"]
        form = {"releases_at": typed, "version": version}
        assert officer.post(f"{path}/publication", form, on=path).status_code == 303
        assert shown in officer.get(path).text
    with factory() as session:
        assert sitting_of(session, checked).state is CommitteeState.SIGNED
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.SESSION_RELEASE)).all()
        assert [row.available_at.isoformat() for row in rows] == [
            "2031-03-01T09:00:00+00:00",
            "2031-03-02T10:30:00+00:00",
        ]


@pytest.mark.parametrize("typed", ["", "bientôt", "2020-01-01T10:00"])
def test_an_instant_that_cannot_be_is_said(
    sign_in: SignIn, factory: SessionFactory, checked: str, typed: str
) -> None:
    officer, path = sign_in("officer"), f"/comite/{checked}/lettres"
    version = sent_of(officer.get(path).text)["version"]
    answer = officer.post(f"{path}/publication", {"releases_at": typed, "version": version}, on=path)
    assert answer.status_code == 422
    assert 'href="#releases_at"' in answer.text
    with factory() as session:
        assert sitting_of(session, checked).releases_at is None


def test_now_is_now(sign_in: SignIn, factory: SessionFactory, checked: str) -> None:
    officer, path = sign_in("officer"), f"/comite/{checked}/lettres"
    version = sent_of(officer.get(path).text)["version"]
    answer = officer.post(f"{path}/publication", {"now": "1", "version": version}, on=path)
    assert answer.status_code == 303
    assert 'role="status"' in officer.get(path).text
    with unit_of_work(factory) as session:
        release(session, sitting_of(session, checked))
    assert 'method="post"' not in officer.get(path).text.partition("<main")[2]


# --- before the instant nobody knows, at it everybody does ---------------------------------------------------


# What differs whenever a page is asked for: the form's token, an instant, the number of a request.
EACH_TIME = re.compile(r"""(csrf[-_]token"[^>]*?(?:value|content)=")[^"]+|DTSTAMP:\S+|(error-reference">)[^<]+""")


def crawl(browser: Browser, starts: Iterable[str]) -> dict[str, str]:
    """Every page that can be reached by links, as it reads but for what differs at each request."""
    waiting, seen = list(starts), dict[str, str]()
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(("/static", "/langue", "/deconnexion", "/connexion")):
            continue
        answer = browser.client.get(path)
        kind = answer.content_type or ""
        text = answer.text if kind.startswith(("text/html", "text/calendar", "application/json")) else ""
        text = EACH_TIME.sub(r"\1", text)
        seen[path] = f"{answer.status_code} {text}"
        waiting += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', text)]
        if answer.location:
            waiting.append(urlsplit(answer.location).path)
    return seen


def test_until_the_release_nothing_changes_for_anybody_outside(
    sign_in: SignIn, app: Flask, factory: SessionFactory, world: World
) -> None:
    """Not one sign of one page, calendar or answer of the API, from the opening of the session to the embargo."""
    instant = utc_now().replace(microsecond=0) + timedelta(minutes=5)
    with time_machine.travel(instant, tick=False):
        with unit_of_work(factory) as session:
            sitting = open_session(session, world, 4)
            number, files = sitting.id, [item.application.reference for item in sitting.items]
            token = issue_token(session, world.people["applicant"], "essai")[1]
        author = sign_in("applicant")
        starts = ["/", "/mes-dossiers", "/messages", "/appels"]
        starts += [f"/mes-dossiers/{file}{tail}" for file in files for tail in ("", "/calendrier.ics")]
        starts += [f"/dossiers/{file}{tail}" for file in files for tail in ("", "/decision", "/decision.pdf")]

        def everything() -> dict[str, str]:
            found = crawl(author, starts)
            stranger = crawl(Browser(app.test_client()), ["/", "/appels"])
            found |= {f"public {path}": text for path, text in stranger.items()}
            for file in files:
                headers = {"Authorization": f"Bearer {token}"}
                for tail in ("", "/steps"):
                    answer = author.client.get(f"/api/v1/applications/{file}{tail}", headers=headers)
                    found[f"api {file}{tail}"] = f"{answer.status_code} {answer.text} {answer.headers.get('ETag')}"
            return found

        everything()  # the page of the account says when its token was first used
        before = everything()
        assert len(before) > 20
        with unit_of_work(factory) as session:
            sitting = session.get_one(CommitteeSession, number)
            for item, outcome in zip(list(sitting.items), (FUNDED, WAITLISTED, DECLINED, DEFERRED), strict=True):
                amount = item.application.requested_amount if outcome in (FUNDED, WAITLISTED) else None
                world.decide(session, item.application, outcome, amount, MOTIVATIONS[outcome])
            world.sign_minutes(session, sitting)
            world.check_letters(session, sitting)
            schedule_release(session, world["officer"], sitting, instant + timedelta(hours=1))
        after = everything()
        assert {path for path in before if before[path] != after.get(path)} == set()
        assert before.keys() == after.keys()

    with time_machine.travel(instant + timedelta(hours=1), tick=False):
        with unit_of_work(factory) as session:
            release(session, session.get_one(CommitteeSession, number))
        for file, motivation in zip(files, MOTIVATIONS.values(), strict=True):
            assert motivation in author.get(f"/mes-dossiers/{file}").text
            assert author.get(f"/dossiers/{file}/decision.pdf").status_code == 200
        assert author.get("/messages").text.count("DO-") >= 4


def test_an_author_who_works_for_the_fund_reads_her_own_file_as_an_author(
    sign_in: SignIn, factory: SessionFactory, world: World, checked: str
) -> None:
    with unit_of_work(factory) as session:
        session.add(PersonRole(person_id=world.people["applicant"], role=Role.OFFICER))
    author, file = sign_in("applicant"), files_of(factory, checked)[0]
    answer = author.get(f"/dossiers/{file}/decision")
    assert (answer.status_code, answer.location) == (303, f"/mes-dossiers/{file}")
    for path in (f"/comite/{checked}/proces-verbal", f"/comite/{checked}/lettres"):
        page = author.get(path)
        assert page.status_code == 200
        assert MOTIVATIONS[FUNDED] not in page.text
        assert "Projet 1" not in page.text
