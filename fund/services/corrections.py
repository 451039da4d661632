"""Marks on a file that goes back to its alliance: where they may stand, and whether it answered them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.forms.accounts import Side
from fund.forms.compiler import slot_of
from fund.forms.definition import FieldType
from fund.forms.fields import Problem
from fund.forms.project import BUDGET, project_section
from fund.models import Application, AuditEvent, Receipt
from workflows.application import ApplicationState, ApplicationStep

MEMBERS = "members"


def places_to_mark(application: Application) -> list[str]:
    """Every place of the file that can be marked, in the order of the file.

    A field of the project by its name, ``members`` and ``members.<id>``, ``section.field`` of what the call's form
    asks, ``form.section.field`` for its documents, ``budget`` and its sides, ``asked.key[.<member id>]``.
    """
    rules = application.rules
    found = [question.key for question in project_section(rules).fields]
    found += [MEMBERS, *(f"{MEMBERS}.{member.id}" for member in application.members)]
    shown = application.judge_form(complete=False).shown
    for section in rules.form.sections:
        for question in section.fields:
            path = f"{section.key}.{question.key}"
            if path in shown and question.type is not FieldType.NOTE:
                is_file = question.type is FieldType.FILE
                found.append(slot_of(section.key, question.key) if is_file else path)
    if rules.budget is not None:
        found += [BUDGET, *(f"{BUDGET}.{side}" for side in Side)]
    return found + [slot for slot, _, _ in application.asked_documents()]


def require_places(application: Application, paths: Iterable[str]) -> None:
    """Raise InvalidInput for a mark at a place that the file does not have."""
    unknown = set(paths) - set(places_to_mark(application))
    if unknown:
        raise InvalidInput({f"corrections.{path}": [Problem("no_such_place")] for path in sorted(unknown)})


def list_marks(application: Application) -> list[tuple[str, Mapping[str, str]]]:
    """The marks in the order of the file, those at places that are gone last: the database keeps none."""
    order = {path: index for index, path in enumerate(places_to_mark(application))}
    return sorted(application.corrections.items(), key=lambda mark: order.get(mark[0], len(order)))


def find_answer(session: Session, application: Application) -> tuple[Receipt, Receipt] | None:
    """The deposits before and after the latest marks; None as long as the file was not submitted again."""
    if application.state is ApplicationState.RETURNED or len(application.receipts) < 2:
        return None
    last = session.scalar(
        select(AuditEvent.action)
        .where(
            AuditEvent.subject_type == application.workflow.name,
            AuditEvent.subject_id == application.id,
            AuditEvent.action.in_((str(ApplicationStep.RETURN), str(ApplicationStep.RESUBMIT))),
        )
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    )
    if last != ApplicationStep.RESUBMIT:
        return None
    before, after = application.receipts[-2:]
    return before, after
