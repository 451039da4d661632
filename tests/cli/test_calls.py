"""``fund call``: calls out of the database and into it as YAML, exactly."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.cli.calls import call_group
from fund.forms.content import read_yaml, write_yaml
from fund.forms.definition import CallContent, Words
from fund.models import AuditEvent, Call
from fund.services import call_versions
from fund.services.steps import take_step
from tests.cli.conftest import Command
from tests.scenario import World
from workflows.call import CallState

EXAMPLES = sorted((Path(__file__).parents[2] / "config" / "calls").glob("*.yaml"))
ENGLISH = ("--language", "en")


def example() -> CallContent:
    return read_yaml(EXAMPLES[0].read_text(encoding="utf-8"))


def latest(session: Session) -> Call:
    session.rollback()
    call = session.scalars(select(Call).order_by(Call.id.desc())).first()
    assert call is not None
    return call


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Call)) or 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_a_file_goes_in_and_comes_out_the_same(
    run: Command, session: Session, world: World, tmp_path: Path, path: Path
) -> None:
    result = run(call_group, "import", path, *ENGLISH)
    assert result.exit_code == 0, result.output
    call = latest(session)
    assert call.reference in result.stdout
    assert call.state is CallState.DRAFT
    assert call.content == read_yaml(path.read_text(encoding="utf-8"))
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    assert run(call_group, "export", call.reference, "--output", first).exit_code == 0
    assert run(call_group, "import", first, "--into", call.reference, *ENGLISH).exit_code == 0
    assert run(call_group, "export", call.reference, "--output", second).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    assert read_yaml(first.read_text(encoding="utf-8")) == call.content


def test_the_standard_output_is_the_file_itself(run: Command, session: Session, world: World) -> None:
    run(call_group, "import", EXAMPLES[0])
    result = run(call_group, "export", latest(session).reference)
    assert result.exit_code == 0
    assert result.stdout == write_yaml(example())


def test_a_trial_changes_nothing(run: Command, session: Session, world: World) -> None:
    before = count(session)
    result = run(call_group, "import", EXAMPLES[0], "--dry-run", *ENGLISH)
    assert result.exit_code == 0
    assert "nothing is changed" in result.stdout
    assert count(session) == before


def test_a_published_call_is_changed_aside_and_its_versions_can_be_had(
    run: Command, session: Session, world: World, tmp_path: Path
) -> None:
    run(call_group, "import", EXAMPLES[0])
    call = latest(session)
    take_step(session, world["officer"], call, "publish")
    session.commit()
    changed = tmp_path / "changed.yaml"
    changed.write_text(write_yaml(replace(example(), title=Words("Autre", "Other"))), encoding="utf-8")
    trial = run(call_group, "import", changed, "--into", call.reference, "--dry-run", *ENGLISH)
    assert "Alliances d’intérêt général 2027 → Autre" in trial.stdout
    assert latest(session).revision is None
    result = run(call_group, "import", changed, "--into", call.reference, *ENGLISH)
    assert "wait to be published" in result.stdout
    call = latest(session)
    assert call.title_fr == example().title.fr
    assert call_versions.revised_content(call).title.fr == "Autre"
    assert read_yaml(run(call_group, "export", call.reference).stdout).title.fr == "Autre"
    assert read_yaml(run(call_group, "export", call.reference, "--version", 1).stdout) == example()
    absent = run(call_group, "export", call.reference, "--version", 2, *ENGLISH)
    assert absent.exit_code == 1
    assert "no version 2" in absent.output
    again = run(call_group, "import", changed, "--into", call.reference, *ENGLISH)
    assert "says this already" in again.stdout
    actor = session.scalars(
        select(AuditEvent.body["actor"].astext).where(AuditEvent.action == "call.prepare_revision")
    )
    assert actor.all() == ["system"]


def test_every_fault_is_named_with_its_path_and_nothing_changes(
    run: Command, session: Session, world: World, tmp_path: Path
) -> None:
    before = count(session)
    text = EXAMPLES[0].read_text(encoding="utf-8")
    text = text.replace("weight: 35", "weight: 36").replace("show_if: has_site == yes", "show_if: nothing == yes")
    path = tmp_path / "faulty.yaml"
    path.write_text(text, encoding="utf-8")
    result = run(call_group, "import", path, *ENGLISH)
    assert result.exit_code == 1
    assert "form.sections.0.fields.7.show_if" in result.stderr
    assert "Address of the premises" in result.stderr
    assert "rubric" in result.stderr
    assert "2 faults" in result.stderr
    assert count(session) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"title: [", "YAML at line 1"), (b"\xff\xfe", "UTF-8"), (b"", "object"), (b"x: 1", "no field of this name")],
)
def test_a_file_that_is_none_is_said(
    run: Command, session: Session, world: World, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "none.yaml"
    path.write_bytes(content)
    result = run(call_group, "import", path, *ENGLISH)
    assert result.exit_code == 1
    assert said in result.output


def test_unknown_and_finished_calls_are_said(run: Command, session: Session, world: World) -> None:
    assert "no call of this reference" in run(call_group, "export", "AP-0000-0000", *ENGLISH).output
    unknown = run(call_group, "import", EXAMPLES[0], "--into", "AP-0000-0000", *ENGLISH)
    assert (unknown.exit_code, "no call of this reference" in unknown.output) == (1, True)
    call = session.get_one(Call, world.call_id)
    opened = run(call_group, "import", EXAMPLES[0], "--into", call.reference, *ENGLISH)
    assert opened.exit_code == 1
    assert "Extend the deadline" in opened.output
    take_step(session, world["officer"], call, "cancel", inputs={"reason": "Essai."})
    session.commit()
    finished = run(call_group, "import", EXAMPLES[0], "--into", call.reference, *ENGLISH)
    assert finished.exit_code == 1
    assert "Cancelled" in finished.output


def test_the_first_call_of_all_is_made_on_screen(run: Command, session: Session) -> None:
    result = run(call_group, "import", EXAMPLES[0], *ENGLISH)
    assert result.exit_code == 1
    assert "on screen" in result.output


def test_a_file_that_cannot_be_written_is_said(
    run: Command, session: Session, world: World, tmp_path: Path
) -> None:
    reference = session.get_one(Call, world.call_id).reference
    result = run(call_group, "export", reference, "--output", tmp_path / "nowhere" / "call.yaml", *ENGLISH)
    assert result.exit_code == 1
    assert "cannot be written" in result.output
