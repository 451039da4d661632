"""Awards as 360Giving 1.4.3 has them: the rules, stated from the facts of its schema, and the writer.

360Giving is a JSON form in which funders publish grants, so that those of many can be read together. This module
states what of it the fund fills in; whatever it does not name, the standard leaves open.

Organisations are identified as org-id.guide asks. It lists one register that covers French legal units of every
kind, FR-RCS, with the SIREN: the list of INSEE (FR-INSEE) is deprecated in its favour, and the RNA is in none.
Without a SIREN an organisation gets an identifier of the publisher's own, as the standard provides.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TextIO

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from fund.schemas.published import Grant, Party
from fund.schemas.scdl import Reason, one_line

VERSION = "1.4"
TITLE_LIMIT = 140  # characters: the standard's advice
CURRENCY = "EUR"
COUNTRY = "FR"
COMMUNE_CODE = "INSEE-COM"
"""Our name for the kind of code: the standard's list of them knows only the United Kingdom's."""
IDENTIFIER = r"[A-Za-z0-9]+(-[A-Za-z0-9]+)+\Z"
PREFIX = r"360G-[A-Za-z0-9]+\Z"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose file it is. ``prefix`` is the publisher's own in 360Giving; ``url`` the address of the program."""

    name: str
    prefix: str
    url: str
    license_url: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """An award that breaks a rule, and why, by field."""

    reference: str
    faults: Mapping[str, list[Reason]]


@dataclass(frozen=True, slots=True)
class Written:
    """How many grants were written, and which were left out."""

    count: int
    withheld: tuple[Withheld, ...]


# The type is marshmallow's own for the messages of a field.
_MESSAGES: dict[str, Any] = {"required": Reason.REQUIRED, "null": Reason.REQUIRED, "invalid": Reason.INVALID}


def _text(key: str, limit: int | None = None) -> fields.String:
    checks = [validate.Length(min=1, error=Reason.REQUIRED)]
    checks += [] if limit is None else [validate.Length(max=limit, error=Reason.TOO_LONG)]
    return fields.String(data_key=key, required=True, validate=checks, error_messages=_MESSAGES)


def _id(key: str = "id") -> fields.String:
    known = validate.Regexp(IDENTIFIER, error=Reason.INVALID)
    return fields.String(data_key=key, required=True, validate=known, error_messages=_MESSAGES)


def _day(key: str, *, required: bool = True) -> fields.Date:
    return fields.Date(data_key=key, required=required, format="%Y-%m-%d", error_messages=_MESSAGES)


def _just(key: str, value: str) -> fields.String:
    same = validate.Equal(value, error=Reason.INVALID)
    return fields.String(data_key=key, required=True, validate=same, error_messages=_MESSAGES)


def _url(key: str) -> fields.Url:
    return fields.Url(data_key=key, require_tld=False, error_messages=_MESSAGES)


class OrganisationRules(Schema):
    id = _id()
    name = _text("name")


class PlanRules(Schema):
    starts_on = _day("startDate")
    ends_on = _day("endDate", required=False)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: object) -> None:
        if "ends_on" in data and data["ends_on"] < data["starts_on"]:
            raise ValidationError(Reason.PERIOD_INVERTED, "endDate")


class LocationRules(Schema):
    name = _text("name")
    country = _just("countryCode", COUNTRY)
    code = fields.String(
        data_key="geoCode",
        required=True,
        validate=validate.Regexp(r"[0-9][0-9AB][0-9]{3}\Z", error=Reason.INVALID),
        error_messages=_MESSAGES,
    )
    kind = _just("geoCodeType", COMMUNE_CODE)


class ProgrammeRules(Schema):
    code = _text("code")
    title = _text("title")


class GrantRules(Schema):
    """One grant; the messages of its errors are ``Reason`` codes, and an unknown field is one."""

    id = _id()
    title = _text("title", TITLE_LIMIT)
    description = _text("description")
    currency = _just("currency", CURRENCY)
    amount = fields.Decimal(
        data_key="amountAwarded",
        required=True,
        validate=validate.Range(min=0, min_inclusive=False, error=Reason.AMOUNT_NOT_POSITIVE),
        error_messages=_MESSAGES,
    )
    decided_on = _day("awardDate")
    url = _url("url")
    planned = fields.List(fields.Nested(PlanRules), data_key="plannedDates", validate=validate.Length(equal=1))
    recipient = fields.List(
        fields.Nested(OrganisationRules),
        data_key="recipientOrganization",
        required=True,
        validate=validate.Length(equal=1),
    )
    location = fields.List(
        fields.Nested(LocationRules), data_key="beneficiaryLocation", validate=validate.Length(equal=1)
    )
    funder = fields.List(
        fields.Nested(OrganisationRules),
        data_key="fundingOrganization",
        required=True,
        validate=validate.Length(equal=1),
    )
    programme = fields.List(
        fields.Nested(ProgrammeRules), data_key="grantProgramme", required=True, validate=validate.Length(equal=1)
    )
    from_call = fields.String(data_key="fromOpenCall", validate=validate.Equal("Yes"))
    modified_at = fields.AwareDateTime(
        data_key="dateModified", required=True, format="iso", error_messages=_MESSAGES
    )
    source = _url("dataSource")


def write_grants(grants: Iterable[Grant], out: TextIO, publisher: Publisher, issued_at: datetime) -> Written:
    """Write a 360Giving package of the grants that ``GrantRules`` accepts, as they come, one on a line.

    Never more than one grant is in memory. The standard asks for one grant at the least: a package of none is
    none, which the caller sees in the count.
    """
    rules = GrantRules()
    head = _package(publisher, issued_at)
    out.write(json.dumps(head, ensure_ascii=False).removesuffix("}") + ', "grants": [')
    count, withheld = 0, []
    for grant in grants:
        line = describe_grant(grant, publisher)
        if faults := rules.validate(line):
            withheld.append(Withheld(grant.reference, {name: _reasons(found) for name, found in faults.items()}))
            continue
        out.write((",\n" if count else "\n") + json.dumps(line, ensure_ascii=False, default=_number))
        count += 1
    out.write("\n]}\n")
    return Written(count, tuple(withheld))


def _package(publisher: Publisher, issued_at: datetime) -> dict[str, Any]:
    day = issued_at.astimezone(UTC).date().isoformat()
    return {
        "version": VERSION,
        "title": f"Attributions publiées par {one_line(publisher.name)}",
        "description": "Subventions dont la convention est signée : en vigueur, suspendues ou soldées.",
        "issued": day,
        "modified": _instant(issued_at),
        "identifier": f"{publisher.prefix}-{day}",
        "publisher": {"name": one_line(publisher.name), "prefix": publisher.prefix, "website": publisher.url},
        "license": publisher.license_url,
        "downloadURL": f"{publisher.url}/donnees-ouvertes/attributions.json",
        "accessURL": f"{publisher.url}/donnees-ouvertes",
    }


def describe_grant(grant: Grant, publisher: Publisher) -> dict[str, Any]:
    """One grant in the standard's words; what is not known is left out."""
    line: dict[str, Any] = {
        "id": f"{publisher.prefix}-{grant.reference}",
        "title": _title(grant.title),
        "description": one_line(grant.description),
        "currency": CURRENCY,
        "amountAwarded": grant.amount,
        "awardDate": grant.decided_on.isoformat(),
        "recipientOrganization": [_organisation(grant.recipient, publisher)],
        "fundingOrganization": [_organisation(grant.funder, publisher)],
        "grantProgramme": [{"code": grant.programme_code, "title": one_line(grant.programme)}],
        "dateModified": _instant(grant.modified_at),
        "dataSource": f"{publisher.url}/donnees-ouvertes",
    }
    if grant.is_own:
        line |= {"url": f"{publisher.url}/alliances/{grant.reference}", "fromOpenCall": "Yes"}
    if grant.starts_on is not None:
        end = {"endDate": grant.ends_on.isoformat()} if grant.ends_on else {}
        line["plannedDates"] = [{"startDate": grant.starts_on.isoformat(), **end}]
    if grant.place_code is not None:
        place = {"name": grant.place, "countryCode": COUNTRY}
        line["beneficiaryLocation"] = [place | {"geoCode": grant.place_code, "geoCodeType": COMMUNE_CODE}]
    return line


def _organisation(party: Party, publisher: Publisher) -> dict[str, str]:
    own = f"{publisher.prefix}-ORG-{party.rna or party.number}"
    return {"id": f"FR-RCS-{party.siren}" if party.siren else own, "name": one_line(party.name)}


def _title(text: str) -> str:
    """On one line, cut after a word where it is longer than the standard advises."""
    line = one_line(text)
    if len(line) <= TITLE_LIMIT:
        return line
    kept = line[: TITLE_LIMIT - 1]
    return re.sub(r"\s+\S*$", "", kept).rstrip(" ,;:–-") + "…"


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _number(value: Any) -> int | float:
    """Cents are exact in a float up to sums that no award reaches; the standard asks for a number."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return int(value) if value == value.to_integral_value() else float(value)


def _reasons(found: Any) -> list[Reason]:
    """The reasons of one field, however deep they lie in what it is made of."""
    if isinstance(found, Mapping):
        return [reason for inner in found.values() for reason in _reasons(inner)]
    if isinstance(found, list):
        return [reason for inner in found for reason in _reasons(inner)]
    return [Reason(found) if found in set(Reason) else Reason.INVALID]
