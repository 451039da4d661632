"""Awards as the SCDL "subventions" standard publishes them: the vocabulary and the rules.

SCDL (Socle commun des données locales) is the form in which French public funders publish the grants that they
gave: a CSV file with one row for each beneficiary. This module states version 2.1.1 (September 2024) from the
facts of its official schema. ``scdl_reader`` reads such files as they are found, ``scdl_writer`` writes them.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marshmallow import Schema, ValidationError, validate, validates_schema
from marshmallow import fields as ma
from stdnum.fr import siret

MAX_TEXT = 256  # characters: the standard's limit for the object; ours for the other texts
MAX_RAE = 5
MIN_SHARE = Decimal("0.01")
PUBLISHABLE_RNA = r"^W[0-9]{9}\Z"


class Nature(StrEnum):
    """What is given, in the standard's own words. Of the two orders that it allows for both, the one we write."""

    CASH = "aide en numéraire"
    IN_KIND = "aide en nature"
    CASH_AND_IN_KIND = "aide en numéraire;aide en nature"


class PaymentCondition(StrEnum):
    """How it is paid, in the standard's own words: at once, in several payments, or otherwise."""

    SINGLE = "unique"
    STAGGERED = "échelonné"
    OTHER = "autre"


class Reason(StrEnum):
    """Why a file, a row or a cell is refused. The words in brackets name the parameters of the sentence."""

    NOT_TEXT = "not_text"  # a spreadsheet, an archive or UTF-16
    EMPTY_FILE = "empty_file"
    HEADER_MISSING = "header_missing"  # the first line holds no known column name
    COLUMN_MISSING = "column_missing"
    COLUMN_DUPLICATED = "column_duplicated"
    TOO_MANY_ROWS = "too_many_rows"  # [limit]
    LINE_TOO_LONG = "line_too_long"  # [limit] bytes
    QUOTE_MALFORMED = "quote_malformed"  # quotation marks or line breaks out of order
    CELL_COUNT = "cell_count"  # [expected] [found]
    UNDECODABLE = "undecodable"  # a character was lost
    NUL_BYTE = "nul_byte"
    REQUIRED = "required"
    IDENTIFIER_MISSING = "identifier_missing"  # neither SIRET nor RNA
    TOO_LONG = "too_long"  # [limit]
    SIRET_MALFORMED = "siret_malformed"
    SIRET_LENGTH = "siret_length"  # [found] digits
    SIRET_CHECKSUM = "siret_checksum"
    SIRET_ROUNDED = "siret_rounded"  # a spreadsheet rounded it: the last digits are lost
    RNA_MALFORMED = "rna_malformed"
    RNA_UNPUBLISHABLE = "rna_unpublishable"  # an RNA with letters and no SIRET to publish in its place
    DATE_MALFORMED = "date_malformed"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_AHEAD = "date_ahead"  # an award of the past cannot be signed tomorrow
    PERIOD_MALFORMED = "period_malformed"
    PERIOD_INVERTED = "period_inverted"
    AMOUNT_MALFORMED = "amount_malformed"
    AMOUNT_AMBIGUOUS = "amount_ambiguous"  # 10.000 may be ten euros or ten thousand
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_PRECISION = "amount_precision"  # fractions of a cent
    AMOUNT_TOO_LARGE = "amount_too_large"
    SHARE_MALFORMED = "share_malformed"
    SHARE_OUT_OF_RANGE = "share_out_of_range"
    CHOICE_UNKNOWN = "choice_unknown"  # [choices]
    INVALID = "invalid"  # anything else that the standard forbids


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAward:
    """One beneficiary's part of one award, as published.

    ``amount`` is the whole award in euros, before it is split; ``share`` the beneficiary's part of it, from 0.01
    to 1, to the millionth. The payments fall between ``period_start`` and ``period_end``, or on the first day
    alone where there is no end. ``scheme`` is the programme under which it was given, ``rae_id`` its number in
    the register of aids to companies (Répertoire des aides aux entreprises).
    """

    grantor_name: str
    grantor_siret: str
    agreement_date: date
    decision_reference: str | None
    beneficiary_name: str
    beneficiary_siret: str | None
    beneficiary_rna: str | None
    purpose: str
    amount: Decimal
    share: Decimal
    nature: Nature
    payment_condition: PaymentCondition
    period_start: date
    period_end: date | None
    rae_id: str | None
    eu_notified: bool
    scheme: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRecord(PublishedAward):
    """An award as read from a file: the facts, and where and how they were read.

    ``line`` is the physical line of the file where the row begins (the header stands on line 1).
    ``completed`` names the SCDL columns that were blank or absent and took their stated default.
    ``fingerprint`` is the same whenever the same award is read again (see ``fingerprint_of``).
    """

    line: int
    completed: tuple[str, ...]
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One fault in a file; a row with several faults gives several refusals with the same line.

    ``column`` is the name that the file itself gives to the column (the standard's name where the column is
    absent), or None where the fault is the whole line's. ``value`` is the cell, shortened, without control
    characters. ``params`` complete the sentence that belongs to ``reason``.
    """

    line: int
    column: str | None
    value: str
    reason: Reason
    params: Mapping[str, str | int] = field(default_factory=dict)


def one_line(text: str) -> str:
    """The text as one line: composed characters (NFC), a space for each run of control characters, no margin."""
    composed = unicodedata.normalize("NFC", text)
    return re.sub(r"\s*[\x00-\x1f\x7f-\x9f\u2028\u2029]+\s*", " ", composed).strip()


def content_digest(award: PublishedAward) -> bytes:
    """SHA-256 of the award's facts in a canonical form.

    Facts, not bytes: the same file saved again with other separators, another encoding or another order of
    columns has the same digests.
    """
    facts = {item.name: _canonical(getattr(award, item.name)) for item in fields(PublishedAward)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).digest()


def fingerprint_of(digest: bytes, ordinal: int) -> bytes:
    """The award's identity across imports (SHA-256), from its content and its ordinal.

    Two identical rows of one file are two awards: ``ordinal`` counts them from 0.
    """
    return hashlib.sha256(digest + b"#%d" % ordinal).digest()


def _canonical(value: object) -> str | bool | None:
    match value:
        case Decimal():
            return f"{value.normalize():f}"  # 2400.0 and 2400.00 are the same amount
        case date():
            return value.isoformat()
        case None | bool():
            return value
        case _:
            return str(value)


# The type is marshmallow's own for the messages of a field.
_ROW_MESSAGES: dict[str, Any] = {
    "required": Reason.REQUIRED,
    "null": Reason.REQUIRED,
    "invalid": Reason.INVALID,
    "special": Reason.INVALID,
    "too_large": Reason.INVALID,
}


def _text(column: str, *, required: bool = False, limit: int | None = None) -> ma.String:
    longest = [] if limit is None else [validate.Length(max=limit, error=Reason.TOO_LONG)]
    filled = [validate.Length(min=1, error=Reason.REQUIRED)]
    return ma.String(
        data_key=column, required=required, validate=[*filled, *longest], error_messages=_ROW_MESSAGES
    )


def _day(column: str, *, required: bool = False) -> ma.Date:
    return ma.Date(data_key=column, required=required, format="%Y-%m-%d", error_messages=_ROW_MESSAGES)


def _number(column: str, *, required: bool = False, check: validate.Validator | None = None) -> ma.Decimal:
    return ma.Decimal(data_key=column, required=required, validate=check, error_messages=_ROW_MESSAGES)


def _choice(column: str, *choices: str, required: bool = False) -> ma.String:
    known = validate.OneOf(choices, error=Reason.CHOICE_UNKNOWN)
    return ma.String(data_key=column, required=required, validate=known, error_messages=_ROW_MESSAGES)


def _pattern(column: str, pattern: str, reason: Reason, *, required: bool = False) -> ma.String:
    matches = validate.Regexp(pattern, error=reason)
    return ma.String(data_key=column, required=required, validate=matches, error_messages=_ROW_MESSAGES)


def _check_siret(number: str) -> None:
    # Fourteen digits of one piece: stdnum alone would let spaces pass.
    if not re.fullmatch(r"[0-9]{14}", number) or not siret.is_valid(number):
        raise ValidationError(Reason.SIRET_CHECKSUM)


class ScdlRowSchema(Schema):
    """One row of an SCDL file, column by column in the standard's order, blank cells left out.

    The messages of its errors are ``Reason`` codes. It states the standard as it is, with its spelling
    ("intruction"), its checks of SIRET and its demand for a SIRET or an RNA.
    """

    subsidy_id = _text("idSubvention")
    grantor_name = _text("nomAttribuant", required=True)
    grantor_siret = ma.String(
        data_key="idAttribuant", required=True, validate=_check_siret, error_messages=_ROW_MESSAGES
    )
    office_name = _text("nomServiceInstructeur")
    office_siret = _text("idServiceInstructeur", required=True)
    beneficiary_name = _text("nomBeneficiaire", required=True)
    beneficiary_siret = ma.String(data_key="idBeneficiaire", validate=_check_siret, error_messages=_ROW_MESSAGES)
    beneficiary_rna = _pattern("rnaBeneficiaire", PUBLISHABLE_RNA, Reason.RNA_UNPUBLISHABLE)
    budget_year = ma.Integer(data_key="exerciceBudgetaire", error_messages=_ROW_MESSAGES)
    multi_year = _choice("pluriannualite", "oui", "non")
    multi_year_years = _text("anneesPluriannualite")
    decision_date = _day("dateDecision")
    agreement_date = _day("dateConvention", required=True)
    decision_reference = _text("referenceDecision")
    file_date = _day("dateCreation")
    project_start = _day("dateDebut")
    project_end = _day("dateFin")
    scheme = _text("dispositif")
    sub_scheme = _text("sousDispositif")
    status = _choice("statutLabel", "en cours d'intruction", "attribuée", "ineligible", "refusée")
    purpose = _text("objet", required=True, limit=MAX_TEXT)
    nature = _choice("nature", *Nature, "aide en nature;aide en numéraire", required=True)
    amount_asked = _number("montantDemande")
    amount = _number("montant")
    instruction_tool = _text("nomOutilInstruction")
    payment_tool = _text("nomOutilVersement")
    commitment_number = _text("ej")
    payment_key = _text("cléVersement")
    payment_condition = _choice("conditionsVersement", *PaymentCondition, required=True)
    payment_terms = _text("descriptionConditionsVersement", required=True, limit=MAX_TEXT)
    payment_period = _pattern(
        "datesPeriodeVersement",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?\Z",
        Reason.PERIOD_MALFORMED,
        required=True,
    )
    cofunded = _choice("cofinancement", "oui", "non")
    cofunders = _text("attribuantsCofinanceurs")
    cofunding_id = _text("idCofinancement")
    rae_id = _text("idRAE", limit=MAX_RAE)
    eu_notified = _choice("notificationUE", "oui", "non", required=True)
    share = _number(
        "pourcentageSubvention",
        required=True,
        check=validate.Range(min=MIN_SHARE, max=1, error=Reason.SHARE_OUT_OF_RANGE),
    )
    evaluated_cost = _number("evaluationCout")
    evaluation = _text("evaluation")
    update_date = _day("dateMiseAJour")

    @validates_schema(skip_on_field_errors=False)
    def _beneficiary_is_identified(self, data: dict[str, Any], **_kwargs: object) -> None:
        if not data.get("beneficiary_siret") and not data.get("beneficiary_rna"):
            raise ValidationError(Reason.IDENTIFIER_MISSING, "idBeneficiaire")


COLUMNS: tuple[str, ...] = tuple(
    item.data_key for item in ScdlRowSchema().fields.values() if item.data_key is not None
)
