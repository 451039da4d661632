"""A rich call and complete files for it: every question of any form answered, so that a file can be deposited."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from fund.forms.content import read_yaml
from fund.forms.definition import CallContent, FieldType, Question
from fund.forms.definition import Section as FormSection
from fund.forms.project import BUDGET
from fund.models import Application, Call, Consent, ConsentAnswer, Document, Organisation
from fund.models.base import utc_now
from fund.services import call_versions, writing
from fund.services.applications import start_application
from fund.services.references import new_reference
from fund.services.steps import take_step
from tests.scenario import World

EXAMPLE = Path(__file__).parents[1] / "config" / "calls" / "exemple.yaml"
DECLARED = {"declared": True, "signatory_name": "Camille Essai", "signatory_function": "Présidente"}
BUDGET_ANSWERS: dict[str, Any] = {
    "charges": [
        {"account": "604", "label": "Étude de terrain", "amount": "10 000"},
        {"account": "641", "label": "Animation", "amount": "30 000"},
        {"account": "864", "label": "Bénévolat", "amount": "2 500"},
    ],
    "products": [
        {"account": "74", "label": "Fonds ODD 17", "amount": "25 000", "fund": "yes"},
        {"account": "758", "label": "Mécénat", "amount": "15 000", "status": "asked"},
        {"account": "870", "label": "Bénévolat", "amount": "2 500"},
    ],
}


@cache
def example() -> CallContent:
    """The example call as it stands in ``config/calls``."""
    return read_yaml(EXAMPLE.read_text(encoding="utf-8"))


def open_call(session: Session, world: World, content: CallContent | None = None, **changes: Any) -> Call:
    """The call (the example, unless another is given), open since a week and for a week more."""
    now = utc_now()
    window = {"opens_at": now - timedelta(days=7), "closes_at": now + timedelta(days=7)}
    made = replace(content or example(), **{**window, **changes})
    funder = session.get_one(Call, world.call_id).funder_id
    call = call_versions.create_from_content(session, world["officer"], made, funder_id=funder)
    take_step(session, world["officer"], call, "publish")
    take_step(session, world["officer"], call, "open")
    return call


def empty_draft(session: Session, world: World, call: Call | None = None) -> Application:
    """A draft with nothing but its lead, in the example call unless another is given."""
    lead = session.get_one(Organisation, world.lead_id)
    return start_application(session, world["applicant"], call or open_call(session, world), lead)


def complete_draft(session: Session, world: World, call: Call, **fields: Any) -> Application:
    """A draft of the applicant to which nothing is missing: answers, budget, consents, documents."""
    application = world.draft(session, call_id=call.id, **fields)
    fill(session, world, application)
    return application


def fill(session: Session, world: World, application: Application) -> None:
    """Answer everything that the file's call asks. Documents are rows only: their bytes are in no store."""
    applicant = world["applicant"]
    for section in application.rules.form.sections:
        writing.save_part(session, applicant, application, section.key, answers_of(section), base=0)
    if application.rules.budget is not None:
        writing.save_part(session, applicant, application, BUDGET, BUDGET_ANSWERS, base=0)
    for member in application.members:
        if member.organisation_id != application.lead_id:
            member.consents.append(
                Consent(
                    answer=ConsentAnswer.CONFIRMED,
                    part=member.describe_part(),
                    name="Dominique Essai",
                    given_at=utc_now(),
                )
            )
    slots = [slot for slot, _, _ in application.missing_documents()]
    slots += [f"form.{found.path}" for found in application.judge_form().problems]
    application.documents.extend(_document(slot) for slot in slots)
    session.flush()


def answers_of(section: FormSection) -> dict[str, Any]:
    return {
        question.key: answer
        for question in section.fields
        if (answer := answer_to(question)) is not None and not (question.show_if and not question.required)
    }


def answer_to(question: Question) -> Any:  # noqa: C901 - a table: one line a kind of question
    """A valid answer as it would be typed; None for what is not typed."""
    least = int(question.minimum or 1)
    match question.type:
        case FieldType.TEXT | FieldType.LONG_TEXT:
            text = "Nous agissons ensemble, avec les habitants et pour eux. " * (1 + least // 50)
            return text[: int(question.maximum or 500)].strip()
        case FieldType.NUMBER | FieldType.AMOUNT:
            return str(max(least, 10)) if question.maximum is None or question.maximum >= 10 else str(least)
        case FieldType.DATE:
            return "2027-06-30"
        case FieldType.CHOICE:
            return question.options[0].value
        case FieldType.CHOICES:
            return [option.value for option in question.options[:least]]
        case FieldType.YES_NO:
            return "no"
        case FieldType.EMAIL:
            return "contact@essai.example"
        case FieldType.TELEPHONE:
            return "05 61 00 00 00"
        case FieldType.URL:
            return "https://essai.example/"
        case FieldType.ADDRESS:
            return {"street": "1 place de la Mairie", "postcode": "31120", "commune": "31458"}
        case FieldType.TERRITORY:
            return ["com:31458" if "com" in question.levels or not question.levels else "dep:31"]
        case FieldType.SDGS:
            return [str(number) for number in range(1, least + 1)]
        case FieldType.LEVERS:
            return [str(number) for number in range(1, least + 1)]
        case FieldType.MEASURES:
            return [f"1.{number}" for number in range(1, least + 1)]
        case FieldType.ROWS:
            row = {column.key: answer_to(column) for column in question.fields}
            return [row] * least
    return None


def _document(slot: str) -> Document:
    return Document(
        reference=new_reference("PJ"),
        slot=slot,
        number=1,
        name="piece.pdf",
        kind="pdf",
        media_type="application/pdf",
        size=1_000,
        sha256=hashlib.sha256(slot.encode()).hexdigest(),
    )
