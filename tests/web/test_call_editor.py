"""A call is written part by part on its pages, without JavaScript."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import OrganisationKind, Reporting, Scoring, Words
from fund.models import Call
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.call_writing import NEW, SignIn, Written, edit, example, part
from tests.web.call_writing import draft as draft
from tests.web.call_writing import officer as officer
from tests.web.call_writing import published as published
from tests.web.call_writing import written as written
from tests.web.conftest import Browser
from tests.web.reading import sent_of

PARTS = ("textes", "alliance", "eligibilite", "budget", "pieces", "grille", "regles")


# --- the parts ----------------------------------------------------------------------------------------------


def test_a_new_call_begins_with_its_texts_dates_and_amounts(
    officer: Browser, factory: SessionFactory, world: World
) -> None:
    answer = edit(
        officer,
        NEW,
        title__fr="Alliances pour l’eau",
        summary__fr="Un résumé.",
        opens_at="2027-03-01T09:00:00",
        closes_at="2027-04-01T18:00",
        envelope="90 000,50",
        grant__minimum="1000",
        grant__maximum="30000",
    )
    assert answer.status_code == 303, answer.text
    with factory() as session:
        call = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert call is not None
        content = call.content
        assert (content.title.fr, str(content.envelope), content.reviews) == (
            "Alliances pour l’eau",
            "90000.50",
            2,
        )
        assert content.opens_at.isoformat() == "2027-03-01T08:00:00+00:00"
        assert call.funder_id == session.get_one(Call, world.call_id).funder_id
    page = officer.get(answer.location).text
    assert "Titre, en anglais" in page or "Title, in English" in page  # still missing before the announcement


@pytest.mark.parametrize("name", PARTS)
def test_a_part_sent_as_it_is_changes_nothing(officer: Browser, draft: str, written: Written, name: str) -> None:
    before = written(draft)
    assert edit(officer, part(draft, name)).status_code == 303
    assert written(draft) == before == example()


def test_every_part_is_kept(officer: Browser, draft: str, written: Written) -> None:
    changes: dict[str, dict[str, str | list[str] | None]] = {
        "textes": {"title__en": "Another", "closes_at": "2027-02-26T18:00:30", "grant__rate": "62,5"},
        "alliance": {
            "alliance.members.0.minimum": "2",
            "alliance.members.0.territory": "Haute-Garonne\nreg:76",
            "alliance.territory": "Occitanie",
            "alliance.confirmations": "all",
            "alliance.endorsement": "true",
        },
        "eligibilite": {"eligibility.0.expected": "false", "eligibility.1.otherwise": "ask"},
        "budget": {"budget.accounts": ["60", "641"], "budget.evidence": None},
        "pieces": {"documents.0.per_member": "true", "documents.0.required": None, "documents.0.files": ["pdf"]},
        "grille": {
            "rubric.0.weight": "40",
            "rubric.0.threshold": "",
            "rubric.0.help.en": "Who decides?",
            "rubric.0.anchors.5.fr": "Une alliance modèle.",
            "rubric.0.anchors.0.fr": "",
            "rubric.0.anchors.0.en": "",
            "rubric.1.weight": "20",
            "rubric.1.scale": "10",
            "rubric.1.threshold": "4",
            **{f"rubric.3.anchors.{mark}.{name}": "" for mark in range(6) for name in ("fr", "en")},
            "scoring.minimum": "42,5",
            "scoring.divergence": "",
            "scoring.days": "30",
        },
        "regles": {
            "deadline.rule": "strict",
            "deadline.minutes": "",
            "feedback": "none",
            "regime.aid": "gber",
            "regime.republican_contract": None,
            "declaration.fr": "Je déclare.",
            "reporting.threshold": "12,5",
        },
    }
    for name, sent in changes.items():
        answer = edit(officer, part(draft, name), **sent)
        assert answer.status_code == 303, answer.text
    content = written(draft)
    assert content.title.en == "Another"
    assert content.closes_at.isoformat() == "2027-02-26T17:00:30+00:00"
    assert str(content.grant.rate) == "62.50"
    first = content.alliance.members[0]
    assert (first.minimum, first.territory) == (2, ("dep:31", "reg:76"))
    assert (content.alliance.territory, content.alliance.confirmations) == (("reg:76",), "all")
    assert content.alliance.endorsement
    assert not content.eligibility[0].expected
    assert content.eligibility[1].otherwise == "ask"
    assert content.budget is not None
    assert (content.budget.accounts, content.budget.evidence) == (("60", "641"), False)
    bank = content.documents[0]
    assert (bank.per_member, bank.required, bank.files) == (True, False, ("pdf",))
    alliance, need, _, realism = content.rubric
    assert [(str(line.weight), line.scale, line.threshold) for line in (alliance, need)] == [
        ("40.00", 5, None),
        ("20.00", 10, 4),
    ]
    assert alliance.help.en == "Who decides?"
    assert (alliance.anchors[0], alliance.anchors[5].fr) == (Words(), "Une alliance modèle.")
    # A longer scale goes on without words; a criterion of which no mark is in words has none at all.
    assert need.anchors == (*example().rubric[1].anchors, *[Words()] * 5)
    assert realism.anchors == ()
    assert content.scoring == Scoring(minimum=Decimal("42.5"), divergence=Decimal(25), days=30)
    assert (content.deadline.rule, content.deadline.minutes) == ("strict", 0)
    assert (content.feedback, content.regime.aid, content.regime.republican_contract) == ("none", "gber", False)
    assert content.declaration.fr == "Je déclare."
    assert content.reporting == Reporting(threshold=Decimal("12.5"))
    assert content.form == example().form


def test_without_the_box_no_budget_is_asked(officer: Browser, draft: str, written: Written) -> None:
    assert edit(officer, part(draft, "budget"), asked=None).status_code == 303
    assert written(draft).budget is None


# --- rows ----------------------------------------------------------------------------------------------------


def test_rows_are_added_moved_and_removed_before_anything_is_kept(
    officer: Browser, draft: str, written: Written
) -> None:
    path = part(draft, "pieces")
    page = edit(officer, path, act="add:documents", **{"documents.0.label.fr": "Tapé"})
    assert page.status_code == 200
    sent: dict[str, Any] = sent_of(page.text)
    assert sent["documents.0.label.fr"] == ["Tapé"]
    assert "documents.3.label.fr" in sent
    sent["documents.3.label.fr"] = ["Bilan financier"]
    page = officer.client.post(path, data={**sent, "act": "up:documents:3"})
    sent = sent_of(page.text)
    assert sent["documents.2.label.fr"] == ["Bilan financier"]
    page = officer.client.post(path, data={**sent, "act": "remove:documents:1"})
    assert written(draft) == example()
    assert officer.client.post(path, data=sent_of(page.text)).status_code == 303
    assert [(rule.key, rule.label.fr) for rule in written(draft).documents] == [
        ("bank_details", "Tapé"),
        ("bilan_financier", "Bilan financier"),
        ("premises", "Accord d’occupation du lieu"),
    ]


def test_an_empty_row_is_left_out(officer: Browser, draft: str, written: Written) -> None:
    for name, rows in (("pieces", "documents"), ("grille", "rubric"), ("eligibilite", "eligibility")):
        page = edit(officer, part(draft, name), act=f"add:{rows}")
        answer = officer.client.post(part(draft, name), data=sent_of(page.text))
        assert answer.status_code == 303, answer.text
    page = edit(officer, part(draft, "alliance"), act="add:alliance.members")
    assert officer.client.post(part(draft, "alliance"), data=sent_of(page.text)).status_code == 303
    assert written(draft) == example()


@pytest.mark.parametrize(
    "action",
    ["", "dance", "up:documents:999", "remove:documents:-1", "add:documents.0", "add:csrf_token", "add:a.b.c.d"],
)
def test_buttons_of_nowhere_do_nothing(officer: Browser, draft: str, written: Written, action: str) -> None:
    answer = edit(officer, part(draft, "pieces"), act=action)
    assert answer.status_code in (200, 303)
    assert written(draft) == example()


# --- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "path"),
    [
        ("textes", {"title__fr": " "}, "title.fr"),
        ("textes", {"envelope": "beaucoup"}, "envelope"),
        ("textes", {"closes_at": "2026-01-01T10:00"}, "closes_at"),
        ("textes", {"grant__minimum": "90000"}, "grant.maximum"),
        ("alliance", {"alliance.members.1.minimum": "60"}, "alliance.members.1.minimum"),
        ("alliance", {"alliance.members.1.kind": "company"}, "alliance.members.2.kind"),
        ("alliance", {"alliance.territory": "Nullepart"}, "alliance.territory"),
        ("alliance", {"alliance.members.2.territory": "Saint-Denis"}, "alliance.members.2.territory"),
        ("eligibilite", {"eligibility.1.because.fr": ""}, "eligibility.1.because.fr"),
        ("pieces", {"documents.2.show_if": "need.nothing == yes"}, "documents.2.show_if"),
        ("pieces", {"documents.1.key": "bank_details"}, "documents.1.key"),
        ("grille", {"rubric.2.weight": "lourd"}, "rubric.2.weight"),
        ("grille", {"rubric.2.threshold": "6"}, "rubric.2.threshold"),
        ("grille", {"rubric.2.scale": "4"}, "rubric.2.anchors"),
        ("grille", {"rubric.2.anchors.3.fr": "A" * 501}, "rubric.2.anchors.3.fr"),
        ("grille", {"rubric.2.key": "need"}, "rubric.2.key"),
        ("grille", {"scoring.minimum": "120"}, "scoring.minimum"),
        ("regles", {"deadline.minutes": "0"}, "deadline.minutes"),
        ("regles", {"reporting.threshold": "101"}, "reporting.threshold"),
    ],
)
def test_a_refusal_stands_beside_its_control_and_nothing_typed_is_lost(
    officer: Browser,
    draft: str,
    written: Written,
    name: str,
    changes: dict[str, Any],
    path: str,
) -> None:
    answer = edit(officer, part(draft, name), **changes)
    assert answer.status_code == 422
    assert f'id="{path}-error"' in answer.text
    assert f'href="#{path}"' in answer.text
    kept = sent_of(answer.text)
    for control, value in changes.items():
        assert kept[control.replace("__", ".")] == [value]
    assert written(draft) == example()


def test_a_rubric_may_be_unfinished_while_it_is_written(officer: Browser, draft: str, written: Written) -> None:
    assert edit(officer, part(draft, "grille"), **{"rubric.0.weight": "10"}).status_code == 303
    assert str(written(draft).rubric[0].weight) == "10.00"
    # An unfinished rubric keeps no other part from being written, and is named among what is missing.
    assert edit(officer, part(draft, "regles"), feedback="none").status_code == 303
    assert "75" in officer.get(f"/gestion/appels/{draft}/modifier").text


def test_what_a_change_breaks_elsewhere_is_named_with_its_place(
    officer: Browser, draft: str, written: Written
) -> None:
    """A document is asked for only where a field is answered yes: the field cannot go before that condition."""
    address = f"/gestion/appels/{draft}/modifier/formulaire"
    page = officer.get(f"{address}/plan/need/has_site").text
    answer = officer.post(
        f"{address}/retirer",
        {"place": "need/has_site", "version": sent_of(page)["version"][0]},
        on=f"{address}/plan/need/has_site",
    )
    assert answer.status_code == 303
    told = officer.get(answer.location.split("#")[0]).text
    assert "Adresse de ce lieu" in told
    assert "Accord d’occupation du lieu" in told
    assert written(draft) == example()


# --- two officers ------------------------------------------------------------------------------------------------


def test_a_call_changed_meanwhile_keeps_what_was_typed_and_the_others_change(
    officer: Browser, sign_in: SignIn, draft: str, written: Written
) -> None:
    path = part(draft, "textes")
    mine: dict[str, Any] = sent_of(officer.get(path).text)
    other = sign_in("officer2")
    assert edit(other, part(draft, "regles"), feedback="none").status_code == 303
    mine["title.fr"] = ["Tapé ici"]
    answer = officer.client.post(path, data=mine)
    assert answer.status_code == 409
    again = sent_of(answer.text)
    assert again["title.fr"] == ["Tapé ici"]
    assert officer.client.post(path, data=again).status_code == 303
    assert (written(draft).title.fr, written(draft).feedback) == ("Tapé ici", "none")


# --- after publication -----------------------------------------------------------------------------------------


def test_after_publication_changes_wait_are_shown_and_published(
    officer: Browser, browser: Browser, published: str, written: Written
) -> None:
    hub = f"/gestion/appels/{published}/modifier"
    assert edit(officer, part(published, "textes"), title__fr="Un nouveau titre").status_code == 303
    page = officer.get(hub).text
    assert "Un nouveau titre" in page
    assert example().title.fr in page  # before and after
    assert "Un nouveau titre" not in browser.get(f"/appels/{published}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    answer = officer.post(f"/gestion/appels/{published}/publier", {"version": version[1]}, on=hub)
    assert answer.status_code == 303
    public = browser.get(f"/appels/{published}").text
    assert "Un nouveau titre" in public
    # The same page sent again: somebody has published it already, and is told.
    again = officer.post(f"/gestion/appels/{published}/publier", {"version": version[1]}, on=hub)
    assert again.status_code == 303
    assert len(written(published).title.fr) > 0


def test_what_waits_is_discarded(officer: Browser, published: str, written: Written) -> None:
    hub = f"/gestion/appels/{published}/modifier"
    edit(officer, part(published, "regles"), feedback="none")
    version = re.search(r'name="version" value="(\d+)"', officer.get(hub).text)
    assert version
    answer = officer.post(f"/gestion/appels/{published}/abandonner", {"version": version[1]}, on=hub)
    assert answer.status_code == 303
    assert written(published) == example()


def test_a_revision_that_cannot_be_announced_says_why_where_it_is_mended(
    officer: Browser, published: str, factory: SessionFactory
) -> None:
    hub = f"/gestion/appels/{published}/modifier"
    edit(officer, part(published, "textes"), title__en="")
    edit(officer, part(published, "grille"), **{"rubric.0.weight": "10"})
    version = re.search(r'name="version" value="(\d+)"', officer.get(hub).text)
    assert version
    answer = officer.post(f"/gestion/appels/{published}/publier", {"version": version[1]}, on=hub)
    assert answer.location.endswith("/modifier")
    page = officer.get(hub).text
    assert "75" in page
    with factory() as session:
        call = session.scalars(select(Call).where(Call.reference == published)).one()
        assert [v.number for v in call.versions] == [1]
        assert call.content == example()


def test_the_dates_of_an_open_call_are_not_offered(
    officer: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    path = part(call_reference, "textes")
    sent = sent_of(officer.get(path).text)
    assert "closes_at" not in sent
    assert edit(officer, path, title__fr="Sans les dates").status_code == 303
    forged = edit(officer, path, closes_at="2031-01-01T10:00")
    assert forged.status_code == 422
    with factory() as session:
        assert session.get_one(Call, world.call_id).closes_at.year < 2031


def test_a_call_that_is_over_is_not_edited(
    officer: Browser, factory: SessionFactory, world: World, draft: str
) -> None:
    with unit_of_work(factory) as session:
        call = session.scalars(select(Call).where(Call.reference == draft)).one()
        take_step(session, world["officer"], call, "cancel", inputs={"reason": "Essai."})
    for path in ("", "/textes", "/formulaire/plan", "/formulaire/plan/need"):
        assert officer.get(f"/gestion/appels/{draft}/modifier{path}").status_code == 404, path
    sent = {"title.fr": "X", "feedback": "none"}
    assert officer.post(part(draft, "regles"), sent, on=NEW).status_code == 409


def test_nobody_else_writes_calls(sign_in: SignIn, draft: str) -> None:
    for name in ("finance", "admin", "auditor", "applicant", "reviewer"):
        person = sign_in(name)
        for path in ("", "/textes", "/formulaire/plan", "/formulaire/plan/need"):
            assert person.get(f"/gestion/appels/{draft}/modifier{path}").status_code == 403, (name, path)
        assert person.post(part(draft, "regles"), {"feedback": "none"}, on="/").status_code == 403


def test_kinds_of_member_keep_their_order_and_details(officer: Browser, draft: str, written: Written) -> None:
    path = part(draft, "alliance")
    page = edit(officer, path, act="up:alliance.members:2", **{"alliance.members.2.minimum": "4"})
    assert officer.client.post(path, data=sent_of(page.text)).status_code == 303
    assert [(rule.kind, rule.minimum) for rule in written(draft).alliance.members] == [
        (OrganisationKind.LOCAL_AUTHORITY, 1),
        (OrganisationKind.COMPANY, 4),
        (OrganisationKind.ASSOCIATION, 1),
    ]
