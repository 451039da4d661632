"""Saving parts of a file: several writers, nothing lost, nobody's text replaced unseen."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import NotFound
from fund.models import Application, AuditEvent, Collaborator, Right, SectionVersion
from fund.models.base import utc_now
from fund.services import journal
from fund.services.perform import NotPermitted
from fund.services.writing import (
    ANSWERS_MAXIMUM,
    AnswersTooLong,
    SectionConflict,
    digest_of,
    find_version,
    list_versions,
    read_part,
    save_part,
)
from tests.filling import empty_draft
from tests.scenario import World
from tests.services.racing import race

NEED = "need"


@pytest.fixture
def draft(factory: SessionFactory, world: World) -> int:
    """A file in a call with every kind of field, written by the applicant and a co-author."""
    with unit_of_work(factory) as session:
        application = empty_draft(session, world)
        application.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.WRITE))
        session.flush()
        return application.id


@pytest.fixture
def save(factory: SessionFactory, world: World, draft: int) -> Callable[..., int]:
    """Save answers as a person of the world, in a transaction of its own; gives the part's number."""

    def run(name: str, answers: dict[str, Any], *, part: str = NEED, base: int = 0, **more: Any) -> int:
        with unit_of_work(factory) as session:
            application = session.get_one(Application, draft)
            return save_part(session, world[name], application, part, answers, base=base, **more).number

    return run


def load(factory: SessionFactory, draft: int, part: str = NEED) -> dict[str, Any]:
    with factory() as session:
        return read_part(session.get_one(Application, draft), part).answers


Save = Callable[..., int]


def test_answers_are_kept_as_typed_right_or_wrong(save: Save, factory: SessionFactory, draft: int) -> None:
    typed = {"need": " Un besoin\n", "people": "beaucoup", "audiences": ["young", "kingdom"]}
    assert save("applicant", typed) == 1
    assert load(factory, draft) == typed


def test_answers_that_are_not_given_stay(save: Save, factory: SessionFactory, draft: int) -> None:
    save("applicant", {"need": "Un besoin", "people": "12"})
    assert save("applicant", {"people": "13"}, base=1) == 2
    assert load(factory, draft) == {"need": "Un besoin", "people": "13"}


def test_a_field_that_the_call_does_not_have_is_not_kept(save: Save, factory: SessionFactory, draft: int) -> None:
    assert save("applicant", {"need": "Un besoin", "password": "x"}) == 1
    assert load(factory, draft) == {"need": "Un besoin"}


def test_a_part_that_the_call_does_not_have_is_not_found(save: Save) -> None:
    with pytest.raises(NotFound):
        save("applicant", {"a": "b"}, part="nowhere")


def test_saving_nothing_new_changes_nothing(save: Save, factory: SessionFactory, draft: int) -> None:
    save("applicant", {"need": "Un besoin", "audiences": ["young", "seniors"]})
    assert save("applicant", {"need": "Un besoin", "audiences": ["seniors", "young"], "people": ""}, base=1) == 1
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(SectionVersion)) == 1


def test_what_two_people_wrote_in_different_answers_is_all_kept(
    save: Save, factory: SessionFactory, draft: int
) -> None:
    save("applicant", {"need": "Le besoin"})
    assert save("stranger", {"people": "40"}) == 2  # she had read the part before the first saving
    assert load(factory, draft) == {"need": "Le besoin", "people": "40"}


def test_the_same_answer_changed_by_two_is_a_conflict_with_both_texts(
    save: Save, factory: SessionFactory, draft: int
) -> None:
    save("applicant", {"need": "Le mien", "people": "12"})
    with pytest.raises(SectionConflict) as caught:
        save("stranger", {"need": "Le nôtre", "people": "12", "site_web": "https://essai.example"})
    assert caught.value.recorded == {"need": "Le mien"}
    assert caught.value.typed == {"need": "Le nôtre"}
    assert load(factory, draft) == {"need": "Le mien", "people": "12"}


def test_two_who_wrote_the_same_do_not_disagree(save: Save, factory: SessionFactory, draft: int) -> None:
    save("applicant", {"need": "Le même"})
    assert save("stranger", {"need": "Le même", "people": "3"}) == 2
    assert load(factory, draft) == {"need": "Le même", "people": "3"}


def test_what_was_sent_along_unchanged_replaces_nobody_s_text(
    save: Save, factory: SessionFactory, draft: int
) -> None:
    """A page without JavaScript sends all that it shows, also what another person changed since."""
    save("applicant", {"need": "Ancien", "people": "1"})
    save("applicant", {"need": "Nouveau"}, base=1)
    seen = {"need": digest_of("Ancien"), "people": digest_of("1")}
    assert save("stranger", {"need": "Ancien", "people": "2"}, base=1, seen=seen) == 3
    assert load(factory, draft) == {"need": "Nouveau", "people": "2"}


def test_what_was_seen_counts_more_than_the_number(save: Save, factory: SessionFactory, draft: int) -> None:
    """A page that saved one answer knows the number of the part, but not what others wrote in the rest."""
    save("applicant", {"need": "Ancien"})
    save("stranger", {"need": "Nouveau"}, base=1)
    number = save("applicant", {"people": "5"}, base=1, seen={"people": ""})
    with pytest.raises(SectionConflict):
        save("applicant", {"need": "Ancien, repris"}, base=number, seen={"need": digest_of("Ancien")})
    assert load(factory, draft)["need"] == "Nouveau"


@pytest.mark.parametrize("kept", ["", [], None, {"street": "", "commune": ""}, [{"step": ""}, {}]])
def test_an_answer_taken_back_is_a_change_and_an_empty_one_is_none(
    save: Save, factory: SessionFactory, draft: int, kept: Any
) -> None:
    assert digest_of(kept) == ""
    assert save("applicant", {"need": kept}) == 0
    save("applicant", {"need": "Un besoin"})
    assert save("applicant", {"need": kept}, base=1) == 2
    assert load(factory, draft) == {"need": kept}


def test_one_version_is_kept_for_a_person_and_a_sitting(
    save: Save, factory: SessionFactory, draft: int, world: World
) -> None:
    start = utc_now()
    for minutes, name, text in (
        (0, "applicant", "Un"),
        (9, "applicant", "Un deux"),
        (18, "applicant", "Un deux trois"),  # nine minutes of rest: the same sitting
        (19, "stranger", "Quatre"),
        (20, "applicant", "Cinq"),
        (31, "applicant", "Cinq six"),  # eleven minutes of rest
    ):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            save(name, {"need": text}, base=9)
    with factory() as session:
        application = session.get_one(Application, draft)
        versions = list_versions(session, application, NEED)
        told = [(v.number, v.saved_by.name if v.saved_by else None, v.answers["need"]) for v in versions]
        written = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "application.write").order_by(AuditEvent.seq)
        ).all()
        assert journal.verify(session).broken == []
    assert told == [
        (6, "Applicant", "Cinq six"),
        (5, "Applicant", "Cinq"),
        (4, "Stranger", "Quatre"),
        (3, "Applicant", "Un deux trois"),
    ]
    assert [event.body["details"] for event in written] == [
        {"section": NEED, "number": number} for number in (1, 4, 5, 6)
    ]


def test_a_version_is_found_by_its_number(save: Save, factory: SessionFactory, draft: int) -> None:
    save("applicant", {"need": "Un besoin"})
    with factory() as session:
        application = session.get_one(Application, draft)
        assert find_version(session, application, NEED, 1).answers == {"need": "Un besoin"}
        with pytest.raises(NotFound):
            find_version(session, application, NEED, 2)
        with pytest.raises(NotFound):
            find_version(session, application, "impact", 1)


def test_each_saving_counts_in_the_version_of_the_file(save: Save, factory: SessionFactory, draft: int) -> None:
    """Who signs what she read over must not sign what was written since."""

    def version() -> int:
        with factory() as session:
            return session.get_one(Application, draft).version

    save("applicant", {"need": "Un besoin"})
    first = version()
    save("applicant", {"need": "Un autre besoin"}, base=1)  # the same sitting: no event of the journal
    assert version() == first + 1
    save("applicant", {"need": "Un autre besoin"}, base=2)
    assert version() == first + 1


def test_only_who_may_write_saves(save: Save, factory: SessionFactory, draft: int, world: World) -> None:
    with unit_of_work(factory) as session:
        reader = Collaborator(person_id=world.people["partner"], right=Right.READ)
        file = session.get_one(Application, draft)
        file.collaborators.append(reader)
    for name in ("partner", "officer", "catalyst"):
        with pytest.raises(NotPermitted):
            save(name, {"need": "Non"})
    assert load(factory, draft) == {}


def test_a_part_holds_only_so_much(save: Save, factory: SessionFactory, draft: int) -> None:
    with pytest.raises(AnswersTooLong):
        save("applicant", {"need": "é" * ANSWERS_MAXIMUM})
    assert load(factory, draft) == {}


def test_the_budget_sets_the_amounts_of_the_file(save: Save, factory: SessionFactory, draft: int) -> None:
    def amounts() -> tuple[Decimal | None, Decimal | None]:
        with factory() as session:
            file = session.get_one(Application, draft)
            return file.total_budget, file.requested_amount

    charges = [{"account": "601", "amount": "60 000,50"}]
    products = [{"account": "74", "amount": "30 000", "fund": "yes"}]
    save("applicant", {"charges": charges, "products": products}, part="budget")
    assert amounts() == (Decimal("60000.50"), Decimal(30_000))
    save("applicant", {"charges": [{"account": "601", "amount": "1"}]}, part="budget", base=1)
    assert amounts() == (Decimal(1), None)  # more cannot be asked than the whole
    save("applicant", {"charges": []}, part="budget", base=2)
    assert amounts() == (None, None)


# --- at once ------------------------------------------------------------------------------------------------


def test_two_who_save_at_once_both_keep_their_words(factory: SessionFactory, world: World, draft: int) -> None:
    def write(name: str, answers: dict[str, str]) -> Callable[[Session, Barrier], str]:
        def act(session: Session, barrier: Barrier) -> str:
            application = session.get_one(Application, draft)
            assert application.sections == []  # read before the other's saving
            barrier.wait()
            save_part(session, world[name], application, NEED, answers, base=0)
            return name

        return act

    done = race(factory, write("applicant", {"need": "Le besoin"}), write("stranger", {"people": "40"}))
    assert sorted(map(str, done)) == ["applicant", "stranger"]
    assert load(factory, draft) == {"need": "Le besoin", "people": "40"}


def test_of_two_who_save_one_answer_at_once_the_second_is_told(
    factory: SessionFactory, world: World, draft: int
) -> None:
    def write(name: str) -> Callable[[Session, Barrier], str]:
        def act(session: Session, barrier: Barrier) -> str:
            application = session.get_one(Application, draft)
            barrier.wait()
            save_part(session, world[name], application, NEED, {"need": name}, base=0, seen={"need": ""})
            return name

        return act

    done = race(factory, write("applicant"), write("stranger"))
    [refused] = [result for result in done if isinstance(result, SectionConflict)]
    [winner] = [result for result in done if isinstance(result, str)]
    assert refused.recorded == {"need": winner}
    assert load(factory, draft) == {"need": winner}
