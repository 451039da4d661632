"""What the fund publishes of the awards that it, or a funder of imported history, signed; and what it does not.

Awards exist only once their decision is released, so that nothing here can tell what is under embargo.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, text
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from fund.models import Application, Award, Call, Disbursement, Organisation
from fund.models.award import SIGNED_STATES
from fund.services.access import visible
from workflows.award import AwardState
from workflows.permissions import Actor

BATCH = 500
PUBLICATION_LOCK = 17_000_020
"""Two who find that the files are out of date make them once; the number is arbitrary but fixed."""


class WithheldBecause(StrEnum):
    """Why an award is in none of the published files, or not in one of them."""

    UNSIGNED = "unsigned"  # its agreement is not concluded: the grant may still be refused
    ENDED = "ended"  # refused or cancelled: there is no grant
    FAULTY = "faulty"  # what a standard does not allow to be published


UNSIGNED_STATES = (AwardState.DRAFT, AwardState.OFFERED)
ENDED_STATES = (AwardState.REFUSED, AwardState.CANCELLED)


def is_published() -> ColumnElement[bool]:
    """The condition under which an award is public: its agreement stands, in force, suspended or closed."""
    return and_(Award.state.in_(SIGNED_STATES), Award.signed_on.is_not(None))


def signed_awards(session: Session) -> Iterator[Award]:
    """Every award whose agreement stands, the oldest first, with all that is published of it.

    Reads by stream, so that memory does not grow with the number of awards.
    """
    query = (
        select(Award)
        .where(is_published())
        .options(
            joinedload(Award.beneficiary),
            joinedload(Award.call).joinedload(Call.funder),
            joinedload(Award.application),
            selectinload(Award.disbursements),
        )
        .order_by(Award.signed_on, Award.id)
    )
    yield from session.scalars(query, execution_options={"yield_per": BATCH})


def fingerprint(session: Session) -> str:
    """SHA-256 that changes with every fact that is published, and that costs two sums to find.

    Each subject counts its own writes (``version``); organisations do not, so their facts are in it themselves.
    """
    funder = aliased(Organisation)
    parties = [
        column
        for party in (Organisation, funder)
        for column in (party.id, party.name, party.siret, party.siren, party.rna)
    ]
    awards = (
        select(_digest(Award.id, Award.version, Application.version, Call.version, *parties))
        .select_from(Award)
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Award.call_id)
        .join(Organisation, Organisation.id == Award.beneficiary_id)
        .join(funder, funder.id == Call.funder_id)
        .where(is_published())
    )
    tranches = (
        select(_digest(Disbursement.id, Disbursement.version))
        .join(Award, Award.id == Disbursement.award_id)
        .where(is_published())
    )
    sums = [str(session.scalar(query)) for query in (awards, tranches)]
    return hashlib.sha256(":".join(sums).encode()).hexdigest()


def _digest(*columns: Any) -> ColumnElement[Any]:
    """The sum of the rows' hashes, which does not depend on their order. A NULL counts as an empty text."""
    texts = [func.coalesce(cast(column, Text), "") for column in columns]
    return func.coalesce(func.sum(func.hashtextextended(func.concat_ws("\x1f", *texts), 0)), 0)


def lock_publication(session: Session) -> None:
    """Wait for whoever makes the files at this moment; until the end of the transaction. Raises Conflict."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLICATION_LOCK})


def count_withheld(session: Session) -> Mapping[WithheldBecause, int]:
    """How many awards are in no file at all, by reason; those that only a standard refuses aside."""
    states = {WithheldBecause.UNSIGNED: UNSIGNED_STATES, WithheldBecause.ENDED: ENDED_STATES}
    counts = [func.count().filter(Award.state.in_(each)) for each in states.values()]
    found = session.execute(select(*counts)).one()
    return dict(zip(states, found, strict=True))


def withheld_awards(actor: Actor, faulty: Iterable[str]) -> Select[Any]:
    """The withheld awards that the actor may see; ``faulty`` names those that only a form refuses."""
    query = visible(actor, Award).where(or_(Award.state.not_in(SIGNED_STATES), Award.reference.in_(faulty)))
    return query.options(joinedload(Award.call))


def reason_of(award: Award) -> WithheldBecause:
    """Why this award, which ``withheld_awards`` found, is withheld."""
    if award.state in UNSIGNED_STATES:
        return WithheldBecause.UNSIGNED
    return WithheldBecause.ENDED if award.state in ENDED_STATES else WithheldBecause.FAULTY
