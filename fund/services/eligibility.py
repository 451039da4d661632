"""Is this call for us? What a call's rules say of a few answers, before anybody writes a word. Nothing is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from fund.forms.alliance import MemberFacts, compose
from fund.forms.definition import (
    CallContent,
    Confirmations,
    EligibilityQuestion,
    GrantRule,
    MemberRule,
    OrganisationKind,
    Otherwise,
    Words,
)
from workflows.reasons import Reason, ReasonCode


class Verdict(StrEnum):
    YES = "yes"
    ASK = "ask"
    NO = "no"


class Unsaid(StrEnum):
    """What a rule of the call asks and was not answered: it remains to be looked at."""

    PLACE = "place"
    GRANT = "grant"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Answers:
    """``own`` is one's own kind; ``partners`` counts the others by kind. Amounts in euros.

    ``commune`` is an INSEE code. ``said`` are the answers to the call's own questions, by key.
    """

    own: OrganisationKind
    partners: Mapping[OrganisationKind, int] = field(default_factory=dict)
    commune: str | None = None
    total_budget: Decimal | None = None
    grant: Decimal | None = None
    said: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that speaks against a yes: a rule's reason, or the words of the call's own question."""

    verdict: Verdict
    reason: Reason | None = None
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Eligibility:
    verdict: Verdict
    grounds: tuple[Ground, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()


def check_eligibility(content: CallContent, answers: Answers) -> Eligibility:
    """What the rules of the call say. One no is a no; else one doubt is "ask us"."""
    grounds = (
        *_alliance_grounds(content, answers),
        *_money_grounds(content.grant, answers),
        *_question_grounds(content.eligibility, answers.said),
    )
    verdicts = {ground.verdict for ground in grounds}
    verdict = next((found for found in (Verdict.NO, Verdict.ASK) if found in verdicts), Verdict.YES)
    return Eligibility(verdict, grounds, tuple(_unsaid(content, answers)))


def _alliance_grounds(content: CallContent, answers: Answers) -> Iterator[Ground]:
    """Consents and the word of a catalyst come later; who is counted where a rule has a territory sits there."""
    rule = replace(content.alliance, confirmations=Confirmations.NONE, endorsement=False)
    seats = {line.kind: line.territory for line in rule.members}
    kinds = [answers.own, *(kind for kind, count in answers.partners.items() for _ in range(count))]
    members = [MemberFacts("", kind, territory=_seat(seats.get(kind, ()))) for kind in kinds]
    for gap in compose(rule, members, project_commune=answers.commune, endorsed=True).gaps:
        yield Ground(Verdict.NO, gap)
    for line in rule.members:
        if line.territory and line.kind == answers.own and answers.partners.get(answers.own, 0) < line.minimum:
            yield Ground(Verdict.ASK, _own_seat(line))


def _seat(territory: tuple[str, ...]) -> str | None:
    return territory[0] if territory else None


def _own_seat(line: MemberRule) -> Reason:
    """One's own organisation is needed for the count, and where it sits was not asked."""
    return Reason(ReasonCode.OWN_SEAT_UNKNOWN, {"territory": ", ".join(line.territory)}, field="own")


def _money_grounds(rule: GrantRule, answers: Answers) -> Iterator[Ground]:
    grant, budget = answers.grant, answers.total_budget
    if grant is not None and not rule.minimum <= grant <= rule.maximum:
        limits = {"minimum": rule.minimum, "maximum": rule.maximum}
        yield Ground(Verdict.NO, Reason(ReasonCode.AMOUNT_OUT_OF_RANGE, limits, field="grant"))
    if grant is not None and budget is not None and grant > budget * rule.rate / 100:
        yield Ground(Verdict.NO, Reason(ReasonCode.RATE_TOO_HIGH, {"rate": rule.rate}, field="grant"))
    if grant is None and budget is not None and budget * rule.rate / 100 < rule.minimum:
        facts = {"rate": rule.rate, "minimum": rule.minimum}
        yield Ground(Verdict.NO, Reason(ReasonCode.BUDGET_TOO_SMALL, facts, field="total_budget"))


def _question_grounds(questions: tuple[EligibilityQuestion, ...], said: Mapping[str, bool]) -> Iterator[Ground]:
    for question in questions:
        if said.get(question.key) is not question.expected:
            verdict = Verdict.ASK if question.otherwise is Otherwise.ASK else Verdict.NO
            yield Ground(verdict, words=question.because)


def _unsaid(content: CallContent, answers: Answers) -> Iterator[Unsaid]:
    if content.alliance.territory and answers.commune is None:
        yield Unsaid.PLACE
    if answers.grant is None:
        yield Unsaid.GRANT
    elif answers.total_budget is None:
        yield Unsaid.RATE
