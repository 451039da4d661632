"""Beginning a draft without JavaScript: which organisation leads, and what keeps a draft from being begun."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Call
from fund.models.base import utc_now
from tests.scenario import World, siret
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


def test_a_draft_is_begun_with_the_organisation_that_leads(
    sign_in: SignIn, call_reference: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    path = f"/mes-dossiers/nouveau?appel={call_reference}"
    assert "Association d&#39;essai" in browser.client.get(path).text  # her own organisation is filled in
    sent = {"appel": call_reference, "name": "Les Trois Rivières", "kind": "association", "siret": siret(77)}
    answer = browser.post("/mes-dossiers/nouveau", sent, on=path)
    assert answer.status_code == 303
    page = browser.client.get(answer.headers["Location"], follow_redirects=True)
    assert page.status_code == 200
    assert "Titre du projet" in page.text
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


def test_a_known_number_keeps_its_recorded_name_and_says_so(
    sign_in: SignIn, call_reference: str, factory: SessionFactory
) -> None:
    browser = sign_in("applicant")
    sent = {"appel": call_reference, "name": "Ville d’essai", "kind": "local_authority", "siret": siret(2)}
    answer = browser.post("/mes-dossiers/nouveau", sent, on="/compte")
    page = browser.client.get(answer.headers["Location"], follow_redirects=True).text
    assert "Commune d&#39;essai" in page
    assert "Ville d’essai" in page
    with factory() as session:
        assert session.scalars(select(Application)).one().lead.name == "Commune d'essai"
