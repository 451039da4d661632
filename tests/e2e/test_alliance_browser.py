"""An alliance agrees, in a real browser and by real mails: members, a co-author, a catalyst, on the telephone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Confirmations
from fund.services.people import set_territories
from tests.alliances import MAYOR, represented
from tests.e2e.conftest import Post, Visitor, follow
from tests.filling import example, open_call
from tests.scenario import World


@pytest.fixture
def file(factory: SessionFactory, world: World) -> str:
    """A draft with members who can be asked, where all must confirm and a catalyst of the territory is at hand."""
    with unit_of_work(factory) as session:
        set_territories(world.person(session, "catalyst"), ["dep:31"])
        rule = replace(example().alliance, confirmations=Confirmations.ALL, endorsement=True)
        call = open_call(session, world, replace(example(), alliance=rule))
        return represented(session, world, call_id=call.id, title="Un atelier pour réparer ensemble").reference


def looked_at(visitor: Visitor, *, script: bool = True) -> None:
    """What every page must bear: axe (which is itself a script), and a narrow screen."""
    assert not visitor.overflows()
    if script:
        assert visitor.violations() == []


@pytest.mark.parametrize("script", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_a_member_confirms_on_the_telephone_and_again_after_a_change(
    visit: Callable[..., Visitor], post: Post, file: str, script: bool
) -> None:
    lead = visit("applicant", phone=True, script=script)
    page = lead.open(f"/mes-dossiers/{file}/alliance")
    looked_at(lead, script=script)
    lead.press("Demander 2 accords")
    assert "2 messages partent." in page.inner_text("main")

    member = visit(phone=True, script=script)
    member.open(post.last_link(MAYOR))
    looked_at(member, script=script)
    assert "10 000,00 €" in member.page.inner_text("main").replace("\u202f", " ").replace("\u00a0", " ")
    answer(member, "Nous confirmons notre part", email="quelquun@essai.example")
    assert "transféré" in member.page.inner_text("main")
    looked_at(member, script=script)
    answer(member, "Nous confirmons notre part")
    assert "Votre réponse est enregistrée." in member.page.inner_text("main")
    looked_at(member, script=script)

    lead.open(f"/mes-dossiers/{file}/alliance")
    town = page.locator(".member-card", has_text="Commune d'essai")
    assert "Part confirmée" in town.inner_text()
    follow(town.get_by_role("link", name="Modifier Commune d'essai"))
    looked_at(lead, script=script)
    page.get_by_label("Contribution en argent").fill("12 000")
    lead.press("Enregistrer")
    assert "Part modifiée depuis l’accord" in page.locator(".member-card", has_text="Commune d'essai").inner_text()
    lead.press("Demander un accord")

    member.open(post.last_link(MAYOR))
    assert "Ce qui a changé depuis cette réponse" in member.page.inner_text("main")
    answer(member, "Nous demandons un changement", note="Nous n’avons voté que 11 000 €.")
    lead.open(f"/mes-dossiers/{file}/alliance")
    assert "Nous n’avons voté que 11 000 €." in page.inner_text("main")
    looked_at(lead, script=script)


def answer(member: Visitor, words: str, *, email: str = MAYOR, note: str = "") -> None:
    page = member.page
    page.get_by_label(words).check()
    page.get_by_label("Votre message au porteur").fill(note)
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Je déclare être habilité").check()
    member.press("Envoyer cette réponse")


def test_a_co_author_comes_by_a_mail_and_opens_her_account(
    visit: Callable[..., Visitor], post: Post, file: str
) -> None:
    lead = visit("applicant", script=True)
    page = lead.open(f"/mes-dossiers/{file}/equipe")
    looked_at(lead)
    page.get_by_label("Nom", exact=True).fill("Sacha Essai")
    page.get_by_label("Adresse électronique").fill("sacha@essai.example")
    page.locator("form [name=right]").last.select_option("write")
    lead.press("Envoyer l’invitation")
    looked_at(lead)

    sacha = visit(phone=True, script=True)
    sacha.open(post.last_link("sacha@essai.example"))
    looked_at(sacha)
    sacha.page.get_by_label("Mot de passe", exact=True).fill("une phrase assez longue")
    sacha.page.get_by_label("Le même mot de passe").fill("une phrase assez longue")
    sacha.press("Ouvrir mon compte et rejoindre le dossier")
    assert "Un atelier pour réparer ensemble" in sacha.page.inner_text("main")
    sacha.open(f"/mes-dossiers/{file}/alliance")
    sacha.press("Ajouter un membre")
    looked_at(sacha)
    assert "Sacha Essai" in lead.open(f"/mes-dossiers/{file}/equipe").inner_text("main")


def test_an_account_is_opened_by_a_mail(visit: Callable[..., Visitor], post: Post, world: World) -> None:
    visitor = visit(phone=True, script=True)
    visitor.open("/connexion")
    visitor.press("Ouvrir un compte")
    looked_at(visitor)
    visitor.page.get_by_label("Nom").fill("Nouvelle Personne")
    visitor.page.get_by_label("Adresse électronique").fill("nouvelle@essai.example")
    visitor.press("M’envoyer le lien")
    looked_at(visitor)
    visitor.open(post.last_link("nouvelle@essai.example"))
    looked_at(visitor)
    visitor.page.get_by_label("Mot de passe", exact=True).fill("une phrase assez longue")
    visitor.page.get_by_label("Le même mot de passe").fill("une phrase assez longue")
    visitor.press("Ouvrir mon compte")
    assert "Votre compte est ouvert." in visitor.page.inner_text("main")


def test_a_catalyst_supports_the_file(visit: Callable[..., Visitor], post: Post, file: str) -> None:
    lead = visit("applicant", script=True)
    lead.open(f"/mes-dossiers/{file}/alliance")
    lead.press("Demander un avis")
    looked_at(lead)
    catalyst = visit("catalyst", phone=True, script=True)
    page = catalyst.open(post.last_link("catalyst@fonds.example"))
    looked_at(catalyst)
    page.get_by_label("Votre avis sur ce dossier").fill("Une alliance que je connais et soutiens.")
    catalyst.press("Signer et soutenir le dossier")
    assert "Merci. Votre avis figure au dossier" in page.inner_text("main")
    catalyst.open("/accompagnements")
    looked_at(catalyst)
    content = lead.open(f"/mes-dossiers/{file}/alliance").inner_text("main")
    assert "Une alliance que je connais et soutiens." in content
    assert "Un catalyseur territorial doit soutenir le dossier." not in content
