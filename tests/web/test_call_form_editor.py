"""The forms of a call are written on their pages: sections, fields of every type, columns."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import FieldType, Words
from fund.models import Call
from fund.services import call_versions
from tests.scenario import World
from tests.web.call_writing import Written, edit, example, part
from tests.web.call_writing import draft as draft
from tests.web.call_writing import officer as officer
from tests.web.call_writing import published as published
from tests.web.call_writing import written as written
from tests.web.conftest import Browser
from tests.web.reading import sent_of


def test_a_section_is_added_with_a_key_of_its_title(officer: Browser, draft: str, written: Written) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/ajouter"
    answer = edit(officer, path, title__fr="Évaluation d’impact", help__fr="Aide.")
    assert answer.status_code == 303, answer.text
    section = written(draft).form.sections[-1]
    assert (section.key, section.title.fr, section.help.fr, section.fields) == (
        "evaluation_d_impact",
        "Évaluation d’impact",
        "Aide.",
        (),
    )


def simple(kind: FieldType) -> dict[str, str | list[str]]:
    """What makes a field of the type whole."""
    settings: dict[FieldType, dict[str, str | list[str]]] = {
        FieldType.TEXT: {"minimum": "3", "maximum": "50"},
        FieldType.LONG_TEXT: {"maximum": "500"},
        FieldType.NUMBER: {"minimum": "-5", "maximum": "12,5", "decimals": "1"},
        FieldType.AMOUNT: {"maximum": "1000,50"},
        FieldType.CHOICE: {"options": "Oui, déjà\nnon | Pas encore | Not yet\n"},
        FieldType.CHOICES: {"options": "un\ndeux", "maximum": "2"},
        FieldType.TERRITORY: {"levels": ["dep", "reg"], "maximum": "2"},
        FieldType.ROWS: {"fields.0.label.fr": "Nom", "maximum": "4"},
        FieldType.FILE: {"files": ["pdf"]},
    }
    return settings.get(kind, {})


@pytest.mark.parametrize("kind", FieldType)
def test_a_field_of_every_type_is_added_and_sent_again_unchanged(
    officer: Browser, draft: str, written: Written, kind: FieldType
) -> None:
    address = f"/gestion/appels/{draft}/modifier/formulaire"
    page = officer.get(f"{address}/ajouter", inside="need", type=kind.value)
    sent: dict[str, Any] = sent_of(page.text)
    sent |= {"label.fr": "Une question", "label.en": "A question", "required": "true", **simple(kind)}
    answer = officer.client.post(f"{address}/ajouter", data=sent)
    assert answer.status_code == 303, answer.text
    field = written(draft).form.sections[0].fields[-1]
    assert (field.key, field.type, field.label) == ("une_question", kind, Words("Une question", "A question"))
    assert field.required is (kind is not FieldType.NOTE)
    before = written(draft)
    assert edit(officer, f"{address}/plan/need/une_question").status_code == 303
    assert written(draft) == before


def test_options_are_lines_and_their_faults_name_the_line(officer: Browser, draft: str, written: Written) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/plan/partnership/origin"
    good = "new | Nouvelle | New\n\nÀ l’essai\nexisting | Déjà là\nextended | A \\| B | A \\| B"
    assert edit(officer, path, options=good).status_code == 303
    options = written(draft).form.sections[1].fields[0].options
    assert [(option.value, option.label.fr, option.label.en) for option in options] == [
        ("new", "Nouvelle", "New"),
        ("a_l_essai", "À l’essai", ""),
        ("existing", "Déjà là", ""),
        ("extended", "A | B", "A | B"),
    ]
    assert "extended | A \\| B | A \\| B" in officer.get(path).text
    twice = edit(officer, path, options="\nexisting | Un\nextended | Deux\nexisting | Trois\nnew | N")
    assert twice.status_code == 422
    assert 'id="options-error"' in twice.text
    assert re.search(r"(ligne|line) 4", twice.text)


def test_taking_an_option_away_that_a_condition_needs_is_refused_with_the_place(
    officer: Browser, draft: str
) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/plan/partnership/origin"
    answer = edit(officer, path, options="new | Nouvelle")
    assert answer.status_code == 422
    assert "Date de votre premier projet commun" in answer.text


def test_a_field_changes_its_type_and_loses_only_what_the_type_has_not(
    officer: Browser, draft: str, written: Written
) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/plan/impact/change"
    page = officer.get(path, type="text")
    assert page.status_code == 200
    sent: dict[str, Any] = sent_of(page.text)
    assert sent["type"] == ["text"]
    sent["maximum"] = "400"
    assert officer.client.post(path, data=sent).status_code == 303
    field = written(draft).form.sections[2].fields[3]
    assert (field.type, field.maximum, field.required) == (FieldType.TEXT, Decimal(400), True)
    unknown = officer.get(path, type="dance")
    assert unknown.status_code == 404


def test_elements_are_moved_and_removed(officer: Browser, draft: str, written: Written) -> None:
    address = f"/gestion/appels/{draft}/modifier/formulaire"

    def send(action: str, place: str, **more: str) -> TestResponse:
        version = re.search(r'name="version" value="(\d+)"', officer.get(f"{address}/plan").text)
        assert version
        sent = {"place": place, "version": version[1], **more}
        return officer.post(f"{address}/{action}", sent, on=f"{address}/plan")

    assert send("deplacer", "practical", to="up").status_code == 303
    assert [section.key for section in written(draft).form.sections] == [
        "need",
        "partnership",
        "practical",
        "impact",
    ]
    assert send("deplacer", "impact/goals", to="down").status_code == 303
    assert [field.key for field in written(draft).form.sections[3].fields][:2] == ["levers", "goals"]
    assert send("deplacer", "partnership/steps/until", to="up").status_code == 303
    assert written(draft).form.sections[1].fields[4].fields[0].key == "until"
    assert send("retirer", "impact").status_code == 303
    assert written(draft).form.find("impact") is None
    # What a condition names must stand before it.
    before = written(draft)
    assert send("deplacer", "partnership/origin", to="down").status_code == 303
    assert written(draft) == before
    assert "Date de votre premier projet commun" in officer.get(f"{address}/plan").text
    assert send("deplacer", "nowhere", to="up").status_code == 404
    assert send("retirer", "need/nothing").status_code == 404
    assert send("retirer", "").status_code == 404


def test_a_column_is_added_changed_and_the_last_one_stays(officer: Browser, draft: str, written: Written) -> None:
    address = f"/gestion/appels/{draft}/modifier/formulaire"
    page = officer.get(f"{address}/ajouter", inside="impact/indicators", type="date")
    sent: dict[str, Any] = {**sent_of(page.text), "label.fr": "Mesuré le", "show_if": 'unit == "people"'}
    assert officer.client.post(f"{address}/ajouter", data=sent).status_code == 303
    column = written(draft).form.sections[2].fields[4].fields[-1]
    assert (column.key, column.type, column.show_if) == ("mesure_le", FieldType.DATE, 'unit == "people"')
    # The rows themselves keep their columns when they are changed.
    assert edit(officer, f"{address}/plan/impact/indicators", label__fr="Mesures").status_code == 303
    rows = written(draft).form.sections[2].fields[4]
    assert (rows.label.fr, len(rows.fields)) == ("Mesures", 6)
    deep = officer.get(f"{address}/ajouter", inside="impact/indicators/name", type="text")
    assert deep.status_code == 404


def test_a_key_that_changes_leaves_no_condition_behind(officer: Browser, draft: str) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/plan/need/has_site"
    answer = edit(officer, path, key="lieu")
    assert answer.status_code == 422
    assert "Adresse de ce lieu" in answer.text
    assert sent_of(answer.text)["key"] == ["lieu"]


@pytest.mark.parametrize("key", ["Majuscule", "é", "1a", "yes", "csrf_token", "a b", "x" * 41])
def test_a_key_that_cannot_be_one_is_refused(officer: Browser, draft: str, key: str) -> None:
    path = f"/gestion/appels/{draft}/modifier/formulaire/plan/need/site_web"
    answer = edit(officer, path, key=key)
    assert answer.status_code == 422
    assert 'id="key-error"' in answer.text


def test_the_report_form_is_edited_by_the_same_pages(officer: Browser, draft: str, written: Written) -> None:
    address = f"/gestion/appels/{draft}/modifier/compte-rendu"
    assert "Ce que vous avez fait" in officer.get(f"{address}/plan").text
    assert edit(officer, f"{address}/plan/account/done", label__fr="Actions").status_code == 303
    assert written(draft).report.sections[0].fields[0].label.fr == "Actions"
    assert written(draft).form == example().form


def test_unknown_parts_forms_and_places_do_not_exist(officer: Browser, draft: str) -> None:
    base = f"/gestion/appels/{draft}/modifier"
    for path in ("/danse", "/formulaire", "/danse/plan", "/formulaire/plan/rien", "/formulaire/plan/need/rien"):
        assert officer.get(base + path).status_code == 404, path
    assert officer.get(f"{base}/formulaire/ajouter", inside="rien", type="text").status_code == 404
    assert officer.get("/gestion/appels/AP-0000-0000/modifier").status_code == 404


def test_texts_of_officers_are_texts_and_not_markup(officer: Browser, browser: Browser, published: str) -> None:
    scripted = "<script>alert(1)</script>"
    edit(officer, part(published, "textes"), title__fr=scripted, summary__fr=scripted)
    address = f"/gestion/appels/{published}/modifier/formulaire/plan/need/people"
    edit(officer, address, label__fr=scripted, help__fr=scripted)
    for path in (
        "/modifier",
        "/modifier/textes",
        "/modifier/formulaire/plan",
        "/apercu",
        "/apercu/formulaire/need",
    ):
        page = officer.get(f"/gestion/appels/{published}{path}").text
        assert scripted not in page, path
        assert "&lt;script&gt;" in page, path


def test_a_long_form_costs_no_more_statements_than_a_short_one(
    officer: Browser, draft: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        funder_id = session.get_one(Call, world.call_id).funder_id
        short = replace(example(), form=replace(example().form, sections=()), documents=())
        bare = call_versions.create_from_content(session, world["officer"], short, funder_id=funder_id).reference
        engine = session.get_bind()
    counts = []
    for reference in (bare, draft):
        seen: list[str] = []

        def count(*given: Any, seen: list[str] = seen) -> None:
            seen.append(given[2])

        event.listen(engine, "before_cursor_execute", count)
        try:
            assert officer.get(f"/gestion/appels/{reference}/modifier/formulaire/plan").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1]
