"""Verbs on proposals of who reads what in a call: asked for, computed, sent pair by pair, or put aside.

Nothing of a proposal reaches a reviewer before an officer sends it. Sending gives one pair after the other, each
in a transaction of its own that also counts it: what is killed goes on where it was, and no pair is given twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from fund.analysis.assignment import Proposal, Weights, propose
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import AssignmentPlan, Call, Person, PlanState
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.assignment import Facts, Rules, assign_pair, read_call, reading_due
from fund.services.journal import plain
from fund.services.perform import amend, require_permission
from workflows.call import CallState
from workflows.permissions import Actor, Permission, Role
from workflows.topics import Deadline

RUNNING = (PlanState.COMPUTING, PlanState.APPLYING)
PERSON_KEY, DUE_KEY = "sent_by", "due_at"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """One pair of a proposal, by references; ``fit`` in points of 100, ``why`` as the optimiser's codes."""

    file: str
    reader: str
    fit: int
    why: tuple[str, ...]
    struck: bool


def start_plan(
    session: Session,
    actor: Actor,
    call: Call,
    *,
    needed: int,
    readers: Collection[str],
    cap: int | None = None,
    weights: Weights,
) -> AssignmentPlan:
    """Ask for a proposal; it is computed by the program. One that waits to be sent is put aside for it.

    Raises NotPermitted, InvalidInput (``no_reader_chosen``); Conflict, at the commit, while another is computed or
    sent.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    if not readers:
        raise InvalidInput({"readers": ["no_reader_chosen"]})
    session.execute(
        update(AssignmentPlan)
        .where(AssignmentPlan.call_id == call.id, AssignmentPlan.state == PlanState.READY)
        .values(state=PlanState.DISCARDED)
    )
    plan = AssignmentPlan(
        call_id=call.id,
        made_by_id=actor.person_id,
        parameters={"needed": needed, "cap": cap, "readers": sorted(readers), "weights": asdict(weights)},
    )
    session.add(plan)
    session.flush()
    outbox.schedule(session, call, Deadline.ASSIGNMENT_PLAN, utc_now())
    return plan


def find_plan(session: Session, call: Call, plan_id: int) -> AssignmentPlan:
    """Raises NotFound for a plan of another call."""
    plan = session.get(AssignmentPlan, plan_id)
    if plan is None or plan.call_id != call.id:
        raise NotFound(f"plan {plan_id}")
    return plan


def latest_plan(session: Session, call: Call) -> AssignmentPlan | None:
    """The proposal that was asked for last."""
    query = select(AssignmentPlan).where(AssignmentPlan.call_id == call.id)
    return session.scalars(query.order_by(AssignmentPlan.id.desc()).limit(1)).one_or_none()


def running_plan(session: Session, call_id: int) -> AssignmentPlan | None:
    """The proposal that is computed or sent now; there is one at most."""
    query = select(AssignmentPlan).where(AssignmentPlan.call_id == call_id, AssignmentPlan.state.in_(RUNNING))
    return session.scalars(query).one_or_none()


def pairs_of(plan: AssignmentPlan) -> list[PlannedPair]:
    """What is proposed, in the order of files, struck pairs among them."""
    struck = {(file, reader) for file, reader in plan.result.get("struck", ())}
    return [
        PlannedPair(file, reader, fit, tuple(why), (file, reader) in struck)
        for file, reader, fit, why in plan.result.get("pairs", ())
    ]


def pairs_to_send(plan: AssignmentPlan) -> list[PlannedPair]:
    """What is left of the proposal to be sent."""
    return [pair for pair in pairs_of(plan) if not pair.struck]


def strike(
    session: Session, actor: Actor, plan: AssignmentPlan, *, file: str, reader: str, back: bool = False
) -> None:
    """Strike one pair out of a proposal not yet sent, or put it ``back``.

    Raises NotPermitted, Conflict (``plan_not_ready``), NotFound for a pair that it does not have.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    _lock_ready(session, plan)
    if not any((pair.file, pair.reader) == (file, reader) for pair in pairs_of(plan)):
        raise NotFound(f"{file} {reader}")
    others = [pair for pair in plan.result.get("struck", ()) if pair != [file, reader]]
    plan.result = {**plan.result, "struck": others if back else [*others, [file, reader]]}


def send_plan(session: Session, actor: Actor, plan: AssignmentPlan, *, due_at: datetime | None = None) -> None:
    """Have the program give every pair that was not struck; the call's journal says who sent how many.

    Raises NotPermitted, Conflict (``plan_not_ready``, ``plan_empty``), InvalidInput (``deadline_behind``).
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    now = utc_now()
    if due_at is not None and due_at <= now:
        raise InvalidInput({"due_at": ["deadline_behind"]})
    call = plan.call

    def change() -> Mapping[str, Any]:
        # Under the call's lock, which orders this act among others of the call's journal.
        _lock_ready(session, plan)
        count = len(pairs_to_send(plan))
        if not count:
            raise Conflict("plan_empty")
        due = due_at or reading_due(call, now)
        plan.parameters = {**plan.parameters, PERSON_KEY: actor.person_id, DUE_KEY: plain(due)}
        plan.state = PlanState.APPLYING
        return {"plan": plan.id, "pairs": count}

    amend(
        session,
        actor,
        call,
        "call.send_assignment",
        Permission.REVIEW_MANAGE,
        states=tuple(CallState),
        change=change,
    )
    outbox.schedule(session, call, Deadline.ASSIGNMENT_PLAN, now)


def discard_plan(session: Session, actor: Actor, plan: AssignmentPlan) -> None:
    """Put a proposal aside, or stop one that is computed or sent: what was given stays given.

    Raises NotPermitted, Conflict (``plan_not_ready``) for one that was sent whole or put aside before.
    """
    require_permission(actor, Permission.REVIEW_MANAGE)
    _lock(session, plan)
    if plan.state not in (*RUNNING, PlanState.READY):
        raise Conflict("plan_not_ready")
    plan.state = PlanState.DISCARDED


# --- what the program does ----------------------------------------------------------------------------------


def compute_plan(session: Session, plan: AssignmentPlan) -> None:
    """Compute the proposal from the facts as they are now, unless it was put aside meanwhile.

    The plan is not locked while the optimiser works, so that an officer can stop it.
    """
    parameters, call = plan.parameters, plan.call
    rules = Rules(needed=parameters["needed"], readers=frozenset(parameters["readers"]), cap=parameters["cap"])
    facts = read_call(session, plan.made_by.as_actor(), call, rules, reading_due(call, utc_now()))
    try:
        proposal = propose(facts.files, facts.readers, facts.forbidden, Weights(**parameters["weights"]))
    except Exception:  # noqa: BLE001 - a fault of the optimiser is told to the officer, whatever it is
        _log.exception("assignment not computed", plan=plan.id)
        proposal = None
    _lock(session, plan)
    if plan.state is not PlanState.COMPUTING:
        return
    if proposal is None:
        plan.state = PlanState.FAILED
        return
    plan.result = _written(proposal, facts)
    plan.state = PlanState.READY


def apply_next(session: Session, plan_id: int, pairs: list[PlannedPair]) -> bool:
    """Give the next pair of a proposal that is being sent, and count it; False when there is nothing more to do.

    ``pairs`` is what ``pairs_to_send`` says: it does not change once the sending has begun. Statements of its own
    instead of the plan as an object, which would be read again, thousands of pairs long, at every pair.
    """
    query = select(AssignmentPlan.state, AssignmentPlan.applied_count, AssignmentPlan.parameters)
    row = session.execute(query.where(AssignmentPlan.id == plan_id).with_for_update(key_share=True)).one_or_none()
    if row is None or row.state is not PlanState.APPLYING:
        return False
    sender = session.get(Person, row.parameters[PERSON_KEY])
    change = update(AssignmentPlan).where(AssignmentPlan.id == plan_id)
    if sender is None or not sender.active or Role.OFFICER not in sender.roles:
        session.execute(change.values(state=PlanState.FAILED))
        return False
    if row.applied_count >= len(pairs):
        session.execute(change.values(state=PlanState.APPLIED, applied_at=utc_now()))
        return False
    pair, due_at = pairs[row.applied_count], datetime.fromisoformat(row.parameters[DUE_KEY])
    obstacle = assign_pair(session, sender.as_actor(), file=pair.file, reader=pair.reader, due_at=due_at)
    refused = [] if obstacle is None else [{"file": pair.file, "reader": pair.reader, "because": obstacle}]
    session.execute(
        change.values(
            applied_count=AssignmentPlan.applied_count + 1,
            refused=AssignmentPlan.refused.op("||")(literal(refused, JSONB)),
        )
    )
    return True


def _written(proposal: Proposal, facts: Facts) -> dict[str, Any]:
    return {
        "pairs": [[pair.file, pair.reader, pair.fit, sorted(pair.why)] for pair in proposal.pairs],
        "unmet": [[unmet.file, unmet.missing, unmet.because] for unmet in proposal.unmet],
        "quality": asdict(proposal.quality),
        "loads": {reader.key: reader.load for reader in facts.readers},
        "away": sorted(reader.key for reader in facts.readers if not reader.available),
        "files": len(facts.files),
        "optimal": proposal.optimal,
        "seconds": round(proposal.seconds, 3),
        "struck": [],
    }


def _lock(session: Session, plan: AssignmentPlan) -> None:
    """Hold the row, and see it as it is now."""
    session.flush()
    session.refresh(plan, with_for_update={"key_share": True})


def _lock_ready(session: Session, plan: AssignmentPlan) -> None:
    _lock(session, plan)
    if plan.state is not PlanState.READY:
        raise Conflict("plan_not_ready")
