"""A simulation finds the best portfolio for the agenda as it stands; adopted, it is what is proposed."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.analysis.portfolio import Bound, Dimension
from fund.errors import Conflict, InvalidInput
from fund.models import AuditEvent, CommitteeSession, Outcome, Simulation
from fund.services import committee, voting
from fund.services.minutes import describe_simulation
from fund.services.perform import NotEditable, NotPermitted
from fund.services.portfolios import Wanted, read_basis
from fund.services.simulations import adopt, is_outdated, simulate
from tests.deciding import keep_off, withdraw
from tests.scenario import World
from tests.services.simulating import ALBI, PARIS, TOULOUSE, File, references, sit_on
from tests.web.counting import count_statements
from workflows.engine import Refused
from workflows.reasons import ReasonCode

OCCITANIE, ILE_DE_FRANCE = "reg:76", "reg:11"
FILES = (File(5, 20_000, PARIS), File(4, 20_000, PARIS), File(3, 20_000, TOULOUSE), File(2, 10_000, ALBI))


def made(
    session: Session, world: World, sitting: CommitteeSession, who: str = "officer", **wanted: Any
) -> Simulation:
    return simulate(session, world[who], sitting, wanted=Wanted(**wanted))


def places(sitting: CommitteeSession, simulation: Simulation) -> list[int]:
    """The chosen files by their place on the agenda."""
    return sorted(references(sitting).index(reference) + 1 for reference in simulation.result["chosen"])


def events(session: Session, sitting: CommitteeSession, action: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.subject_id == sitting.id, AuditEvent.action == action)
    return list(session.scalars(query))


# --- what is found -------------------------------------------------------------------------------------------


def test_the_best_scores_within_the_envelope(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    found = made(session, world, sitting)
    assert places(sitting, found) == [1, 2, 4]
    assert found.result["state"] == "found"
    assert found.result["complete"]
    assert found.result["total"] == "50000.00"
    assert found.result["remaining"] == "0.00"
    assert found.result["value"] == 220.0
    first = references(sitting)[0]
    assert found.result["files"][first] == {"score": 100.0, "amount": "20000.00", "decided": False}
    assert found.result["amounts"][first] == "20000.00"
    assert found.result["next"] == {
        "extra": "10000.00",
        "gain": 20.0,
        "comes_in": [references(sitting)[2]],
        "goes_out": [references(sitting)[3]],
    }
    assert found.result["flips"][references(sitting)[2]] == 20.0


def test_a_floor_brings_a_territory_in_and_says_what_it_costs(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    floor = Bound(Dimension.TERRITORY, OCCITANIE, floor=Decimal(30_000))
    found = made(session, world, sitting, bounds=(floor,))
    assert places(sitting, found) == [1, 3, 4]
    [cost] = [line for line in found.result["binding"] if line["kind"] == "floor"]
    assert cost["gain"] == 20.0
    assert cost["bound"] == {"dimension": "territory", "value": OCCITANIE, "floor": "30000.00", "ceiling": None}


def test_a_ceiling_a_minimum_and_choices_hold(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    names = references(sitting)
    ceiling = Bound(Dimension.TERRITORY, ILE_DE_FRANCE, ceiling=Decimal(20_000))
    assert places(sitting, made(session, world, sitting, bounds=(ceiling,))) == [1, 3, 4]
    assert places(sitting, made(session, world, sitting, minimum_score=Decimal(60))) == [1, 2]
    assert places(sitting, made(session, world, sitting, fixed_out=frozenset(names[:1]))) == [2, 3, 4]
    kept = made(session, world, sitting, minimum_score=Decimal(60), fixed_in=frozenset(names[3:]))
    assert places(sitting, kept) == [1, 2, 4]
    assert places(sitting, made(session, world, sitting, envelope=Decimal(20_000))) == [1]


def test_a_kind_of_member_can_be_bounded(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    ceiling = Bound(Dimension.KIND, "company", ceiling=Decimal(10_000))
    assert places(sitting, made(session, world, sitting, bounds=(ceiling,))) == [4]


def test_what_cannot_be_met_is_named(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    floor = Bound(Dimension.TERRITORY, OCCITANIE, floor=Decimal(30_001))
    found = made(session, world, sitting, bounds=(floor,))
    assert found.result["state"] == "infeasible"
    assert found.result["clash"]["code"] == "floor_out_of_reach"
    assert found.result["clash"]["amount"] == "30000.00"
    assert found.result["amounts"] == {}
    with pytest.raises(Conflict, match="simulation_without_answer"):
        adopt(session, world["officer"], found)


def test_no_time_is_no_answer(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    late = simulate(session, world["officer"], sitting, wanted=Wanted(), seconds=0)
    assert late.result["state"] == "late"
    assert not late.result["complete"]
    with pytest.raises(Conflict, match="simulation_without_answer"):
        adopt(session, world["officer"], late)


def test_what_is_decided_stays_decided(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    world.decide(session, sitting.items[2].application, Outcome.FUNDED, Decimal(15_000))
    assert places(sitting, made(session, world, sitting)) == [1, 3, 4], "at [1, 2, 4] there would be more points"
    world.decide(session, sitting.items[0].application, Outcome.DECLINED, None)
    found = made(session, world, sitting)
    assert places(sitting, found) == [2, 3, 4]
    assert found.result["amounts"][references(sitting)[2]] == "15000.00"
    assert found.result["envelope"] == "50000.00"
    assert references(sitting)[0] not in found.result["files"]
    assert references(sitting)[2] not in found.result["flips"]
    # A choice against a decision taken meanwhile falls away.
    against = made(session, world, sitting, fixed_out=frozenset(references(sitting)[2:3]))
    assert places(sitting, against) == [2, 3, 4]


def test_what_other_sessions_took_is_gone(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    world.funded(session, call_id=sitting.call_id, amount=Decimal(10_000))
    assert places(sitting, made(session, world, sitting)) == [1, 2]


def test_a_proposed_amount_counts_and_a_withdrawn_file_does_not(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    committee.propose(session, world["officer"], sitting.items[2], outcome=Outcome.FUNDED, amount=Decimal(10_000))
    assert places(sitting, made(session, world, sitting)) == [1, 2, 3]
    withdraw(session, world, sitting.items[0].application)
    world.decide(session, sitting.items[1].application, Outcome.FUNDED, Decimal(20_000))
    withdraw(session, world, sitting.items[1].application)
    session.expire_all()
    assert places(sitting, made(session, world, sitting)) == [3, 4]


def test_as_many_questions_for_two_files_as_for_six(session: Session, world: World) -> None:
    small, large = sit_on(session, world, *FILES[:2]), sit_on(session, world, *FILES, *FILES[:2])

    def ask(sitting: CommitteeSession) -> int:
        session.expire_all()
        return count_statements(lambda: read_basis(session, session.get_one(CommitteeSession, sitting.id)))

    assert ask(small) == ask(large)


# --- who, when -----------------------------------------------------------------------------------------------


def test_members_and_officers_make_one_and_others_do_not(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES[:2])
    for number, name in enumerate(("officer", "chair", "member"), start=1):
        assert made(session, world, sitting, name).number == number
    for name in ("auditor", "finance", "applicant", "reviewer"):
        with pytest.raises(NotPermitted):
            made(session, world, sitting, name)
    assert [event.body["details"] for event in events(session, sitting, "committee.simulate")] == [
        {"simulation": 1}, {"simulation": 2}, {"simulation": 3}
    ]  # fmt: skip


def test_a_member_adopts_none_and_the_chair_does(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES[:2])
    found = made(session, world, sitting, "member")
    with pytest.raises(NotPermitted):
        adopt(session, world["member"], found)
    assert adopt(session, world["chair"], found) is not None


def test_after_the_session_nothing_is_simulated(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES[:1])
    found = made(session, world, sitting)
    world.decide(session, sitting.items[0].application)
    world.sign_minutes(session, sitting)
    with pytest.raises(NotEditable):
        made(session, world, sitting)
    with pytest.raises(NotEditable):
        adopt(session, world["officer"], found)


@pytest.mark.parametrize("name", ["chair", "member", "officer"])
def test_who_keeps_off_a_file_makes_and_adopts_none(session: Session, world: World, name: str) -> None:
    sitting = sit_on(session, world, *FILES[:2])
    found = made(session, world, sitting, "chair" if name == "officer" else "officer")
    keep_off(session, world, name, sitting.items[1])
    with pytest.raises(Refused) as refused:
        made(session, world, sitting, name)
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.AGENDA_KEPT_OFF]
    if name != "member":
        with pytest.raises(Refused):
            adopt(session, world[name], found)
    assert sitting.items[0].proposed_outcome is None


def test_a_file_of_elsewhere_and_an_envelope_beyond_what_is_left(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES[:2])
    other = world.reviewed(session)
    with pytest.raises(InvalidInput) as refused:
        made(session, world, sitting, fixed_in=frozenset({other.reference}))
    assert refused.value.errors == {"choices": ["unknown_reference"]}
    with pytest.raises(InvalidInput) as refused:
        made(session, world, sitting, envelope=Decimal("50000.01"))
    assert refused.value.errors == {"envelope": ["above_available"]}
    assert sitting.simulations == []


# --- adopting, and what the minutes say ----------------------------------------------------------------------


def test_adopted_it_is_what_is_proposed(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    items = sitting.items
    committee.propose(session, world["officer"], items[2], outcome=Outcome.FUNDED, amount=Decimal(19_000))
    found = made(session, world, sitting, fixed_out=frozenset(references(sitting)[2:3]))
    event = adopt(session, world["officer"], found)
    assert [(item.proposed_outcome, item.proposed_amount) for item in items] == [
        (Outcome.FUNDED, Decimal(20_000)),
        (Outcome.FUNDED, Decimal(20_000)),
        (None, Decimal(19_000)),
        (Outcome.FUNDED, Decimal(10_000)),
    ]
    assert event is not None
    assert event.body["details"] == {"simulation": 1, "proposed_files": found.result["chosen"]}
    assert found.adopted_by_id == world.people["officer"]
    assert not is_outdated(found, read_basis(session, sitting)), "adopting changes none of what it stands on"
    assert adopt(session, world["officer"], found) is None, "once is enough"


def test_other_proposals_than_a_grant_stay(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    committee.propose(session, world["officer"], sitting.items[2], outcome=Outcome.WAITLISTED, amount=None)
    adopt(session, world["officer"], made(session, world, sitting))
    assert sitting.items[2].proposed_outcome is Outcome.WAITLISTED


@pytest.mark.parametrize("what", ["score", "amount", "decision", "envelope", "agenda"])
def test_an_outdated_simulation_is_not_adopted(session: Session, world: World, what: str) -> None:
    sitting = sit_on(session, world, *FILES, opened=what != "agenda")
    found = made(session, world, sitting)
    match what:
        case "score":
            sitting.items[0].application.reviews[0].score = Decimal(40)
        case "amount":
            committee.propose(session, world["officer"], sitting.items[0], outcome=None, amount=Decimal(1_000))
        case "decision":
            world.decide(session, sitting.items[0].application, Outcome.DECLINED, None)
        case "envelope":
            world.funded(session, call_id=sitting.call_id, amount=Decimal(10_000))
        case "agenda":
            application = world.reviewed(session, call_id=sitting.call_id)
            committee.put_on_agenda(session, world["officer"], sitting, application)
    session.flush()
    with pytest.raises(Conflict, match="simulation_outdated"):
        adopt(session, world["officer"], found)


def test_the_minutes_say_what_became_of_it(session: Session, world: World) -> None:
    sitting = sit_on(session, world, *FILES)
    assert describe_simulation(sitting)["used"] == "none"
    made(session, world, sitting, minimum_score=Decimal(90))
    assert describe_simulation(sitting) == {"used": "ignored", "number": 1, "differences": []}

    adopt(session, world["chair"], made(session, world, sitting))
    for item in (sitting.items[0], sitting.items[1], sitting.items[3]):
        world.decide(session, item.application, Outcome.FUNDED, item.proposed_amount)
    world.decide(session, sitting.items[2].application, Outcome.WAITLISTED, Decimal(20_000))
    assert describe_simulation(sitting) == {"used": "adopted", "number": 2, "differences": []}

    voting.reconsider(session, world["chair"], sitting.items[0], "Trop cher.")
    world.decide(session, sitting.items[0].application, Outcome.FUNDED, Decimal(18_000))
    assert describe_simulation(sitting) == {
        "used": "edited",
        "number": 2,
        "differences": [
            {"reference": references(sitting)[0], "proposed": "20000.00", "decided": "18000.00"}
        ],
    }  # fmt: skip
