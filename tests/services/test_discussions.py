"""A round of discussion: who takes part, what agreement is worth, how it ends."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, NotFound
from fund.models import Application, AuditEvent, Discussion, DiscussionOutcome, Interest, InterestKind, OutboxRow
from fund.models.base import utc_now
from fund.services import discussions, reviews
from fund.services.discussions import report_digest
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.readings import give, read_file, review_of
from workflows.engine import Refused, StepRefused
from workflows.reasons import ReasonCode


@pytest.fixture
def file(session: Session, world: World) -> Application:
    """A file in review on which two reviewers lie far apart."""
    return read_file(session, world, {"reviewer": (5, 5), "reviewer2": (1, 2)})


@pytest.fixture
def talk(session: Session, world: World, file: Application) -> Discussion:
    return discussions.open_discussion(
        session, world["officer"], file, question="Le projet est-il mûr ?", due_at=utc_now() + timedelta(days=7)
    )


def told(session: Session, topic: str) -> set[str]:
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == topic))
    return {row.recipient.name for row in rows if row.recipient}


def actions(session: Session, file: Application) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.subject_type == "application", AuditEvent.subject_id == file.id)
    return [event for event in session.scalars(query.order_by(AuditEvent.seq)) if "discussion" in event.action]


def write(session: Session, world: World, talk: Discussion, who: str, text: str, score: int | None = None) -> None:
    discussions.write_report(
        session,
        world[who],
        talk,
        report=text,
        score=None if score is None else Decimal(score),
        seen=report_digest(talk),
    )


def agree(session: Session, world: World, talk: Discussion, who: str) -> object:
    return discussions.take_position(session, world[who], talk, agrees=True, seen=report_digest(talk))


def close(session: Session, world: World, talk: Discussion, outcome: DiscussionOutcome) -> object:
    return discussions.close_discussion(session, world["officer"], talk, outcome=outcome, seen=report_digest(talk))


def test_opening_tells_the_reviewers_and_holds_the_conclusion(
    session: Session, world: World, file: Application, talk: Discussion
) -> None:
    assert told(session, "discussion.opened") == {"Reviewer", "Reviewer2"}
    with pytest.raises(StepRefused) as refused:
        take_step(session, world["officer"], file, "conclude_review")
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.DISCUSSION_OPEN]
    write(session, world, talk, "officer", "Un rapport.")
    close(session, world, talk, DiscussionOutcome.DISSENT)
    take_step(session, world["officer"], file, "conclude_review")
    assert file.state == "reviewed"


def test_a_consensus_with_its_score(session: Session, world: World, file: Application, talk: Discussion) -> None:
    discussions.add_note(session, world["reviewer"], talk, "Le partenariat est signé.")
    write(session, world, talk, "reviewer", "Mûr, sous réserve du foncier.", 71)
    assert told(session, "discussion.report") == {"Reviewer2"}
    agree(session, world, talk, "reviewer2")
    close(session, world, talk, DiscussionOutcome.CONSENSUS)
    assert (talk.outcome, talk.score, talk.is_open) == (DiscussionOutcome.CONSENSUS, Decimal(71), False)
    assert told(session, "discussion.report") == {"Reviewer", "Reviewer2"}
    found = actions(session, file)
    assert [event.action.partition(".")[2] for event in found] == [
        "open_discussion",
        "note_discussion",
        "report_discussion",
        "answer_discussion",
        "close_discussion",
    ]
    # The chain keeps hashes: what people said stands beside it.
    assert "partenariat" not in str([event.body for event in found])
    assert found[-1].body["details"]["agreed_score"] == "71"


def test_each_change_of_the_report_asks_everybody_again(session: Session, world: World, talk: Discussion) -> None:
    write(session, world, talk, "officer", "Première version.")
    agree(session, world, talk, "reviewer")
    agree(session, world, talk, "reviewer2")
    assert discussions.outcome_of(talk) is DiscussionOutcome.CONSENSUS
    write(session, world, talk, "reviewer2", "Deuxième version.")
    assert {position.person_id for position in talk.positions} == {world.people["reviewer2"]}
    assert discussions.outcome_of(talk) is DiscussionOutcome.DISSENT
    # The same again is no change.
    assert (
        discussions.write_report(
            session, world["reviewer"], talk, report="Deuxième version.", score=None, seen="whatever"
        )
        is None
    )
    assert len(talk.positions) == 1


def test_a_dissent_is_kept_with_its_words_and_agrees_no_score(
    session: Session, world: World, talk: Discussion
) -> None:
    write(session, world, talk, "reviewer", "Mûr.", 80)
    discussions.take_position(
        session,
        world["reviewer2"],
        talk,
        agrees=False,
        dissent="Le budget ne tient pas.",
        seen=report_digest(talk),
    )
    with pytest.raises(Conflict, match="positions_changed"):
        close(session, world, talk, DiscussionOutcome.CONSENSUS)
    close(session, world, talk, DiscussionOutcome.DISSENT)
    assert (talk.outcome, talk.score) == (DiscussionOutcome.DISSENT, None)
    assert [p.dissent for p in talk.positions if not p.agrees] == ["Le budget ne tient pas."]


def test_nobody_agrees_to_a_report_that_she_has_not_read(session: Session, world: World, talk: Discussion) -> None:
    write(session, world, talk, "officer", "Première version.")
    seen = report_digest(talk)
    write(session, world, talk, "officer", "Deuxième version.")
    with pytest.raises(Conflict, match="report_changed"):
        discussions.take_position(session, world["reviewer"], talk, agrees=True, seen=seen)
    with pytest.raises(Conflict, match="report_changed"):
        discussions.write_report(session, world["reviewer"], talk, report="À moi.", score=None, seen=seen)
    with pytest.raises(Conflict, match="report_changed"):
        discussions.close_discussion(session, world["officer"], talk, outcome=DiscussionOutcome.DISSENT, seen=seen)
    assert talk.report == "Deuxième version."


def test_without_a_report_there_is_nothing_to_agree_to(session: Session, world: World, talk: Discussion) -> None:
    with pytest.raises(Conflict, match="report_missing"):
        agree(session, world, talk, "reviewer")
    with pytest.raises(Conflict, match="report_missing"):
        close(session, world, talk, DiscussionOutcome.DISSENT)


def test_a_review_taken_back_counts_until_it_is_given_in_again(
    session: Session, world: World, file: Application, talk: Discussion
) -> None:
    write(session, world, talk, "reviewer", "Mûr.")
    own = review_of(file, world, "reviewer2")
    reviews.reopen(session, world["reviewer2"], own)
    # She takes part again once it is in; meanwhile there is no consensus without her.
    with pytest.raises(NotPermitted):
        agree(session, world, talk, "reviewer2")
    assert discussions.outcome_of(talk) is DiscussionOutcome.DISSENT
    give(session, world, own, (3, 4))
    agree(session, world, talk, "reviewer2")
    assert discussions.outcome_of(talk) is DiscussionOutcome.CONSENSUS


def test_a_recused_reviewer_is_asked_no_more(
    session: Session, world: World, file: Application, talk: Discussion
) -> None:
    write(session, world, talk, "reviewer", "Mûr.")
    own = review_of(file, world, "reviewer2")
    take_step(session, world["reviewer2"], own, "recuse", inputs={"reason": "Une parente."})
    assert discussions.outcome_of(talk) is DiscussionOutcome.CONSENSUS
    with pytest.raises(NotPermitted):
        discussions.add_note(session, world["reviewer2"], talk, "Encore un mot.")


@pytest.mark.parametrize("name", ["reviewer", "auditor", "chair", "applicant"])
def test_only_officers_open_and_close(session: Session, world: World, file: Application, name: str) -> None:
    with pytest.raises(NotPermitted):
        discussions.open_discussion(session, world[name], file, question="Pourquoi ?", due_at=None)
    talk = discussions.open_discussion(session, world["officer"], file, question="Pourquoi ?", due_at=None)
    write(session, world, talk, "officer", "Un rapport.")
    with pytest.raises(NotPermitted):
        discussions.close_discussion(
            session, world[name], talk, outcome=DiscussionOutcome.DISSENT, seen=report_digest(talk)
        )


@pytest.mark.parametrize("name", ["reviewer3", "auditor", "chair", "applicant"])
def test_others_have_no_word_in_it(session: Session, world: World, talk: Discussion, name: str) -> None:
    with pytest.raises(NotPermitted):
        discussions.add_note(session, world[name], talk, "Et moi ?")
    with pytest.raises(NotPermitted):
        write(session, world, talk, name, "Mon rapport.")


def test_the_officer_writes_but_has_no_say(session: Session, world: World, talk: Discussion) -> None:
    write(session, world, talk, "officer", "Un rapport.")
    assert talk.positions == []
    with pytest.raises(NotPermitted):
        agree(session, world, talk, "officer")


def test_who_has_an_interest_keeps_off(
    session: Session, world: World, file: Application, talk: Discussion
) -> None:
    for name in ("officer", "reviewer"):
        session.add(
            Interest(
                application_id=file.id,
                person_id=world.people[name],
                kind=InterestKind.DECLARED,
                detail="Un lien.",
            )
        )
    session.flush()
    for name in ("officer", "reviewer"):
        with pytest.raises(Conflict, match="kept_off"):
            discussions.add_note(session, world[name], talk, "Un mot.")


def test_two_readings_are_needed_and_one_round_at_a_time(session: Session, world: World) -> None:
    alone = read_file(session, world, {"reviewer": (5, 5), "reviewer2": None})
    with pytest.raises(Refused) as refused:
        discussions.open_discussion(session, world["officer"], alone, question="Pourquoi ?", due_at=None)
    assert refused.value.reasons[0].params == {"submitted": 1, "required": 2}
    give(session, world, review_of(alone, world, "reviewer2"), (1, 1))
    discussions.open_discussion(session, world["officer"], alone, question="Pourquoi ?", due_at=None)
    with pytest.raises(Conflict, match="uq_discussions_open"):
        discussions.open_discussion(session, world["officer"], alone, question="Encore ?", due_at=None)


def test_nothing_more_is_said_once_it_is_over(session: Session, world: World, talk: Discussion) -> None:
    write(session, world, talk, "reviewer", "Mûr.")
    agree(session, world, talk, "reviewer2")
    close(session, world, talk, DiscussionOutcome.CONSENSUS)
    with pytest.raises(Conflict, match="discussion_closed"):
        discussions.add_note(session, world["reviewer"], talk, "Encore.")
    with pytest.raises(Conflict, match="discussion_closed"):
        write(session, world, talk, "reviewer", "Autre chose.")
    with pytest.raises(Conflict, match="discussion_closed"):
        close(session, world, talk, DiscussionOutcome.CONSENSUS)


def test_a_file_that_was_withdrawn_is_not_discussed(
    session: Session, world: World, file: Application, talk: Discussion
) -> None:
    take_step(session, world["applicant"], file, "withdraw", inputs={"reason": "Le projet change."})
    with pytest.raises(NotEditable):
        discussions.add_note(session, world["reviewer"], talk, "Encore.")


def test_the_latest_round_is_the_one_acted_on(session: Session, world: World, file: Application) -> None:
    with pytest.raises(NotFound):
        discussions.find_latest(file)
    talk = discussions.open_discussion(session, world["officer"], file, question="Pourquoi ?", due_at=None)
    assert discussions.find_latest(file) is talk
