"""Statements in the shapes that banks write, and everything that a file may hold instead of one."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.bank import statements
from fund.bank.faults import BankFault
from fund.bank.statements import MAX_BYTES, Statement, StatementLine, read_statements

FILES = Path(__file__).parent / "files"
SHAPES = ("one_by_one_v02", "batch_told_v08", "batch_untold_v04", "returned_v10")
OURS = "FR7630006000011234567890189"


def sample(name: str) -> bytes:
    return (FILES / f"{name}.xml").read_bytes()


def read(name: str) -> Statement:
    return read_statements(sample(name))[0]


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    text = sample(name).decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text.encode()


def fault(data: bytes) -> str:
    with pytest.raises(BankFault) as caught:
        read_statements(data)
    return caught.value.code


def entry(content: str, amount: str = "10.00") -> bytes:
    """A statement of one booked debit with this content beside its amount."""
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
    <Id>S</Id><Acct><Id><IBAN>{OURS}</IBAN></Id></Acct><Ntry>
    <Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><Dt>2027-05-03</Dt></BookgDt>{content}</Ntry></Stmt></BkToCstmrStmt></Document>""".encode()


def part(reference: str, amount: str, direction: str = "DBIT") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy='EUR'>{amount}</Amt>"
        f"<CdtDbtInd>{direction}</CdtDbtInd></TxDtls>"
    )


def lines_of(content: str, amount: str = "10.00") -> tuple[StatementLine, ...]:
    return read_statements(entry(content, amount))[0].lines


# --- the shapes ----------------------------------------------------------------------------------------------


def test_an_entry_for_each_transfer() -> None:
    statement = read("one_by_one_v02")
    assert statement.account_iban == OURS
    assert statement.identification == "2027-084"
    assert statement.created_at == datetime(2027, 5, 4, 3, 30, tzinfo=UTC)
    assert (statement.from_day, statement.to_day) == (date(2027, 5, 3), date(2027, 5, 3))
    assert (statement.opening, statement.closing) == (Decimal("100000.00"), Decimal("63499.50"))
    assert statement.unbooked_count == 0
    first, second = statement.lines
    assert first == StatementLine(
        booked_on=date(2027, 5, 3),
        value_on=date(2027, 5, 3),
        amount=Decimal("24000.00"),
        is_credit=False,
        currency="EUR",
        end_to_end_id="CV-2027-0001-T1",
        message_id="VF-2027-0001",
        payment_information_id="VF-2027-0001",
        counterpart_name="ASSOCIATION EXEMPLE DES TROIS RIVIERES",
        counterpart_iban="FR7699999000010000000000115",
        remittance="CV-2027-0001-T1 Fonds exemple, 1re tranche",
        bank_reference="BQ-881",
        return_code="",
        is_reversal=False,
        batch_count=None,
    )
    assert (second.end_to_end_id, second.amount) == ("CV-2027-0002-T1", Decimal("12500.50"))
    assert (second.booked_on, second.value_on) == (date(2027, 5, 3), None)
    assert (second.counterpart_name, second.remittance) == ("", "")


def test_a_batch_whose_transfers_are_told_gives_a_line_for_each() -> None:
    statement = read("batch_told_v08")
    assert (statement.opening, statement.closing) == (Decimal("-1000.00"), Decimal("-29612.40"))
    assert statement.unbooked_count == 1
    one, other, repayment, charges = statement.lines
    assert [(line.end_to_end_id, line.amount, line.is_credit) for line in (one, other)] == [
        ("CV-2027-0003-T1", Decimal("18000.00"), False),
        ("CV-2027-0004-T2", Decimal("12000.00"), False),
    ]
    assert {line.message_id for line in (one, other)} == {"VF-2027-0002"}
    assert {line.payment_information_id for line in (one, other)} == {"VF-2027-0002"}
    assert {line.batch_count for line in (one, other)} == {None}
    assert (one.counterpart_name, one.bank_reference) == ("Commune Exemple-sur-Ariège", "BQ-901-1")
    assert other.bank_reference == "BQ-901"
    assert (repayment.is_credit, repayment.amount) == (True, Decimal("1400.10"))
    assert (repayment.end_to_end_id, repayment.remittance) == ("", "RV-2027-0001")
    assert repayment.counterpart_name == "Coopérative Exemple du Lauragais"
    assert repayment.counterpart_iban == "FR7699999000010000000000309"
    assert (charges.amount, charges.booked_on) == (Decimal("12.50"), date(2027, 6, 1))
    assert charges.remittance == "Frais de tenue de compte"


def test_a_batch_whose_transfers_are_not_told_is_one_line() -> None:
    statement, other = read_statements(sample("batch_untold_v04"))
    (line,) = statement.lines
    assert (line.batch_count, line.amount, line.end_to_end_id) == (3, Decimal("41250.75"), "")
    assert (line.message_id, line.payment_information_id) == ("VF-2027-0003", "VF-2027-0003")
    assert line.remittance == "Virements émis"
    assert (statement.opening, statement.closing, statement.from_day) == (None, None, None)
    assert (other.account_iban, other.lines) == ("FR7699999000010000000000115", ())


def test_money_that_came_back_says_why_and_from_whom() -> None:
    closed, unknown, reversal = read("returned_v10").lines
    assert all(line.is_credit for line in (closed, unknown, reversal))
    assert (closed.return_code, closed.end_to_end_id) == ("AC04", "CV-2027-0001-T1")
    assert closed.counterpart_name == "Association Exemple des Trois Rivières"
    assert closed.counterpart_iban == "FR7699999000010000000000115"
    assert (unknown.return_code, unknown.remittance) == ("AC01", "Compte inconnu")
    # Here the bank turned the parties round.
    assert (unknown.counterpart_name, unknown.counterpart_iban) == (
        "Société Exemple",
        "FR7699999000010000000000212",
    )
    assert (reversal.is_reversal, closed.is_reversal) == (True, False)


@pytest.mark.parametrize("version", ["02", "05", "08", "13"])
def test_every_version_is_read(version: str) -> None:
    data = changed("batch_told_v08", ("camt.053.001.08", f"camt.053.001.{version}"))
    assert read_statements(data)[0] == read("batch_told_v08")


# --- entries and their parts ---------------------------------------------------------------------------------


def test_parts_that_do_not_add_up_are_one_line_for_the_whole() -> None:
    (line,) = lines_of(f"<NtryDtls>{part('A', '4.00')}{part('B', '5.00')}</NtryDtls>")
    assert (line.amount, line.end_to_end_id, line.batch_count) == (Decimal("10.00"), "", 2)


def test_parts_in_another_currency_are_one_line_for_the_whole() -> None:
    details = f"<NtryDtls>{part('A', '4.00')}{part('B', '6.00')}</NtryDtls>".replace("EUR", "USD")
    assert [line.batch_count for line in lines_of(details)] == [2]


def test_parts_may_go_both_ways_and_lie_in_several_batches() -> None:
    details = (
        f"<NtryDtls><Btch><MsgId>ONE</MsgId></Btch>{part('A', '12.00')}</NtryDtls>"
        f"<NtryDtls><Btch><MsgId>TWO</MsgId></Btch>{part('B', '2.00', 'CRDT')}{part('C', '0.00')}</NtryDtls>"
    )
    assert [(line.end_to_end_id, line.message_id, line.is_credit) for line in lines_of(details)] == [
        ("A", "ONE", False),
        ("B", "TWO", True),
    ]


def test_of_one_part_what_the_account_shows_counts() -> None:
    """The bank kept a charge from what came back."""
    (line,) = lines_of(f"<NtryDtls>{part('A', '12.00')}</NtryDtls>")
    assert (line.amount, line.end_to_end_id) == (Decimal("10.00"), "A")


@pytest.mark.parametrize("told", ["x" * 36, "NOTPROVIDED", "  "])
def test_what_is_no_reference_is_left_out(told: str) -> None:
    assert [line.end_to_end_id for line in lines_of(f"<NtryDtls>{part(told, '10.00')}</NtryDtls>")] == [""]


def test_texts_are_one_line_and_bounded() -> None:
    (line,) = lines_of(f"<AddtlNtryInf>\n a\t b {'c' * 9_000}</AddtlNtryInf>")
    assert line.remittance.startswith("a b ccc")
    assert len(line.remittance) == 500


def test_elements_of_other_namespaces_and_comments_do_no_harm() -> None:
    odd = '<x:Amt xmlns:x="urn:example">1</x:Amt><!-- --><?pi x?><SplmtryData><Envlp><Ntry/></Envlp></SplmtryData>'
    assert [line.amount for line in lines_of(odd)] == [Decimal("10.00")]


@pytest.mark.parametrize(
    ("day", "booked_on"),
    [
        ("<Dt>2027-05-03</Dt>", date(2027, 5, 3)),
        ("<Dt>2027-05-03+02:00</Dt>", date(2027, 5, 3)),
        ("<DtTm>2027-05-03T22:30:00Z</DtTm>", date(2027, 5, 4)),  # half past midnight in Paris
        ("<DtTm>2027-05-03T23:30:00</DtTm>", date(2027, 5, 3)),
        ("<DtTm>2027-05-03T24:00:00</DtTm>", date(2027, 5, 3)),
    ],
)
def test_days_are_those_of_paris(day: str, booked_on: date) -> None:
    data = entry("").replace(b"<Dt>2027-05-03</Dt>", day.encode())
    assert [line.booked_on for line in read_statements(data)[0].lines] == [booked_on]


@pytest.mark.parametrize("written", ["10", "10.0", "+10.00", "10.00000", " 10. ", "0010.00"])
def test_an_amount_may_be_written_in_several_ways(written: str) -> None:
    assert [line.amount for line in lines_of("", written)] == [Decimal("10.00")]


# --- what is refused -----------------------------------------------------------------------------------------


def test_bombs_and_entities_are_refused() -> None:
    begin = time.monotonic()
    assert fault(sample("bomb")) == "xml_forbidden"
    outside = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    assert fault(outside) == "xml_forbidden"
    assert fault(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>') == "xml_forbidden"
    assert fault(sample("one_by_one_v02").replace(b"?>", b"?><!DOCTYPE Document>", 1)) == "xml_forbidden"
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01",
        b"BOOK;2027-05-03;10,00",
        b"<Document>",
        b"%PDF-1.7",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="none"?><a/>',
        b"<a>\xff</a>",
    ],
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    assert fault(data) == "xml_malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"<Document/>",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/></Document>',
        sample("batch_told_v08").replace(b"camt.053", b"camt.052"),
        sample("batch_told_v08").replace(b"urn:iso:std:iso:20022:tech:xsd:", b"urn:example:"),
        b'<html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_another_message_is_refused(data: bytes) -> None:
    assert fault(data) == "not_camt053"


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault(sample("one_by_one_v02") + b" " * MAX_BYTES) == "too_large"
    monkeypatch.setattr(statements, "MAX_LINES", 3)
    assert fault(sample("batch_told_v08")) == "too_large"
    assert len(read("returned_v10").lines) == 3


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('<Amt Ccy="EUR">12.5</Amt>', '<Amt Ccy="CHF">12.5</Amt>', "currency_not_euro"),
        ('<Amt Ccy="EUR">12.5</Amt>', "<Amt>12.5</Amt>", "currency_not_euro"),
        ("</IBAN></Id></Acct>", "</IBAN></Id><Ccy>GBP</Ccy></Acct>", "currency_not_euro"),
        (f"<IBAN>{OURS}</IBAN>", "<Othr><Id>12345</Id></Othr>", "account_missing"),
        (">12.5<", ">-12.5<", "amount_malformed"),
        (">12.5<", ">12,5<", "amount_malformed"),
        (">12.5<", ">12.505<", "amount_malformed"),
        (">12.5<", ">NaN<", "amount_malformed"),
        (">12.5<", ">1e3<", "amount_malformed"),
        (">12.5<", "><", "amount_malformed"),
        (">12.5<", ">1٢<", "amount_malformed"),
        (">12.5<", ">1000000000000<", "amount_malformed"),
        (">18000.00<", ">x<", "amount_malformed"),
        ('12.5</Amt><CdtDbtInd>DBIT</CdtDbtInd>', "12.5</Amt>", "amount_malformed"),
        ('12.5</Amt><CdtDbtInd>DBIT</CdtDbtInd>', "12.5</Amt><CdtDbtInd>X</CdtDbtInd>", "amount_malformed"),
        ("<ValDt><Dt>2027-06-02</Dt>", "<ValDt><Dt>2027-06-31</Dt>", "date_malformed"),
        ("<ValDt><Dt>2027-06-01</Dt>", "<ValDt><Dt/>", "date_malformed"),
        ("2027-06-02T04:00:00.250Z", "demain", "date_malformed"),
        ("2027-06-01T23:59:59+02:00", "9999-12-31T23:59:59Z", "date_malformed"),
        ("2027-06-01T00:00:00+02:00", "0001-01-01T00:00:00+14:00", "date_malformed"),
        (">12.5<", ">12.51<", "sums_differ"),
        (">29612.40<", ">29612.41<", "sums_differ"),
        ("<Cd>PDNG</Cd>", "<Cd>BOOK</Cd>", "sums_differ"),
    ],
)  # fmt: skip
def test_what_a_statement_cannot_say_is_refused(before: str, after: str, code: str) -> None:
    assert fault(changed("batch_told_v08", (before, after))) == code


def test_a_fault_of_the_sums_names_its_statement() -> None:
    with pytest.raises(BankFault) as caught:
        read_statements(changed("batch_told_v08", (">12.5<", ">12.51<")))
    assert caught.value.about == "2027-101"


def test_a_large_batch_is_read_in_time() -> None:
    """Each part is looked at once: 20,000 of them take a few seconds, and would take minutes if all were."""
    parts = "".join(part(f"R-{number}", "1.00") for number in range(20_000))
    begin = time.monotonic()
    lines = lines_of(f"<NtryDtls>{parts}</NtryDtls>", "20000.00")
    assert len({line.end_to_end_id for line in lines}) == 20_000
    assert time.monotonic() - begin < 30


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SHAPES), st.data())
def test_damaged_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=4))
    try:
        read = read_statements(bytes(content))
    except BankFault:
        return
    assert all(line.amount > 0 for statement in read for line in statement.lines)
