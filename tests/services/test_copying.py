"""Copying an earlier file: what fits goes into empty parts, and what does not is named."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import FieldType, Form
from fund.models import Application, Organisation
from fund.services.applications import edit_application
from fund.services.copying import Copied, copy_file, list_sources
from fund.services.writing import read_part, save_part
from tests.filling import empty_draft, example, open_call
from tests.scenario import World

ANSWERS = {"need": "Le besoin", "people": "40", "audiences": ["young"], "territories": ["com:31458"]}
BUDGET: dict[str, Any] = {
    "charges": [{"account": "601", "label": "Bois", "amount": "10"}],
    "products": [
        {"account": "742", "amount": "5", "status": "granted", "evidence": "PI-1"},
        {"account": "74", "amount": "5", "fund": "yes"},
    ],
}


def write(session: Session, world: World, file: Application, part: str, answers: dict[str, Any]) -> None:
    save_part(session, world["applicant"], file, part, answers, base=0)


@pytest.fixture
def source(factory: SessionFactory, world: World) -> int:
    with unit_of_work(factory) as session:
        file = empty_draft(session, world)
        write(session, world, file, "project", {"title": "Un verger", "commune_code": ["com:31458"]})
        write(session, world, file, "need", ANSWERS)
        write(session, world, file, "budget", BUDGET)
        members = [
            {"organisation": file.lead, "part": "Pilote"},
            {
                "organisation": session.get_one(Organisation, world.town_id),
                "contribution": Decimal(7),
                "part": "Prête",
            },
        ]
        edit_application(session, world["applicant"], file, members=members)
        return file.id


def copy(session: Session, world: World, source: int, target: Application) -> dict[str, Copied]:
    done = copy_file(session, world["applicant"], session.get_one(Application, source), target)
    return {part.key: part for part in done}


def test_everything_that_fits_is_copied(factory: SessionFactory, world: World, source: int) -> None:
    with unit_of_work(factory) as session:
        target = empty_draft(session, world)
        done = copy(session, world, source, target)
        assert target.title == "Un verger"
        assert read_part(target, "need").answers == ANSWERS
        assert [(m.organisation.name, m.part, m.contribution) for m in target.members] == [
            ("Association d'essai", "Pilote", 0),
            ("Commune d'essai", "Prête", Decimal(7)),
        ]
        assert all(member.asked_at is None and not member.consents for member in target.members)
    assert set(done) == {"project", "need", "budget", "alliance"}
    assert set(done["need"].copied) == set(ANSWERS)
    assert done["alliance"].copied == ("Commune d'essai",)


def test_money_granted_to_the_earlier_project_is_only_asked_for_this_one(
    factory: SessionFactory, world: World, source: int
) -> None:
    with unit_of_work(factory) as session:
        target = empty_draft(session, world)
        copy(session, world, source, target)
        region, fund = read_part(target, "budget").answers["products"]
    assert (region["status"], region["evidence"], region["amount"]) == ("asked", "", "5")
    assert fund["fund"] == "yes"


def test_a_part_that_was_begun_is_left_as_it_is(factory: SessionFactory, world: World, source: int) -> None:
    with unit_of_work(factory) as session:
        target = empty_draft(session, world)
        write(session, world, target, "need", {"site_web": "https://essai.example"})
        write(session, world, target, "budget", {"charges": [{"account": "604", "amount": "1"}]})
        edit_application(
            session,
            world["applicant"],
            target,
            members=[{"organisation": session.get_one(Organisation, world.company_id)}],
        )
        done = copy(session, world, source, target)
        assert read_part(target, "need").answers == {"site_web": "https://essai.example"}
        assert {m.organisation_id for m in target.members} == {world.lead_id, world.company_id}
    assert {key for key, part in done.items() if part.was_written} == {"need", "budget", "alliance"}
    assert done["project"].copied


def test_a_question_of_another_type_or_gone_is_named_and_not_copied(
    factory: SessionFactory, world: World, source: int
) -> None:
    need, *others = example().form.sections
    fields = tuple(
        replace(question, type=FieldType.TEXT, minimum=None, maximum=None)
        if question.key == "people"
        else question
        for question in need.fields
        if question.key != "territories"
    )
    with unit_of_work(factory) as session:
        call = open_call(session, world, form=Form((replace(need, fields=fields), *others)))
        target = empty_draft(session, world, call)
        done = copy(session, world, source, target)
        assert set(read_part(target, "need").answers) == {"need", "audiences"}
    assert set(done["need"].left) == {"people", "territories"}


def test_one_s_own_other_files_are_offered(factory: SessionFactory, world: World, source: int) -> None:
    with unit_of_work(factory) as session:
        target = empty_draft(session, world)
        assert [file.id for file in list_sources(session, world["applicant"], target)] == [source]
        assert list_sources(session, world["stranger"], target) == []
        assert len(list_sources(session, world["applicant"])) == 2
