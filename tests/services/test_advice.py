"""External advice: whom it is asked of, what the journal keeps, answered once, withdrawn, too late."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.models import Advice, Application, AuditEvent, Document, OutboxRow, PersonalLink
from fund.models.base import utc_now
from fund.services import advice
from fund.services.links import LinkRevoked
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from workflows.engine import PARIS
from workflows.topics import Topic

EXPERT = "claude@laboratoire.example"


def in_days(days: int) -> date:
    return (utc_now() + timedelta(days=days)).astimezone(PARIS).date()


def ask(session: Session, world: World, application: Application, **given: Any) -> Advice:
    usual = {
        "expert_name": "Claude Essai",
        "expert_email": EXPERT,
        "question": "Le tri des matériaux est-il réaliste ?",
        "due_on": in_days(10),
    }
    return advice.ask_advice(session, world["officer"], application, **{**usual, **given})


def links_of(session: Session, asked: Advice) -> list[PersonalLink]:
    return list(session.scalars(select(PersonalLink).where(PersonalLink.advice_id == asked.id)))


def add_document(session: Session, application: Application, slot: str = "asked.plan") -> str:
    document = Document(
        reference=f"DC-{len(application.documents):04d}-{application.id}",
        slot=slot,
        number=1,
        name="Plan.pdf",
        kind="pdf",
        media_type="application/pdf",
        size=10,
        sha256="0" * 64,
    )
    application.documents.append(document)
    session.flush()
    return document.reference


@pytest.fixture
def file(session: Session, world: World) -> Application:
    return world.in_review(session)


def actions(session: Session, file: Application) -> list[tuple[str, dict[str, Any]]]:
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "application",
        AuditEvent.subject_id == file.id,
        AuditEvent.action.like("application.%_advice"),
    )
    return [(event.action, event.body["details"]) for event in session.scalars(query.order_by(AuditEvent.seq))]


def test_a_question_goes_to_its_expert_alone_with_a_link(
    session: Session, world: World, file: Application
) -> None:
    shown = add_document(session, file)
    asked = ask(session, world, file, documents=[shown])
    [link] = links_of(session, asked)
    [row] = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.ADVICE_ASKED))
    assert (link.email, row.link_id, row.recipient_id) == (EXPERT, link.id, None)
    assert row.payload["question"] == asked.question
    assert [document.reference for document in advice.documents_of(session, asked)] == [shown]
    assert actions(session, file) == [
        (
            "application.ask_advice",
            {"advice": asked.id, "documents": [shown], "due_on": in_days(10).isoformat()},
        )
    ]


def test_an_answer_is_recorded_once_and_told_to_the_officers(
    session: Session, world: World, file: Application
) -> None:
    asked = ask(session, world, file, documents=[add_document(session, file)])
    [link] = links_of(session, asked)
    with pytest.raises(InvalidInput):
        advice.answer_advice(session, link, answer="", declined=False)
    advice.answer_advice(session, link, answer="Oui, à condition de former l’équipe.", declined=False)
    assert advice.list_given(session, file) == [asked]
    assert advice.documents_of(session, asked) == []
    told = session.scalars(select(OutboxRow.recipient_id).where(OutboxRow.topic == Topic.ADVICE_GIVEN)).all()
    assert sorted(map(int, filter(None, told))) == sorted([world.people["officer"], world.people["officer2"]])
    assert actions(session, file)[-1][0] == "application.give_advice"
    with pytest.raises(Conflict, match="already_answered"):
        advice.answer_advice(session, link, answer="Non.", declined=False)
    with pytest.raises(Conflict, match="advice_over"):
        advice.withdraw_advice(session, world["officer"], asked)


def test_an_expert_may_decline_without_a_word_and_then_nobody_reads_an_advice(
    session: Session, world: World, file: Application
) -> None:
    asked = ask(session, world, file)
    advice.answer_advice(session, links_of(session, asked)[0], answer="", declined=True)
    assert advice.list_given(session, file) == []
    assert not asked.is_awaited


@pytest.mark.parametrize(
    "address",
    [
        "contact@essai.example",  # the contact of the file
        "quelquun@ESSAI.example",  # of its domain
        "maire@mairie-essai.example",  # the representative of a member
        "lead@gmail.com",  # a representative at a public host: the very address
    ],
)
def test_an_expert_of_the_alliance_is_refused(
    session: Session, world: World, file: Application, address: str
) -> None:
    file.members[1].representative_email = "Maire@mairie-essai.example"
    file.members[2].representative_email = "Lead@gmail.com"
    session.flush()
    with pytest.raises(InvalidInput) as refused:
        ask(session, world, file, expert_email=address)
    assert refused.value.errors == {"expert_email": ["expert_interested"]}
    assert actions(session, file) == []
    # A neighbour at the public host has nothing to do with it.
    assert ask(session, world, file, expert_email="autre@gmail.com").is_awaited


def test_a_person_with_an_interest_is_refused_by_whatever_address_she_has(
    session: Session, world: World, file: Application
) -> None:
    person = world.person(session, "reviewer3")
    person.email, person.organisation_id = "expert@ailleurs.example", world.company_id
    session.flush()
    with pytest.raises(InvalidInput):
        ask(session, world, file, expert_email="Expert@ailleurs.example")


def test_only_documents_of_the_file_can_be_shown(session: Session, world: World, file: Application) -> None:
    other = add_document(session, world.submitted(session, title="Autre"))
    attached = add_document(session, file, "message.1")
    for reference in (other, attached, "DC-0000"):
        with pytest.raises(InvalidInput) as refused:
            ask(session, world, file, documents=[reference])
        assert list(refused.value.errors) == ["documents"]


@pytest.mark.parametrize(("days", "problem"), [(-1, "deadline_behind"), (31, "advice_due_too_late")])
def test_the_date_lies_within_the_life_of_the_link(
    session: Session, world: World, file: Application, days: int, problem: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(session, world, file, due_on=in_days(days))
    assert refused.value.errors == {"due_on": [problem]}


def test_a_link_sent_again_replaces_the_one_before_and_withdrawing_takes_it_back(
    session: Session, world: World, file: Application
) -> None:
    asked = ask(session, world, file)
    with pytest.raises(Conflict, match="advice_awaited"):
        ask(session, world, file, expert_email=EXPERT.upper())
    [first] = links_of(session, asked)
    advice.send_again(session, world["officer"], asked)
    session.expire_all()
    with pytest.raises(LinkRevoked):
        advice.answer_advice(session, first, answer="Trop tard.", declined=False)
    second = links_of(session, asked)[-1]
    advice.withdraw_advice(session, world["officer"], asked)
    session.expire_all()
    with pytest.raises(LinkRevoked):
        advice.answer_advice(session, second, answer="Trop tard.", declined=False)
    assert [action for action, _ in actions(session, file)] == [
        "application.ask_advice",
        "application.ask_advice",
        "application.withdraw_advice",
    ]
    assert ask(session, world, file).is_awaited


def test_only_officers_without_interest_ask_and_only_while_it_serves(
    session: Session, world: World, file: Application
) -> None:
    asked = ask(session, world, file, expert_email="autre@laboratoire.example")
    with pytest.raises(NotPermitted):
        advice.withdraw_advice(session, world["reviewer"], asked)
    world.person(session, "officer").organisation_id = world.town_id
    session.flush()
    with pytest.raises(Conflict, match="kept_off"):
        ask(session, world, file)
    take_step(session, world["applicant"], file, "withdraw", inputs={"reason": "Pour essai."})
    with pytest.raises(Conflict, match="advice_too_late"):
        advice.answer_advice(session, links_of(session, asked)[0], answer="Oui.", declined=False)
    world.person(session, "officer").organisation_id = None
    session.flush()
    with pytest.raises(NotEditable):
        ask(session, world, file)
