"""What reviewers say of themselves, what it entails, and how they stop."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput, NotFound
from fund.models import Affiliation, AuditEvent, Interest, InterestKind, Organisation, OutboxRow, Review
from fund.services import reviewers, reviews
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests.scenario import World, siret
from workflows.permissions import Role
from workflows.review import ReviewState
from workflows.topics import Topic

SIREN = siret(50)[:9]


def kinds_of(session: Session, person_id: int) -> set[InterestKind]:
    return set(session.scalars(select(Interest.kind).where(Interest.person_id == person_id)))


def test_a_reviewer_says_what_she_can_judge(session: Session, world: World) -> None:
    person = world.person(session, "reviewer")
    assert reviewers.find_profile(session, person).capacity == 10
    reviewers.edit_profile(session, world["reviewer"], person, sdgs=["11", "13"], capacity=4)
    reviewers.set_known_territories(session, world["officer"], person, ["dep:31"])
    session.flush()
    session.expire_all()
    profile = reviewers.find_profile(session, person)
    assert (profile.sdgs, profile.capacity, profile.territories) == (["11", "13"], 4, ["dep:31"])


def test_nobody_writes_anothers_profile_but_an_officer(session: Session, world: World) -> None:
    person = world.person(session, "reviewer")
    for name in ("reviewer2", "applicant", "auditor", "admin"):
        with pytest.raises(NotPermitted):
            reviewers.edit_profile(session, world[name], person, capacity=1)
        with pytest.raises(NotPermitted):
            reviewers.set_organisation(session, world[name], person, name="Autre", siren="")
    reviewers.edit_profile(session, world["officer"], person, capacity=1)


def test_a_territory_that_is_none_is_refused(session: Session, world: World) -> None:
    person = world.person(session, "reviewer")
    with pytest.raises(InvalidInput, match="territory"):
        reviewers.set_known_territories(session, world["reviewer"], person, ["dep:999"])


def test_an_absence_has_an_end_and_a_beginning(session: Session, world: World) -> None:
    person = world.person(session, "reviewer")
    profile = reviewers.edit_profile(
        session, world["reviewer"], person, away_from=date(2027, 7, 1), away_until=date(2027, 7, 31)
    )
    days = [date(2027, 6, 30), date(2027, 7, 1), date(2027, 7, 31), date(2027, 8, 1)]
    assert [profile.is_away(day) for day in days] == [False, True, True, False]


def test_an_organisation_is_found_by_its_siren_and_the_former_one_stays_a_past_link(
    session: Session, world: World
) -> None:
    application = world.in_review(session)
    person, town = world.person(session, "reviewer"), session.get_one(Organisation, world.town_id)
    reviewers.set_organisation(session, world["reviewer"], person, name="Cabinet Exemple", siren=SIREN)
    assert person.organisation is not None
    first = person.organisation
    assert kinds_of(session, person.id) == set()

    assert town.siren is not None
    reviewers.set_organisation(session, world["reviewer"], person, name="", siren=town.siren)
    assert person.organisation is town
    [former] = reviewers.list_affiliations(session, person)
    assert (former.organisation_id, former.siren) == (first.id, SIREN)
    # The town is a member of the alliance: the reading that she had ends by itself.
    assert InterestKind.ORGANISATION in kinds_of(session, person.id)
    review = next(one for one in application.reviews if one.reviewer_id == person.id)
    assert review.state is ReviewState.RECUSED

    reviewers.set_organisation(session, world["reviewer"], person, name="", siren="")
    assert person.organisation is None
    assert application.is_interested(world["reviewer"]), "the town stays a past link"


def test_saving_the_same_organisation_again_changes_nothing(session: Session, world: World) -> None:
    person = world.person(session, "reviewer")
    for _ in range(2):
        reviewers.set_organisation(session, world["reviewer"], person, name="Cabinet Exemple", siren="")
    assert reviewers.list_affiliations(session, person) == []


def test_a_declared_link_keeps_off_and_only_an_officer_takes_it_away(session: Session, world: World) -> None:
    application = world.in_review(session)
    person, town = world.person(session, "reviewer"), session.get_one(Organisation, world.town_id)
    link = reviewers.add_affiliation(
        session,
        world["reviewer"],
        person,
        name="",
        siren=town.siren or "",
        until=date(2024, 12, 31),
        note="Conseil",
    )
    assert (link.organisation_id, link.name) == (town.id, town.name)
    assert kinds_of(session, person.id) == {InterestKind.PAST_LINK}
    assert application.is_interested(world["reviewer"])

    with pytest.raises(NotPermitted):
        reviewers.remove_affiliation(session, world["reviewer"], person, link.id)
    other = world.person(session, "reviewer2")
    with pytest.raises(NotFound):
        reviewers.remove_affiliation(session, world["officer"], other, link.id)
    reviewers.remove_affiliation(session, world["officer"], person, link.id)
    assert session.scalars(select(Affiliation)).all() == []
    assert application.is_interested(world["reviewer"]), "what was recorded stands until it is lifted"


def test_an_officer_does_not_take_away_a_link_of_her_own(session: Session, world: World) -> None:
    officer = world.person(session, "officer")
    link = Affiliation(person_id=officer.id, name="Cabinet Exemple", note="")
    session.add(link)
    session.flush()
    with pytest.raises(NotPermitted):
        reviewers.remove_affiliation(session, world["officer"], officer, link.id)
    reviewers.remove_affiliation(session, world["officer2"], officer, link.id)


def test_the_list_says_who_has_how_much_to_read(session: Session, world: World) -> None:
    application = world.in_review(session)
    world.score(session, application.reviews[0])
    reviewers.edit_profile(session, world["officer"], world.person(session, "reviewer2"), sdgs=["11"])
    lines = {line.person.name: line for line in reviewers.list_reviewers(session, role=Role.REVIEWER).items}
    assert list(lines) == ["Reviewer", "Reviewer2", "Reviewer3"]
    assert [(line.pending, line.submitted) for line in lines.values()] == [(0, 1), (1, 0), (0, 0)]
    assert lines["Reviewer2"].profile.sdgs == ["11"]
    found = reviewers.list_reviewers(session, role=Role.REVIEWER, text="REVIEWER3@")
    assert [line.person.name for line in found.items] == ["Reviewer3"]
    assert reviewers.list_reviewers(session, role=Role.REVIEWER, text="%").items == []


def test_who_stops_keeps_what_she_gave_and_gives_back_the_rest(session: Session, world: World) -> None:
    given, begun = world.in_review(session), world.in_review(session)
    person = world.person(session, "reviewer")
    own: list[Review] = [r for file in (given, begun) for r in file.reviews if r.reviewer_id == person.id]
    world.score(session, own[0])
    take_step(session, world["reviewer"], own[1], "accept")
    criterion = begun.call.criteria[0].id
    reviews.save_scores(session, world["reviewer"], own[1], scores={criterion: {"value": 3, "comment": "Solide."}})

    assert reviewers.end_reviewing(session, world["officer"], person, reason="Départ.") == 1
    assert Role.REVIEWER not in person.roles
    assert [review.state for review in own] == [ReviewState.SUBMITTED, ReviewState.CANCELLED]
    assert own[0].score == Decimal("80.00")
    assert [(score.value, score.comment) for score in own[1].scores] == [(3, "Solide.")]
    journal = select(AuditEvent).where(AuditEvent.subject_type == "review", AuditEvent.subject_id == own[1].id)
    last = session.scalars(journal.order_by(AuditEvent.id.desc())).first()
    assert last is not None
    assert (last.action, last.body["reason"]) == ("review.cancel", "Départ.")
    told = select(OutboxRow.recipient_id).where(OutboxRow.topic == Topic.REVIEW_CANCELLED)
    assert list(session.scalars(told)) == [person.id]
    with pytest.raises(NotPermitted):
        reviewers.end_reviewing(session, world["admin"], person, reason="Non.")
