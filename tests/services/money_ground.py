"""Where sequences of acts on money begin: two awards of one call, and what stands of each."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Call
from fund.models.award import SETTLED_TRANCHES
from fund.services import awards
from tests.scenario import FUND_IBAN, World
from tests.services.makers import today

AWARDED = (Decimal("10000.00"), Decimal("7000.01"))


@dataclass
class Ground:
    """Two awards, one in force with a tranche paid and one in draft; the counts of what was done and refused."""

    engine: Engine
    world: World
    awards: list[int]
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def thirds(amount: Decimal) -> list[Decimal]:
    """Three parts that come to the amount, cents and all."""
    part = (amount / 3).quantize(Decimal("0.01"))
    return [part, part, amount - 2 * part]


def lay_ground(factory: SessionFactory, engine: Engine, world: World) -> Ground:
    with unit_of_work(factory) as session:
        granted = [_award(session, world, amount) for amount in AWARDED]
        world.send_agreement(session, granted[0])
        world.sign_agreement(session, granted[0])
        world.verified_account(session, granted[0].beneficiary)
        world.pay(session, granted[0].live_tranches[0])
        call = session.get_one(Call, world.call_id)
        world.verified_account(session, call.funder, FUND_IBAN)
        return Ground(engine, world, [award.id for award in granted])


def _award(session: Session, world: World, amount: Decimal) -> Award:
    award = world.funded(session, amount).award
    assert award is not None
    tranches = [{"amount": part, "due_on": today() - timedelta(days=30)} for part in thirds(amount)]
    awards.set_schedule(session, world["officer"], award, tranches=tranches)
    return award


def standing_of(award: Award) -> set[str]:
    """Its state and what it has, by which acts choose an award."""
    found = {award.state.value}
    if award.is_active or award.is_suspended:
        found.add("in_force")
    if any(tranche.state not in SETTLED_TRANCHES for tranche in award.disbursements):
        found.add("tranche")
    if award.paid_total:
        found.add("paid")
    if award.count_open_repayments():
        found.add("repayment")
    return found
