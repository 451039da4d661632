"""What a receipt states, from its row alone: the same for ever, whatever becomes of the file."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from fund.documents.receipt import ReceiptFacts, ReceiptMember
from fund.documents.words import KINDS
from fund.forms.definition import Words
from fund.messages.formats import day
from fund.models import ConsentState, Receipt
from workflows.engine import PARIS

LEAD = Words("Porte la candidature et signe le dépôt", "Leads, and signs the deposit")
UNANSWERED = {
    ConsentState.NOT_ASKED: Words("Non demandé", "Not asked"),
    ConsentState.ASKED: Words("Demandé, sans réponse au dépôt", "Asked, no answer at deposit"),
}
ANSWERS = {
    ConsentState.CONFIRMED: Words("Confirmé", "Confirmed"),
    ConsentState.OUTDATED: Words("Modifié depuis l’accord donné", "Changed since the consent given"),
    ConsentState.CHANGE_ASKED: Words("Changement demandé", "Change asked for"),
    ConsentState.DECLINED: Words("Décliné", "Declined"),
}
TRIAL = Words("Essai, sans valeur\u00a0: ", "Trial, without value: ")


def facts_of(receipt: Receipt, locale: str, *, verify_url: str) -> ReceiptFacts:
    """What is printed; ``verify_url`` is where the receipt can be checked."""
    facts, deposited = receipt.facts, receipt.deposited
    title = Words(**facts["call_title"]).of(locale)
    return ReceiptFacts(
        reference=facts["reference"],
        call_title=TRIAL.of(locale) + title if facts["is_test"] else title,
        project_title=deposited["project"]["title"],
        lead_name=facts["lead"],
        submitted_at=receipt.submitted_at,
        signatory_name=receipt.signatory_name,
        signatory_function=receipt.signatory_function,
        declaration=Words(**facts["declaration"]).of(locale),
        members=tuple(_member(member, locale) for member in deposited["members"]),
        requested_amount=_amount(deposited["project"]["requested_amount"]),
        total_budget=_amount(deposited["project"]["total_budget"]),
        content_sha256=receipt.content_sha256,
        journal_hash=receipt.journal_hash,
        number=receipt.number,
        verify_url=verify_url,
    )


def consent_words(member: Mapping[str, Any], locale: str) -> str:
    """How a member, as it was deposited, stood to its part: « Confirmé le 3 mars 2026 par Camille Essai »."""
    if member["is_lead"]:
        return LEAD.of(locale)
    consent = member["consent"]
    state = ConsentState(consent["state"])
    if state in UNANSWERED or consent["at"] is None:
        return {**ANSWERS, **UNANSWERED}[state].of(locale)
    what, name = ANSWERS[state].of(locale), consent["name"]
    given_on = day(datetime.fromisoformat(consent["at"]).astimezone(PARIS).date(), locale)
    return Words(f"{what} le {given_on} par {name}", f"{what} on {given_on} by {name}").of(locale)


def _member(member: Mapping[str, Any], locale: str) -> ReceiptMember:
    return ReceiptMember(member["organisation"], KINDS[member["kind"]].of(locale), consent_words(member, locale))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
