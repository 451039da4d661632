"""The room in real browsers: what one does the others see, and nothing that is being typed is lost."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import AgendaItem, CommitteeSession, Motion
from fund.services import committee, voting
from fund.services.steps import take_step
from tests.e2e.conftest import Visitor, follow
from tests.scenario import World
from workflows.voting import Choice, Outcome

Visit = Callable[..., Visitor]


@pytest.fixture
def sat(factory: SessionFactory, world: World) -> str:
    """The reference of an open session on two files, the first of which is being dealt with."""
    with unit_of_work(factory) as session:
        sitting = world.sitting(session)
        for title in ("Jardins du bassin", "Rivière en commun"):
            committee.put_on_agenda(session, world["officer"], sitting, world.reviewed(session, title=title))
        world.open_sitting(session, sitting)
        committee.call_item(session, world["chair"], sitting, 1)
        return sitting.reference


def item_of(session: Session, reference: str, position: int = 1) -> AgendaItem:
    query = select(AgendaItem).join(CommitteeSession).where(CommitteeSession.reference == reference)
    return session.scalars(query.where(AgendaItem.position == position)).one()


def enter(visitor: Visitor, reference: str) -> Page:
    return visitor.open(f"/comite/{reference}/seance")


def open_vote(session: Session, world: World, reference: str) -> Motion:
    return voting.open_motion(
        session,
        world["chair"],
        item_of(session, reference),
        outcome=Outcome.FUNDED,
        amount=Decimal(15_000),
        motivation="Solide.",
    )


def put_to_the_vote(page: Page, *, secret: bool = False) -> None:
    page.locator("#amount").fill("15 000,00")
    page.locator("#motivation").fill("Une alliance solide.")
    if secret:
        page.locator("[data-region=motion] details > summary").click()
        page.locator("#secret").check()
    follow(page.locator("#open-vote"))


def test_two_people_vote_and_each_sees_what_the_other_does(
    visit: Visit, sat: str, factory: SessionFactory, world: World
) -> None:
    chair, member = visit("chair", script=True), visit("member", script=True)
    presiding, voting_page = enter(chair, sat), enter(member, sat)
    expect(voting_page.locator(".room-vote")).to_have_count(0)
    voting_page.evaluate("window.neverLeft = true")
    put_to_the_vote(presiding)
    # Without a reload: the page asks for what has happened.
    expect(voting_page.locator("#vote-for")).to_be_visible()
    assert voting_page.evaluate("window.neverLeft")
    voting_page.locator("#vote-against").focus()
    voting_page.keyboard.press("Enter")
    expect(voting_page.locator("#vote-for")).to_have_count(0)
    expect(presiding.locator(".room-voted")).to_have_count(1)
    follow(presiding.locator("#vote-for"))
    follow(presiding.locator("#close-vote"))
    expect(presiding.locator(".room-former")).to_be_visible()
    expect(voting_page.locator(".room-former")).to_be_visible()
    with factory() as session:
        motion = item_of(session, sat).motions[0]
        assert (motion.votes_for, motion.votes_against, motion.in_room) == (1, 1, 2)
        assert item_of(session, sat).is_open


def test_a_secret_vote_asks_before_it_is_cast(visit: Visit, sat: str, factory: SessionFactory) -> None:
    chair = enter(visit("chair", script=True), sat)
    put_to_the_vote(chair, secret=True)
    answers: list[bool] = [False, True]

    def answer(dialog: Dialog) -> None:
        if answers.pop(0):
            dialog.accept()
        else:
            dialog.dismiss()

    chair.on("dialog", answer)
    chair.locator("#vote-for").click()
    expect(chair.locator("#vote-for")).to_be_visible()
    follow(chair.locator("#vote-for"))
    expect(chair.locator("#vote-for")).to_have_count(0)
    assert answers == []
    with factory() as session:
        assert [ballot.choice for ballot in item_of(session, sat).motions[0].ballots] == [None]


def test_what_is_being_typed_is_kept_while_the_session_goes_on(
    visit: Visit, sat: str, factory: SessionFactory, world: World
) -> None:
    officer = enter(visit("officer", script=True), sat)
    officer.locator("#room-notes").fill("Le comité souligne la place des habitants.")
    with unit_of_work(factory) as session:
        sitting = item_of(session, sat).session
        committee.call_item(session, world["chair"], sitting, 2)
    expect(officer.locator("#room-file-title")).to_have_text("Rivière en commun")
    expect(officer.locator("#room-notes")).to_have_value("Le comité souligne la place des habitants.")
    expect(officer.locator("[data-moved]")).to_be_visible()
    follow(officer.locator("[data-region=notes] button"))
    expect(officer.locator("#room-notes")).to_have_value("")
    with factory() as session:
        assert item_of(session, sat, 1).notes == "Le comité souligne la place des habitants."
        assert item_of(session, sat, 2).notes == ""


def test_a_connection_that_drops_is_told_and_comes_back(
    visit: Visit, sat: str, factory: SessionFactory, world: World
) -> None:
    page = enter(visit("member", script=True), sat)
    page.context.set_offline(True)
    expect(page.locator("#room-connection")).to_be_visible()
    with unit_of_work(factory) as session:
        open_vote(session, world, sat)
    page.context.set_offline(False)
    expect(page.locator("#vote-for")).to_be_visible()
    expect(page.locator("#room-connection")).to_be_hidden()


def test_the_closing_of_the_session_is_seen_by_all(
    visit: Visit, sat: str, factory: SessionFactory, world: World
) -> None:
    page = enter(visit("member", script=True), sat)
    expect(page.locator("#attend")).to_be_visible()
    with unit_of_work(factory) as session:
        sitting = item_of(session, sat).session
        for item in sitting.items:
            world.decide(session, item.application)
        take_step(session, world["chair"], sitting, "close")
    expect(page.locator("#attend")).to_have_count(0)
    expect(page.locator("#room")).to_have_attribute("data-state", "closed")


@pytest.mark.parametrize("name", ["chair", "member", "officer"])
def test_the_room_can_be_read_by_all_means(
    visit: Visit, sat: str, factory: SessionFactory, world: World, name: str
) -> None:
    visitor = visit(name, script=True)
    page = enter(visitor, sat)
    assert visitor.violations() == []
    with unit_of_work(factory) as session:
        motion = open_vote(session, world, sat)
        voting.cast_vote(session, world["chair"], motion, Choice.FOR)
    expect(page.locator(".room-vote")).to_be_visible()
    assert visitor.violations() == []
    assert not visitor.overflows()
    phone = visit(name, phone=True, script=True)
    enter(phone, sat)
    assert not phone.overflows()
    assert phone.violations() == []


def test_the_whole_of_it_works_without_a_script(visit: Visit, sat: str, factory: SessionFactory) -> None:
    chair, member = visit("chair"), visit("member")
    presiding = enter(chair, sat)
    put_to_the_vote(presiding)
    for page in (presiding, enter(member, sat)):
        follow(page.locator("#vote-for"))
    follow(presiding.locator("#close-vote"))
    with factory() as session:
        item = item_of(session, sat)
        assert (item.outcome, item.amount) == (Outcome.FUNDED, Decimal(15_000))
        assert session.scalars(select(Motion)).one().votes_for == 2
