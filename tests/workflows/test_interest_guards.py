"""Nobody of the fund acts on a file in which they have an interest: the declarations say so, step by step."""

import pytest

from fund.models import SUBJECTS
from workflows.application import ApplicationStep
from workflows.engine import Step
from workflows.guards import no_conflict_of_interest
from workflows.payment_file import PaymentFileStep
from workflows.permissions import GRANTS, PEOPLE_ROLES, Relation
from workflows.review import ReviewStep

OF_THE_ALLIANCE = (Relation.AUTHOR, Relation.SIGNATORY, Relation.TESTER, Relation.ENDORSER)
# To give a file up is what an interest asks for; a session that is called off gives its files back.
# A payment file holds tranches of many files, each of which was judged when it was approved.
FREE = {
    *(ReviewStep.DECLINE, ReviewStep.RECUSE, ApplicationStep.RECALL),
    *(PaymentFileStep.TRANSMIT, PaymentFileStep.CANCEL),
}
STEPS = [
    step
    for name, model in SUBJECTS.items()
    if name not in ("call", "committee")
    for step in model.workflow.steps.values()
]


def is_for_the_fund(step: Step) -> bool:
    grants = GRANTS[step.permission]
    return any(grant.role in PEOPLE_ROLES and grant.relation not in OF_THE_ALLIANCE for grant in grants)


@pytest.mark.parametrize(
    "step", [step for step in STEPS if is_for_the_fund(step)], ids=lambda step: str(step.name)
)
def test_each_step_of_the_funds_people_asks_for_interests(step: Step) -> None:
    assert (no_conflict_of_interest in step.guards) is (step.name not in FREE)
