"""The agreement on an award and its amendments: where each stands, who signed, who is awaited.

GET /attributions/<ref>/convention   all of them, the one under way first
GET /conventions/<ref>               leads to its place on that page
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from fund.edge.access import access
from fund.edge.requests import current_actor, current_session
from fund.models import Agreement, LinkPurpose, Member, PersonalLink
from fund.services.access import visible
from fund.services.agreement_facts import asks_contract, represented_by
from fund.services.agreement_terms import AMENDABLE
from fund.services.agreements import address_of, missing_signers
from fund.web.agreements.own import READERS, blueprint, find_agreement, find_award, name_of
from fund.web.agreements.papers import FROZEN
from fund.web.steps import offers_of
from fund.web.tranches import last_reason
from workflows.agreement import AgreementState, AgreementStep
from workflows.permissions import STAFF_ROLES, Permission, allows


@dataclass(frozen=True, slots=True)
class SignerView:
    """Who signs, for whom; ``member`` is None for the fund. The address is for the fund's eyes."""

    member: Member | None
    organisation: str
    name: str
    function: str
    signed_at: datetime | None
    journal_hash: str
    email: str
    link: PersonalLink | None
    subscribes: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """An agreement or amendment as its card shows it; ``amount`` as it says, whatever later ones say."""

    agreement: Agreement
    name: str
    amount: Decimal
    signers: list[SignerView]
    offers: list[dict[str, Any]]
    may_sign: bool
    reason: str | None


@blueprint.get("/attributions/<reference>/convention")
@access(READERS)
def show(reference: str) -> str:
    award, actor = find_award(reference), current_actor()
    query = visible(actor, Agreement).where(Agreement.award_id == award.id)
    query = query.options(selectinload(Agreement.signatures)).order_by(Agreement.id.desc())
    agreements = list(current_session().scalars(query))
    links = _links_of(agreements)
    is_officer = allows(Permission.AWARD_MANAGE, actor, award.relations(actor))
    return render_template(
        "agreements/show.html",
        award=award,
        versions=[_version(agreement, links) for agreement in agreements],
        is_staff=actor.has_role(*STAFF_ROLES),
        is_officer=is_officer,
        may_amend=is_officer and award.state in AMENDABLE and not award.imported and not award.has_open_amendment,
    )


@blueprint.get("/conventions/<reference>")
@access(READERS)
def page(reference: str) -> Response:
    return redirect(address_of_page(find_agreement(reference)), 303)


def address_of_page(agreement: Agreement) -> str:
    return url_for("agreements.show", reference=agreement.award.reference, _anchor=agreement.reference)


def _links_of(agreements: Sequence[Agreement]) -> dict[tuple[int, int], PersonalLink]:
    """The latest link of each signer that was not taken back."""
    query = select(PersonalLink).where(
        PersonalLink.agreement_id.in_([agreement.id for agreement in agreements]),
        PersonalLink.purpose == LinkPurpose.AGREEMENT,
        PersonalLink.revoked_at.is_(None),
    )
    found: dict[tuple[int, int], PersonalLink] = {}
    for link in current_session().scalars(query.order_by(PersonalLink.id)):
        if link.agreement_id is not None and link.member_id is not None:
            found[link.agreement_id, link.member_id] = link
    return found


def _version(agreement: Agreement, links: dict[tuple[int, int], PersonalLink]) -> VersionView:
    explained = {AgreementState.REFUSED: AgreementStep.REFUSE, AgreementState.DRAFT: AgreementStep.WITHDRAW}
    step = explained.get(agreement.state)
    is_own = allows(Permission.AGREEMENT_ANSWER, current_actor(), agreement.relations(current_actor()))
    missing = missing_signers(agreement) if agreement.state is AgreementState.SENT else []
    return VersionView(
        agreement=agreement,
        name=name_of(agreement),
        amount=_amount_of(agreement),
        signers=_signers(agreement, links),
        offers=_offers_of(agreement) if agreement.is_open else [],
        may_sign=is_own and any(member.is_lead for member in missing),
        reason=last_reason(agreement, step) if step else None,
    )


def _amount_of(agreement: Agreement) -> Decimal:
    if agreement.state in FROZEN and agreement.facts is not None:
        return Decimal(agreement.facts["terms"]["amount"])
    return agreement.amount


def _offers_of(agreement: Agreement) -> list[dict[str, Any]]:
    """The agreement itself is never dropped: to say so on its page would be noise."""
    return [offer for offer in offers_of(agreement) if agreement.number or offer["name"] != "drop"]


def _signers(agreement: Agreement, links: dict[tuple[int, int], PersonalLink]) -> list[SignerView]:
    """The fund and every member whose signature is asked; a draft has no signatures under its text yet."""
    is_draft = agreement.state in (AgreementState.DRAFT, AgreementState.DROPPED)
    given = {} if is_draft else {one.member_id: one for one in agreement.valid_signatures}
    parties: list[tuple[Member | None, str, str, str, str]] = [
        (None, agreement.award.call.funder.name, agreement.fund_signatory, agreement.fund_function, "")
    ]
    parties += [
        (one, one.organisation.name, represented_by(one), one.representative_function, address_of(one))
        for one in agreement.signers
    ]
    views = []
    for member, organisation, name, function, email in parties:
        signature = given.get(member.id if member else None)
        views.append(
            SignerView(
                member=member,
                organisation=organisation,
                name=signature.name if signature else name,
                function=signature.function if signature else function,
                signed_at=signature.signed_at if signature else None,
                journal_hash=signature.journal_hash if signature else "",
                email=email,
                link=links.get((agreement.id, member.id)) if member else None,
                subscribes=member is not None and asks_contract(agreement, member),
            )
        )
    return views
