"""« Cet appel est-il pour nous ? »: asked and answered without an account or JavaScript, and kept nowhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import AllianceRule, MemberRule, OrganisationKind
from fund.models import Base, Call
from fund.models.base import utc_now
from fund.services import call_versions
from tests.scenario import World
from tests.web.call_writing import example
from tests.web.conftest import Browser
from tests.web.reading import sent_of

GOOD = {
    "own": "association",
    "partners.local_authority": "1",
    "partners.company": "1",
    "commune": "Toulouse",
    "total_budget": "60 000",
    "grant": "30 000,00",
    "said.three_kinds": "yes",
    "said.begun": "no",
    "said.general_interest": "yes",
}


@pytest.fixture
def call(factory: SessionFactory, world: World) -> str:
    """The example's rules on an open call, within Haute-Garonne."""
    with unit_of_work(factory) as session:
        opened = session.get_one(Call, world.call_id)
        rule = replace(example().alliance, territory=("dep:31",))
        content = replace(example(), opens_at=opened.opens_at, closes_at=opened.closes_at, alliance=rule)
        call_versions.save_content(session, world["officer"], opened, content)
        call_versions.publish_revision(session, world["officer"], opened)
        return opened.reference


def ask(browser: Browser, call: str, **changes: str) -> TestResponse:
    path = f"/appels/{call}/eligibilite"
    return browser.post(
        path, {**GOOD, **{name.replace("__", "."): text for name, text in changes.items()}}, on=path
    )


def test_a_yes_leads_on_to_the_draft(browser: Browser, call: str) -> None:
    answer = ask(browser, call)
    assert answer.status_code == 200
    assert "verdict-yes" in answer.text
    assert f"/mes-dossiers/nouveau?appel={call}" in answer.text
    # What was answered is still there, so that one thing can be changed.
    assert {name: value for name, [value] in sent_of(answer.text).items() if name in ("grant", "own")} == {
        "grant": "30 000,00",
        "own": "association",
    }


def test_a_no_says_everything_that_speaks_against_it(browser: Browser, call: str) -> None:
    answer = ask(browser, call, partners__company="", grant="90000", said__begun="yes", commune="75056")
    assert answer.status_code == 200
    assert "verdict-no" in answer.text
    for part in ("Entreprise", "80\u202f000,00", "engagées avant la décision", "Haute-Garonne"):
        assert part in answer.text, part
    assert "contact@fonds-odd17.example" in answer.text
    assert "/mes-dossiers/nouveau" not in answer.text


def test_a_doubt_is_ask_us(browser: Browser, call: str) -> None:
    answer = ask(browser, call, said__general_interest="no")
    assert "verdict-ask" in answer.text
    assert "mailto:contact@fonds-odd17.example" in answer.text


def test_what_is_left_empty_remains_to_be_looked_at(browser: Browser, call: str) -> None:
    answer = ask(browser, call, commune="", grant="", total_budget="")
    assert "verdict-yes" in answer.text
    verdict = answer.text.split("verdict-title")[2].split("</section>")[0]
    assert verdict.count("<li>") == 2


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"own": ""}, "own"),
        ({"own": "club"}, "own"),
        ({"grant": "beaucoup"}, "grant"),
        ({"total_budget": "0"}, "total_budget"),
        ({"partners.company": "deux"}, "partners.company"),
        ({"partners.company": "51"}, "partners.company"),
        ({"partners.company": "-1"}, "partners.company"),
        ({"commune": "Nullepartville"}, "commune"),
        ({"said.begun": ""}, "said.begun"),
        ({"said.begun": "perhaps"}, "said.begun"),
    ],
)
def test_what_cannot_be_read_is_said_beside_it(
    browser: Browser, call: str, changes: dict[str, str], path: str
) -> None:
    answer = ask(browser, call, **changes)
    assert answer.status_code == 422
    assert f'href="#{path}"' in answer.text
    assert f'id="{path}"' in answer.text
    assert 'class="verdict' not in answer.text


def test_a_name_of_several_communes_gives_them_to_choose_from(browser: Browser, call: str) -> None:
    answer = ask(browser, call, commune="Saint-Martin")
    assert answer.status_code == 422
    assert answer.text.count('name="chosen"') > 1
    sent: dict[str, Any] = sent_of(answer.text)
    chosen = browser.client.post(f"/appels/{call}/eligibilite", data={**sent, "chosen": "31458"})
    assert chosen.status_code == 200
    assert "verdict-yes" in chosen.text
    assert sent_of(chosen.text)["commune"] == ["Roques (Haute-Garonne)"]


def test_a_kind_that_must_sit_somewhere_says_so_beside_its_count(
    browser: Browser, factory: SessionFactory, world: World, call: str
) -> None:
    with unit_of_work(factory) as session:
        opened = session.get_one(Call, world.call_id)
        rule = AllianceRule(members=(MemberRule(OrganisationKind.COMPANY, 2, ("reg:76",)),))
        call_versions.save_content(session, world["officer"], opened, replace(opened.content, alliance=rule))
        call_versions.publish_revision(session, world["officer"], opened)
    assert "Occitanie" in browser.get(f"/appels/{call}/eligibilite").text
    answer = ask(browser, call)
    assert "verdict-no" in answer.text
    assert "Occitanie" in answer.text.split("verdict-title")[2]


def test_nothing_is_kept(browser: Browser, factory: SessionFactory, call: str) -> None:
    def count() -> int:
        with factory() as session:
            tables = Base.metadata.tables.values()
            return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    before = count()
    ask(browser, call)
    ask(browser, call, own="")
    assert count() == before


def test_the_form_needs_its_token(browser: Browser, call: str) -> None:
    assert browser.client.post(f"/appels/{call}/eligibilite", data=GOOD).status_code == 400


def test_a_call_that_is_over_asks_nothing(browser: Browser, call: str) -> None:
    with time_machine.travel(utc_now() + timedelta(days=11), tick=True):
        page = browser.get(f"/appels/{call}/eligibilite")
        assert page.status_code == 200
        assert 'name="own"' not in page.text


def test_a_draft_of_a_call_is_asked_about_by_nobody(
    browser: Browser, factory: SessionFactory, world: World, sign_in: Callable[[str], Browser]
) -> None:
    with unit_of_work(factory) as session:
        funder_id = session.get_one(Call, world.call_id).funder_id
        draft = call_versions.create_from_content(session, world["officer"], example(), funder_id=funder_id)
        path = f"/appels/{draft.reference}"
    for person in (browser, sign_in("officer")):
        assert person.get(f"{path}/eligibilite").status_code == 404
        assert person.get(f"{path}/formulaire.pdf").status_code == 404


def test_texts_that_people_type_are_shown_as_texts(browser: Browser, call: str) -> None:
    answer = ask(browser, call, commune="<script>alert(1)</script>")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_call_without_rules_asks_only_who_one_is_and_the_money(
    browser: Browser, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        session.execute(text("UPDATE calls SET required_kinds = '{}'"))
        reference = session.get_one(Call, world.call_id).reference
    page = browser.get(f"/appels/{reference}/eligibilite").text
    assert 'name="commune"' not in page
    assert 'name="said.' not in page
    answer = browser.post(
        f"/appels/{reference}/eligibilite", {"own": "other"}, on=f"/appels/{reference}/eligibilite"
    )
    assert "verdict-yes" in answer.text
