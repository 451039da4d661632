"""What else refuses a deposit: the call's form, budget, documents, rule of the alliance, declaration."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fund.forms.definition import AllianceRule, CallContent, Confirmations, DocumentRule, MemberRule, Words
from fund.forms.project import BUDGET
from fund.models import Application
from fund.services import writing
from fund.services.steps import take_step
from tests.filling import DECLARED, complete_draft, example, open_call
from tests.scenario import World
from tests.services.refusals import assert_sayable
from workflows.engine import StepRefused
from workflows.permissions import Actor
from workflows.reasons import ReasonCode


def refusals(session: Session, actor: Actor, application: Application, **inputs: Any) -> list[ReasonCode]:
    with pytest.raises(StepRefused) as caught:
        take_step(session, actor, application, "submit", inputs={**DECLARED, **inputs})
    for reason in caught.value.reasons:
        assert_sayable(reason)
    return [reason.code for reason in caught.value.reasons]


def draft_under(session: Session, world: World, **changes: Any) -> Application:
    """A complete draft, but for what the changes of the example's content ask beyond it."""
    content: CallContent = replace(example(), documents=(), **changes)
    return complete_draft(session, world, open_call(session, world, content))


def test_a_file_to_which_nothing_is_missing_is_deposited(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    take_step(session, world["applicant"], application, "submit", inputs=DECLARED)
    assert application.state == "submitted"


def test_an_empty_answer_refuses(session: Session, world: World) -> None:
    application = draft_under(session, world)
    writing.save_part(session, world["applicant"], application, "need", {"need": ""}, base=1)
    assert refusals(session, world["applicant"], application) == [ReasonCode.ANSWERS_INCOMPLETE]


def test_a_budget_out_of_balance_refuses(session: Session, world: World) -> None:
    application = draft_under(session, world)
    products = [{"account": "74", "label": "Fonds", "amount": "25 000", "fund": "yes"}]
    writing.save_part(session, world["applicant"], application, BUDGET, {"products": products}, base=1)
    assert refusals(session, world["applicant"], application) == [ReasonCode.BUDGET_UNSOUND]


def test_a_document_that_is_not_there_refuses(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    application.documents.clear()
    session.flush()
    assert ReasonCode.DOCUMENTS_MISSING in refusals(session, world["applicant"], application)


RULES = [
    (AllianceRule(members=(MemberRule("association", 2),)), ReasonCode.KIND_TOO_FEW),
    (AllianceRule(members=(MemberRule("research"),)), ReasonCode.KIND_MISSING),
    (AllianceRule(members=(MemberRule("company", 1, ("dep:29",)),)), ReasonCode.KIND_TOO_FEW_THERE),
    (AllianceRule(minimum=4), ReasonCode.MEMBERS_TOO_FEW),
    (AllianceRule(maximum=2), ReasonCode.MEMBERS_TOO_MANY),
    (AllianceRule(territory=("dep:29",)), ReasonCode.OUTSIDE_TERRITORY),
    (AllianceRule(endorsement=True), ReasonCode.ENDORSEMENT_MISSING),
]


@pytest.mark.parametrize(("rule", "code"), RULES, ids=[code.value for _, code in RULES])
def test_an_alliance_that_is_not_what_the_rule_asks_refuses(
    session: Session, world: World, rule: AllianceRule, code: ReasonCode
) -> None:
    application = draft_under(session, world, alliance=rule)
    assert refusals(session, world["applicant"], application) == [code]


@pytest.mark.parametrize("asked", [Confirmations.ALL, Confirmations.REQUIRED])
def test_a_member_that_has_not_confirmed_refuses(session: Session, world: World, asked: Confirmations) -> None:
    rule = replace(example().alliance, confirmations=asked)
    application = draft_under(session, world, alliance=rule)
    town = next(member for member in application.members if member.organisation_id == world.town_id)
    town.part = "Une autre part que celle qui fut confirmée"
    session.flush()
    assert refusals(session, world["applicant"], application) == [ReasonCode.CONSENT_MISSING]
    town.part = ""
    session.flush()
    take_step(session, world["applicant"], application, "submit", inputs=DECLARED)


@pytest.mark.parametrize("inputs", [{"declared": False}, {"signatory_name": " "}])
def test_without_the_declaration_signed_by_a_name_the_file_is_refused(
    session: Session, world: World, inputs: dict[str, Any]
) -> None:
    application = draft_under(session, world)
    assert refusals(session, world["applicant"], application, **inputs) == [ReasonCode.DECLARATION_MISSING]


def test_a_call_without_declaration_asks_for_none(session: Session, world: World) -> None:
    application = draft_under(session, world, declaration=Words())
    take_step(session, world["applicant"], application, "submit")
    assert application.state == "submitted"


def test_a_document_asked_of_each_member_is_asked_once_per_member(session: Session, world: World) -> None:
    rule = DocumentRule("statutes", Words("Statuts", "Statutes"), per_member=True)
    content = replace(example(), documents=(rule,))
    application = world.draft(session, call_id=open_call(session, world, content).id)
    slots = [slot for slot, _, _ in application.missing_documents()]
    assert slots == [f"asked.statutes.{member.id}" for member in application.members]
