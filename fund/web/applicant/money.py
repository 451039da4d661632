"""The money of one's own file: what was granted, paid and is still to come, and what the alliance must do for it.

GET /mes-dossiers/<ref>/financement
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from fund.edge.access import SIGNED_IN, access
from fund.edge.formats import day, money
from fund.edge.labels import label
from fund.edge.requests import current_actor, current_session
from fund.errors import NotFound
from fund.models import Agreement, Application, Award, Disbursement, Organisation, PaymentOrder, Report
from fund.models.base import utc_now
from fund.services.access import visible
from fund.services.agreements import missing_signers
from fund.web.agreements.own import name_of
from fund.web.applicant.own import blueprint, own_file
from fund.web.tranches import things_awaited
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.disbursement import ConditionKind, DisbursementState
from workflows.engine import paris_day
from workflows.report import ReportState

OPEN = (AwardState.DRAFT, AwardState.OFFERED, AwardState.ACTIVE, AwardState.SUSPENDED)
"""The states of an award of which money can still come."""
SIGNED = (AwardState.ACTIVE, AwardState.SUSPENDED)
PAID = DisbursementState.PAID
WAITING = (DisbursementState.PLANNED, DisbursementState.HELD)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that the alliance must do: what, why or by when, and the link to where it is done."""

    title: str
    text: str
    link: str
    url: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A tranche that was paid, with the reference by which it stands on the bank's statement."""

    tranche: Disbursement
    reference: str


@blueprint.get("/mes-dossiers/<reference>/financement")
@access(SIGNED_IN)
def money_of_file(reference: str) -> str:
    """All the money of a funded file. Raises NotFound for a file that has none, as for one of others."""
    application = own_file(reference)
    award = current_session().scalar(_award_of(application))
    if award is None:
        raise NotFound(f"award of {reference}")
    query = visible(current_actor(), Agreement).where(Agreement.award_id == award.id)
    agreements = list(
        current_session().scalars(query.options(selectinload(Agreement.signatures)).order_by(Agreement.id))
    )
    today = paris_day(utc_now())
    to_come = [one for one in award.live_tranches if one.state is not PAID] if award.state in OPEN else []
    return render_template(
        "applicant/money.html",
        application=application,
        award=award,
        tasks=list(_tasks(award, agreements, today)),
        to_come=[(tranche, things_awaited(tranche)) for tranche in to_come],
        still_to_come=sum((tranche.amount for tranche in to_come), Decimal(0)),
        to_pay_back=sum((one.outstanding for one in award.repayments if one.is_open), Decimal(0)),
        payments=[Payment(one, _reference_of(one)) for one in award.live_tranches if one.state is PAID],
        agreements=[(one, name_of(one)) for one in agreements],
        today=today,
    )


def _award_of(application: Application) -> Select[Award]:
    return (
        select(Award)
        .where(Award.application_id == application.id)
        .options(
            joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
            selectinload(Award.disbursements)
            .selectinload(Disbursement.payment_orders)
            .joinedload(PaymentOrder.file),
            selectinload(Award.reports),
            selectinload(Award.repayments),
        )
    )


def _reference_of(tranche: Disbursement) -> str:
    """That of the bank, or else the one which the fund gave the transfer."""
    sent = next((one for one in reversed(tranche.payment_orders) if one.cancelled_at is None), None)
    return tranche.bank_reference or (sent.end_to_end_id if sent is not None else "")


# --- what the alliance must do -------------------------------------------------------------------------------


def _tasks(award: Award, agreements: list[Agreement], today: date) -> Iterator[Task]:
    """In the order in which one lets the next happen; what is late comes first."""
    found = [
        *_signatures(agreements),
        *_bank_details(award),
        *_evidence(award),
        *_reports(award, today),
        *_repayments(award, today),
    ]
    yield from sorted(found, key=lambda task: not task.is_late)


def _signatures(agreements: list[Agreement]) -> Iterator[Task]:
    for agreement in agreements:
        missing = missing_signers(agreement) if agreement.state is AgreementState.SENT else []
        if not missing:
            continue
        page = url_for("agreements.show", reference=agreement.award.reference, _anchor=agreement.reference)
        sent = day(agreement.sent_at) if agreement.sent_at else ""
        title = gettext("Sign: %(name)s", name=name_of(agreement))
        if any(member.is_lead for member in missing):
            text = gettext("Sent on %(date)s. Nothing is paid before it is signed.", date=sent)
            if agreement.number:
                text = gettext("Sent on %(date)s. Nothing changes before it is signed.", date=sent)
            yield Task(title, text, gettext("Read and sign"), page)
        else:
            names = gettext(", ").join(member.organisation.name for member in missing)
            text = gettext("These members have still to sign, by the link that they got: %(names)s.", names=names)
            yield Task(title, text, gettext("See who has signed"), page)


def _bank_details(award: Award) -> Iterator[Task]:
    if award.state not in OPEN or award.imported:
        return
    page = url_for("bank_accounts.of_award", reference=award.reference)
    beneficiary = award.beneficiary
    if beneficiary.has_unverified_account:
        return
    if beneficiary.bank_account is None:
        text = gettext("Nothing can be paid before the fund knows and has verified the account.")
        yield Task(gettext("Enter the bank details"), text, gettext("Enter the bank details"), page)
    elif any(one.state is DisbursementState.FAILED for one in award.live_tranches):
        text = gettext("The bank sent a payment back.")
        yield Task(gettext("Check the bank details"), text, gettext("See or change the bank details"), page)


def _evidence(award: Award) -> Iterator[Task]:
    """The documents that tranches wait for, of which none was handed in."""
    awaited = [
        condition.label or label(condition.kind)
        for tranche in award.live_tranches
        if tranche.state in WAITING and award.state in OPEN
        for condition in tranche.conditions
        if condition.kind is not ConditionKind.REPORT_ACCEPTED and not condition.is_met
        if condition.document_id is None
    ]
    if awaited:
        title = ngettext("Hand in a document", "Hand in %(num)s documents", len(awaited))
        text = gettext("A payment waits for: %(what)s.", what=gettext("; ").join(awaited))
        page = url_for("proofs.evidence", reference=award.reference)
        yield Task(title, text, gettext("Hand in the evidence"), page)


def _reports(award: Award, today: date) -> Iterator[Task]:
    """Those that are late, and the next one."""
    owed = [report for report in award.reports if report.is_owed] if award.state in SIGNED else []
    late = [report for report in owed if report.due_on < today]
    for report in late or owed[:1]:
        yield _report_task(report, is_late=bool(late))


def _report_task(report: Report, *, is_late: bool) -> Task:
    name = gettext("Final report") if report.final else gettext("Interim report")
    page = url_for("reports.show", reference=report.reference)
    due = day(report.due_on)
    if is_late and report.award.count_open_tranches():
        text = gettext("It was due on %(date)s. Payments are on hold until it is handed in.", date=due)
    elif is_late:
        text = gettext(
            "It was due on %(date)s. Until it is handed in, your organisation gets no new grant.", date=due
        )
    elif report.state is ReportState.RETURNED:
        text = gettext("The fund asks for corrections; it is due on %(date)s.", date=due)
    else:
        text = gettext("It is due on %(date)s.", date=due)
    return Task(name, text, gettext("Write the report"), page, is_late)


def _repayments(award: Award, today: date) -> Iterator[Task]:
    for repayment in award.repayments:
        if repayment.is_open:
            title = gettext("Pay back %(amount)s", amount=money(repayment.outstanding))
            is_late = repayment.due_on < today
            due = day(repayment.due_on)
            if is_late:
                text = gettext("It was to be paid back by %(date)s.", date=due)
            else:
                text = gettext("To be paid back by %(date)s.", date=due)
            page = url_for("repayments.show", reference=repayment.reference)
            yield Task(title, text, gettext("See how to pay it back"), page, is_late)
