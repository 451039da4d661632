"""The project's own fields, which are columns and a part at once, and the parts of a returned file."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application
from fund.models.base import utc_now
from fund.services.applications import edit_application
from fund.services.perform import NotEditable
from fund.services.steps import take_step
from fund.services.writing import (
    SectionConflict,
    digest_of,
    judge_part,
    list_versions,
    read_part,
    save_part,
)
from tests.scenario import World
from workflows.permissions import Actor


@pytest.fixture
def plain(factory: SessionFactory, world: World) -> int:
    """A complete draft in a call without form or budget."""
    with unit_of_work(factory) as session:
        return world.draft(session).id


def write_project(factory: SessionFactory, actor: Actor, file_id: int, **answers: Any) -> None:
    with unit_of_work(factory) as session:
        save_part(session, actor, session.get_one(Application, file_id), "project", answers, base=9)


def test_valid_answers_of_the_project_become_columns(factory: SessionFactory, world: World, plain: int) -> None:
    typed = {
        "title": "Un verger",
        "total_budget": "50 000",
        "starts_on": "2027-03-01",
        "commune_code": ["com:31555"],
    }
    write_project(factory, world["applicant"], plain, **typed)
    with factory() as session:
        file = session.get_one(Application, plain)
        assert (file.title, file.total_budget, file.starts_on, file.commune_code) == (
            "Un verger",
            Decimal(50_000),
            date(2027, 3, 1),
            "31555",
        )
        assert file.summary == "Une recyclerie, une école et une entreprise."
        section = file.section("project")
        assert section is not None
        assert section.answers == {}


def test_an_answer_that_no_column_holds_is_kept_as_typed(
    factory: SessionFactory, world: World, plain: int
) -> None:
    write_project(factory, world["applicant"], plain, total_budget="beaucoup", contact_email="nulle part")
    with factory() as session:
        file = session.get_one(Application, plain)
        assert file.total_budget is None
        assert file.contact_email is None
        assert read_part(file, "project").answers["total_budget"] == "beaucoup"
        assert {found.path for found in judged(file)} == {"project.total_budget", "project.contact_email"}
    write_project(factory, world["applicant"], plain, total_budget="40 000", contact_email="")
    with factory() as session:
        file = session.get_one(Application, plain)
        assert file.total_budget == Decimal(40_000)
        assert judged(file) == ()


def judged(file: Application) -> tuple[Any, ...]:
    return judge_part(file, "project", read_part(file, "project").answers, complete=False).problems


@pytest.mark.parametrize(
    ("typed", "held", "problem"),
    [
        ({"starts_on": "2028-01-01"}, "ends_on", "period_disordered"),
        ({"requested_amount": "99 000"}, "requested_amount", "request_above_budget"),
    ],
)
def test_answers_that_contradict_each_other_are_held_and_named(
    factory: SessionFactory, world: World, plain: int, typed: dict[str, str], held: str, problem: str
) -> None:
    write_project(factory, world["applicant"], plain, **typed)
    with factory() as session:
        file = session.get_one(Application, plain)
        assert getattr(file, held) is None
        assert read_part(file, "project").answers[held]
        assert [(found.path, str(found.problem)) for found in judged(file)] == [(f"project.{held}", problem)]


def test_a_column_set_otherwise_is_a_change_for_who_is_writing(
    factory: SessionFactory, world: World, plain: int
) -> None:
    with unit_of_work(factory) as session:
        edit_application(session, world["applicant"], session.get_one(Application, plain), title="Par l’API")
    seen = {"title": digest_of("Un atelier partagé")}
    with unit_of_work(factory) as session:
        file = session.get_one(Application, plain)
        with pytest.raises(SectionConflict) as caught:
            save_part(session, world["applicant"], file, "project", {"title": "Le mien"}, base=0, seen=seen)
    assert caught.value.recorded == {"title": "Par l’API"}


# --- a returned file ----------------------------------------------------------------------------------------


def hand_in_and_return(session: Session, world: World, corrections: dict[str, Any]) -> Application:
    file = world.submitted(session)
    inputs = {
        "reason": "À revoir.",
        "return_due_at": utc_now() + timedelta(days=3),
        "corrections": corrections,
    }
    take_step(session, world["officer"], file, "return", inputs=inputs)
    return file


def test_of_a_file_returned_with_marks_only_the_marked_parts_are_written(
    factory: SessionFactory, world: World
) -> None:
    mark = {"kind": "wrong", "reason": "Qui fait quoi ?"}
    with unit_of_work(factory) as session:
        marked = hand_in_and_return(session, world, {"title": mark}).id
        other = hand_in_and_return(session, world, {"members": mark}).id
    write_project(factory, world["applicant"], marked, title="Corrigé")
    with pytest.raises(NotEditable):
        write_project(factory, world["applicant"], other, title="Corrigé")


def test_a_submitted_file_is_not_written_and_its_versions_stay(
    factory: SessionFactory, world: World, plain: int
) -> None:
    write_project(factory, world["applicant"], plain, title="Déposé")
    with unit_of_work(factory) as session:
        take_step(session, world["applicant"], session.get_one(Application, plain), "submit")
    with pytest.raises(NotEditable):
        write_project(factory, world["applicant"], plain, title="Trop tard")
    with unit_of_work(factory) as session:
        inputs = {"reason": "À revoir.", "return_due_at": utc_now() + timedelta(days=3), "corrections": {}}
        take_step(session, world["officer"], session.get_one(Application, plain), "return", inputs=inputs)
    write_project(factory, world["applicant"], plain, title="Corrigé")
    with factory() as session:
        versions = list_versions(session, session.get_one(Application, plain), "project")
        # Within the ten minutes, but what was deposited is another version.
        assert [version.answers["title"] for version in versions] == ["Corrigé", "Déposé"]
