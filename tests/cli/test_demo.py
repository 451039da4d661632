"""The demonstration: files in every state, made by steps; a past; accounts that work; alliances as people are."""

import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import click
import pytest
from sqlalchemy import Engine, exists, func, select
from sqlalchemy.orm import Session
from stdnum.fr import siret

from config.communes import departement_of
from config.settings import Settings
from config.territories import covers
from fund.cli.demo import REAL, RECEIVED, SAMPLE, Account, load_demo
from fund.cli.demo.cast import DATA
from fund.cli.demo.dossiers import FOLDER, read_dossier
from fund.db import make_session_factory
from fund.models import (
    SUBJECTS,
    Advice,
    AgendaItem,
    Application,
    Call,
    CommitteeSession,
    ConsentState,
    DiscussionOutcome,
    Document,
    EndorsementState,
    Interest,
    InterestKind,
    Member,
    Motion,
    OutboxRow,
    OutboxState,
    Person,
    PersonalLink,
    ReviewerProfile,
    Right,
)
from fund.models.base import utc_now
from fund.schemas.scdl import Refusal
from fund.schemas.scdl_reader import read_rows
from fund.services import journal, waitlist
from fund.services.call_versions import differences_to, newer_version
from fund.services.corrections import find_answer
from fund.services.documents import open_content
from fund.services.minutes import digest_of
from fund.services.people import authenticate
from fund.services.ranking import adjusted_scores, rank_call
from fund.services.receipts import verify_receipt
from fund.services.seats import seats_for
from fund.services.sharing import list_invitations
from fund.services.steps import take_step
from fund.services.subsidies import subsidies_of
from fund.services.thread import count_unread
from fund.services.writing import list_versions
from fund.storage.blobs import BlobStore
from fund.storage.kinds import KINDS
from fund.storage.sniff import identify
from tests.conftest import empty_database
from workflows.application import ApplicationState, CorrectionKind
from workflows.committee import CommitteeState
from workflows.permissions import PEOPLE_ROLES
from workflows.review import ReviewState
from workflows.topics import Topic
from workflows.voting import Choice, Method, MotionResult, Outcome


@pytest.fixture(scope="module")
def loaded(settings: Settings, engine: Engine) -> Iterator[list[Account]]:
    """The demonstration, loaded once for all tests here; none of them commits."""
    yield load_demo(settings)
    empty_database(engine)


@pytest.fixture
def demo(loaded: list[Account], engine: Engine) -> Iterator[Session]:
    with make_session_factory(engine)() as session:
        yield session


def test_it_reaches_every_state_and_holds_together(demo: Session) -> None:
    for name, model in SUBJECTS.items():
        reached = set(demo.scalars(select(model.state).where(~model.imported).distinct()))
        # A review is a draft only within the act that assigns it.
        expected = set(model.workflow.states) - {ReviewState.DRAFT if name == "review" else None}
        assert reached == expected, name
    assert journal.verify(demo).broken == []
    assert demo.scalar(select(func.count()).where(OutboxRow.state == OutboxState.PARKED)) == 1
    rows = [row for path in (SAMPLE, REAL) if path.exists() for row in read_rows(path)]
    taken = [row for row in rows if not isinstance(row, Refusal)]
    assert demo.scalar(select(func.count()).where(Application.imported)) == len(taken)
    funders_and_years = {(row.grantor_siret, row.agreement_date.year) for row in taken}
    assert demo.scalar(select(func.count()).where(Call.imported)) == len(funders_and_years) >= 3


def test_one_can_sign_in_with_each_role(loaded: list[Account], demo: Session) -> None:
    for account in loaded:
        person = authenticate(demo, account.email, account.password)
        assert person is not None
        assert account.role in person.roles
    assert {account.role for account in loaded} == set(PEOPLE_ROLES)


def test_it_is_loaded_once(settings: Settings, loaded: list[Account], demo: Session) -> None:
    events = journal.count_events(demo)
    began = time.monotonic()
    assert load_demo(settings) == loaded
    assert time.monotonic() - began < 1
    demo.rollback()
    assert journal.count_events(demo) == events


def test_it_is_not_for_production(settings: Settings, engine: Engine) -> None:
    with make_session_factory(engine)() as session:
        before = journal.count_events(session)
        with pytest.raises(click.ClickException, match="password"):
            load_demo(replace(settings, environment="production"))
        session.rollback()
        assert journal.count_events(session) == before


# --- readings, interests and the committee ----------------------------------------------------------------------


def _titled(session: Session, title: str) -> Application:
    return session.scalars(select(Application).where(Application.title == title)).one()


def _sitting(session: Session, state: CommitteeState) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.state == state)).one()


def test_its_reviewers_say_what_they_know(demo: Session) -> None:
    profiles = demo.scalars(select(ReviewerProfile)).all()
    assert len(profiles) == 3
    assert all(profile.sdgs and profile.levers and profile.territories for profile in profiles)


def test_interests_are_declared_and_found(demo: Session) -> None:
    query = select(Application.title, Person.email, Interest.kind).join_from(Interest, Application)
    found = demo.execute(query.join(Person, Person.id == Interest.person_id)).all()
    assert {tuple(row) for row in found} >= {
        ("Berges vivantes", "reviewer2@demo.example", InterestKind.ORGANISATION),
        ("Des cantines locales et sobres", "reviewer3@demo.example", InterestKind.PAST_LINK),
        ("Sentinelles du lagon", "reviewer3@demo.example", InterestKind.DECLARED),
        ("La halle des producteurs", "committee3@demo.example", InterestKind.DECLARED),
    }
    # An interest that every reader shared would be one of the demonstration's making.
    assert {kind for _, _, kind in found} == {
        InterestKind.DECLARED,
        InterestKind.ORGANISATION,
        InterestKind.PAST_LINK,
    }


def test_experts_are_asked_and_one_answered(demo: Session) -> None:
    asked = demo.scalars(select(Advice).order_by(Advice.id)).all()
    assert [(one.application.title, one.is_awaited) for one in asked] == [
        ("La cuisine du lien", True),
        ("Lire au bord du canal", False),
    ]
    assert asked[1].answer


def test_everything_decided_was_voted(demo: Session) -> None:
    decided = demo.scalars(select(AgendaItem).where(AgendaItem.outcome.is_not(None))).all()
    assert {item.outcome for item in decided} == {
        Outcome.FUNDED,
        Outcome.WAITLISTED,
        Outcome.DECLINED,
        Outcome.DEFERRED,
    }
    assert all(item.motions[-1].result is MotionResult.ADOPTED for item in decided)
    adopted = demo.scalars(select(Motion).where(Motion.result == MotionResult.ADOPTED)).all()
    assert {(motion.method, motion.secret) for motion in adopted} == {
        (Method.HANDS, False),
        (Method.BALLOT, False),
        (Method.BALLOT, True),
    }
    assert all(ballot.choice is None for motion in adopted if motion.secret for ballot in motion.ballots)


def test_a_session_sits_with_a_vote_begun(demo: Session) -> None:
    sitting = _sitting(demo, CommitteeState.OPEN)
    assert [item.is_open for item in sitting.items] == [True, True, True]
    assert sum(item.proposed_amount or 0 for item in sitting.items) > sitting.call.remaining_envelope()
    first, second, _ = sitting.items
    assert first.open_motion is not None
    assert [ballot.choice for ballot in first.open_motion.ballots] == [Choice.FOR]
    assert len(seats_for(demo, second).present) == len(sitting.members) - 1


def test_one_session_waits_for_its_release_and_one_for_its_signature(demo: Session) -> None:
    signed = _sitting(demo, CommitteeState.SIGNED)
    assert signed.releases_at is not None
    assert signed.releases_at > utc_now()
    assert signed.count_unchecked_letters() == 0
    assert digest_of(signed.minutes or {}) == signed.minutes_sha256
    [item] = signed.items
    assert (item.outcome, item.application.state) == (Outcome.DECLINED, ApplicationState.COMMITTEE)
    [item] = _sitting(demo, CommitteeState.CLOSED).items
    assert (item.outcome, item.application.state) == (Outcome.DEFERRED, ApplicationState.COMMITTEE)


def test_one_file_waits_and_what_was_freed_does_not_suffice(demo: Session) -> None:
    waiting = _titled(demo, "La forge des métiers rares")
    assert waitlist.waiting_files(demo, waiting.call) == [waiting]
    assert waitlist.advance(demo, waiting.call) == []
    assert waiting.decided_item is not None
    assert 0 < waiting.call.remaining_envelope() < (waiting.decided_item.amount or 0)


def test_readings_lie_apart_in_places(demo: Session) -> None:
    apart = _titled(demo, "Lire au bord du canal")
    officer = demo.scalars(select(Person).where(Person.email == "officer@demo.example")).one()
    ranking = rank_call(demo, officer.as_actor(), apart.call)
    assert apart in [line.application for line in ranking.files if line.diverges]
    assert len({line.score.raw for line in ranking.files if line.score}) >= 6


def test_reviewers_who_lay_apart_came_to_agree(demo: Session) -> None:
    application = _titled(demo, "Habiter à plusieurs générations")
    [discussion] = application.discussions
    assert discussion.outcome is DiscussionOutcome.CONSENSUS
    assert {position.person_id for position in discussion.positions} == {
        review.reviewer_id for review in application.reviews
    }
    assert adjusted_scores(demo, application.call_id)[application.id].agreed == 72


# --- the alliances of the call with a form of its own --------------------------------------------------------


def _file(session: Session, name: str) -> Application:
    title = read_dossier(name)["project"]["title"]
    return session.scalars(select(Application).where(Application.title == title)).one()


def test_a_draft_is_half_written_by_two_people(demo: Session) -> None:
    draft = _file(demo, "1-en-cours")
    assert draft.state is ApplicationState.DRAFT
    assert {c.person.email: c.right for c in draft.collaborators} == {
        "applicant@alliance.example": Right.SIGN,
        "applicant2@alliance.example": Right.WRITE,
    }
    writers = {version.saved_by_id for version in list_versions(demo, draft, "partnership")}
    assert writers == {c.person_id for c in draft.collaborators if c.right is Right.WRITE}
    assert [link.right for link in list_invitations(demo, draft)] == [Right.READ]
    others = [member for member in draft.members if not member.is_lead]
    assert {member.consent_state for member in others} == {
        ConsentState.CONFIRMED,
        ConsentState.ASKED,
        ConsentState.CHANGE_ASKED,
    }
    budget = draft.judge_budget()
    assert budget is not None
    assert budget.balance < 0
    typed_wrong = [found.path for found in draft.judge_form(complete=False).problems]
    assert typed_wrong == ["need.people"]
    assert [e.status for e in draft.endorsements] == [EndorsementState.ASKED]
    assert count_unread(demo, [draft.id], for_fund=False) == {draft.id: 1}
    assert count_unread(demo, [draft.id], for_fund=True) == {}


def test_the_call_was_revised_under_that_draft(demo: Session) -> None:
    draft, ready = _file(demo, "1-en-cours"), _file(demo, "2-pret")
    assert draft.call is ready.call
    assert draft.call_version is not None
    assert draft.call_version.number == 1
    assert newer_version(draft) is ready.call_version
    changed = {difference.path for difference in differences_to(draft, ready.call.versions[-1])}
    assert len(changed) == 3
    told = select(OutboxRow.recipient_id).where(OutboxRow.topic == Topic.CALL_REVISED)
    assert set(demo.scalars(told)) == {c.person_id for c in draft.collaborators}


def test_a_complete_draft_can_be_deposited_as_it_stands(demo: Session) -> None:
    ready = _file(demo, "2-pret")
    author = next(c.person for c in ready.collaborators).as_actor()
    signed = {"declared": True, "signatory_name": author.name}
    take_step(demo, author, ready, "submit", inputs=signed)
    assert ready.state is ApplicationState.SUBMITTED


def test_one_is_deposited_with_the_word_of_a_catalyst(demo: Session) -> None:
    deposited = _file(demo, "3-depose")
    assert deposited.state is ApplicationState.SUBMITTED
    assert all(member.is_confirmed for member in deposited.members)
    [endorsement] = deposited.endorsements
    assert endorsement.status is EndorsementState.GIVEN
    assert endorsement.person.email == "catalyst@demo.example"
    assert deposited.commune_code is not None
    assert any(covers(code, deposited.commune_code) for code in endorsement.person.territories)
    [receipt] = deposited.receipts
    assert verify_receipt(demo, deposited.reference, receipt.content_sha256) is receipt


def test_one_is_returned_with_marks_of_each_kind(demo: Session) -> None:
    returned = _file(demo, "4-retourne")
    assert returned.state is ApplicationState.RETURNED
    assert {mark["kind"] for mark in returned.corrections.values()} == set(CorrectionKind)
    assert {path.partition(".")[0] for path in returned.corrections} == {"need", "impact", "budget", "asked"}
    assert find_answer(demo, returned) is None


def test_one_is_corrected_and_deposited_again(demo: Session) -> None:
    corrected = _file(demo, "5-corrige")
    assert corrected.state is ApplicationState.SUBMITTED
    found = find_answer(demo, corrected)
    assert found is not None
    before, after = (receipt.deposited for receipt in found)
    assert before["sections"]["need"]["need"] != after["sections"]["need"]["need"]
    assert before["documents"] != after["documents"]
    for receipt in corrected.receipts:
        assert verify_receipt(demo, corrected.reference, receipt.content_sha256) is receipt
    assert count_unread(demo, [corrected.id], for_fund=False) == {}


def test_its_documents_are_what_they_say(demo: Session, settings: Settings) -> None:
    documents = demo.scalars(select(Document)).all()
    store = BlobStore(settings.storage_url)
    for document in documents:
        with open_content(document, store) as content:
            assert identify(content) == KINDS[document.kind]
    kinds = Counter(document.kind for document in documents)
    assert kinds["png"] == 1
    assert kinds["pdf"] >= 20
    assert len(_file(demo, "1-en-cours").present_slots()) == 2


def test_every_link_is_on_its_way_to_its_address(demo: Session) -> None:
    told = Counter(demo.scalars(select(OutboxRow.topic).where(OutboxRow.link_id.is_not(None))))
    members = demo.scalar(select(func.count()).where(Member.asked_at.is_not(None)))
    assert told[Topic.ALLIANCE_CONSENT_ASKED] == members == 12
    assert told[Topic.ALLIANCE_CO_AUTHOR_INVITED] == 2
    assert told[Topic.ALLIANCE_DEPOSITED] >= 9
    without = ~exists().where(OutboxRow.link_id == PersonalLink.id)
    assert demo.scalar(select(func.count()).select_from(PersonalLink).where(without)) == 0


def test_what_others_granted_stands_beside_the_members(demo: Session) -> None:
    draft = _file(demo, "1-en-cours")
    organisations = {member.organisation.name: member.organisation for member in draft.members}
    granted = subsidies_of(demo, list(organisations.values()))
    assert granted[draft.lead_id].count == 6
    assert granted[organisations["Association Exemple des Maraîchers en herbe"].id].amount == 21_200


def test_its_alliances_are_invented_and_their_communes_exist() -> None:
    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert len(names) == 5
    for dossier in map(read_dossier, names):
        for member in dossier["members"].values():
            assert siret.is_valid(member["siret"])
            assert member["siret"].startswith("000")
            assert departement_of(member["commune_code"]) is not None
            assert member["representative_email"].endswith(".example")
    for row in read_rows(RECEIVED):
        assert not isinstance(row, Refusal)
        assert row.grantor_siret.startswith("000")


def test_its_organisations_are_invented_and_its_communes_exist() -> None:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    for organisation in data["organisations"].values():
        assert siret.is_valid(organisation["siret"])
        assert organisation["siret"].startswith("000")
        assert departement_of(organisation["commune"]) is not None
    places = [departement_of(project["commune"]) for project in data["projects"]]
    departements = {place.code for place in places if place is not None}
    assert len(places) == len(data["projects"]) >= 25
    assert {"2A", "2B"} <= departements
    assert any(code.startswith("97") for code in departements)


def test_its_past_has_refused_rows_too() -> None:
    rows = list(read_rows(SAMPLE))
    refusals = [row for row in rows if isinstance(row, Refusal)]
    assert len({refusal.line for refusal in refusals}) == 4
    assert len(rows) - len(refusals) == 28
