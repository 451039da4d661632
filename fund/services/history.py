"""Carrying one award of the past, as a public funder published it, through the real steps.

Each award becomes a file of an imported call: submitted, sent through review and committee, funded, its
agreement signed, its tranche paid, its accounts closed. The importer takes every step, so the journal marks each
as imported. A published award says days, not hours: the steps of one day follow each other by a second from
midnight in Paris, so that every timeline keeps their order. All that precedes the agreement is dated by its day,
payment and closing by the last day of the payment period.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Application, Award, Call, ImportedRow, Organisation, OrganisationKind
from fund.models.base import utc_now
from fund.services import applications, awards, calls, disbursements, organisations
from fund.services.perform import perform
from workflows.application import ApplicationStep
from workflows.award import AwardStep
from workflows.call import CallState, CallStep
from workflows.disbursement import DisbursementStep
from workflows.engine import PARIS, paris_day
from workflows.permissions import IMPORTER
from workflows.report import ReportStep

CENT = Decimal("0.01")
LARGEST_ENVELOPE = Decimal("999999999999.99")
"""What a column of money holds."""
# Texts of the journal and of the file, in French as all that the fund writes about a file.
MOTIVATION = "Décision reprise des données publiées par le financeur."
NO_REPORT = "Historique importé : aucun compte rendu n’est publié avec une subvention."
MORE_ROWS = "Autres subventions publiées de la même année."
TITLE_MAXIMUM = 200
# The SIREN of local authorities: communes, départements, régions, groupings (INSEE, legal units of public law).
LOCAL_AUTHORITY_SIREN = ("21", "22", "23", "24")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAward:
    """One published award. ``amount`` is the whole grant in euros, ``share`` the beneficiary's part of it.

    ``nature`` and ``payment_condition`` are in the words of the SCDL standard. Payments fall between
    ``period_start`` and ``period_end``, or on the first day alone where there is no end.
    """

    grantor_name: str
    grantor_siret: str
    agreement_date: date
    decision_reference: str | None
    beneficiary_name: str
    beneficiary_siret: str | None
    beneficiary_rna: str | None
    purpose: str
    amount: Decimal
    share: Decimal
    nature: str
    payment_condition: str
    period_start: date
    period_end: date | None
    rae_id: str | None
    eu_notified: bool
    scheme: str | None

    @property
    def own_amount(self) -> Decimal:
        """The beneficiary's part in euros, rounded to the cent."""
        return (self.amount * self.share).quantize(CENT, ROUND_HALF_UP)

    @property
    def paid_by(self) -> date:
        """The day by which all was paid: never before the agreement."""
        return max(self.agreement_date, self.period_end or self.period_start)


class _Clock:
    """Instants of days, each later than the one before."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def on(self, day: date) -> datetime:
        midnight = datetime.combine(day, time.min, PARIS)
        self._last = midnight if self._last is None else max(midnight, self._last + timedelta(seconds=1))
        return self._last


def find_known(session: Session, fingerprints: Iterable[bytes]) -> set[bytes]:
    """Which of these rows were taken in before."""
    query = select(ImportedRow.fingerprint).where(ImportedRow.fingerprint.in_(tuple(fingerprints)))
    return set(session.scalars(query))


def find_call(session: Session, grantor_siret: str, year: int) -> Call | None:
    """The imported call that holds what this funder granted in that year."""
    return session.scalar(
        select(Call)
        .join(Organisation, Organisation.id == Call.funder_id)
        .where(Call.imported, Organisation.siret == grantor_siret, Call.opens_at == _new_year(year))
    )


def prepare_call(
    session: Session, *, grantor_siret: str, grantor_name: str, year: int, awards_to_come: Decimal
) -> Call:
    """The call of that funder and year, with what the awards to come need left in its envelope, in euros.

    A new call is carried to its closing, dated by the year's ends; of the present year, which has not ended, it
    ends now, because nobody can answer it. A known call's envelope is raised, and its journal says so.
    """
    call = find_call(session, grantor_siret, year)
    if call is None:
        return _create_call(session, grantor_siret, grantor_name, year, awards_to_come)
    lacking = awards_to_come - call.remaining_envelope()
    if lacking > 0:
        calls.raise_envelope(session, IMPORTER, call, lacking, reason=MORE_ROWS)
    return call


def settle_call(session: Session, call: Call) -> None:
    """Settle an imported call, all of whose files are decided."""
    if call.state is CallState.CLOSED:
        perform(session, IMPORTER, call, CallStep.SETTLE, at=call.closes_at)


def _create_call(session: Session, siret: str, name: str, year: int, envelope: Decimal) -> Call:
    funder = _organisation(session, name, siret, None)
    opens_at = _new_year(year)
    closes_at = min(_new_year(year + 1), utc_now())
    call = calls.create_call(
        session,
        IMPORTER,
        at=opens_at,
        imported=True,
        funder_id=funder.id,
        title_fr=f"Subventions {year} — {name}",
        title_en=f"Grants of {year} — {name}",
        summary_fr=f"Subventions accordées en {year} par {name}, reprises des données publiées par ce financeur.",
        summary_en=f"Grants awarded in {year} by {name}, taken from the data that this funder published.",
        opens_at=opens_at,
        closes_at=closes_at,
        envelope=envelope,
        min_grant=Decimal(0),
        max_grant=envelope,
        max_rate=Decimal(100),
        reviews_required=0,
    )
    calls.publish(session, IMPORTER, call, at=opens_at)
    perform(session, IMPORTER, call, CallStep.OPEN, at=opens_at)
    perform(session, IMPORTER, call, CallStep.CLOSE, at=closes_at)
    return call


def carry(
    session: Session, call: Call, past: PastAward, *, fingerprint: bytes, file_name: str, line: int
) -> Award:
    """Carry one award from submission to closed accounts and remember its fingerprint.

    An award whose payment period has not ended yet stays in force, with its tranche planned.

    Raises StepRefused where a guard speaks against it, and IntegrityError for a fingerprint taken in meanwhile.
    """
    clock = _Clock()
    # The guards' questions to the database concern other files, which are flushed: each need not flush this one.
    with session.no_autoflush:
        award = _decide(session, call, past, clock)
        _sign(session, award, past, clock)
        if past.paid_by <= paris_day(utc_now()):
            _pay(session, award, past, clock)
            _close(session, award, past, clock)
    session.add(ImportedRow(fingerprint=fingerprint, award=award, file_name=file_name, line=line))
    session.flush()
    return award


def _decide(session: Session, call: Call, past: PastAward, clock: _Clock) -> Award:
    day, amount = past.agreement_date, past.own_amount
    application = applications.start_application(
        session,
        IMPORTER,
        call,
        _organisation(session, past.beneficiary_name, past.beneficiary_siret, past.beneficiary_rna),
        at=clock.on(day),
        imported=True,
        title=past.purpose[:TITLE_MAXIMUM],
        summary=past.purpose,
        requested_amount=amount,
        # The budget of the project was not published: it was the grant at the least.
        total_budget=amount,
    )
    applications.submit(session, IMPORTER, application, at=clock.on(day))
    for step in (
        ApplicationStep.START_REVIEW,
        ApplicationStep.CONCLUDE_REVIEW,
        ApplicationStep.SEND_TO_COMMITTEE,
    ):
        perform(session, IMPORTER, application, step, at=clock.on(day))
    awards.fund(
        session,
        IMPORTER,
        application,
        inputs={"amount": amount, "motivation": MOTIVATION},
        award=_award_fields(past),
        at=clock.on(day),
    )
    return _award_of(application)


def _award_fields(past: PastAward) -> dict[str, object]:
    return {
        "beneficiary_name": past.beneficiary_name,
        "purpose": past.purpose,
        "shared_total": past.amount,
        "share": past.share,
        "decision_reference": past.decision_reference or "",
        "nature": past.nature,
        "eu_notified": past.eu_notified,
        "aid_register": past.rae_id,
        "scheme": past.scheme,
        "payment_condition": past.payment_condition,
        "payment_from": past.period_start,
        "payment_to": past.period_end,
        "schedule": [{"amount": past.own_amount, "due_on": past.paid_by}],
    }


def _award_of(application: Application) -> Award:
    if application.award is None:
        raise RuntimeError(f"{application.reference} was funded and has no award")
    return application.award


def _sign(session: Session, award: Award, past: PastAward, clock: _Clock) -> None:
    day = past.agreement_date
    perform(session, IMPORTER, award, AwardStep.OFFER, at=clock.on(day))
    awards.sign(session, IMPORTER, award, inputs={"signed_on": day}, at=clock.on(day))


def _pay(session: Session, award: Award, past: PastAward, clock: _Clock) -> None:
    day = past.paid_by
    paid = {"paid_on": past.period_start, "paid_to": past.period_end}
    for tranche in award.disbursements:
        perform(session, IMPORTER, tranche, DisbursementStep.RELEASE, at=clock.on(day))
        disbursements.order(session, IMPORTER, tranche, at=clock.on(day))
        disbursements.approve(session, IMPORTER, tranche, at=clock.on(day))
        disbursements.pay(session, IMPORTER, tranche, inputs=paid, at=clock.on(day))


def _close(session: Session, award: Award, past: PastAward, clock: _Clock) -> None:
    """Close the accounts: what was paid years ago must not stand before the officers as a report overdue."""
    for report in award.reports:
        at = clock.on(past.paid_by)
        perform(session, IMPORTER, report, ReportStep.WAIVE, inputs={"reason": NO_REPORT}, at=at)
    awards.close(session, IMPORTER, award, at=clock.on(past.paid_by))


def _organisation(session: Session, name: str, siret: str | None, rna: str | None) -> Organisation:
    return organisations.find_or_create(session, name=name, kind=_kind(siret, rna), siret=siret, rna=rna)


def _kind(siret: str | None, rna: str | None) -> OrganisationKind:
    """What the numbers tell of the kind: the register of associations, or the SIREN of local authorities."""
    if rna:
        return OrganisationKind.ASSOCIATION
    if siret and siret.startswith(LOCAL_AUTHORITY_SIREN):
        return OrganisationKind.LOCAL_AUTHORITY
    return OrganisationKind.OTHER


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=PARIS)
