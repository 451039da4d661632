"""From an outbox row to the words that its reader sees.

A message is rendered from the row alone: it says what was true when the step was taken, however late it is sent.
A template has three blocks: ``subject`` (one line; the inbox shows it too), ``body``, and ``link`` (what the link
below the body is called).
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from config.settings import DEFAULT_LOCALE, LOCALES
from fund.bank.return_reasons import return_reason
from fund.messages.formats import day, moment, money
from fund.models import LinkPurpose, OutboxRow
from workflows.topics import Topic

TEMPLATES = Path(__file__).with_name("templates")

_environment = Environment(  # noqa: S701 - plain text, in which markup has no meaning
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)

BLOCKS = ("subject", "body", "link")
LINE_BREAKING = ("Cc", "Zl", "Zp")  # control characters, line and paragraph separators

MONEY = frozenset({"amount", "demanded", "outstanding"})
DAYS = frozenset({"paid_on", "signed_on", "due_on", "received_on"})
INSTANTS = frozenset({"return_due_at", "closes_at", "due_at", "held_at", "expires_at"})

PAGES = {
    "call": "appels",
    "application": "dossiers",
    "review": "evaluations",
    "committee": "comite",
    "award": "attributions",
    "disbursement": "versements",
    "report": "comptes-rendus",
    "agreement": "conventions",
    "bank_account": "coordonnees-bancaires",
    "repayment": "reversements",
}
# Where the reader is better served by another page than the subject's own: an officer assigns the next reviewer
# on the file's page, an alliance sees its payments on the award's. The value names the payload's reference.
OTHER_PAGES = {
    Topic.REVIEW_DECLINED: ("dossiers", "application"),
    Topic.AGREEMENT_WITHDRAWN: ("attributions", "award"),
    Topic.DISBURSEMENT_PAID: ("attributions", "award"),
    Topic.DISBURSEMENT_FAILED: ("attributions", "award"),
}
# Below a file's own page (``/mes-dossiers/<reference>``): where those who are told go on.
FILE_PAGES = {
    Topic.ALLIANCE_CONSENT_ANSWERED: "/alliance",
    Topic.ENDORSEMENT_ANSWERED: "/alliance",
}
LINK_PAGES = {
    LinkPurpose.CONSENT: "membre",
    LinkPurpose.CO_AUTHOR: "invitation",
    LinkPurpose.REGISTER: "inscription",
    LinkPurpose.PASSWORD: "mot-de-passe",
    LinkPurpose.INVITATION: "rejoindre",
    LinkPurpose.ADVICE: "avis",
    LinkPurpose.AGREEMENT: "signature",
}
"""Where a personal link leads, by what it is for."""


@dataclass(frozen=True, slots=True)
class Message:
    """A subject of one line, and a body in plain text, one line per paragraph."""

    subject: str
    body: str


def render(row: OutboxRow, locale: str, *, public_url: str, link_text: str = "") -> Message:
    """The whole message; ``public_url`` is the site's address without a final slash.

    ``link_text`` is the text of the personal link that the row carries, where it carries one.
    """
    facts = _facts(row, locale)
    reader = row.recipient or row.link
    path = f"/{LINK_PAGES[row.link.purpose]}/{link_text}" if row.link else path_of(row)
    name = one_line(reader.name) if reader else ""
    body = _template(row.topic, locale).render(facts, name=name, url=public_url + path)
    return Message(subject_of(row, locale), body)


def subject_of(row: OutboxRow, locale: str) -> str:
    """The row's subject line, as the inbox shows it; an unknown language is taken as French."""
    template = _template(row.topic, locale)
    return one_line("".join(template.blocks["subject"](template.new_context(_facts(row, locale)))))


def one_line(text: str) -> str:
    """The text without line ends and control characters: what people typed must not begin a new mail header."""
    plain = "".join(" " if unicodedata.category(sign) in LINE_BREAKING else sign for sign in text)
    return " ".join(part for part in plain.split(" ") if part)


def path_of(row: OutboxRow) -> str:
    """The path of the page where the reader acts on the row."""
    if row.topic == Topic.CALL_CANCELLED:
        return "/mes-dossiers"  # a cancelled call has no public page any more, and those told have a draft in it
    if row.topic == Topic.REVIEWER_INVITED:  # without a link: an account that has its password already
        return "/evaluations/profil"
    if row.topic == Topic.LEDGER_FAULTY:
        return "/comptes/controle"
    if row.topic in FILE_PAGES:
        return f"/mes-dossiers/{row.payload['reference']}{FILE_PAGES[Topic(row.topic)]}"
    if row.topic in (Topic.DISCUSSION_OPENED, Topic.DISCUSSION_REPORT):
        return f"/dossiers/{row.payload['reference']}/discussion"
    if row.topic == Topic.ADVICE_GIVEN:
        return f"/dossiers/{row.payload['reference']}/avis"
    if row.topic == Topic.ENDORSEMENT_ASKED:
        return f"/accompagnements/{row.payload['reference']}"
    if row.topic == Topic.INTEREST_FOUND:
        return f"/dossiers/{row.payload['reference']}/evaluations"
    if row.topic == Topic.THREAD_MESSAGE:  # the reader is on the other side than the author
        page = "mes-dossiers/{}/echanges" if row.payload["from_fund"] else "echanges/{}"
        return "/" + page.format(row.payload["reference"])
    page, reference = OTHER_PAGES.get(Topic(row.topic), (PAGES[row.subject_type], "reference"))
    return f"/{page}/{row.payload[reference]}"


def load_templates() -> None:
    """Load the templates of every topic in every language.

    Raises jinja2.TemplateError where one is missing or malformed, KeyError where one lacks a block.
    """
    for topic in Topic:
        for locale in LOCALES:
            blocks = _template(topic, locale).blocks
            for name in BLOCKS:
                blocks[name]


def _template(topic: str, locale: str) -> Template:
    known = locale if locale in LOCALES else DEFAULT_LOCALE
    return _environment.get_template(f"{known}/{Topic(topic).value}.txt")


def _facts(row: OutboxRow, locale: str) -> dict[str, str]:
    known = locale if locale in LOCALES else DEFAULT_LOCALE
    facts = {name: _written(name, value, known) for name, value in row.payload.items()}
    if "return_code" in row.payload:
        facts["bank_reason"] = return_reason(row.payload["return_code"]).of(known)
    facts["title"] = facts.get(f"title_{known}", facts.get("title", ""))
    return facts


def _written(name: str, value: Any, locale: str) -> str:
    if name in MONEY:
        return money(Decimal(value), locale)
    if name in DAYS:
        return day(date.fromisoformat(value), locale)
    if name in INSTANTS:
        return moment(datetime.fromisoformat(value), locale)
    return str(value)
