"""The characters that every bank of the SEPA takes (European Payments Council, EPC217-08)."""

import re
from typing import Final

from text_unidecode import unidecode

REFERENCE_LENGTH: Final = 35

# What spells badly sign by sign: « n° 5 » would be « ndeg 5 ».
_SPELT: Final = str.maketrans(
    {"°": "o", "€": " EUR ", "&": "+", "_": "-", "@": "(at)", "«": " ", "»": " ", "№": "No", "—": "-"}
)
_NOT_TAKEN = re.compile(r"[^A-Za-z0-9/\-?:().,'+]+")
_REFERENCE_PART: Final = r"[A-Za-z0-9\-?:().,'+]+"
_REFERENCE = re.compile(f"{_REFERENCE_PART}(/{_REFERENCE_PART})*")


def sepa_text(text: str, limit: int) -> str:
    """The text spelt with those characters only (« Île d’Œuf » is « Ile d'Oeuf »), cut at ``limit``.

    Signs that cannot be spelt become a space. It may be empty.
    """
    return _NOT_TAKEN.sub(" ", unidecode(text.translate(_SPELT))).strip()[:limit].rstrip()


def is_reference(text: str) -> bool:
    """Whether banks hand this reference on as it is: 1 to 35 of those characters, no space, no slash at an end or
    beside another."""
    return len(text) <= REFERENCE_LENGTH and _REFERENCE.fullmatch(text) is not None
