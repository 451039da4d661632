"""``fund ledger``: the check with its status, balances of any day, and the files for the accountant."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from fund.cli.ledger import ledger
from fund.db import SessionFactory, unit_of_work
from fund.documents.ledger_sheets import FEC_COLUMNS
from fund.models import Call
from fund.services.ledger_check import latest_checks
from tests.cli.conftest import Command
from tests.scenario import World
from tests.services.makers import today

ENGLISH = ("--language", "en")


@pytest.fixture
def references(factory: SessionFactory, world: World) -> tuple[str, str]:
    """An award that is paid, and its call."""
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        return award.reference, session.get_one(Call, world.call_id).reference


def test_the_check_tells_that_all_agrees(
    run: Command, factory: SessionFactory, references: tuple[str, str]
) -> None:
    result = run(ledger, "check", *ENGLISH)
    assert (result.exit_code, result.stdout) == (0, "6 entries were compared. 0 disagreements.\n")
    with factory() as session:
        assert [(done.entries, done.fault_count) for done in latest_checks(session)] == [(6, 0)]


def test_the_check_names_each_fault_and_fails(
    run: Command, factory: SessionFactory, engine: Engine, references: tuple[str, str]
) -> None:
    award, _ = references
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE awards SET amount = amount + 1, shared_total = shared_total + 1"))
    result = run(ledger, "check", *ENGLISH)
    assert result.exit_code == 1
    differs = f"Award {award}: Account “%s”: by its state it should hold %s, and the ledger holds %s."
    assert result.stdout.splitlines() == [
        "6 entries were compared. 3 disagreements.",
        differs % ("Envelopes available", "-€15,001.00", "-€15,000.00"),
        differs % ("Committed", "€15,001.00", "€15,000.00"),
        f"Award {award}: The tranches come to €15,000.00; the award is €15,001.00.",
    ]
    with factory() as session:
        [done] = latest_checks(session)
        assert done.fault_count == 3


def balances_in(output: str) -> dict[str, str]:
    """By the account's name, what the command wrote beside it."""
    lines = [line.rsplit("  ", 1) for line in output.splitlines()]
    return {name.strip(): amount.strip() for name, amount in lines}


def test_balances_are_of_the_fund_a_call_or_an_award_on_any_day(run: Command, references: tuple[str, str]) -> None:
    award, call = references
    of_fund = balances_in(run(ledger, "balance", *ENGLISH).stdout)
    assert of_fund["Endowment"] == "-€200,000.00"
    assert of_fund["Paid"] == "€15,000.00"
    assert balances_in(run(ledger, "balance", "--call", call, *ENGLISH).stdout) == of_fund
    of_award = balances_in(run(ledger, "balance", "--award", award, *ENGLISH).stdout)
    assert (of_award["Endowment"], of_award["Paid"]) == ("€0.00", "€15,000.00")
    yesterday = (today() - timedelta(days=1)).isoformat()
    before = balances_in(run(ledger, "balance", "--on", yesterday, *ENGLISH).stdout)
    assert set(before.values()) == {"€0.00"}


def test_an_unknown_reference_is_told(run: Command) -> None:
    result = run(ledger, "balance", "--award", "AT-AUCU-NE", *ENGLISH)
    assert result.exit_code == 1
    assert result.stderr == "Error: There is nothing of the reference AT-AUCU-NE.\n"


def test_the_fec_balances_and_numbers_without_a_gap(
    run: Command, references: tuple[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "grants.txt"
    result = run(ledger, "export", "--format", "fec", "--out", out)
    assert result.exit_code == 0, result.output
    head, *lines = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert tuple(head) == FEC_COLUMNS
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    numbers = [int(row["EcritureNum"]) for row in rows]
    assert numbers == [n for n in range(1, 7) for _ in range(2)]
    for side in ("Debit", "Credit"):
        assert sum(Decimal(row[side].replace(",", ".")) for row in rows) == 245_000
    assert {row["EcritureDate"] for row in rows} == {f"{today():%Y%m%d}"}
    assert {row["PieceRef"][:2] for row in rows} == {"AP", "AT", "VE"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["grants.txt"]


def test_the_spreadsheet_has_the_lines_of_the_days_asked_for(
    run: Command, references: tuple[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "grants.xlsx"

    def rows() -> int:
        return int(load_workbook(BytesIO(out.read_bytes())).worksheets[0].max_row)

    day = today().isoformat()
    assert run(ledger, "export", "--format", "xlsx", "--from", day, "--to", day, "--out", out).exit_code == 0
    assert rows() == 13
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert run(ledger, "export", "--format", "xlsx", "--to", yesterday, "--out", out).exit_code == 0
    assert rows() == 1


def test_a_file_that_cannot_be_written_is_told(run: Command, references: tuple[str, str], tmp_path: Path) -> None:
    result = run(ledger, "export", "--format", "fec", "--out", tmp_path / "nowhere" / "grants.txt", *ENGLISH)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
