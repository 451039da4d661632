"""One call of thirty files, from their distribution to reviewers to the letters that all receive at once.

Found and declared interests, a divergence that reviewers discuss to a consensus, a proposed portfolio, windows
that vote at one time, a secret vote, a quorum that is lost, and the release, before which nobody learns.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from redis import Redis
from sqlalchemy import func, select

from config.settings import Settings
from fund.db import SessionFactory, unit_of_work
from fund.jobs import runtime
from fund.jobs.deadlines import act
from fund.models import (
    AgendaItem,
    Application,
    CommitteeSession,
    Motion,
    OrganisationKind,
    OutboxRow,
    ReviewerProfile,
)
from fund.services import journal
from tests.e2e.conftest import Visitor, follow, own_form
from tests.e2e.thirty_files import (
    FILES,
    READERS,
    TIED,
    Room,
    conclude,
    declare_interest,
    discuss,
    distribute,
    score_everything,
    send,
    submit_file,
    title,
)
from tests.scenario import World, organisation
from workflows.application import ApplicationState
from workflows.committee import CommitteeState
from workflows.permissions import Role
from workflows.topics import Deadline, Topic
from workflows.voting import MotionResult, Outcome


@pytest.fixture
def room(
    visit: Callable[..., Visitor], world: World, factory: SessionFactory, settings: Settings, redis: Redis
) -> Room:
    runtime.configure(replace(settings, public_url="https://fonds.essai.example"))
    made = Room(visit, world, factory)
    with unit_of_work(factory) as session:
        tied = organisation(session, 50, "Coopérative d’essai", OrganisationKind.COMPANY)
        for name in READERS[3:]:
            world.add_person(session, name, (Role.REVIEWER,), tied if name == TIED else None)
        world.add_person(session, "member2", (Role.COMMITTEE,))
        world.add_person(session, "deputy", (Role.COMMITTEE, Role.CHAIR))
        for name in READERS:
            profile = ReviewerProfile(person_id=world.people[name], territories=["dep:31"], capacity=30)
            session.add(profile)
        call = world.make_call(session, envelope=Decimal(250_000), reviews_required=3)
        made.call = call.reference
        for number in range(1, FILES + 1):
            submit_file(session, world, call, number, tied)
    return made


def test_thirty_files_from_their_distribution_to_the_released_letters(room: Room) -> None:
    officer = room.visit("officer")
    distribute(room, officer)
    declare_interest(room)
    score_everything(room)
    discuss(room, officer)
    conclude(room)
    prepare_session(room, officer)
    adopt_portfolio(room, officer)
    hold_session(room)
    sign_minutes(room)
    release_decisions(room, officer)


# --- the session ----------------------------------------------------------------------------------------------


def prepare_session(room: Room, officer: Visitor) -> None:
    with room.factory() as session:
        people = {
            name: room.world.person(session, name).reference for name in ("chair", "deputy", "member", "member2")
        }
    page = officer.open("/comite/nouvelle")
    form = own_form(page)
    form.locator("[name=call]").select_option(room.call)
    form.locator("[name=title]").fill("Comité d’essai")
    form.locator("[name=held_at]").fill("2030-05-14T14:00")
    form.locator("[name=chair]").select_option(people["chair"])
    form.locator("[name=deputy]").select_option(people["deputy"])
    for name in ("member", "member2"):
        form.locator(f'[name=members][value="{people[name]}"]').check(force=True)
    form.locator("[name=quorum]").fill("3")
    follow(form.locator("button[type=submit]").first)
    for box in page.locator('input[name="application"]').all():
        box.check(force=True)
    send(page, "/ordre-du-jour")
    with room.factory() as session:
        sitting = session.scalars(select(CommitteeSession)).one()
        room.sitting = sitting.reference
        assert len(sitting.items) == FILES
    officer.open(f"/comite/{room.sitting}")
    officer.press("Convoquer le comité")
    with room.factory() as session:
        assert session.scalars(select(CommitteeSession.state)).one() is CommitteeState.CONVENED


def adopt_portfolio(room: Room, officer: Visitor) -> None:
    page = officer.open(f"/comite/{room.sitting}/simulation")
    send(page, "/simulation", button="button[type=submit]:not([name]), button[type=submit]")
    send(page, "/adoption")
    with room.factory() as session:
        proposed = session.scalars(select(AgendaItem).where(AgendaItem.proposed_outcome == Outcome.FUNDED)).all()
        assert 0 < len(proposed) < FILES
        assert sum(item.proposed_amount or 0 for item in proposed) <= Decimal(250_000)


def hold_session(room: Room) -> None:
    chair, member, member2, deputy = (room.visit(name) for name in ("chair", "member", "member2", "deputy"))
    everybody = (chair, member, member2, deputy)
    for who in everybody:
        page = who.open(f"/comite/{room.sitting}/seance")
        follow(page.locator("#attend"))
    page = chair.open(f"/comite/{room.sitting}/seance")
    send(page, "/seance/ouverture")
    keep_off(room, member2)
    positions = open_positions(room)
    vote_at_once(room, chair, (chair, member), positions[0])
    vote_secretly(room, chair, everybody, positions[1])
    lose_the_quorum(room, chair, (member, member2), positions[2])
    for position in positions[2:]:
        decide_by_hands(room, chair, position)
    follow(chair.open(f"/comite/{room.sitting}/seance").locator("#close-sitting"))
    with room.factory() as session:
        sitting = session.scalars(select(CommitteeSession)).one()
        assert sitting.state is CommitteeState.CLOSED
        assert sitting.call.remaining_envelope() >= 0


def keep_off(room: Room, member: Visitor) -> None:
    """A member of the committee leaves the room for one file, which she no longer finds anywhere."""
    file = room.file(20)
    page = member.open(f"/dossiers/{file}/deport")
    page.locator("[name=detail]").fill("Mon frère y travaille.")
    follow(own_form(page).locator("button[type=submit]").first)
    page = member.open(f"/comite/{room.sitting}/seance")
    assert title(20) not in page.content()
    answer = page.goto(member.address + f"/comite/{room.sitting}/dossiers/{file}")
    assert answer is not None
    assert answer.status == 404


def open_positions(room: Room) -> list[int]:
    """The places still to be decided, that from which a member keeps off last: the others have all four votes."""
    with room.factory() as session:
        sitting = session.scalars(select(CommitteeSession)).one()
        items = sorted(sitting.items, key=lambda item: (item.application.title == title(20), item.position))
        return [item.position for item in items if item.is_open]


def propose(room: Room, chair: Visitor, position: int, **given: str) -> Page:
    """Call the file and open the vote: what is proposed, else to decline."""
    page = chair.open(f"/comite/{room.sitting}/seance")
    if page.locator(f"#call-{position}").count():
        follow(page.locator(f"#call-{position}"))
    with room.factory() as session:
        item = session.scalars(select(AgendaItem).where(AgendaItem.position == position)).one()
        outcome, amount = item.proposed_outcome or Outcome.DECLINED, item.proposed_amount
        file = item.application.reference
    page.locator("main form details.fold > summary").first.click()
    fields = {"outcome": outcome.value, "motivation": "Au vu des évaluations et du débat.", **given}
    if outcome is Outcome.FUNDED:
        fields["amount"] = str(amount)
    send(page, f"/{file}/vote", **fields)
    expect(page.locator("#close-vote")).to_be_visible()
    return page


def motions_at(room: Room, position: int) -> list[Motion]:
    with room.factory() as session:
        query = select(Motion).join(Motion.item).where(AgendaItem.position == position).order_by(Motion.number)
        return list(session.scalars(query))


def file_at(room: Room, position: int) -> str:
    with room.factory() as session:
        file = select(Application.reference).join(AgendaItem, AgendaItem.application_id == Application.id)
        return session.scalars(file.where(AgendaItem.position == position)).one()


def vote_at_once(room: Room, chair: Visitor, voters: tuple[Visitor, ...], position: int) -> None:
    """Two windows press at the same moment, and press twice: each vote counts once."""
    page = propose(room, chair, position, method="ballot")
    for voter in voters:
        voter.open(f"/comite/{room.sitting}/seance")
    with ExitStack() as answers:
        for voter in voters:
            answers.enter_context(voter.page.expect_navigation())
        for voter in voters:
            voter.page.evaluate(
                "() => { const vote = document.querySelector('#vote-for'); vote.click(); vote.click(); }"
            )
    for voter in voters:
        voter.open(f"/comite/{room.sitting}/seance")
        expect(voter.page.locator("#vote-for")).to_have_count(0)
    page = chair.open(f"/comite/{room.sitting}/seance")
    follow(page.locator("#close-vote"))
    (motion,) = motions_at(room, position)
    assert (motion.votes_for, motion.votes_against, motion.result) == (2, 0, MotionResult.ADOPTED)
    assert sorted(line["choice"] for line in motion.roll) == ["for", "for", "present", "present"]


def vote_secretly(room: Room, chair: Visitor, voters: tuple[Visitor, ...], position: int) -> None:
    propose(room, chair, position, method="ballot", secret="y")
    for voter, choice in zip(voters, ("for", "against", "for", "abstain"), strict=True):
        page = voter.open(f"/comite/{room.sitting}/seance")
        follow(page.locator(f"#vote-{choice}"))
    follow(chair.open(f"/comite/{room.sitting}/seance").locator("#close-vote"))
    (motion,) = motions_at(room, position)
    assert (motion.votes_for, motion.votes_against, motion.votes_abstain) == (2, 1, 1)
    assert {line["choice"] for line in motion.roll} == {"voted"}
    with room.factory() as session:
        assert all(ballot.choice is None for ballot in session.get_one(Motion, motion.id).ballots)


def lose_the_quorum(room: Room, chair: Visitor, leaving: tuple[Visitor, ...], position: int) -> None:
    """Two leave while the vote is open: it decides nothing, and none can be opened until somebody is back."""
    propose(room, chair, position, method="ballot")
    for who in leaving:
        follow(who.open(f"/comite/{room.sitting}/seance").locator("#attend"))
    follow(chair.open(f"/comite/{room.sitting}/seance").locator("#vote-for"))
    page = chair.open(f"/comite/{room.sitting}/seance")
    follow(page.locator("#close-vote"))
    (motion,) = motions_at(room, position)
    assert (motion.result, motion.in_room, motion.quorum) == (MotionResult.NO_QUORUM, 2, 3)
    page = chair.open(f"/comite/{room.sitting}/seance")
    expect(page.locator(".room-quorum.is-missed")).to_be_visible()
    expect(page.locator("#open-vote")).to_have_count(0)
    refused = page.request.post(
        chair.address + f"/comite/{room.sitting}/seance/dossiers/{file_at(room, position)}/vote",
        form={
            "csrf_token": page.locator("[name=csrf_token]").first.input_value(),
            "outcome": "declined",
            "motivation": "Sans quorum.",
            "method": "ballot",
        },
    )
    assert refused.status == 409
    assert "quorum" in refused.text()
    assert len(motions_at(room, position)) == 1
    for who in leaving:
        follow(who.open(f"/comite/{room.sitting}/seance").locator("#attend"))


def decide_by_hands(room: Room, chair: Visitor, position: int) -> None:
    page = propose(room, chair, position, method="hands")
    page.locator("[name=votes_for]").fill("3")
    page.locator("[name=votes_against]").fill("0")
    page.locator("[name=votes_abstain]").fill("0")
    follow(page.locator("#close-vote"))
    assert motions_at(room, position)[-1].result is MotionResult.ADOPTED


# --- what follows ---------------------------------------------------------------------------------------------


def sign_minutes(room: Room) -> None:
    chair = room.visit("chair")
    page = chair.open(f"/comite/{room.sitting}/proces-verbal")
    assert (
        page.request.get(chair.address + f"/comite/{room.sitting}/proces-verbal.pdf").body().startswith(b"%PDF-")
    )
    send(page, "/proces-verbal")
    with room.factory() as session:
        sitting = session.scalars(select(CommitteeSession)).one()
        assert sitting.state is CommitteeState.SIGNED
        assert sitting.minutes is not None
        assert sitting.minutes["simulation"]["used"] == "adopted"


def release_decisions(room: Room, officer: Visitor) -> None:
    applicant = room.visit("applicant")
    with room.factory() as session:
        items = session.scalars(select(AgendaItem).order_by(AgendaItem.position)).all()
        funded = next(item.application.reference for item in items if item.outcome is Outcome.FUNDED)
        declined = next(item.application.reference for item in items if item.outcome is Outcome.DECLINED)
        granted = sum(item.outcome is Outcome.FUNDED for item in items)
    page = officer.open(f"/comite/{room.sitting}/lettres")
    send(page, "/lettres/brouillons")
    assert "Au vu des évaluations" not in applicant.open(f"/dossiers/{funded}").content()
    assert applicant.page.request.get(applicant.address + f"/dossiers/{funded}/decision.pdf").status == 404
    for box in page.locator('input[name="letter"]').all():
        box.check(force=True)
    send(page, "/lettres")
    page.locator("details.step-fold > summary").first.click()
    follow(page.locator('button[name="now"]'))
    room.run(Deadline.SESSION_RELEASE, act)
    assert "Au vu des évaluations" in applicant.open(f"/dossiers/{declined}").content()
    letter = applicant.page.request.get(applicant.address + f"/dossiers/{funded}/decision.pdf")
    assert letter.body().startswith(b"%PDF-")
    with room.factory() as session:
        states = session.scalars(
            select(Application.state).where(Application.title.like("Alliance d’essai%"))
        ).all()
        assert sorted(set(states)) == [ApplicationState.DECLINED, ApplicationState.FUNDED]
        assert states.count(ApplicationState.FUNDED) == granted
        told = select(func.count()).where(OutboxRow.recipient_id == room.world.people["applicant"])
        assert session.scalar(told.where(OutboxRow.topic == Topic.APPLICATION_FUNDED)) == granted
        assert session.scalar(told.where(OutboxRow.topic == Topic.APPLICATION_DECLINED)) == FILES - granted
        assert journal.verify(session).broken == []
