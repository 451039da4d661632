"""Transfer files as the bank's own program would read them: valid, exact, and the same each time."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sepaxml
import time_machine
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from schwifty import IBAN

from fund.bank.charset import is_reference, sepa_text
from fund.bank.faults import BankFault
from fund.bank.transfers import GREATEST_AMOUNT, Debtor, Transfer, TransferBatch, write_transfer_file

NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
TAKEN = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
DEBTOR = Debtor("Fonds exemple des alliances", "FR7630006000011234567890189", "AGRIFRPPXXX")
TRANSFER = Transfer(
    end_to_end_id="CV-2027-0001-T1",
    amount=Decimal("24000.00"),
    name="Association Exemple des Trois Rivières",
    iban="FR7699999000010000000000115",
    bic=None,
    remittance="Fonds exemple, 1re tranche",
)
OTHER = replace(
    TRANSFER, end_to_end_id="CV-2027-0002-T1", amount=Decimal("0.05"), iban="FR7699999000010000000000212"
)
BATCH = TransferBatch(
    message_id="VF-2027-0001",
    created_at=datetime(2027, 5, 1, 22, 30, tzinfo=UTC),
    execution_day=date(2027, 5, 3),
    debtor=DEBTOR,
    transfers=(TRANSFER, OTHER),
)


@cache
def schema() -> etree.XMLSchema:
    folder = Path(sepaxml.__file__).parent / "schemas"
    return etree.XMLSchema(etree.parse(folder / "pain.001.001.09.xsd"))


def texts(content: bytes, path: str) -> list[str | None]:
    """The texts at a path of local names (``PmtInf/PmtInfId``)."""
    steps = "/".join(NAMESPACE + step for step in path.split("/"))
    return [element.text for element in fromstring(content).iterfind(f".//{steps}")]


def written(**changes: Any) -> bytes:
    """The file of one transfer with these changes."""
    return write_transfer_file(replace(BATCH, transfers=(replace(TRANSFER, **changes),))).content


def fault(batch: TransferBatch) -> tuple[str, str]:
    with pytest.raises(BankFault) as caught:
        write_transfer_file(batch)
    return caught.value.code, caught.value.about


def test_the_file_says_what_was_asked() -> None:
    file = write_transfer_file(BATCH)
    assert schema().validate(etree.fromstring(file.content))
    assert (file.count, file.total) == (2, Decimal("24000.05"))
    assert file.sha256 == sha256(file.content).hexdigest()
    for path, said in {
        "GrpHdr/MsgId": ["VF-2027-0001"],
        "GrpHdr/CreDtTm": ["2027-05-02T00:30:00"],  # in Paris
        "GrpHdr/NbOfTxs": ["2"],
        "GrpHdr/CtrlSum": ["24000.05"],
        "PmtInf/PmtInfId": ["VF-2027-0001"],
        "PmtInf/NbOfTxs": ["2"],
        "PmtInf/CtrlSum": ["24000.05"],
        "PmtInf/BtchBookg": ["false"],
        "PmtInf/PmtTpInf/SvcLvl/Cd": ["SEPA"],
        "PmtInf/ReqdExctnDt/Dt": ["2027-05-03"],
        "PmtInf/Dbtr/Nm": ["Fonds exemple des alliances"],
        "PmtInf/DbtrAcct/Id/IBAN": [DEBTOR.iban],
        "PmtInf/DbtrAgt/FinInstnId/BICFI": ["AGRIFRPPXXX"],
        "CdtTrfTxInf/PmtId/EndToEndId": ["CV-2027-0001-T1", "CV-2027-0002-T1"],
        "CdtTrfTxInf/Amt/InstdAmt": ["24000.00", "0.05"],
        "CdtTrfTxInf/Cdtr/Nm": ["Association Exemple des Trois Rivieres"] * 2,
        "CdtTrfTxInf/CdtrAcct/Id/IBAN": [TRANSFER.iban, OTHER.iban],
        "CdtTrfTxInf/RmtInf/Ustrd": [
            "CV-2027-0001-T1 Fonds exemple, 1re tranche",
            "CV-2027-0002-T1 Fonds exemple, 1re tranche",
        ],
        "PstlAdr": [],
        "CdtrAgt": [],
    }.items():
        assert texts(file.content, path) == said


def test_the_same_batch_gives_the_same_bytes_at_any_time() -> None:
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC)):
        later = write_transfer_file(BATCH)
    assert later == write_transfer_file(BATCH)


def test_the_beneficiarys_bank_is_named_where_it_is_given() -> None:
    content = written(bic="TESTGPGX")
    assert texts(content, "CdtrAgt/FinInstnId/BICFI") == ["TESTGPGX"]
    assert schema().validate(etree.fromstring(content))


def test_the_remittance_names_the_reference_once() -> None:
    assert texts(written(remittance="Tranche CV-2027-0001-T1"), "Ustrd") == ["Tranche CV-2027-0001-T1"]
    for long in ("x" * 300, "x" * 130 + " CV-2027-0001-T1"):
        (said,) = texts(written(remittance=long), "Ustrd")
        assert said is not None
        assert said.startswith("CV-2027-0001-T1 xxx")
        assert len(said) == 140
    assert texts(written(remittance=""), "Ustrd") == ["CV-2027-0001-T1"]


def test_texts_are_spelt_for_every_bank() -> None:
    content = written(name="Œuvre & Cie <b>— Île d’Yeu</b>", remittance="n° 5 : « 1\u202f200 € » [été] _ @")
    assert texts(content, "Cdtr/Nm") == ["OEuvre + Cie b - Ile d'Yeu /b"]
    assert texts(content, "Ustrd") == ["CV-2027-0001-T1 no 5 : 1 200 EUR ete - (at)"]
    assert texts(written(name="É" * 80), "Cdtr/Nm") == ["E" * 70]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "amount_out_of_range"),
        ({"amount": Decimal("-1.00")}, "amount_out_of_range"),
        ({"amount": Decimal("NaN")}, "amount_out_of_range"),
        ({"amount": Decimal("Infinity")}, "amount_out_of_range"),
        ({"amount": GREATEST_AMOUNT + Decimal("0.01")}, "amount_out_of_range"),
        ({"amount": Decimal("1e12")}, "amount_out_of_range"),
        ({"amount": Decimal("10.005")}, "amount_not_in_cents"),
        ({"amount": Decimal("0.001")}, "amount_not_in_cents"),
        ({"name": " «» "}, "name_missing"),
        ({"name": "…"}, "name_missing"),
        ({"iban": "FR7699999000010000000000116"}, "iban_checksum"),
        ({"iban": "FR76 9999 9000 0100 0000 0000 115"}, "iban_malformed"),
        ({"iban": "SA0380000000608010167519"}, "iban_not_sepa"),
        ({"bic": "DEUTDEFF"}, "bic_not_of_iban"),
        ({"bic": "agrifrpp"}, "bic_malformed"),
        ({"bic": ""}, "bic_malformed"),
    ],
)
def test_a_wrong_transfer_is_refused_by_its_reference(changes: dict[str, Any], code: str) -> None:
    wrong = replace(OTHER, **changes)
    assert fault(replace(BATCH, transfers=(TRANSFER, wrong))) == (code, "CV-2027-0002-T1")


@pytest.mark.parametrize("reference", ["", " ", "a b", "/a", "a/", "a//b", "é", "a_b", "x" * 36, "a\n"])
def test_a_reference_that_banks_would_change_is_refused(reference: str) -> None:
    transfers = (replace(TRANSFER, end_to_end_id=reference),)
    assert fault(replace(BATCH, transfers=transfers)) == ("reference_malformed", reference)
    assert fault(replace(BATCH, message_id=reference)) == ("reference_malformed", reference)


def test_a_batch_has_transfers_each_with_a_reference_of_its_own() -> None:
    assert fault(replace(BATCH, transfers=())) == ("no_transfers", "")
    twice = (TRANSFER, OTHER, replace(OTHER, amount=Decimal(7)))
    assert fault(replace(BATCH, transfers=twice)) == ("reference_twice", "CV-2027-0002-T1")


@pytest.mark.parametrize(
    ("debtor", "code"),
    [
        (replace(DEBTOR, name=""), "name_missing"),
        (replace(DEBTOR, iban=DEBTOR.iban.lower()), "iban_malformed"),
        (replace(DEBTOR, bic=""), "bic_malformed"),
    ],
)
def test_a_wrong_debtor_is_refused(debtor: Debtor, code: str) -> None:
    assert fault(replace(BATCH, debtor=debtor)) == (code, "")


REFERENCES = st.from_regex(r"[A-Za-z0-9\-?:().,'+]{1,17}(/[A-Za-z0-9]{1,17})?", fullmatch=True)
ACCOUNTS = st.integers(0, 10**11 - 1).map(lambda n: str(IBAN.generate("FR", "99999", f"{n:011}")))
TRANSFERS = st.builds(
    Transfer,
    end_to_end_id=REFERENCES,
    amount=st.decimals(Decimal("0.01"), GREATEST_AMOUNT, places=2),
    name=st.text(max_size=90).map(lambda text: f"Exemple {text}"),
    iban=ACCOUNTS,
    bic=st.none() | st.just("TESTFRPP"),
    remittance=st.text(max_size=200),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TRANSFERS, min_size=1, max_size=12, unique_by=lambda transfer: transfer.end_to_end_id))
def test_any_transfers_make_a_valid_file_that_says_them_back(transfers: list[Transfer]) -> None:
    file = write_transfer_file(replace(BATCH, transfers=tuple(transfers)))
    assert schema().validate(etree.fromstring(file.content))
    assert texts(file.content, "PmtId/EndToEndId") == [transfer.end_to_end_id for transfer in transfers]
    assert texts(file.content, "Amt/InstdAmt") == [f"{transfer.amount:.2f}" for transfer in transfers]
    assert texts(file.content, "CdtrAcct/Id/IBAN") == [transfer.iban for transfer in transfers]
    assert [file.count] * 2 == [int(str(said)) for said in texts(file.content, "NbOfTxs")]
    total = sum((transfer.amount for transfer in transfers), Decimal(0))
    assert [file.total] * 2 == [Decimal(str(said)) for said in texts(file.content, "CtrlSum")] == [total] * 2
    for transfer, name, said in zip(
        transfers, texts(file.content, "Cdtr/Nm"), texts(file.content, "Ustrd"), strict=True
    ):
        assert 0 < len(str(name)) <= 70
        assert 0 < len(str(said)) <= 140
        assert TAKEN.fullmatch(str(name))
        assert TAKEN.fullmatch(str(said))
        assert transfer.end_to_end_id in str(said)


@given(st.text(max_size=300), st.integers(1, 140))
@example("Привет, γεια", 140)
@example("\ud800\x00\u200b🎉", 140)
def test_any_text_is_spelt_with_the_characters_of_the_sepa(text: str, limit: int) -> None:
    spelt = sepa_text(text, limit)
    assert TAKEN.fullmatch(spelt)
    assert len(spelt) <= limit
    assert spelt == spelt.strip()
    assert sepa_text(spelt, limit) == spelt


def test_other_alphabets_are_spelt_too() -> None:
    assert sepa_text("Τρία Ποτάμια", 70) == "Tria Potamia"


@given(st.text(max_size=40))
def test_what_is_a_reference_is_spelt_as_it_is(text: str) -> None:
    if is_reference(text):
        assert sepa_text(text, 35) == text
