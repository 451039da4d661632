"""What other public funders published that they granted: taking it in, and finding what concerns an alliance."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Integer, and_, cast, extract, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from fund.models import Organisation, Subsidy
from fund.services.history import PastAward
from fund.services.perform import require_permission
from workflows.permissions import Actor, Permission

SHOWN = 10
"""How many grants of one organisation are listed; its totals by year count all of them."""


@dataclass(frozen=True, slots=True)
class YearTotal:
    """What one organisation was granted in one year (by the agreements), in euros."""

    year: int
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Granted:
    """What public funders granted to one organisation: the latest grants, and every year's total, newest first."""

    latest: tuple[Subsidy, ...] = ()
    years: tuple[YearTotal, ...] = ()

    @property
    def count(self) -> int:
        return sum(year.count for year in self.years)

    @property
    def amount(self) -> Decimal:
        """In euros, all years together."""
        return sum((year.amount for year in self.years), Decimal(0))


def record_subsidies(
    session: Session, actor: Actor, rows: Mapping[bytes, PastAward], *, source: str, source_digest: bytes
) -> set[bytes]:
    """Keep published grants by their fingerprints; gives the fingerprints that were new.

    ``source`` is the file's name, ``source_digest`` its SHA-256. Raises NotPermitted.
    """
    require_permission(actor, Permission.SUBSIDY_IMPORT)
    if not rows:
        return set()
    # In one order for everybody: two imports of the same rows wait for each other and never in a circle.
    values = [
        {
            "funder_name": row.grantor_name,
            "funder_siret": row.grantor_siret,
            "beneficiary_name": row.beneficiary_name,
            "beneficiary_siret": row.beneficiary_siret,
            "beneficiary_rna": row.beneficiary_rna,
            "granted_on": row.agreement_date,
            "amount": row.own_amount,
            "object": row.purpose,
            "nature": str(row.nature),
            "conditions": str(row.payment_condition),
            "source": source,
            "source_digest": source_digest,
            "fingerprint": fingerprint,
        }
        for fingerprint, row in sorted(rows.items())
    ]
    query = insert(Subsidy).values(values).on_conflict_do_nothing(index_elements=[Subsidy.fingerprint])
    return set(session.scalars(query.returning(Subsidy.fingerprint)))


def subsidies_of(session: Session, organisations: Collection[Organisation]) -> dict[int, Granted]:
    """What was granted to each of the organisations, by its id, in one statement whatever their number.

    Found by SIREN, so for all sites together; by RNA where the organisation or the published row has no SIREN.
    """
    ids = [organisation.id for organisation in organisations]
    year = cast(extract("year", Subsidy.granted_on), Integer)
    of_year, newest = (Organisation.id, year), (Subsidy.granted_on.desc(), Subsidy.id.desc())
    found = (
        select(
            Organisation.id.label("organisation_id"),
            Subsidy,
            year.label("year"),
            func.count().over(partition_by=of_year).label("year_count"),
            func.sum(Subsidy.amount).over(partition_by=of_year).label("year_amount"),
            func.row_number().over(partition_by=Organisation.id, order_by=newest).label("place"),
            func.row_number().over(partition_by=of_year, order_by=newest).label("place_in_year"),
        )
        .join(Subsidy, _was_granted_to())
        .where(Organisation.id.in_(ids))
        .subquery()
    )
    row = aliased(Subsidy, found)
    query = (
        select(row, found.c.organisation_id, found.c.year, found.c.year_count, found.c.year_amount, found.c.place)
        # One row of each year at the least: it carries the year's total.
        .where(or_(found.c.place <= SHOWN, found.c.place_in_year == 1))
        .order_by(found.c.organisation_id, found.c.place)
    )
    latest: dict[int, list[Subsidy]] = {id_: [] for id_ in ids}
    years: dict[int, dict[int, YearTotal]] = {id_: {} for id_ in ids}
    for subsidy, organisation_id, of, count, amount, place in session.execute(query):
        years[organisation_id].setdefault(of, YearTotal(of, count, amount))
        if place <= SHOWN:
            latest[organisation_id].append(subsidy)
    return {id_: Granted(tuple(latest[id_]), tuple(years[id_].values())) for id_ in ids}


def _was_granted_to() -> ColumnElement[bool]:
    # Two SIRENs that differ are two legal persons, whatever RNA was typed beside them.
    by_rna = and_(
        Subsidy.beneficiary_rna == Organisation.rna,
        or_(Organisation.siren.is_(None), Subsidy.beneficiary_siren.is_(None)),
    )
    return or_(Subsidy.beneficiary_siren == Organisation.siren, by_rna)


def latest_import(session: Session) -> datetime | None:
    """When published grants were last taken in (UTC), or None before the first time."""
    return session.scalar(select(Subsidy.imported_at).order_by(Subsidy.id.desc()).limit(1))
