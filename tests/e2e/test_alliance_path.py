"""An alliance from the call to the receipt: its lead, two co-authors, three members by their links, a catalyst.

Once on a telephone with JavaScript, where axe looks at every page; once at a desk without any JavaScript.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import AllianceRule, Confirmations, FieldType, MemberRule, OrganisationKind, Question
from fund.models import Application, Call, LinkPurpose, PersonalLink, Receipt
from fund.services import journal
from fund.services.links import text_of
from fund.services.receipts import digest_of
from tests.e2e.conftest import Visitor, follow
from tests.filling import BUDGET_ANSWERS, answer_to, example, open_call
from tests.scenario import PASSWORD, World, siret
from tests.storage.samples import pdf

TITLE = "Une recyclerie au village"
KINDS = (OrganisationKind.LOCAL_AUTHORITY, OrganisationKind.COMPANY, OrganisationKind.RESEARCH)
NEWCOMER = "nouvelle@essai.example"


class Walk:
    """One alliance on its way. With ``script`` each page is also read by axe, and its width looked at."""

    def __init__(self, visit: Callable[..., Visitor], world: World, factory: SessionFactory, secret: str) -> None:
        self.visit, self.world, self.factory, self.secret = visit, world, factory, secret
        self.script = False
        self.faults: list[str] = []
        self.file = ""

    def enter(self, name: str | None = None) -> Visitor:
        return self.visit(name, phone=self.script, script=self.script)

    def look(self, visitor: Visitor) -> None:
        """What axe and the width of the window find wrong with the page as it stands."""
        if not self.script:
            return
        self.faults += visitor.violations()
        if visitor.overflows():
            self.faults.append(f"{visitor.page.url} is wider than the telephone")

    def open(self, visitor: Visitor, path: str) -> Page:
        page = visitor.open(path)
        self.look(visitor)
        return page

    def links(self, purpose: LinkPurpose) -> list[str]:
        """The texts of the living links of that purpose, as their mails carry them."""
        with self.factory() as session:
            query = select(PersonalLink).where(PersonalLink.purpose == purpose, PersonalLink.revoked_at.is_(None))
            return [text_of(link, self.secret) for link in session.scalars(query.order_by(PersonalLink.id))]


@pytest.fixture
def walk(visit: Callable[..., Visitor], world: World, factory: SessionFactory, settings: Settings) -> Walk:
    return Walk(visit, world, factory, settings.secret_key)


@pytest.fixture
def call(factory: SessionFactory, world: World) -> str:
    """The example call, which here asks everybody for consent, a fourth kind of member, and a catalyst's word."""
    rule = AllianceRule(
        members=tuple(MemberRule(kind) for kind in (OrganisationKind.ASSOCIATION, *KINDS)),
        minimum=4,
        confirmations=Confirmations.ALL,
        endorsement=True,
    )
    with unit_of_work(factory) as session:
        world.person(session, "catalyst").territories = ["dep:31"]
        return open_call(session, world, replace(example(), alliance=rule)).reference


@pytest.mark.parametrize("script", [True, False], ids=["telephone", "desk-without-javascript"])
def test_an_alliance_writes_agrees_and_deposits(walk: Walk, call: str, script: bool, tmp_path: Path) -> None:
    walk.script = script
    lead = walk.enter("applicant")
    begin(walk, lead, call)
    newcomer = invite_co_authors(walk, lead)
    write_project(walk, walk.enter("stranger"))
    write_sections(walk, newcomer)
    write_budget(walk, lead)
    gather_members(walk, lead)
    for text in walk.links(LinkPurpose.CONSENT):
        confirm(walk, text)
    ask_for_a_word(walk, lead)
    hand_documents_in(walk, lead, tmp_path)
    receipt = deposit(walk, lead)

    assert not walk.faults, "\n".join(walk.faults)
    assert receipt.startswith(b"%PDF-")
    with walk.factory() as session:
        application = session.scalars(select(Application).where(Application.reference == walk.file)).one()
        kept = session.scalars(select(Receipt)).one()
        assert application.state == "submitted"
        assert application.title == TITLE
        assert kept.content_sha256 == digest_of(kept.deposited)
        assert [member["consent"]["state"] for member in kept.deposited["members"][1:]] == ["confirmed"] * 3
        assert journal.verify(session).broken == []


def begin(walk: Walk, lead: Visitor, call: str) -> None:
    walk.open(lead, f"/appels/{call}/eligibilite")
    page = walk.open(lead, f"/appels/{call}")
    lead.press("Déposer un dossier")
    page.locator("[name=name]").fill("Association d'essai")
    page.locator("[name=kind]").select_option("association")
    page.locator("[name=siret]").fill(siret(3))
    walk.look(lead)
    lead.press("Commencer le brouillon")
    with walk.factory() as session:
        walk.file = session.scalars(select(Application.reference).join(Call).where(Call.reference == call)).one()


def invite_co_authors(walk: Walk, lead: Visitor) -> Visitor:
    """One who has an account and one who opens it by the invitation; the second is given back."""
    for name, email in (("Stranger", "stranger@essai.example"), ("Nouvelle Autrice", NEWCOMER)):
        page = walk.open(lead, f"/mes-dossiers/{walk.file}/equipe")
        page.locator("[name=name]").fill(name)
        page.locator("[name=email]").fill(email)
        page.locator("form:has([name=email]) [name=right]").select_option("write")
        lead.press("Envoyer l’invitation")
    first, second = walk.links(LinkPurpose.CO_AUTHOR)
    known = walk.enter("stranger")
    walk.open(known, f"/invitation/{first}")
    known.press("Rejoindre le dossier")
    newcomer = walk.enter()
    page = walk.open(newcomer, f"/invitation/{second}")
    page.locator("[name=name]").fill("Nouvelle Autrice")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    newcomer.press("Ouvrir mon compte et rejoindre le dossier")
    expect(page.get_by_role("button", name="Se déconnecter").first).to_be_attached()
    return newcomer


def write_project(walk: Walk, author: Visitor) -> None:
    page = walk.open(author, f"/mes-dossiers/{walk.file}/ecrire/project")
    for name, value in {
        "title": TITLE,
        "summary": "Trois communes, une coopérative et une université ouvrent une recyclerie.",
        "commune_code": "Roques (Haute-Garonne)",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "contact_name": "Camille Essai",
        "contact_email": "camille@essai.example",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    save(walk, author)


def write_sections(walk: Walk, author: Visitor) -> None:
    for section in example().form.sections:
        page = walk.open(author, f"/mes-dossiers/{walk.file}/ecrire/{section.key}")
        for question in section.fields:
            if question.required and not question.show_if:
                answer(author, page, question, question.key)
        save(walk, author)


def answer(author: Visitor, page: Page, question: Question, name: str) -> None:  # noqa: C901 - a line a kind
    """Answer one question, as a person would: by typing, choosing, ticking."""
    value: Any = answer_to(question)
    control = page.locator(f"[name='{name}']:visible")
    match question.type:
        case FieldType.ROWS:
            for number, row in enumerate(value):
                if page.locator(f"[name='{name}-{number}-{question.fields[0].key}']").count() == 0:
                    add_row(page, f"[data-rows='{name}'] [data-add-row], button[value='q-{name}']")
                for column in question.fields:
                    if column.required and not column.show_if and row[column.key] is not None:
                        answer(author, page, column, f"{name}-{number}-{column.key}")
        case FieldType.TERRITORY:
            control.last.fill(value[0].removeprefix("com:"))
        case FieldType.CHOICE | FieldType.YES_NO if control.first.get_attribute("type") == "radio":
            page.locator(f"[name='{name}'][value='{value}']").check()
        case FieldType.CHOICE:
            control.select_option(value)
        case FieldType.CHOICES | FieldType.SDGS | FieldType.LEVERS | FieldType.MEASURES:
            for one in value:
                page.locator(f"[name='{name}'][value='{one}']").check()
        case _:
            control.fill(value)


def add_row(page: Page, button: str) -> None:
    """Without a script the row comes with another page, with one it is there at once."""
    rows = page.locator("[data-row]").count()
    page.locator(button).first.click()
    expect(page.locator("[data-row]")).not_to_have_count(rows)
    page.wait_for_load_state()


def write_budget(walk: Walk, author: Visitor) -> None:
    page = walk.open(author, f"/mes-dossiers/{walk.file}/ecrire/budget")
    for side, rows in BUDGET_ANSWERS.items():
        for number, row in enumerate(rows):
            if page.locator(f"[name={side}-{number}-amount]").count() == 0:
                add_row(page, f"button[value='q-{side}']")
            for column in ("account", "status"):
                control = page.locator(f"select[name={side}-{number}-{column}]")
                if column in row and control.count():
                    control.select_option(row[column])
            for column in ("label", "amount"):
                page.locator(f"[name={side}-{number}-{column}]").fill(row[column])
    save(walk, author)


def save(walk: Walk, author: Visitor) -> None:
    follow(author.page.get_by_role("main").get_by_role("button", name="Enregistrer", exact=True).last)
    expect(author.page.locator("[data-save-state]")).to_contain_text("Enregistré")
    walk.look(author)


def gather_members(walk: Walk, lead: Visitor) -> None:
    for number, kind in enumerate(KINDS):
        page = walk.open(lead, f"/mes-dossiers/{walk.file}/alliance/membres/nouveau")
        for name, value in {
            "name": f"Membre d'essai {number}",
            "siret": siret(40 + number),
            "part": "Prête un local et deux agents.",
            "contribution": "1 500",
            "representative_name": f"Représentante {number}",
            "representative_function": "maire",
            "representative_email": f"membre{number}@essai.example",
        }.items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("[name=kind]").select_option(kind)
        lead.press("Ajouter à l’alliance")
    walk.open(lead, f"/mes-dossiers/{walk.file}/alliance")
    lead.press("Demander 3 accords")
    expect(lead.page.get_by_text("membre2@essai.example").first).to_be_visible()


def confirm(walk: Walk, text: str) -> None:
    """A member reads its part by its link and confirms it, without an account."""
    member = walk.enter()
    page = walk.open(member, f"/membre/{text}")
    with walk.factory() as session:
        link = session.scalars(select(PersonalLink).where(PersonalLink.purpose == LinkPurpose.CONSENT)).all()
        email = next(one.email for one in link if text_of(one, walk.secret) == text)
    page.locator("[name=answer][value=confirmed]").check()
    page.locator("[name=name]").fill("Une représentante")
    page.locator("[name=function]").fill("maire")
    page.locator("[name=email]").fill(email)
    page.locator("[name=mandated]").check()
    member.press("Envoyer cette réponse")
    expect(page.get_by_text("Part confirmée par").first).to_be_visible()
    walk.look(member)


def ask_for_a_word(walk: Walk, lead: Visitor) -> None:
    walk.open(lead, f"/mes-dossiers/{walk.file}/alliance")
    lead.press("Demander un avis")
    catalyst = walk.enter("catalyst")
    walk.open(catalyst, "/accompagnements")
    page = walk.open(catalyst, f"/accompagnements/{walk.file}")
    page.locator("[name=words]").fill("Nous connaissons cette alliance et la soutenons.")
    page.locator("[name=signed_name]").fill("Claude Essai")
    catalyst.press("Signer et soutenir le dossier")
    expect(page.get_by_text("Claude Essai").first).to_be_visible()


def hand_documents_in(walk: Walk, lead: Visitor, folder: Path) -> None:
    path = folder / "pièce.pdf"
    path.write_bytes(pdf())
    page = walk.open(lead, f"/mes-dossiers/{walk.file}/documents")
    with walk.factory() as session:
        application = session.scalars(select(Application).where(Application.reference == walk.file)).one()
        slots = [slot for slot, _, _ in application.missing_documents()]
    assert len(slots) == 5
    for slot in slots:
        place = page.locator(f"[id='{slot}']")
        place.locator("input[type=file]").set_input_files(path)
        if not walk.script:
            follow(place.locator("form[data-upload] button[type=submit]"))
        expect(place.get_by_text("Remis").first).to_be_visible()
    walk.look(lead)


def deposit(walk: Walk, lead: Visitor) -> bytes:
    """Sign and submit; gives back the receipt."""
    walk.open(lead, f"/mes-dossiers/{walk.file}")
    page = walk.open(lead, f"/mes-dossiers/{walk.file}/depot")
    assert page.locator("[name=declared]").count(), page.inner_text("main")
    page.locator("[name=declared]").check()
    page.locator("[name=signatory_name]").fill("Camille Essai")
    page.locator("[name=signatory_function]").fill("présidente")
    lead.press("Déposer le dossier")
    expect(page.get_by_role("main")).to_contain_text("Déposé")
    walk.look(lead)
    answer = page.request.get(f"{lead.address}/mes-dossiers/{walk.file}/recus/1.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()
