"""Beginning and writing a draft without JavaScript: nothing typed is ever lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Call, Organisation
from fund.models.base import utc_now
from fund.services.applications import edit_application
from tests.scenario import World, siret
from tests.web.conftest import Browser
from tests.web.filing import load, send, version_on

SignIn = Callable[[str], Browser]
Make = Callable[..., str]


def test_a_draft_is_begun_with_the_organisation_that_leads(
    sign_in: SignIn, call_reference: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/nouveau?appel={call_reference}"
    assert "Association d&#39;essai" in browser.client.get(path).text  # her own organisation is filled in
    sent = {"appel": call_reference, "name": "Les Trois Rivières", "kind": "association", "siret": siret(77)}
    answer = browser.post("/mes-dossiers/nouveau", sent, on=path)
    assert answer.status_code == 303
    page = browser.client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Les Trois Rivières, chef de file" in page.text
    assert "Projet sans titre" in browser.get("/mes-dossiers").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"siret": "12345678901234"}, "SIRET"),
        ({"siret": siret(77)[:9]}, "SIREN"),
        ({"name": ""}, "Remplissez ce champ"),
        ({"kind": "kingdom"}, "Choisissez"),
        ({"kind": "company", "siret": ""}, "SIRET"),
        ({"rna": "12"}, "RNA"),
    ],
)
def test_a_lead_that_cannot_be_is_shown_again_with_what_was_typed(
    sign_in: SignIn, call_reference: str, factory: SessionFactory, wrong: dict[str, str], sentence: str
) -> None:
    browser = sign_in("applicant")
    typed = {"name": "Les Trois Rivières", "kind": "association", "siret": siret(77), "rna": ""}
    page = browser.post("/mes-dossiers/nouveau", {"appel": call_reference, **typed, **wrong}, on="/compte")
    assert page.status_code == 422
    assert sentence in page.text
    assert 'class="error-summary"' in page.text
    kept = {**typed, **wrong}
    assert f'value="{kept["siret"]}"' in page.text or not kept["siret"]
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 0


def test_no_draft_is_begun_once_the_call_has_closed(
    sign_in: SignIn, world: World, factory: SessionFactory, call_reference: str
) -> None:
    browser = sign_in("applicant")
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        call.opens_at, call.closes_at = utc_now() - timedelta(days=9), utc_now() - timedelta(days=1)
    sent = {"appel": call_reference, "name": "Trois Rivières", "kind": "association", "siret": siret(77)}
    page = browser.post("/mes-dossiers/nouveau", sent, on="/compte")
    assert page.status_code == 409
    assert "n’accepte plus" in page.text or "ne reçoit plus" in page.text
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 0


def test_an_incomplete_draft_is_saved_and_says_what_is_missing(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    answer = send(browser, empty, title="Un verger", requested_amount="12 450,50")
    assert answer.status_code == 303
    page = browser.client.get(answer.headers["Location"]).text
    assert "Votre dossier est enregistré" in page
    for anchor in ("total_budget", "summary", "commune_code", "starts_on", "ends_on", "members"):
        assert f'/modifier#{anchor}"' in page, anchor
    assert '/modifier#title"' not in page
    assert load(factory, empty).requested_amount == Decimal("12450.50")


def test_a_member_is_added_kept_and_removed_without_javascript(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    typed = {
        "members-0-name": "Commune des Trois Rivières",
        "members-0-kind": "local_authority",
        "members-0-siret": siret(78),
        "members-0-part": "Prête le terrain",
        "members-0-contribution": "1 000",
        "lead-part": "Pilote",
    }
    longer = send(browser, empty, action="add", **typed)
    assert longer.status_code == 200
    assert 'name="members-1-name"' in longer.text
    assert "Prête le terrain" in longer.text
    assert len(load(factory, empty).members) == 1

    assert send(browser, empty, **typed).status_code == 303
    lead, member = load(factory, empty).members
    assert (lead.part, member.part, member.contribution) == ("Pilote", "Prête le terrain", Decimal(1000))

    without = send(browser, empty, remove="0", **typed)
    assert without.status_code == 200
    assert "Prête le terrain" not in without.text
    assert send(browser, empty, **{"lead-part": "Pilote"}).status_code == 303
    assert len(load(factory, empty).members) == 1


@pytest.mark.parametrize(
    ("typed", "place", "sentence"),
    [
        ({"total_budget": "beaucoup"}, "total_budget", "montant en euros"),
        ({"requested_amount": "20", "total_budget": "10"}, "requested_amount", "dépasse"),
        ({"starts_on": "2027-02-30"}, "starts_on", "AAAA-MM-JJ"),
        ({"starts_on": "2027-05-01", "ends_on": "2027-04-01"}, "ends_on", "fin"),
        ({"commune_code": "Nulle-Part-sur-Mer"}, "commune_code", "commune"),
        ({"contact_email": "nowhere"}, "contact_email", "adresse"),
        ({"title": "x" * 201}, "title", "200"),
        ({"members-0-name": "Sans numéro", "members-0-kind": "company"}, "members-0-siret", "SIRET"),
        ({"lead-contribution": "-5"}, "lead-contribution", "moins"),
    ],
)
def test_what_cannot_be_kept_is_shown_again_beside_its_field(
    sign_in: SignIn, empty: str, factory: SessionFactory, typed: dict[str, str], place: str, sentence: str
) -> None:
    page = send(sign_in("applicant"), empty, summary="Un texte qui a coûté une heure.", **typed)
    assert page.status_code == 422
    assert f'href="#{place}"' in page.text
    assert f'id="{place}-error"' in page.text
    found = re.search(rf'id="{place}-error">(.*?)</p>', page.text, re.DOTALL)
    assert found is not None
    assert sentence in found[1]
    assert "Un texte qui a coûté une heure." in page.text
    for value in typed.values():
        assert value in page.text
    assert "<title>Erreur" in page.text
    assert load(factory, empty).summary == ""


def test_the_lead_cannot_be_a_member_twice(sign_in: SignIn, make: Make) -> None:
    typed = {"members-0-name": "Encore elle", "members-0-kind": "association", "members-0-siret": siret(3)}
    page = send(sign_in("applicant"), make("draft"), **typed)
    assert page.status_code == 422
    assert 'id="members-0-siret-error"' in page.text
    assert "déjà membre" in page.text


def test_a_known_number_keeps_its_recorded_name_and_says_so(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    typed = {"members-0-name": "Ville d’essai", "members-0-kind": "local_authority", "members-0-siret": siret(2)}
    page = browser.client.get(send(browser, empty, **typed).headers["Location"]).text
    assert "est celui de «\u00a0Commune d&#39;essai\u00a0»" in page


def test_an_association_without_number_is_not_made_anew_at_each_saving(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    typed = {"members-0-name": "Amicale du Rhin", "members-0-kind": "association"}
    for _ in range(2):
        assert send(browser, empty, **typed).status_code == 303
    with factory() as session:
        same = select(func.count()).select_from(Organisation).where(Organisation.name == "Amicale du Rhin")
        assert session.scalar(same) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("Roques (Haute-Garonne)", "31458"), ("31458", "31458"), ("toulouse", "31555"), ("", None)],
)
def test_a_commune_is_found_by_its_name_or_code(
    sign_in: SignIn, empty: str, factory: SessionFactory, text: str, code: str | None
) -> None:
    assert send(sign_in("applicant"), empty, commune_code=text).status_code == 303
    assert load(factory, empty).commune_code == code


def test_communes_of_one_name_are_offered_to_choose_from(
    sign_in: SignIn, empty: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    looked = send(browser, empty, commune_code="Saint-Hilaire", action="commune", title="Pas encore enregistré")
    assert looked.status_code == 200
    offered = re.findall(r'name="commune_choice" id="[^"]+" value="(\w+)"', looked.text)
    assert len(offered) > 1
    assert send(browser, empty, commune_code="Saint-Hilaire").status_code == 422
    chosen = {"commune_asked": "Saint-Hilaire", "commune_choice": offered[1]}
    # A text changed after the choice counts more than the choice.
    assert send(browser, empty, commune_code="Roques (Haute-Garonne)", **chosen).status_code == 303
    assert load(factory, empty).commune_code == "31458"
    assert send(browser, empty, commune_code="Saint-Hilaire", **chosen).status_code == 303
    assert load(factory, empty).commune_code == offered[1]


def test_a_file_changed_meanwhile_is_not_overwritten_unseen_and_nothing_typed_is_lost(
    sign_in: SignIn, make: Make, factory: SessionFactory, world: World
) -> None:
    browser, reference = sign_in("applicant"), make("draft")
    path = f"/mes-dossiers/{reference}/modifier"
    version = version_on(browser.get(path).text)
    with unit_of_work(factory) as session:
        application = session.scalars(select(Application).where(Application.reference == reference)).one()
        edit_application(session, world["applicant"], application, title="Titre de la collègue")
    typed = {"version": version, "title": "Mon titre", "summary": "Ma longue prose."}
    page = browser.post(path, typed, on=path)
    assert page.status_code == 409
    assert "Quelqu’un a modifié ce dossier" in page.text
    assert 'value="Mon titre"' in page.text
    assert "Ma longue prose." in page.text
    assert "Valeur enregistrée\u00a0: Titre de la collègue" in page.text
    assert load(factory, reference).title == "Titre de la collègue"
    # Saving again, having seen it, is a decision.
    again = browser.post(path, {**typed, "version": version_on(page.text)}, on=path)
    assert again.status_code == 303
    assert load(factory, reference).title == "Mon titre"


@pytest.mark.parametrize("version", ["", "x", "99999999999999999999", "-1"])
def test_a_version_that_cannot_be_saves_nothing(
    sign_in: SignIn, empty: str, factory: SessionFactory, version: str
) -> None:
    path = f"/mes-dossiers/{empty}/modifier"
    page = sign_in("applicant").post(path, {"version": version, "title": "Titre"}, on=path)
    assert page.status_code == 409
    assert load(factory, empty).title == ""


def test_a_submitted_file_is_no_longer_written(sign_in: SignIn, make: Make) -> None:
    browser, reference = sign_in("applicant"), make("submitted")
    assert browser.get(f"/mes-dossiers/{reference}/modifier").status_code == 409
    assert browser.post(f"/mes-dossiers/{reference}/modifier", on="/compte").status_code == 409
    assert "Modifier le dossier" not in browser.get(f"/mes-dossiers/{reference}").text
