"""What a workflow is: states, steps between them, and one way to take a step.

The transitions library keeps the table and moves the subject; one shared ``Machine`` serves all subjects of a
workflow (adding each subject as a model costs tens of microseconds and kilobytes apiece). Guards are asked here,
by the same function for "may I?" and for "do it", so that a button and its enforcement cannot disagree.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from transitions import Machine

from config.settings import TIMEZONE
from workflows.permissions import GRANTS, Actor, Permission, Relation, allows, people_of
from workflows.reasons import Reason, ReasonCode
from workflows.topics import Notification

PARIS = ZoneInfo(TIMEZONE)


def paris_day(instant: datetime) -> date:
    """The calendar day for people in France at that instant."""
    return instant.astimezone(PARIS).date()


class DeclarationError(ValueError):
    """A workflow contradicts itself; raised at import, so that the program does not start with it."""


class StateIsTheEnginesOwn(AttributeError):
    """Something other than the engine assigned a state."""


class Subject(Protocol):
    """What the engine asks of a thing with a state."""

    state: Any

    def relations(self, actor: Actor) -> frozenset[Relation]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one step: who, when (an instant in UTC), and what was given with it.

    ``facts`` keeps what guards asked the database already: the verdicts on all steps of a subject ask the same.
    """

    actor: Actor
    now: datetime
    inputs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    facts: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def today(self) -> date:
        """The calendar day for people in France at this instant."""
        return paris_day(self.now)


# Guards read the subject's own attributes, which differ from machine to machine; hence Any.
Guard = Callable[[Any, Context], Reason | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One arrow: from any of ``sources`` to ``target``.

    ``guards`` look at the world and are asked both for "may I?" and for "do it"; ``checks`` look at what was given
    with the step (an amount, a date) and are asked only when it is taken.
    """

    name: StrEnum
    sources: tuple[StrEnum, ...]
    target: StrEnum
    permission: Permission
    guards: tuple[Guard, ...] = ()
    checks: tuple[Guard, ...] = ()
    notifies: tuple[Notification, ...] = ()
    needs_reason: bool = False

    @property
    def is_programs_own(self) -> bool:
        """Whether nobody can be asked to take it: the program does, or an import of history."""
        return not people_of(self.permission)


class Refused(Exception):
    """What was asked may not be done now; ``reasons`` say why and what would lift it."""

    def __init__(self, what: str, reasons: tuple[Reason, ...]) -> None:
        super().__init__(f"{what}: {', '.join(reason.code for reason in reasons)}")
        self.reasons = reasons


class StepRefused(Refused):
    """A step may not be taken now."""

    def __init__(self, step: Step, reasons: tuple[Reason, ...]) -> None:
        super().__init__(str(step.name), reasons)
        self.step = step


class StepUnavailable(StepRefused):
    """The step does not start from the subject's present state."""


class StepForbidden(StepRefused):
    """The actor does not hold the step's permission on this subject."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One step seen from one subject by one actor: allowed when nothing speaks against it."""

    step: Step
    reasons: tuple[Reason, ...]

    @property
    def allowed(self) -> bool:
        return not self.reasons


_moving: ContextVar[object | None] = ContextVar("moving", default=None)


def require_engine(subject: object) -> None:
    """Raise StateIsTheEnginesOwn unless the engine itself is moving this subject."""
    if _moving.get() is not subject:
        raise StateIsTheEnginesOwn(f"the state of {type(subject).__name__} moves by a step, never by assignment")


@contextmanager
def _while_moving(subject: object) -> Iterator[None]:
    token = _moving.set(subject)
    try:
        yield
    finally:
        _moving.reset(token)


class Workflow:
    """A checked declaration: unknown or unreachable states and doubled arrows raise DeclarationError."""

    def __init__(
        self,
        *,
        name: str,
        states: type[StrEnum],
        initial: StrEnum,
        finals: tuple[StrEnum, ...],
        steps: tuple[Step, ...],
    ) -> None:
        self.name = name
        self.states = states
        self.initial = initial
        self.finals = finals
        self.steps: dict[str, Step] = {str(step.name): step for step in steps}
        _check(name, states, initial, finals, steps)
        self._machine = Machine(
            model=None,
            states=states,
            initial=initial,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )
        for step in steps:
            self._machine.add_transition(str(step.name), list(step.sources), step.target)

    def start(self, subject: Subject) -> None:
        """Put a new subject into the initial state."""
        with _while_moving(subject):
            subject.state = self.initial

    def find(self, name: str) -> Step | None:
        """The step of that name, with or without the machine's prefix (``submit``, ``application.submit``)."""
        return self.steps.get(name) or self.steps.get(f"{self.name}.{name}")

    def steps_from(self, state: StrEnum) -> tuple[Step, ...]:
        return tuple(step for step in self.steps.values() if state in step.sources)

    def judge(self, subject: Subject, step: Step, context: Context) -> Verdict:
        """Whether the step may be taken now, its inputs aside: what a page shows beside a button."""
        if refusal := _state_refusal(subject, step) or _permission_refusal(subject, step, context):
            return Verdict(step, (refusal,))
        return Verdict(step, _refusals(step.guards, subject, context))

    def available_steps(self, subject: Subject, context: Context) -> tuple[Verdict, ...]:
        """A verdict on each step that leaves the subject's present state."""
        return tuple(self.judge(subject, step, context) for step in self.steps_from(subject.state))

    def fire(self, subject: Subject, step: Step, context: Context) -> None:
        """Take the step: permission, guards, then the move.

        Raises StepUnavailable, StepForbidden or StepRefused, each before anything has moved.
        """
        if refusal := _state_refusal(subject, step):
            raise StepUnavailable(step, (refusal,))
        if refusal := _permission_refusal(subject, step, context):
            raise StepForbidden(step, (refusal,))
        if step.needs_reason and not str(context.inputs.get("reason") or "").strip():
            raise StepRefused(step, (Reason(ReasonCode.REASON_MISSING),))
        if refusals := _refusals(step.guards + step.checks, subject, context):
            raise StepRefused(step, refusals)
        with _while_moving(subject):
            self._machine.events[str(step.name)].trigger(subject)


def _state_refusal(subject: Subject, step: Step) -> Reason | None:
    if subject.state in step.sources:
        return None
    return Reason(ReasonCode.WRONG_STATE, {"state": subject.state})


def _permission_refusal(subject: Subject, step: Step, context: Context) -> Reason | None:
    if allows(step.permission, context.actor, subject.relations(context.actor)):
        return None
    if step.is_programs_own:
        return Reason(ReasonCode.PROGRAMS_OWN)
    return Reason(ReasonCode.NOT_PERMITTED, {"roles": ",".join(people_of(step.permission))})


def _refusals(guards: tuple[Guard, ...], subject: Subject, context: Context) -> tuple[Reason, ...]:
    return tuple(reason for guard in guards if (reason := guard(subject, context)) is not None)


def _check(
    name: str, states: type[StrEnum], initial: StrEnum, finals: tuple[StrEnum, ...], steps: tuple[Step, ...]
) -> None:
    names = [str(step.name) for step in steps]
    for step in steps:
        if names.count(str(step.name)) > 1:
            raise DeclarationError(f"{name}: {step.name} is declared twice")
        _check_step(name, states, step)
    _check_paths(name, set(states), initial, finals, steps)


def _check_step(name: str, states: type[StrEnum], step: Step) -> None:
    if not str(step.name).startswith(f"{name}."):
        raise DeclarationError(f"{name}: step {step.name} belongs to another machine")
    if step.permission not in GRANTS:
        raise DeclarationError(f"{name}: {step.name} asks for an unknown permission")
    # By type: as texts, the states of two machines may be equal ("draft").
    for state in (*step.sources, step.target):
        if not isinstance(state, states):
            raise DeclarationError(f"{name}: {step.name} names an unknown state {state!r}")
    if len(set(step.sources)) < len(step.sources):
        raise DeclarationError(f"{name}: {step.name} leaves one state twice")


def _check_paths(
    name: str, known: set[StrEnum], initial: StrEnum, finals: tuple[StrEnum, ...], steps: tuple[Step, ...]
) -> None:
    if unreachable := known - _reachable(initial, steps):
        raise DeclarationError(f"{name}: no step leads to {', '.join(sorted(unreachable))}")
    dead_ends = known - {source for step in steps for source in step.sources}
    if dead_ends - set(finals):
        raise DeclarationError(f"{name}: no step leaves {', '.join(sorted(dead_ends - set(finals)))}")
    if left := set(finals) - dead_ends:
        raise DeclarationError(f"{name}: a step leaves {', '.join(sorted(left))}, which is final")


def _reachable(initial: StrEnum, steps: tuple[Step, ...]) -> set[StrEnum]:
    reached = {initial}
    while True:
        found = {step.target for step in steps if reached & set(step.sources)} - reached
        if not found:
            return reached
        reached |= found
