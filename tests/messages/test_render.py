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
    "roles": "reviewer,committee",
    "given": "yes",
    "again": "True",
    "minutes": 30,
    "body": "Bonjour, voici le budget.",
    "from_fund": True,
    "accepted": True,
    "question": "Le tri des matériaux est-il réaliste ?",
    "expert": "Claude Essai",
    "people": "Claude Essai, Dominique Essai",
    "declined": False,
    "files": 3,
    "number": 0,
    "position": 2,
    "hold_cause": "late_report",
    "return_code": "AC04",
    "demanded": "1200.00",
    "outstanding": "700.00",
    "received_on": "2027-02-03",
    "holder": "Fonds d’essai",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "bic": "AGRIFRPP",
    "label": "Convention avec la commune",
    "count": 2,
}
LINKS = {
    Topic.ALLIANCE_CONSENT_ASKED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_CONSENT_RECEIVED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_DEPOSITED: LinkPurpose.CONSENT,
    Topic.ALLIANCE_CO_AUTHOR_INVITED: LinkPurpose.CO_AUTHOR,
    Topic.ADVICE_ASKED: LinkPurpose.ADVICE,
    Topic.ACCOUNT_REGISTER: LinkPurpose.REGISTER,
    Topic.ACCOUNT_PASSWORD: LinkPurpose.PASSWORD,
    Topic.REVIEWER_INVITED: LinkPurpose.INVITATION,
}
ACCOUNTS = (Topic.ACCOUNT_REGISTER, Topic.ACCOUNT_PASSWORD, Topic.REVIEWER_INVITED, Topic.LEDGER_FAULTY)
"""The topics that concern no file."""
SUBJECTS = {
    "alliance": "application",
    "endorsement": "application",
    "thread": "application",
    "advice": "application",
    "interest": "application",
    "account": "link",
    "ledger": "person",
}
OPTIONAL = (
    *("reason", "motivation", "due_at", "paid_on", "note", "minutes"),
    *("hold_cause", "return_code", "outstanding", "received_on", "label"),
)
ALWAYS_GIVEN = {
    Topic.REVIEW_DUE_SOON: ("due_at",),
    Topic.REVIEW_OVERDUE: ("due_at",),
    Topic.REPAYMENT_WAIVED: ("outstanding",),
}


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
    left_out = [name for name in OPTIONAL if name not in ALWAYS_GIVEN.get(topic, ())]
    bare.payload = {name: value for name, value in FACTS.items() if name not in left_out}
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
    assert path_of(row(Topic.LEDGER_FAULTY)) == "/comptes/controle"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("roles", ["reviewer", "committee", "reviewer,committee"])
def test_an_account_that_exists_is_led_to_its_profile(roles: str, locale: str) -> None:
    invited = row(Topic.REVIEWER_INVITED, roles=roles)
    invited.link, invited.recipient = None, Person(name="Camille Essai")
    del invited.payload["expires_at"]
    message = render(invited, locale, public_url="https://fonds.essai.example")
    assert "https://fonds.essai.example/evaluations/profil" in message.body
    reads = {"fr": "évaluer", "en": "review"}[locale]
    assert (reads in message.subject) is ("reviewer" in roles)


@pytest.mark.parametrize(("locale", "said"), [("fr", "ne se lève pas"), ("en", "is never lifted")])
def test_a_declared_interest_is_not_offered_for_a_decision(locale: str, said: str) -> None:
    public_url = "https://fonds.essai.example"
    found = render(row(Topic.INTEREST_FOUND), locale, public_url=public_url)
    declared = render(row(Topic.INTEREST_FOUND, declared=True), locale, public_url=public_url)
    assert said in declared.body
    assert said not in found.body
    assert "/dossiers/" in found.body
    assert "/evaluations" in found.body
