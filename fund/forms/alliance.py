"""An alliance against the rule of its call, line by line: shown while it forms, enforced at submission."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from config.territories import covers
from fund.forms.definition import AllianceRule, Confirmations, MemberRule
from workflows.reasons import Reason, ReasonCode


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member as the rule sees it; ``commune`` is where it sits, ``territory`` where it acts (``dep:31``)."""

    name: str
    kind: str
    commune: str | None = None
    territory: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the rule: how many members it asks for, are there, and have confirmed."""

    rule: MemberRule
    present: int
    confirmed: int

    @property
    def is_met(self) -> bool:
        return self.present >= self.rule.minimum


@dataclass(frozen=True, slots=True)
class Composition:
    """``lines`` in the order of the rule; ``gaps`` is everything that still speaks against a submission."""

    lines: tuple[RuleLine, ...]
    members: int
    confirmed: int
    gaps: tuple[Reason, ...]


def compose(
    rule: AllianceRule, members: Sequence[MemberFacts], *, project_commune: str | None, endorsed: bool
) -> Composition:
    """Judge the alliance; a project whose commune is not known yet is outside no territory."""
    lines = tuple(_line(line, members) for line in rule.members)
    confirmed = sum(member.confirmed for member in members)
    gaps = [
        *(_kind_gap(line) for line in lines if not line.is_met),
        *_size_gaps(rule, len(members)),
        *_territory_gaps(rule, project_commune),
        *_consent_gaps(rule, members, lines),
    ]
    if rule.endorsement and not endorsed:
        gaps.append(Reason(ReasonCode.ENDORSEMENT_MISSING, field="members"))
    return Composition(lines, len(members), confirmed, tuple(gaps))


def _line(rule: MemberRule, members: Sequence[MemberFacts]) -> RuleLine:
    fitting = [member for member in members if member.kind == rule.kind and _sits_in(member, rule.territory)]
    return RuleLine(rule, len(fitting), sum(member.confirmed for member in fitting))


def _sits_in(member: MemberFacts, territory: tuple[str, ...]) -> bool:
    """Whether its seat or the territory where it acts is inside one of these."""
    if not territory:
        return True
    commune, acts_in = member.commune, member.territory
    if acts_in is not None:
        _, _, code = acts_in.partition(":")
        if acts_in in territory or (acts_in.startswith("com:") and _is_covered(code, territory)):
            return True
    return commune is not None and _is_covered(commune, territory)


def _is_covered(commune: str, territory: tuple[str, ...]) -> bool:
    return any(covers(code, commune) for code in territory)


def _kind_gap(line: RuleLine) -> Reason:
    rule = line.rule
    if line.present == 0 and rule.minimum == 1 and not rule.territory:
        return Reason(ReasonCode.KIND_MISSING, {"kind": rule.kind}, field="members")
    params = {"kind": rule.kind, "needed": rule.minimum, "present": line.present}
    if not rule.territory:
        return Reason(ReasonCode.KIND_TOO_FEW, params, field="members")
    params["territory"] = ", ".join(rule.territory)
    return Reason(ReasonCode.KIND_TOO_FEW_THERE, params, field="members")


def _size_gaps(rule: AllianceRule, count: int) -> list[Reason]:
    if count < rule.minimum:
        return [Reason(ReasonCode.MEMBERS_TOO_FEW, {"minimum": rule.minimum, "count": count}, field="members")]
    if count > rule.maximum:
        return [Reason(ReasonCode.MEMBERS_TOO_MANY, {"maximum": rule.maximum, "count": count}, field="members")]
    return []


def _territory_gaps(rule: AllianceRule, commune: str | None) -> list[Reason]:
    if not rule.territory or commune is None or _is_covered(commune, rule.territory):
        return []
    return [Reason(ReasonCode.OUTSIDE_TERRITORY, {"territory": ", ".join(rule.territory)}, field="commune_code")]


def _consent_gaps(rule: AllianceRule, members: Sequence[MemberFacts], lines: tuple[RuleLine, ...]) -> list[Reason]:
    """Whose word is missing: everybody's, or that of as many of each kind as the rule asks for."""
    match rule.confirmations:
        case Confirmations.NONE:
            return []
        case Confirmations.ALL:
            silent = [member for member in members if not member.confirmed]
        case Confirmations.REQUIRED:
            lacking = Counter(
                {line.rule.kind: line.rule.minimum - line.confirmed for line in lines if line.is_met}
            )
            silent = [member for member in members if not member.confirmed and lacking[member.kind] > 0]
    if not silent:
        return []
    names = ", ".join(member.name for member in silent)
    return [Reason(ReasonCode.CONSENT_MISSING, {"names": names}, field="members")]
