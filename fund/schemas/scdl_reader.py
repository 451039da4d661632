"""Past awards read from a file in the SCDL form, as such files are found.

The delimiter, the encoding, the names and the order of the columns, the spelling of numbers and dates are
recognised; what cannot be read with certainty is refused by line, column and reason, and never stops the rest.

Four columns may be blank or absent; they take a default, and the record says so in ``completed``:

- ``conditionsVersement``: unique;
- ``datesPeriodeVersement``: the day of the agreement;
- ``notificationUE``: non;
- ``pourcentageSubvention``: 1, the whole award.

An SCDL identifier is needed to publish the award again, so a row with neither SIRET nor RNA is refused, as is one
without the beneficiary's name. An RNA that stands in the SIRET's column is taken for what it is.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from fund.schemas import scdl_cells as read
from fund.schemas.scdl import (
    AwardRecord,
    PaymentCondition,
    PublishedAward,
    Reason,
    Refusal,
    content_digest,
    fingerprint_of,
    one_line,
)
from fund.schemas.scdl_header import Header, read_header
from fund.schemas.scdl_lines import Line, Row, read_cells, read_lines, shown

# Telling identical rows apart takes some 100 bytes a row, so the memory is bounded by bounding the rows: 25 MB.
MAX_ROWS = 250_000
_FOREIGN_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")

T = TypeVar("T")


def read_rows(path: Path) -> Iterator[AwardRecord | Refusal]:
    """Read the file row by row, in memory that does not grow with it.

    Gives a record for each award, or one refusal for each fault of a row (all with that row's line). A file that
    cannot be read as a whole gives refusals only. Raises OSError where the file cannot be opened.
    """
    with path.open("rb") as file:
        if file.peek(4)[:4].startswith(_FOREIGN_BEGINNINGS):
            yield Refusal(line=1, column=None, value="", reason=Reason.NOT_TEXT)
            return
        lines = read_lines(file)
        first = next((line for line in lines if line.text is None or line.text.strip()), None)
        if first is None:
            yield Refusal(line=1, column=None, value="", reason=Reason.EMPTY_FILE)
            return
        header = read_header(first)
        if isinstance(header, Header):
            yield from _read_body(header, lines)
        else:
            yield from header


def _read_body(header: Header, lines: Iterator[Line]) -> Iterator[AwardRecord | Refusal]:
    # Eight bytes of the digest are enough to count by: a collision would only skip an ordinal.
    seen: Counter[bytes] = Counter()
    for count, row in enumerate(read_cells(lines, header.delimiter, len(header.labels))):
        if count == MAX_ROWS:
            yield Refusal(
                line=row.line, column=None, value="", reason=Reason.TOO_MANY_ROWS, params={"limit": MAX_ROWS}
            )
            return
        if isinstance(row, Refusal):
            yield row
            continue
        reading = _Reading(header, row)
        award = reading.award()
        if award is None:
            yield from reading.refusals
            continue
        digest = content_digest(award)
        ordinal = seen[digest[:8]]
        seen[digest[:8]] += 1
        yield AwardRecord(
            **{item.name: getattr(award, item.name) for item in fields(PublishedAward)},
            line=row.line,
            completed=tuple(reading.completed),
            fingerprint=fingerprint_of(digest, ordinal),
        )


class _Reading:
    """One row being read: its cells by SCDL column, the faults found and the columns completed so far."""

    def __init__(self, header: Header, row: Row) -> None:
        self.header = header
        self.line = row.line
        self.refusals: list[Refusal] = []
        self.completed: list[str] = []
        self.cells: Mapping[str, str] = {}
        width = len(header.labels)
        # Blank cells beyond the last column carry nothing; anything else means that the cells have shifted.
        if len(row.cells) < width or any(cell.strip() for cell in row.cells[width:]):
            self._refuse(None, Reason.CELL_COUNT, expected=width, found=len(row.cells))
        else:
            self.cells = {column: row.cells[place] for column, place in header.places.items()}
        self.texts = {column: one_line(cell) for column, cell in self.cells.items()}

    def award(self) -> PublishedAward | None:
        """The row's award, or None after faults, which are then all in ``refusals``."""
        if self.refusals:
            return None
        grantor_name = self._required("nomAttribuant", read.read_text)
        grantor_siret = self._required("idAttribuant", read.read_siret)
        agreement_date = self._required("dateConvention", read.read_date)
        beneficiary_name = self._required("nomBeneficiaire", read.read_text)
        siret, rna = self._identifiers()
        purpose = self._required("objet", read.read_text)
        amount = self._required("montant", read.read_amount)
        nature = self._required("nature", read.read_nature)
        decision_reference = self._optional("referenceDecision", read.read_text)
        rae_id = self._optional("idRAE", read.read_rae)
        scheme = self._optional("dispositif", read.read_text)
        condition = self._completed("conditionsVersement", read.read_condition, PaymentCondition.SINGLE)
        # Without a day of agreement there is no award below, whatever the period.
        that_day: tuple[date, date | None] = (agreement_date or date.max, None)
        period = self._completed("datesPeriodeVersement", read.read_period, that_day)
        eu_notified = self._completed("notificationUE", read.read_yes_or_no, False)
        share = self._completed("pourcentageSubvention", read.read_share, Decimal(1))
        if (
            self.refusals
            or grantor_name is None
            or grantor_siret is None
            or agreement_date is None
            or beneficiary_name is None
            or purpose is None
            or amount is None
            or nature is None
        ):
            return None
        return PublishedAward(
            grantor_name=grantor_name,
            grantor_siret=grantor_siret,
            agreement_date=agreement_date,
            decision_reference=decision_reference,
            beneficiary_name=beneficiary_name,
            beneficiary_siret=siret,
            beneficiary_rna=rna,
            purpose=purpose,
            amount=amount,
            share=share,
            nature=nature,
            payment_condition=condition,
            period_start=period[0],
            period_end=period[1],
            rae_id=rae_id,
            eu_notified=eu_notified,
            scheme=scheme,
        )

    def _identifiers(self) -> tuple[str | None, str | None]:
        number, rna = self.texts.get("idBeneficiaire", ""), self.texts.get("rnaBeneficiaire", "")
        if number[:1] in ("W", "w") and not rna:
            return None, self._optional("idBeneficiaire", read.read_rna)
        if not number and not rna:
            self._refuse("idBeneficiaire", Reason.IDENTIFIER_MISSING)
        return self._optional("idBeneficiaire", read.read_siret), self._optional("rnaBeneficiaire", read.read_rna)

    def _required(self, column: str, parse: Callable[[str], T]) -> T | None:
        if not self.texts.get(column):
            self._refuse(column, Reason.REQUIRED)
        return self._optional(column, parse)

    def _completed(self, column: str, parse: Callable[[str], T], default: T) -> T:
        if not self.texts.get(column):
            self.completed.append(column)
        value = self._optional(column, parse)
        return default if value is None else value

    def _optional(self, column: str, parse: Callable[[str], T]) -> T | None:
        text = self.texts.get(column)
        if not text:
            return None
        if "\x00" in self.cells[column]:
            self._refuse(column, Reason.NUL_BYTE)
        elif "\N{REPLACEMENT CHARACTER}" in text:
            self._refuse(column, Reason.UNDECODABLE)
        else:
            try:
                return parse(text)
            except read.CellFault as fault:
                self._refuse(column, fault.reason, **fault.params)
        return None

    def _refuse(self, column: str | None, reason: Reason, **params: str | int) -> None:
        label = None if column is None else self.header.label(column)
        value = shown(self.cells.get(column or "", ""))
        self.refusals.append(Refusal(line=self.line, column=label, value=value, reason=reason, params=params))
