"""Verbs on organisations."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fund.models import Organisation, OrganisationKind


def find_or_create(
    session: Session,
    *,
    name: str,
    kind: OrganisationKind,
    siret: str | None = None,
    rna: str | None = None,
    commune_code: str | None = None,
) -> Organisation:
    """The organisation of that SIRET (else of that RNA), made when nobody knew it yet.

    Two people who add one organisation at once get the same row; what is known of it is not overwritten, what is
    not is completed (published data give no kind, and often one number of the two). Several sites of one
    association share its RNA: given alone, it finds the one first known. Without either number there is nothing to
    recognise it by, and a new row is made.
    """
    values: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "siret": siret,
        "siren": siret[:9] if siret else None,
        "rna": rna,
        "commune_code": commune_code,
    }
    known = _find(session, siret, rna)
    if known is not None:
        _complete(known, kind, rna, commune_code)
        return known
    row = session.scalars(
        insert(Organisation).values(**values).on_conflict_do_nothing().returning(Organisation)
    ).one_or_none()
    if row is not None:
        return row
    found = _find(session, siret, rna)
    if found is None:
        raise RuntimeError("an organisation was refused as known, yet is not found")
    return found


def _complete(
    organisation: Organisation, kind: OrganisationKind, rna: str | None, commune_code: str | None
) -> None:
    if organisation.kind is OrganisationKind.OTHER:
        organisation.kind = kind
    if organisation.rna is None:
        organisation.rna = rna
    if organisation.commune_code is None:
        organisation.commune_code = commune_code


def _find(session: Session, siret: str | None, rna: str | None) -> Organisation | None:
    if siret:
        return session.scalar(select(Organisation).where(Organisation.siret == siret))
    if rna:
        return session.scalar(
            select(Organisation).where(Organisation.rna == rna).order_by(Organisation.id).limit(1)
        )
    return None
