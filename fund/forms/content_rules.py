"""What a call must hold to beyond the shape of its data."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from config.territories import exists
from fund.forms.accounts import plan
from fund.forms.definition import (
    AllianceRule,
    CallContent,
    DeadlineRule,
    DocumentRule,
    LateRule,
    Question,
    RubricLine,
)
from fund.forms.fields import Problem
from fund.forms.form_rules import FILE_KINDS, Fault, condition_fault, form_faults, qualified, twice, unknown


def content_faults(content: CallContent) -> dict[str, list[Problem]]:
    """Everything that speaks against a call, by path (``form.sections.0.fields.2.show_if``)."""
    faults: dict[str, list[Problem]] = {}
    for path, problem in _all_faults(content):
        faults.setdefault(path, []).append(problem)
    return faults


def new_faults(before: CallContent, after: CallContent) -> dict[str, list[Problem]]:
    """The faults that a change brings in; those that stood before are no reason to refuse it.

    They may stand at another number after the change. A rubric that does not weigh 100 is not finished yet.
    """
    known = Counter(_kind_of(path, problem) for path, problem in _all_faults(before))
    faults: dict[str, list[Problem]] = {}
    for path, problem in _all_faults(after):
        kind = _kind_of(path, problem)
        if known[kind] > 0:
            known[kind] -= 1
        elif problem != "weights_unbalanced":
            faults.setdefault(path, []).append(problem)
    return faults


def _kind_of(path: str, problem: Problem) -> tuple[str, str, str]:
    names = [name for name in path.split(".") if not name.isdigit()]
    return ".".join(names), str(problem), str(problem.params.get("text", ""))


def _all_faults(content: CallContent) -> Iterator[Fault]:
    if content.closes_at <= content.opens_at:
        yield "closes_at", Problem("period_disordered")
    if content.grant.maximum < content.grant.minimum:
        yield "grant.maximum", Problem("grants_disordered")
    yield from _alliance_faults(content.alliance)
    yield from _deadline_faults(content.deadline)
    yield from twice((question.key for question in content.eligibility), "eligibility", "key")
    yield from form_faults(content.form, "form")
    yield from form_faults(content.report, "report")
    if content.budget is not None:
        yield from unknown(content.budget.accounts, plan(), "budget.accounts")
        yield from twice(content.budget.accounts, "budget.accounts")
    known = {name: question for section in content.form.sections for name, question in qualified(section).items()}
    yield from twice((rule.key for rule in content.documents), "documents", "key")
    for number, rule in enumerate(content.documents):
        yield from _document_faults(rule, known, f"documents.{number}")
    yield from _rubric_faults(content.rubric)


def _alliance_faults(rule: AllianceRule) -> Iterator[Fault]:
    if rule.minimum > rule.maximum:
        yield "alliance.maximum", Problem("limits_disordered")
    if sum(member.minimum for member in rule.members) > rule.maximum:
        yield "alliance.members", Problem("members_above_maximum", maximum=rule.maximum)
    yield from twice((member.kind for member in rule.members), "alliance.members", "kind")
    yield from _territory_faults(rule.territory, "alliance.territory")
    for number, member in enumerate(rule.members):
        yield from _territory_faults(member.territory, f"alliance.members.{number}.territory")


def _territory_faults(codes: Iterable[str], path: str) -> Iterator[Fault]:
    for number, code in enumerate(codes):
        if not exists(code):
            yield f"{path}.{number}", Problem("not_a_territory_code", text=code)


def _deadline_faults(rule: DeadlineRule) -> Iterator[Fault]:
    """Grace without minutes gives nothing, minutes without grace are never given."""
    if (rule.rule is LateRule.GRACE) != (rule.minutes > 0):
        yield "deadline.minutes", Problem("grace_misfit")


def _rubric_faults(rubric: tuple[RubricLine, ...]) -> Iterator[Fault]:
    repeated = twice((line.key for line in rubric), "rubric", "key")
    yield from (fault for fault in repeated if fault[1].params["text"])  # any number may be without a key
    for number, line in enumerate(rubric):
        if line.anchors and len(line.anchors) != line.scale + 1:
            yield f"rubric.{number}.anchors", Problem("anchors_misfit", scale=line.scale)
        if line.threshold is not None and line.threshold > line.scale:
            yield f"rubric.{number}.threshold", Problem("threshold_above_scale", scale=line.scale)
    weights = sum((line.weight for line in rubric), Decimal(0))
    if rubric and weights != 100:
        yield "rubric", Problem("weights_unbalanced", weights=weights)


def _document_faults(rule: DocumentRule, known: dict[str, Question], path: str) -> Iterator[Fault]:
    yield from unknown(rule.files, FILE_KINDS, f"{path}.files")
    if problem := condition_fault(rule.show_if, known):
        yield f"{path}.show_if", problem
