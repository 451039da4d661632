"""A call of thirty files and everybody around it: from their distribution to the end of the reviews."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.jobs.assignment import work_on_plan
from fund.models import (
    Application,
    Call,
    Interest,
    InterestKind,
    Organisation,
    OutboxRow,
    Review,
)
from fund.models.base import utc_now
from fund.services import applications, reviews
from fund.services.steps import take_step
from tests.e2e.conftest import Visitor, follow, own_form
from tests.scenario import World
from workflows.review import ReviewState
from workflows.topics import Deadline

FILES = 30
READERS = ("reviewer", "reviewer2", "reviewer3", "reviewer4", "reviewer5", "reviewer6", "reviewer7", "reviewer8")
TIED = "reviewer4"  # works for a member of three of the alliances
COMMUNES = ("31555", "31458", "34172", "09122", "81004")


class Room:
    """The call and everybody around it."""

    def __init__(self, visit: Callable[..., Visitor], world: World, factory: SessionFactory) -> None:
        self.visit, self.world, self.factory = visit, world, factory
        self.call = ""
        self.sitting = ""

    def file(self, number: int) -> str:
        """The reference of the file of that number."""
        with self.factory() as session:
            query = select(Application.reference).where(Application.title == title(number))
            return session.scalars(query).one()

    def run(self, deadline: Deadline, body: Callable[[int], None]) -> None:
        """Do what the program does by itself when the instant has come."""
        with self.factory() as session:
            due = select(OutboxRow.id).where(OutboxRow.topic == deadline, OutboxRow.available_at <= utc_now())
            rows = list(session.scalars(due.order_by(OutboxRow.id)))
        assert rows
        for row_id in rows:
            body(row_id)


def title(number: int) -> str:
    return f"Alliance d’essai n° {number:02d}"


def submit_file(session: Session, world: World, call: Call, number: int, tied: Organisation) -> None:
    application = world.draft(
        session,
        call_id=call.id,
        title=title(number),
        commune_code=COMMUNES[number % len(COMMUNES)],
        requested_amount=Decimal(8_000 + 500 * (number % 9)),
    )
    if number <= 3:
        town, lead = session.get_one(Organisation, world.town_id), session.get_one(Organisation, world.lead_id)
        members = [{"organisation": who, "contribution": Decimal(1_000)} for who in (lead, town, tied)]
        applications.edit_application(session, world["applicant"], application, members=members)
    take_step(session, world["applicant"], application, "submit")


def send(page: Page, action: str, *, button: str = "button[type=submit]", **fields: str) -> None:
    """Fill and send the form whose address ends so. Radio buttons and boxes are given by their value."""
    form = page.locator(f'main form[action$="{action}"]').first
    for name, value in fields.items():
        control = form.locator(f'[name="{name}"]')
        if control.first.get_attribute("type") in ("radio", "checkbox"):
            form.locator(f'[name="{name}"][value="{value}"]').evaluate("node => node.click()")
        elif control.first.evaluate("node => node.tagName") == "SELECT":
            control.first.select_option(value)
        else:
            control.first.fill(value)
    follow(form.locator(button).first)


# --- distribution ---------------------------------------------------------------------------------------------


def distribute(room: Room, officer: Visitor) -> None:
    page = officer.open(f"/gestion/appels/{room.call}/repartition/proposer")
    follow(own_form(page).locator("button[type=submit]").first)
    room.run(Deadline.ASSIGNMENT_PLAN, work_on_plan)
    page.reload()
    expect(page.locator("#pairs .planned > li").first).to_be_visible()
    send(page, "/envoyer")
    room.run(Deadline.ASSIGNMENT_PLAN, work_on_plan)
    with room.factory() as session:
        given = session.scalar(select(func.count()).where(Review.state == ReviewState.ASSIGNED))
        assert given == 3 * FILES
        read = select(Application.title).join(Review, Review.application_id == Application.id)
        of_tied = set(session.scalars(read.where(Review.reviewer_id == room.world.people[TIED])))
        assert of_tied
        assert of_tied.isdisjoint(title(number) for number in (1, 2, 3))


def declare_interest(room: Room) -> None:
    """A reviewer who was asked to read a file keeps off it; she no longer finds it, and somebody else is asked."""
    with room.factory() as session:
        review = session.scalars(
            select(Review).join(Application).where(Application.title == title(7)).order_by(Review.id).limit(1)
        ).one()
        name = next(name for name, number in room.world.people.items() if number == review.reviewer_id)
        file, reference = review.application.reference, review.reference
    reviewer = room.visit(name)
    page = reviewer.open(f"/dossiers/{file}/deport")
    page.locator("[name=detail]").fill("J’ai conseillé cette commune.")
    follow(own_form(page).locator("button[type=submit]").first)
    page.goto(reviewer.address + f"/evaluations/{reference}")
    assert title(7) not in page.content()
    with unit_of_work(room.factory) as session:
        interest = session.scalars(select(Interest).where(Interest.kind == InterestKind.DECLARED)).one()
        assert interest.person_id == room.world.people[name]
        application = session.get_one(Application, interest.application_id)
        reading = {one.reviewer_id for one in application.reviews}
        other = next(one for one in READERS if room.world.people[one] not in reading)
        reviews.assign(session, room.world["officer"], application, room.world.person(session, other))


# --- scores ---------------------------------------------------------------------------------------------------


def score_everything(room: Room) -> None:
    """Reviewers of known severity; on the tenth file they differ widely. One review is written at the desk."""
    random = Random(17)  # noqa: S311 - simulated reviewers
    merit = {title(number): random.gauss(3.2, 0.8) for number in range(1, FILES + 1)}
    severity = {room.world.people[name]: random.gauss(0, 0.6) for name in READERS}
    with unit_of_work(room.factory) as session:
        call = session.scalars(select(Call).where(Call.reference == room.call)).one()
        files = session.scalars(select(Application).where(Application.call_id == call.id)).all()
        for application in files:
            take_step(session, room.world["officer"], application, "start_review")
    first: tuple[str, str] | None = None
    with unit_of_work(room.factory) as session:
        pending = session.scalars(
            select(Review).where(Review.state == ReviewState.ASSIGNED).order_by(Review.id)
        ).all()
        for number, review in enumerate(pending):
            name = review.application.title
            if number == 0:
                author = next(one for one, key in room.world.people.items() if key == review.reviewer_id)
                first = (author, review.reference)
                continue
            points = merit[name] - severity[review.reviewer_id] + random.gauss(0, 0.4)
            if name == title(10):
                points = 5 if review.reviewer_id == min(r.reviewer_id for r in review.application.reviews) else 1
            room.world.score(session, review, round(min(5, max(0, points))))
    assert first is not None
    score_at_desk(room, *first)


def score_at_desk(room: Room, name: str, reference: str) -> None:
    reviewer = room.visit(name)
    page = reviewer.open(f"/evaluations/{reference}")
    reviewer.press("Accepter d’évaluer")
    for position in (1, 2):
        page.locator(f'[name="mark-{position}"][value="4"]').evaluate("node => node.click()")
        page.locator(f'[name="comment-{position}"]').fill("L’alliance est réelle.")
    follow(page.locator('main button[name="submit"]').first)
    with room.factory() as session:
        review = session.scalars(select(Review).where(Review.reference == reference)).one()
        assert (review.state, review.score) == (ReviewState.SUBMITTED, Decimal(80))


def discuss(room: Room, officer: Visitor) -> None:
    """The ranking flags the file; its reviewers agree on a report and a score."""
    file = room.file(10)
    page = officer.open(f"/appels/{room.call}/classement")
    expect(page.locator("main svg").first).to_be_attached()
    assert title(10) in page.content()
    page = officer.open(f"/dossiers/{file}/discussion")
    page.locator("[name=question]").fill("Vos notes vont de 20 à 100. Qu’est-ce qui vous sépare ?")
    follow(own_form(page).locator("button[type=submit]").first)
    page.locator('form[action$="/rapport"] [name=report]').fill("L’ancrage est fort, le budget reste fragile.")
    send(page, "/rapport", score="62")
    with room.factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        parties = [review.reviewer_id for review in application.reviews if review.state is ReviewState.SUBMITTED]
    for name in [one for one in READERS if room.world.people[one] in parties]:
        reviewer = room.visit(name)
        answer = reviewer.open(f"/dossiers/{file}/discussion")
        follow(answer.locator('button[name="agrees"][value="true"]'))
    page = officer.open(f"/dossiers/{file}/discussion")
    send(page, "/cloture")
    with room.factory() as session:
        application = session.scalars(select(Application).where(Application.reference == file)).one()
        (discussion,) = application.discussions
        assert (discussion.outcome, discussion.score) == ("consensus", Decimal(62))


def conclude(room: Room) -> None:
    with unit_of_work(room.factory) as session:
        for number in range(1, FILES + 1):
            application = session.scalars(select(Application).where(Application.title == title(number))).one()
            take_step(session, room.world["officer"], application, "conclude_review")
