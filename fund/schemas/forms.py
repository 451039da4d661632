"""What people write: the shape of applications, scores, sessions, schedules, reports and calls coming in."""

from decimal import Decimal
from typing import Any

from marshmallow import fields, validates_schema
from marshmallow.exceptions import ValidationError

from fund.forms.answers import WebAddress
from fund.forms.fields import (
    Choice,
    Commune,
    Day,
    Email,
    Input,
    Instant,
    Money,
    Problem,
    Rna,
    Siret,
    Text,
    Whole,
    YesNo,
    list_of,
    nested,
)
from fund.models import OrganisationKind
from workflows.disbursement import ConditionKind
from workflows.voting import Majority, QuorumBasis

MEMBERS_MAXIMUM = 50
TRANCHES_MAXIMUM = 24
CONDITIONS_MAXIMUM = 10
REPORTS_MAXIMUM = 12
CRITERIA_MAXIMUM = 20


class OrganisationInput(Input):
    """An organisation by its SIRET, or an association by its RNA (Alsace-Moselle: neither)."""

    name = Text(maximum=200, required=True, blank=False)
    kind = Choice(OrganisationKind, required=True)
    siret = Siret(load_default="")
    rna = Rna(load_default="")

    @validates_schema
    def has_a_number(self, data: dict[str, Any], **_: Any) -> None:
        if not data["siret"] and not data["rna"] and data["kind"] is not OrganisationKind.ASSOCIATION:
            raise ValidationError(Problem("siret_needed"), "siret")


class MemberInput(OrganisationInput):
    part = Text(maximum=500, load_default="")
    contribution = Money(load_default=Decimal(0))


class ApplicationInput(Input):
    """The fields of a draft, each of which may still be empty: what is missing is said when it is submitted."""

    title = Text(maximum=200)
    summary = Text(maximum=4_000)
    commune_code = Commune(allow_none=True)
    contact_name = Text(maximum=200, allow_none=True)
    contact_email = Email(allow_none=True)
    requested_amount = Money(minimum=Decimal("0.01"), allow_none=True)
    total_budget = Money(minimum=Decimal("0.01"), allow_none=True)
    starts_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    members = list_of(nested(MemberInput), MEMBERS_MAXIMUM)

    @validates_schema
    def grant_within_budget(self, data: dict[str, Any], **_: Any) -> None:
        asked, budget = data.get("requested_amount"), data.get("total_budget")
        if asked is not None and budget is not None and asked > budget:
            raise ValidationError(Problem("request_above_budget"), "requested_amount")

    @validates_schema
    def dates_in_order(self, data: dict[str, Any], **_: Any) -> None:
        start, end = data.get("starts_on"), data.get("ends_on")
        if start is not None and end is not None and end < start:
            raise ValidationError(Problem("period_disordered"), "ends_on")


class NewApplicationInput(ApplicationInput):
    """A new draft in a call, with the organisation that leads the alliance."""

    call = Text(maximum=20, required=True, blank=False)
    lead = nested(OrganisationInput, required=True)


class ScoreInput(Input):
    """A mark on one criterion (its number in the rubric); None takes a mark back."""

    criterion = Whole(required=True, minimum=1)
    value = Whole(required=True, allow_none=True, maximum=100)
    comment = Text(maximum=4_000, load_default="")


class ScoresInput(Input):
    scores = list_of(nested(ScoreInput), CRITERIA_MAXIMUM, load_default=list)
    comment = Text(maximum=10_000)


class AssignmentInput(Input):
    application = Text(maximum=20, required=True, blank=False)
    reviewer = Text(maximum=20, required=True, blank=False)
    due_at = Instant(allow_none=True, load_default=None)


class SessionInput(Input):
    """When and where a session is held, by which rules it decides, and who sits in it.

    ``quorum`` counts people in the room, or is a share of the members in percent (``quorum_basis``).
    """

    title = Text(maximum=200, required=True, blank=False)
    place = Text(maximum=500, load_default="")
    link = WebAddress(load_default="")
    held_at = Instant(required=True)
    quorum = Whole(minimum=1, maximum=100, load_default=2)
    quorum_basis = Choice(QuorumBasis, load_default=QuorumBasis.PEOPLE)
    majority = Choice(Majority, load_default=Majority.SIMPLE)
    secret_ballot = YesNo(load_default=False)
    casting_vote = YesNo(load_default=False)
    chair = Text(maximum=20, required=True, blank=False)
    deputy = Text(maximum=20, load_default="")
    members = list_of(Text(maximum=20, blank=False), MEMBERS_MAXIMUM, load_default=list)


class NewSessionInput(SessionInput):
    call = Text(maximum=20, required=True, blank=False)


class AgendaInput(Input):
    application = Text(maximum=20, required=True, blank=False)


class AttendanceInput(Input):
    present = list_of(Text(maximum=20, blank=False), MEMBERS_MAXIMUM, load_default=list)


class ConditionInput(Input):
    """What a tranche waits for; ``report`` is the place of the report in their order, from 1."""

    kind = Choice(ConditionKind, required=True)
    label = Text(maximum=300, load_default="")
    report = Whole(minimum=1, allow_none=True, load_default=None)


class TrancheInput(Input):
    amount = Money(required=True, minimum=Decimal("0.01"))
    due_on = Day(allow_none=True, load_default=None)
    conditions = list_of(nested(ConditionInput), CONDITIONS_MAXIMUM, load_default=list)


class PlannedReportInput(Input):
    due_on = Day(required=True)


class ScheduleInput(Input):
    """The last report is the final one; without ``reports`` they stay as they are planned."""

    tranches = list_of(nested(TrancheInput), TRANCHES_MAXIMUM, required=True)
    reports = list_of(nested(PlannedReportInput), REPORTS_MAXIMUM)


class ReportInput(Input):
    """``account`` has the rows ``charges`` and ``products`` and explanations ``because_<chapter>``; ``answers``
    are by section of the call's report form: raw values, as a person would type them. Without a budget plan
    ``spent_amount`` (euros) alone is the account.
    """

    narrative = Text(maximum=20_000)
    spent_amount = Money(allow_none=True)
    people_reached = Whole(allow_none=True)
    account = fields.Dict(keys=Text(maximum=40, blank=False), values=fields.Raw(allow_none=True))
    answers = fields.Dict(
        keys=Text(maximum=40, blank=False),
        values=fields.Dict(keys=Text(maximum=40, blank=False), values=fields.Raw(allow_none=True)),
    )


class CriterionInput(Input):
    label_fr = Text(maximum=200, required=True, blank=False)
    label_en = Text(maximum=200, required=True, blank=False)
    weight = Money(required=True, minimum=Decimal("0.01"))
    scale_max = Whole(minimum=1, maximum=100, load_default=5)


class CallInput(Input):
    """A call; amounts in euros, ``max_rate`` in percent of the budget."""

    title_fr = Text(maximum=200, required=True, blank=False)
    title_en = Text(maximum=200, required=True, blank=False)
    summary_fr = Text(maximum=10_000, load_default="")
    summary_en = Text(maximum=10_000, load_default="")
    opens_at = Instant(required=True)
    closes_at = Instant(required=True)
    envelope = Money(required=True)
    min_grant = Money(required=True)
    max_grant = Money(required=True)
    max_rate = Money(load_default=Decimal(80), minimum=Decimal("0.01"))
    required_kinds = list_of(Choice(OrganisationKind), len(OrganisationKind), load_default=list)
    reviews_required = Whole(maximum=20, load_default=2)
    criteria = list_of(nested(CriterionInput), CRITERIA_MAXIMUM, load_default=list)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["closes_at"] <= data["opens_at"]:
            raise ValidationError(Problem("period_disordered"), "closes_at")
        if data["max_grant"] < data["min_grant"]:
            raise ValidationError(Problem("grants_disordered"), "max_grant")
        if data["max_rate"] > 100:
            raise ValidationError(Problem("out_of_range", minimum=0, maximum=100), "max_rate")


class NewCallInput(CallInput):
    """A new call, with the organisation that pays."""

    funder = fields.Nested(
        OrganisationInput,
        required=True,
        error_messages={"type": Problem("not_an_object"), "required": Problem("required")},
    )
