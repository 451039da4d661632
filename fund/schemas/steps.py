"""What comes with a step: the shape of its inputs, for the form on a page and the body of an API call alike."""

from typing import Any

from marshmallow import fields, validates_schema
from marshmallow.exceptions import ValidationError

from fund.forms.fields import Choice, Day, Input, Instant, Money, Problem, Text, YesNo, nested
from workflows.agreement import AgreementStep
from workflows.application import ApplicationStep, CorrectionKind
from workflows.bank_account import BankAccountStep, VerifiedHow
from workflows.call import CallStep
from workflows.committee import CommitteeStep
from workflows.disbursement import DisbursementStep
from workflows.engine import Step
from workflows.repayment import RepaymentStep
from workflows.report import ReportStep

REASON_LENGTH = 4_000
CORRECTION_LENGTH = 1_000


class ReasonInput(Input):
    """A step that may be given a word why; which steps need it is said in ``workflows``."""

    reason = Text(maximum=REASON_LENGTH, load_default="")


class NewClosingInput(ReasonInput):
    closes_at = Instant(required=True)


class SubmitInput(Input):
    """Where the call has a declaration: that it is made, and by whom. The receipt says so."""

    declared = YesNo(load_default=False)
    signatory_name = Text(maximum=200, load_default="")
    signatory_function = Text(maximum=200, load_default="")


class CorrectionInput(Input):
    """What is the matter with one marked place, in a word and in a sentence."""

    kind = Choice(CorrectionKind, required=True)
    reason = Text(maximum=CORRECTION_LENGTH, required=True, blank=False)


class ReturnInput(ReasonInput):
    """``corrections`` maps a place of the application to what is wrong there.

    Places: a field of the project by its name, ``section.field`` of the call's form, ``form.section.field`` for a
    document of the form, ``asked.key`` (with ``.member id``) for one of the call, ``budget``, ``budget.charges``,
    ``budget.products``, ``members``, ``members.<id>``.
    """

    return_due_at = Instant(required=True)
    corrections = fields.Dict(
        keys=Text(maximum=200, blank=False),
        values=nested(CorrectionInput),
        load_default=dict,
        error_messages={"invalid": Problem("not_an_object")},
    )


class DecisionInput(Input):
    motivation = Text(maximum=REASON_LENGTH, required=True, blank=False)


class FundInput(DecisionInput):
    amount = Money(required=True)


class SignMinutesInput(Input):
    """The SHA-256 of the minutes as they were read; the signature is refused where they changed since."""

    digest = Text(maximum=64, load_default="")


class SendAgreementInput(Input):
    """The SHA-256 of the text as it was read; it is not sent where it changed since."""

    digest = Text(maximum=64, load_default="")


class PayInput(Input):
    paid_on = Day(required=True)
    paid_to = Day(allow_none=True, load_default=None)
    bank_reference = Text(maximum=140, load_default="")

    @validates_schema
    def period_in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("paid_to") and data["paid_to"] < data["paid_on"]:
            raise ValidationError(Problem("period_disordered"), "paid_to")


class FailInput(ReasonInput):
    """``return_code``: the bank's own word why the money came back (ISO 20022, such as AC04)."""

    return_code = Text(maximum=10, load_default="")


class ReceiveInput(Input):
    """What came of a demand; without an amount, all that is due (euros)."""

    received_on = Day(required=True)
    amount = Money(allow_none=True, load_default=None)
    bank_reference = Text(maximum=140, load_default="")


class VerifyAccountInput(Input):
    verified_how = Choice(VerifiedHow, required=True)
    verified_note = Text(maximum=500, required=True, blank=False)


class HandInReportInput(Input):
    """Who signs the report; without a name, the person who hands it in."""

    signatory_name = Text(maximum=200, load_default="")
    signatory_function = Text(maximum=200, load_default="")


class ReserveInput(Input):
    reserve = Text(maximum=REASON_LENGTH, required=True, blank=False)


STEP_INPUTS: dict[str, type[Input]] = {
    CallStep.EXTEND: NewClosingInput,
    CallStep.REOPEN: NewClosingInput,
    ApplicationStep.SUBMIT: SubmitInput,
    ApplicationStep.RESUBMIT: SubmitInput,
    ApplicationStep.RETURN: ReturnInput,
    ApplicationStep.FUND: FundInput,
    ApplicationStep.WAITLIST: DecisionInput,
    ApplicationStep.DECLINE: DecisionInput,
    CommitteeStep.SIGN: SignMinutesInput,
    AgreementStep.SEND: SendAgreementInput,
    BankAccountStep.VERIFY: VerifyAccountInput,
    DisbursementStep.PAY: PayInput,
    DisbursementStep.FAIL: FailInput,
    RepaymentStep.RECEIVE: ReceiveInput,
    RepaymentStep.RECEIVE_PART: ReceiveInput,
    ReportStep.SUBMIT: HandInReportInput,
    ReportStep.RESUBMIT: HandInReportInput,
    ReportStep.ACCEPT_WITH_RESERVE: ReserveInput,
}


def input_of(step: Step) -> type[Input]:
    """The shape of what comes with the step."""
    return STEP_INPUTS.get(step.name, ReasonInput)
