"""``fund workflow``: tables, diagrams, and the page kept in docs/."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fund.cli.main import cli
from workflows import WORKFLOWS

PAGE = Path(__file__).parents[2] / "docs" / "workflows.md"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["workflow", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_table_has_one_line_for_each_step(name: str) -> None:
    heading, *lines = run("show", name).splitlines()
    assert heading.split() == ["Step", "From", "To", "Who", "Conditions", "Tells"]
    assert [line.split()[0] for line in lines] == list(WORKFLOWS[name].steps)


def test_a_line_says_from_where_to_where_by_whom_when_and_who_is_told() -> None:
    line = next(line for line in run("show", "application").splitlines() if line.startswith("application.submit"))
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == [
        "application.submit",
        "draft",
        "submitted",
        "applicant (signatory), officer (tester), import",
        (
            "window is open; form is complete; amount fits call; answers are complete; budget is sound; "
            "alliance is complete; documents are there; no report overdue; declaration is made"
        ),
        "authors: application.submitted, officers: application.received",
    ]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_diagram_has_one_arrow_for_each_way(name: str) -> None:
    first, *arrows = run("show", name, "--format", "mermaid").splitlines()
    machine = WORKFLOWS[name]
    assert first == "stateDiagram-v2"
    ways = sum(len(step.sources) for step in machine.steps.values())
    assert len(arrows) == ways + len(machine.finals) + 1


def test_an_unknown_machine_is_answered_with_the_known_ones() -> None:
    result = CliRunner().invoke(cli, ["workflow", "show", "dossier"])
    assert result.exit_code == 2
    assert all(name in result.output for name in WORKFLOWS)


def test_the_page_in_docs_is_the_one_that_the_code_writes() -> None:
    assert PAGE.read_text() == run("docs"), "run: fund workflow docs > docs/workflows.md"
