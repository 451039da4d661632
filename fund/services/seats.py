"""Who is in the room for one file, who presides over it, and who may vote.

Whoever has an interest in a file leaves the room for it, so quorum, presidency and votes are asked file by file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import AgendaItem, Motion, SessionMember
from fund.models.interest import people_kept_off, standing_interests
from workflows.permissions import Actor
from workflows.reasons import Reason, ReasonCode
from workflows.voting import Method, quorum_is_there


def kept_off(session: Session, item: AgendaItem) -> frozenset[int]:
    """The ids of those of the session's members who leave the room for this file."""
    seated = [member.person_id for member in item.session.members]
    query = people_kept_off(item.application_id).subquery()
    found = session.scalars(select(query.c.person_id).where(query.c.person_id.in_(seated)))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Seats:
    """A session's members as one file finds them: in the room for it, or out of it for an interest (``away``)."""

    item: AgendaItem
    away: frozenset[int]

    @property
    def present(self) -> list[SessionMember]:
        members = self.item.session.members
        return [member for member in members if member.present and member.person_id not in self.away]

    @property
    def presiding_id(self) -> int | None:
        """Who presides over this file: the chair; the deputy where the chair is absent or keeps off it."""
        present = {member.person_id for member in self.present}
        sitting = self.item.session
        return next((person for person in (sitting.chair_id, sitting.deputy_id) if person in present), None)

    def count_with(self, motion: Motion | None) -> int:
        """Who is in the room, and who left it after voting: a vote that was given keeps counting."""
        people = {member.person_id for member in self.present}
        voters = {ballot.person_id for ballot in motion.ballots} if motion is not None else set()
        return len(people | (voters - self.away))


def seats_for(session: Session, item: AgendaItem) -> Seats:
    return Seats(item, kept_off(session, item))


def interests_on(session: Session, file_ids: Iterable[int], person_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(person, file) wherever one of these people keeps off one of these files; one query for a whole agenda."""
    found = standing_interests().c
    query = select(found.person_id, found.application_id).where(
        found.application_id.in_(tuple(file_ids)), found.person_id.in_(tuple(person_ids))
    )
    return {(person_id, file_id) for person_id, file_id in session.execute(query)}


def vote_refusal(actor: Actor, motion: Motion, seats: Seats) -> Reason | None:
    """Why the actor may not vote now; the page's buttons and the vote itself ask here."""
    if not motion.is_open:
        return Reason(ReasonCode.VOTE_NOT_OPEN)
    if motion.method is Method.HANDS:
        return Reason(ReasonCode.VOTE_IS_BY_HANDS)
    if actor.person_id in seats.away:
        return Reason(ReasonCode.RECUSED_FROM_ITEM)
    if all(member.person_id != actor.person_id for member in seats.present):
        return Reason(ReasonCode.NOT_IN_THE_ROOM)
    return Reason(ReasonCode.VOTED_ALREADY) if motion.has_vote_of(actor.person_id) else None


def can_vote_on(seats: Seats) -> bool:
    """Whether the room for this file has its quorum and somebody who presides."""
    no_quorum = quorum_is_there(seats.item.session, len(seats.present))
    return no_quorum is None and seats.presiding_id is not None


def roll_of(motion: Motion, seats: Seats) -> list[dict[str, Any]]:
    """Who was there and, unless the vote is secret, how each voted: for the minutes."""
    in_room = {member.person_id for member in seats.present}
    choices = {ballot.person_id: ballot.choice for ballot in motion.ballots}

    def line(member: SessionMember) -> dict[str, Any]:
        if member.person_id in choices:
            choice = choices[member.person_id]
            said = choice.value if choice is not None else "voted"
        elif member.person_id in seats.away:
            said = "recused"
        else:
            said = "present" if member.person_id in in_room else "absent"
        return {"reference": member.person.reference, "name": member.person.name, "choice": said}

    return [line(member) for member in motion.item.session.members]
