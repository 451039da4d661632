"""What every spreadsheet that we write has in common."""

import re
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook

from fund.forms.shielding import shielded

EUROS: Final = r"#,##0.00\ [$€-40C]"  # as French Excel writes it: 1 200,50 €
_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST: Final = 32_000  # a cell holds 32,767 characters


def new_workbook(out: BytesIO) -> Workbook:
    """A workbook that is written to ``out`` when it closes, and in which a text is never a formula or a link."""
    return Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def cell_text(text: str) -> str:
    """People's text safe for a spreadsheet (also once it is saved as CSV) and for XML."""
    return shielded(_NOT_XML.sub("\ufffd", text))[:_LONGEST]
