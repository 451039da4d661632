"""What the fund knows of its reviewers: what they can judge, how much, when, and whom they were tied to."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.models.base import Base, Id, Instant, text_enum, utc_now
from fund.models.call import Call
from fund.models.organisation import Organisation
from fund.models.person import Person

CAPACITY = 10
"""How many files at a time a reviewer takes who has not said otherwise."""


class ReviewerProfile(Base):
    """A reviewer's competences (SDGs ``"1"``…, levers ``"1"``…, territories ``dep:31``…), load and absence."""

    __tablename__ = "reviewer_profiles"
    __table_args__ = (
        CheckConstraint("capacity >= 0 AND capacity <= 200", name="capacity_sensible"),
        CheckConstraint("away_until >= away_from", name="absence_in_order"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    sdgs: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    levers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    territories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    capacity: Mapped[int] = mapped_column(default=CAPACITY)
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(2000), default="")
    updated_at: Mapped[Instant] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()

    def is_away(self, day: date) -> bool:
        if self.away_from is None:
            return False
        return self.away_from <= day and (self.away_until is None or day <= self.away_until)


class Affiliation(Base):
    """An organisation to which a person is or was tied beside her own, as she declared it.

    ``siren`` is given too where the organisation is known and has one: its other sites are found by it.
    """

    __tablename__ = "affiliations"
    __table_args__ = (
        CheckConstraint("siren ~ '^[0-9]{9}$'", name="siren_form"),
        Index("ix_affiliations_person_id", "person_id"),
        Index("ix_affiliations_siren", "siren"),
        Index("ix_affiliations_organisation_id", "organisation_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(300))
    siren: Mapped[str | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    until: Mapped[date | None]
    declared_at: Mapped[Instant] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class PlanState(StrEnum):
    """A proposal of assignment: being computed, shown, being sent, sent; or put aside."""

    COMPUTING = "computing"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"
    FAILED = "failed"


class AssignmentPlan(Base):
    """A proposal of who reads what in a call, kept so that what is sent is what was shown.

    ``parameters`` is what was asked for, ``result`` what came out (pairs, quality, what could not be met),
    ``refused`` what was refused when it was sent (an interest found since, a file gone back). ``applied_count`` is
    how many pairs were dealt with: a crash goes on from there.
    """

    __tablename__ = "assignment_plans"
    __table_args__ = (
        # One proposal at a time is computed or sent for a call.
        Index(
            "uq_assignment_plans_running",
            "call_id",
            unique=True,
            postgresql_where=text("state IN ('computing', 'applying')"),
        ),
        Index("ix_assignment_plans_call_id_id", "call_id", "id"),
    )

    id: Mapped[Id]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[Instant] = mapped_column(default=utc_now)
    state: Mapped[PlanState] = mapped_column(text_enum(PlanState, "state_known"), default=PlanState.COMPUTING)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    refused: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    applied_count: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship()
    made_by: Mapped[Person] = relationship()
