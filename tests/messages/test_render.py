"""Every topic has its words in both languages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import LOCALES
from fund.messages.render import TEMPLATES, load_templates, path_of, render, subject_of
from fund.models import LinkPurpose, OutboxRow, Person, PersonalLink
from workflows.topics import Topic

FACTS: dict[str, Any] = {
    "reference": "XX-ESSAI",
    "title": "Un atelier partagé",
    "reason": "Il manque le budget.\nEt la signature.",
    "motivation": "Un projet solide.",
    "amount": "12450.00",
    "return_due_at": "2027-02-03T13:05:00.000000+00:00",
    "closes_at": "2027-03-01T22:59:00.000000+00:00",
    "due_at": "2027-02-03T13:05:00.000000+00:00",
    "held_at": "2027-02-03T13:05:00.000000+00:00",
    "paid_on": "2027-02-03",
    "due_on": "2027-06-30",
    "award": "AT-ESSAI",
    "application": "DO-ESSAI",
    "expires_at": "2027-02-03T13:05:00.000000+00:00",
    "lead": "Association d’essai",
    "organisation": "Commune d’essai",
    "inviter": "Dominique Essai",
    "catalyst": "Claude Essai",
    "answer": "change_asked",
    "note": "La part est de 3 000 €.",
    "right": "write",
    "given": "yes",
    "again": "True",
    "minutes": 30,
    "body": "Bonjour, voici le budget.",
    "from_fund": True,
}
LINKS = {
    Topic.ALLIANCE_CONSENT_ASKED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_CONSENT_RECEIVED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_DEPOSITED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_CO_AUTHOR_INVITED: LinkPurpose.CO_AUTHOR,
    Topic.ACCOUNT_REGISTER: LinkPurpose.REGISTER,
    Topic.ACCOUNT_PASSWORD: LinkPurpose.PASSWORD,
}
ACCOUNTS = (Topic.ACCOUNT_REGISTER, Topic.ACCOUNT_PASSWORD)
SUBJECTS = {"alliance": "application", "endorsement": "application", "thread": "application", "account": "link"}
OPTIONAL = ("reason", "motivation", "due_at", "paid_on", "note", "minutes")


def row(topic: Topic, **facts: Any) -> OutboxRow:
    machine = topic.value.split(".")[0]
    purpose = LINKS.get(topic)
    return OutboxRow(
        id=1,
        topic=topic.value,
        subject_type=SUBJECTS.get(machine, machine),
        payload={**FACTS, **facts},
        recipient=Person(name="Camille Essai") if purpose is None else None,
        link=PersonalLink(purpose=purpose, name="Camille Essai") if purpose else None,
        created_at=datetime(2027, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", Topic)
def test_each_topic_says_what_happened_and_where_to_go(topic: Topic, locale: str) -> None:
    message = render(row(topic), locale, public_url="https://fonds.essai.example", link_text="XX-ESSAI")

    assert 15 < len(message.subject) < 120
    assert ("Un atelier partagé" in message.body) is (topic not in ACCOUNTS)
    assert "Camille Essai" in message.body
    address = r"^https://fonds\.essai\.example/[a-z-]+(/[A-Z]{2}-ESSAI)?(/[a-z-]+)?$"
    assert re.search(address, message.body, re.MULTILINE)
    assert message.subject == subject_of(row(topic), locale)
    assert "\n\n\n" not in message.body


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", Topic)
def test_each_topic_can_be_told_without_what_is_not_always_given(topic: Topic, locale: str) -> None:
    bare = row(topic)
    bare.payload = {name: value for name, value in FACTS.items() if name not in OPTIONAL}
    message = render(bare, locale, public_url="https://fonds.essai.example", link_text="XX-ESSAI")
    assert "\n\n\n" not in message.body
    assert ("Un atelier partagé" in message.body) is (topic not in ACCOUNTS)


@pytest.mark.parametrize("path", sorted((TEMPLATES / "fr").glob("*.txt")), ids=lambda path: path.stem)
def test_french_is_set_as_french(path: Any) -> None:
    words = re.sub(r"{[{%].*?[%}]}", "x", path.read_text(encoding="utf-8"))
    assert re.findall(r" [:;!?»]|« |[\"']", words) == []


def test_no_template_is_left_over() -> None:
    load_templates()
    for locale in LOCALES:
        names = {path.stem for path in (TEMPLATES / locale).glob("*.txt")}
        assert names == {"_layout", *(topic.value for topic in Topic)}


def test_values_are_written_in_the_readers_language_and_in_paris() -> None:
    returned = row(Topic.APPLICATION_RETURNED)
    assert subject_of(returned, "fr").endswith("à corriger avant le 3\u00a0février\u00a02027 à 14\u00a0h\u00a005")
    assert subject_of(returned, "en").endswith("to be corrected before 3\u00a0February\u00a02027 at 14:05")
    ordered = row(Topic.DISBURSEMENT_ORDERED)
    assert subject_of(ordered, "fr").endswith("12\u202f450,00\u00a0€")
    assert subject_of(ordered, "en").endswith("€12,450.00")
    assert "1er\u00a0mars" in subject_of(row(Topic.CALL_EXTENDED, closes_at="2027-03-01T11:00:00+00:00"), "fr")


def test_a_call_is_named_in_the_readers_language_and_an_unknown_language_is_french() -> None:
    extended = row(Topic.CALL_EXTENDED, title="Alliances rurales", title_en="Rural alliances")
    assert "Rural alliances" in subject_of(extended, "en")
    assert "Alliances rurales" in subject_of(extended, "fr")
    assert subject_of(extended, "de") == subject_of(extended, "fr")


def test_the_link_leads_where_the_reader_acts() -> None:
    assert path_of(row(Topic.REVIEW_ASSIGNED)) == "/evaluations/XX-ESSAI"
    assert path_of(row(Topic.REVIEW_DECLINED)) == "/dossiers/DO-ESSAI"
    assert path_of(row(Topic.DISBURSEMENT_PAID)) == "/attributions/AT-ESSAI"
    assert path_of(row(Topic.DISBURSEMENT_ORDERED)) == "/versements/XX-ESSAI"
    assert path_of(row(Topic.CALL_CANCELLED)) == "/mes-dossiers"
