"""What goes out: the outside shape of every subject. What of it is shown to whom, ``least.py`` says."""

from functools import cache

from marshmallow import Schema, fields

from fund.forms.fields import Choice, Commune, Day, Instant, Money, Rna, Siret, Text, Whole
from fund.models import OrganisationKind, Outcome
from workflows.application import ApplicationState, CorrectionKind
from workflows.award import AwardState
from workflows.call import CallState
from workflows.committee import CommitteeState
from workflows.disbursement import ConditionKind, DisbursementState, HoldCause
from workflows.permissions import Role
from workflows.report import ReportState
from workflows.review import ReviewState
from workflows.voting import Majority, QuorumBasis

REFERENCE = 20
LINE = 200
LONG = 20_000


class View(Schema):
    """A shape going out. A field that is always there is ``required``, for the OpenAPI document."""


class PersonView(View):
    """A person, as colleagues know them: no address."""

    reference = Text(maximum=REFERENCE, required=True)
    name = Text(maximum=LINE, required=True)


class OrganisationView(View):
    name = Text(maximum=LINE, required=True)
    kind = Choice(OrganisationKind, required=True)
    siret = Siret(required=True, allow_none=True)
    rna = Rna(required=True, allow_none=True)


class SubjectView(View):
    """What every subject shows; ``version`` is its ETag. Instants are in UTC."""

    reference = Text(maximum=REFERENCE, required=True)
    version = Whole(minimum=1, required=True)
    created_at = Instant(required=True)
    moved_at = Instant(required=True)


class CriterionView(View):
    """``number`` is what a mark refers to."""

    number = Whole(attribute="position", minimum=1, required=True)
    label_fr = Text(maximum=LINE, required=True)
    label_en = Text(maximum=LINE, required=True)
    weight = Money(required=True)
    scale_max = Whole(required=True)


class CallView(SubjectView):
    """Amounts in euros; ``max_rate`` in percent of the budget."""

    state = Choice(CallState, required=True)
    title_fr = Text(maximum=LINE, required=True)
    title_en = Text(maximum=LINE, required=True)
    summary_fr = Text(maximum=LONG, required=True)
    summary_en = Text(maximum=LONG, required=True)
    funder = fields.Nested(OrganisationView, required=True)
    opens_at = Instant(required=True)
    closes_at = Instant(required=True)
    envelope = Money(required=True)
    min_grant = Money(required=True)
    max_grant = Money(required=True)
    max_rate = Money(required=True)
    required_kinds = fields.List(Text(maximum=LINE), required=True)
    reviews_required = Whole(required=True)
    criteria = fields.List(fields.Nested(CriterionView), required=True)


class MemberView(View):
    name = Text(attribute="organisation.name", maximum=LINE, required=True)
    kind = Choice(OrganisationKind, attribute="organisation.kind", required=True)
    siret = Siret(attribute="organisation.siret", required=True, allow_none=True)
    rna = Rna(attribute="organisation.rna", required=True, allow_none=True)
    part = Text(maximum=500, required=True)
    contribution = Money(required=True)


class CorrectionView(View):
    """What was asked to be corrected in one place."""

    kind = Text(maximum=20, required=True, metadata={"enum": [kind.value for kind in CorrectionKind]})
    reason = Text(maximum=1_000, required=True)


class ApplicationView(SubjectView):
    """Reviews have addresses of their own: they are not the alliance's to read."""

    state = Choice(ApplicationState, required=True)
    call = Text(attribute="call.reference", maximum=REFERENCE, required=True)
    lead = fields.Nested(OrganisationView, required=True)
    members = fields.List(fields.Nested(MemberView), required=True)
    title = Text(maximum=LINE, required=True)
    summary = Text(maximum=LONG, required=True)
    commune_code = Commune(required=True, allow_none=True)
    requested_amount = Money(required=True, allow_none=True)
    total_budget = Money(required=True, allow_none=True)
    starts_on = Day(required=True, allow_none=True)
    ends_on = Day(required=True, allow_none=True)
    submitted_at = Instant(required=True, allow_none=True)
    motivation = Text(maximum=LONG, required=True, allow_none=True)
    contact_name = Text(maximum=LINE, allow_none=True)
    contact_email = Text(maximum=254, allow_none=True)
    corrections = fields.Dict(keys=Text(maximum=200), values=fields.Nested(CorrectionView))
    return_due_at = Instant(allow_none=True)
    extended_to = Instant(allow_none=True)
    waitlist_rank = Whole(allow_none=True)


class ScoreView(View):
    criterion = Whole(attribute="criterion.position", minimum=1, required=True)
    value = Whole(required=True, allow_none=True)
    comment = Text(maximum=LONG, required=True)


class ReviewView(SubjectView):
    """``score`` is the weighted mean of the marks, from 0 to 100."""

    state = Choice(ReviewState, required=True)
    application = Text(attribute="application.reference", maximum=REFERENCE, required=True)
    reviewer = fields.Nested(PersonView, required=True)
    due_at = Instant(required=True, allow_none=True)
    submitted_at = Instant(required=True, allow_none=True)
    score = Money(required=True, allow_none=True)
    comment = Text(maximum=LONG, required=True)
    scores = fields.List(fields.Nested(ScoreView), required=True)


class SessionMemberView(View):
    reference = Text(attribute="person.reference", maximum=REFERENCE, required=True)
    name = Text(attribute="person.name", maximum=LINE, required=True)
    present = fields.Boolean(required=True)


class AgendaItemView(View):
    """One file on the agenda. What was decided is in force from ``in_force_at``; null until the release.

    ``rank`` is that on the session's waiting list. ``lapsed_at``: the alliance withdrew before.
    """

    position = Whole(minimum=1, required=True)
    application = Text(attribute="application.reference", maximum=REFERENCE, required=True)
    title = Text(attribute="application.title", maximum=LINE, required=True)
    proposed_outcome = Choice(Outcome, required=True, allow_none=True)
    proposed_amount = Money(required=True, allow_none=True)
    outcome = Choice(Outcome, required=True, allow_none=True)
    amount = Money(required=True, allow_none=True)
    rank = Whole(minimum=1, required=True, allow_none=True)
    conditions = Text(maximum=LONG, required=True)
    motivation = Text(maximum=LONG, required=True)
    decided_at = Instant(required=True, allow_none=True)
    in_force_at = Instant(required=True, allow_none=True)
    lapsed_at = Instant(required=True, allow_none=True)


class SessionView(SubjectView):
    state = Choice(CommitteeState, required=True)
    call = Text(attribute="call.reference", maximum=REFERENCE, required=True)
    title = Text(maximum=LINE, required=True)
    place = Text(maximum=500, required=True)
    link = Text(maximum=2_000, required=True)
    held_at = Instant(required=True)
    quorum = Whole(minimum=1, required=True)
    quorum_basis = Choice(QuorumBasis, required=True)
    majority = Choice(Majority, required=True)
    secret_ballot = fields.Boolean(required=True)
    casting_vote = fields.Boolean(required=True)
    chair = fields.Nested(PersonView, required=True, allow_none=True)
    deputy = fields.Nested(PersonView, required=True, allow_none=True)
    members = fields.List(fields.Nested(SessionMemberView), required=True)
    items = fields.List(fields.Nested(AgendaItemView), required=True)
    opened_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    signed_at = Instant(required=True, allow_none=True)
    releases_at = Instant(required=True, allow_none=True)


class ConditionView(View):
    kind = Choice(ConditionKind, required=True)
    label = Text(maximum=300, required=True)
    is_met = fields.Boolean(required=True)


class TrancheView(View):
    reference = Text(maximum=REFERENCE, required=True)
    state = Choice(DisbursementState, required=True)
    amount = Money(required=True)
    due_on = Day(required=True, allow_none=True)
    conditions = fields.List(fields.Nested(ConditionView), required=True)


class AwardView(SubjectView):
    """``amount`` is the beneficiary's own, in euros; ``share`` its part of ``shared_total``, from 0 to 1.

    ``beneficiary_name`` is the name in the agreement, whatever the organisation is called today.
    """

    state = Choice(AwardState, required=True)
    application = Text(attribute="application.reference", maximum=REFERENCE, required=True)
    call = Text(attribute="call.reference", maximum=REFERENCE, required=True)
    beneficiary = fields.Nested(OrganisationView, required=True)
    beneficiary_name = Text(maximum=LINE, required=True)
    purpose = Text(maximum=256, required=True)
    amount = Money(required=True)
    shared_total = Money(required=True)
    share = fields.Decimal(
        required=True, as_string=True, metadata={"type": "string", "pattern": r"^[01]\.[0-9]+$"}
    )
    signed_on = Day(required=True, allow_none=True)
    decision_reference = Text(maximum=LINE, required=True)
    nature = Text(maximum=LINE, required=True)
    tranches = fields.List(fields.Nested(TrancheView), attribute="live_tranches", required=True)


class DisbursementView(SubjectView):
    state = Choice(DisbursementState, required=True)
    award = Text(attribute="award.reference", maximum=REFERENCE, required=True)
    position = Whole(minimum=1, required=True)
    amount = Money(required=True)
    due_on = Day(required=True, allow_none=True)
    conditions = fields.List(fields.Nested(ConditionView), required=True)
    paid_amount = Money(required=True, allow_none=True)
    paid_on = Day(required=True, allow_none=True)
    paid_to = Day(required=True, allow_none=True)
    bank_reference = Text(maximum=140, required=True, allow_none=True)
    return_code = Text(maximum=10, required=True, allow_none=True)
    hold_cause = Choice(HoldCause, allow_none=True)
    hold_reason = Text(maximum=LONG, allow_none=True)
    ordered_by = fields.Nested(PersonView, allow_none=True)
    approved_by = fields.Nested(PersonView, allow_none=True)


class ReportView(SubjectView):
    state = Choice(ReportState, required=True)
    award = Text(attribute="award.reference", maximum=REFERENCE, required=True)
    final = fields.Boolean(required=True)
    due_on = Day(required=True)
    narrative = Text(maximum=LONG, required=True)
    spent_amount = Money(required=True, allow_none=True)
    people_reached = Whole(required=True, allow_none=True)
    submitted_at = Instant(required=True, allow_none=True)


class MeView(PersonView):
    """The person of the token."""

    email = Text(maximum=254, required=True)
    locale = Text(maximum=10, required=True)
    roles = fields.List(Choice(Role), required=True)
    organisation = fields.Nested(OrganisationView, required=True, allow_none=True)


class EventView(View):
    """One link of a subject's journal; what is left out is not for this reader."""

    seq = Whole(minimum=1, required=True)
    action = Text(maximum=100, required=True)
    occurred_at = Instant(required=True)
    changes = fields.Dict(required=True)
    imported = fields.Boolean(required=True)
    actor = fields.Nested(PersonView, allow_none=True)
    reason = Text(maximum=LONG)
    details = fields.Dict()
    recorded_at = Instant()
    hash = Text(maximum=64)


class ReasonView(View):
    """Why a step is refused; ``field`` names the input or the field to correct."""

    code = Text(maximum=100, required=True)
    detail = Text(maximum=LONG, required=True)
    field = Text(maximum=100, required=True, allow_none=True)


class StepView(View):
    """A step that leaves the present state; ``inputs`` is the JSON Schema of the body that takes it."""

    name = Text(maximum=100, required=True)
    label = Text(maximum=LINE, required=True)
    allowed = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(ReasonView), required=True)
    inputs = fields.Dict(required=True)


class StepsView(View):
    state = Text(maximum=100, required=True)
    version = Whole(minimum=1, required=True)
    steps = fields.List(fields.Nested(StepView), required=True)


class FieldProblemView(View):
    """One value that cannot be used: ``pointer`` into the body, or ``parameter`` of the query."""

    pointer = Text(maximum=LONG)
    parameter = Text(maximum=LINE)
    code = Text(maximum=100, required=True)
    detail = Text(maximum=LONG, required=True)


class ProblemView(View):
    """A problem document (RFC 9457). ``code`` is for programs, ``detail`` for people, in their language."""

    type = Text(maximum=LINE, required=True)
    title = Text(maximum=LINE, required=True)
    status = Whole(minimum=400, maximum=599, required=True)
    code = Text(maximum=100, required=True)
    detail = Text(maximum=LONG, required=True)
    reference = Text(maximum=LINE, required=True)
    errors = fields.List(fields.Nested(FieldProblemView))
    reasons = fields.List(fields.Nested(ReasonView))
    allowed = fields.List(Text(maximum=100))


@cache
def page_of(view: type[View]) -> type[Schema]:
    """A page of a list: its rows, and the addresses of its neighbours (null at either end)."""
    shape = {
        "items": fields.List(fields.Nested(view), required=True),
        "next": Text(maximum=LONG, required=True, allow_none=True),
        "previous": Text(maximum=LONG, required=True, allow_none=True),
    }
    # A View, and not a plain Schema, so that its fields are documented as going out.
    return type(view.__name__.removesuffix("View") + "Page", (View,), shape)
