"""The risks of an award in words: what is wrong, what to do next, and where."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from fund.edge.formats import day, money, percent
from fund.edge.labels import label
from fund.models import Agreement, Disbursement, Repayment, Report
from fund.models.base import utc_now
from fund.services.award_risks import (
    BANK_DAYS,
    HELD_DAYS,
    SIGNATURE_DAYS,
    SPENT_SHARE,
    UNPAID_MONTHS,
    Finding,
    Risk,
)
from fund.web.agreements.own import name_of
from workflows.disbursement import HoldCause
from workflows.engine import paris_day

NAMES: dict[Risk, Any] = {
    Risk.REPORT_LATE: _l("Late report"),
    Risk.REPAYMENT_LATE: _l("Late repayment"),
    Risk.TRANCHE_HELD: _l("Payment on hold"),
    Risk.BANK_DETAILS: _l("Bank details"),
    Risk.SIGNATURE_AWAITED: _l("Missing signature"),
    Risk.NOTHING_PAID: _l("Nothing paid"),
    Risk.PROJECT_OVER: _l("Project over"),
    Risk.UNDERSPENT: _l("Little spent"),
}
# The others want a look; these are overdue, or money stands still.
GRAVE = (Risk.REPORT_LATE, Risk.REPAYMENT_LATE, Risk.TRANCHE_HELD)

Link = tuple[str, str]
Words = tuple[str, str, tuple[Link, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """One finding for people. ``links``: what each says and where it leads, the next thing to do first."""

    name: str
    tone: str
    text: str
    advice: str
    links: tuple[Link, ...]


def rules() -> list[tuple[str, str]]:
    """Each risk with the rule by which an award is at it."""
    sentences = {
        Risk.REPORT_LATE: gettext("A report is past its date."),
        Risk.REPAYMENT_LATE: gettext("A repayment is past its date and not received in full."),
        Risk.TRANCHE_HELD: gettext("A tranche is on hold for more than %(days)s days.", days=HELD_DAYS),
        Risk.BANK_DETAILS: gettext(
            "A tranche can be paid within %(days)s days, and the bank details are missing or not verified.",
            days=BANK_DAYS,
        ),
        Risk.SIGNATURE_AWAITED: gettext(
            "An agreement or an amendment was sent more than %(days)s days ago, and not everybody has signed.",
            days=SIGNATURE_DAYS,
        ),
        Risk.NOTHING_PAID: gettext(
            "The agreement is signed for more than %(months)s months, and nothing is paid.", months=UNPAID_MONTHS
        ),
        Risk.PROJECT_OVER: gettext("The project’s last day is past, and the final report is not handed in."),
        Risk.UNDERSPENT: gettext(
            "An interim report handed in past the middle of the project shows less than %(share)s of the "
            "budget spent.",
            share=percent(SPENT_SHARE),
        ),
    }
    return [(str(NAMES[risk]), sentences[risk]) for risk in Risk]


def tone_of(risk: Risk) -> str:
    return "danger" if risk in GRAVE else "progress"


def told(finding: Finding) -> Told:
    text, advice, links = _words_of(finding)
    return Told(str(NAMES[finding.risk]), tone_of(finding.risk), text, advice, links)


def _words_of(finding: Finding) -> Words:
    match finding.risk, finding.cause:
        case Risk.REPORT_LATE, Report() as report:
            return _late_report(finding, report)
        case Risk.REPAYMENT_LATE, Repayment() as repayment:
            return _late_repayment(finding, repayment)
        case Risk.TRANCHE_HELD, Disbursement() as tranche:
            return _held(finding, tranche)
        case Risk.SIGNATURE_AWAITED, Agreement() as agreement:
            return _unsigned(finding, agreement)
        case Risk.PROJECT_OVER, Report() as report:
            return _over(finding, report)
        case Risk.UNDERSPENT, Report() as report:
            return _underspent(finding, report)
        case Risk.BANK_DETAILS, _:
            return _bank_details(finding)
        case _:
            return _unpaid(finding)


def _late_report(finding: Finding, report: Report) -> Words:
    late = (paris_day(utc_now()) - report.due_on).days
    name = gettext("Final report") if report.final else gettext("Interim report")
    text = ngettext(
        "%(report)s due on %(date)s: one day late.",
        "%(report)s due on %(date)s: %(num)s days late.",
        late,
        report=name,
        date=day(report.due_on),
    )
    if finding.reminders is None:
        reminded = gettext("No reminder was sent.")
    else:
        reminded = ngettext(
            "One reminder was sent, on %(date)s.",
            "%(num)s reminders were sent, the last one on %(date)s.",
            finding.reminders.count,
            date=day(finding.reminders.last_at),
        )
    advice = gettext("Write to the alliance, or do without the report, with a reason.")
    return f"{text} {reminded}", advice, (_exchanges(finding), _report(report))


def _late_repayment(finding: Finding, repayment: Repayment) -> Words:
    text = gettext(
        "%(amount)s were to be paid back by %(date)s.",
        amount=money(repayment.outstanding),
        date=day(repayment.due_on),
    )
    advice = gettext("Check whether the money came; if not, write to the alliance.")
    page = url_for("repayments.show", reference=repayment.reference)
    return text, advice, ((gettext("See the repayment"), page), _exchanges(finding))


def _held(finding: Finding, tranche: Disbursement) -> Words:
    text = gettext(
        "Tranche %(number)s (%(amount)s) is on hold since %(date)s: %(cause)s.",
        number=tranche.position,
        amount=money(tranche.amount),
        date=day(tranche.moved_at),
        cause=label(tranche.hold_cause) if tranche.hold_cause else "",
    )
    tranche_page = (gettext("See the tranche"), url_for("disbursements.show", reference=tranche.reference))
    match tranche.hold_cause:
        case HoldCause.LATE_REPORT:
            advice = gettext("The hold ends by itself when the late report is in: write to the alliance.")
            return text, advice, (_exchanges(finding), tranche_page)
        case HoldCause.BANK_DETAILS:
            advice = gettext("The hold ends by itself once the bank details are verified.")
            return text, advice, (_bank(finding), tranche_page)
        case _:
            advice = gettext("Lift the hold, or tell the alliance what it must do for that.")
            return text, advice, (tranche_page, _exchanges(finding))


def _bank_details(finding: Finding) -> Words:
    if finding.day is None:
        first = gettext("A tranche can be paid as soon as the bank details are there.")
    else:
        first = gettext("A tranche can be paid from %(date)s on.", date=day(finding.day))
    if finding.award.beneficiary.has_unverified_account:
        text = gettext("The bank details are entered, and not verified.")
        return (
            f"{first} {text}",
            gettext("Have a second person verify them by another channel."),
            (_bank(finding),),
        )
    text = gettext("There are no bank details.")
    return f"{first} {text}", gettext("Ask the alliance to enter them."), (_exchanges(finding), _bank(finding))


def _unsigned(finding: Finding, agreement: Agreement) -> Words:
    sent = day(agreement.sent_at) if agreement.sent_at else ""
    text = gettext("%(name)s: sent on %(date)s, and not signed by all.", name=name_of(agreement), date=sent)
    page = url_for("agreements.show", reference=finding.award.reference, _anchor=agreement.reference)
    advice = gettext("Send the links again, or file a copy signed by hand.")
    return text, advice, ((gettext("See who has not signed"), page), _exchanges(finding))


def _unpaid(finding: Finding) -> Words:
    signed = day(finding.day) if finding.day else ""
    text = gettext("Signed on %(date)s, and nothing is paid.", date=signed)
    page = url_for("awards.show", reference=finding.award.reference, _anchor="payments-title")
    return text, gettext("See what the first tranche waits for."), ((gettext("See the payments"), page),)


def _over(finding: Finding, report: Report) -> Words:
    text = gettext(
        "The project ended on %(end)s; its final report is due on %(due)s.",
        end=day(finding.day) if finding.day else "",
        due=day(report.due_on),
    )
    advice = gettext("Ask whether all is done: a project that goes on needs an amendment.")
    page = url_for("agreements.show", reference=finding.award.reference)
    return text, advice, (_exchanges(finding), (gettext("Agreement and amendments"), page))


def _underspent(finding: Finding, report: Report) -> Words:
    text = gettext(
        "By the interim report of %(date)s, %(spent)s of %(planned)s are spent.",
        date=day(report.submitted_at) if report.submitted_at else "",
        spent=money(report.spent_amount),
        planned=money(finding.award.application.total_budget),
    )
    advice = gettext("Ask how the project goes: an amendment can change its amount, its dates or its payments.")
    return text, advice, (_report(report), _exchanges(finding))


def _report(report: Report) -> Link:
    return gettext("See the report"), url_for("reports.show", reference=report.reference)


def _exchanges(finding: Finding) -> Link:
    reference = finding.award.application.reference
    return gettext("Exchanges with the alliance"), url_for("thread.of_file", reference=reference)


def _bank(finding: Finding) -> Link:
    return gettext("See the bank details"), url_for("bank_accounts.of_award", reference=finding.award.reference)
