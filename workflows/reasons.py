"""Why a step is refused: codes with parameters, turned into sentences at the edge (``fund.edge.sentences``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import Any


class ReasonCode(StrEnum):
    WRONG_STATE = "wrong_state"
    NOT_PERMITTED = "not_permitted"
    PROGRAMS_OWN = "programs_own"
    REASON_MISSING = "reason_missing"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    INTEREST_IS_DECLARED = "interest_is_declared"
    INTEREST_IS_AUTHORS = "interest_is_authors"
    INTEREST_AFTER_VOTE = "interest_after_vote"
    # calls
    CALL_DATES_DISORDERED = "call_dates_disordered"
    CALL_RUBRIC_WEIGHTS = "call_rubric_weights"
    CALL_NOT_YET_OPEN = "call_not_yet_open"
    CALL_NOT_YET_CLOSED = "call_not_yet_closed"
    CALL_CLOSING_NOT_LATER = "call_closing_not_later"
    CALL_HAS_APPLICATIONS = "call_has_applications"
    CALL_CONTENT_FAULTY = "call_content_faulty"
    CALL_HAS_PENDING = "call_has_pending"
    # applications
    OPENING_AHEAD = "opening_ahead"
    DEADLINE_PASSED = "deadline_passed"
    CALL_CANCELLED = "call_cancelled"
    FIELD_MISSING = "field_missing"
    PROJECT_DATES_DISORDERED = "project_dates_disordered"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    RATE_TOO_HIGH = "rate_too_high"
    KIND_MISSING = "kind_missing"
    KIND_TOO_FEW = "kind_too_few"
    KIND_TOO_FEW_THERE = "kind_too_few_there"
    MEMBERS_TOO_FEW = "members_too_few"
    MEMBERS_TOO_MANY = "members_too_many"
    OWN_SEAT_UNKNOWN = "own_seat_unknown"
    BUDGET_TOO_SMALL = "budget_too_small"
    OUTSIDE_TERRITORY = "outside_territory"
    CONSENT_MISSING = "consent_missing"
    ENDORSEMENT_MISSING = "endorsement_missing"
    ANSWERS_INCOMPLETE = "answers_incomplete"
    BUDGET_UNSOUND = "budget_unsound"
    DOCUMENTS_MISSING = "documents_missing"
    DECLARATION_MISSING = "declaration_missing"
    REPORT_OVERDUE = "report_overdue"
    CORRECTION_DEADLINE_MISSING = "correction_deadline_missing"
    CORRECTION_DEADLINE_PASSED = "correction_deadline_passed"
    REVIEWERS_TOO_FEW = "reviewers_too_few"
    REVIEWS_PENDING = "reviews_pending"
    REVIEWS_TOO_FEW = "reviews_too_few"
    NOT_ON_AGENDA = "not_on_agenda"
    SESSION_OPEN = "session_open"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_ABOVE_REQUEST = "amount_above_request"
    ENVELOPE_EXCEEDED = "envelope_exceeded"
    MOTIVATION_MISSING = "motivation_missing"
    DECISION_NOT_RELEASED = "decision_not_released"
    NOT_NEXT_ON_WAITLIST = "not_next_on_waitlist"
    DISCUSSION_OPEN = "discussion_open"
    AWARD_NOT_CLOSED = "award_not_closed"
    AWARD_NOT_CANCELLED = "award_not_cancelled"
    # reviews
    SCORES_MISSING = "scores_missing"
    REVIEW_PHASE_OVER = "review_phase_over"
    REVIEWER_INTERESTED = "reviewer_interested"
    # sessions
    AGENDA_EMPTY = "agenda_empty"
    CHAIR_MISSING = "chair_missing"
    DATE_MISSING = "date_missing"
    QUORUM_MISSING = "quorum_missing"
    ITEMS_OPEN = "items_open"
    AGENDA_KEPT_OFF = "agenda_kept_off"
    VOTE_OPEN = "vote_open"
    VOTE_NOT_OPEN = "vote_not_open"
    VOTE_IS_BY_HANDS = "vote_is_by_hands"
    VOTED_ALREADY = "voted_already"
    NOT_IN_THE_ROOM = "not_in_the_room"
    RECUSED_FROM_ITEM = "recused_from_item"
    ITEM_DECIDED = "item_decided"
    ITEM_UNDECIDED = "item_undecided"
    VOTE_POSSIBLE = "vote_possible"
    VOTER_RECUSED = "voter_recused"
    VOTES_MISCOUNTED = "votes_miscounted"
    VOTES_MISSING = "votes_missing"
    CASTING_VOTE_MISSING = "casting_vote_missing"
    ONLY_SCORERS_VOTED = "only_scorers_voted"
    WAITLIST_RANK_TAKEN = "waitlist_rank_taken"
    LETTERS_UNCHECKED = "letters_unchecked"
    EMBARGO_AHEAD = "embargo_ahead"
    # awards
    SCHEDULE_UNBALANCED = "schedule_unbalanced"
    FINAL_REPORT_MISSING = "final_report_missing"
    TRANCHES_OPEN = "tranches_open"
    MONEY_PAID_OUT = "money_paid_out"
    SIGNATURE_DATE_AHEAD = "signature_date_ahead"
    # disbursements
    AWARD_NOT_ACTIVE = "award_not_active"
    NOT_YET_DUE = "not_yet_due"
    REPORT_AWAITED = "report_awaited"
    SAME_PERSON_TWICE = "same_person_twice"
    PAYMENT_DATE_MISSING = "payment_date_missing"
    PAYMENT_DATE_AHEAD = "payment_date_ahead"
    # reports
    NARRATIVE_MISSING = "narrative_missing"
    SPENT_AMOUNT_MISSING = "spent_amount_missing"


@dataclass(frozen=True, slots=True)
class Reason:
    """``params`` hold plain values (numbers, instants, enum values); ``field`` names the input to correct."""

    code: ReasonCode
    params: Mapping[str, Any] = dataclass_field(default_factory=dict)
    field: str | None = None
