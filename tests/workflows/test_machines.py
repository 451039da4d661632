"""The machines, stated a second time as a table: every arrow, and who may take it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from workflows import WORKFLOWS, Workflow
from workflows.engine import Context, Step, StepForbidden, StepUnavailable
from workflows.permissions import ANONYMOUS, Actor, Relation, Role

# step: states it leaves > state it leads to : who, with the relation to the file where the role says too little
TABLE: dict[str, str] = {
    "call.publish": "draft > published : officer system import",
    "call.unpublish": "published > draft : officer system import",
    "call.open": "published > open : officer system import",
    "call.extend": "open > open : officer system import",
    "call.close": "open > closed : officer system import",
    "call.reopen": "closed > open : officer system import",
    "call.settle": "closed > settled : officer system import",
    "call.cancel": "draft published open > cancelled : officer system import",
    "application.submit": "draft > submitted : applicant/signatory officer/tester import",
    "application.return": "submitted in_review > returned : officer system import",
    "application.resubmit": "returned > submitted : applicant/signatory officer/tester import",
    "application.declare_ineligible": "submitted returned > ineligible : officer system import",
    "application.reinstate": "ineligible > submitted : officer system import",
    "application.start_review": "submitted > in_review : officer system import",
    "application.conclude_review": "in_review > reviewed : officer system import",
    "application.send_to_committee": "reviewed > committee : officer system import",
    "application.recall": "committee > reviewed : officer system import",
    "application.fund": "committee waitlisted > funded : system import",
    "application.waitlist": "committee > waitlisted : system import",
    "application.decline": "committee > declined : system import",
    "application.defer": "committee > reviewed : system import",
    "application.expire": "waitlisted > declined : officer system import",
    "application.report": "funded > reported : officer system import",
    "application.reopen": "reported > funded : system import",
    "application.withdraw": "draft submitted returned in_review reviewed committee waitlisted > withdrawn :"
    " applicant/signatory officer/tester import",
    "application.cancel": "funded > cancelled : officer system import",
    "review.assign": "draft > assigned : officer system",
    "review.accept": "assigned > accepted : reviewer/assignee",
    "review.decline": "assigned accepted > declined : reviewer/assignee",
    "review.recuse": "assigned accepted submitted > recused : reviewer/assignee officer system",
    "review.submit": "accepted > submitted : reviewer/assignee",
    "review.reopen": "submitted > accepted : reviewer/assignee",
    "review.cancel": "assigned accepted > cancelled : officer system",
    "committee.convene": "draft > convened : officer",
    "committee.open": "convened > open : chair/presiding",
    "committee.close": "open > closed : chair/presiding",
    "committee.sign": "closed > signed : chair/presiding",
    "committee.release": "signed > released : system",
    "committee.cancel": "draft convened > cancelled : officer",
    "award.offer": "draft > offered : system import",
    "award.recall": "offered > draft : system import",
    "award.sign": "offered > active : system import",
    "award.refuse": "offered > refused : system import",
    "award.suspend": "active > suspended : officer system import",
    "award.resume": "suspended > active : officer system import",
    "award.close": "active > closed : officer system import",
    "award.reopen": "closed > active : finance system",
    "award.cancel": "draft offered active suspended > cancelled : officer system import",
    "agreement.send": "draft > sent : officer system import",
    "agreement.withdraw": "sent > draft : officer system import",
    "agreement.sign": "sent > signed : system import",
    "agreement.refuse": "sent > refused : applicant/signatory system",
    "agreement.drop": "draft > dropped : officer system import",
    "bank_account.verify": "proposed > verified : officer finance",
    "bank_account.reject": "proposed > rejected : officer finance",
    "bank_account.close": "verified > closed : finance system",
    "payment_file.transmit": "made > transmitted : finance",
    "payment_file.cancel": "made transmitted > cancelled : finance",
    "payment_file.settle": "made transmitted > settled : system",
    "repayment.receive_part": "asked > asked : finance",
    "repayment.receive": "asked > received : finance",
    "repayment.waive": "asked > waived : finance",
    "disbursement.release": "planned > due : officer system import",
    "disbursement.hold": "planned due ordered approved > held : officer finance system",
    "disbursement.lift": "held > planned : officer finance system",
    "disbursement.replan": "due > planned : system import",
    "disbursement.order": "due > ordered : officer system import",
    "disbursement.reject": "ordered approved > due : finance import",
    "disbursement.approve": "ordered > approved : finance import",
    "disbursement.send": "approved > sent : system",
    "disbursement.unsend": "sent > approved : system",
    "disbursement.pay": "approved sent > paid : finance import",
    "disbursement.fail": "sent paid > failed : finance import",
    "disbursement.reorder": "failed > ordered : officer system import",
    "disbursement.cancel": "planned due held ordered approved failed > cancelled : officer system import",
    "report.submit": "expected > submitted : applicant/author import",
    "report.resubmit": "returned > submitted : applicant/author import",
    "report.return": "submitted > returned : officer system import",
    "report.accept": "submitted > accepted : officer system import",
    "report.accept_with_reserve": "submitted > accepted : officer system import",
    "report.waive": "expected returned > waived : officer system import",
}
CIRCUMSTANCES = {"reason": "Pour essai."}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Subject:
    """A thing in any state, to which the actor stands in the relations given."""

    def __init__(self, state: StrEnum, relations: frozenset[Relation]) -> None:
        self.state: Any = state
        self._relations = relations

    def relations(self, _actor: Actor) -> frozenset[Relation]:
        return self._relations


def bare(step: Step) -> Step:
    """The step without its guards, which ask the subject for more than a state."""
    return replace(step, guards=(), checks=())


def every_step() -> Iterator[tuple[Workflow, Step]]:
    return ((workflow, step) for workflow in WORKFLOWS.values() for step in workflow.steps.values())


def stated(step: Step) -> tuple[set[str], str, set[tuple[str, str | None]]]:
    sources, _, rest = TABLE[str(step.name)].partition(" > ")
    target, _, people = rest.partition(" :")
    grants = {(role, relation or None) for role, _, relation in (who.partition("/") for who in people.split())}
    return set(sources.split()), target, grants


STEPS = pytest.mark.parametrize(
    ("workflow", "step"), [pytest.param(w, s, id=str(s.name)) for w, s in every_step()]
)


def test_the_table_states_every_step_and_no_other() -> None:
    assert set(TABLE) == {str(step.name) for _, step in every_step()}


@STEPS
def test_a_step_leads_where_the_table_says(workflow: Workflow, step: Step) -> None:
    sources, target, _ = stated(step)
    for state in workflow.states:
        subject = Subject(state, frozenset(Relation))
        context = Context(everybody(), NOW, CIRCUMSTANCES)
        if state.value in sources:
            workflow.fire(subject, bare(step), context)
            assert subject.state.value == target
        else:
            with pytest.raises(StepUnavailable):
                workflow.fire(subject, bare(step), context)
            assert subject.state is state


@STEPS
def test_a_step_is_taken_by_whom_the_table_says(workflow: Workflow, step: Step) -> None:
    _, _, grants = stated(step)
    assert not may(workflow, step, ANONYMOUS, frozenset(Relation))
    for role in Role:
        actor = Actor("PE-1", "Essai", frozenset({role}))
        assert may(workflow, step, actor, frozenset()) == ((role.value, None) in grants)
        for relation in Relation:
            expected = {(role.value, None), (role.value, relation.value)} & grants
            assert may(workflow, step, actor, frozenset({relation})) == bool(expected), (role, relation)


def everybody() -> Actor:
    return Actor("PE-1", "Essai", frozenset(Role))


def may(workflow: Workflow, step: Step, actor: Actor, relations: frozenset[Relation]) -> bool:
    try:
        workflow.fire(Subject(step.sources[0], relations), bare(step), Context(actor, NOW, CIRCUMSTANCES))
    except StepForbidden:
        return False
    return True


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_all_subjects_of_a_machine_share_one_machine_that_keeps_none(workflow: Workflow) -> None:
    for step in workflow.steps.values():
        subject = Subject(step.sources[0], frozenset(Relation))
        workflow.fire(subject, bare(step), Context(everybody(), NOW, CIRCUMSTANCES))
    assert workflow._machine.models == []
