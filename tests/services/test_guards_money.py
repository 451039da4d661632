"""What is said against the steps of awards, tranches and reports."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.models import BankAccount, TrancheCondition
from fund.services import repayments
from fund.services.perform import create, perform
from fund.services.steps import take_step
from tests.scenario import BIC, IBAN, World
from tests.services.makers import BECAUSE, today
from tests.services.refusals import Spoil, refused, setting, staff_joins_the_lead
from workflows.agreement import AgreementStep
from workflows.award import AwardStep
from workflows.bank_account import BankAccountStep
from workflows.disbursement import ConditionKind, DisbursementStep
from workflows.payment_file import PaymentFileStep
from workflows.permissions import SYSTEM
from workflows.reasons import ReasonCode
from workflows.repayment import RepaymentStep
from workflows.report import ReportStep

TOMORROW = today() + timedelta(days=1)


def unbalance(_: World, __: Session, agreement: Any) -> None:
    agreement.award.disbursements[0].amount -= 1


def forget_the_report(_: World, session: Session, award: Any) -> None:
    """As if the accepted report had been an interim one."""
    award.reports[0].final = False


def tranche_fails(world: World, session: Session, award: Any) -> None:
    take_step(session, world["finance"], award.live_tranches[0], "fail", inputs=BECAUSE)


def ask_something_back(world: World, session: Session, award: Any) -> None:
    repayments.ask(session, world["officer"], award, amount=Decimal(10), reason="Non dépensé.")


def ask_for_some_of_it_back(world: World, session: Session, tranche: Any) -> None:
    ask_something_back(world, session, tranche.award)


def pay_first_tranche(world: World, session: Session, award: Any) -> None:
    world.pay(session, award.live_tranches[0])


def send_first_tranche(world: World, session: Session, award: Any) -> None:
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    take_step(session, world["finance"], tranche, "approve")
    perform(session, SYSTEM, tranche, DisbursementStep.SEND)


def change_bank_details(world: World, session: Session, tranche: Any) -> None:
    """As if nobody had verified the change: the row alone, before the program holds anything."""
    organisation = tranche.award.beneficiary
    former = organisation.bank_account
    changed = BankAccount(organisation=organisation, holder="Autre", iban=IBAN, bic=BIC)
    changed.entered_by_id = world.people["officer"]
    create(session, world["officer"], changed)
    assert former is not None


def lose_bank_details(_: World, session: Session, tranche: Any) -> None:
    account = tranche.award.beneficiary.bank_account
    perform(session, SYSTEM, account, BankAccountStep.CLOSE, inputs=BECAUSE)


def report_is_late(_: World, session: Session, tranche: Any) -> None:
    tranche.award.reports[0].due_on = today() - timedelta(days=1)
    session.flush()


def wait_for(kind: ConditionKind) -> Spoil:
    def spoil(_: World, session: Session, tranche: Any) -> None:
        report = tranche.award.reports[0] if kind is ConditionKind.REPORT_ACCEPTED else None
        tranche.conditions.append(TrancheCondition(kind=kind, label="Pièces", report=report))
        session.flush()

    return spoil


def forget_the_proof(_: World, __: Session, tranche: Any) -> None:
    tranche.evidence_id = None


def answer_the_order(_: World, __: Session, file: Any) -> None:
    file.orders[0].answered_on = today()


def finance_asked_it(world: World, _: Session, repayment: Any) -> None:
    repayment.asked_by_id = world.people["finance"]


def finance_entered_it(world: World, _: Session, account: Any) -> None:
    account.entered_by_id = world.people["finance"]


def forget_the_copy(_: World, __: Session, agreement: Any) -> None:
    agreement.scan_id = None


def sign_the_award(world: World, session: Session, agreement: Any) -> None:
    perform(session, SYSTEM, agreement.award, AwardStep.CANCEL, inputs=BECAUSE)


def suspend_the_award(world: World, session: Session, tranche: Any) -> None:
    take_step(session, world["officer"], tranche.award, "suspend", inputs=BECAUSE)


def offer_the_award(world: World, session: Session, tranche: Any) -> None:
    world.send_agreement(session, tranche.award)


def finance_ordered_it(world: World, _: Session, tranche: Any) -> None:
    tranche.ordered_by_id = world.people["finance"]


# The amount is asked for by itself, and is one of the places that the report has to complete.
SPENT_UNKNOWN = [ReasonCode.SPENT_AMOUNT_MISSING, ReasonCode.REPORT_INCOMPLETE]
REFUSALS: list[tuple[StrEnum, Spoil, list[ReasonCode]]] = [
    (AgreementStep.SEND, unbalance, [ReasonCode.SCHEDULE_UNBALANCED]),
    (AgreementStep.SEND, sign_the_award, [ReasonCode.AWARD_NOT_AGREEABLE]),
    (AgreementStep.SIGN, forget_the_copy, [ReasonCode.SIGNATURES_MISSING]),
    (BankAccountStep.VERIFY, finance_entered_it, [ReasonCode.BANK_DETAILS_OWN]),
    (PaymentFileStep.CANCEL, answer_the_order, [ReasonCode.ORDERS_ANSWERED]),
    (RepaymentStep.WAIVE, finance_asked_it, [ReasonCode.SAME_PERSON_TWICE]),
    (AwardStep.CLOSE, ask_something_back, [ReasonCode.REPAYMENTS_OPEN]),
    (AwardStep.CANCEL, send_first_tranche, [ReasonCode.MONEY_UNDER_WAY]),
    (AwardStep.CLOSE, forget_the_report, [ReasonCode.FINAL_REPORT_MISSING]),
    (AwardStep.CLOSE, tranche_fails, [ReasonCode.TRANCHES_OPEN]),
    (AwardStep.CANCEL, pay_first_tranche, [ReasonCode.MONEY_PAID_OUT]),
    (DisbursementStep.RELEASE, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.RELEASE, setting(due_on=TOMORROW), [ReasonCode.NOT_YET_DUE]),
    (DisbursementStep.RELEASE, wait_for(ConditionKind.REPORT_ACCEPTED), [ReasonCode.REPORT_AWAITED]),
    (DisbursementStep.RELEASE, wait_for(ConditionKind.COFINANCING_PROVEN), [ReasonCode.COFINANCING_UNPROVEN]),
    (DisbursementStep.RELEASE, wait_for(ConditionKind.EXPENSE_EVIDENCE), [ReasonCode.EVIDENCE_AWAITED]),
    *(
        (step, spoil, [code])
        for step in (
            DisbursementStep.RELEASE,
            DisbursementStep.ORDER,
            DisbursementStep.APPROVE,
            DisbursementStep.SEND,
            DisbursementStep.REORDER,
        )
        for spoil, code in (
            (change_bank_details, ReasonCode.BANK_DETAILS_UNVERIFIED),
            (lose_bank_details, ReasonCode.BANK_DETAILS_MISSING),
            (report_is_late, ReasonCode.REPORT_LATE),
        )
    ),
    (DisbursementStep.ORDER, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.APPROVE, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.APPROVE, finance_ordered_it, [ReasonCode.SAME_PERSON_TWICE]),
    (DisbursementStep.SEND, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.PAY, forget_the_proof, [ReasonCode.PAYMENT_EVIDENCE_MISSING]),
    (DisbursementStep.FAIL, ask_for_some_of_it_back, [ReasonCode.MONEY_ASKED_BACK]),
    (DisbursementStep.REORDER, suspend_the_award, [ReasonCode.AWARD_NOT_ACTIVE]),
    (DisbursementStep.CANCEL, offer_the_award, [ReasonCode.AWARD_NOT_CANCELLED]),
    (ReportStep.SUBMIT, setting(narrative=" "), [ReasonCode.NARRATIVE_MISSING]),
    (ReportStep.SUBMIT, setting(spent_amount=None), SPENT_UNKNOWN),
    (ReportStep.RESUBMIT, setting(narrative=""), [ReasonCode.NARRATIVE_MISSING]),
    (ReportStep.RESUBMIT, setting(spent_amount=None), SPENT_UNKNOWN),
    *(
        (step, staff_joins_the_lead, [ReasonCode.CONFLICT_OF_INTEREST])
        for step in (
            AgreementStep.SEND,
            AwardStep.SUSPEND,
            AwardStep.RESUME,
            AwardStep.CLOSE,
            AwardStep.CANCEL,
            DisbursementStep.ORDER,
            DisbursementStep.APPROVE,
            DisbursementStep.PAY,
            DisbursementStep.REORDER,
            ReportStep.RETURN,
            ReportStep.ACCEPT,
            ReportStep.WAIVE,
        )
    ),
]


@pytest.mark.parametrize(("step", "spoil", "codes"), REFUSALS)
def test_a_step_is_refused_with_its_reason(
    session: Session, world: World, step: StrEnum, spoil: Spoil, codes: list[ReasonCode]
) -> None:
    assert refused(world, session, step, spoil=spoil) == codes


@pytest.mark.parametrize(
    ("step", "inputs", "code"),
    [
        (AwardStep.SIGN, {"signed_on": TOMORROW}, ReasonCode.SIGNATURE_DATE_AHEAD),
        (
            BankAccountStep.VERIFY,
            {"verified_how": "meeting", "verified_note": " "},
            ReasonCode.BANK_CHANNEL_MISSING,
        ),
        (ReportStep.ACCEPT_WITH_RESERVE, {"reserve": " "}, ReasonCode.RESERVE_MISSING),
        (DisbursementStep.PAY, {"paid_on": None}, ReasonCode.PAYMENT_DATE_MISSING),
        (DisbursementStep.PAY, {"paid_on": TOMORROW}, ReasonCode.PAYMENT_DATE_AHEAD),
        (RepaymentStep.RECEIVE, {"received_on": None}, ReasonCode.PAYMENT_DATE_MISSING),
        (RepaymentStep.RECEIVE, {"received_on": TOMORROW}, ReasonCode.PAYMENT_DATE_AHEAD),
    ],
)
def test_what_is_given_with_a_step_is_judged(
    session: Session, world: World, step: StrEnum, inputs: Mapping[str, Any], code: ReasonCode
) -> None:
    assert refused(world, session, step, inputs=inputs) == [code]
