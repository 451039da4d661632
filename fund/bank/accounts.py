"""Account numbers (IBAN, ISO 13616) and banks (BIC, ISO 9362) as people type them, and whose account it is."""

import re
import unicodedata
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from schwifty import BIC, IBAN
from schwifty.exceptions import InvalidBankCode, InvalidChecksumDigits, SchwiftyException

from config.communes import folded
from fund.bank.faults import BankFault, FaultCode

# Territories whose banks have the IBAN of a country and a BIC of their own (European Payments Council, EPC409-09;
# for the Pacific, the euro transfers of SEPA COM Pacifique, which French banks take in the same files).
_BIC_COUNTRIES: Final = {
    "FR": frozenset({"FR", "BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"}),
    "GB": frozenset({"GB", "GG", "IM", "JE"}),
    "MC": frozenset({"MC", "FR"}),
}

_BETWEEN_GROUPS = re.compile(r"[\s.\-\u2010-\u2015]+")
_INSTITUTION: Final = 8  # characters of a BIC without its branch


def read_iban(text: str) -> str:
    """The IBAN without spaces, in capitals, from what people type or paste (« iban : fr76 3000 … »).

    Raises BankFault: ``iban_malformed`` (also for a country that has no IBAN), ``iban_checksum`` (a digit is
    wrong), ``iban_not_sepa`` (the euro transfers that we make do not reach that country).
    """
    compact = _compact(text)
    compact = re.sub(r"^IBAN:?", "", compact)
    if not compact.isascii():
        raise BankFault(FaultCode.IBAN_MALFORMED)
    try:
        iban = IBAN(compact)
    except InvalidChecksumDigits as error:
        raise BankFault(FaultCode.IBAN_CHECKSUM) from error
    except SchwiftyException as error:
        raise BankFault(FaultCode.IBAN_MALFORMED) from error
    if not iban.in_sepa_zone:
        raise BankFault(FaultCode.IBAN_NOT_SEPA)
    return str(iban)


def read_bic(text: str, iban: str) -> str:
    """The BIC without spaces, in capitals, of the bank that holds this IBAN.

    Raises BankFault: ``bic_malformed``, or ``bic_not_of_iban`` for a bank of another country than the account.
    """
    compact = _compact(text)
    if not compact.isascii():
        raise BankFault(FaultCode.BIC_MALFORMED)
    try:
        bic = BIC(compact)
    except SchwiftyException as error:
        raise BankFault(FaultCode.BIC_MALFORMED) from error
    country = iban[:2]
    if bic.country_code not in _BIC_COUNTRIES.get(country, {country}):
        raise BankFault(FaultCode.BIC_NOT_OF_IBAN)
    return str(bic)


def bic_of(iban: str) -> str | None:
    """The BIC to propose for an IBAN, where the list of banks knows one; None where it must be asked.

    Of a bank known by several branches, it is the institution's (eight characters): a branch would be a guess.
    """
    number = IBAN(iban)
    try:
        known = {str(bic) for bic in BIC.candidates_from_bank_code(number.country_code, number.bank_code)}
    except InvalidBankCode:
        return None
    if len(known) == 1:
        return known.pop()
    institutions = {bic[:_INSTITUTION] for bic in known}
    return institutions.pop() if len(institutions) == 1 else None


def grouped_iban(iban: str) -> str:
    """In groups of four: « FR76 3000 6000 … »."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def masked_iban(iban: str) -> str:
    """The country and the last four characters: « FR •••• 0189 », enough to tell one account from another."""
    return f"{iban[:2]} •••• {iban[-4:]}"


def _compact(text: str) -> str:
    drawn = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    # Only of ASCII letters: other alphabets have letters whose capital is one of ours.
    return re.sub("[a-z]", lambda letter: letter[0].upper(), _BETWEEN_GROUPS.sub("", drawn))


# Names


class NameMatch(StrEnum):
    """Whether an account's holder is the organisation that the file names."""

    SAME = "same"
    CLOSE = "close"
    DIFFERENT = "different"


_ASSOCIATION, _COMMUNE, _COMPANY = "association", "commune", "company"
_FORMS: Final = {
    **dict.fromkeys(("association", "asso", "assoc", "ass"), _ASSOCIATION),
    **dict.fromkeys(("commune", "ville", "mairie"), _COMMUNE),
    **dict.fromkeys(("societe", "ste"), _COMPANY),
    **{form: form for form in ("sa", "sas", "sarl", "snc", "sci", "scop", "scic", "gie", "gip", "spl", "sem")},
    "sasu": "sas",  # the same form, with one partner
    "eurl": "sarl",
}
_LAW_OF_1901: Final = ["loi", "1901"]
_SMALL_WORDS: Final = frozenset({"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"})
_DOT_IN_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
_CUT: Final = 12  # characters from which the beginning of a name may stand for it: banks cut names
_ALIKE: Final = 0.85


def compare_names(holder: str, organisation: str) -> NameMatch:
    """Whether the two names are the same, close enough to be the same, or different. In the end a person decides.

    Capitals, accents, punctuation and small words (« de », « la ») do not count, nor does a legal form before the
    name or after it (« Association X », « X SAS », « Commune de X ») that one of the two names lacks. Two legal
    forms that differ make the names close at best: « Ville de Toulouse » is not « Association Toulouse ».

    Close are: the same words in another order, one name within the other, one the beginning of the other (banks
    cut names), and spellings that differ by a few letters.
    """
    one_form, one = _parts(holder)
    other_form, other = _parts(organisation)
    if not one or not other:
        return NameMatch.DIFFERENT
    if one == other:
        return NameMatch.SAME if not one_form or not other_form or one_form == other_form else NameMatch.CLOSE
    return NameMatch.CLOSE if _is_close(one, other) else NameMatch.DIFFERENT


def _is_close(one: list[str], other: list[str]) -> bool:
    if set(one) <= set(other) or set(other) <= set(one):
        return True
    short, long = sorted(("".join(one), "".join(other)), key=lambda name: (len(name), name))
    if len(short) >= _CUT and long.startswith(short):
        return True
    return SequenceMatcher(None, short, long).ratio() >= _ALIKE


def _parts(name: str) -> tuple[str, list[str]]:
    """The legal form that a name states (or nothing) and the words that name."""
    words = [word for word in folded(_DOT_IN_INITIALS.sub("", name)).split() if word not in _SMALL_WORDS]
    form = ""
    if len(words) > 2 and words[-2:] == _LAW_OF_1901:
        form, words = _ASSOCIATION, words[:-2]
    while len(words) > 1 and words[0] in _FORMS:
        stated = _FORMS[words.pop(0)]
        form = form or stated
    # « Les Amis de la ville » is no commune.
    while len(words) > 1 and _FORMS.get(words[-1], _COMMUNE) != _COMMUNE:
        stated = _FORMS[words.pop()]
        form = form or stated
    return form, words
