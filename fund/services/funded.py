"""The alliances that the fund funds, as everybody may see them: found by text and filters, counted by territory.

An alliance is public from the day on which its agreement stands (``publication.is_published``). Imported history
is left out: a published row names one beneficiary, and neither an alliance nor a territory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, extract, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from config.communes import communes_of_epci, departements
from config.territories import LEVELS, Territory, search_territories
from fund.errors import NotFound
from fund.models import Application, Award, Call, Member, Organisation
from fund.services.listing import Order, Page, paginate
from fund.services.publication import is_published
from fund.services.themes import themes_by_version
from workflows.report import ReportState

LATEST_FIRST = Order((Award.signed_on, Award.id))
TERRITORIES = 5
"""How many territories a text may mean; more would find what nobody looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty is not asked. Codes: « 31 », and those of the vocabularies."""

    text: str = ""
    call: str = ""
    departement: str = ""
    lever: str = ""
    sdg: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to filter by: references and titles of calls, codes of départements, years."""

    calls: Sequence[tuple[str, str, str]]
    departements: Sequence[str]
    years: Sequence[int]


@dataclass(frozen=True, slots=True)
class Share:
    """What falls to one département; its code is empty where no commune is known. Euros."""

    departement: str
    alliances: int
    euros: Decimal


def find_alliances(session: Session, wanted: Wanted, *, cursor: str | None, limit: int) -> Page[Award]:
    """One page, the latest agreement first. Raises InvalidInput for a cursor that is none."""
    query = _public(Award).where(*_conditions(session, wanted))
    options = (contains_eager(Award.application).selectinload(Application.members), joinedload(Award.call))
    return paginate(session, query.options(*options), LATEST_FIRST, cursor=cursor, limit=limit)


def spread_alliances(session: Session, wanted: Wanted) -> tuple[Share, ...]:
    """The alliances that match, by département, the most euros first; each counts once."""
    code = func.coalesce(_departement(), "")
    query = _public(code, func.count(), func.sum(Award.amount)).where(*_conditions(session, wanted))
    shares = [Share(*row) for row in session.execute(query.group_by(code))]
    return tuple(sorted(shares, key=lambda share: (not share.departement, -share.euros, share.departement)))


def find_alliance(session: Session, reference: str) -> Award:
    """The funded alliance of that award's reference, with all that its page tells. Raises NotFound."""
    query = _public(Award).where(Award.reference == reference)
    award: Award | None = session.scalar(
        query.options(
            contains_eager(Award.application).selectinload(Application.members),
            contains_eager(Award.application).joinedload(Application.call_version),
            joinedload(Award.call),
            selectinload(Award.reports),
        )
    )
    if award is None:
        raise NotFound(f"funded alliance {reference}")
    return award


def people_reached(award: Award) -> int | None:
    """How many people the project reached, once the fund has accepted its final report."""
    final = [report for report in award.reports if report.final and report.state is ReportState.ACCEPTED]
    return final[-1].people_reached if final else None


def find_choices(session: Session) -> Choices:
    """What the alliances that are public can be filtered by."""
    calls = select(Call.reference, Call.title_fr, Call.title_en).where(Call.id.in_(_public(Award.call_id)))
    code, year = _departement(), cast(extract("year", Award.signed_on), Integer)
    return Choices(
        calls=[(row[0], row[1], row[2]) for row in session.execute(calls.order_by(Call.opens_at.desc(), Call.id))],
        departements=sorted(session.scalars(_public(code).where(code.is_not(None)).distinct())),
        years=sorted(session.scalars(_public(year).distinct()), reverse=True),
    )


def _public(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Award)
        .join(Application, Application.id == Award.application_id)
        .join(Organisation, Organisation.id == Award.beneficiary_id)
        .where(is_published(), Award.imported.is_(False), Application.is_test.is_(False))
    )


def _departement() -> ColumnElement[Any]:
    """Of the project's commune, else of the lead's: INSEE codes begin with it, overseas with three signs."""
    commune = func.coalesce(Application.commune_code, Organisation.commune_code)
    overseas = func.left(commune, 2).in_(("97", "98"))
    return case((overseas, func.left(commune, 3)), else_=func.left(commune, 2))


def _conditions(session: Session, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.text.strip():
        yield _of_text(wanted.text.strip())
    if wanted.call:
        yield Award.call_id == select(Call.id).where(Call.reference == wanted.call).scalar_subquery()
    if wanted.departement:
        yield _departement() == wanted.departement
    if wanted.year is not None:
        yield extract("year", Award.signed_on) == wanted.year
    if wanted.lever or wanted.sdg:
        yield Award.application_id.in_(_with_themes(session, wanted))


def _with_themes(session: Session, wanted: Wanted) -> list[int]:
    """The public files that name the lever and the goal asked for: answers lie where each call's form put them."""
    versions = session.execute(_public(Application.id, Application.version_id))
    files: dict[int, int | None] = {row[0]: row[1] for row in versions}
    return [
        file
        for file, themes in themes_by_version(session, files).items()
        if (not wanted.lever or wanted.lever in themes.levers) and (not wanted.sdg or wanted.sdg in themes.sdgs)
    ]


def _of_text(text: str) -> ColumnElement[bool]:
    """In the project's title, in a member's name, or in a territory that the text names."""
    pattern = "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    organisation = aliased(Organisation)
    members = select(Member.application_id).join(organisation, organisation.id == Member.organisation_id)
    found: list[ColumnElement[bool]] = [
        Application.title.ilike(pattern, escape="\\"),
        Application.id.in_(members.where(organisation.name.ilike(pattern, escape="\\"))),
    ]
    for territory in search_territories(text, LEVELS, TERRITORIES):
        seat = _lies_in(organisation.commune_code, territory)
        found.append(_lies_in(Application.commune_code, territory))
        found.append(Application.id.in_(members.where(or_(seat, Member.territory == territory.code))))
    return or_(*found)


def _lies_in(commune: Any, territory: Territory) -> ColumnElement[bool]:
    """Whether a commune's INSEE code lies in the territory."""
    number = territory.code.partition(":")[2]
    within: ColumnElement[bool]
    match territory.level:
        case "com":
            within = commune == number
        case "epci":
            within = commune.in_(communes_of_epci(number))
        case "dep":
            within = commune.startswith(number)
        case _:
            inside = [code for code, departement in departements().items() if departement.region == number]
            within = or_(*(commune.startswith(code) for code in inside))
    return within
