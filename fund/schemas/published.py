"""From an award to what is published of it: the facts that the SCDL standard and 360Giving share."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from config.communes import find_commune
from fund.models import Award, Organisation
from fund.schemas.scdl import Nature, PaymentCondition, PublishedAward
from workflows.engine import paris_day


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow(PublishedAward):
    """A row of ours, with the reference of its award."""

    reference: str


def published(award: Award) -> OwnRow:
    """The award as the SCDL standard has it. Raises ValueError for an award that is not signed."""
    if award.signed_on is None:
        raise ValueError(f"{award.reference} is not signed")
    days = [(t.paid_on or t.due_on or award.signed_on, t.paid_to) for t in award.live_tranches]
    start = award.payment_from or min((day for day, _ in days), default=award.signed_on)
    end = award.payment_to if award.payment_from else max((to or day for day, to in days), default=start)
    tranches = PaymentCondition.STAGGERED if len(days) > 1 else PaymentCondition.SINGLE
    condition = PaymentCondition(award.payment_condition) if award.payment_condition else tranches
    funder, beneficiary = award.call.funder, award.beneficiary
    return OwnRow(
        reference=award.reference,
        grantor_name=funder.name,
        grantor_siret=funder.siret or "",
        agreement_date=award.signed_on,
        decision_reference=award.decision_reference or None,
        beneficiary_name=award.beneficiary_name,
        beneficiary_siret=beneficiary.siret,
        beneficiary_rna=beneficiary.rna,
        purpose=award.purpose,
        amount=award.shared_total,
        share=award.share.normalize(),
        nature=Nature(award.nature),
        payment_condition=condition,
        period_start=start,
        period_end=None if end == start and not award.payment_to else end,
        rae_id=award.aid_register,
        eu_notified=award.eu_notified,
        scheme=award.scheme,
    )


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation by its name and the first number that it has. ``number`` is the program's own."""

    name: str
    siren: str | None
    rna: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Grant:
    """An award as 360Giving has it. ``amount`` is the beneficiary's own, in euros; days are those of Paris.

    ``place`` is the name of the project's commune and ``place_code`` its INSEE code. ``is_own`` tells the fund's
    own awards, which answer a call of its own and have a page, from those of imported history.
    """

    reference: str
    title: str
    description: str
    amount: Decimal
    decided_on: date
    starts_on: date | None
    ends_on: date | None
    place: str | None
    place_code: str | None
    recipient: Party
    funder: Party
    programme: str
    programme_code: str
    modified_at: datetime
    is_own: bool


def grant_of(award: Award) -> Grant:
    """The award with its file and its call, in French: it is data, whatever the reader's language."""
    application, call = award.application, award.call
    commune = find_commune(application.commune_code) if application.commune_code else None
    return Grant(
        reference=award.reference,
        title=application.title or award.purpose,
        description=application.summary or award.purpose,
        amount=award.amount,
        decided_on=paris_day(award.created_at),
        starts_on=award.starts_on or application.starts_on,
        ends_on=award.ends_on or application.ends_on,
        place=commune.name if commune else None,
        place_code=commune.code if commune else None,
        recipient=_party(award.beneficiary, award.beneficiary_name),
        funder=_party(call.funder, call.funder.name),
        programme=call.title_fr,
        programme_code=call.reference,
        modified_at=award.moved_at,
        is_own=not award.imported,
    )


def _party(organisation: Organisation, name: str) -> Party:
    return Party(name, organisation.siren, organisation.rna, organisation.id)
