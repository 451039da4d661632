"""Codes of refusals as sentences: what is the matter, and what would lift it.

Reasons come from the guards of the workflows, problems from the schemas and services, conflicts from the
database's constraints. English is the source.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.edge.fields import field_label
from fund.edge.formats import day, moment, money, number
from fund.edge.labels import label
from fund.models import OrganisationKind
from workflows.permissions import PEOPLE_ROLES
from workflows.reasons import Reason, ReasonCode

REASONS: dict[ReasonCode, Any] = {
    ReasonCode.WRONG_STATE: _l("The file is in the state “%(state)s”, from which this cannot be done."),
    ReasonCode.NOT_PERMITTED: _l("This is for: %(roles)s."),
    ReasonCode.REASON_MISSING: _l("Say why: this step needs a reason, which is kept in the journal."),
    ReasonCode.CONFLICT_OF_INTEREST: _l(
        "You have an interest in this file (your organisation is part of the alliance, or you declared one). "
        "Somebody else must do this."
    ),
    ReasonCode.CALL_DATES_DISORDERED: _l("The closing must come after the opening. Change one of the two dates."),
    ReasonCode.CALL_RUBRIC_WEIGHTS: _l("The weights of the rubric add up to %(weights)s; bring them to 100."),
    ReasonCode.CALL_NOT_YET_OPEN: _l("The call opens on %(instant)s."),
    ReasonCode.CALL_NOT_YET_CLOSED: _l("The call closes on %(instant)s, not before: applicants count on it."),
    ReasonCode.CALL_CLOSING_NOT_LATER: _l("Give a closing later than now and than %(instant)s."),
    ReasonCode.CALL_HAS_APPLICATIONS: _l("Alliances have already begun: %(count)s files."),
    ReasonCode.CALL_HAS_PENDING: _l("%(count)s files still await a decision."),
    ReasonCode.OPENING_AHEAD: _l("The call takes applications from %(instant)s."),
    ReasonCode.DEADLINE_PASSED: _l(
        "The deadline was %(instant)s. If something kept you from submitting in time, write to the fund's team."
    ),
    ReasonCode.CALL_CANCELLED: _l("The call was cancelled."),
    ReasonCode.FIELD_MISSING: _l("Still empty: %(field)s."),
    ReasonCode.PROJECT_DATES_DISORDERED: _l("The project ends before it starts. Correct one of the two dates."),
    ReasonCode.AMOUNT_OUT_OF_RANGE: _l(
        "The grant asked must be between %(minimum)s and %(maximum)s in this call."
    ),
    ReasonCode.RATE_TOO_HIGH: _l("The grant asked is above %(rate)s %% of the budget, the ceiling of this call."),
    ReasonCode.KIND_MISSING: _l("The alliance still needs a member of this kind: %(kind)s."),
    ReasonCode.REPORT_OVERDUE: _l("The report %(reference)s on an earlier grant is overdue. Send it first."),
    ReasonCode.CORRECTION_DEADLINE_MISSING: _l("Give the corrections a deadline that is still ahead."),
    ReasonCode.CORRECTION_DEADLINE_PASSED: _l(
        "The corrections were due by %(instant)s. Ask the fund's team for more time."
    ),
    ReasonCode.REVIEWERS_TOO_FEW: _l("%(assigned)s of %(required)s reviewers are assigned. Assign more first."),
    ReasonCode.REVIEWS_PENDING: _l("%(count)s reviews are still awaited. Wait for them, or cancel them."),
    ReasonCode.REVIEWS_TOO_FEW: _l("%(submitted)s of %(required)s reviews are in. Assign another reviewer."),
    ReasonCode.NOT_ON_AGENDA: _l("The file is on no agenda. Put it on that of a session."),
    ReasonCode.SESSION_NOT_OPEN: _l("Decisions are made while the session is open."),
    ReasonCode.SESSION_OPEN: _l("The session is open: the decision is made there."),
    ReasonCode.AMOUNT_MISSING: _l("Give the amount granted."),
    ReasonCode.AMOUNT_ABOVE_REQUEST: _l("The alliance asked for %(requested)s: no more can be granted."),
    ReasonCode.ENVELOPE_EXCEEDED: _l("The envelope of the call has %(remaining)s left."),
    ReasonCode.MOTIVATION_MISSING: _l("Give the motivation: the alliance reads it, and the minutes keep it."),
    ReasonCode.SCORED_BY_CHAIR: _l("You scored this file: somebody else must preside over its decision."),
    ReasonCode.AWARD_NOT_CLOSED: _l("The accounts of the award are not closed yet."),
    ReasonCode.AWARD_NOT_CANCELLED: _l("The award is in force: cancel it first."),
    ReasonCode.SCORES_MISSING: _l("%(count)s criteria have no mark yet."),
    ReasonCode.REVIEW_PHASE_OVER: _l("The file is in the state “%(state)s”: it is not being reviewed."),
    ReasonCode.AGENDA_EMPTY: _l("The agenda is empty. Put at least one reviewed file on it."),
    ReasonCode.CHAIR_MISSING: _l("The session has no chair yet."),
    ReasonCode.DATE_MISSING: _l("The date of the session must be ahead. Change it."),
    ReasonCode.QUORUM_MISSING: _l("%(present)s people are present; the quorum is %(quorum)s."),
    ReasonCode.ITEMS_OPEN: _l("%(count)s files of the agenda still await a decision."),
    ReasonCode.SCHEDULE_UNBALANCED: _l("The tranches add up to %(total)s for an award of %(amount)s."),
    ReasonCode.FINAL_REPORT_MISSING: _l("The final report is not accepted yet."),
    ReasonCode.TRANCHES_OPEN: _l("%(count)s tranches are not settled yet."),
    ReasonCode.MONEY_PAID_OUT: _l("%(amount)s have been paid: they must be repaid first."),
    ReasonCode.SIGNATURE_DATE_AHEAD: _l("The date of signature is ahead of today."),
    ReasonCode.AWARD_NOT_ACTIVE: _l("The agreement is not in force: payments wait for it."),
    ReasonCode.NOT_YET_DUE: _l("The tranche is due on %(date)s."),
    ReasonCode.REPORT_AWAITED: _l("The tranche waits for a report to be accepted."),
    ReasonCode.SAME_PERSON_TWICE: _l("You ordered this payment: somebody else must approve it."),
    ReasonCode.PAYMENT_DATE_MISSING: _l("Give the date."),
    ReasonCode.PAYMENT_DATE_AHEAD: _l("The date is ahead of today: note the payment once it is made."),
    ReasonCode.NARRATIVE_MISSING: _l("The account of the project is still empty."),
    ReasonCode.SPENT_AMOUNT_MISSING: _l("Say how much was spent."),
}

PROBLEMS: dict[str, Any] = {
    "required": _l("Fill in this field."),
    "invalid": _l("This value cannot be used."),
    "unknown_field": _l("There is no field of this name here."),
    "not_an_object": _l("An object with named fields is expected here."),
    "not_a_list": _l("A list is expected here."),
    "too_many_rows": _l("At most %(maximum)s rows."),
    "not_a_text": _l("A text is expected here."),
    "control_characters": _l("Some characters cannot be kept. Type the text, or paste it without formatting."),
    "too_long": _l("%(length)s characters: at most %(maximum)s fit here."),
    "not_an_email": _l("An address looks like name@example.org."),
    "not_an_amount": _l("Give an amount in euros, for instance 12450.50."),
    "too_many_decimals": _l("An amount has at most two decimals."),
    "amount_too_small": _l("The amount must be at least %(minimum)s."),
    "not_a_day": _l("Give a day of the calendar, as YYYY-MM-DD."),
    "not_an_instant": _l("Give a day and an hour, as YYYY-MM-DDTHH:MM."),
    "not_a_whole_number": _l("Give a whole number."),
    "out_of_range": _l("Give a number between %(minimum)s and %(maximum)s."),
    "not_yes_or_no": _l("Answer yes or no."),
    "not_a_choice": _l("Choose one of: %(allowed)s."),
    "not_a_siret": _l("This is no SIRET: it has 14 digits, the last one a check digit. Look for a typing error."),
    "siren_for_siret": _l("This is a SIREN. Give the SIRET: the SIREN and the five digits of the site."),
    "not_an_rna": _l("An RNA number is W and nine characters."),
    "siret_needed": _l("Give the SIRET of this organisation."),
    "not_a_commune": _l("No commune has this INSEE code (it is not the postal code)."),
    "request_above_budget": _l("The grant asked is above the whole budget."),
    "period_disordered": _l("The end comes before the start."),
    "grants_disordered": _l("The largest grant is below the smallest."),
    "member_twice": _l("This organisation is already a member."),
    "not_a_reviewer": _l("This person is no reviewer."),
    "not_a_chair": _l("This person does not preside over the committee."),
    "unknown_criterion": _l("The rubric has no such criterion."),
    "outside_scale": _l("The mark lies outside the scale of this criterion."),
    "other_call": _l("This file belongs to another call than the session."),
    "schedule_unbalanced": _l("The tranches must add up exactly to the award."),
    "deadline_behind": _l("Give a deadline that is still ahead."),
    "deadline_before_closing": _l("Give an instant still ahead, and later than the closing of the call."),
    "bad_cursor": _l("This page of the list does not exist. Start from the first page."),
    "password_wrong": _l("This is not your present password."),
    "passwords_differ": _l("The two new passwords differ. Type the same one twice."),
    "password_length": _l("A password has 12 to 200 characters."),
    "unknown_reference": _l("Nothing of this reference is open to you."),
}

CONFLICTS: dict[str, Any] = {
    "busy": _l("Somebody else is working on this at the same moment. Try again."),
    "constraint": _l("The database refused this, because it would contradict what is recorded."),
    "call_closed": _l("This call no longer takes applications."),
    "awards_within_envelope": _l("The envelope of the call would be exceeded."),
    "tranches_equal_award": _l("The tranches must add up exactly to the award."),
    "journal_append_only": _l("The journal cannot be changed."),
    "ck_disbursements_two_people": _l("Whoever ordered a payment cannot approve it."),
    "ck_disbursements_paid_within_ordered": _l("More would be paid than was ordered."),
    "uq_reviews_once": _l("This file is already with this reviewer."),
    "uq_agenda_items_open": _l("This file already awaits its decision in a session."),
    "uq_agenda_items_once": _l("This file is already on this agenda."),
    "uq_applications_waitlist_rank": _l("Somebody else put a file on the waiting list at this moment. Try again."),
    "uq_members_once": _l("This organisation is already a member."),
    "uq_people_email": _l("An account with this address exists already."),
}


def reason_sentence(reason: Reason) -> str:
    """The sentence of a guard's reason."""
    return _fill(REASONS[reason.code], reason.params)


def problem_sentence(problem: object) -> str:
    """The sentence of a field's problem. What is no code of ours (a library's own text) is given as it is."""
    text = PROBLEMS.get(str(problem))
    return str(problem) if text is None else _fill(text, getattr(problem, "params", {}))


def conflict_sentence(code: str) -> str:
    """The sentence of a refusal by the database; a constraint without one of its own says so in general."""
    return str(CONFLICTS.get(code, CONFLICTS["constraint"]))


def _fill(text: Any, params: Mapping[str, Any]) -> str:
    values = {name: _written(name, value) for name, value in params.items()}
    # Filled even with nothing: "%%" in a sentence must come out as one sign.
    return str(text) % values


def _written(name: str, value: Any) -> str:
    match name, value:
        case "roles", str():
            people = [role for role in PEOPLE_ROLES if role.value in value.split(",")]
            return str(gettext(", ")).join(label(role) for role in people)
        case "field", str():
            return field_label(value)
        case "kind", str():
            return label(OrganisationKind(value))
        case "rate" | "weights", Decimal():
            return number(value)
        case _, StrEnum():
            return label(value)
        case _, Decimal():
            return money(value)
        case _, datetime():
            return moment(value)
        case _, date():
            return day(value)
        case _, int():
            return number(value)
    return str(value)
