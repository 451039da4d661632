"""What one person sees of the room now: the same number of queries whatever the length of the agenda."""

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.errors import NotFound
from fund.models import (
    AgendaItem,
    Application,
    Call,
    CommitteeSession,
    Discussion,
    Member,
    Motion,
    Person,
    Review,
    SessionMember,
)
from fund.services.access import visible
from fund.services.ranking import AdjustedScore, adjusted_scores
from fund.services.seats import Seats, can_vote_on, interests_on, vote_refusal
from fund.web.agenda import Line
from workflows.permissions import Actor, Permission, Role, allows
from workflows.reasons import Reason
from workflows.review import ReviewState


@dataclass(frozen=True, slots=True)
class Room:
    """The session, its agenda as this person sees it, and the file that is being dealt with (``current``).

    ``seats`` says who is in the room for that file; both are None before the first file is called. ``score`` is
    what its readings say.
    """

    actor: Actor
    sitting: CommitteeSession
    lines: list[Line]
    current: Line | None
    seats: Seats | None
    tag: str
    score: AdjustedScore | None = None

    @property
    def file_key(self) -> str:
        """What the part of the page on the file depends on."""
        application = self.current.application if self.current else None
        if application is None:
            return f"none-{self.sitting.state}-{self.current.item.id if self.current else 0}"
        return f"{application.id}-{application.version}"

    @property
    def is_away(self) -> bool:
        """Whether this person has left the room for the file that is being dealt with."""
        return self.current is not None and self.current.application is None

    @property
    def sees_all(self) -> bool:
        """Whether no file of the agenda is kept from this person: else what is left of the envelope would tell."""
        return all(line.application is not None for line in self.lines)

    @property
    def motion(self) -> Motion | None:
        """The latest proposal on the file that is being dealt with."""
        item = self.current.item if self.current else None
        return item.motions[-1] if item is not None and item.motions else None

    @property
    def vote(self) -> Motion | None:
        return self.motion if self.motion is not None and self.motion.is_open else None

    @property
    def former_motions(self) -> list[Motion]:
        """What was put to the vote before on this file, the latest last."""
        return [motion for motion in self.current.item.motions if not motion.is_open] if self.current else []

    @property
    def refusal(self) -> Reason | None:
        """Why this person cannot vote now; None where she can, and where nothing is put to the vote."""
        if self.vote is None or self.seats is None:
            return None
        return vote_refusal(self.actor, self.vote, self.seats)

    @property
    def may_vote(self) -> bool:
        return self.is_seated and self.vote is not None and self.refusal is None

    @property
    def is_seated(self) -> bool:
        return allows(Permission.COMMITTEE_VOTE, self.actor, self.sitting.relations(self.actor))

    @property
    def is_present(self) -> bool:
        members = self.sitting.members
        return any(member.present and member.person_id == self.actor.person_id for member in members)

    @property
    def presides(self) -> bool:
        return allows(Permission.COMMITTEE_PRESIDE, self.actor, self.sitting.relations(self.actor))

    @property
    def writes_notes(self) -> bool:
        return self.presides or self.actor.has_role(Role.OFFICER)

    @property
    def can_vote_here(self) -> bool:
        """Whether the room of this file is able to decide."""
        return self.seats is not None and can_vote_on(self.seats)

    @property
    def offers_motion(self) -> bool:
        item = self.current.item if self.current is not None and not self.is_away else None
        is_due = self.sitting.is_open and item is not None and item.is_open and self.vote is None
        return is_due and self.presides and self.can_vote_here

    @property
    def offers_postponing(self) -> bool:
        """Where no vote can be held on this file, it is left to a later session."""
        item = self.current.item if self.current is not None and not self.is_away else None
        is_due = self.sitting.is_open and item is not None and item.is_open and self.vote is None
        return is_due and self.writes_notes and not self.can_vote_here

    @property
    def has_voted(self) -> frozenset[int]:
        """Who has voted in the open vote: that, unlike how, everybody sees."""
        return frozenset(ballot.person_id for ballot in self.vote.ballots) if self.vote else frozenset()


def read_room(
    session: Session, actor: Actor, reference: str, *, tag: str | None = None, known_file: str = ""
) -> Room:
    """Raises NotFound. ``tag`` is the room's where it was asked for already.

    ``known_file`` is the ``file_key`` of what the asker shows: then what its readings say is not read again.
    """
    tag = tag or tag_of(session, actor, reference)
    query = visible(actor, CommitteeSession).where(CommitteeSession.reference == reference)
    sitting = session.scalars(
        query.options(
            joinedload(CommitteeSession.call),
            selectinload(CommitteeSession.members).joinedload(SessionMember.person).lazyload(Person.role_rows),
            selectinload(CommitteeSession.items).joinedload(AgendaItem.application).joinedload(Application.lead),
            selectinload(CommitteeSession.items).selectinload(AgendaItem.motions).selectinload(Motion.ballots),
        )
    ).one()
    people = {member.person_id for member in sitting.members} | {actor.person_id or 0}
    kept = interests_on(session, [item.application_id for item in sitting.items], people)
    lines = [
        Line(item, None if (actor.person_id, item.application_id) in kept else item.application)
        for item in sitting.items
    ]
    current = next((line for line in lines if line.item.position == sitting.current_position), None)
    if current is None:
        return Room(actor, sitting, lines, None, None, tag)
    away = frozenset(person for person, file in kept if file == current.item.application_id)
    room = Room(actor, sitting, lines, current, Seats(current.item, away), tag)
    if current.application is None or room.file_key == known_file:
        return room
    _load_file(session, current.application.id)
    return replace(room, score=adjusted_scores(session, sitting.call_id).get(current.application.id))


def _load_file(session: Session, application_id: int) -> None:
    """What the room reads of one file, into the session."""
    member = selectinload(Application.members)
    session.scalars(
        select(Application)
        .where(Application.id == application_id)
        .options(
            member.joinedload(Member.organisation),
            member.lazyload(Member.consents),
            selectinload(Application.reviews).joinedload(Review.reviewer).lazyload(Person.role_rows),
            selectinload(Application.discussions),
        )
    ).one()


def reviews_of(application: Application) -> list[Review]:
    return [review for review in application.reviews if review.state is ReviewState.SUBMITTED]


def report_of(application: Application) -> Discussion | None:
    """The report of the reviewers' latest discussion that is over."""
    return next((discussion for discussion in reversed(application.discussions) if not discussion.is_open), None)


def tag_of(session: Session, actor: Actor, reference: str) -> str:
    """A text that changes with anything that the room shows to this person. Raises NotFound.

    Every act in the session raises its version; a withdrawal and an interest raise the file's; what another
    session decides, or an award, moves what is left of the envelope.
    """
    files = (
        select(func.coalesce(func.sum(Application.version), 0))
        .join(AgendaItem, AgendaItem.application_id == Application.id)
        .where(AgendaItem.session_id == CommitteeSession.id)
        .scalar_subquery()
    )
    query = visible(actor, CommitteeSession).where(CommitteeSession.reference == reference)
    row = session.execute(
        query.with_only_columns(CommitteeSession.version, CommitteeSession.call_id, files)
    ).one_or_none()
    if row is None:
        raise NotFound(reference)
    version, call_id, changes = row
    remaining: Decimal = session.get_one(Call, call_id).remaining_envelope()
    roles = ",".join(sorted(actor.roles))
    text = f"{version}/{changes}/{remaining}/{actor.reference}/{roles}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]
