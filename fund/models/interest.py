"""Interests (liens d'intérêts): who may neither see a file as the fund's reader nor act on it, and why.

What ties a person to a file is worked out in one place, ``live_links``, which every query and every guard asks: a
new member of an alliance or a new employer counts at once. Rows keep what was declared, what was found when it
mattered (a deposit, an assignment, an agenda), and what an officer decided of it. What was declared is never
lifted.
"""

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    Subquery,
    Text,
    all_,
    and_,
    exists,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from config.vocabularies import own_mail_domains, public_mail_hosts
from fund.models.alliance import Collaborator, Endorsement, EndorsementState, Member
from fund.models.application import Application
from fund.models.base import PERSONAL, Base, Id, Instant, text_enum, utc_now
from fund.models.organisation import Organisation
from fund.models.person import Person
from fund.models.reviewer import Affiliation


class InterestKind(StrEnum):
    """Why somebody has an interest in a file: she said so, an officer did, or the program found it."""

    DECLARED = "declared"
    NOTED = "noted"
    ORGANISATION = "organisation"
    SIREN = "siren"
    MAIL_DOMAIN = "mail_domain"
    NAMED = "named"
    AUTHOR = "author"
    ENDORSER = "endorser"
    PAST_LINK = "past_link"


class InterestState(StrEnum):
    STANDING = "standing"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"


class Interest(Base):
    """One reason why one person keeps off one file. Standing and confirmed ones hide it; a lifted one does not.

    ``detail`` is what it was seen by (a member's name, a domain), or the word with which it was declared.
    """

    __tablename__ = "interests"
    __table_args__ = (
        Index(
            "uq_interests_found",
            "application_id",
            "person_id",
            "kind",
            "detail",
            unique=True,
            postgresql_where=text("kind <> 'declared'"),
        ),
        Index(
            "uq_interests_declared",
            "application_id",
            "person_id",
            unique=True,
            postgresql_where=text("kind = 'declared'"),
        ),
        CheckConstraint("kind <> 'declared' OR state <> 'lifted'", name="declared_stays"),
        CheckConstraint(
            "state = 'standing' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL AND reason <> '')",
            name="decision_is_reasoned",
        ),
        Index("ix_interests_person_id_application_id", "person_id", "application_id"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[InterestKind] = mapped_column(text_enum(InterestKind, "kind_known"))
    state: Mapped[InterestState] = mapped_column(
        text_enum(InterestState, "state_known"), default=InterestState.STANDING
    )
    detail: Mapped[str] = mapped_column(default="", info=PERSONAL)
    found_at: Mapped[Instant] = mapped_column(default=utc_now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    application: Mapped[Application] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


def mail_domain(address: ColumnElement[str] | Mapped[str] | Mapped[str | None]) -> ColumnElement[str]:
    """What stands behind the @, in small letters; the migration indexes this very expression."""
    return func.split_part(func.lower(address), "@", 2)


def _link(kind: InterestKind, person: Any, file: Any, detail: Any) -> Select[Any, Any, str, Any]:
    return select(
        person.label("person_id"),
        file.label("application_id"),
        literal(kind.value, Text).label("kind"),
        detail.label("detail"),
    )


# Each select goes from a person to files and from a file to people along indexes; an OR or a union of tables
# inside one of them would have PostgreSQL read every member of every alliance for one person's list.


def _links_of_employer() -> list[Select[Any, Any, str, Any]]:
    """Her organisation is a member of the alliance (the lead is one too), or another site of a member is."""
    own, member = aliased(Organisation), aliased(Organisation)
    by_organisation = (
        _link(InterestKind.ORGANISATION, Person.id, Member.application_id, member.name)
        .select_from(Person)
        .join(member, member.id == Person.organisation_id)
        .join(Member, Member.organisation_id == member.id)
    )
    by_siren = (
        _link(InterestKind.SIREN, Person.id, Member.application_id, member.name)
        .select_from(Person)
        .join(own, own.id == Person.organisation_id)
        .join(member, and_(member.siren == own.siren, member.id != own.id))
        .join(Member, Member.organisation_id == member.id)
    )
    return [by_organisation, by_siren]


def _links_of_past() -> list[Select[Any, Any, str, Any]]:
    """An organisation to which she said she is or was tied is a member, by its row or by its SIREN."""
    member = aliased(Organisation)
    by_organisation = (
        _link(InterestKind.PAST_LINK, Affiliation.person_id, Member.application_id, member.name)
        .select_from(Affiliation)
        .join(member, member.id == Affiliation.organisation_id)
        .join(Member, Member.organisation_id == member.id)
    )
    by_siren = (
        _link(InterestKind.PAST_LINK, Affiliation.person_id, Member.application_id, member.name)
        .select_from(Affiliation)
        .join(member, member.siren == Affiliation.siren)
        .join(Member, Member.organisation_id == member.id)
    )
    return [by_organisation, by_siren]


def _links_of_mail() -> list[Select[Any, Any, str, Any]]:
    """Her address is one by which the alliance is reached, or has its domain.

    Public mail hosts tie nobody, nor do the fund's own domains: an alliance that named an address of the fund
    would close its file to everybody who could process it.
    """
    author, address, domain = aliased(Person), func.lower(Person.email), mail_domain(Person.email)
    shared_by_others = sorted(public_mail_hosts() | own_mail_domains())
    is_private = and_(domain != "", domain != all_(literal(shared_by_others, ARRAY(Text))))
    domain_of, named_in = InterestKind.MAIL_DOMAIN, InterestKind.NAMED
    of_members = _link(domain_of, Person.id, Member.application_id, domain).where(
        mail_domain(Member.representative_email) == domain, is_private
    )
    of_contact = _link(domain_of, Person.id, Application.id, domain).where(
        mail_domain(Application.contact_email) == domain, is_private
    )
    of_authors = (
        _link(domain_of, Person.id, Collaborator.application_id, domain)
        .select_from(Person)
        .join(author, and_(mail_domain(author.email) == domain, author.id != Person.id))
        .join(Collaborator, Collaborator.person_id == author.id)
        .where(is_private)
    )
    as_member = _link(named_in, Person.id, Member.application_id, literal("", Text)).where(
        func.lower(Member.representative_email) == address
    )
    as_contact = _link(named_in, Person.id, Application.id, literal("", Text)).where(
        func.lower(Application.contact_email) == address
    )
    return [of_members, of_contact, of_authors, as_member, as_contact]


def _links_of_part() -> list[Select[Any, Any, str, Any]]:
    """She writes the file, or accompanies it; a catalyst who declined does not."""
    author = _link(InterestKind.AUTHOR, Collaborator.person_id, Collaborator.application_id, literal("", Text))
    endorser = _link(
        InterestKind.ENDORSER, Endorsement.person_id, Endorsement.application_id, literal("", Text)
    ).where(Endorsement.status != EndorsementState.DECLINED)
    return [author, endorser]


@cache
def live_links() -> Subquery:
    """Everything that ties people to files as things are now, lifted or not; one link may be there twice.

    Columns: ``person_id``, ``application_id``, ``kind``, and ``detail``, what it was seen by.
    """
    links = [*_links_of_employer(), *_links_of_past(), *_links_of_mail(), *_links_of_part()]
    return union_all(*links).subquery("live_links")


@cache
def standing_interests() -> Subquery:
    """(person, file) of every interest in force: recorded and not lifted, or seen now and never lifted.

    What was lifted is that one link: whoever moves to another member of the alliance has a new one.
    """
    recorded = select(Interest.person_id, Interest.application_id).where(Interest.state != InterestState.LIFTED)
    links = live_links()
    lifted = exists().where(
        Interest.person_id == links.c.person_id,
        Interest.application_id == links.c.application_id,
        Interest.kind == links.c.kind,
        Interest.detail == links.c.detail,
        Interest.state == InterestState.LIFTED,
    )
    seen = select(links.c.person_id, links.c.application_id).where(~lifted)
    return union_all(recorded, seen).subquery("standing_interests")


def is_kept_off(person_id: int | None, application_id: int | None) -> ColumnElement[bool]:
    """Whether this person has an interest in this file."""
    interests = standing_interests()
    return exists().where(interests.c.person_id == person_id, interests.c.application_id == application_id)


def files_kept_from(person_id: int) -> Select[int]:
    """The files in which the person has an interest; worked out once a query, however long the list."""
    interests = standing_interests()
    return select(interests.c.application_id).where(interests.c.person_id == person_id)


def people_kept_off(application_id: Any) -> Select[int]:
    """The people who have an interest in the file."""
    interests = standing_interests()
    return select(interests.c.person_id).where(interests.c.application_id == application_id)


def people_kept_off_any(application_ids: Select[int]) -> Select[int]:
    """The people who have an interest in one of these files."""
    interests = standing_interests()
    return select(interests.c.person_id).where(interests.c.application_id.in_(application_ids))
