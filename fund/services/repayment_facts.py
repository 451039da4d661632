"""What a demand for repayment and its receipts say, as plain facts for ``fund.documents.repayment``."""

from decimal import Decimal
from typing import Any

from config.communes import commune_label
from fund.bank.accounts import grouped_iban
from fund.models import Organisation, Repayment, RepaymentReceipt
from fund.services.journal import plain
from fund.services.repayments import account_to_pay_to, propose
from workflows.agreement import AgreementState
from workflows.engine import paris_day


def describe_repayment(repayment: Repayment, *, contact: str) -> dict[str, Any]:
    """The facts of the demand, with every receipt. ``contact`` is the fund's mail address."""
    award, account = repayment.award, account_to_pay_to(repayment.award)
    agreement = next((one for one in award.agreements if one.state is AgreementState.SIGNED), None)
    call, proposal = award.call, propose(award)
    facts: dict[str, Any] = {
        "reference": repayment.reference,
        "award": award.reference,
        "agreement": agreement.reference if agreement else "",
        "call": {"title_fr": call.title_fr, "title_en": call.title_en},
        "project": award.purpose,
        "sender": _address(call.funder, call.funder.name),
        "addressee": _address(award.beneficiary, award.beneficiary_name, award.application.contact_name or ""),
        "contact": contact,
        "asked_on": paris_day(repayment.created_at),
        "due_on": repayment.due_on,
        "amount": repayment.amount,
        "paid": award.paid_total,
        "spent": proposal.use.earned if proposal else None,
        "why": repayment.reason,
        "account": {"holder": account.holder, "iban": grouped_iban(account.iban), "bic": account.bic}
        if account
        else None,
        "signatory": repayment.asked_by.name if repayment.asked_by else "",
        "function": "",
        "receipts": [_receipt(number, one) for number, one in enumerate(repayment.receipts, start=1)],
        "outstanding": repayment.outstanding,
    }
    described: dict[str, Any] = plain(facts)
    return described


def describe_receipt(repayment: Repayment, number: int, *, contact: str) -> dict[str, Any]:
    """The facts as they stood after the receipt of that number, from 1."""
    facts = describe_repayment(repayment, contact=contact)
    came = sum((one.amount for one in repayment.receipts[:number]), Decimal(0))
    return {**facts, "receipts": facts["receipts"][:number], "outstanding": plain(repayment.amount - came)}


def _receipt(number: int, receipt: RepaymentReceipt) -> dict[str, Any]:
    return {
        "number": number,
        "amount": receipt.amount,
        "received_on": receipt.received_on,
        "bank_reference": receipt.bank_reference,
    }


def _address(organisation: Organisation, name: str, attention: str = "") -> str:
    commune = commune_label(organisation.commune_code) if organisation.commune_code else ""
    return "\n".join(line for line in (name, commune, attention) if line)
