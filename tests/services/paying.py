"""Payment files of several tranches, made by the real steps."""

from enum import StrEnum

from sqlalchemy.orm import Session

from fund.bank.business_days import next_business_day
from fund.models import Award, Disbursement, PaymentFile, Subject
from fund.services import payment_files
from fund.services.steps import take_step
from tests.scenario import FUND_IBAN, World
from tests.services.makers import today
from workflows.disbursement import DisbursementState


def approve(world: World, session: Session, tranche: Disbursement) -> Disbursement:
    """Take a tranche to where finance may put it into a file."""
    if tranche.state is DisbursementState.PLANNED:
        take_step(session, world["officer"], tranche, "release")
    if tranche.state is DisbursementState.FAILED:
        take_step(session, world["officer"], tranche, "reorder", inputs={"reason": "Coordonnées vérifiées."})
    else:
        take_step(session, world["officer"], tranche, "order")
    take_step(session, world["finance"], tranche, "approve")
    return tranche


def approved_award(world: World, session: Session) -> Award:
    """An award whose two tranches (10,000 and 5,000 euros) are approved, and a funder that can pay them."""
    award = world.active_award(session)
    for tranche in award.live_tranches:
        approve(world, session, tranche)
    world.verified_account(session, award.call.funder, FUND_IBAN)
    return award


def file_of(world: World, session: Session, *tranches: Disbursement) -> PaymentFile:
    """A file of these tranches, for the next day on which banks work."""
    day = next_business_day(today())
    return payment_files.make_file(session, world["finance"], tranches, execution_on=day)


def state_of(subject: Subject) -> StrEnum:
    """Where it stands now, asked anew: mypy takes a state that was seen for one that stays."""
    found: StrEnum = subject.state
    return found


def file_of_two(world: World, session: Session) -> PaymentFile:
    """A file of the two tranches of one award."""
    return file_of(world, session, *approved_award(world, session).live_tranches)


def twins(world: World, session: Session) -> list[Disbursement]:
    """The first tranches of two awards, of one amount and one beneficiary."""
    first = approve(world, session, world.active_award(session).live_tranches[0])
    award = world.active_award(session)
    world.verified_account(session, award.call.funder, FUND_IBAN)
    return [first, approve(world, session, award.live_tranches[0])]
