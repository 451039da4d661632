"""The ledger as the accountant's program and spreadsheet read it."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from fund.documents.ledger_sheets import (
    FEC_COLUMNS,
    LedgerRow,
    _plan,
    accounting_plan,
    fec_lines,
    ledger_workbook,
)
from workflows.ledger import LedgerAccount

DEBIT = LedgerRow(
    number=12,
    day=date(2027, 5, 3),
    booked_on=date(2027, 5, 4),
    journal_code="SUB",
    journal_label="Subventions",
    account_number="80185",
    account_label="Subventions versées",
    aux_number="12345678200010",
    aux_label="Association Exemple des Trois Rivières",
    piece="CV-2027-0001-T1",
    piece_on=date(2027, 5, 2),
    label="Tranche 1 versée",
    debit=Decimal("24000.50"),
    credit=Decimal(0),
)
CREDIT = replace(
    DEBIT,
    account_number="80184",
    account_label="Virements transmis à la banque",
    debit=Decimal(0),
    credit=Decimal("24000.50"),
)


def read(*rows: LedgerRow) -> list[dict[str, str]]:
    """As a program reads the file: fields between tabs, no quotes."""
    text = "".join(fec_lines(rows)).encode().decode("utf-8")
    return list(csv.DictReader(StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


def opened(*rows: LedgerRow, language: str = "fr") -> Worksheet:
    book = openpyxl.load_workbook(BytesIO(ledger_workbook(rows, language)))
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_a_line_has_the_eighteen_columns_of_the_law() -> None:
    head, line, _ = fec_lines([DEBIT, CREDIT])
    assert head == (
        "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\tPieceRef\t"
        "PieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\r\n"
    )
    assert line == (
        "SUB\tSubventions\t12\t20270503\t80185\tSubventions versées\t12345678200010\t"
        "Association Exemple des Trois Rivières\tCV-2027-0001-T1\t20270502\tTranche 1 versée\t24000,50\t0,00\t\t\t"
        "20270504\t\t\r\n"
    )


def test_debits_and_credits_stand_in_their_columns() -> None:
    assert [(row["Debit"], row["Credit"]) for row in read(DEBIT, CREDIT)] == [
        ("24000,50", "0,00"),
        ("0,00", "24000,50"),
    ]


def test_lines_come_as_they_are_asked_for() -> None:
    taken: list[int] = []

    def rows() -> Iterator[LedgerRow]:
        for number in range(3):
            taken.append(number)
            yield replace(DEBIT, number=number)

    lines = fec_lines(rows())
    next(lines)
    assert taken == []
    next(lines)
    assert taken == [0]


def test_an_empty_ledger_has_its_head() -> None:
    assert len(list(fec_lines([]))) == 1
    assert opened().max_row == 1


@given(st.text(max_size=80))
def test_no_text_moves_a_field(text: str) -> None:
    (row,) = read(replace(DEBIT, label=text, aux_label=text, journal_label=text))
    assert list(row) == list(FEC_COLUMNS)
    assert (row["Debit"], row["ValidDate"]) == ("24000,50", "20270504")
    assert not row["EcritureLib"].startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("start", "=+-@")
def test_a_name_is_never_a_formula(start: str) -> None:
    named = replace(DEBIT, aux_label=f"{start}1+1")
    assert read(named)[0]["CompAuxLib"] == f"'{start}1+1"
    assert (opened(named)["H2"].value, opened(named)["H2"].data_type) == (f"'{start}1+1", "s")


@given(st.decimals(Decimal(0), Decimal("999999999999.99"), places=2))
def test_amounts_are_exact_in_the_text_file(amount: Decimal) -> None:
    written = read(replace(DEBIT, debit=amount))[0]["Debit"]
    assert Decimal(written.replace(",", ".")) == amount
    assert len(written.partition(",")[2]) == 2


def test_the_spreadsheet_holds_values() -> None:
    sheet = opened(DEBIT, CREDIT)
    assert [cell.value for cell in sheet[1]] == [
        "Journal", "Libellé du journal", "Écriture", "Date", "Compte", "Libellé du compte", "Tiers",
        "Nom du tiers", "Pièce", "Date de la pièce", "Libellé", "Débit", "Crédit", "Enregistrée le",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]] == [
        "SUB", "Subventions", 12, datetime(2027, 5, 3), "80185", "Subventions versées",  # noqa: DTZ001  # a day
        "12345678200010", "Association Exemple des Trois Rivières", "CV-2027-0001-T1",
        datetime(2027, 5, 2), "Tranche 1 versée", 24000.5, 0, datetime(2027, 5, 4),  # noqa: DTZ001  # days
    ]  # fmt: skip
    assert sheet["D2"].number_format == "dd/mm/yyyy"
    assert sheet["L2"].number_format == sheet["M3"].number_format == r"#,##0.00\ [$€-40C]"
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("Écritures", "A2", "A1:N3")


def test_the_spreadsheet_speaks_english() -> None:
    sheet = opened(DEBIT, language="en")
    assert (sheet.title, sheet["L1"].value, sheet["D2"].number_format) == ("Entries", "Debit", "yyyy-mm-dd")


# The numbers of the accounts


def test_every_account_of_the_ledger_has_a_number_and_names() -> None:
    plan = accounting_plan()
    assert list(plan) == list(LedgerAccount)
    assert all(account.number.isdigit() and account.number.startswith("80") for account in plan.values())
    assert all(account.label.fr and account.label.en for account in plan.values())
    assert plan[LedgerAccount.PAID].label.of("fr") == "Subventions versées"


ENTRIES = [
    {"code": str(account), "number": f"8018{place}", "fr": "x", "en": "x"}
    for place, account in enumerate(LedgerAccount)
]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (ENTRIES[1:], "number of its own"),
        ([*ENTRIES[1:], ENTRIES[0] | {"number": "80181"}], "number of its own"),
        ([*ENTRIES, ENTRIES[0] | {"code": "cash"}], "cash"),
    ],
)
def test_a_chart_that_does_not_tell_accounts_apart_is_refused(entries: list[dict[str, str]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _plan(entries)
