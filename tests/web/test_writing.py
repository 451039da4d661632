"""Writing a file part by part without JavaScript: saved as typed, judged beside each field, nothing lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Collaborator, Right
from fund.models.base import utc_now
from fund.services.steps import take_step
from fund.services.writing import save_part
from tests.filling import example
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.filing import load
from tests.web.writing import Writer, recorded

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


@pytest.fixture
def need(sign_in: SignIn, draft: str) -> Writer:
    return Writer(sign_in("applicant"), draft, "need").open()


def at_field(page: str, name: str) -> str:
    """The page from the wrapper of a field on."""
    found = re.search(rf'data-name="{name}".*', page, re.DOTALL)
    assert found, name
    return found[0]


def is_hidden(page: str, name: str) -> bool:
    return " hidden" in at_field(page, name).partition(">")[0]


def test_what_is_typed_is_saved_and_stands_there_again(need: Writer, factory: SessionFactory, draft: str) -> None:
    need.type(need="Deux lignes\net « un » <b>tag</b>", people="1 200", audiences=["", "young", "families"]).save()
    assert recorded(factory, draft) == {
        "need": "Deux lignes\net « un » <b>tag</b>",
        "people": "1 200",
        "audiences": ["young", "families"],
    }
    assert "&lt;b&gt;tag&lt;/b&gt;" in need.page
    assert need.fields["need"] == "Deux lignes\net « un » <b>tag</b>"
    assert need.fields.getlist("audiences") == ["", "young", "families"]
    assert "Vos réponses sont enregistrées" in need.page
    assert re.search(r"Enregistré à\s\d\d:\d\d", need.page)


def test_an_invalid_answer_is_saved_and_shown_with_its_problem(
    need: Writer, factory: SessionFactory, draft: str
) -> None:
    need.type(people="beaucoup").save()
    assert recorded(factory, draft) == {"people": "beaucoup"}
    problem = re.search(r'id="q-people-error"[^>]*>(.*?)</div>', need.page, re.DOTALL)
    assert problem is not None
    assert "Donnez un nombre" in problem[1]
    control = re.search(r'<input[^>]*id="q-people"[^>]*>', need.page)
    assert control is not None
    assert 'aria-invalid="true"' in control[0]
    assert re.search(r'aria-describedby="[^"]*q-people-error', control[0])


def test_what_is_empty_is_named_only_when_it_is_asked_for(need: Writer) -> None:
    need.type(people="12").save()
    assert "Remplissez ce champ" not in need.page
    assert "?manques=1" in need.page
    need.open("?manques=1")
    assert 'class="error-summary"' in need.page
    assert '<a href="#q-need">' in need.page
    assert "Remplissez ce champ" in at_field(need.page, "need")[:2000]


def test_a_page_sent_back_untouched_changes_nothing(
    sign_in: SignIn, factory: SessionFactory, world: World, draft: str
) -> None:
    """Also where what is recorded is odd: values no longer offered, days that are none, rows with gaps."""
    odd: dict[str, dict[str, Any]] = {
        "need": {
            "need": "\n  Un texte\n",
            "audiences": ["seniors", "kingdom", "young"],
            "territories": ["com:31458", "Saint-Hilaire", "dep:31"],
            "has_site": "perhaps",
            "site": {"street": "", "postcode": "31", "commune": "Roques"},
            "other_audience": "caché",
        },
        "partnership": {
            "origin": "elsewhere",
            "since": "31/12/2026",
            "steps": [{"step": "Un", "until": "2027-02-31"}, {}, {"step": "Trois", "outside_help": "no"}],
        },
        "impact": {"goals": ["17", "3"], "indicators": [{"unit": "none"}]},
    }
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        for part, answers in odd.items():
            save_part(session, world["applicant"], file, part, answers, base=0)
    browser = sign_in("applicant")
    for part, answers in odd.items():
        Writer(browser, draft, part).open().save()
        assert recorded(factory, draft, part) == answers


def test_a_day_that_a_calendar_cannot_show_stays_a_text(
    sign_in: SignIn, factory: SessionFactory, world: World, draft: str
) -> None:
    """A browser empties a calendar's field whose value is no day, and would send the emptiness back."""
    rows = [{"until": "2027-02-28"}, {"until": "2027-02-31"}, {"until": "31/12/2027"}]
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        save_part(session, world["applicant"], file, "partnership", {"steps": rows}, base=0)
    page = Writer(sign_in("applicant"), draft, "partnership").open().page
    controls = re.findall(r'<input[^>]*name="steps-\d-until"[^>]*>', page)
    assert ['type="date"' in control for control in controls] == [True, False, False, True]


def test_conditional_fields_appear_once_their_condition_is_saved(need: Writer) -> None:
    assert is_hidden(need.page, "other_audience")
    assert is_hidden(need.page, "site")
    need.type(audiences=["", "other"], has_site="yes").save()
    assert not is_hidden(need.page, "other_audience")
    assert not is_hidden(need.page, "site")
    need.type(other_audience="Les pêcheurs").save()
    need.type(audiences=[""]).save()
    assert is_hidden(need.page, "other_audience")
    assert need.fields["other_audience"] == "Les pêcheurs"  # hidden, and kept


def test_every_kind_of_field_is_drawn_named_and_described(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    for section in example().form.sections:
        page = Writer(browser, draft, section.key).open().page
        for question in section.fields:
            drawn = at_field(page, question.key)
            assert question.label.fr.replace("'", "&#39;") in drawn, question.key
            assert question.type == "note" or f'id="q-{question.key}-error"' in drawn, question.key
            is_marked = "(facultatif)" in drawn.partition("data-problems")[0]
            assert is_marked is not (question.required or question.type == "note"), question.key
        for label, target in re.findall(r'<label[^>]*for="([^"]+)"[^>]*>([^<]*)', page):
            assert f'id="{label}"' in page, target


# --- rows -----------------------------------------------------------------------------------------------------


def test_rows_are_added_and_removed_by_saving(sign_in: SignIn, factory: SessionFactory, draft: str) -> None:
    writer = Writer(sign_in("applicant"), draft, "partnership").open()
    writer.type(steps__0__step="Ouvrir", steps__0__pilot="Commune").save(_go="q-steps")
    assert 'name="steps-1-step"' in writer.page
    answer = writer.type(steps__1__step="Former", steps__1__until="2027-06-01").send(_go="q-steps")
    assert answer.headers["Location"].endswith("/ecrire/partnership#q-steps")
    assert [row["step"] for row in recorded(factory, draft, "partnership")["steps"]] == ["Ouvrir", "Former"]
    writer.open()
    removed = writer.send(_remove="steps-0")
    assert removed.headers["Location"].endswith("#q-steps")
    assert [row["step"] for row in recorded(factory, draft, "partnership")["steps"]] == ["Former"]


def test_rows_are_offered_only_up_to_their_maximum(
    sign_in: SignIn, factory: SessionFactory, world: World, draft: str
) -> None:
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == draft)).one()
        rows = [{"step": f"Étape {number}"} for number in range(10)]
        save_part(session, world["applicant"], file, "partnership", {"steps": rows}, base=0)
    page = Writer(sign_in("applicant"), draft, "partnership").open().page
    assert 'name="steps-9-step"' in page
    assert 'name="steps-10-step"' not in page


# --- places ---------------------------------------------------------------------------------------------------


def test_a_place_that_can_only_be_one_is_found_by_its_name(
    need: Writer, factory: SessionFactory, draft: str
) -> None:
    need.type(territories=["", "Roques (Haute-Garonne)"]).save()
    need.type(territories=[*need.fields.getlist("territories"), "Occitanie"]).save()
    assert recorded(factory, draft)["territories"] == ["com:31458", "Occitanie"]  # a région is not asked for
    assert 'value="com:31458" data-label="Roques (Haute-Garonne)" checked' in need.page


def test_places_of_one_name_are_offered_to_choose_from(need: Writer, factory: SessionFactory, draft: str) -> None:
    need.type(territories=["", "dep:31", "Saint-Hilaire"]).save()
    assert recorded(factory, draft)["territories"] == ["dep:31", "Saint-Hilaire"]
    offered = re.findall(r'name="territories-choice-0"[^>]*value="([^"]+)"', need.page)
    assert len(offered) > 1
    need.type(territories__choice__0=offered[1]).save()
    assert recorded(factory, draft)["territories"] == ["dep:31", offered[1]]
    assert "territories-choice-0" not in need.page


def test_the_commune_of_an_address_is_chosen_too(need: Writer, factory: SessionFactory, draft: str) -> None:
    need.type(has_site="yes", site__street="3 rue du Port", site__postcode="31120", site__commune="Saint-Hilaire")
    need.save()
    offered = re.findall(r'name="site-commune-choice-0"[^>]*value="([^"]+)"', need.page)
    assert len(offered) > 1
    need.type(site__commune__choice__0=offered[0]).save()
    assert recorded(factory, draft)["site"]["commune"] == offered[0]
    # A text typed after the choice was offered counts more than the choice.
    need.type(site__commune="Toulouse").save()
    assert recorded(factory, draft)["site"]["commune"] == "Toulouse"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Roques (Haute-Garonne)", "31458"),
        ("31458", "31458"),
        ("Toulouse", "31555"),
        ("", None),
        ("Nulle-Part", None),
    ],
)
def test_the_commune_of_the_project_is_one_field(
    sign_in: SignIn, empty: str, factory: SessionFactory, text: str, code: str | None
) -> None:
    writer = Writer(sign_in("applicant"), empty, "project").open()
    writer.type(commune_code=text).save()
    assert load(factory, empty).commune_code == code
    assert (text in writer.page) or code == "31458"
    if code:
        writer.save()  # its label comes back as the same commune
        assert load(factory, empty).commune_code == code


def test_places_are_searched_for_by_anybody(browser: Browser) -> None:
    found = browser.get("/territoires", q="haute garonne", niveaux="dep").json
    assert found == {"places": [{"code": "dep:31", "label": "Haute-Garonne (31)"}]}
    everything = browser.get("/territoires", q="Toulouse").get_json()
    assert {place["code"].partition(":")[0] for place in everything["places"]} > {"com"}
    assert browser.get("/territoires", q="x" * 5000).status_code == 200
    assert browser.get("/territoires").json == {"places": []}


# --- parts ----------------------------------------------------------------------------------------------------


def test_the_parts_say_how_far_they_are(sign_in: SignIn, need: Writer, draft: str) -> None:
    assert re.search(r"Le territoire et le besoin</a>\s*<span[^>]*>vide", need.page)
    need.type(need="x" * 200, people="10", audiences=["", "young"], has_site="no", territories=["", "com:31458"])
    need.save()
    assert re.search(r"Le territoire et le besoin</a>\s*<span[^>]*>complète", need.page)
    need.type(people="").save()
    assert re.search(r"Le territoire et le besoin</a>\s*<span[^>]*>1 point à régler", need.page)
    hub = need.browser.get(f"/mes-dossiers/{draft}").text
    assert f'/mes-dossiers/{draft}/ecrire/need?manques=1#q-people">Encore vide' in hub


def test_saving_goes_on_to_the_next_part_where_that_is_asked(need: Writer, draft: str) -> None:
    answer = need.type(people="3").send(_go="next")
    assert answer.headers["Location"].endswith(f"/mes-dossiers/{draft}/ecrire/partnership")
    assert "Vos réponses sont enregistrées" not in need.browser.client.get(answer.headers["Location"]).text


def test_everything_missing_leads_to_its_field(sign_in: SignIn, draft: str) -> None:
    hub = sign_in("applicant").get(f"/mes-dossiers/{draft}").text
    for target in (
        "/ecrire/project?manques=1#q-title",
        "/ecrire/need?manques=1#q-territories",
        "/ecrire/partnership?manques=1#q-steps",
        "/ecrire/budget?manques=1#q-products",
        "/alliance",
        "/documents#asked.",
    ):
        assert f'href="/mes-dossiers/{draft}{target}' in hub, target


def test_the_former_address_of_writing_leads_to_the_first_part(sign_in: SignIn, draft: str) -> None:
    answer = sign_in("applicant").get(f"/mes-dossiers/{draft}/ecrire")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/mes-dossiers/{draft}/ecrire/project"


def test_what_may_not_be_written_is_refused(sign_in: SignIn, make: Make, draft: str) -> None:
    submitted = make("submitted")
    applicant = sign_in("applicant")
    assert applicant.get(f"/mes-dossiers/{submitted}/ecrire/project").status_code == 409
    assert applicant.post(f"/mes-dossiers/{submitted}/ecrire/project", on="/compte").status_code == 409
    assert applicant.get(f"/mes-dossiers/{draft}/ecrire/nowhere").status_code == 404
    assert applicant.get(f"/mes-dossiers/{submitted}/ecrire/budget").status_code == 404  # its call asks for none
    for name in ("officer", "reviewer"):
        assert sign_in(name).get(f"/mes-dossiers/{draft}/ecrire/need").status_code == 404


def test_who_may_only_read_does_not_write(
    sign_in: SignIn, factory: SessionFactory, world: World, make: Make
) -> None:
    reference = make("draft")
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        file.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.READ))
    browser = sign_in("stranger")
    assert browser.get(f"/mes-dossiers/{reference}/ecrire/project").status_code == 403
    sent = browser.post(f"/mes-dossiers/{reference}/ecrire/project", {"title": "Non"}, on="/compte")
    assert sent.status_code == 403
    assert load(factory, reference).title == "Un atelier partagé"


def test_a_returned_file_shows_what_is_to_be_corrected_beside_its_field(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    reference = make("submitted")
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        inputs = {
            "reason": "À revoir.",
            "return_due_at": utc_now() + timedelta(days=7),
            "corrections": {"total_budget": {"kind": "wrong", "reason": "Il manque la part de la commune."}},
        }
        take_step(session, world["officer"], file, "return", inputs=inputs)
    writer = Writer(sign_in("applicant"), reference, "project").open()
    assert "Il manque la part de la commune." in at_field(writer.page, "total_budget")[:1500]
    assert "Il manque la part de la commune." not in at_field(writer.page, "requested_amount")[:1500]
    assert re.search(r'aria-describedby="[^"]*q-total_budget-correction', writer.page)
    # What is not marked is not open: it is named, without a link.
    assert re.search(r"<span>Membres de l’alliance</span>", writer.page)


def test_it_speaks_english_throughout(sign_in: SignIn, draft: str) -> None:
    browser = sign_in("applicant")
    browser.client.get("/langue/en")
    page = Writer(browser, draft, "need").open().page
    for said in ("What need do you meet?", "Save and go on", "Parts of the file", "characters"):
        assert said in page
    assert '<html lang="en">' in page
