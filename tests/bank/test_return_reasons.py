"""The banks' reasons in both languages."""

import pytest

from fund.bank.return_reasons import closes_account, return_reason

KNOWN = [
    "AC01", "AC04", "AC06", "AG01", "AG02", "AM05", "BE04", "CNOR", "CUST", "DNOR", "FF01",
    "FOCR", "MD07", "MS02", "MS03", "NARR", "RC01", "RR01", "RR02", "RR03", "RR04", "TM01",
]  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_is_a_sentence_of_its_own(language: str) -> None:
    said = [return_reason(code).of(language) for code in KNOWN]
    assert len(set(said)) == len(KNOWN)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in said)
    assert not any(code in sentence for code, sentence in zip(KNOWN, said, strict=True))


def test_a_reason_that_is_not_known_is_named() -> None:
    assert return_reason("XY99").of("fr") == "La banque donne pour motif le code XY99."
    assert return_reason("XY99").of("en") == "The bank gives the reason code XY99."
    assert return_reason("").of("fr") == "La banque ne donne pas de motif."


def test_only_reasons_of_the_account_close_it() -> None:
    assert [code for code in KNOWN if closes_account(code)] == ["AC01", "AC04", "AG01", "MD07", "RC01"]
    assert not closes_account("")
