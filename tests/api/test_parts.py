"""A call's form and the parts of a file, by programs."""

from typing import Any

from sqlalchemy.orm import Session

from fund.forms.content import dump_content, load_content
from fund.models import Application
from tests.api.conftest import Api, Made
from tests.filling import BUDGET_ANSWERS, answers_of, example, open_call
from tests.scenario import World


def draft(made: Made, world: World) -> tuple[str, str]:
    """The references of the example call and of an empty draft in it."""

    def make(session: Session) -> tuple[str, str]:
        call = open_call(session, world)
        return call.reference, world.draft(session, call_id=call.id).reference

    references: tuple[str, str] = made(make)
    return references


def test_everybody_reads_the_content_of_an_open_call(api: Api, made: Made, world: World) -> None:
    call, _ = draft(made, world)
    answer = api.get(None, f"/calls/{call}/content")
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    read = load_content(answer.json["content"])
    assert read.form == example().form
    assert dump_content(read) == answer.json["content"]


def test_a_part_is_written_and_read_with_what_speaks_against_it(api: Api, made: Made, world: World) -> None:
    _, file = draft(made, world)
    section = example().form.sections[0]
    empty = api.get("applicant", f"/applications/{file}/parts/{section.key}").json
    assert empty["number"] == 0
    assert f"{section.key}.need" in {problem["path"] for problem in empty["problems"]}

    path = f"/applications/{file}/parts/{section.key}"
    written = api("applicant", "POST", path, json={"base": 0, "answers": answers_of(section)})
    assert written.status_code == 200, written.json
    assert (written.json["number"], written.json["problems"]) == (1, [])
    assert written.json["answers"] == answers_of(section)


def test_the_budget_gives_the_file_its_amounts(api: Api, made: Made, world: World) -> None:
    _, file = draft(made, world)
    body: dict[str, Any] = {"base": 0, "answers": BUDGET_ANSWERS}
    answer = api("applicant", "POST", f"/applications/{file}/parts/budget", json=body)
    assert answer.status_code == 200, answer.json
    assert answer.json["problems"] == []
    shown = api.get("applicant", f"/applications/{file}").json
    assert (shown["total_budget"], shown["requested_amount"]) == ("40000.00", "25000.00")


def test_what_cannot_be_read_is_refused_and_nothing_is_saved(api: Api, made: Made, world: World) -> None:
    _, file = draft(made, world)
    path = f"/applications/{file}/parts/need"
    answer = api("applicant", "POST", path, json={"base": 0, "answers": {"people": "beaucoup"}})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/answers/people"]
    unknown = api("applicant", "POST", path, json={"base": 0, "answers": {"inconnu": "x"}})
    assert [error["pointer"] for error in unknown.json["errors"]] == ["#/answers/inconnu"]
    assert api.get("applicant", path).json["number"] == 0


def test_an_answer_that_somebody_else_changed_is_refused(api: Api, made: Made, world: World) -> None:
    _, file = draft(made, world)
    path = f"/applications/{file}/parts/need"
    api("applicant", "POST", path, json={"base": 0, "answers": {"people": "100"}})
    answer = api("applicant", "POST", path, json={"base": 0, "answers": {"people": "200", "has_site": "no"}})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/answers/people"]
    assert api.get("applicant", path).json["answers"].get("has_site") is None


def test_a_part_of_another_alliances_file_or_an_unknown_one_is_not_found(
    api: Api, made: Made, world: World
) -> None:
    _, file = draft(made, world)
    assert api.get("stranger", f"/applications/{file}/parts/need").status_code == 404
    assert api.get("applicant", f"/applications/{file}/parts/nothing").status_code == 404


def test_a_deposited_file_is_no_longer_written(api: Api, made: Made, world: World) -> None:
    def deposit(session: Session) -> str:
        return world.submitted(session).reference

    file = made(deposit)
    answer = api(
        "applicant", "POST", f"/applications/{file}/parts/project", json={"base": 0, "answers": {"title": "X"}}
    )
    assert answer.status_code == 409
    assert made(lambda session: session.query(Application).filter_by(reference=file).one().title) != "X"
