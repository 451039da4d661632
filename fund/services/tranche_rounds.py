"""What speaks against a step on each of many tranches, before somebody ticks them; the gate judges again."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from fund.models import Application, Award, Disbursement, Organisation
from fund.models.base import utc_now
from fund.models.interest import files_kept_from
from workflows.disbursement import DISBURSEMENT, DisbursementStep
from workflows.engine import Context
from workflows.guards import INTERESTED
from workflows.permissions import Actor
from workflows.reasons import Reason


@dataclass(frozen=True, slots=True)
class Judged:
    """A tranche, and what speaks against the step; nothing, mostly."""

    tranche: Disbursement
    reasons: tuple[Reason, ...]


def loads_of_guards() -> tuple[ORMOption, ...]:
    """What the guards read of each tranche of a list, in a number of statements that does not grow with it."""
    award = joinedload(Disbursement.award)
    application = award.joinedload(Award.application)
    return (
        application.selectinload(Application.collaborators),
        application.selectinload(Application.endorsements),
        award.selectinload(Award.reports),
        award.joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
        joinedload(Disbursement.ordered_by),
    )


def judge_tranches(
    session: Session, actor: Actor, tranches: Sequence[Disbursement], step_name: DisbursementStep
) -> list[Judged]:
    """By the guards that the gate enforces, for this person, in one statement where the tranches are loaded."""
    step, now = DISBURSEMENT.steps[step_name], utc_now()
    kept = set(session.scalars(files_kept_from(actor.person_id))) if actor.person_id is not None else set()
    return [
        Judged(
            tranche,
            DISBURSEMENT.judge(
                tranche,
                step,
                # Told beforehand: the guard would ask the database for each.
                Context(actor, now, facts={INTERESTED: tranche.award.application_id in kept}),
            ).reasons,
        )
        for tranche in tranches
    ]
