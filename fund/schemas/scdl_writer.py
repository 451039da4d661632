"""Awards written as an SCDL 2.1.1 file: UTF-8, commas, decimal points, all columns in the standard's order."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from re import match
from typing import Generic, TextIO, TypeVar

from fund.forms.shielding import shielded
from fund.schemas.scdl import (
    COLUMNS,
    PUBLISHABLE_RNA,
    PaymentCondition,
    PublishedAward,
    Reason,
    ScdlRowSchema,
    one_line,
)

Row = TypeVar("Row", bound=PublishedAward)

# The standard requires a description for every award. French, whatever the reader's language: it is data.
_TERMS: Mapping[PaymentCondition, str] = {
    PaymentCondition.SINGLE: "Versement en une seule fois.",
    PaymentCondition.STAGGERED: "Versement en plusieurs fois, selon la convention.",
    PaymentCondition.OTHER: "Versement selon les modalités fixées par la convention.",
}


@dataclass(frozen=True, slots=True)
class LeftOut(Generic[Row]):
    """An award that the standard does not allow to publish as it is, and why, by SCDL column."""

    award: Row
    faults: Mapping[str, list[Reason]]


@dataclass(frozen=True, slots=True)
class Publication(Generic[Row]):
    """What was written: the number of rows, and the awards left out."""

    written: int
    left_out: tuple[LeftOut[Row], ...]


def write_awards(records: Iterable[Row], out: TextIO) -> Publication[Row]:
    """Write the header and one row for each award that ``ScdlRowSchema`` accepts, as they come.

    Open ``out`` as UTF-8 with ``newline=""``. Reading the file again gives the same facts: texts are written as
    they are, on one line, but for the apostrophe before what a spreadsheet would run as a formula (``shielded``).
    An RNA with letters is not written, because the standard's pattern has digits only; without a SIRET to stand
    for it the award is left out, as is any other that breaks a rule, and the rest is still written.
    """
    schema = ScdlRowSchema()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    written = 0
    left_out: list[LeftOut[Row]] = []
    for award in records:
        row = _row(award)
        faults = schema.validate(row)
        if faults:
            reasons = {column: [Reason(message) for message in messages] for column, messages in faults.items()}
            left_out.append(LeftOut(award, reasons))
        else:
            writer.writerow(row)
            written += 1
    return Publication(written, tuple(left_out))


def _row(award: PublishedAward) -> dict[str, str]:
    """The award's cells by SCDL column, without the blank ones."""
    period = [day.isoformat() for day in (award.period_start, award.period_end) if day is not None]
    cells = {
        "nomAttribuant": _text(award.grantor_name),
        "idAttribuant": award.grantor_siret,
        "nomServiceInstructeur": _text(award.grantor_name),
        "idServiceInstructeur": award.grantor_siret,
        "nomBeneficiaire": _text(award.beneficiary_name),
        "idBeneficiaire": award.beneficiary_siret,
        "rnaBeneficiaire": _rna(award),
        "dateConvention": award.agreement_date.isoformat(),
        "referenceDecision": _text(award.decision_reference),
        "dispositif": _text(award.scheme),
        "objet": _text(award.purpose),
        "nature": award.nature.value,
        "montant": _number(award.amount),
        "conditionsVersement": award.payment_condition.value,
        "descriptionConditionsVersement": _TERMS[award.payment_condition],
        "datesPeriodeVersement": "/".join(period),
        "idRAE": award.rae_id,
        "notificationUE": "oui" if award.eu_notified else "non",
        "pourcentageSubvention": _number(award.share),
    }
    return {column: cell for column, cell in cells.items() if cell}


def _rna(award: PublishedAward) -> str | None:
    """The RNA, unless it has letters and the SIRET says who it is."""
    rna = award.beneficiary_rna
    if rna and award.beneficiary_siret and not match(PUBLISHABLE_RNA, rna):
        return None
    return rna


def _text(value: str | None) -> str | None:
    return None if value is None else shielded(one_line(value))


def _number(value: Decimal) -> str:
    return f"{value:f}"
