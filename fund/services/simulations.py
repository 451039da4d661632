"""Verbs on simulations: having the best portfolio computed, and taking it over as what is proposed.

A portfolio is computed from every file of the agenda: one of them left out, it would be wrong for all. So whoever
keeps off a file of the agenda neither makes nor adopts one. By trying constraints she would learn what her file
scored; and an adoption proposes what becomes of it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import AuditEvent, CommitteeSession, Outcome, Simulation
from fund.models.base import utc_now
from fund.services.committee import PREPARATION
from fund.services.perform import NotEditable, NotPermitted, amend
from fund.services.portfolios import FOUND, SECONDS, Basis, Wanted, compute, describe_wanted, read_basis
from fund.services.seats import interests_on
from workflows.committee import CommitteeState
from workflows.engine import Refused
from workflows.permissions import Actor, Permission, allows
from workflows.reasons import Reason, ReasonCode

SIMULATED = (*PREPARATION, CommitteeState.OPEN)


def simulate(
    session: Session, actor: Actor, sitting: CommitteeSession, *, wanted: Wanted, seconds: float = SECONDS
) -> Simulation:
    """Compute the best portfolio for the agenda as it stands, and keep it.

    Members and officers make one, until the session closes. Raises NotPermitted, NotEditable, Refused
    (``agenda_kept_off``); InvalidInput for a choice of a file that does not await its decision here
    (``unknown_reference``) and for an envelope beyond what is left (``above_available``).
    """
    permission = _making(actor)
    if not allows(permission, actor, sitting.relations(actor)):
        raise NotPermitted(permission)
    if sitting.state not in SIMULATED:
        raise NotEditable(sitting.state)
    _require_no_interest(session, actor, sitting, "committee.simulate")
    basis = read_basis(session, sitting)
    _require_sound(basis, wanted)
    # Before the lock: votes must not wait for a computation. What changes meanwhile is told by the digest.
    result = compute(basis, wanted, seconds)
    made: list[Simulation] = []

    def change() -> Mapping[str, Any]:
        _require_no_interest(session, actor, sitting, "committee.simulate")
        simulation = Simulation(
            number=len(sitting.simulations) + 1,
            made_by_id=actor.person_id,
            made_at=utc_now(),
            constraints=describe_wanted(wanted),
            result=result,
        )
        sitting.simulations.append(simulation)
        made.append(simulation)
        return {"simulation": simulation.number}

    amend(session, actor, sitting, "committee.simulate", permission, states=SIMULATED, change=change)
    return made[0]


def adopt(session: Session, actor: Actor, simulation: Simulation) -> AuditEvent | None:
    """Propose to the committee what the simulation found: its files with their amounts, the other open ones not.

    An officer does it, or whoever presides. It decides nothing: each file is still put to the vote. Raises
    NotPermitted, NotEditable, Refused (``agenda_kept_off``), Conflict (``simulation_without_answer``,
    ``simulation_outdated`` where scores, amounts or decisions changed since).
    """
    sitting = simulation.session

    def change() -> Mapping[str, Any] | None:
        _require_no_interest(session, actor, sitting, "committee.adopt_simulation")
        if simulation.result["state"] != FOUND:
            raise Conflict("simulation_without_answer")
        if is_outdated(simulation, read_basis(session, sitting)):
            raise Conflict("simulation_outdated")
        if not _propose(sitting, simulation.result["amounts"]) and simulation is adopted_of(sitting):
            return None
        simulation.adopted_at, simulation.adopted_by_id = utc_now(), actor.person_id
        return {"simulation": simulation.number, "proposed_files": simulation.result["chosen"]}

    return amend(
        session, actor, sitting, "committee.adopt_simulation", _adopting(actor), states=SIMULATED, change=change
    )


def is_outdated(simulation: Simulation, basis: Basis) -> bool:
    """Whether scores, amounts, decisions or the envelope are not any more what it was computed from."""
    return bool(simulation.result["digest"] != basis.digest)


def adopted_of(sitting: CommitteeSession) -> Simulation | None:
    """The simulation that was adopted last."""
    adopted = [(one.adopted_at, one.number, one) for one in sitting.simulations if one.adopted_at is not None]
    return max(adopted)[2] if adopted else None


def may_make(actor: Actor, sitting: CommitteeSession) -> bool:
    return sitting.state in SIMULATED and allows(_making(actor), actor, sitting.relations(actor))


def may_adopt(actor: Actor, sitting: CommitteeSession) -> bool:
    return sitting.state in SIMULATED and allows(_adopting(actor), actor, sitting.relations(actor))


def files_kept_off(session: Session, actor: Actor, sitting: CommitteeSession) -> frozenset[int]:
    """The ids of the agenda's files in which the actor has an interest."""
    numbers = [item.application_id for item in sitting.items]
    return frozenset(file for _, file in interests_on(session, numbers, [actor.person_id or 0]))


def _making(actor: Actor) -> Permission:
    officer = allows(Permission.COMMITTEE_MANAGE, actor, frozenset())
    return Permission.COMMITTEE_MANAGE if officer else Permission.COMMITTEE_VOTE


def _adopting(actor: Actor) -> Permission:
    officer = allows(Permission.COMMITTEE_MANAGE, actor, frozenset())
    return Permission.COMMITTEE_MANAGE if officer else Permission.COMMITTEE_PRESIDE


def _require_no_interest(session: Session, actor: Actor, sitting: CommitteeSession, what: str) -> None:
    if files_kept_off(session, actor, sitting):
        raise Refused(what, (Reason(ReasonCode.AGENDA_KEPT_OFF),))


def _require_sound(basis: Basis, wanted: Wanted) -> None:
    if (wanted.fixed_in | wanted.fixed_out) - {one.project.key for one in basis.candidates}:
        raise InvalidInput({"choices": ["unknown_reference"]})
    if wanted.envelope is not None and wanted.envelope > basis.available:
        raise InvalidInput({"envelope": [Problem("above_available", available=basis.available)]})


def _propose(sitting: CommitteeSession, amounts: Mapping[str, str]) -> bool:
    """Write the proposals of the open items; whether any of them changed.

    Of a file that is not chosen only a proposed grant is taken back: what else officers propose for it holds.
    """
    changed = False
    for item in sitting.items:
        if not item.is_open:
            continue
        text = amounts.get(item.application.reference)
        before = (item.proposed_outcome, item.proposed_amount)
        if text is not None:
            item.proposed_outcome, item.proposed_amount = Outcome.FUNDED, Decimal(text)
        elif item.proposed_outcome is Outcome.FUNDED:
            item.proposed_outcome = None
        changed = changed or before != (item.proposed_outcome, item.proposed_amount)
    return changed
