"""Versions of a call: drafts in place, revisions aside, frozen contents, and files that go on with theirs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, StaleVersion
from fund.forms.content import digest, dump_content, write_yaml
from fund.forms.definition import MemberRule, OrganisationKind, RubricLine, Words
from fund.models import AuditEvent, Call, CallVersion, Organisation, OutboxRow
from fund.services import call_versions, calls, journal
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.call_making import begin, example, make_draft, make_open, make_published, retitled
from tests.services.racing import race
from workflows.call import CallState
from workflows.engine import StepRefused
from workflows.reasons import ReasonCode
from workflows.topics import Deadline, Topic

# --- a draft ---------------------------------------------------------------------------------------------------


def test_a_content_goes_into_the_tables_and_comes_back_the_same(session: Session, world: World) -> None:
    call = make_draft(session, world)
    session.commit()
    session.expire_all()
    assert call.content == example()
    assert write_yaml(call.content) == write_yaml(example())


def test_a_draft_changes_in_place_and_the_journal_tells_where(session: Session, world: World) -> None:
    call = make_draft(session, world)
    content = replace(retitled(call.content, "Autre titre"), documents=())
    event = call_versions.save_content(session, world["officer"], call, content)
    assert call.title_fr == "Autre titre"
    assert call.revision is None
    assert call.content == content
    assert event is not None
    assert event.body["details"]["changed"] == [
        "title.fr",
        "documents.bank_details",
        "documents.mandate",
        "documents.premises",
    ]
    assert event.body["details"]["digest"] == digest(content)
    assert call_versions.save_content(session, world["officer"], call, content) is None


@pytest.mark.parametrize("name", ["applicant", "admin", "finance"])
def test_only_officers_write_calls(session: Session, world: World, name: str) -> None:
    call = make_draft(session, world)
    with pytest.raises(NotPermitted):
        call_versions.save_content(session, world[name], call, retitled(call.content, "X"))
    with pytest.raises(NotPermitted):
        call_versions.create_from_content(session, world[name], example(), funder_id=call.funder_id)
    with pytest.raises(NotPermitted):
        call_versions.begin_trial(session, world[name], call, session.get_one(Organisation, world.lead_id))


def test_a_call_that_contradicts_itself_is_not_announced(session: Session, world: World) -> None:
    call = make_draft(session, world)
    rule = replace(call.content.alliance, maximum=1, minimum=1)
    call_versions.save_content(session, world["officer"], call, replace(call.content, alliance=rule))
    with pytest.raises(StepRefused) as refused:
        take_step(session, world["officer"], call, "publish")
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.CALL_CONTENT_FAULTY]


# --- after publication -----------------------------------------------------------------------------------------


def test_after_publication_changes_wait_and_nobody_reads_them(session: Session, world: World) -> None:
    call = make_published(session, world)
    before = call.content
    call_versions.save_content(session, world["officer"], call, retitled(before, "En attente"))
    assert call.content == before
    assert call_versions.revised_content(call).title.fr == "En attente"
    assert [version.number for version in call.versions] == [1]
    # Writing what is in force again leaves nothing to publish.
    call_versions.save_content(session, world["officer"], call, before)
    assert call.revision is None


def test_publishing_freezes_the_next_version_and_tells_those_who_write(session: Session, world: World) -> None:
    call = make_open(session, world)
    begin(session, world, call)
    content = retitled(call.content, "Deuxième version")
    call_versions.save_content(session, world["officer"], call, content)
    event = call_versions.publish_revision(session, world["officer"], call)
    assert event is not None
    assert event.body["details"] == {"changed": ["title.fr"], "digest": digest(content), "version": 2}
    assert call.revision is None
    assert call.title_fr == "Deuxième version"
    assert [version.number for version in call.versions] == [1, 2]
    assert call.versions[1].read() == content
    assert call.versions[1].digest == digest(content)
    told = session.scalars(select(OutboxRow.recipient_id).where(OutboxRow.topic == Topic.CALL_REVISED)).all()
    assert told == [world.people["applicant"]]
    (latest, replaced), (first, nothing) = call_versions.history_of(call)
    assert (latest.number, first.number, nothing) == (2, 1, None)
    assert replaced == first.read()
    assert journal.verify_subject(session, call) is None


def test_the_same_content_twice_is_one_version(session: Session, world: World) -> None:
    call = make_published(session, world)
    one = call_versions.freeze_version(session, world["officer"], call)
    assert one is call.versions[0]
    assert call_versions.freeze_version(session, world["officer"], call) is one
    with pytest.raises(Conflict, match="no_revision"):
        call_versions.publish_revision(session, world["officer"], call)


def test_a_faulty_revision_is_not_published_and_nothing_of_it_remains(
    factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        call = make_published(session, world)
        call_id = call.id
        faulty = replace(call.content, title=Words("Titre", ""), rubric=(RubricLine(Words("Seul"), Decimal(40)),))
        call_versions.save_content(session, world["officer"], call, faulty)
    with pytest.raises(StepRefused) as refused, unit_of_work(factory) as session:
        call_versions.publish_revision(session, world["officer"], session.get_one(Call, call_id))
    codes = {reason.code for reason in refused.value.reasons}
    assert codes == {ReasonCode.FIELD_MISSING, ReasonCode.CALL_RUBRIC_WEIGHTS}
    with factory() as session:
        call = session.get_one(Call, call_id)
        assert call.content == example()
        assert call.revision == dump_content(faulty)


def test_discarding_drops_what_waits(session: Session, world: World) -> None:
    call = make_published(session, world)
    assert call_versions.discard_revision(session, world["officer"], call) is None
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Non"))
    event = call_versions.discard_revision(session, world["officer"], call)
    assert event is not None
    assert event.body["details"] == {"dropped": ["title.fr"]}
    assert call.revision is None


def test_a_closed_call_takes_no_changes(session: Session, world: World) -> None:
    call = make_draft(session, world)
    take_step(session, world["officer"], call, "cancel", inputs={"reason": "Essai."})
    with pytest.raises(NotEditable):
        call_versions.save_content(session, world["officer"], call, retitled(call.content, "X"))


def test_the_dates_of_an_open_call_are_moved_by_its_own_step_alone(session: Session, world: World) -> None:
    call = make_open(session, world)
    later = call.closes_at + timedelta(days=3)
    with pytest.raises(InvalidInput) as refused:
        call_versions.save_content(session, world["officer"], call, replace(call.content, closes_at=later))
    assert {path: list(map(str, found)) for path, found in refused.value.errors.items()} == {
        "closes_at": ["call_is_open"]
    }
    # What waits follows the step, so that publishing it does not move the closing back.
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Plus tard"))
    take_step(session, world["officer"], call, "extend", inputs={"closes_at": later, "reason": "Crue."})
    call_versions.publish_revision(session, world["officer"], call)
    assert call.closes_at == later
    assert call.title_fr == "Plus tard"


def test_a_revision_with_other_dates_is_held_back_once_the_call_has_opened(session: Session, world: World) -> None:
    call = make_published(session, world)
    content = call.content
    call_versions.save_content(
        session, world["officer"], call, replace(content, opens_at=content.opens_at - timedelta(days=400))
    )
    call_versions.publish_revision(session, world["officer"], call)
    moved = replace(call.content, closes_at=call.closes_at + timedelta(days=1))
    call_versions.save_content(session, world["officer"], call, moved)
    take_step(session, world["officer"], call, "open")
    with pytest.raises(InvalidInput):
        call_versions.publish_revision(session, world["officer"], call)


def test_new_dates_of_an_announced_call_are_kept_by_the_program(session: Session, world: World) -> None:
    call = make_published(session, world)
    opening = call.opens_at - timedelta(days=2)
    call_versions.save_content(session, world["officer"], call, replace(call.content, opens_at=opening))
    call_versions.publish_revision(session, world["officer"], call)
    rows = session.scalars(
        select(OutboxRow.available_at).where(
            OutboxRow.topic == Deadline.CALL_OPENS,
            OutboxRow.subject_type == "call",
            OutboxRow.subject_id == call.id,
        )
    ).all()
    assert opening in rows


def test_an_envelope_raised_meanwhile_is_not_lowered_by_what_waits(session: Session, world: World) -> None:
    call = make_published(session, world)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Après"))
    calls.raise_envelope(session, world["officer"], call, Decimal(50_000), reason="Don.")
    call_versions.publish_revision(session, world["officer"], call)
    assert call.envelope == Decimal(1_250_000)


def test_an_envelope_below_the_awards_is_refused_by_the_database(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        world.award(session)  # 15 000 euros
        call = session.get_one(Call, world.call_id)
        content = replace(
            call.content, envelope=Decimal(10_000), grant=replace(call.content.grant, maximum=Decimal(9_000))
        )
        call_versions.save_content(session, world["officer"], call, content)
    with pytest.raises(Conflict, match="awards_within_envelope"), unit_of_work(factory) as session:
        call_versions.publish_revision(session, world["officer"], session.get_one(Call, world.call_id))
    with factory() as session:
        assert session.get_one(Call, world.call_id).envelope == Decimal(200_000)


def test_columns_do_not_change_below_a_revision(session: Session, world: World) -> None:
    call = make_published(session, world)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Attend"))
    with pytest.raises(Conflict, match="revision_waits"):
        calls.edit_call(session, world["officer"], call, title_en="Else")


def test_taken_back_to_draft_the_call_goes_on_with_what_waited(session: Session, world: World) -> None:
    call = make_published(session, world)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Repris"))
    take_step(session, world["officer"], call, "unpublish", inputs={"reason": "À revoir."})
    assert call.state is CallState.DRAFT
    assert call.title_fr == "Repris"
    assert call.revision is None
    take_step(session, world["officer"], call, "publish")
    assert [version.number for version in call.versions] == [1, 2]


def test_a_kind_asked_for_through_the_api_keeps_the_details_of_the_others(session: Session, world: World) -> None:
    call = make_draft(session, world)
    rule = replace(
        call.content.alliance, members=(MemberRule(OrganisationKind.COMPANY, 2, ("dep:31",)),), minimum=2
    )
    call_versions.save_content(session, world["officer"], call, replace(call.content, alliance=rule))
    calls.edit_call(session, world["officer"], call, required_kinds=["company", "association"])
    assert [(line.kind, line.minimum, line.territory) for line in call.content.alliance.members] == [
        ("company", 2, ("dep:31",)),
        ("association", 1, ()),
    ]


# --- two officers, and the database ------------------------------------------------------------------------------


def test_of_two_officers_who_save_at_once_one_learns_that_it_is_stale(
    factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        call = make_published(session, world)
        call_id, version = call.id, call.version

    def saver(name: str) -> Callable[[Session, Barrier], str]:
        def act(session: Session, barrier: Barrier) -> str:
            call = session.get_one(Call, call_id)
            content = retitled(call_versions.revised_content(call), name)
            barrier.wait()
            call_versions.save_content(session, world[name], call, content, expected_version=version)
            return name

        return act

    results = race(factory, saver("officer"), saver("officer2"))
    lost = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in lost] == [StaleVersion]
    won = next(result for result in results if isinstance(result, str))
    with factory() as session:
        assert call_versions.revised_content(session.get_one(Call, call_id)).title.fr == won


@pytest.mark.parametrize("round_number", range(4))
def test_of_two_officers_who_publish_at_once_one_makes_the_version(
    factory: SessionFactory, world: World, round_number: int
) -> None:
    with unit_of_work(factory) as session:
        call = make_published(session, world)
        call_versions.save_content(session, world["officer"], call, retitled(call.content, "Une fois"))
        call_id = call.id

    def act(session: Session, barrier: Barrier) -> str:
        call = session.get_one(Call, call_id)
        assert call.revision is not None
        barrier.wait()
        call_versions.publish_revision(session, world["officer"], call)
        return "won"

    results = race(factory, act, act)
    assert sorted(str(result) for result in results) == ["no_revision", "won"], round_number
    with factory() as session:
        assert [version.number for version in session.get_one(Call, call_id).versions] == [1, 2]


@pytest.mark.parametrize("change", ["content = ''", "number = 7", "digest = ''", "made_by = 'PE-XXXX-XXXX'"])
def test_a_version_is_frozen_in_the_database(session: Session, world: World, change: str) -> None:
    make_published(session, world)
    session.commit()
    with pytest.raises(IntegrityError, match="frozen"):
        session.execute(text(f"UPDATE call_versions SET {change}"))  # noqa: S608 - the test's own texts


def test_a_number_is_given_once(session: Session, world: World) -> None:
    call = make_published(session, world)
    version = call.versions[0]
    session.add(
        CallVersion(call_id=call.id, number=1, content=version.content, digest=version.digest, made_by="x")
    )
    with pytest.raises(IntegrityError, match="uq_call_versions_call_id_number"):
        session.flush()


def test_events_of_versions_are_part_of_the_chain(session: Session, world: World) -> None:
    call = make_published(session, world)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "A"))
    call_versions.publish_revision(session, world["officer"], call)
    actions = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.subject_type == "call", AuditEvent.subject_id == call.id)
        .order_by(AuditEvent.seq)
    ).all()
    assert actions == ["call.create", "call.publish", "call.prepare_revision", "call.publish_revision"]
    assert journal.verify(session).broken == []
