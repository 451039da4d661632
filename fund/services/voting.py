"""Verbs on votes: putting a proposal to the vote, voting, closing the vote; an adopted proposal decides the file.

The file's row is locked first and the session's after it, like everywhere; under the session's lock two ballots,
or a ballot and the closing of the vote, come one after the other.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.models import (
    AgendaItem,
    AuditEvent,
    Ballot,
    Motion,
    Outcome,
)
from fund.models.base import utc_now
from fund.services.journal import plain
from fund.services.perform import amend, lock
from fund.services.seats import Seats, can_vote_on, roll_of, seats_for, vote_refusal
from workflows.application import amount_is_grantable, decision_is_motivated
from workflows.committee import CommitteeState
from workflows.engine import Context, Refused
from workflows.permissions import Actor, Permission, allows
from workflows.reasons import Reason, ReasonCode
from workflows.review import ReviewState
from workflows.voting import Choice, Counts, Majority, Method, MotionResult, quorum_is_there, settle

GRANTS = (Outcome.FUNDED, Outcome.WAITLISTED)


def open_motion(
    session: Session,
    actor: Actor,
    item: AgendaItem,
    *,
    outcome: Outcome,
    motivation: str,
    amount: Decimal | None = None,
    rank: int | None = None,
    conditions: str = "",
    method: Method = Method.BALLOT,
    secret: bool | None = None,
    expected_version: int | None = None,
) -> Motion:
    """Put a proposal on a file to the vote. ``secret`` is what the session's rule says unless it is given.

    Raises Refused (decided already, another vote open, no quorum, amount, motivation), NotPermitted, NotEditable.
    """
    made: list[Motion] = []

    def change() -> Mapping[str, Any]:
        given = {"amount": amount if outcome in GRANTS else None, "motivation": motivation}
        found = _against_opening(actor, seats_for(session, item), outcome, given)
        _require(*found, what="committee.open_vote")
        is_secret = item.session.secret_ballot if secret is None else secret
        motion = Motion(
            number=len(item.motions) + 1,
            outcome=outcome,
            amount=given["amount"],
            rank=_free_rank(item, rank) if outcome is Outcome.WAITLISTED else None,
            conditions=conditions,
            motivation=motivation,
            method=method,
            secret=is_secret and method is Method.BALLOT,
            opened_by_id=actor.person_id,
            opened_at=utc_now(),
        )
        item.motions.append(motion)
        item.session.current_position = item.position
        made.append(motion)
        return _told(motion)

    _amend_vote(session, actor, item, "committee.open_vote", change, expected_version)
    return made[0]


def cast_vote(session: Session, actor: Actor, motion: Motion, choice: Choice) -> AuditEvent | None:
    """Vote, once. Of a secret vote only that it was cast is written.

    Raises Refused for whoever is absent, keeps off the file or voted already, and where the vote is not open.
    """
    item = motion.item

    def change() -> Mapping[str, Any]:
        reason = vote_refusal(actor, motion, seats_for(session, item))
        _require(*([reason] if reason else []), what="committee.vote")
        motion.ballots.append(Ballot(person_id=actor.person_id, choice=None if motion.secret else choice))
        _count(motion, choice)
        told = {"application": item.application.reference, "motion": motion.number}
        return told if motion.secret else {**told, "choice": choice.value}

    return amend(
        session,
        actor,
        item.session,
        "committee.vote",
        Permission.COMMITTEE_VOTE,
        states=(CommitteeState.OPEN,),
        change=change,
    )


def close_motion(
    session: Session,
    actor: Actor,
    motion: Motion,
    *,
    hands: tuple[int, int, int] | None = None,
    casting: Choice | None = None,
    expected_version: int | None = None,
) -> MotionResult:
    """Close the vote and count. Adopted, it decides the file; without a quorum it decides nothing.

    ``hands`` are the votes for, against and abstaining that were counted in the room. ``casting`` is the presiding
    vote of a show of hands, asked for where the session's rule gives one and there is a tie; of a ballot it is
    what whoever presides voted. Raises Refused.
    """
    item = motion.item

    def change() -> Mapping[str, Any]:
        found = [] if motion.is_open else [Reason(ReasonCode.VOTE_NOT_OPEN)]
        _require(*found, *_against_presiding(actor, item), what="committee.close_vote")
        seats = seats_for(session, item)
        counts = motion.counts(seats.count_with(motion))
        motion.roll = roll_of(motion, seats)
        motion.in_room, motion.quorum = counts.in_room, item.session.people_for_quorum()
        motion.closed_at = utc_now()
        if quorum_is_there(item.session, counts.in_room) is not None:
            motion.result = MotionResult.NO_QUORUM
            return _told(motion)
        if hands is not None and motion.method is Method.HANDS:
            counts = Counts(*hands, counts.in_room)
        _require(*_against_closing(motion, counts, seats, casting), what="committee.close_vote")
        motion.votes_for, motion.votes_against = counts.votes_for, counts.votes_against
        motion.votes_abstain = counts.votes_abstain
        motion.casting = _casting_of(motion, counts, seats, casting)
        motion.result = settle(counts, item.session.majority, casting=motion.casting)
        if motion.result is MotionResult.ADOPTED:
            _decide(actor, item, motion)
        return _told(motion)

    _amend_vote(session, actor, item, "committee.close_vote", change, expected_version)
    return MotionResult(motion.result or MotionResult.REJECTED)


def withdraw_motion(session: Session, actor: Actor, motion: Motion) -> None:
    """Take a proposal back before its vote is closed; votes given to it count for nothing.

    Whoever presides may do so even where an interest came to light meanwhile: it decides nothing of the file.
    """

    def change() -> Mapping[str, Any]:
        _require(*([] if motion.is_open else [Reason(ReasonCode.VOTE_NOT_OPEN)]), what="committee.withdraw_vote")
        motion.result, motion.closed_at = MotionResult.WITHDRAWN, utc_now()
        return _told(motion)

    _amend_vote(session, actor, motion.item, "committee.withdraw_vote", change, None)


def reconsider(session: Session, actor: Actor, item: AgendaItem, reason: str) -> None:
    """Take a decision up again while the session is open; its vote stays in the record. Raises Refused."""

    def change() -> Mapping[str, Any]:
        found = [] if item.awaits_force else [Reason(ReasonCode.ITEM_UNDECIDED)]
        found += [] if reason.strip() else [Reason(ReasonCode.REASON_MISSING, field="reason")]
        _require(*found, *_against_presiding(actor, item), what="committee.reconsider")
        before = item.outcome
        item.outcome = item.amount = item.rank = item.decided_at = None
        item.conditions = item.motivation = ""
        return {"application": item.application.reference, "former_outcome": plain(before)}

    _amend_vote(session, actor, item, "committee.reconsider", change, None, reason=reason)


def postpone(session: Session, actor: Actor, item: AgendaItem, reason: str) -> None:
    """Leave a file to a later session without a vote, where none can be held on it here.

    That is where its room has no quorum, or nobody to preside; else the session could never be closed. Whoever
    presides does it, or an officer. Raises Refused.
    """
    presides = allows(Permission.COMMITTEE_PRESIDE, actor, item.session.relations(actor))

    def change() -> Mapping[str, Any]:
        found = _against_deciding(item)
        found += [] if reason.strip() else [Reason(ReasonCode.REASON_MISSING, field="reason")]
        found += [Reason(ReasonCode.VOTE_POSSIBLE)] if can_vote_on(seats_for(session, item)) else []
        _require(*found, *_against_presiding(actor, item), what="committee.postpone")
        item.outcome, item.motivation, item.decided_at = Outcome.DEFERRED, reason.strip(), utc_now()
        return {"application": item.application.reference, "outcome": Outcome.DEFERRED.value}

    permission = Permission.COMMITTEE_PRESIDE if presides else Permission.COMMITTEE_MANAGE
    _amend_vote(session, actor, item, "committee.postpone", change, None, reason=reason, permission=permission)


def _amend_vote(
    session: Session,
    actor: Actor,
    item: AgendaItem,
    action: str,
    change: Callable[[], Mapping[str, Any]],
    expected_version: int | None,
    reason: str | None = None,
    permission: Permission = Permission.COMMITTEE_PRESIDE,
) -> AuditEvent | None:
    # The file before the session: a withdrawal locks the file, and must not come between the vote and its effect.
    lock(session, item.application)
    return amend(
        session,
        actor,
        item.session,
        action,
        permission,
        states=(CommitteeState.OPEN,),
        expected_version=expected_version,
        change=change,
        reason=reason,
    )


def _require(*reasons: Reason, what: str) -> None:
    if reasons:
        raise Refused(what, reasons)


def _against_presiding(actor: Actor, item: AgendaItem) -> list[Reason]:
    return [Reason(ReasonCode.CONFLICT_OF_INTEREST)] if item.application.is_interested(actor) else []


def _against_deciding(item: AgendaItem) -> list[Reason]:
    found = [] if item.is_open else [Reason(ReasonCode.ITEM_DECIDED)]
    # One vote at a time: everybody looks at the same one.
    return [*found, Reason(ReasonCode.VOTE_OPEN)] if item.session.has_open_vote() else found


def _against_opening(actor: Actor, seats: Seats, outcome: Outcome, given: Mapping[str, Any]) -> list[Reason]:
    item = seats.item
    found = [*_against_presiding(actor, item), *_against_deciding(item)]
    no_quorum = quorum_is_there(item.session, len(seats.present))
    context = Context(actor=actor, now=utc_now(), inputs=given)
    checks = [decision_is_motivated(item.application, context)]
    if outcome in GRANTS:
        checks.append(_amount_refusal(item, outcome, context))
    return [*found, *(reason for reason in (no_quorum, *checks) if reason is not None)]


def _amount_refusal(item: AgendaItem, outcome: Outcome, context: Context) -> Reason | None:
    """The envelope has to hold what is granted now; the waiting list waits for it."""
    reason = amount_is_grantable(item.application, context)
    if reason is not None and outcome is Outcome.WAITLISTED and reason.code is ReasonCode.ENVELOPE_EXCEEDED:
        return None
    return reason


def _against_closing(motion: Motion, counts: Counts, seats: Seats, casting: Choice | None) -> list[Reason]:
    if counts.cast == 0:
        return [Reason(ReasonCode.VOTES_MISSING)]
    if motion.method is Method.HANDS and _is_miscounted(counts):
        votes = {"votes": counts.cast, "present": counts.in_room}
        return [Reason(ReasonCode.VOTES_MISCOUNTED, votes, field="hands")]
    if any(ballot.person_id in seats.away for ballot in motion.ballots):
        # Of a secret vote hers cannot be taken out again.
        return [Reason(ReasonCode.VOTER_RECUSED)]
    if _only_scorers_voted(motion, seats):
        return [Reason(ReasonCode.ONLY_SCORERS_VOTED)]
    if motion.method is Method.HANDS and _may_cast(motion, counts) and casting not in (Choice.FOR, Choice.AGAINST):
        return [Reason(ReasonCode.CASTING_VOTE_MISSING, field="casting")]
    return []


def _is_miscounted(counts: Counts) -> bool:
    return counts.cast > counts.in_room or min(counts.votes_for, counts.votes_against, counts.votes_abstain) < 0


def _casting_of(motion: Motion, counts: Counts, seats: Seats, given: Choice | None) -> Choice | None:
    """The vote that breaks the tie; of a ballot, what whoever presides voted herself (not by an abstention)."""
    if not _may_cast(motion, counts):
        return None
    if motion.method is Method.HANDS:
        return given
    chosen = {ballot.person_id: ballot.choice for ballot in motion.ballots}
    choice = chosen.get(seats.presiding_id) if seats.presiding_id is not None else None
    return choice if choice in (Choice.FOR, Choice.AGAINST) else None


def _may_cast(motion: Motion, counts: Counts) -> bool:
    """Whether the presiding vote breaks the tie. Never in a secret vote: it would tell how the chair voted."""
    sitting = motion.item.session
    is_simple = sitting.majority is Majority.SIMPLE
    return counts.is_tied and sitting.casting_vote and is_simple and not motion.secret


def _only_scorers_voted(motion: Motion, seats: Seats) -> bool:
    """Whoever scored a file does not decide it alone (separation of duties)."""
    scorers = {
        review.reviewer_id for review in motion.item.application.reviews if review.state is ReviewState.SUBMITTED
    }
    voters = {ballot.person_id for ballot in motion.ballots}
    return (voters or {member.person_id for member in seats.present}) <= scorers


def _count(motion: Motion, choice: Choice) -> None:
    match choice:
        case Choice.FOR:
            motion.votes_for += 1
        case Choice.AGAINST:
            motion.votes_against += 1
        case Choice.ABSTAIN:
            motion.votes_abstain += 1


def _decide(actor: Actor, item: AgendaItem, motion: Motion) -> None:
    """Write the decision where the envelope counts it. What became of the envelope since is asked once more."""
    context = Context(actor=actor, now=utc_now(), inputs={"amount": motion.amount})
    if motion.outcome in GRANTS:
        reason = _amount_refusal(item, motion.outcome, context)
        _require(*([reason] if reason else []), what="committee.close_vote")
    item.outcome, item.amount, item.rank = motion.outcome, motion.amount, motion.rank
    item.conditions, item.motivation = motion.conditions, motion.motivation
    item.decided_at = motion.closed_at


def _free_rank(item: AgendaItem, wanted: int | None) -> int:
    """The rank asked for, or the next that is free. Raises Refused for one that is taken."""
    taken = {
        other.rank
        for other in item.session.items
        if other is not item and other.outcome is Outcome.WAITLISTED and other.lapsed_at is None
    }
    if wanted is None:
        return max((rank for rank in taken if rank is not None), default=0) + 1
    if wanted in taken or wanted < 1:
        raise Refused(
            "committee.open_vote", (Reason(ReasonCode.WAITLIST_RANK_TAKEN, {"rank": wanted}, field="rank"),)
        )
    return wanted


def _told(motion: Motion) -> dict[str, Any]:
    """What the journal says of a proposal and its counts; of a secret vote no more than these."""
    told: dict[str, Any] = {
        "application": motion.item.application.reference,
        "motion": motion.number,
        "outcome": motion.outcome.value,
        "amount": format(motion.amount, "f") if motion.amount is not None else None,
        "secret": motion.secret,
    }
    if motion.result is not None:
        told |= {"result": motion.result.value, "in_room": motion.in_room, "quorum": motion.quorum}
        told |= {"for": motion.votes_for, "against": motion.votes_against, "abstain": motion.votes_abstain}
    return told
