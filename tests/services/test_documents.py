"""Handing documents in: where it may be done, what is taken, what is kept, and who reads it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import Application, AuditEvent, Collaborator, Document, Right, Scan
from fund.services import documents, thread
from fund.services.access import find_document
from fund.services.documents import Desk, Upload
from fund.services.journal import verify_subject
from fund.services.perform import NotEditable, NotPermitted
from fund.services.places import leftovers_of, places_of
from fund.services.steps import take_step
from fund.services.writing import read_part
from fund.storage.blobs import SIZE_LIMIT
from fund.storage.kinds import Group
from tests import documented
from tests.documented import ACCOUNTS, PDF, PLAN, STATUTES
from tests.scenario import World
from tests.services.racing import race
from tests.storage.samples import ooxml, overlapping, packed, pdf, workbook


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return documented.desk(tmp_path / "store")


@pytest.fixture
def draft(session: Session, world: World) -> Application:
    return documented.draft(session, world)


@pytest.fixture
def hand_in(session: Session, world: World, draft: Application, desk: Desk) -> Callable[..., Document]:
    def run(slot: str = STATUTES, data: bytes | None = None, **given: str) -> Document:
        return documented.hand_in(session, world, draft, slot, data, desk=desk, **given)

    return run


def actions(session: Session, application: Application) -> list[str]:
    query = select(AuditEvent).where(
        AuditEvent.subject_id == application.id, AuditEvent.subject_type == "application"
    )
    return [event.action for event in session.scalars(query.order_by(AuditEvent.seq))]


# --- places --------------------------------------------------------------------------------------------------


def test_a_file_has_the_places_that_its_call_and_its_answers_make(
    session: Session, world: World, draft: Application
) -> None:
    documented.write_budget(session, world, draft, {"status": "granted"}, {"status": "asked"})
    places = {place.slot: place for place in places_of(draft)}
    members = [f"{ACCOUNTS}.{member.id}" for member in draft.members]
    assert list(places) == [STATUTES, *members, PLAN, "budget.0"]
    assert places[STATUTES].groups == (Group.PDF,)
    assert places[PLAN].groups == tuple(Group)  # none named: all are taken
    assert [places[slot].required for slot in (STATUTES, members[0], PLAN, "budget.0")] == [
        True,
        False,
        True,
        True,
    ]
    assert places[members[1]].member is draft.members[1]


def test_a_hidden_question_has_no_place(session: Session, world: World) -> None:
    application = world.draft(session, call_id=documented.open_call(session, world).id)
    assert PLAN not in {place.slot for place in places_of(application)}


@pytest.mark.parametrize(
    "slot", ["", "asked.other", "form.impact.shown", "budget.0", "message.1", f"{STATUTES}.1"]
)
def test_a_guessed_place_does_not_exist(hand_in: Callable[..., Document], slot: str) -> None:
    with pytest.raises(NotFound):
        hand_in(slot)


def test_a_document_whose_place_is_gone_is_a_leftover_and_can_be_taken_back(
    session: Session, world: World, draft: Application, hand_in: Callable[..., Document]
) -> None:
    gone = draft.members[2]
    document = hand_in(f"{ACCOUNTS}.{gone.id}", workbook(), name="comptes.xlsx")
    assert leftovers_of(draft, places_of(draft)) == []
    draft.members.remove(gone)
    session.flush()
    assert leftovers_of(draft, places_of(draft)) == [document]
    documents.remove(session, world["applicant"], draft, document.reference)
    assert leftovers_of(draft, places_of(draft)) == []


# --- handing in ----------------------------------------------------------------------------------------------


def test_a_document_is_kept_by_its_content_and_told_to_the_journal(
    session: Session, world: World, draft: Application, hand_in: Callable[..., Document], desk: Desk
) -> None:
    assert [asked[0] for asked in draft.missing_documents()] == [STATUTES]
    document = hand_in()
    assert (document.name, document.kind, document.media_type) == ("Statuts.pdf", "pdf", "application/pdf")
    assert (document.number, document.scan, document.uploaded_by_id) == (
        1,
        Scan.NOT_SCANNED,
        world.people["applicant"],
    )
    assert document.size == len(PDF)
    with documents.open_content(document, desk.store) as content:
        assert content.read() == PDF
    assert draft.missing_documents() == []
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.action == "application.hand_in"
    assert event.body["details"] == {"document": document.reference, "slot": STATUTES, "sha256": document.sha256}
    assert "Statuts" not in str(event.body)
    assert verify_subject(session, draft) is None


def test_a_new_document_replaces_the_one_before_which_stays(
    session: Session, draft: Application, hand_in: Callable[..., Document]
) -> None:
    first, second = hand_in(), hand_in(data=pdf("<< /S /URI /URI (https://essai.example) >>"))
    assert [first.is_present, second.is_present, second.number] == [False, True, 2]
    assert documents.list_versions(session, draft) == {STATUTES: [second, first]}


def test_a_document_taken_back_leaves_its_place_empty(
    session: Session, world: World, draft: Application, hand_in: Callable[..., Document], desk: Desk
) -> None:
    document = hand_in()
    documents.remove(session, world["applicant"], draft, document.reference)
    assert STATUTES not in draft.present_slots()
    assert actions(session, draft)[-1] == "application.remove_document"
    assert documents.open_content(document, desk.store).read() == PDF
    with pytest.raises(NotFound):
        documents.remove(session, world["applicant"], draft, document.reference)
    assert hand_in().number == 2


def test_two_at_once_are_both_kept_and_one_is_present(
    factory: SessionFactory, world: World, tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        application_id = documented.draft(session, world).id

    def act(session: Session, barrier: Barrier) -> str:
        application = session.get_one(Application, application_id)
        assert application.documents == []  # both have read the file before either writes
        barrier.wait()
        document = documented.hand_in(
            session, world, application, STATUTES, desk=documented.desk(tmp_path / "store")
        )
        return document.reference

    done = race(factory, act, act)
    with factory() as session:
        kept = session.scalars(select(Document).order_by(Document.number)).all()
        assert sorted(map(str, done)) == sorted(document.reference for document in kept)
        assert [document.is_present for document in kept] == [False, True]


def test_the_same_content_is_stored_once(hand_in: Callable[..., Document], desk: Desk) -> None:
    assert hand_in().sha256 == hand_in().sha256
    assert len(list(desk.store.digests())) == 1


# --- what is not taken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slot", "data", "code"),
    [
        (STATUTES, b"MZ\x90\0" + b"\0" * 200, "file_executable"),
        (PLAN, overlapping(20, 16 * 1024 * 1024), "file_bomb"),
        (PLAN, b"<html><script>alert(1)</script></html>", "file_markup"),
        (PLAN, b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "file_markup"),
        (PLAN, ooxml("docm"), "file_macros"),
        (PLAN, packed({"a.txt": "x"}), "file_archive"),
        (STATUTES, b"", "file_empty"),
        (STATUTES, ooxml("docx"), "file_kind"),
        (STATUTES, b"%PDF-1.7\n", "file_damaged"),
        (STATUTES, b"%PDF-" + b"0" * SIZE_LIMIT, "file_too_large"),
    ],
)
def test_an_unfit_content_is_refused_and_nothing_stays(
    session: Session,
    draft: Application,
    hand_in: Callable[..., Document],
    desk: Desk,
    slot: str,
    data: bytes,
    code: str,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        hand_in(slot, data, name="Statuts.pdf")
    assert refused.value.errors == {"file": [code]}
    assert draft.documents == []
    assert list(desk.store.digests()) == []


def test_a_name_cannot_escape(hand_in: Callable[..., Document]) -> None:
    document = hand_in(name="../../etc/\u202efdp.exe" + "x" * 300 + ".pdf")
    assert len(document.name) <= 120
    assert document.name.endswith(".pdf")
    assert not set(document.name) & {"/", "\\", "\u202e"}


# --- who and when --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "officer", "reviewer", "catalyst"])
def test_only_those_who_write_the_file_hand_in(hand_in: Callable[..., Document], who: str) -> None:
    with pytest.raises(NotPermitted):
        hand_in(who=who)


def test_a_reader_does_not_hand_in(
    session: Session, world: World, draft: Application, hand_in: Callable[..., Document]
) -> None:
    draft.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.READ))
    session.flush()
    with pytest.raises(NotPermitted):
        hand_in(who="stranger")


def bare(session: Session, world: World) -> Application:
    """A draft that can be submitted: it asks for the statutes only."""
    return documented.draft(session, world, form=documented.content().form.__class__(), budget=None)


def test_after_the_deposit_nothing_is_handed_in_or_taken_back(session: Session, world: World, desk: Desk) -> None:
    application = bare(session, world)
    document = documented.hand_in(session, world, application, STATUTES, desk=desk)
    take_step(session, world["applicant"], application, "submit", inputs={"declared": True, "signatory_name": "A"})
    with pytest.raises(NotEditable):
        documented.hand_in(session, world, application, STATUTES, desk=desk)
    with pytest.raises(NotEditable):
        documents.remove(session, world["applicant"], application, document.reference)


@pytest.mark.parametrize(
    ("marks", "is_open"),
    [
        ({}, True),
        ({STATUTES: {"kind": "wrong", "reason": "Illisible"}}, True),
        ({"title": {"kind": "wrong", "reason": "Trop long"}}, False),
    ],
)
def test_of_a_returned_file_only_what_is_marked_is_open(
    session: Session, world: World, desk: Desk, marks: dict[str, object], is_open: bool
) -> None:
    application = bare(session, world)
    documented.hand_in(session, world, application, STATUTES, desk=desk)
    take_step(session, world["applicant"], application, "submit", inputs={"declared": True, "signatory_name": "A"})
    inputs = {"reason": "À compléter", "return_due_at": application.call.closes_at, "corrections": marks}
    take_step(session, world["officer"], application, "return", inputs=inputs)
    if is_open:
        assert documented.hand_in(session, world, application, STATUTES, desk=desk).number == 2
    else:
        with pytest.raises(Conflict, match="place_closed"):
            documented.hand_in(session, world, application, STATUTES, desk=desk)


# --- evidence of co-financing --------------------------------------------------------------------------------


def evidence(application: Application) -> list[str]:
    return [row["evidence"] for row in read_part(application, "budget").answers["products"]]


def test_a_co_financing_names_its_evidence_by_reference(
    session: Session, world: World, draft: Application, hand_in: Callable[..., Document]
) -> None:
    granted = {"status": "granted", "evidence": ""}
    documented.write_budget(session, world, draft, {"status": "asked", "evidence": ""}, granted)
    document = hand_in("budget.1")
    assert evidence(draft) == ["", document.reference]
    # The line moves up; its evidence stays its own, and another line gets a place of its own.
    documented.write_budget(
        session, world, draft, {"status": "granted", "evidence": document.reference}, {**granted, "label": "Autre"}
    )
    places = {place.line.label: place.slot for place in places_of(draft) if place.line}
    assert places == {"Région": "budget.1", "Autre": "budget.2"}
    other = hand_in("budget.2")
    assert evidence(draft) == [document.reference, other.reference]
    documents.remove(session, world["applicant"], draft, document.reference)
    assert evidence(draft) == ["", other.reference]


# --- who reads -----------------------------------------------------------------------------------------------


def reads(session: Session, world: World, document: Document) -> set[str]:
    found = set()
    for name in world.people:
        try:
            find_document(session, world[name], document.reference)
        except NotFound:
            continue
        found.add(name)
    return found


def test_a_drafts_documents_are_the_alliances_own(
    session: Session, world: World, hand_in: Callable[..., Document]
) -> None:
    assert reads(session, world, hand_in()) == {"applicant"}


def test_a_submitted_files_documents_are_read_by_whoever_may_see_the_file(
    session: Session, world: World, desk: Desk
) -> None:
    application = bare(session, world)
    document = documented.hand_in(session, world, application, STATUTES, desk=desk)
    message = thread.post_message(
        session,
        world["applicant"],
        application,
        from_fund=False,
        body="Voici.",
        uploads=[Upload("x.pdf", BytesIO(PDF))],
        desk=desk,
    )
    attached = session.scalars(select(Document).where(Document.slot == f"message.{message.id}")).one()
    take_step(session, world["applicant"], application, "submit", inputs={"declared": True, "signatory_name": "A"})
    from fund.services import reviews

    reviews.assign(session, world["officer"], application, world.person(session, "reviewer"))
    fund = {"officer", "officer2", "finance", "auditor", "admin"}
    assert reads(session, world, document) == {"applicant", "reviewer"} | fund
    assert reads(session, world, attached) == {"applicant"} | fund
