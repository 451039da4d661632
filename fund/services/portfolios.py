"""The best portfolio for a session: what it is computed from, and what came out, as plain data.

What came out (``Simulation.result``), amounts in euros as texts, points as numbers:

- ``state``: ``found``; ``infeasible``: the constraints exclude each other (``clash``); ``late``: no answer;
- ``digest`` of all that it was computed from, ``seconds`` that it took, ``complete`` as ``Portfolio`` says it;
- ``envelope`` that could be given, decisions of the session included; ``files``: ``{reference: {"score", "amount",
  "decided"}}``, all that were looked at;
- ``chosen`` and ``amounts`` by reference, ``total``, ``value`` (the sum of their scores), ``remaining``;
- ``binding``, ``next`` (the smallest sum more that helps), ``flips`` by reference (points, or None).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.territories import parents_of
from fund.analysis.portfolio import (
    Bound,
    Clash,
    Constraints,
    Dimension,
    Limit,
    Portfolio,
    Project,
    best_portfolio,
)
from fund.models import AgendaItem, Application, CommitteeSession, Member, Outcome
from fund.services.journal import canonical, plain
from fund.services.minutes import euros
from fund.services.ranking import AdjustedScore, adjusted_scores
from fund.services.themes import Themes, themes_of

SECONDS = 8.0
"""The most that one computation takes: somebody waits for it, and a place among the web's processes is taken."""
FOUND, INFEASIBLE, LATE = "found", "infeasible", "late"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people ask of a portfolio, files by their references.

    ``envelope``: how much of what is there may be given, in euros, decisions of the session included; None: all.
    ``minimum_score`` from 0 to 100.
    """

    envelope: Decimal | None = None
    minimum_score: Decimal | None = None
    bounds: tuple[Bound, ...] = ()
    fixed_in: frozenset[str] = frozenset()
    fixed_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be chosen, or that the session granted already (``decided``); ``score`` None: never read."""

    project: Project
    score: float | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """What a portfolio is computed from. ``available``: euros for all of these files together."""

    candidates: tuple[Candidate, ...]
    available: Decimal

    @property
    def open_references(self) -> frozenset[str]:
        return frozenset(one.project.key for one in self.candidates if not one.decided)

    @property
    def digest(self) -> str:
        """Changes with every score, amount, decision and sum that the portfolio hangs on."""
        told = {"available": euros(self.available), "files": [_told(one) for one in self.candidates]}
        return hashlib.sha256(canonical(told)).hexdigest()


def read_basis(session: Session, sitting: CommitteeSession) -> Basis:
    """The files of the agenda, whoever asks: those still open, and those granted already, at what was granted.

    A file counts with what is proposed for it, else with what it asks, and with the score that it is ranked by. In
    as many statements whatever the length of the agenda.
    """
    items = _items(session, sitting)
    scores = adjusted_scores(session, sitting.call_id)
    themes = themes_of(session, [item.application for item in items])
    decided = sum((item.amount or Decimal(0) for item in items if not item.is_open), Decimal(0))
    candidates = (_candidate(item, scores.get(item.application_id), themes[item.application_id]) for item in items)
    return Basis(tuple(candidates), sitting.call.remaining_envelope() + decided)


def compute(basis: Basis, wanted: Wanted, seconds: float = SECONDS) -> dict[str, Any]:
    """The best portfolio under these constraints, as data. A choice on a file that is decided falls away.

    A file that nobody scored is in it only by choice: it is never counted as one of zero points.
    """
    began = monotonic()
    portfolio = best_portfolio([one.project for one in basis.candidates], _constraints(basis, wanted), seconds)
    facts = {one.project.key: one for one in basis.candidates}
    amounts = {key: euros(facts[key].project.amount) for key in portfolio.chosen}
    return {
        "state": _state_of(portfolio),
        "digest": basis.digest,
        "seconds": round(monotonic() - began, 2),
        "complete": portfolio.complete,
        "envelope": euros(basis.available if wanted.envelope is None else wanted.envelope),
        "files": {
            key: {"score": one.score, "amount": euros(one.project.amount), "decided": one.decided}
            for key, one in facts.items()
        },
        "chosen": list(portfolio.chosen),
        "amounts": amounts,
        "total": euros(portfolio.total),
        "value": portfolio.value,
        "remaining": euros(portfolio.remaining),
        "clash": _describe_clash(portfolio.clash),
        "binding": [
            {**_describe_limit(one.limit), "slack": euros(one.slack), "gain": one.gain}
            for one in portfolio.binding
        ],
        "next": _describe_next(portfolio),
        "flips": {
            flip.key: flip.points
            for flip in portfolio.flips
            if not facts[flip.key].decided and facts[flip.key].score is not None
        },
    }


def describe_wanted(wanted: Wanted) -> dict[str, Any]:
    """The constraints as they are kept; ``wanted_of`` reads them."""
    return {
        "envelope": euros(wanted.envelope),
        "minimum_score": plain(wanted.minimum_score),
        "bounds": [_describe_bound(bound) for bound in wanted.bounds],
        "fixed_in": sorted(wanted.fixed_in),
        "fixed_out": sorted(wanted.fixed_out),
    }


def wanted_of(kept: Mapping[str, Any]) -> Wanted:
    return Wanted(
        envelope=_decimal(kept["envelope"]),
        minimum_score=_decimal(kept["minimum_score"]),
        bounds=tuple(
            Bound(Dimension(line["dimension"]), line["value"], _decimal(line["floor"]), _decimal(line["ceiling"]))
            for line in kept["bounds"]
        ),
        fixed_in=frozenset(kept["fixed_in"]),
        fixed_out=frozenset(kept["fixed_out"]),
    )


def _items(session: Session, sitting: CommitteeSession) -> list[AgendaItem]:
    """Those that may cost something: open, or granted here and not withdrawn since."""
    file = joinedload(AgendaItem.application)
    query = (
        select(AgendaItem)
        .where(
            AgendaItem.session_id == sitting.id,
            AgendaItem.lapsed_at.is_(None),
            AgendaItem.in_force_at.is_(None),
            AgendaItem.outcome.is_(None) | (AgendaItem.outcome == Outcome.FUNDED),
        )
        .options(
            file.selectinload(Application.call_version),
            file.selectinload(Application.members).joinedload(Member.organisation),
        )
        .order_by(AgendaItem.position)
    )
    return list(session.scalars(query))


def _candidate(item: AgendaItem, score: AdjustedScore | None, themes: Themes) -> Candidate:
    application = item.application
    amount = item.suggested_amount if item.is_open else item.amount
    places = parents_of(application.commune_code) if application.commune_code else ()
    points = None if score is None else round(score.shown, 2)
    project = Project(
        key=application.reference,
        score=points or 0.0,
        amount=amount or Decimal(0),
        territory=frozenset(place for place in places if place.startswith(("dep:", "reg:"))),
        levers=frozenset(themes.levers),
        kinds=frozenset(member.organisation.kind.value for member in application.members),
    )
    return Candidate(project, points, not item.is_open)


def _constraints(basis: Basis, wanted: Wanted) -> Constraints:
    still_open = basis.open_references
    decided = frozenset(one.project.key for one in basis.candidates if one.decided)
    unread = frozenset(one.project.key for one in basis.candidates if one.score is None and not one.decided)
    return Constraints(
        envelope=basis.available if wanted.envelope is None else wanted.envelope,
        minimum_score=None if wanted.minimum_score is None else float(wanted.minimum_score),
        bounds=wanted.bounds,
        fixed_in=decided | (wanted.fixed_in & still_open),
        fixed_out=(wanted.fixed_out & still_open) | (unread - wanted.fixed_in),
    )


def _state_of(portfolio: Portfolio) -> str:
    if portfolio.clash is not None:
        return INFEASIBLE
    # Without a proof, nothing chosen means nothing known.
    return FOUND if portfolio.proven or portfolio.chosen else LATE


def _told(one: Candidate) -> list[Any]:
    project = one.project
    lists = [sorted(codes) for codes in (project.territory, project.levers, project.kinds)]
    score = None if one.score is None else f"{one.score:.2f}"
    return [project.key, euros(project.amount), score, *lists, one.decided]


def _describe_bound(bound: Bound) -> dict[str, Any]:
    return {
        "dimension": bound.dimension.value,
        "value": bound.value,
        "floor": euros(bound.floor),
        "ceiling": euros(bound.ceiling),
    }


def _describe_limit(limit: Limit) -> dict[str, Any]:
    bound = None if limit.bound is None else _describe_bound(limit.bound)
    return {"kind": limit.kind.value, "bound": bound, "key": limit.key}


def _describe_clash(clash: Clash | None) -> dict[str, Any] | None:
    if clash is None:
        return None
    limits = [_describe_limit(limit) for limit in clash.limits]
    return {"code": clash.code.value, "limits": limits, "amount": euros(clash.amount)}


def _describe_next(portfolio: Portfolio) -> dict[str, Any] | None:
    more = portfolio.next_euros
    if more is None:
        return None
    return {
        "extra": euros(more.extra),
        "gain": more.gain,
        "comes_in": list(more.comes_in),
        "goes_out": list(more.goes_out),
    }


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
