"""What an agreement says, as plain data: frozen when it is sent, printed by ``fund.documents.agreement``.

The clauses are frozen along, so that editing ``config/agreements`` changes no agreement that was sent. Neither an
address of a person nor an account number is in it. The grant's rate is the call's, by which the final account is
made up (``fund.forms.account.use_of_grant``).
"""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from config.clauses import agreement_clauses, amendment_clauses
from config.communes import commune_label
from fund.forms.accounts import IN_KIND, Side, plan
from fund.forms.budget import BudgetLine
from fund.forms.definition import FieldType, OrganisationKind
from fund.models import Agreement, Application, Award, Member, Organisation
from fund.services.agreement_terms import describe_terms
from fund.services.journal import canonical, plain

Facts = dict[str, Any]

SUBSCRIBERS = (OrganisationKind.ASSOCIATION, OrganisationKind.FOUNDATION)
"""Who subscribes to the contrat d'engagement républicain (loi 2000-321, art. 10-1): associations, foundations."""


def describe_agreement(agreement: Agreement) -> Facts:
    """The facts in the shape of ``fund.documents.agreement``, as they stand now."""
    award, application = agreement.award, agreement.award.application
    is_base, rules = agreement.number == 0, application.rules
    return {
        "number": agreement.number,
        "reference": agreement.reference,
        "clauses": agreement_clauses(rules.regime.aid.value) if is_base else amendment_clauses(),
        "call": {
            "reference": award.call.reference,
            "title_fr": award.call.title_fr,
            "title_en": award.call.title_en,
        },
        "regime": {
            "scheme": award.scheme or "",
            "republican_contract": any(asks_contract(agreement, member) for member in agreement.signers),
        },
        "application": {
            "reference": application.reference,
            "title": application.title,
            "summary": application.summary,
            "submitted_at": plain(application.submitted_at),
        },
        "decision": _describe_decision(application),
        "fund": {
            **_describe_organisation(award.call.funder),
            "represented_by": agreement.fund_signatory,
            "function": agreement.fund_function,
            "contact": "",
        },
        "beneficiary": {
            **_describe_member(_lead_of(application)),
            "name": award.beneficiary_name,
        },
        "members": [
            {**_describe_member(member), "part": member.part, "signs": member in agreement.signers}
            for member in application.members
            if not member.is_lead
        ],
        "terms": _describe_terms(award, describe_terms(award) if is_base else agreement.terms),
        # An amendment repeats neither: what the agreement says of them stays.
        "budget": _describe_budget(application) if is_base else None,
        "indicators": _describe_indicators(application) if is_base else [],
        "amends": None if is_base else _describe_amended(agreement),
    }


def digest_of(facts: Mapping[str, Any]) -> str:
    """The SHA-256, in hexadecimal, of the canonical text of an agreement: what is signed."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def asks_contract(agreement: Agreement, member: Member) -> bool:
    """Whether this signer subscribes to the contrat d'engagement républicain with its signature."""
    is_asked = agreement.number == 0 and agreement.award.application.rules.regime.republican_contract
    return is_asked and member.organisation.kind in SUBSCRIBERS


def represented_by(member: Member) -> str:
    """Who acts for a member; the lead's contact where it names no representative."""
    return member.representative_name or (member.application.contact_name or "" if member.is_lead else "")


def _lead_of(application: Application) -> Member:
    return next(member for member in application.members if member.is_lead)


def _describe_member(member: Member) -> Facts:
    return {
        "member_id": member.id,
        **_describe_organisation(member.organisation),
        "represented_by": represented_by(member),
        "function": member.representative_function,
    }


def _describe_organisation(organisation: Organisation) -> Facts:
    """Its address is the commune of its seat: no more of it is known."""
    return {
        "name": organisation.name,
        "siret": organisation.siret or "",
        "rna": organisation.rna or "",
        "address": commune_label(organisation.commune_code) if organisation.commune_code else "",
    }


def _describe_decision(application: Application) -> Facts | None:
    """The committee's decision, with its reasons where the call tells them to the alliance."""
    item = application.decided_item
    if item is None:
        return None
    return {
        "held_at": plain(item.session.held_at),
        "session": item.session.reference,
        "conditions": item.conditions,
        "motivation": item.motivation if application.tells_motivation else "",
    }


def _describe_amended(agreement: Agreement) -> Facts:
    """What an amendment changes. An agreement from before agreements were kept here goes by its award's number."""
    award = agreement.award
    signed = [one for one in award.agreements if one.signed_on is not None]
    base = next((one for one in signed if one.number == 0), None)
    return {
        "reference": base.reference if base else award.reference,
        "signed_on": plain(base.signed_on if base else award.signed_on),
        "earlier": [{"number": one.number, "signed_on": plain(one.signed_on)} for one in signed if one.number > 0],
        "terms": _describe_terms(award, describe_terms(award)),
        "why": agreement.reason,
    }


# --- terms ---------------------------------------------------------------------------------------------------


def _describe_terms(award: Award, terms: Mapping[str, Any]) -> Facts:
    """Terms as the paper takes them: tranches in their order, numbered as they stand."""
    positions = {tranche.reference: tranche.position for tranche in award.live_tranches}
    last = max(positions.values(), default=0) + 1
    lines = sorted(terms["tranches"], key=lambda line: positions.get(line["tranche"], last))
    return {
        "amount": _euros(terms["amount"]),
        "starts_on": terms["starts_on"],
        "ends_on": terms["ends_on"],
        "tranches": [
            {
                "position": number,
                "label": "",
                "amount": _euros(line["amount"]),
                "due_on": line["due_on"],
                "conditions": line["conditions"],
            }
            for number, line in enumerate(lines, start=1)
        ],
        "reports": [
            {"number": number, "final": number == len(terms["reports"]), "due_on": report["due_on"]}
            for number, report in enumerate(terms["reports"], start=1)
        ],
    }


def _euros(amount: Any) -> str:
    return format(Decimal(amount), ".2f")


# --- budget and indicators -----------------------------------------------------------------------------------


def _describe_budget(application: Application) -> Facts | None:
    """The budget as it was handed in; where the call asks for none by accounts, its total alone."""
    rate = plain(application.rules.grant.rate)
    budget = application.judge_budget(complete=False)
    if budget is not None and budget.lines:
        lines = budget.lines
        return {
            "total": _euros(budget.total_charges),
            "rate": rate,
            "charges": _describe_side(lines, Side.CHARGES, budget.total_charges, budget.in_kind_charges),
            "products": _describe_side(lines, Side.PRODUCTS, budget.total_products, budget.in_kind_products),
        }
    if application.total_budget is None:
        return None
    total = application.total_budget
    sides = {side.value: _describe_side((), side, total, Decimal(0)) for side in Side}
    return {"total": _euros(total), "rate": rate, **sides}


def _describe_side(lines: Iterable[BudgetLine], side: Side, total: Decimal, in_kind: Decimal) -> Facts:
    known = plan()
    chapters: dict[str, list[BudgetLine]] = {}
    for line in lines:
        chapter = known[line.account].chapter if line.account in known else ""
        if line.side is side and chapter not in ("", *IN_KIND):
            chapters.setdefault(chapter, []).append(line)
    return {
        "chapters": [_describe_chapter(code, chapters[code]) for code in sorted(chapters)],
        "total": _euros(total),
        "in_kind": _euros(in_kind),
    }


def _describe_chapter(code: str, lines: list[BudgetLine]) -> Facts:
    total = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    return {
        **_account(code),
        "amount": _euros(total),
        # A line on the chapter itself, without a word beside it, says nothing more than the chapter.
        "lines": [_describe_line(line) for line in lines if line.account != code or line.label or line.fund],
    }


def _describe_line(line: BudgetLine) -> Facts:
    status = "fund" if line.fund else line.standing.value if line.standing else None
    return {**_account(line.account), "label": line.label, "amount": _euros(line.amount or 0), "status": status}


def _account(code: str) -> Facts:
    label = plan()[code].label
    return {"account": code, "name_fr": label.fr, "name_en": label.en}


def _describe_indicators(application: Application) -> list[Facts]:
    """The figures that the call's report form asks for; no call sets targets for them."""
    return [
        {"label_fr": question.label.fr, "label_en": question.label.en, "target": ""}
        for section in application.rules.report.sections
        for question in section.fields
        if question.type is FieldType.NUMBER
    ]
