"""Letters are prepared, corrected and read over by officers who may see the file, and by nobody else."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from fund.documents.letter import letter_pdf
from fund.documents.letter_facts import draft_of, paper_of
from fund.errors import NotFound, StaleVersion
from fund.forms.definition import Feedback
from fund.models import AuditEvent, CommitteeSession, Letter, Outcome
from fund.models.base import utc_now
from fund.services import letters
from fund.services.perform import NotEditable, NotPermitted
from fund.services.release import schedule_release
from tests.deciding import checked_session, decided_session, keep_off, signed_session, withdraw
from tests.documents.reading import Paper
from tests.scenario import World
from workflows.engine import Refused
from workflows.permissions import Actor
from workflows.reasons import ReasonCode

FUNDED, WAITLISTED, DECLINED, DEFERRED = Outcome.FUNDED, Outcome.WAITLISTED, Outcome.DECLINED, Outcome.DEFERRED


def texts_of(session: Session, actor: Actor, sitting: CommitteeSession) -> dict[int, tuple[str, str, str]]:
    """What the page proposes for every decision."""
    ranks = letters.ranks_to_come(session, sitting)
    return {
        item.id: draft_of(
            letters.describe_letter(item, rank=ranks.get(item.id), signer="Chair", released_at=None),
            letters.language_of(item.application),
        )
        for item in letters.decisions_for(session, actor, sitting)
    }


def prepare(session: Session, world: World, sitting: CommitteeSession, name: str = "officer") -> None:
    letters.prepare_letters(session, world[name], sitting, texts_of(session, world[name], sitting))
    session.expire_all()


def letter_of(sitting: CommitteeSession, place: int = 0) -> Letter:
    letter = sitting.items[place].letter
    assert letter is not None
    return letter


# --- preparing -----------------------------------------------------------------------------------------------


def test_every_decision_gets_its_draft_once(session: Session, world: World) -> None:
    sitting = signed_session(session, world, FUNDED, WAITLISTED, DECLINED, DEFERRED)
    prepare(session, world, sitting)
    bodies = [letter_of(sitting, place).body for place in range(4)]
    for body, said in zip(
        bodies,
        ("lui accorder une subvention", "liste d’attente", "n’a pas retenu", "reporter sa décision"),
        strict=True,
    ):
        assert said in body
    assert "«\u00a0Projet 1\u00a0»" in letter_of(sitting).subject
    letter_of(sitting).body = "À la main."
    session.flush()
    prepare(session, world, sitting)
    assert letter_of(sitting).body == "À la main."


def test_they_are_written_in_the_language_of_who_signs_for_the_alliance(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED)
    world.person(session, "applicant").locale = "en"
    session.flush()
    prepare(session, world, sitting)
    assert letter_of(sitting).locale == "en"
    assert "Dear Sir or Madam" in letter_of(sitting).body


def test_a_file_withdrawn_since_gets_none(session: Session, world: World) -> None:
    sitting = signed_session(session, world, FUNDED, DECLINED)
    withdraw(session, world, sitting.items[0].application)
    session.expire_all()
    prepare(session, world, sitting)
    assert sitting.items[0].letter is None
    assert sitting.count_unchecked_letters() == 1


@pytest.mark.parametrize("name", ["chair", "member", "finance", "auditor", "admin"])
def test_only_officers_write_them(session: Session, world: World, name: str) -> None:
    sitting = signed_session(session, world, DECLINED)
    texts = texts_of(session, world["officer"], sitting)
    with pytest.raises(NotPermitted):
        letters.prepare_letters(session, world[name], sitting, texts)


def test_there_are_none_before_the_signature_and_none_to_change_after_the_release(
    session: Session, world: World
) -> None:
    sitting = decided_session(session, world, DECLINED)
    texts = texts_of(session, world["officer"], sitting)
    with pytest.raises(NotEditable):
        letters.prepare_letters(session, world["officer"], sitting, texts)
    world.release(session, sitting)
    with pytest.raises(NotEditable):
        letters.edit_letter(session, world["officer"], sitting.items[0], subject="Autre", body="Autre")


# --- what they state -----------------------------------------------------------------------------------------


def test_the_paper_says_the_decision_whatever_the_letter_says(session: Session, world: World) -> None:
    sitting = signed_session(session, world, FUNDED, conditions="Associer la commune.")
    prepare(session, world, sitting)
    item = sitting.items[0]
    letters.edit_letter(
        session, world["officer"], item, subject="Une bonne nouvelle", body="Un million pour vous !"
    )
    described = letters.describe_letter(item, rank=None, signer="Chair", released_at=None)
    facts = paper_of(described, letter_of(sitting), contact="contact@fonds.example")
    said = Paper(letter_pdf(facts, "fr", utc_now())).text
    for words in (
        "Un million pour vous !",
        "Objet : Une bonne nouvelle",
        "Association d'essai Camille Essai Roques (Haute-Garonne)",
        "contact@fonds.example",
        "Subvention accordée 15 000,00 €",
        "Conditions Associer la commune.",
        "Motivation Un ancrage exemplaire.",
        "dans les deux mois qui suivent la date de cette lettre",
        "la présidence Chair",
    ):
        assert words in said


def test_the_motivation_is_in_it_where_the_call_tells_it(session: Session, world: World) -> None:
    call = world.make_call(session, definition={"feedback": Feedback.NONE.value})
    sitting = signed_session(session, world, DECLINED, call_id=call.id)
    described = letters.describe_letter(sitting.items[0], rank=None, signer="", released_at=None)
    assert described["motivation"] == ""


def test_ranks_follow_who_waits_already_and_close_the_gaps(session: Session, world: World) -> None:
    first = checked_session(session, world, WAITLISTED, WAITLISTED)
    world.release_now(session, first)
    second = signed_session(session, world, WAITLISTED, WAITLISTED, WAITLISTED)
    withdraw(session, world, second.items[0].application)
    session.expire_all()
    assert letters.ranks_to_come(session, second) == {second.items[1].id: 3, second.items[2].id: 4}


# --- reading over --------------------------------------------------------------------------------------------


def test_read_over_by_whom_and_when_and_again_after_a_change(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED, FUNDED)
    prepare(session, world, sitting)
    item = sitting.items[0]
    letters.check_letters(session, world["officer2"], sitting, [item.application.reference, "DO-AUTRE"])
    assert letter_of(sitting).checked_by_id == world.people["officer2"]
    assert letter_of(sitting).checked_at is not None
    assert sitting.count_unchecked_letters() == 1
    letters.edit_letter(session, world["officer"], item, subject=letter_of(sitting).subject, body="Mieux dit.")
    assert letter_of(sitting).checked_at is None
    assert sitting.count_unchecked_letters() == 2


def test_a_letter_that_is_not_changed_stays_read(session: Session, world: World) -> None:
    sitting = checked_session(session, world, DECLINED)
    letter = letter_of(sitting)
    letters.edit_letter(session, world["officer"], sitting.items[0], subject=letter.subject, body=letter.body)
    assert letter.is_checked


def test_a_change_takes_back_the_release_that_was_set(session: Session, world: World) -> None:
    sitting = checked_session(session, world, DECLINED)
    schedule_release(session, world["officer"], sitting, utc_now())
    changed = letters.edit_letter(
        session, world["officer2"], sitting.items[0], subject="Décision", body="Mieux dit."
    )
    assert sitting.releases_at is None
    assert isinstance(changed, AuditEvent)
    assert changed.body["changes"]["releases_at"][1] is None
    with pytest.raises(Refused) as refused:
        schedule_release(session, world["officer"], sitting, utc_now())
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.LETTERS_UNCHECKED]


def test_what_a_colleague_changed_meanwhile_is_not_marked_as_read(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED)
    prepare(session, world, sitting)
    seen, reference = sitting.version, sitting.items[0].application.reference
    letters.edit_letter(session, world["officer2"], sitting.items[0], subject="Autre", body="Autre")
    with pytest.raises(StaleVersion):
        letters.check_letters(session, world["officer"], sitting, [reference], expected_version=seen)


# --- interests -----------------------------------------------------------------------------------------------


def test_the_letter_of_a_file_that_one_keeps_off_is_a_colleagues(session: Session, world: World) -> None:
    sitting = signed_session(session, world, DECLINED, FUNDED)
    keep_off(session, world, "officer", sitting.items[0])
    everything = texts_of(session, world["officer2"], sitting)
    letters.prepare_letters(session, world["officer"], sitting, everything)
    session.expire_all()
    assert [item.letter is None for item in sitting.items] == [True, False]
    prepare(session, world, sitting, "officer2")
    references = [item.application.reference for item in sitting.items]
    letters.check_letters(session, world["officer"], sitting, references)
    assert [letter_of(sitting, place).is_checked for place in range(2)] == [False, True]
    with pytest.raises(NotFound):
        letters.find_letter(session, world["officer"], sitting, references[0])
    with pytest.raises(NotFound):
        letters.edit_letter(session, world["officer"], sitting.items[0], subject="Autre", body="Autre")
    letters.check_letters(session, world["officer2"], sitting, references)
    assert sitting.count_unchecked_letters() == 0


def test_as_many_questions_for_two_letters_as_for_six(session: Session, world: World) -> None:
    small, large = (signed_session(session, world, *[DECLINED] * count) for count in (2, 6))

    def count(sitting: CommitteeSession) -> int:
        prepare(session, world, sitting)
        files = [item.application.reference for item in sitting.items]
        session.flush()
        session.expire_all()
        asked: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        letters.check_letters(session, world["officer"], sitting, files)
        event.remove(connection, "before_cursor_execute", note)
        return len(asked)

    assert count(small) == count(large)
