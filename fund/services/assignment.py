"""Who reads which file: the facts that assigning goes by, assigning many at once, and replacing who declined."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload

from fund.analysis.assignment import Candidate, FileToRead, Reader, Weights, replacement
from fund.errors import InvalidInput, NotFound
from fund.forms.fields import Problem
from fund.models import Application, Call, Person, PersonRole, Review, ReviewerProfile
from fund.models.application import ENGAGED_REVIEWS, PENDING_REVIEWS
from fund.models.base import utc_now
from fund.models.interest import standing_interests
from fund.services import reviews
from fund.services.access import find, listed
from fund.services.interests import record_found
from fund.services.listing import Order, Page, paginate
from fund.services.perform import lock, require_permission
from fund.services.reviewers import new_profile
from fund.services.themes import themes_of
from workflows.engine import PARIS, StepRefused, paris_day
from workflows.permissions import Actor, Permission, Role
from workflows.reasons import ReasonCode
from workflows.review import ASSIGNING_PHASE, ReviewState

BY_ARRIVAL = Order((Application.submitted_at, Application.id), descending=False)
PAIRS_MAXIMUM = 200
"""Of files and reviewers that one act assigns by hand."""
END_OF_DAY = time(23, 59)


class Obstacle(StrEnum):
    """Why one file was not given to one reviewer."""

    FILE_AWAY = "file_away"
    """The file does not exist for whoever assigns: it was taken back, or she has an interest in it."""
    PHASE_OVER = "phase_over"
    INTEREST = "interest"
    HAS_IT = "has_it"
    NOT_A_REVIEWER = "not_a_reviewer"


OBSTACLES = {
    ReasonCode.REVIEW_PHASE_OVER: Obstacle.PHASE_OVER,
    ReasonCode.REVIEWER_INTERESTED: Obstacle.INTEREST,
}


def reading_due(call: Call, now: datetime) -> datetime:
    """Until when a file that is given out now is read: the end of the day, as many days on as the call says."""
    day = paris_day(now) + timedelta(days=call.content.scoring.days)
    return datetime.combine(day, END_OF_DAY, PARIS)


# --- assigning ----------------------------------------------------------------------------------------------


def assign_pair(
    session: Session, actor: Actor, *, file: str, reader: str, due_at: datetime | None
) -> Obstacle | None:
    """Give one file to one reviewer, by their references; what stands against it is returned, and undone.

    Raises NotPermitted.
    """
    try:
        application: Application = find(session, actor, Application, file)
    except NotFound:
        return Obstacle.FILE_AWAY
    person = session.scalar(select(Person).where(Person.reference == reader))
    if person is None:
        return Obstacle.NOT_A_REVIEWER
    lock(session, application)
    # Under the lock: the constraint that refuses a second reading would end the whole transaction.
    if any(review.reviewer_id == person.id and review.state in ENGAGED_REVIEWS for review in application.reviews):
        return Obstacle.HAS_IT
    try:
        with session.begin_nested():
            reviews.assign(session, actor, application, person, due_at=due_at)
    except InvalidInput:
        return Obstacle.NOT_A_REVIEWER
    except StepRefused as refusal:
        known = [OBSTACLES[reason.code] for reason in refusal.reasons if reason.code in OBSTACLES]
        if not known:
            raise
        # What was found by the refused act went with it; it is told to the officers all the same.
        record_found(session, application)
        return known[0]
    return None


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one pair."""

    file: str
    reader: str
    obstacle: Obstacle | None


def assign_many(
    session: Session,
    actor: Actor,
    *,
    files: Collection[str],
    readers: Collection[str],
    due_at: datetime | None,
) -> list[Given]:
    """Give each of the files to each of the reviewers; each pair is done or refused by itself.

    Raises NotPermitted, InvalidInput (``no_file_chosen``, ``no_reader_chosen``, ``too_many_pairs``,
    ``deadline_behind``).
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    if due_at is not None and due_at <= utc_now():
        raise InvalidInput({"due_at": ["deadline_behind"]})
    if not files:
        raise InvalidInput({"files": ["no_file_chosen"]})
    if not readers:
        raise InvalidInput({"readers": ["no_reader_chosen"]})
    if len(files) * len(readers) > PAIRS_MAXIMUM:
        problem = Problem("too_many_pairs", count=len(files) * len(readers), maximum=PAIRS_MAXIMUM)
        raise InvalidInput({"files": [problem]})
    # In one order, so that two who do this at once wait for each other and never both.
    pairs = [(file, reader) for file in sorted(set(files)) for reader in sorted(set(readers))]
    return [
        Given(file, reader, assign_pair(session, actor, file=file, reader=reader, due_at=due_at))
        for file, reader in pairs
    ]


# --- the overview -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """Files to read in a call, how many of them lack readers, and how many places are empty in all."""

    files: int
    lacking: int
    empty: int


def count_places(session: Session, actor: Actor, call: Call) -> Places:
    """How far the call's files are given out, as far as the actor sees them."""
    lines = _to_read(actor, call).with_only_columns(_engaged().label("engaged")).subquery()
    missing = func.greatest(call.reviews_required - lines.c.engaged, 0)
    query = select(func.count(), func.count().filter(missing > 0), func.coalesce(func.sum(missing), 0))
    files, lacking, empty = session.execute(query.select_from(lines)).one()
    return Places(files, lacking, int(empty))


def list_to_read(
    session: Session, actor: Actor, call: Call, *, lacking: bool, cursor: str | None = None
) -> Page[Application]:
    """The call's files to be read, the first submitted first, with their readings; or only those lacking readers.

    Raises InvalidInput for a cursor that is none.
    """
    query = _to_read(actor, call)
    if lacking:
        query = query.where(_engaged() < call.reviews_required)
    loads = selectinload(Application.reviews).joinedload(Review.reviewer)
    return paginate(session, query.options(loads, selectinload(Application.lead)), BY_ARRIVAL, cursor=cursor)


def _to_read(actor: Actor, call: Call) -> Select[Application]:
    return listed(actor, Application).where(
        Application.call_id == call.id,
        Application.state.in_(ASSIGNING_PHASE),
        Application.imported.is_(False),
    )


def _engaged() -> ColumnElement[int]:
    """How many people read the file."""
    query = select(func.count(Review.id)).where(
        Review.application_id == Application.id, Review.state.in_(ENGAGED_REVIEWS)
    )
    return query.correlate(Application).scalar_subquery()


# --- the facts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the optimiser is given; files and readers by their references."""

    files: tuple[FileToRead, ...]
    readers: tuple[Reader, ...]
    forbidden: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rules:
    """``needed``: readers per file in all; ``readers``: who may be asked; ``cap``: new files for each."""

    needed: int
    readers: frozenset[str] | None = None
    cap: int | None = None


def read_call(session: Session, actor: Actor, call: Call, rules: Rules, due_at: datetime) -> Facts:
    """The facts of all files to be read in the call, as far as the actor sees them.

    As few statements for thousands of files as for two.
    """
    return _read_facts(session, _to_read(actor, call), rules, due_at)


def find_replacements(session: Session, actor: Actor, application: Application) -> list[tuple[Person, Candidate]]:
    """Who could best read this file, best first; nobody where enough people read it."""
    call = application.call
    if application.count_reviewers() >= call.reviews_required or application.state not in ASSIGNING_PHASE:
        return []
    query = _to_read(actor, call).where(Application.id == application.id)
    facts = _read_facts(session, query, Rules(needed=call.reviews_required), reading_due(call, utc_now()))
    if not facts.files:
        return []
    found = replacement(facts.files[0], facts.readers, facts.forbidden, Weights())
    wanted = [candidate.reader for candidate in found]
    people = {p.reference: p for p in session.scalars(select(Person).where(Person.reference.in_(wanted)))}
    return [(people[candidate.reader], candidate) for candidate in found]


def list_readers(session: Session) -> list[tuple[Person, ReviewerProfile, int]]:
    """Every active reviewer by name, with her profile and the readings that she has still to give in."""
    pending = _pending()
    query = (
        select(Person, ReviewerProfile, pending)
        .outerjoin(ReviewerProfile, ReviewerProfile.person_id == Person.id)
        .where(_is_reviewer())
        .options(selectinload(Person.organisation))
    )
    found = session.execute(query.order_by(Person.name, Person.id))
    return [(person, profile or new_profile(person.id), count) for person, profile, count in found]


def is_there(profile: ReviewerProfile, begin: date, end: date) -> bool:
    """Whether the reviewer is away for no more than half of the days from ``begin`` to ``end``, both included."""
    if profile.away_from is None:
        return True
    first = max(profile.away_from, begin)
    last = min(profile.away_until or end, end)
    away = max((last - first).days + 1, 0)
    return 2 * away <= (end - begin).days + 1


def _read_facts(session: Session, query: Select[Application], rules: Rules, due_at: datetime) -> Facts:
    applications = session.scalars(query.options(selectinload(Application.call_version))).all()
    references = {application.id: application.reference for application in applications}
    readers = _readers(session, rules, due_at)
    already, refused = _readings(session, references)
    themes = themes_of(session, applications)
    files = tuple(
        FileToRead(
            key=application.reference,
            sdgs=frozenset(map(int, themes[application.id].sdgs)),
            levers=frozenset(themes[application.id].levers),
            commune=application.commune_code,
            needed=rules.needed,
            already=frozenset(already.get(application.id, ())),
        )
        for application in applications
    )
    kept_off = _kept_off(session, references, readers)
    return Facts(files, tuple(readers.values()), frozenset(refused | kept_off))


def _readers(session: Session, rules: Rules, due_at: datetime) -> dict[int, Reader]:
    """The reviewers who may be asked, by the person's id."""
    today, last = paris_day(utc_now()), paris_day(due_at)
    found = {}
    for person, profile, load in list_readers(session):
        if rules.readers is not None and person.reference not in rules.readers:
            continue
        room = max(profile.capacity - load, 0)
        found[person.id] = Reader(
            key=person.reference,
            sdgs=frozenset(map(int, profile.sdgs)),
            levers=frozenset(profile.levers),
            territories=tuple(profile.territories),
            capacity=room if rules.cap is None else min(room, rules.cap),
            load=load,
            available=is_there(profile, today, last),
        )
    return found


def _readings(session: Session, references: dict[int, str]) -> tuple[dict[int, set[str]], set[tuple[str, str]]]:
    """Who reads each file already, and the pairs that were declined: nobody is asked twice by the program.

    Who recused herself is kept off by her interest, as long as that stands.
    """
    query = (
        select(Review.application_id, Person.reference, Review.state)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Review.application_id.in_(references))
    )
    already: dict[int, set[str]] = {}
    refused: set[tuple[str, str]] = set()
    for file, reader, state in session.execute(query):
        if state in ENGAGED_REVIEWS:
            already.setdefault(file, set()).add(reader)
        elif state is ReviewState.DECLINED:
            refused.add((references[file], reader))
    return already, refused


def _kept_off(session: Session, references: dict[int, str], readers: dict[int, Reader]) -> set[tuple[str, str]]:
    """The pairs in which the reviewer has an interest in the file."""
    interests = standing_interests()
    query = select(interests.c.application_id, interests.c.person_id).where(
        interests.c.application_id.in_(references), interests.c.person_id.in_(readers)
    )
    return {(references[file], readers[person].key) for file, person in session.execute(query)}


def _is_reviewer() -> ColumnElement[bool]:
    return Person.active & Person.role_rows.any(PersonRole.role == Role.REVIEWER)


def _pending() -> ColumnElement[int]:
    query = select(func.count(Review.id)).where(Review.reviewer_id == Person.id, Review.state.in_(PENDING_REVIEWS))
    return query.correlate(Person).scalar_subquery()
