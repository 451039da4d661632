"""What the form of published awards does not allow, in words: one sentence a code of ``fund.schemas.scdl``."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from fund.schemas.scdl import Reason

SENTENCES: Mapping[Reason, Any] = {
    Reason.NOT_TEXT: _l("This is no CSV text. Save the table as “CSV UTF-8” and import that file."),
    Reason.EMPTY_FILE: _l("The file is empty."),
    Reason.HEADER_MISSING: _l(
        "The first line names no column of the SCDL standard. It must hold the names of the columns."
    ),
    Reason.COLUMN_MISSING: _l("The file has no such column. Add it."),
    Reason.COLUMN_DUPLICATED: _l("The file has this column several times. Keep one of them."),
    Reason.TOO_MANY_ROWS: _l("The file has more than %(limit)s rows. Cut it in several files."),
    Reason.LINE_TOO_LONG: _l("The line is longer than %(limit)s bytes."),
    Reason.QUOTE_MALFORMED: _l("A quotation mark is opened and not closed, or stands in the wrong place."),
    Reason.CELL_COUNT: _l("The row has %(found)s cells; the header has %(expected)s columns."),
    Reason.UNDECODABLE: _l("A character was lost when the file was saved. Type it again."),
    Reason.NUL_BYTE: _l("The cell holds a character that is no text. Type it again."),
    Reason.REQUIRED: _l("The cell is empty. Fill it in."),
    Reason.IDENTIFIER_MISSING: _l("The beneficiary has neither a SIRET nor an RNA number. Give one of them."),
    Reason.TOO_LONG: _l("The text is longer than %(limit)s characters."),
    Reason.SIRET_MALFORMED: _l("This is no SIRET: it has 14 digits and nothing else."),
    Reason.SIRET_LENGTH: _l("This is no SIRET: it has 14 digits, not %(found)s."),
    Reason.SIRET_CHECKSUM: _l("This SIRET does not exist: its check digits are wrong. Look for a typing error."),
    Reason.SIRET_ROUNDED: _l(
        "A spreadsheet rounded this SIRET and its last digits are lost. Give the column the format “text” and "
        "type it again."
    ),
    Reason.RNA_MALFORMED: _l("This is no RNA number: W and nine characters."),
    Reason.RNA_UNPUBLISHABLE: _l("The standard does not allow letters in an RNA number. Give the SIRET instead."),
    Reason.DATE_MALFORMED: _l("This is no date. Write it as YYYY-MM-DD."),
    Reason.DATE_IMPOSSIBLE: _l("The calendar has no such day."),
    Reason.DATE_AHEAD: _l("The agreement is dated later than today."),
    Reason.PERIOD_MALFORMED: _l("This is no period. Write one date, or two with a slash between them."),
    Reason.PERIOD_INVERTED: _l("The period ends before it begins."),
    Reason.AMOUNT_MALFORMED: _l("This is no amount. Write it in euros, as 12450.50."),
    Reason.AMOUNT_AMBIGUOUS: _l("This amount can be read in two ways. Write it without a thousands separator."),
    Reason.AMOUNT_NOT_POSITIVE: _l("The beneficiary’s part must be one cent at the least."),
    Reason.AMOUNT_PRECISION: _l("An amount has at most two decimals."),
    Reason.AMOUNT_TOO_LARGE: _l("The amount is larger than can be kept."),
    Reason.SHARE_MALFORMED: _l("This is no share. Write it as a number from 0.01 to 1."),
    Reason.SHARE_OUT_OF_RANGE: _l("A share lies between 0.01 and 1."),
    Reason.CHOICE_UNKNOWN: _l("The standard has no such value here. Choose one of: %(choices)s."),
    Reason.INVALID: _l("The standard does not allow this value."),
}
