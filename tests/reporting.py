"""A report with a budget plan to compare with and a form of its call to answer, and complete answers to it."""

from typing import Any

from sqlalchemy.orm import Session

from fund.forms.project import BUDGET
from fund.models import Report, Section
from fund.services.report_writing import ACCOUNT, OWN, save_part
from tests.filling import BUDGET_ANSWERS
from tests.scenario import World

# Of 25,000 € asked 15,000 € were awarded. 60: as planned; 64: a quarter less; 758: a bit more.
ACCOUNT_ANSWERS: dict[str, Any] = {
    "charges": [
        {"account": "604", "label": "Étude de terrain", "amount": "10 000"},
        {"account": "641", "label": "Animation", "amount": "22 500,00"},
        {"account": "864", "label": "Bénévolat", "amount": "2 500"},
    ],
    "products": [
        {"account": "74", "label": "Fonds ODD 17", "amount": "15 000", "fund": "yes"},
        {"account": "758", "label": "Mécénat", "amount": "17 500"},
        {"account": "870", "label": "Bénévolat", "amount": "2 500"},
    ],
    "because_64": "Le poste a été pourvu en avril.",
}
FORM: dict[str, Any] = {
    "sections": [
        {
            "key": "results",
            "title": {"fr": "Les résultats", "en": "Results"},
            "fields": [
                {
                    "key": "people_reached",
                    "type": "number",
                    "label": {"fr": "Personnes touchées", "en": "People reached"},
                    "required": True,
                    "minimum": "0",
                },
                {
                    "key": "lessons",
                    "type": "long_text",
                    "label": {"fr": "Leçons", "en": "Lessons"},
                    "required": True,
                },
                {
                    "key": "proof",
                    "type": "file",
                    "label": {"fr": "Photographies", "en": "Photographs"},
                    "files": ["pdf", "image"],
                },
            ],
        }
    ]
}
RESULTS = {"people_reached": "1 250", "lessons": "Commencer par le terrain."}
NARRATIVE = {"narrative": "Tout est fait."}


def planned_report(session: Session, world: World, *, paid: bool = False) -> Report:
    """The final report of an award in force, which nobody has begun to write; ``paid``: its tranches are."""
    award = world.paid_award(session) if paid else world.active_award(session)
    give_plan(session, award.reports[-1])
    return award.reports[-1]


def give_plan(session: Session, report: Report) -> None:
    """The file as if its call had asked for a budget and had a report form."""
    application = report.award.application
    call = application.call
    call.definition = {**call.definition, "budget": {}, "report": FORM}
    application.call_version = None
    application.sections.append(
        Section(application_id=application.id, key=BUDGET, number=1, answers=BUDGET_ANSWERS, stamps={})
    )
    session.flush()


def write_whole(session: Session, world: World, report: Report, **account: Any) -> None:
    """Everything that the report asks for; ``account`` changes some of its parts."""
    applicant = world["applicant"]
    save_part(session, applicant, report, OWN, NARRATIVE)
    save_part(session, applicant, report, ACCOUNT, {**ACCOUNT_ANSWERS, **account})
    save_part(session, applicant, report, "results", RESULTS)
