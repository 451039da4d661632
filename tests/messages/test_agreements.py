"""What is told of an agreement and of an amendment, to the authors and to whoever signs by a link."""

from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import LOCALES
from fund.messages.render import Message, render
from fund.models import LinkPurpose, OutboxRow, Person, PersonalLink
from workflows.topics import Topic

FACTS = {
    "reference": "CV-ESSAI",
    "award": "AT-ESSAI",
    "title": "Un atelier partagé",
    "amount": "12450.00",
    "reason": "Une date est fausse.",
}
TO_SIGNERS = {"organisation": "Commune d’essai", "expires_at": "2027-02-03T13:05:00.000000+00:00"}
TOLD = (
    Topic.AGREEMENT_SENT,
    Topic.AGREEMENT_WITHDRAWN,
    Topic.AGREEMENT_SIGNED,
    Topic.AWARD_SIGNED,
    Topic.AWARD_REFUSED,
)


def message(topic: Topic, locale: str, number: int, *, by_link: bool = False) -> Message:
    link = PersonalLink(purpose=LinkPurpose.AGREEMENT, name="Camille Essai") if by_link else None
    facts: dict[str, Any] = {**FACTS, "number": number, **(TO_SIGNERS if by_link else {})}
    row = OutboxRow(
        id=1,
        topic=topic.value,
        subject_type="agreement",
        payload=facts,
        recipient=None if by_link else Person(name="Camille Essai"),
        link=link,
        created_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    return render(row, locale, public_url="https://fonds.essai.example", link_text="signe")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", TOLD)
def test_an_amendment_is_called_by_its_number(topic: Topic, locale: str) -> None:
    base, amendment = (message(topic, locale, number) for number in (0, 3))
    name = "avenant n°\u00a03" if locale == "fr" else "amendment no. 3"
    for text in (amendment.subject, amendment.body):
        assert name in text.lower()
    assert "avenant" not in base.body.lower()
    assert "amendment" not in base.body.lower()
    # What was taken back is the fund's own again: the alliance is led to the award.
    page = "attributions/AT-ESSAI" if topic is Topic.AGREEMENT_WITHDRAWN else "conventions/CV-ESSAI"
    assert f"https://fonds.essai.example/{page}" in base.body
    assert "\n\n\n" not in base.body + amendment.body


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("topic", [Topic.AGREEMENT_SENT, Topic.AGREEMENT_SIGNED])
def test_a_signer_is_written_to_with_a_link_of_its_own(topic: Topic, locale: str, number: int) -> None:
    told = message(topic, locale, number, by_link=True)
    assert "https://fonds.essai.example/signature/signe" in told.body
    assert "3\u00a0février\u00a02027" in told.body if locale == "fr" else "3\u00a0February\u00a02027" in told.body
    assert ("Commune d’essai" in told.body) is (topic is Topic.AGREEMENT_SENT)
    assert "\n\n\n" not in told.body


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_says_why_and_what_becomes_of_the_money(locale: str) -> None:
    base, amendment = (message(Topic.AWARD_REFUSED, locale, number).body for number in (0, 1))
    assert "Une date est fausse." in base
    assert ("enveloppe" if locale == "fr" else "envelope") in base
    assert ("Rien ne change" if locale == "fr" else "Nothing changes") in amendment
