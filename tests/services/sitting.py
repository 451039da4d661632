"""A committee large enough to vote: chair, deputy and three members, all present, on several files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.models import (
    AgendaItem,
    Application,
    Call,
    CommitteeSession,
    Interest,
    InterestKind,
    Motion,
    Person,
    PersonRole,
)
from fund.models.base import utc_now
from fund.services import committee, voting
from fund.services.references import new_reference
from fund.services.steps import take_step
from tests.scenario import World
from workflows.engine import Refused
from workflows.permissions import Actor, Role
from workflows.reasons import ReasonCode
from workflows.voting import Choice, Method, MotionResult, Outcome

FOR, AGAINST, ABSTAIN = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN
VOTERS = ("chair", "deputy", "alix", "claude", "sacha")
CALL_ENVELOPE = Decimal(50_000)


@dataclass
class Committee:
    """Ids of what was made; objects belong to the session that asks for them."""

    world: World
    sitting_id: int = 0
    items: list[int] = field(default_factory=list)

    @classmethod
    def make(cls, session: Session, world: World, files: int = 1, **rules: Any) -> "Committee":
        made = cls(world)
        made.seat_people(session)
        call = world.make_call(session, envelope=CALL_ENVELOPE)
        made.sitting_id, made.items = made.sit(session, call, files, **rules)
        return made

    def seat_people(self, session: Session) -> None:
        for name in ("deputy", "alix", "claude", "sacha"):
            if name in self.world.people:
                continue
            roles = [Role.COMMITTEE, Role.CHAIR] if name == "deputy" else [Role.COMMITTEE]
            person = Person(
                reference=new_reference("PE"),
                email=f"{name}@fonds.example",
                name=name.capitalize(),
                password_hash=self.world.person(session, "chair").password_hash,
                role_rows=[PersonRole(role=role) for role in roles],
            )
            session.add(person)
            session.flush()
            self.world.people[name] = person.id
            self.world.actors[name] = person.as_actor()

    def sit(self, session: Session, call: Call, files: int, **rules: Any) -> tuple[int, list[int]]:
        """Open a session on so many files of this call; its number and those of its items."""
        applications = [self.world.reviewed(session, call_id=call.id, title=f"Dossier {n}") for n in range(files)]
        sitting = committee.plan_session(
            session,
            self["officer"],
            call,
            members=[self.world.person(session, name) for name in VOTERS[2:]],
            chair=self.world.person(session, "chair"),
            deputy=self.world.person(session, "deputy"),
            **{"title": "Comité d'essai", "held_at": utc_now() + timedelta(days=1), "quorum": 3, **rules},
        )
        for application in applications:
            committee.put_on_agenda(session, self["officer"], sitting, application)
        take_step(session, self["officer"], sitting, "convene")
        committee.set_attendance(session, self["chair"], sitting, [self.world.people[name] for name in VOTERS])
        take_step(session, self["chair"], sitting, "open")
        return sitting.id, [item.id for item in sitting.items]

    def __getitem__(self, name: str) -> Actor:
        return self.world[name]

    def sitting(self, session: Session) -> CommitteeSession:
        return session.get_one(CommitteeSession, self.sitting_id)

    def item(self, session: Session, number: int = 0) -> AgendaItem:
        return session.get_one(AgendaItem, self.items[number])

    def file(self, session: Session, number: int = 0) -> Application:
        return self.item(session, number).application

    def open(self, session: Session, number: int = 0, who: str = "chair", **fields: Any) -> Motion:
        given: dict[str, Any] = {"outcome": Outcome.FUNDED, "amount": Decimal(15_000), "motivation": "Solide."}
        return voting.open_motion(session, self[who], self.item(session, number), **{**given, **fields})

    def vote(self, session: Session, motion: Motion, **votes: Choice) -> None:
        for name, choice in votes.items():
            voting.cast_vote(session, self[name], motion, choice)

    def close(self, session: Session, motion: Motion, who: str = "chair", **given: Any) -> MotionResult:
        return voting.close_motion(session, self[who], motion, **given)

    def fund(self, session: Session, number: int = 0, amount: Decimal = Decimal(15_000)) -> MotionResult:
        """Adopt a grant by a show of three hands."""
        motion = self.open(session, number, amount=amount, method=Method.HANDS)
        return self.close(session, motion, hands=(3, 0, 0))

    def declare(self, session: Session, name: str, number: int = 0) -> None:
        """A declared interest, as its row stands: however it came there."""
        session.add(
            Interest(
                application_id=self.item(session, number).application_id,
                person_id=self.world.people[name],
                kind=InterestKind.DECLARED,
            )
        )
        session.flush()

    def leave(self, session: Session, *names: str) -> None:
        for name in names:
            committee.attend(session, self[name], self.sitting(session), present=False)


def refused(act: Callable[[], Any]) -> set[ReasonCode]:
    with pytest.raises(Refused) as caught:
        act()
    return {reason.code for reason in caught.value.reasons}
