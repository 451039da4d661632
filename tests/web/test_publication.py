"""Open data: made when the facts change, offered whole and valid, with what is withheld."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from frictionless import Package, system

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Organisation
from fund.schemas.scdl import ScdlRowSchema
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
FILES = ("attributions.csv", "attributions.json", "datapackage.json")


@pytest.fixture
def reference(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return world.active_award(session).reference


def rows(browser: Browser) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get("/donnees-ouvertes/attributions.csv").text)))


def test_the_page_offers_the_files_with_their_size_hash_and_licence(browser: Browser, reference: str) -> None:
    page = browser.get("/donnees-ouvertes").text
    for name in FILES:
        content = browser.get(f"/donnees-ouvertes/{name}")
        assert content.status_code == 200
        assert content.headers["Content-Length"] == str(len(content.data))
        assert f'href="/donnees-ouvertes/{name}"' in page
        assert hashlib.sha256(content.data).hexdigest() in page
    assert "Licence Ouverte / Open Licence 2.0" in page
    assert 'rel="license"' in page


def test_the_files_hold_the_award_in_both_forms(browser: Browser, reference: str) -> None:
    (row,) = rows(browser)
    assert ScdlRowSchema().validate({name: cell for name, cell in row.items() if cell}) == {}
    assert (row["nomBeneficiaire"], row["montant"], row["objet"]) == (
        "Association d'essai",
        "15000.00",
        "Un atelier partagé",
    )
    (grant,) = json.loads(browser.get("/donnees-ouvertes/attributions.json").data)["grants"]
    assert grant["id"] == f"360G-FondsODD17-{reference}"
    assert grant["amountAwarded"] == 15_000
    assert grant["beneficiaryLocation"][0]["geoCode"] == "31458"
    assert grant["plannedDates"] == [{"startDate": "2027-01-01", "endDate": "2027-12-31"}]
    assert grant["url"].endswith(f"/alliances/{reference}")


def test_the_description_is_valid_and_true_of_the_files(browser: Browser, reference: str, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(browser.get(f"/donnees-ouvertes/{name}").data)
    with system.use_context(trusted=True):
        package = Package(str(tmp_path / "datapackage.json"))
        report = package.validate()
    assert report.flatten(["message"]) == []
    assert [task.name for task in report.tasks] == ["attributions-csv", "attributions-json"]
    assert package.licenses[0]["name"] == "etalab-2.0"
    (tmp_path / "attributions.csv").write_bytes(b"tout autre chose")
    with system.use_context(trusted=True):
        assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_a_file_is_made_once_until_a_fact_changes(
    browser: Browser, factory: SessionFactory, world: World, reference: str
) -> None:
    first = browser.get("/donnees-ouvertes/attributions.json")
    assert browser.get("/donnees-ouvertes/attributions.json").data == first.data
    with unit_of_work(factory) as session:
        award = session.query(Award).one()
        session.get_one(Organisation, award.beneficiary_id).siret = None
        award.application.summary = "Autrement dit."
    second = browser.get("/donnees-ouvertes/attributions.json")
    assert json.loads(second.data)["grants"][0]["description"] == "Autrement dit."
    assert second.headers["ETag"] != first.headers["ETag"]


def test_making_costs_more_statements_than_offering_what_was_made(browser: Browser, reference: str) -> None:
    made = count_statements(lambda: browser.get("/donnees-ouvertes"))
    offered = count_statements(lambda: browser.get("/donnees-ouvertes"))
    assert offered < made
    assert offered <= 4


def test_whoever_has_the_file_already_is_told_so(browser: Browser, reference: str) -> None:
    first = browser.get("/donnees-ouvertes/attributions.csv")
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = browser.client.get(
        "/donnees-ouvertes/attributions.csv", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert again.data == b""


def test_nothing_is_offered_while_nothing_is_signed(
    browser: Browser, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        world.award(session)
    page = browser.get("/donnees-ouvertes").text
    assert "Rien n’est encore publié" in page
    assert "La convention n’est pas encore signée. <strong>Une attribution.</strong>" in page
    assert browser.get("/donnees-ouvertes/attributions.csv").status_code == 404
    assert browser.get("/donnees-ouvertes/contenu.json").status_code == 404


def test_a_file_that_was_lost_is_made_again(browser: Browser, settings: Settings, reference: str) -> None:
    assert len(rows(browser)) == 1
    for mark in Path(settings.storage_url.removeprefix("file://")).glob("publications/*/contenu.json"):
        mark.unlink()
    assert len(rows(browser)) == 1


def test_what_a_standard_refuses_is_counted_for_all_and_named_for_staff(
    browser: Browser, sign_in: SignIn, factory: SessionFactory, world: World, reference: str
) -> None:
    with unit_of_work(factory) as session:
        organisation = session.get_one(Organisation, session.query(Award).one().beneficiary_id)
        organisation.siret, organisation.siren, organisation.rna = None, None, "W9A1000001"
        world.award(session, title="Pas encore signé")
    page = browser.get("/donnees-ouvertes").text
    assert "1 attribution manque dans attributions.csv." in page
    assert reference not in page
    assert browser.get("/donnees-ouvertes/attributions.csv").status_code == 404
    (grant,) = json.loads(browser.get("/donnees-ouvertes/attributions.json").data)["grants"]
    assert grant["recipientOrganization"][0]["id"] == "360G-FondsODD17-ORG-W9A1000001"
    staff = sign_in("officer").get("/donnees-ouvertes/retenues").text
    assert reference in staff
    assert "rnaBeneficiaire" in staff
    assert "Le standard ne permet pas de la publier en l’état." in staff
    assert "La convention n’est pas encore signée." in staff


def test_the_withheld_awards_are_for_staff(browser: Browser, sign_in: SignIn, reference: str) -> None:
    assert browser.get("/donnees-ouvertes/retenues").status_code == 303
    assert sign_in("applicant").get("/donnees-ouvertes/retenues").status_code == 403
    assert "Aucune attribution n’est retenue." in sign_in("auditor").get("/donnees-ouvertes/retenues").text


def test_a_withheld_award_of_a_file_that_one_keeps_off_is_not_named(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        award = world.award(session)
        reference = award.reference
        world.person(session, "officer2").organisation_id = award.beneficiary_id
    assert reference in sign_in("officer").get("/donnees-ouvertes/retenues").text
    assert reference not in sign_in("officer2").get("/donnees-ouvertes/retenues").text


def test_an_award_that_ends_leaves_the_files(
    browser: Browser, factory: SessionFactory, world: World, reference: str
) -> None:
    with unit_of_work(factory) as session:
        world.active_award(session, title="Un autre")
    assert len(rows(browser)) == 2
    with unit_of_work(factory) as session:
        award = session.query(Award).filter_by(reference=reference).one()
        take_step(session, world["officer"], award, "cancel", inputs={"reason": "Abandonné."})
    assert [row["objet"] for row in rows(browser)] == ["Un autre"]
