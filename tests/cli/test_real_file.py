"""The real file, which stands beside the project: taken in, carried through, published, valid."""

from pathlib import Path

import pytest
from frictionless import Resource, Schema, system
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fund.cli.exports import export_group
from fund.cli.imports import import_group
from fund.models import Application, Call
from fund.schemas.scdl import AwardRecord
from fund.schemas.scdl_reader import read_rows
from fund.services import journal
from tests.cli.conftest import Command
from tests.cli.test_export_scdl import FACTS
from tests.conftest import SHARED
from workflows.application import ApplicationState

pytestmark = pytest.mark.shared


def test_the_real_file_is_carried_through_and_comes_back_valid(
    run: Command, session: Session, tmp_path: Path
) -> None:
    real, out = SHARED / "subventions-haute-garonne-reelles.csv", tmp_path / "out.csv"
    taken = run(import_group, "awards", real)
    assert "68 subventions ont été reprises. 0 était déjà connue. 1 ligne a été refusée." in taken.stdout
    states = session.execute(select(Application.state, func.count()).group_by(Application.state)).all()
    assert [tuple(line) for line in states] == [(ApplicationState.REPORTED, 68)]
    assert all(call.remaining_envelope() == 0 for call in session.scalars(select(Call)))
    assert journal.verify(session).broken == []
    assert run(export_group, "scdl", "--out", out).exit_code == 0
    with system.use_context(trusted=True):  # a temporary folder is outside of the working directory
        schema = Schema.from_descriptor(str(SHARED / "scdl-subventions-2.1.1.schema.json"))
        report = Resource(path=str(out), encoding="utf-8", schema=schema).validate()
    assert report.stats["tasks"] == 1
    assert report.flatten(["message"]) == []
    assert _facts(out) == _facts(real)


def _facts(path: Path) -> list[list[object]]:
    records = [record for record in read_rows(path) if isinstance(record, AwardRecord)]
    assert len(records) == 68
    return sorted([[getattr(record, name) for name in FACTS] for record in records], key=str)
