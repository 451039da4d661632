"""A small world for the balance, whose figures can be worked out by hand.

First half of 2027: two calls open; of four files one is funded, one declined, one waits on the list, one was only
submitted, on the last evening. Second half: a file is submitted ten minutes after midnight, another one is funded,
paid and accounted for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy.orm import Session

from fund.forms.definition import AllianceRule, CallContent, FieldType, Form, GrantRule, Question, Words
from fund.forms.definition import Section as FormSection
from fund.forms.project import BUDGET
from fund.models import Application, Call, Report, Section
from fund.services.balance_rows import Scope
from fund.services.steps import take_step
from tests.filling import example, open_call
from tests.scenario import World
from workflows.voting import Outcome

TOULOUSE, ALBI, PARIS = "31555", "81004", "75056"
SPRING = Scope(date(2027, 1, 1), date(2027, 6, 30))
AUTUMN = Scope(date(2027, 7, 1), date(2027, 12, 31))
ALL = Scope(None, date(2027, 12, 31))
TRAINED = Words("Personnes formées", "People trained")
PRODUCTS: list[dict[str, str]] = [
    {"account": "74", "label": "Fonds ODD 17", "amount": "15 000", "fund": "yes"},
    {"account": "742", "label": "Région", "amount": "10 000", "status": "granted"},
    {"account": "758", "label": "Mécénat", "amount": "6 000,00", "status": "asked"},
    {"account": "70", "label": "Ventes", "amount": "5 000"},
    {"account": "870", "label": "Bénévolat", "amount": "3 000"},
]


@dataclass
class Files:
    """References, and the call with a form."""

    world: World
    call: str
    funded: str
    declined: str
    waiting: str
    late: str
    next_day: str
    done: str


def content() -> CallContent:
    """A call that asks for themes, and whose reports give a number; nothing else is needed to submit."""
    about = FormSection(
        "about",
        Words("Objet", "About"),
        fields=(
            Question("goals", FieldType.SDGS, Words("ODD", "SDGs")),
            Question("levers", FieldType.LEVERS, Words("Leviers", "Levers")),
            Question("measures", FieldType.MEASURES, Words("Mesures", "Measures")),
        ),
    )
    results = FormSection(
        "results",
        Words("Résultats", "Results"),
        fields=(
            Question("trained", FieldType.NUMBER, TRAINED, decimals=1),
            Question("story", FieldType.LONG_TEXT, Words("Récit", "Story")),
        ),
    )
    return replace(
        example(),
        alliance=AllianceRule(),
        declaration=Words(),
        eligibility=(),
        budget=None,
        documents=(),
        envelope=Decimal(500_000),
        grant=GrantRule(Decimal(1_000), Decimal(60_000), Decimal(80)),
        form=Form((about,)),
        report=Form((results,)),
    )


def build(session: Session) -> Files:
    """Make it, by the real steps on their days."""
    with time_machine.travel(datetime(2027, 1, 20, 9, tzinfo=UTC), tick=False):
        world = World.make(session)
        call = open_call(session, world, content(), closes_at=datetime(2027, 12, 1, tzinfo=UTC))
        waiting = world.decided(session, Outcome.WAITLISTED, commune_code=PARIS, rank=1)
    with time_machine.travel(datetime(2027, 2, 1, 9, tzinfo=UTC), tick=False):
        funded = world.funded(session, call_id=call.id, commune_code=TOULOUSE)
        answer(session, funded, goals=["11", "17"], levers=["1"], measures=["2.1"])
        session.add(Section(application_id=funded.id, key=BUDGET, answers={"products": PRODUCTS}))
        declined = world.before_committee(
            session, call_id=call.id, commune_code=ALBI, requested_amount=Decimal(30_000)
        )
        answer(session, declined, goals=["11"])
        item = world.decide(session, declined, Outcome.DECLINED, None)
        world.release(session, item.session)
    with time_machine.travel(datetime(2027, 6, 30, 21, 30, tzinfo=UTC), tick=False):
        late = world.submitted(session, call_id=call.id, commune_code=TOULOUSE)
        world.draft(session, call_id=call.id)
        world.submitted(session, call_id=call.id).is_test = True
    with time_machine.travel(datetime(2027, 6, 30, 22, 10, tzinfo=UTC), tick=False):
        next_day = world.submitted(session, call_id=call.id, commune_code=ALBI)
    with time_machine.travel(datetime(2027, 9, 15, 9, tzinfo=UTC), tick=False):
        report = world.submitted_report(session, call_id=call.id, commune_code=TOULOUSE)
        account_for(session, world, report, people=120, trained="12,5")
    session.flush()
    files = (funded, declined, waiting, late, next_day, report.award.application)
    return Files(world, call.reference, *(file.reference for file in files))


def answer(session: Session, file: Application, **given: Sequence[str]) -> None:
    session.add(Section(application_id=file.id, key="about", answers=given))
    session.flush()


def account_for(session: Session, world: World, report: Report, *, people: int, trained: Any) -> None:
    """Accept the report, which says how many people were reached and trained."""
    report.people_reached = people
    report.answers = {"results": {"trained": trained, "story": "Tout est fait."}}
    session.flush()
    take_step(session, world["officer"], report, "accept")


def call_of(session: Session, files: Files) -> Call:
    return session.query(Call).filter_by(reference=files.call).one()
