"""An award and everybody who has to do with its money, each at a desk of their own."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import select

from fund.db import SessionFactory
from fund.jobs.deadlines import act
from fund.models import Award, Disbursement, OutboxRow, OutboxState, PaymentFile, PaymentOrder, Report
from fund.models.base import utc_now
from tests.documented import PDF
from tests.e2e.conftest import Post, Visitor, choose, follow, own_form
from tests.scenario import World
from workflows.engine import PARIS
from workflows.topics import Deadline

REFERENCE = re.compile(r"[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}")
SPACES = str.maketrans("\u00a0\u202f\n\t", "    ")


class MoneyRoom:
    """One award. Steps are taken at desks without JavaScript; on telephones with it, axe looks at the pages."""

    def __init__(
        self, visit: Callable[..., Visitor], world: World, factory: SessionFactory, post: Post, folder: Path
    ) -> None:
        self.visit, self.world, self.factory, self.post = visit, world, factory, post
        self.award, self.call, self.file = "", "", ""
        self.faults: list[str] = []
        self.paper = folder / "piece.pdf"
        self.paper.write_bytes(PDF)
        self._windows: dict[tuple[str, bool], Visitor] = {}

    def at(self, name: str, *, phone: bool = False) -> Visitor:
        """The window of that person, opened the first time."""
        if (name, phone) not in self._windows:
            self._windows[name, phone] = self.visit(name, phone=phone, script=phone)
        return self._windows[name, phone]

    def look(self, name: str, *paths: str) -> None:
        """What axe, and the width of a telephone, find wrong with these pages."""
        for path in paths:
            window = self.at(name, phone=True)
            window.open(path)
            self.judge(window)

    def judge(self, window: Visitor) -> None:
        """The same of the page that is open."""
        self.faults += window.violations()
        if window.overflows():
            self.faults.append(f"{window.page.url} is wider than the telephone")

    # --- what the pages are about -----------------------------------------------------------------------------

    def tranches(self) -> list[Disbursement]:
        with self.factory() as session:
            award = session.scalars(select(Award).where(Award.reference == self.award)).one()
            return list(award.live_tranches)

    def tranche(self, position: int) -> str:
        """The address of a tranche's page."""
        return f"/versements/{self.tranches()[position - 1].reference}"

    def report(self, *, final: bool) -> str:
        """The address of a report."""
        with self.factory() as session:
            query = select(Report.reference).join(Award).where(Award.reference == self.award)
            return f"/comptes-rendus/{session.scalars(query.where(Report.final == final)).one()}"

    def states(self) -> list[str]:
        return [tranche.state.value for tranche in self.tranches()]

    def orders(self, file: str) -> list[PaymentOrder]:
        with self.factory() as session:
            query = select(PaymentOrder).join(PaymentFile).where(PaymentFile.reference == file)
            return list(session.scalars(query.order_by(PaymentOrder.id)))

    def run_program(self) -> None:
        """Do what the program does by itself when a tranche may have become due."""
        with self.factory() as session:
            due = select(OutboxRow.id).where(
                OutboxRow.topic == Deadline.DISBURSEMENT_DUE,
                OutboxRow.state == OutboxState.PENDING,
                OutboxRow.available_at <= utc_now(),
            )
            rows = list(session.scalars(due.order_by(OutboxRow.id)))
        for row in rows:
            act(row)


# --- what people do on several pages --------------------------------------------------------------------------


def words(page: Page) -> str:
    """What the page says, with plain spaces."""
    return page.inner_text("main").translate(SPACES)


def in_days(days: int) -> str:
    """A day from today, as a field for days takes it."""
    return (utc_now() + timedelta(days=days)).astimezone(PARIS).date().isoformat()


def take(visitor: Visitor, path: str, label: str) -> Page:
    """Take a step that asks for nothing, on the page of what it changes."""
    page = visitor.open(path)
    visitor.press(label)
    return page


def take_because(visitor: Visitor, path: str, step: str, reason: str) -> Page:
    """Take a step that asks why."""
    page = visitor.open(path)
    field = page.locator(f"#reason-{step}")
    page.locator("details.step-fold").filter(has=field).locator("summary").click()
    field.fill(reason)
    follow(page.locator("form").filter(has=field).locator("button[type=submit]"))
    return page


def send_agreement(officer: Visitor, award: str) -> Page:
    """Read the text over and send it to those who sign."""
    page = officer.open(f"/attributions/{award}/convention")
    officer.press("Envoyer à la signature")  # to the page that has the whole text
    officer.press("Envoyer à la signature")
    return page


def enter_account(room: MoneyRoom, iban: str) -> None:
    """The lead of the alliance gives its bank details, with the bank's paper."""
    applicant = room.at("applicant")
    page = applicant.open(f"/attributions/{room.award}/coordonnees-bancaires")
    page.locator("[name=iban]").fill(iban)
    page.locator("[name=bic]").fill("")
    page.locator("[name=file]").set_input_files(room.paper)
    applicant.press("Enregistrer les coordonnées bancaires")
    assert "Les versements sont suspendus" in words(page)


def open_account(visitor: Visitor, organisation: str) -> Page:
    """The page of the account that waits, from the desk of bank details."""
    page = visitor.open("/coordonnees-bancaires")
    follow(page.get_by_role("main").get_by_role("link", name=organisation, exact=True).first)
    return page


def verify_account(visitor: Visitor, organisation: str) -> Page:
    page = open_account(visitor, organisation)
    choose(page, "verified_how", "call_back")
    page.locator("[name=verified_note]").fill("Appel au secrétariat, au numéro connu du fonds.")
    visitor.press("Vérifier les coordonnées bancaires")
    return page


def order_and_approve(room: MoneyRoom, position: int) -> None:
    """An officer orders, the treasury approves."""
    take(room.at("officer"), room.tranche(position), "Ordonner le versement")
    take(room.at("finance"), room.tranche(position), "Approuver le versement")


def order_and_approve_all(room: MoneyRoom) -> None:
    """The same of everything that is due, each of the two in one go."""
    for name, path in (("officer", "/versements/ordonner"), ("finance", "/versements/approuver")):
        page = room.at(name).open(path)
        for box in page.locator("[name=tranches]").all():
            box.check()
        follow(own_form(page).locator("button[type=submit]").first)


def make_file(room: MoneyRoom) -> str:
    """Put everything that is approved into a file, and hand it to the bank; returns its reference."""
    finance = room.at("finance")
    page = finance.open("/versements/fichiers")
    finance.press("Établir le fichier")
    found = REFERENCE.search(page.url)
    assert found, words(page)
    finance.press("Noter que la banque a le fichier")
    return found[0]


def read_statement(room: MoneyRoom, data: bytes) -> Page:
    """Give the program a statement of the bank."""
    page = room.at("finance").open("/versements/releves")
    page.locator("[name=file]").set_input_files(
        {"name": "releve.xml", "mimeType": "application/xml", "buffer": data}
    )
    room.at("finance").press("Lire le relevé")
    return page


def write_report(room: MoneyRoom, path: str, amounts: dict[str, str], because: dict[str, str]) -> None:
    """The lead writes a report part by part, reads it over, and hands it in; ``because`` explains differences."""
    applicant = room.at("applicant")
    page = applicant.open(f"{path}/ecrire/l-essentiel")
    page.locator("[name=narrative]").fill("L’atelier est ouvert, et les trois communes s’en servent.")
    applicant.press("Enregistrer")
    applicant.open(f"{path}/compte")
    for line, amount in amounts.items():
        page.locator(f"[name={line}-amount]").fill(amount)
    applicant.press("Enregistrer")
    for chapter, text in because.items():
        page.locator(f"[name=because_{chapter}]").fill(text)
    applicant.press("Enregistrer")
    applicant.open(f"{path}/ecrire/results")
    page.locator("[name=people_reached]").fill("1 250")
    page.locator("[name=lessons]").fill("Commencer par le terrain.")
    applicant.press("Enregistrer")
    room.look("applicant", path, f"{path}/compte", f"{path}/remise")
    applicant.open(f"{path}/remise")
    page.locator("[name=signatory_function]").fill("Présidente")
    follow(own_form(page).locator("button[type=submit]"))
