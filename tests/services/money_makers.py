"""What hangs on an award, in every state, each reached by the real steps: agreements, money, reports."""

from decimal import Decimal

from sqlalchemy.orm import Session

from fund.bank.business_days import next_business_day
from fund.models import (
    Agreement,
    BankAccount,
    Disbursement,
    PaymentFile,
    Repayment,
    Report,
)
from fund.services import (
    agreements,
    bank_accounts,
    payment_files,
    repayments,
    reports,
)
from fund.services.agreement_terms import describe_terms
from fund.services.perform import perform
from fund.services.steps import take_step
from tests.scenario import FUND_IBAN, IBAN, World
from tests.services.makers import BECAUSE, today
from workflows.disbursement import DisbursementStep


def draft_agreement(world: World, session: Session) -> Agreement:
    agreement = world.award(session).agreements[0]
    agreements.edit(session, world["officer"], agreement, fund_signatory="Dominique Essai")
    return agreement


def sent_agreement(world: World, session: Session) -> Agreement:
    return world.offered_award(session).agreements[0]


def signed_alone(world: World, session: Session) -> Agreement:
    """Sent, with a scanned copy that the step has yet to take account of."""
    agreement = sent_agreement(world, session)
    document = world.document(session, agreement.award.application, f"agreement.{agreement.id}")
    agreement.scan_id, agreement.signed_on = document.id, today()
    session.flush()
    return agreement


def draft_amendment(world: World, session: Session) -> Agreement:
    award = world.active_award(session)
    terms = describe_terms(award)
    return agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Pour essai.")


def proposed_account(world: World, session: Session) -> BankAccount:
    organisation = world.award(session).beneficiary
    former = organisation.bank_account
    iban = FUND_IBAN if former is not None and former.iban == IBAN else IBAN
    return bank_accounts.propose(
        session, world["officer"], organisation, holder=organisation.name, iban=iban, bic=""
    )


def verified_account(world: World, session: Session) -> BankAccount:
    return world.verified_account(session, world.award(session).beneficiary)


def asked_repayment(world: World, session: Session) -> Repayment:
    award = world.paid_award(session)
    return repayments.ask(session, world["officer"], award, amount=Decimal(1_000), reason="Non dépensé.")


def made_file(world: World, session: Session) -> PaymentFile:
    """A payment file of one tranche, which the bank has not answered."""
    tranche = approved_tranche(world, session)
    world.verified_account(session, tranche.award.call.funder, FUND_IBAN)
    return payment_files.make_file(session, world["finance"], [tranche], execution_on=next_business_day(today()))


def answered_file(world: World, session: Session) -> PaymentFile:
    """The bank answered; the program has not come to end the file."""
    file = made_file(world, session)
    tranche = file.orders[0].disbursement
    perform(
        session,
        world["finance"],
        tranche,
        DisbursementStep.PAY,
        inputs={"paid_on": today()},
        sets={"paid_on": today(), "paid_amount": tranche.amount},
    )
    return file


def sent_tranche(world: World, session: Session) -> Disbursement:
    return made_file(world, session).orders[0].disbursement


def planned_tranche(world: World, session: Session) -> Disbursement:
    return world.active_award(session).live_tranches[0]


def due_tranche(world: World, session: Session) -> Disbursement:
    tranche = planned_tranche(world, session)
    take_step(session, world["officer"], tranche, "release")
    return tranche


def held_tranche(world: World, session: Session) -> Disbursement:
    tranche = due_tranche(world, session)
    take_step(session, world["officer"], tranche, "hold", inputs=BECAUSE)
    return tranche


def ordered_tranche(world: World, session: Session) -> Disbursement:
    tranche = due_tranche(world, session)
    take_step(session, world["officer"], tranche, "order")
    return tranche


def approved_tranche(world: World, session: Session) -> Disbursement:
    tranche = ordered_tranche(world, session)
    take_step(session, world["finance"], tranche, "approve")
    return tranche


def proven_tranche(world: World, session: Session) -> Disbursement:
    """Approved, with the proof of a payment by hand."""
    tranche = approved_tranche(world, session)
    world.prove_payment(session, tranche)
    return tranche


def paid_tranche(world: World, session: Session) -> Disbursement:
    tranche = proven_tranche(world, session)
    take_step(session, world["finance"], tranche, "pay", inputs={"paid_on": today(), "bank_reference": "VIR-1"})
    return tranche


def failed_tranche(world: World, session: Session) -> Disbursement:
    tranche = paid_tranche(world, session)
    take_step(session, world["finance"], tranche, "fail", inputs=BECAUSE)
    return tranche


def tranche_of_draft(world: World, session: Session) -> Disbursement:
    return world.award(session).live_tranches[0]


def expected_report(world: World, session: Session) -> Report:
    return world.active_award(session).reports[0]


def written_report(world: World, session: Session) -> Report:
    report = expected_report(world, session)
    reports.edit_report(
        session, world["applicant"], report, narrative="Tout est fait.", spent_amount=Decimal(39_000)
    )
    return report


def given_report(world: World, session: Session) -> Report:
    report = written_report(world, session)
    take_step(session, world["applicant"], report, "submit")
    return report


def returned_report(world: World, session: Session) -> Report:
    report = given_report(world, session)
    take_step(session, world["officer"], report, "return", inputs=BECAUSE)
    return report
