"""What readers of the ledger find: entries by what is asked, many balances at once, lines for the accountant."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from fund.models import Call
from fund.services import interests
from fund.services.ledger import balances
from fund.services.ledger_reading import (
    Wanted,
    balances_of_awards,
    balances_of_calls,
    count_hidden,
    count_hidden_awards,
    find_awards,
    find_calls,
    find_entries,
    hidden_references,
    stream_lines,
    turnover_of,
)
from tests.scenario import World
from tests.services.makers import today
from workflows.ledger import LedgerAccount
from workflows.permissions import SYSTEM


def test_entries_are_found_by_what_is_asked(session: Session, world: World) -> None:
    award, other = world.paid_award(session), world.award(session)
    finance = world["finance"]

    def found(**asked: Any) -> list[str]:
        page = find_entries(session, finance, Wanted(**asked), cursor=None)
        return [entry.action for entry in page.items]

    assert found(award_id=other.id) == ["award.create"]
    assert found(award_id=award.id) == [*["disbursement.pay", "disbursement.approve"] * 2, "award.create"]
    assert found(award_id=award.id, account=LedgerAccount.PAID) == ["disbursement.pay"] * 2
    assert found(call_id=world.call_id, account=LedgerAccount.ENDOWMENT) == ["call.publish"]
    assert found(since=today() + timedelta(days=1)) == []
    assert found(until=today() - timedelta(days=1)) == []
    assert len(found(since=today(), until=today())) == 7
    turnover = turnover_of(session, finance, Wanted(award_id=award.id, account=LedgerAccount.APPROVED))
    assert (turnover.entries, int(turnover.debit), int(turnover.credit)) == (4, 15_000, 15_000)
    everything = turnover_of(session, finance, Wanted())
    assert everything.debit == everything.credit


def test_many_balances_at_once_are_those_of_each(session: Session, world: World) -> None:
    awards_made = [world.paid_award(session), world.award(session)]
    call = session.get_one(Call, world.call_id)
    session.flush()
    of_awards = balances_of_awards(session, awards_made, on=None)
    assert of_awards == {award.id: balances(session, award_id=award.id) for award in awards_made}
    assert balances_of_calls(session, [call], on=today()) == {call.id: balances(session, call_id=call.id)}
    assert find_calls(session, on=today() - timedelta(days=1), cursor=None).items == []
    assert find_calls(session, on=None, cursor=None).items == [call]
    found = find_awards(session, world["finance"], call, on=None, cursor=None).items
    assert [award.id for award in found] == [award.id for award in reversed(awards_made)]


def test_lines_are_numbered_by_entry_whatever_is_left_out(session: Session, world: World) -> None:
    award = world.paid_award(session)
    session.flush()
    numbers = [line.number for line in stream_lines(session, SYSTEM, Wanted())]
    assert numbers == [n for number in range(1, 7) for n in (number, number)]
    paid = list(stream_lines(session, SYSTEM, Wanted(award_id=award.id, account=LedgerAccount.PAID)))
    assert [line.number for line in paid] == [4, 4, 6, 6]
    assert sum(line.debit for line in paid) == sum(line.credit for line in paid) == 15_000
    assert {(line.beneficiary, line.beneficiary_number) for line in paid} == {
        (award.beneficiary_name, award.beneficiary.siret)
    }


def test_who_keeps_off_a_file_does_not_read_its_entries(session: Session, world: World) -> None:
    award, other = world.award(session), world.award(session)
    tranche = award.disbursements[0]
    finance = world["finance"]
    interests.declare(session, finance, award.application, "Ma sœur y travaille.")
    session.flush()
    page = find_entries(session, finance, Wanted(), cursor=None)
    assert {entry.award_id for entry in page.items} == {None, other.id}
    assert count_hidden(session, finance, Wanted()) == 1
    assert count_hidden(session, finance, Wanted(award_id=other.id)) == 0
    assert count_hidden_awards(session, finance, award.call, on=None) == 1
    assert {line.entry.award_id for line in stream_lines(session, finance, Wanted())} == {None, other.id}
    assert turnover_of(session, finance, Wanted()).entries == 2
    asked = {"award": {award.reference, other.reference}, "disbursement": {tranche.reference}}
    assert hidden_references(session, finance, asked) == {award.reference, tranche.reference}
    # The sums of the fund are of everything, for everybody who reads the ledger.
    assert balances(session)[LedgerAccount.COMMITTED] == 30_000


def test_who_keeps_off_every_file_still_reads_what_is_of_the_call(session: Session, world: World) -> None:
    award, finance = world.award(session), world["finance"]
    interests.declare(session, finance, award.application, "Ma sœur y travaille.")
    session.flush()
    page = find_entries(session, finance, Wanted(), cursor=None)
    assert [entry.action for entry in page.items] == ["call.publish"]
    assert count_hidden(session, finance, Wanted()) == 1
