"""A consent that a change outdates: what changed, who is asked again, and when."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import (
    Application,
    ConsentAnswer,
    ConsentState,
    Member,
    OutboxRow,
)
from fund.models.base import utc_now
from fund.services import applications, writing
from fund.services.alliance import edit_member
from fund.services.consents import (
    ask_outdated,
    living_links,
    members_to_ask,
    schedule_asking_again,
)
from tests.alliances import (
    MANAGER,
    MAYOR,
    ask,
    mails_to,
    member_of,
    represented,
    say,
)
from tests.scenario import World
from workflows.permissions import SYSTEM
from workflows.topics import Deadline, Topic

ASKED, RECEIVED = Topic.ALLIANCE_CONSENT_ASKED.value, Topic.ALLIANCE_CONSENT_RECEIVED.value


@pytest.fixture
def application(session: Session, world: World) -> Application:
    return represented(session, world)


def state_of(member: Member) -> ConsentState:
    return member.consent_state


def test_a_change_outdates_and_says_what_changed(session: Session, world: World, application: Application) -> None:
    town = member_of(application, world.town_id)
    link = ask(session, world, application, town)
    say(session, link)
    share = {"contribution": Decimal("12000.50"), "part": "Prête la halle"}
    edit_member(session, world["applicant"], application, town, identity={}, share=share)
    assert state_of(town) is ConsentState.OUTDATED
    assert town.part_changes() == {
        "part": ("", "Prête la halle"),
        "contribution": ("10000.00", "12000.50"),
    }
    say(session, link)
    assert state_of(town) is ConsentState.CONFIRMED
    assert town.part_changes() == {}


def test_a_change_taken_back_restores_the_consent(
    session: Session, world: World, application: Application
) -> None:
    town = member_of(application, world.town_id)
    say(session, ask(session, world, application, town))
    for amount in (12_000, 10_000):
        share = {"contribution": Decimal(amount)}
        edit_member(session, world["applicant"], application, town, identity={}, share=share)
    assert state_of(town) is ConsentState.CONFIRMED


def deadlines(session: Session) -> list[OutboxRow]:
    query = select(OutboxRow).where(OutboxRow.topic == Deadline.CONSENTS_OUTDATED.value)
    return list(session.scalars(query))


@pytest.mark.parametrize(
    "change",
    [
        lambda session, actor, file, town: edit_member(
            session, actor, file, town, identity={}, share={"part": "Prête la halle"}
        ),
        lambda session, actor, file, _: applications.edit_application(
            session, actor, file, title="Un autre titre"
        ),
        lambda session, actor, file, _: writing.save_part(
            session, actor, file, "project", {"title": "Un autre titre"}, base=10
        ),
    ],
    ids=["member", "file", "part"],
)
def test_whatever_a_member_confirmed_asks_it_again_when_it_changes(
    session: Session, world: World, application: Application, change: Any
) -> None:
    town = member_of(application, world.town_id)
    say(session, ask(session, world, application, town))
    assert deadlines(session) == []
    change(session, world["applicant"], application, town)
    assert state_of(town) is ConsentState.OUTDATED
    [deadline] = deadlines(session)
    assert timedelta(minutes=13) < deadline.available_at - utc_now() <= timedelta(minutes=15)
    ask_outdated(session, SYSTEM, application)
    assert mails_to(session, MAYOR) == [ASKED, RECEIVED, ASKED]
    again = session.scalars(
        select(OutboxRow).where(OutboxRow.topic == ASKED).order_by(OutboxRow.id.desc())
    ).first()
    assert again is not None
    assert again.payload["again"] is True
    # One mail is enough, however often the alliance goes on changing it.
    ask_outdated(session, SYSTEM, application)
    assert len(mails_to(session, MAYOR)) == 3


def test_who_did_not_confirm_is_not_asked_again_by_itself(
    session: Session, world: World, application: Application
) -> None:
    town, company = member_of(application, world.town_id), member_of(application, world.company_id)
    say(session, ask(session, world, application, town), ConsentAnswer.DECLINED)
    ask(session, world, application, company)
    for member in (town, company):
        edit_member(session, world["applicant"], application, member, identity={}, share={"part": "Autre"})
    schedule_asking_again(session, application)
    assert deadlines(session) == []
    ask_outdated(session, SYSTEM, application)
    assert (mails_to(session, MAYOR), mails_to(session, MANAGER)) == ([ASKED, RECEIVED], [ASKED])


def test_whose_turn_it_is_to_be_asked(session: Session, world: World, application: Application) -> None:
    lead, town, company = application.members

    def due() -> list[int]:
        return [member.id for member in members_to_ask(application, living_links(session, application))]

    assert due() == [town.id, company.id]
    link = ask(session, world, application, town)
    assert due() == [company.id]
    with time_machine.travel(link.expires_at + timedelta(seconds=1), tick=True):
        assert due() == [town.id, company.id]  # the link is dead
    say(session, link, ConsentAnswer.CHANGE_ASKED)
    assert due() == [company.id]  # it waits for the change
    edit_member(session, world["applicant"], application, town, identity={}, share={"part": "Autre"})
    assert due() == [town.id, company.id]
    say(session, link, ConsentAnswer.DECLINED)
    assert due() == [company.id]  # asking again who declined is a decision
    say(session, link)
    assert due() == [company.id]
    edit_member(session, world["applicant"], application, town, identity={}, share={"part": "Encore autre"})
    assert due() == [town.id, company.id]
    ask(session, world, application, town)
    assert due() == [company.id]
    company.representative_email = ""
    assert due() == []
    assert lead.is_confirmed
