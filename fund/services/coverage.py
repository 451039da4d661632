"""Where the money of a call would go, and goes: by département, by goal (SDG), by lever."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.territories import parents_of
from config.vocabularies import levers, sdgs
from fund.models import AgendaItem, Application, Award, Call
from fund.models.call import FREED_STATES
from fund.services.ranking import judged_files, require_reader
from fund.services.themes import themes_of
from workflows.permissions import Actor
from workflows.voting import Outcome


class Dimension(StrEnum):
    TERRITORY = "territory"
    SDG = "sdg"
    LEVER = "lever"


@dataclass(frozen=True, slots=True)
class Total:
    """So many files, for so many euros."""

    files: int = 0
    euros: Decimal = Decimal(0)

    def with_file(self, euros: Decimal | None) -> "Total":
        return self if euros is None else Total(self.files + 1, self.euros + euros)


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """``code``: ``dep:31``, ``"11"``; empty for files that name none, or whose commune is unknown.

    ``proposed`` is what awaits the committee or its release; ``awarded`` what is in force.
    """

    code: str
    asked: Total = Total()
    proposed: Total = Total()
    awarded: Total = Total()


def cover_call(session: Session, actor: Actor, call: Call) -> dict[Dimension, tuple[CoverageLine, ...]]:
    """How the files of the call that the actor may see spread; a file counts whole on every line that it names.

    Raises NotFound for somebody who has no part in judging this call.
    """
    require_reader(session, actor, call)
    files = judged_files(session, actor, call)
    themes = themes_of(session, files)
    proposed = _proposed(session, call)
    awarded = _awarded(session, call)
    codes: dict[Dimension, Callable[[Application], Iterable[str]]] = {
        Dimension.TERRITORY: _departement_of,
        Dimension.SDG: lambda file: themes[file.id].sdgs,
        Dimension.LEVER: lambda file: themes[file.id].levers,
    }
    return {kind: _lines(files, codes[kind], proposed, awarded, _order(kind)) for kind in Dimension}


def _lines(
    files: Sequence[Application],
    codes_of: Callable[[Application], Iterable[str]],
    proposed: Mapping[int, Decimal],
    awarded: Mapping[int, Decimal],
    order: Mapping[str, int],
) -> tuple[CoverageLine, ...]:
    lines: dict[str, CoverageLine] = {}
    for file in files:
        for code in codes_of(file) or ("",):
            line = lines.get(code, CoverageLine(code))
            lines[code] = CoverageLine(
                code,
                line.asked.with_file(file.requested_amount),
                line.proposed.with_file(proposed.get(file.id)),
                line.awarded.with_file(awarded.get(file.id)),
            )
    # What has no name comes last; a vocabulary keeps its order, territories go by what is asked.
    return tuple(
        sorted(
            lines.values(), key=lambda line: (not line.code, order.get(line.code, 0), -line.asked.euros, line.code)
        )
    )


def _order(kind: Dimension) -> dict[str, int]:
    match kind:
        case Dimension.TERRITORY:
            return {}
        case Dimension.SDG:
            known = sdgs()
        case Dimension.LEVER:
            known = levers()
    return {code: place for place, code in enumerate(known)}


def _departement_of(file: Application) -> tuple[str, ...]:
    parents = parents_of(file.commune_code) if file.commune_code else ()
    return tuple(code for code in parents if code.startswith("dep:"))


def _proposed(session: Session, call: Call) -> dict[int, Decimal]:
    """By the file's id: what was decided and waits for its release, else what is put before the committee."""
    query = (
        select(
            AgendaItem.application_id,
            AgendaItem.outcome,
            AgendaItem.amount,
            AgendaItem.proposed_outcome,
            AgendaItem.proposed_amount,
        )
        .join(Application, Application.id == AgendaItem.application_id)
        .where(Application.call_id == call.id, AgendaItem.in_force_at.is_(None), AgendaItem.lapsed_at.is_(None))
    )
    found: dict[int, Decimal] = {}
    for file, outcome, amount, suggested, suggested_amount in session.execute(query):
        what, euros = (outcome, amount) if outcome is not None else (suggested, suggested_amount)
        if what is Outcome.FUNDED and euros is not None:
            found[file] = euros
    return found


def _awarded(session: Session, call: Call) -> dict[int, Decimal]:
    query = select(Award.application_id, Award.amount).where(
        Award.call_id == call.id, Award.state.not_in(FREED_STATES)
    )
    rows: list[tuple[int, Decimal]] = [(file, amount) for file, amount in session.execute(query)]
    return dict(rows)
