"""One simulation as its reader may see it, beside what is proposed and decided now.

Of a file that she keeps off she reads its number. What would tell its fate goes with it: the sums, and what would
change the portfolio.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fund.models import AgendaItem, Application, CommitteeSession, Outcome, Simulation
from fund.services.portfolios import FOUND, Basis, wanted_of
from fund.services.simulations import adopted_of, is_outdated
from fund.web.simulation import words


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. ``application`` None: the reader keeps off it; ``is_known``: the simulation looked at it."""

    item: AgendaItem
    application: Application | None
    is_known: bool = False
    is_chosen: bool = False
    is_decided: bool = False
    score: Decimal | None = None
    amount: Decimal | None = None
    flip: str = ""

    @property
    def now_granted(self) -> Decimal | None:
        """What the file gets by its decision, else by what is proposed; None: nothing."""
        return _now(self.item)

    @property
    def differs(self) -> bool:
        """Whether something else than the simulation is decided, or before the committee."""
        is_something = self.item.outcome is not None or self.item.proposed_outcome is not None
        return is_something and (self.amount if self.is_chosen else None) != self.now_granted


@dataclass(frozen=True, slots=True)
class Sums:
    """A choice of files in figures: how many, for how many euros, with what sum of scores."""

    files: int
    euros: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Shown:
    """A simulation in words; ``sees_all`` is False for whoever keeps off a file of the agenda."""

    simulation: Simulation
    asked: list[str]
    lines: list[FileLine]
    sees_all: bool
    outdated: bool
    is_adopted: bool
    binding: list[str]
    next_euros: str | None
    clash: str | None
    proposed: Sums
    present: Sums

    @property
    def result(self) -> dict[str, Any]:
        return self.simulation.result

    @property
    def has_answer(self) -> bool:
        return bool(self.result["state"] == FOUND)

    @property
    def remaining(self) -> Decimal:
        return Decimal(self.result["remaining"])

    @property
    def chosen(self) -> list[FileLine]:
        return [line for line in self.lines if line.is_chosen and line.application]

    @property
    def others(self) -> list[FileLine]:
        """Those left out, and those that are not shown."""
        return [line for line in self.lines if not line.is_chosen or not line.application]

    @property
    def nearest(self) -> list[FileLine]:
        """The files left out that are the fewest points short, at most three."""
        flips = self.result["flips"]
        short = [line for line in self.others if flips.get(_reference(line)) is not None]
        return sorted(short, key=lambda line: float(flips[_reference(line)]))[:3]


def show(sitting: CommitteeSession, simulation: Simulation, basis: Basis, kept_off: frozenset[int]) -> Shown:
    """``kept_off`` are the ids of the files that this reader keeps off."""
    result, wanted, sees_all = simulation.result, wanted_of(simulation.constraints), not kept_off
    files = {item.application.reference: item.application for item in sitting.items}
    hidden = {reference for reference, file in files.items() if file.id in kept_off}
    told = replace(wanted, fixed_in=wanted.fixed_in - hidden, fixed_out=wanted.fixed_out - hidden)

    def name(reference: str) -> str:
        # A file taken off the agenda since is known by its reference alone.
        return words.file_name(files[reference]) if reference in files else reference

    has_answer = result["state"] == FOUND
    lines = [_line(item, result, hidden=item.application_id in kept_off) for item in sitting.items]
    return Shown(
        simulation=simulation,
        asked=words.wanted_sentences(told, name),
        lines=sorted(lines, key=_order),
        sees_all=sees_all,
        outdated=is_outdated(simulation, basis),
        is_adopted=adopted_of(sitting) is simulation,
        binding=words.binding_sentences(result, wanted, name) if has_answer and sees_all else [],
        next_euros=words.next_sentence(result, name) if has_answer and sees_all else None,
        clash=words.clash_sentence(result, wanted, name) if result["clash"] and sees_all else None,
        proposed=_sums([(line.amount, line.score) for line in lines if line.is_chosen]),
        present=_sums([(line.now_granted, line.score) for line in lines if line.now_granted is not None]),
    )


def _line(item: AgendaItem, result: dict[str, Any], *, hidden: bool) -> FileLine:
    if hidden:
        return FileLine(item, None)
    reference = item.application.reference
    facts = result["files"].get(reference)
    if facts is None:
        return FileLine(item, item.application)
    is_chosen = reference in result["amounts"]
    has_flip = reference in result["flips"]
    return FileLine(
        item=item,
        application=item.application,
        is_known=True,
        is_chosen=is_chosen,
        is_decided=facts["decided"],
        score=None if facts["score"] is None else Decimal(str(facts["score"])),
        amount=Decimal(facts["amount"]),
        flip=words.flip_words(result["flips"][reference], is_chosen=is_chosen) if has_flip else "",
    )


def _order(line: FileLine) -> tuple[bool, bool, Decimal, int]:
    """The chosen before the others, each best scored first; what the reader may not see comes last."""
    return (line.application is None, not line.is_chosen, -(line.score or Decimal(-1)), line.item.position)


def _now(item: AgendaItem) -> Decimal | None:
    if item.lapsed_at is not None:
        return None
    if item.outcome is not None:
        return item.amount if item.outcome is Outcome.FUNDED else None
    return item.suggested_amount if item.proposed_outcome is Outcome.FUNDED else None


def _sums(chosen: list[tuple[Decimal | None, Decimal | None]]) -> Sums:
    return Sums(
        files=len(chosen),
        euros=sum((amount or Decimal(0) for amount, _ in chosen), Decimal(0)),
        points=sum((score or Decimal(0) for _, score in chosen), Decimal(0)),
    )


def _reference(line: FileLine) -> str:
    return line.application.reference if line.application else ""
