"""Account numbers as people type them, and names as banks write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from fund.bank.accounts import NameMatch, bic_of, compare_names, grouped_iban, masked_iban, read_bic, read_iban
from fund.bank.faults import BankFault, FaultCode

OURS = "FR7630006000011234567890189"
POSTAL = "FR1420041010050500013M02606"  # the example of the standard: letters in the account


def iban_fault(text: str) -> FaultCode:
    with pytest.raises(BankFault) as caught:
        read_iban(text)
    return caught.value.code


def bic_fault(text: str, iban: str = OURS) -> FaultCode:
    with pytest.raises(BankFault) as caught:
        read_bic(text, iban)
    return caught.value.code


@pytest.mark.parametrize(
    "typed",
    [
        OURS,
        "fr76 3000 6000 0112 3456 7890 189",
        "  FR76\u00a03000\u202f6000\t0112\n3456 7890 189 ",
        "FR76-3000-6000-0112-3456-7890-189",
        "IBAN : FR76 3000 6000 0112 3456 7890 189",
        "iban FR76.3000.6000.0112.3456.7890.189",
        "ＦＲ７６ 3000 6000 0112 3456 7890 189",
        "\u200bFR7630006000011234567890189\ufeff",
    ],
)
def test_an_iban_is_read_as_people_write_it(typed: str) -> None:
    assert read_iban(typed) == OURS


def test_an_account_may_have_letters_and_stand_elsewhere_in_the_sepa() -> None:
    assert read_iban(POSTAL.lower()) == POSTAL
    assert read_iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert read_iban("GB29 NWBK 6016 1331 9268 19") == "GB29NWBK60161331926819"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "iban_malformed"),
        ("FR76", "iban_malformed"),
        (OURS[:-1], "iban_malformed"),
        (OURS + "0", "iban_malformed"),
        (OURS.replace("6", "€", 1), "iban_malformed"),
        ("FR76" + "A" * 23, "iban_malformed"),
        ("XX7630006000011234567890189", "iban_malformed"),
        ("FR٧٦30006000011234567890189", "iban_malformed"),  # digits of another script
        ("30006 00001 12345678901 89", "iban_malformed"),  # the old French number
        ("FR7630006000011234567890198", "iban_checksum"),  # two digits turned round
        ("FR7530006000011234567890189", "iban_checksum"),
        ("SA03 8000 0000 6080 1016 7519", "iban_not_sepa"),
        ("TR33 0006 1005 1978 6457 8413 26", "iban_not_sepa"),
    ],
)
def test_a_wrong_iban_says_what_is_wrong(typed: str, code: str) -> None:
    assert iban_fault(typed) == code


@given(st.text(max_size=60) | st.from_regex(r"\A(FR|IBAN)[0-9 A-Za-z]{0,34}\Z"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        iban = read_iban(text)
    except BankFault:
        return
    assert read_iban(iban) == iban
    assert IBAN(iban).is_valid


@given(st.integers(2, 26), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(place: int, digit: str) -> None:
    typed = OURS[:place] + digit + OURS[place + 1 :]
    if typed == OURS:
        assert read_iban(typed) == OURS
    else:
        assert iban_fault(typed) == FaultCode.IBAN_CHECKSUM


@pytest.mark.parametrize(
    ("typed", "iban", "read"),
    [
        ("agri fr pp xxx", OURS, "AGRIFRPPXXX"),
        ("AGRIFRPP", OURS, "AGRIFRPP"),
        ("TESTGPGX", OURS, "TESTGPGX"),  # a bank of Guadeloupe: its accounts are French
        ("TESTNCNX", OURS, "TESTNCNX"),
        ("TESTFRPP", "MC5811222000010123456789030", "TESTFRPP"),
        ("TESTGGGX", "GB29NWBK60161331926819", "TESTGGGX"),
    ],
)
def test_a_bic_is_read_beside_its_iban(typed: str, iban: str, read: str) -> None:
    assert read_bic(typed, iban) == read


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "bic_malformed"),
        ("AGRIFRP", "bic_malformed"),
        ("AGRIFRPPX", "bic_malformed"),
        ("AGRIXXPP", "bic_malformed"),
        ("ÀGRIFRPP", "bic_malformed"),
        ("DEUTDEFF", "bic_not_of_iban"),
        ("TESTGGGX", "bic_not_of_iban"),
    ],
)
def test_a_wrong_bic_says_what_is_wrong(typed: str, code: str) -> None:
    assert bic_fault(typed) == code


def test_a_bic_is_proposed_where_the_bank_is_known() -> None:
    assert bic_of(OURS) == "AGRIFRPPXXX"
    assert bic_of(POSTAL) == "PSSTFRPP"  # of many branches, the institution
    assert bic_of(str(IBAN.generate("FR", "10278", "12345678901"))) is None  # two institutions
    assert bic_of(str(IBAN.generate("FR", "99999", "12345678901"))) is None  # no bank


def test_numbers_are_shown_grouped_or_masked() -> None:
    assert grouped_iban(OURS) == "FR76 3000 6000 0112 3456 7890 189"
    assert masked_iban(OURS) == "FR •••• 0189"
    assert read_iban(grouped_iban(POSTAL)) == POSTAL


@pytest.mark.parametrize(
    ("holder", "organisation"),
    [
        ("ASSOC EXEMPLE DES TROIS RIVIERES", "Association Exemple des Trois Rivières"),
        ("EXEMPLE DES 3 RIVIERES LOI 1901", "Exemple des 3 rivières"),
        ("Coopérative Exemple S.C.I.C.", "SCIC Coopérative Exemple"),
        ("S.A.R.L. L'ŒUVRE", "Oeuvre SARL"),
        ("MAIRIE DE ROQUES", "Commune de Roques"),
        ("Ville de l’Isle-Jourdain", "COMMUNE L ISLE JOURDAIN"),
        ("Roques", "Commune de Roques"),
        ("SAS EXEMPLE SASU", "Exemple"),
        ("SA", "sa"),
        ("Les Amis de la ville", "AMIS DE LA VILLE"),
    ],
)
def test_the_same_name_in_other_words(holder: str, organisation: str) -> None:
    assert compare_names(holder, organisation) is NameMatch.SAME
    assert compare_names(organisation, holder) is NameMatch.SAME


@pytest.mark.parametrize(
    ("holder", "organisation"),
    [
        ("Association Toulouse", "Ville de Toulouse"),
        ("Exemple SAS", "Exemple SARL"),
        ("Trois Rivières Exemple", "Exemple des Trois Rivières"),
        ("EXEMPLE TROIS RIVIERES", "Exemple des Trois Rivières de l’Ariège"),
        ("ASSOCIATION EXEMPLE DES TROIS RIV", "Association Exemple des Trois Rivières"),
        ("Exemple des Troies Rivieres", "Exemple des Trois Rivières"),
        ("Toulouse Métropole", "Ville de Toulouse"),
    ],
)
def test_a_close_name_is_for_a_person_to_judge(holder: str, organisation: str) -> None:
    assert compare_names(holder, organisation) is NameMatch.CLOSE
    assert compare_names(organisation, holder) is NameMatch.CLOSE


@pytest.mark.parametrize(
    ("holder", "organisation"),
    [
        ("Camille Essai", "Association Exemple des Trois Rivières"),
        ("Commune de Roques", "Commune de Muret"),
        ("", "Association Exemple"),
        ("Association", "Association Exemple"),
        ("Ελλάδα", "Россия"),
        ("Exempl", "Association Exemples des Trois Rivières"),
    ],
)
def test_another_name_is_different(holder: str, organisation: str) -> None:
    assert compare_names(holder, organisation) is NameMatch.DIFFERENT


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert compare_names(one, other) is compare_names(other, one)
