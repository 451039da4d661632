"""Cells as people and spreadsheets write them: read with certainty, or refused with the right reason."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from fund.schemas import scdl_cells as cells
from fund.schemas.scdl import Nature, PaymentCondition, Reason

SIRET = "99100002700011"


def _reason(parse: Callable[[str], object], cell: str) -> Reason:
    with pytest.raises(cells.CellFault) as caught:
        parse(cell)
    return caught.value.reason


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (SIRET, SIRET),
        ("991 000 027 00011", SIRET),
        ("991\u00a0000\u202f027 00011", SIRET),
        ("'99100002700011", SIRET),
        ("99100002700011.0", SIRET),
        ("99100002700011,00", SIRET),
        ("9.9100002700011e+13", SIRET),
        ("9,9100002700011E+13", SIRET),
        ("912345600015", "00912345600015"),
        ("1234567400019", "01234567400019"),
        ("1234567400019.0", "01234567400019"),
        ("35600000000048", "35600000000048"),
        ("35600000000010", "35600000000010"),
    ],
)
def test_a_siret_is_recognised(cell: str, number: str) -> None:
    assert cells.read_siret(cell) == number


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("99100002700012", Reason.SIRET_CHECKSUM),
        ("35600000000011", Reason.SIRET_CHECKSUM),
        ("991000027", Reason.SIRET_LENGTH),
        ("1234567400018", Reason.SIRET_LENGTH),
        ("991000027000111", Reason.SIRET_LENGTH),
        ("9.91e+13", Reason.SIRET_ROUNDED),
        ("9.91000027e+13", Reason.SIRET_ROUNDED),
        ("50443571000000", Reason.SIRET_ROUNDED),
        ("en cours", Reason.SIRET_MALFORMED),
        ("9910000270001²", Reason.SIRET_MALFORMED),
        ("٩٩١٠٠٠٠٢٧٠٠٠١١", Reason.SIRET_MALFORMED),
        ("-99100002700011", Reason.SIRET_MALFORMED),
    ],
)
def test_a_doubtful_siret_is_refused(cell: str, reason: Reason) -> None:
    assert _reason(cells.read_siret, cell) is reason


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("W123456789", "W123456789"),
        ("w 123 456 789", "W123456789"),
        ("W9N1004512", "W9N1004512"),
        ("W2A1000123",) * 2,
    ],
)
def test_an_rna_is_recognised_with_its_letters(cell: str, number: str) -> None:
    assert cells.read_rna(cell) == number


@pytest.mark.parametrize("cell", ["W3222", "W1234567890", "123456789", "WW23456789X", "W12345678é"])
def test_what_is_no_rna_is_refused(cell: str) -> None:
    assert _reason(cells.read_rna, cell) is Reason.RNA_MALFORMED


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("2400.0", "2400.00"),
        ("2400", "2400.00"),
        ("16823,5", "16823.50"),
        ("12 450,50 €", "12450.50"),
        ("12\u202f450,50", "12450.50"),
        ("12\u2009450.50 EUR", "12450.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("1 234 567,8 euros", "1234567.80"),
        ("2400.000", "2400.00"),
        ("0,50", "0.50"),
        ("0.500", "0.50"),
        ("+10", "10.00"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_an_amount_is_recognised_to_the_cent(cell: str, amount: str) -> None:
    assert cells.read_amount(cell) == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("10.000", Reason.AMOUNT_AMBIGUOUS),
        ("100,000", Reason.AMOUNT_AMBIGUOUS),
        ("0", Reason.AMOUNT_NOT_POSITIVE),
        ("0,00", Reason.AMOUNT_NOT_POSITIVE),
        ("-300", Reason.AMOUNT_NOT_POSITIVE),
        ("10.001234", Reason.AMOUNT_PRECISION),
        ("1050.3500000001", Reason.AMOUNT_PRECISION),
        ("1000000000000", Reason.AMOUNT_TOO_LARGE),
        ("9" * 40, Reason.AMOUNT_TOO_LARGE),
        ("9" * 10_000, Reason.AMOUNT_MALFORMED),
        ("1.2.3", Reason.AMOUNT_MALFORMED),
        ("1,23,456.7", Reason.AMOUNT_MALFORMED),
        ("1.234,567.8", Reason.AMOUNT_MALFORMED),
        ("12 $", Reason.AMOUNT_MALFORMED),
        ("NaN", Reason.AMOUNT_MALFORMED),
        ("1e5", Reason.AMOUNT_MALFORMED),
        ("10-", Reason.AMOUNT_MALFORMED),
        ("--1", Reason.AMOUNT_MALFORMED),
        ("€", Reason.AMOUNT_MALFORMED),
        (".", Reason.AMOUNT_MALFORMED),
        (".5", Reason.AMOUNT_MALFORMED),
        ("١٢", Reason.AMOUNT_MALFORMED),
    ],
)
def test_a_doubtful_amount_is_refused(cell: str, reason: Reason) -> None:
    assert _reason(cells.read_amount, cell) is reason


@pytest.mark.parametrize(
    ("cell", "share"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("100", "1"),
        ("100 %", "1"),
        ("80", "0.8"),
        ("0,5", "0.5"),
        ("45,5 %", "0.455"),
        ("1 %", "0.01"),
        ("0.01", "0.01"),
        ("33.3333333333", "0.333333"),
        ("0.6666666666666666", "0.666667"),
    ],
)
def test_a_share_is_recognised_on_both_scales(cell: str, share: str) -> None:
    assert cells.read_share(cell) == Decimal(share)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0", Reason.SHARE_OUT_OF_RANGE),
        ("0.009", Reason.SHARE_OUT_OF_RANGE),
        ("0.5%", Reason.SHARE_OUT_OF_RANGE),
        ("100.01", Reason.SHARE_OUT_OF_RANGE),
        ("1000", Reason.SHARE_OUT_OF_RANGE),
        ("-1", Reason.SHARE_MALFORMED),
        ("moitié", Reason.SHARE_MALFORMED),
        ("1/2", Reason.SHARE_MALFORMED),
        ("1" * 10_000, Reason.SHARE_MALFORMED),
    ],
)
def test_a_share_that_is_none_is_refused(cell: str, reason: Reason) -> None:
    assert _reason(cells.read_share, cell) is reason


@pytest.mark.parametrize(
    "cell",
    ["2017-04-05", "2017/04/05", "2017-4-5", "05/04/2017", "5/4/2017", "05-04-2017", "05.04.2017",
     "2017-04-05T00:00:00", "2017-04-05 00:00:00.000", "05/04/2017 00:00"],
)  # fmt: skip
def test_a_day_is_recognised(cell: str) -> None:
    assert cells.read_date(cell) == date(2017, 4, 5)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2017-30-05", Reason.DATE_IMPOSSIBLE),
        ("31/02/2017", Reason.DATE_IMPOSSIBLE),
        ("12/31/2017", Reason.DATE_IMPOSSIBLE),
        ("0017-04-05", Reason.DATE_IMPOSSIBLE),
        ("2917-04-05", Reason.DATE_IMPOSSIBLE),
        ("05/04/17", Reason.DATE_MALFORMED),
        ("5 avril 2017", Reason.DATE_MALFORMED),
        ("42830", Reason.DATE_MALFORMED),
        ("2017-04-05T14:30:00", Reason.DATE_MALFORMED),
        ("2017-04-05T00:00:00Z", Reason.DATE_MALFORMED),
        ("2017-04-05\n", Reason.DATE_MALFORMED),
    ],
)
def test_a_day_that_is_none_is_refused(cell: str, reason: Reason) -> None:
    assert _reason(cells.read_date, cell) is reason


@pytest.mark.parametrize(
    "cell",
    ["2017-01-02/2017-12-31", "2017-01-02_2017-12-31", "2017-01-02 / 2017-12-31", "2017-01-02 au 2017-12-31",
     "du 02/01/2017 au 31/12/2017", "DU 02/01/2017 AU 31/12/2017", "02/01/2017/31/12/2017",
     "02/01/2017-31/12/2017", "2017/01/02_2017/12/31", "2017-01-02;2017-12-31", "2017-01-02 à 2017-12-31"],
)  # fmt: skip
def test_a_period_is_recognised(cell: str) -> None:
    assert cells.read_period(cell) == (date(2017, 1, 2), date(2017, 12, 31))


def test_a_period_of_one_day_has_no_end() -> None:
    assert cells.read_period("02/01/2017") == (date(2017, 1, 2), None)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2017-04-12/2017-03-09", Reason.PERIOD_INVERTED),
        ("2017-03-02/2017-30-05", Reason.DATE_IMPOSSIBLE),
        ("2017", Reason.PERIOD_MALFORMED),
        ("2017-01-02/", Reason.PERIOD_MALFORMED),
        ("2017-01-02 2017-12-31", Reason.PERIOD_MALFORMED),
        ("2017-01-02/2017-12-31/2018-12-31", Reason.PERIOD_MALFORMED),
    ],
)
def test_a_doubtful_period_is_refused(cell: str, reason: Reason) -> None:
    assert _reason(cells.read_period, cell) is reason


@pytest.mark.parametrize(
    ("cell", "nature"),
    [
        ("Aide en numéraire", Nature.CASH),
        ("AIDE EN NUMERAIRE", Nature.CASH),
        ("numéraire", Nature.CASH),
        ("aide  en nature", Nature.IN_KIND),
        ("aide en nature;aide en numéraire", Nature.CASH_AND_IN_KIND),
        ("Aide en numéraire, aide en nature", Nature.CASH_AND_IN_KIND),
    ],
)
def test_a_nature_is_recognised(cell: str, nature: Nature) -> None:
    assert cells.read_nature(cell) is nature


@pytest.mark.parametrize(
    ("cell", "condition"),
    [
        ("Unique", PaymentCondition.SINGLE),
        ("Echelonné", PaymentCondition.STAGGERED),
        ("ÉCHELONNÉ", PaymentCondition.STAGGERED),
        ("e\u0301chelonne\u0301", PaymentCondition.STAGGERED),
        ("autre", PaymentCondition.OTHER),
    ],
)
def test_a_condition_is_recognised(cell: str, condition: PaymentCondition) -> None:
    assert cells.read_condition(cell) is condition


@pytest.mark.parametrize(
    ("cell", "answer"), [("oui", True), ("OUI", True), ("Faux", False), ("0", False), ("1", True)]
)
def test_a_yes_or_no_is_recognised(cell: str, answer: bool) -> None:
    assert cells.read_yes_or_no(cell) is answer


@pytest.mark.parametrize(
    ("parse", "cell", "choices"),
    [
        (cells.read_nature, "aide", "aide en numéraire | aide en nature | aide en numéraire;aide en nature"),
        (cells.read_condition, "unique;échelonné", "unique | échelonné | autre"),
        (cells.read_yes_or_no, "no", "oui | non"),
    ],
)
def test_an_unknown_choice_is_refused_with_the_known_ones(
    parse: Callable[[str], object], cell: str, choices: str
) -> None:
    with pytest.raises(cells.CellFault) as caught:
        parse(cell)
    assert (caught.value.reason, caught.value.params) == (Reason.CHOICE_UNKNOWN, {"choices": choices})


def test_texts_are_kept_up_to_the_limit() -> None:
    assert cells.read_text("é" * 256) == "é" * 256
    assert _reason(cells.read_text, "é" * 257) is Reason.TOO_LONG
    # With the apostrophe that shields it, this one would be too long to publish.
    assert _reason(cells.read_text, "=" * 256) is Reason.TOO_LONG


@pytest.mark.parametrize("text", ["=1+1", "+ de lien", "-10 ans", "@ssociation exemple"])
def test_formulas_are_data(text: str) -> None:
    assert cells.read_text(text) == text
    assert cells.read_text(f"'{text}") == text
    assert cells.read_text(f"''{text}") == f"'{text}"


@pytest.mark.parametrize(("cell", "number"), [("12345", "12345"), ("12345.0", "12345"), ("A1", "A1")])
def test_a_register_number_is_recognised(cell: str, number: str) -> None:
    assert cells.read_rae(cell) == number


def test_a_register_number_has_five_signs_at_most() -> None:
    assert _reason(cells.read_rae, "123456") is Reason.TOO_LONG
