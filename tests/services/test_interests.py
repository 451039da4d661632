"""Interests: who is kept off a file, and by what."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from fund.models import (
    SUBJECTS,
    Affiliation,
    Application,
    Award,
    Endorsement,
    EndorsementState,
    Interest,
    InterestKind,
    Organisation,
    OrganisationKind,
    Person,
    PersonRole,
    Review,
)
from fund.models.base import utc_now
from fund.services import access, interests
from fund.services.thread import may_post
from tests.scenario import World
from tests.services.ties import author, find
from workflows.permissions import Role

KEPT = ("reviewer", "member", "officer2", "finance", "auditor", "admin")
"""One of each role that sees or judges files."""
Tie = Callable[[Session, World, Application, Person], None]


# --- the kinds ------------------------------------------------------------------------------------------------


def same_organisation(session: Session, world: World, _file: Application, person: Person) -> None:
    person.organisation_id = world.town_id


def same_siren(session: Session, world: World, _file: Application, person: Person) -> None:
    company = session.get_one(Organisation, world.company_id)
    site = Organisation(kind=OrganisationKind.COMPANY, name="Autre site d'essai", siren=company.siren)
    session.add(site)
    session.flush()
    person.organisation_id = site.id


def domain_of_member(session: Session, _world: World, file: Application, person: Person) -> None:
    file.members[1].representative_email = "Accueil@Mairie-Essai.example"
    person.email = "quelqu-un@mairie-essai.EXAMPLE"


def domain_of_contact(session: Session, _world: World, file: Application, person: Person) -> None:
    file.contact_email = "bureau@collectif.example"
    person.email = f"{person.reference}@collectif.example"


def domain_of_author(session: Session, _world: World, _file: Application, person: Person) -> None:
    person.email = f"{person.reference}@essai.example"


def named_in_file(session: Session, _world: World, file: Application, person: Person) -> None:
    person.email = "prenom.nom@gmail.com"
    file.members[2].representative_email = "Prenom.Nom@gmail.com"


def endorser(session: Session, _world: World, file: Application, person: Person) -> None:
    session.add(Endorsement(application_id=file.id, person_id=person.id))


def past_organisation(session: Session, world: World, _file: Application, person: Person) -> None:
    session.add(Affiliation(person_id=person.id, organisation_id=world.company_id, name="Ancien employeur"))


def past_siren(session: Session, world: World, _file: Application, person: Person) -> None:
    siren = session.get_one(Organisation, world.company_id).siren
    session.add(Affiliation(person_id=person.id, siren=siren, name="Ancien employeur"))


def said(session: Session, world: World, file: Application, person: Person) -> None:
    session.add(
        Interest(application_id=file.id, person_id=person.id, kind=InterestKind.DECLARED, detail="Un mot.")
    )


TIES: dict[Tie, InterestKind] = {
    same_organisation: InterestKind.ORGANISATION,
    same_siren: InterestKind.SIREN,
    domain_of_member: InterestKind.MAIL_DOMAIN,
    domain_of_contact: InterestKind.MAIL_DOMAIN,
    domain_of_author: InterestKind.MAIL_DOMAIN,
    named_in_file: InterestKind.NAMED,
    author: InterestKind.AUTHOR,
    endorser: InterestKind.ENDORSER,
    past_organisation: InterestKind.PAST_LINK,
    past_siren: InterestKind.PAST_LINK,
    said: InterestKind.DECLARED,
}
OWN = {author}
"""Who writes the file keeps seeing it as its author."""


def tied(make: Tie) -> tuple[str, ...]:
    return KEPT[:1] if make in (named_in_file, domain_of_member) else KEPT


def tie_all(session: Session, world: World, file: Application, make: Tie) -> None:
    """Tie one person of each role to the file; where the kind needs one address, the reviewer alone."""
    for name in tied(make):
        make(session, world, file, world.person(session, name))
    session.flush()
    session.expire_all()


@pytest.mark.parametrize("make", TIES, ids=lambda make: make.__name__)
def test_each_kind_of_interest_keeps_every_role_off(session: Session, world: World, make: Tie) -> None:
    file = world.active_award(session).application
    names = tied(make)
    before = {name: world.person(session, name).as_actor() for name in names}
    assert all(find(session, actor, file) for actor in before.values())

    tie_all(session, world, file, make)

    for name in names:
        actor = world.person(session, name).as_actor()
        assert file.is_interested(actor), name
        for model in SUBJECTS.values():
            own = make in OWN and model is not Review
            rows = session.scalars(access.visible(actor, model)).all()
            if model is Application:
                assert (file in rows) is own, (name, model)
            if model is Award and not own:
                assert rows == [], name
            if model is Review:
                assert all(row.reviewer_id == actor.person_id for row in rows), name
        assert not may_post(actor, file, from_fund=True)
    untouched = world["officer"]
    assert find(session, untouched, file)
    assert not file.is_interested(untouched)


@pytest.mark.parametrize("make", [make for make in TIES if make is not said], ids=lambda make: make.__name__)
def test_what_is_found_is_recorded_once_with_its_kind(session: Session, world: World, make: Tie) -> None:
    file = world.in_review(session)
    tie_all(session, world, file, make)
    person = world.person(session, "reviewer")
    found = interests.record_found(session, file)
    assert TIES[make] in {one.kind for one in found if one.person_id == person.id}
    assert interests.record_found(session, file) == []


def test_a_public_mail_host_ties_nobody(session: Session, world: World) -> None:
    file = world.submitted(session, contact_email="alliance@gmail.com")
    world.person(session, "reviewer").email = "reviewer@gmail.com"
    assert interests.record_found(session, file) == []
    assert not file.is_interested(world["reviewer"])


def test_a_catalyst_who_declined_has_no_interest(session: Session, world: World) -> None:
    file = world.submitted(session)
    reader = world.person(session, "reviewer")
    file.endorsements.append(Endorsement(person=reader, status=EndorsementState.DECLINED, answered_at=utc_now()))
    session.flush()
    assert not file.is_interested(world["reviewer"])


def test_the_funds_own_domain_ties_nobody(session: Session, world: World) -> None:
    """Or an alliance could close its file to everybody who might process it."""
    file = world.submitted(session, contact_email="quelqu-un@fonds-odd17.example")
    world.person(session, "officer").email = "officer@fonds-odd17.example"
    session.flush()
    assert not file.is_interested(world["officer"])


def test_an_author_on_the_committee_reads_no_marks_of_her_file(session: Session, world: World) -> None:
    file = world.before_committee(session)
    member = world.person(session, "member")
    assert len(session.scalars(access.visible(member.as_actor(), Review)).all()) == 2
    author(session, world, file, member)
    session.flush()
    assert session.scalars(access.visible(member.as_actor(), Review)).all() == []


def test_who_reads_and_sits_stays_blind_while_reading(session: Session, world: World) -> None:
    file = world.in_review(session)
    world.score(session, file.reviews[1])
    both = file.reviews[0].reviewer
    both.role_rows.append(PersonRole(role=Role.COMMITTEE))
    session.flush()
    assert session.scalars(access.visible(both.as_actor(), Review)).all() == [file.reviews[0]]


def test_an_address_without_a_domain_ties_nobody(session: Session, world: World) -> None:
    file = world.submitted(session)
    file.members[1].representative_email = ""
    world.person(session, "reviewer").email = "sans-arobase"
    session.flush()
    assert not file.is_interested(world["reviewer"])
