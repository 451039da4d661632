"""Several people in one part, and what the script of the page is told: nothing lost, nothing replaced unseen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Organisation
from fund.services.applications import edit_application
from fund.services.writing import digest_of, save_part
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.writing import Writer, recorded

SignIn = Callable[[str], Browser]


@pytest.fixture
def need(sign_in: SignIn, draft: str) -> Writer:
    return Writer(sign_in("applicant"), draft, "need").open()


def test_two_people_in_different_answers_do_not_disturb_each_other(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    first = Writer(sign_in("applicant"), draft, "need").open()
    second = Writer(sign_in("stranger"), draft, "need").open()
    first.type(need="Le besoin").save()
    second.type(people="12").save()  # sends the empty need along, as it was seen
    assert recorded(factory, draft) == {"need": "Le besoin", "people": "12"}


def test_who_saves_the_same_answer_later_sees_both_texts_and_chooses(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    first = Writer(sign_in("applicant"), draft, "need").open()
    second = Writer(sign_in("stranger"), draft, "need").open()
    first.type(need="Le texte de la première", site_web="https://un.example").save()
    answer = second.type(need="Le texte du second", people="12").send()
    assert answer.status_code == 409
    assert recorded(factory, draft)["need"] == "Le texte de la première"
    page = answer.text
    for shown in (
        "Applicant",
        "Le texte de la première",
        "Le texte du second",
        "Garder le mien",
        "Prendre le sien",
    ):
        assert shown in page, shown
    second.take(page)
    assert second.fields["need"] == "Le texte du second"
    assert second.fields["people"] == "12"
    assert second.fields["site_web"] == "https://un.example"  # the other's, as nothing else was typed there

    undecided = second.send()
    assert undecided.status_code == 409
    second.take(undecided.text)
    second.type(_keep__need="mine").save()
    assert recorded(factory, draft) == {
        "need": "Le texte du second",
        "people": "12",
        "site_web": "https://un.example",
    }


def test_the_other_s_text_may_be_taken_and_the_rest_is_saved(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    first = Writer(sign_in("applicant"), draft, "need").open()
    second = Writer(sign_in("stranger"), draft, "need").open()
    first.type(need="Le texte de la première").save()
    second.take(second.type(need="Le texte du second", people="12").send().text)
    second.type(_keep__need="theirs").save()
    assert recorded(factory, draft) == {"need": "Le texte de la première", "people": "12"}


def test_a_third_change_after_the_choice_is_a_conflict_again(
    sign_in: SignIn, draft: str, factory: SessionFactory
) -> None:
    first = Writer(sign_in("applicant"), draft, "need").open()
    second = Writer(sign_in("stranger"), draft, "need").open()
    first.type(need="Un").save()
    second.take(second.type(need="Deux").send().text)
    first.type(need="Un encore").save()
    again = second.type(_keep__need="mine").send()
    assert again.status_code == 409
    assert "Un encore" in again.text
    assert recorded(factory, draft)["need"] == "Un encore"


def test_a_part_that_is_too_long_is_shown_again_and_not_cut(
    need: Writer, factory: SessionFactory, draft: str
) -> None:
    answer = need.type(need="é" * 150_000).send()
    assert answer.status_code == 422
    assert "é" * 150_000 in answer.text
    assert recorded(factory, draft) == {}


# --- what the script of the page gets ---------------------------------------------------------------------------


def test_the_script_saves_only_what_changed_and_learns_what_is_shown(
    need: Writer, factory: SessionFactory, draft: str
) -> None:
    answer = need.type(audiences=["", "other"]).autosave("audiences")
    assert answer.status_code == 200
    told = answer.get_json()
    assert recorded(factory, draft) == {"audiences": ["other"]}
    assert told["number"] == 1
    assert re.fullmatch(r"Enregistré à\s\d\d:\d\d", told["state"])
    assert told["seen"] == {"audiences": digest_of(["other"])}
    assert "other_audience" in told["shown"]
    assert "site" not in told["shown"]
    assert "1 point" not in told["fragments"]["parts"]
    faulty = need.type(_seen_people="").autosave(people="beaucoup").get_json()
    assert faulty["problems"]["people"][0].startswith("Donnez un nombre")


def test_the_script_is_told_of_a_conflict_with_both_texts(sign_in: SignIn, draft: str) -> None:
    first = Writer(sign_in("applicant"), draft, "need").open()
    second = Writer(sign_in("stranger"), draft, "need").open()
    first.type(need="Le texte de la première").save()
    answer = second.autosave(need="Le texte du second")
    assert answer.status_code == 409
    both = answer.get_json()["clashes"]["need"]
    assert "Le texte de la première" in both["box"]
    assert "Applicant" in both["box"]
    assert "Le texte de la première</textarea>" in both["control"]
    assert both["seen"] == digest_of("Le texte de la première")


def test_an_expired_session_is_told_and_a_new_one_goes_on(
    sign_in: SignIn, need: Writer, factory: SessionFactory, draft: str
) -> None:
    need.browser.client.delete_cookie("fund_session")
    expired = need.autosave(need="Écrit sans session")
    assert expired.status_code == 401
    assert recorded(factory, draft) == {}
    need.browser.sign_in("applicant")  # in another tab: the page's token is of the former session
    refused = need.autosave(need="Écrit sans session")
    assert refused.status_code == 400
    need.type(csrf_token=refused.get_json()["csrf_token"])
    assert need.autosave(need="Écrit sans session").status_code == 200
    assert recorded(factory, draft) == {"need": "Écrit sans session"}


def test_somebody_else_who_signed_in_meanwhile_does_not_write_as_the_first(
    need: Writer, factory: SessionFactory, draft: str
) -> None:
    need.browser.post("/deconnexion", on="/compte")
    need.browser.sign_in("stranger")
    token = need.autosave(need="Pas d’elle").get_json()["csrf_token"]
    answer = need.type(csrf_token=token).autosave(need="Pas d’elle")
    assert answer.status_code == 401
    assert recorded(factory, draft) == {}


def test_signing_out_clears_what_waits_in_the_browser(sign_in: SignIn) -> None:
    answer = sign_in("applicant").post("/deconnexion", on="/compte")
    assert answer.headers["Clear-Site-Data"] == '"storage"'


# --- cost -------------------------------------------------------------------------------------------------------


def statements(browser: Browser, path: str) -> int:
    count: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        count.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(count)


def test_hub_and_parts_cost_the_same_however_much_is_written(
    sign_in: SignIn, draft: str, factory: SessionFactory, world: World
) -> None:
    browser = sign_in("applicant")
    paths = [
        f"/mes-dossiers/{draft}{tail}" for tail in ("", "/ecrire/need", "/ecrire/partnership", "/ecrire/budget")
    ]
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        for part in ("need", "partnership", "budget"):
            save_part(session, world["applicant"], file, part, {"need": "Un", "governance": "Un"}, base=0)
    before = [statements(browser, path) for path in paths]
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        for part, name in (("need", "applicant"), ("partnership", "applicant"), ("impact", "stranger")):
            rows = [{"step": str(number)} for number in range(9)]
            answers = {"steps": rows, "need": "Deux", "change": "Deux"}
            save_part(session, world[name], file, part, answers, base=9)
        lines = [{"account": "601", "amount": "1"}] * 20
        save_part(session, world["applicant"], file, "budget", {"charges": lines}, base=0)
        members = [{"organisation": file.lead}]
        members += [
            {"organisation": session.get_one(Organisation, number)} for number in (world.town_id, world.company_id)
        ]
        edit_application(session, world["applicant"], file, members=members)
    assert [statements(browser, path) for path in paths] == before
