"""The consent of the members: asked by a link, given or not, taken back."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import (
    Application,
    AuditEvent,
    ConsentAnswer,
    ConsentState,
    LinkPurpose,
    Member,
    OutboxRow,
    PersonalLink,
)
from fund.services import applications, call_versions, journal
from fund.services.alliance import edit_member, remove_member
from fund.services.consents import (
    ask_consents,
    digest_of_part,
    living_links,
    take_back_request,
)
from fund.services.links import LinkExpired, LinkRevoked, follow_link, recheck_link
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.alliances import (
    CHANGE,
    MANAGER,
    MAYOR,
    SECRET,
    address_of,
    ask,
    last_link,
    mails_to,
    member_of,
    represented,
    say,
)
from tests.scenario import World
from tests.services.makers import returned
from tests.services.racing import race
from workflows.topics import Deadline, Topic

ASKED, RECEIVED = Topic.ALLIANCE_CONSENT_ASKED.value, Topic.ALLIANCE_CONSENT_RECEIVED.value


@pytest.fixture
def application(session: Session, world: World) -> Application:
    return represented(session, world)


def state_of(member: Member) -> ConsentState:
    return member.consent_state


def events(session: Session, action: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def told(session: Session, world: World, name: str) -> list[str]:
    query = select(OutboxRow.topic).where(OutboxRow.recipient_id == world.people[name])
    return list(session.scalars(query.order_by(OutboxRow.id)))


def test_asking_sends_a_link_to_the_representative(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    assert state_of(town) is ConsentState.NOT_ASKED
    link = ask(session, world, application, town)
    assert (link.email, link.member_id, link.name) == (MAYOR, town.id, "Dominique Essai")
    assert state_of(town) is ConsentState.ASKED
    assert mails_to(session, MAYOR) == [ASKED]
    [event] = events(session, "application.ask_consent")
    assert event.body["details"] == {"asked": ["Commune d'essai"]}
    assert MAYOR not in str(event.body)


def test_asking_again_replaces_the_link(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    first = ask(session, world, application, town)
    second = ask(session, world, application, town)
    with pytest.raises(LinkRevoked):
        follow_link(session, address_of(first), SECRET, LinkPurpose.CONSENT)
    assert follow_link(session, address_of(second), SECRET, LinkPurpose.CONSENT) is second
    assert living_links(session, application) == {town.id: second}


def test_who_cannot_be_asked(session: Session, world: World) -> None:
    application = world.draft(session)
    lead, town = application.members[0], member_of(application, world.town_id)
    with pytest.raises(InvalidInput, match="members"):
        ask_consents(session, world["applicant"], application, [lead])
    with pytest.raises(InvalidInput, match="representative_email"):
        ask_consents(session, world["applicant"], application, [town])
    with pytest.raises(NotPermitted):
        ask_consents(session, world["stranger"], application, [town])
    assert session.scalars(select(PersonalLink)).all() == []


def test_one_without_an_address_keeps_all_from_being_asked(
    session: Session, world: World, application: Application
) -> None:
    town, company = member_of(application, world.town_id), member_of(application, world.company_id)
    company.representative_email = ""
    with pytest.raises(InvalidInput):
        ask_consents(session, world["applicant"], application, [town, company])
    assert mails_to(session, MAYOR) == []


def test_after_the_deposit_nobody_is_asked(session: Session, world: World, application: Application) -> None:
    take_step(session, world["applicant"], application, "submit")
    with pytest.raises(NotEditable):
        ask_consents(session, world["applicant"], application, [member_of(application, world.town_id)])


def test_a_confirmation_is_recorded_journalled_and_told(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    consent = say(session, link, email="  MAIRIE@essai.example ", name="Claude Essai")
    assert state_of(town) is ConsentState.CONFIRMED
    assert consent.part["contribution"] == "10000.00"
    assert mails_to(session, MAYOR) == [ASKED, RECEIVED]
    assert Topic.ALLIANCE_CONSENT_ANSWERED.value in told(session, world, "applicant")
    [event] = events(session, "application.consent")
    assert event.body["details"]["answer"] == "confirmed"
    assert event.body["actor"] == f"link:{link.id}"
    # Who answered is personal data: beside the chain, and under its hash.
    assert "Claude Essai" not in str(event.body)
    assert event.personal is not None
    assert event.personal.data == {"actor": "Claude Essai", "email": MAYOR}
    session.flush()
    assert journal.verify(session).broken == []


def test_a_change_asked_brings_its_note_to_the_authors(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    say(session, ask(session, world, application, town), ConsentAnswer.CHANGE_ASKED)
    assert state_of(town) is ConsentState.CHANGE_ASKED
    row = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.ALLIANCE_CONSENT_ANSWERED.value)).one()
    assert row.recipient_id == world.people["applicant"]
    assert row.payload["note"] == CHANGE


def test_the_same_answer_twice_is_one(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    say(session, link, ConsentAnswer.CHANGE_ASKED)
    with pytest.raises(Conflict, match="already_answered"):
        say(session, link, ConsentAnswer.CHANGE_ASKED)
    say(session, link, ConsentAnswer.CHANGE_ASKED, note="Autre chose encore.")
    say(session, link)
    with pytest.raises(Conflict, match="already_answered"):
        say(session, link)
    say(session, link, ConsentAnswer.DECLINED)
    assert [consent.answer.value for consent in town.consents] == [
        "change_asked",
        "change_asked",
        "confirmed",
        "declined",
    ]


def test_another_address_is_a_forwarded_link(session: Session, world: World, application: Application) -> None:
    link = ask(session, world, application, member_of(application, world.town_id))
    with pytest.raises(InvalidInput) as caught:
        say(session, link, email=MANAGER)
    assert caught.value.errors == {"email": ["link_forwarded"]}


def test_what_changed_while_it_was_read_is_not_confirmed(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    seen = digest_of_part(town)
    share = {"contribution": Decimal(12_000)}
    edit_member(session, world["applicant"], application, town, identity={}, share=share)
    with pytest.raises(Conflict, match="part_changed"):
        say(session, link, seen=seen)
    assert town.consents == []


def test_a_deposited_file_takes_no_answer(session: Session, world: World, application: Application) -> None:
    link = ask(session, world, application, member_of(application, world.town_id))
    take_step(session, world["applicant"], application, "submit")
    with pytest.raises(Conflict, match="file_deposited"):
        say(session, link)


def test_a_member_taken_out_takes_its_link_along(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    given = address_of(link)
    remove_member(session, world["applicant"], application, town)
    session.expire_all()
    with pytest.raises(NotFound):
        recheck_link(session, link)
    with pytest.raises(NotFound):
        follow_link(session, given, SECRET, LinkPurpose.CONSENT)
    assert mails_to(session, MAYOR) == []  # and the mail that was not sent yet


def test_an_answer_meets_the_link_as_it_is_under_the_lock(factory: SessionFactory, world: World) -> None:
    """The member has the page open while the alliance takes the link back, or takes the member out."""
    for take_away in (take_back_request, remove_member):
        with unit_of_work(factory) as session:
            application = represented(session, world)
            town = member_of(application, world.town_id)
            number, file, seat = ask(session, world, application, town).id, application.id, town.id
        with factory() as reader:
            link = reader.get_one(PersonalLink, number)
            seen = digest_of_part(link.member) if link.member else ""
            with unit_of_work(factory) as session:
                application = session.get_one(Application, file)
                member = next(m for m in application.members if m.id == seat)
                take_away(session, world["applicant"], application, member)
            with pytest.raises((LinkRevoked, NotFound)):
                say(reader, link, seen=seen, email=MAYOR)


def test_two_answers_at_once_are_one(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        application = represented(session, world)
        number = ask(session, world, application, member_of(application, world.town_id)).id

    def confirm(session: Session, barrier: Any) -> str:
        link = session.get_one(PersonalLink, number)
        assert link.member is not None
        seen = digest_of_part(link.member)
        barrier.wait()
        return say(session, link, seen=seen).answer.value

    outcomes = race(factory, confirm, confirm)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "str"]


def test_a_request_can_be_taken_back(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    take_back_request(session, world["applicant"], application, town)
    assert state_of(town) is ConsentState.NOT_ASKED
    with pytest.raises(LinkRevoked):
        follow_link(session, address_of(link), SECRET, LinkPurpose.CONSENT)
    assert take_back_request(session, world["applicant"], application, town) is None
    assert len(events(session, "application.take_back_consent")) == 1


def test_what_was_answered_survives_a_request_taken_back(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    say(session, ask(session, world, application, town))
    ask(session, world, application, town)
    take_back_request(session, world["applicant"], application, town)
    assert state_of(town) is ConsentState.CONFIRMED


def test_another_address_takes_the_link_back(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    for address, is_good in ((MAYOR.upper(), True), (MANAGER, False)):
        share = {"representative_email": address}
        edit_member(session, world["applicant"], application, town, identity={}, share=share)
        assert (link.id in {one.id for one in living_links(session, application).values()}) is is_good
    assert state_of(town) is ConsentState.NOT_ASKED


def test_at_the_deposit_each_member_is_written_to(
    session: Session, world: World, application: Application
) -> None:
    take_step(session, world["applicant"], application, "submit")
    assert mails_to(session, MAYOR) == [Topic.ALLIANCE_DEPOSITED.value]
    assert mails_to(session, MANAGER) == [Topic.ALLIANCE_DEPOSITED.value]
    link = last_link(session, LinkPurpose.CONSENT, email=MAYOR)
    assert follow_link(session, address_of(link), SECRET, LinkPurpose.CONSENT) is link


def test_a_returned_file_takes_answers_again(session: Session, world: World) -> None:
    application = returned(world, session)
    town = member_of(application, world.town_id)
    town.representative_email, town.representative_name = MAYOR, "Dominique Essai"
    say(session, ask(session, world, application, town))
    assert state_of(town) is ConsentState.CONFIRMED


def test_an_expired_link_answers_nothing(session: Session, world: World, application: Application) -> None:
    link = ask(session, world, application, member_of(application, world.town_id))
    with time_machine.travel(link.expires_at, tick=False), pytest.raises(LinkExpired):
        say(session, link)


def test_the_trial_of_a_call_writes_to_nobody_but_its_author(session: Session, world: World) -> None:
    call = world.draft(session).call
    application = call_versions.begin_trial(session, world["officer"], call, call.funder)
    applications.edit_application(
        session,
        world["officer"],
        application,
        members=[
            {"organisation": call.funder},
            {"organisation": member_of(world.draft(session), world.town_id).organisation},
        ],
    )
    town = member_of(application, world.town_id)
    share = {"representative_name": "Dominique Essai", "representative_email": MAYOR}
    edit_member(session, world["officer"], application, town, identity={}, share=share)
    ask_consents(session, world["officer"], application, [town])
    assert mails_to(session, MAYOR) == []
    link = last_link(session, LinkPurpose.CONSENT, member_id=town.id)
    assert link.email == "officer@fonds.example"
    say(session, link)
    edit_member(session, world["officer"], application, town, identity={}, share={"part": "Autre"})
    query = select(OutboxRow).where(OutboxRow.topic == Deadline.CONSENTS_OUTDATED.value)
    assert session.scalars(query).all() == []
