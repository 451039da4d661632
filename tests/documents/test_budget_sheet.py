"""A budget through a spreadsheet and back, and everything that a file may hold instead of one."""

import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fund.documents.budget_sheet import SheetRead, read_budget_sheet, write_budget_sheet
from fund.documents.sheet_rows import MAX_ROWS
from fund.forms.accounts import Side, offered_accounts, plan
from fund.forms.budget import load_budget
from fund.forms.definition import BudgetRule, GrantRule

RULE = BudgetRule()
SOUND: dict[str, list[dict[str, str]]] = {
    "charges": [
        {"account": "601", "label": "Papier", "amount": "4500.50"},
        {"account": "64", "label": "", "amount": "15499.50"},
        {"account": "864", "label": "Bénévoles", "amount": "3000.00"},
    ],
    "products": [
        {"account": "74", "label": "", "amount": "10000.00", "status": "", "evidence": "", "fund": "yes"},
        {"account": "742", "label": "x", "amount": "9000", "status": "granted", "evidence": "D-1", "fund": ""},
        {"account": "756", "label": "", "amount": "1000.00", "status": "", "evidence": "", "fund": ""},
        {"account": "870", "label": "", "amount": "3000.00", "status": "", "evidence": "", "fund": ""},
    ],
}
SOUND["products"][1]["amount"] = "9000.00"
HEADER = ("Compte", "Précision", "Montant", "État", "Pièce", "Demandé au fonds")


def workbook(rows: Iterable[Iterable[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: Iterable[Any], rule: BudgetRule = RULE) -> SheetRead:
    return read_budget_sheet(workbook([HEADER, *rows]), rule)


def refused(result: SheetRead) -> list[tuple[str, str]]:
    return [(refusal.cell, str(refusal.problem)) for refusal in result.refusals]


def changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The archive with each of its parts put through ``change``."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_budget_comes_back_as_it_was(locale: str) -> None:
    result = read_budget_sheet(write_budget_sheet(SOUND, RULE, locale), RULE)
    assert result.raw == SOUND
    assert result.refusals == ()
    assert [taken.path for taken in result.taken] == [
        *("charges.0", "charges.1", "charges.2"),
        *("products.0", "products.1", "products.2", "products.3"),
    ]


def test_totals_are_formulas_with_their_results() -> None:
    data = write_budget_sheet(SOUND, RULE, "fr")
    formulas = openpyxl.load_workbook(BytesIO(data))["Budget"]
    results = openpyxl.load_workbook(BytesIO(data), data_only=True)["Budget"]
    totals = {
        str(results.cell(row, 2).value): (str(formulas.cell(row, 4).value), results.cell(row, 4).value)
        for row in range(1, results.max_row + 1)
        if str(formulas.cell(row, 4).value).startswith("=")
    }
    assert {name: result for name, (_, result) in totals.items()} == {
        "Total des charges": 20000,
        "Total des contributions en nature (86)": 3000,
        "Total des produits": 20000,
        "Total des contributions en nature (87)": 3000,
        "Solde (produits moins charges)": 0,
    }
    assert totals["Total des charges"][0].startswith("=SUM(D6:D20)-(SUMIF(A6:A20,86,D6:D20)")
    assert results["D6"].number_format == r"#,##0.00\ [$€-40C]"
    assert results["B6"].value == "Achats de matières"


def test_the_sheet_offers_the_accounts_of_the_call_and_no_others() -> None:
    rule = BudgetRule(accounts=("60",), in_kind=False)
    book = openpyxl.load_workbook(BytesIO(write_budget_sheet({}, rule, "en")))
    codes = [str(row[0]) for row in book["Plan"].iter_rows(min_row=2, values_only=True)]
    assert codes == list(offered_accounts(rule))
    texts = [row[1] for row in book["Budget"].iter_rows(values_only=True)]
    assert "Total of charges" in texts
    assert not [text for text in texts if "in kind" in str(text)]


@pytest.mark.parametrize("text", ["=1+1", "+33 5", "-2", "@SUM(A1)", "'=1", '=HYPERLINK("http://example.org")'])
def test_a_text_never_becomes_a_formula(text: str) -> None:
    raw = {"charges": [{"account": "601", "label": text, "amount": "1.00"}], "products": []}
    data = write_budget_sheet(raw, RULE, "fr")
    cell = openpyxl.load_workbook(BytesIO(data))["Budget"]["C6"]
    assert cell.data_type == "s"
    assert str(cell.value) == f"'{text}"
    assert read_budget_sheet(data, RULE).raw == raw


def test_a_draft_is_written_with_its_faults_and_they_are_named_on_return() -> None:
    raw = {
        "charges": [{"account": "bof", "label": "\ud800\x00", "amount": "douze"}, {}, "nothing"],
        "products": [{"account": "742", "amount": "5", "status": "perhaps"}],
        "other": 1,
    }
    result = read_budget_sheet(write_budget_sheet(raw, RULE, "fr"), RULE)
    assert refused(result) == [
        ("D6", "not_an_amount"),
        ("A6", "unknown_account"),
        ("E24", "not_a_choice"),
    ]
    assert result.refusals[0].value == "douze"
    assert result.taken == ()
    assert read_budget_sheet(write_budget_sheet([], RULE, "en"), RULE).refusals == ()


def test_each_row_is_taken_or_refused_with_its_reasons() -> None:
    result = read(
        ("Charges",),
        (601, "papier", 12.5),
        ("604 - Prestations", "une", "1 200,50 €"),
        (999, "inconnu", 1),
        ("", "sans compte", 1),
        (606, "négatif", -5),
        (606, "texte", "cinq"),
        (606, "millième", 1.005),
        (606, "vrai", True),
        (606, "jour", datetime(2026, 2, 3, tzinfo=UTC).replace(tzinfo=None)),
        (606, "deux sens", "1.200"),
        (),
        ("Total", None, 99),
        (742, "Région", 10, "Accordée", "DOC", "non"),
        (742, "Région", 10, "peut-être"),
        (74, "", 10, None, None, "peut-être"),
        (74.0, "", 0.1 + 0.2, None, None, "Oui"),
        (None, "Un commentaire"),
        (606,),
    )
    assert [taken.row for taken in result.taken] == [3, 4, 15, 18]
    assert [line["amount"] for line in result.raw["charges"]] == ["12.50", "1200.50"]
    assert result.raw["products"] == [
        {
            "account": "742",
            "label": "Région",
            "amount": "10.00",
            "status": "granted",
            "evidence": "DOC",
            "fund": "",
        },
        {"account": "74", "label": "", "amount": "0.30", "status": "", "evidence": "", "fund": "yes"},
    ]
    assert refused(result) == [
        ("A5", "unknown_account"),
        ("", "unknown_account"),
        ("C7", "amount_too_small"),
        ("C8", "not_an_amount"),
        ("C9", "too_many_decimals"),
        ("C10", "not_an_amount"),
        ("C11", "not_an_amount"),
        ("C12", "amount_ambiguous"),
        ("D16", "not_a_choice"),
        ("F17", "not_yes_or_no"),
    ]


def test_an_account_that_the_call_does_not_offer_is_refused() -> None:
    result = read((641, "paie", 5), (601, "papier", 5), rule=BudgetRule(accounts=("60",)))
    assert refused(result) == [("A2", "unknown_account")]
    assert len(result.raw["charges"]) == 1


def test_a_formula_counts_by_its_result_and_without_one_is_refused_by_its_cell() -> None:
    bare = workbook([HEADER, (601, "calcul", "=2*21"), (606, "valeur", 7)])
    result = read_budget_sheet(bare, RULE)
    assert refused(result) == [("C2", "formula_without_value")]
    assert [line["account"] for line in result.raw["charges"]] == ["606"]

    def solve(name: str, part: bytes) -> bytes:
        return part.replace(b"<f>2*21</f><v></v>", b"<f>2*21</f><v>42</v>").replace(
            b"<f>2*21</f><v />", b"<f>2*21</f><v>42</v>"
        )

    solved = read_budget_sheet(changed(bare, solve), RULE)
    assert [line["amount"] for line in solved.raw["charges"]] == ["42.00", "7.00"]


def test_the_sheet_is_found_among_others_and_the_columns_in_any_order() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Notes").append(["Rien", "à lire"])
    sheet = book.create_sheet("Budget")
    sheet.append(["Mon association"])
    sheet.append(["montant (€)", "libellé", "COMPTE"])
    sheet.append([5, "papier", 601])
    out = BytesIO()
    book.save(out)
    result = read_budget_sheet(out.getvalue(), RULE)
    assert result.raw["charges"] == [{"account": "601", "label": "papier", "amount": "5.00"}]


CSV = "Compte;Précision;Montant\n601;Goûter d’été;1 200,50\n\n641;=1+1;5\n742;'=1;6\nTotal;;1205,50\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_in_the_encodings_of_the_trade(encoding: str) -> None:
    result = read_budget_sheet(CSV.encode(encoding), RULE)
    assert result.raw["charges"][0] == {"account": "601", "label": "Goûter d’été", "amount": "1200.50"}
    assert result.raw["charges"][1]["label"] == "=1+1"
    assert result.raw["products"][0]["label"] == "=1"
    assert [taken.row for taken in result.taken] == [2, 4, 5]
    assert result.refusals == ()


def test_a_csv_with_commas() -> None:
    result = read_budget_sheet(b'Account,Detail,Amount,Status\r\n742,"a; b","1200,50",asked\r\n', RULE)
    assert result.raw["products"][0] == {
        "account": "742",
        "label": "a; b",
        "amount": "1200.50",
        "status": "asked",
        "evidence": "",
        "fund": "",
    }


def encrypted_entries() -> bytes:
    """An archive whose parts say that they have a password (the flag stands at the eighth byte of an entry)."""
    data = bytearray(workbook([HEADER]))
    place = data.find(b"PK\x01\x02")
    while place != -1:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(data)


def with_part(name: str, content: bytes) -> bytes:
    out = BytesIO(workbook([HEADER]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


NOISE = Random(17).randbytes(11 * 1024 * 1024)  # noqa: S311 - what does not compress, and is no secret
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: b"", "sheet_without_columns"),
        (lambda: b"un texte sans colonnes", "sheet_without_columns"),
        (lambda: workbook([["a", "b"]]), "sheet_without_columns"),
        (lambda: b"%PDF-1.7\n\x00\x01", "not_a_spreadsheet"),
        (lambda: b"\x89PNG\r\n\x1a\n\x00", "not_a_spreadsheet"),
        (lambda: b"PK\x03\x04 and nothing more", "not_a_spreadsheet"),
        (lambda: with_part("a", b"")[:-40], "not_a_spreadsheet"),
        (lambda: b"Compte;Montant\n601;" + b"9" * 200_000, "not_a_spreadsheet"),
        (lambda: OLE + b"Workbook", "sheet_too_old"),
        (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "sheet_encrypted"),
        (encrypted_entries, "sheet_encrypted"),
        (lambda: with_part("xl/media/bomb", bytes(20 * 1024 * 1024)), "sheet_too_large"),
        (lambda: with_part("xl/huge.xml", NOISE), "sheet_too_large"),
        (lambda: workbook([HEADER, *[(601, "x", 1)] * MAX_ROWS]), "too_many_rows"),
        (lambda: b"Compte;Montant\n" + b"601;1\n" * MAX_ROWS, "too_many_rows"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_reason(make: Callable[[], bytes], problem: str) -> None:
    result = read_budget_sheet(make(), RULE)
    assert [(refusal.row, refusal.cell, str(refusal.problem)) for refusal in result.refusals] == [(0, "", problem)]
    assert result.raw == {"charges": [], "products": []}


def test_an_archive_of_zeros_is_judged_by_what_it_declares() -> None:
    """Nine megabytes of blanks in ten kilobytes are refused; so is an archive that declares less than it holds."""
    bomb = with_part("xl/worksheets/sheet9.xml", b"<a>" + b" " * 9 * 1024 * 1024)
    assert refused(read_budget_sheet(bomb, RULE)) == [("", "sheet_too_large")]
    honest = workbook([HEADER, *[(601, "papier " * 20, 1)] * 900])
    with zipfile.ZipFile(BytesIO(honest)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = honest.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert refused(read_budget_sheet(lying, RULE)) == [("", "not_a_spreadsheet")]


def test_entities_are_not_expanded() -> None:
    assert openpyxl.DEFUSEDXML is True
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'

    def poison(name: str, part: bytes) -> bytes:
        return bomb + part if name == "xl/worksheets/sheet1.xml" else part

    assert refused(read_budget_sheet(changed(workbook([HEADER]), poison), RULE)) == [("", "not_a_spreadsheet")]


def test_a_single_cell_far_below_does_not_cost_a_million_rows() -> None:
    def sink(name: str, part: bytes) -> bytes:
        return part.replace(b'r="2"', b'r="999999999"') if name == "xl/worksheets/sheet1.xml" else part

    far = changed(workbook([HEADER, (601, "x", 1)]), sink)
    assert refused(read_budget_sheet(far, RULE)) == [("", "too_many_rows")]


# What a label may hold once the form has read it; XML has no noncharacters.
labels = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=40)
    | st.text("=+-@'\"<>&_x005F \n", max_size=12)
).filter(lambda text: "x005F_" not in text)  # openpyxl takes this one for an escape
euros = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2)


@st.composite
def rows(draw: st.DrawFn, side: Side) -> dict[str, str]:
    account = draw(st.sampled_from([code for code in plan() if plan()[code].side is side]))
    row = {"account": account, "label": draw(labels), "amount": f"{draw(euros):.2f}"}
    if side is Side.PRODUCTS:
        fund = draw(st.sampled_from(["", "yes"])) if account.startswith("74") else ""
        status = draw(st.sampled_from(["", "asked", "granted"]))
        row |= {"status": status, "evidence": draw(labels), "fund": fund}
    return row


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    charges=st.lists(rows(Side.CHARGES), max_size=5),
    products=st.lists(rows(Side.PRODUCTS), max_size=5),
    locale=st.sampled_from(["fr", "en"]),
)
def test_every_valid_budget_comes_back(
    charges: list[dict[str, str]], products: list[dict[str, str]], locale: str
) -> None:
    grant = GrantRule(Decimal(0), Decimal(0), Decimal(100))
    budget = load_budget({"charges": charges, "products": products}, RULE, grant, complete=False)
    read_as = {line.key: line for line in budget.lines}
    raw = {
        side: [row | {"label": read_as[f"{side}.{place}"].label} for place, row in enumerate(given_rows)]
        for side, given_rows in (("charges", charges), ("products", products))
    }
    for place, row in enumerate(raw["products"]):
        row["evidence"] = read_as[f"products.{place}"].evidence
    result = read_budget_sheet(write_budget_sheet(raw, RULE, locale), RULE)
    assert result.refusals == ()
    assert result.raw == raw


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_can_make_it_raise(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"Compte;Montant\n"):
        assert set(read_budget_sheet(start + data, RULE).raw) == {"charges", "products"}
