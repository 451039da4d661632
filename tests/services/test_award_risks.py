"""Each rule of an award at risk on the day before it holds and on its first day; who sees them, in which order."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from fund.errors import InvalidInput
from fund.models import Award, Call, Interest, InterestKind, OutboxRow, OutboxState, Report
from fund.services import agreements, awards, bank_accounts, repayments, reports
from fund.services.agreement_terms import describe_terms
from fund.services.award_risks import Risk, count_awards, find, page_of_awards, risks_of
from fund.services.listing import Order, paginate_rows
from fund.services.report_dates import remind
from fund.services.steps import take_step
from tests.scenario import BIC, FUND_IBAN, IBAN, World
from tests.services.makers import BECAUSE, today
from tests.web.counting import count_statements

FAR = date(2030, 5, 4)
REPORT_DUE = date(2028, 6, 30)
PROJECT_ENDS = date(2027, 12, 31)


def since(session: Session, award: Award, risk: Risk, on: date) -> date | None:
    """Since when the award is at this risk, as it is seen on a day."""
    session.flush()
    session.expire(award)
    return next((one.since for one in find(session, [award], today=on)[award.id] if one.risk is risk), None)


def begins(session: Session, award: Award, risk: Risk, on: date) -> bool:
    """Whether the award is at this risk from that day on, and not the day before."""
    before = since(session, award, risk, on - timedelta(days=1))
    return before is None and since(session, award, risk, on) == on


def planned(
    session: Session,
    world: World,
    lines: Sequence[Mapping[str, Any]],
    days: Sequence[date] = (REPORT_DUE,),
) -> Award:
    """A signed award with these tranches and reports; nobody entered bank details."""
    award = world.award(session)
    asked = [{"due_on": day} for day in days]
    awards.set_schedule(session, world["officer"], award, tranches=lines, reports=asked)
    session.expire(award)
    world.send_agreement(session, award)
    world.sign_agreement(session, award)
    return award


# --- the rules -----------------------------------------------------------------------------------------------


def test_a_report_is_late_from_the_day_after(session: Session, world: World) -> None:
    award = world.active_award(session)
    assert begins(session, award, Risk.REPORT_LATE, REPORT_DUE + timedelta(days=1))


def test_a_report_that_was_handed_in_is_not_late(session: Session, world: World) -> None:
    award = world.submitted_report(session).award
    assert since(session, award, Risk.REPORT_LATE, REPORT_DUE + timedelta(days=9)) is None


def test_the_reminders_of_a_late_report_are_counted_once_each(session: Session, world: World) -> None:
    award = world.active_award(session)
    report = award.reports[0]
    with time_machine.travel(datetime(2028, 7, 30, 6, tzinfo=UTC)):
        remind(session, report)
    session.flush()
    topic = OutboxRow.topic == "report.reminder"
    rows = list(session.scalars(select(OutboxRow).where(topic, OutboxRow.recipient_id.is_not(None))))
    assert rows
    on = date(2028, 8, 1)
    [late] = [one for one in find(session, [award], today=on)[award.id] if one.risk is Risk.REPORT_LATE]
    assert late.reminders is None  # written, and not sent
    for row in rows:
        row.state = OutboxState.DONE
    # The same reminder to a second author.
    twin = {
        name: getattr(rows[0], name) for name in ("topic", "subject_type", "subject_id", "state", "created_at")
    }
    session.add(OutboxRow(**twin, recipient_id=world.people["stranger"]))
    session.flush()
    [late] = [one for one in find(session, [award], today=on)[award.id] if one.risk is Risk.REPORT_LATE]
    assert late.reminders is not None
    assert (late.reminders.count, late.reminders.last_at) == (1, rows[0].created_at)
    assert late.cause is report


def test_a_repayment_is_late_from_the_day_after_until_it_is_whole(session: Session, world: World) -> None:
    award = world.paid_award(session)
    due_on = today() + timedelta(days=40)
    asked = repayments.ask(
        session, world["officer"], award, amount=Decimal(3_000), reason="Trop perçu.", due_on=due_on
    )
    late_from = due_on + timedelta(days=1)
    assert begins(session, award, Risk.REPAYMENT_LATE, late_from)
    take_step(
        session, world["finance"], asked, "receive", inputs={"received_on": today(), "amount": Decimal(1_000)}
    )
    assert since(session, award, Risk.REPAYMENT_LATE, late_from) == late_from
    take_step(session, world["finance"], asked, "receive", inputs={"received_on": today()})
    assert since(session, award, Risk.REPAYMENT_LATE, late_from) is None


def test_a_tranche_is_told_when_it_is_held_for_more_than_thirty_days(session: Session, world: World) -> None:
    award = world.active_award(session)
    tranche = award.live_tranches[0]
    take_step(session, world["officer"], tranche, "hold", inputs=BECAUSE)
    assert begins(session, award, Risk.TRANCHE_HELD, today() + timedelta(days=31))
    take_step(session, world["officer"], tranche, "lift", inputs=BECAUSE)
    assert since(session, award, Risk.TRANCHE_HELD, today() + timedelta(days=31)) is None


def test_bank_details_are_asked_for_thirty_days_before_the_first_tranche(session: Session, world: World) -> None:
    award = planned(
        session,
        world,
        [{"amount": Decimal(5_000), "due_on": FAR}, {"amount": Decimal(10_000), "due_on": date(2031, 1, 1)}],
    )
    assert begins(session, award, Risk.BANK_DETAILS, date(2030, 4, 4))
    account = bank_accounts.propose(
        session, world["officer"], award.beneficiary, holder="Association d'essai", iban=IBAN, bic=BIC
    )
    assert begins(session, award, Risk.BANK_DETAILS, date(2030, 4, 4))  # entered, and nobody verified them
    how = {"verified_how": "call_back", "verified_note": "Appel au secrétariat."}
    take_step(session, world["finance"], account, "verify", inputs=how)
    assert since(session, award, Risk.BANK_DETAILS, FAR) is None
    # A change waits to be verified: nothing is paid on either account.
    bank_accounts.propose(
        session, world["officer"], award.beneficiary, holder="Association d'essai", iban=FUND_IBAN, bic=BIC
    )
    assert begins(session, award, Risk.BANK_DETAILS, date(2030, 4, 4))


@pytest.mark.parametrize("unmet", [False, True])
def test_a_tranche_without_a_day_needs_them_once_it_waits_for_nothing_else(
    session: Session, world: World, unmet: bool
) -> None:
    line: dict[str, Any] = {"amount": Decimal(15_000), "due_on": None}
    if unmet:
        line["conditions"] = [{"kind": "cofinancing_proven", "label": "La part de la commune"}]
    award = planned(session, world, [line])
    found = since(session, award, Risk.BANK_DETAILS, today())
    assert found is None if unmet else found == award.signed_on


def test_a_tranche_without_a_day_waits_for_its_report_before_it_needs_them(session: Session, world: World) -> None:
    line = {"amount": Decimal(15_000), "due_on": None, "conditions": [{"kind": "report_accepted", "report": 1}]}
    award = planned(session, world, [line])
    assert since(session, award, Risk.BANK_DETAILS, today()) is None
    take_step(session, world["officer"], award.reports[0], "waive", inputs=BECAUSE)
    assert since(session, award, Risk.BANK_DETAILS, today()) == award.signed_on


def test_a_signature_is_awaited_for_more_than_thirty_days(session: Session, world: World) -> None:
    award = world.offered_award(session)
    first = today() + timedelta(days=31)
    assert begins(session, award, Risk.SIGNATURE_AWAITED, first)
    world.sign_agreement(session, award)
    assert since(session, award, Risk.SIGNATURE_AWAITED, first) is None
    terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
    agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
    world.send_agreement(session, award)
    assert begins(session, award, Risk.SIGNATURE_AWAITED, first)


def test_nothing_is_paid_six_months_after_the_signature(session: Session, world: World) -> None:
    award = world.active_award(session)
    award.signed_on = date(2026, 8, 31)
    # The last day of February: there is no 31.
    assert begins(session, award, Risk.NOTHING_PAID, date(2027, 3, 1))
    world.pay(session, award.live_tranches[0])
    assert since(session, award, Risk.NOTHING_PAID, date(2027, 3, 1)) is None


def test_a_project_is_over_until_its_report_comes_or_is_late(session: Session, world: World) -> None:
    award = world.active_award(session)
    assert begins(session, award, Risk.PROJECT_OVER, PROJECT_ENDS + timedelta(days=1))
    assert since(session, award, Risk.PROJECT_OVER, REPORT_DUE) is not None
    assert since(session, award, Risk.PROJECT_OVER, REPORT_DUE + timedelta(days=1)) is None
    take_step(session, world["officer"], award.reports[0], "waive", inputs=BECAUSE)
    assert since(session, award, Risk.PROJECT_OVER, REPORT_DUE) is None


@pytest.mark.parametrize(
    ("handed_in", "spent", "is_at_risk"),
    [
        (date(2027, 7, 2), "19999.99", False),  # the middle itself
        (date(2027, 7, 3), "19999.99", True),
        (date(2027, 7, 3), "20000.00", False),
    ],
)
def test_less_than_half_is_spent_past_the_middle(
    session: Session, world: World, handed_in: date, spent: str, is_at_risk: bool
) -> None:
    award = planned(session, world, [{"amount": Decimal(15_000), "due_on": FAR}], [date(2027, 9, 1), REPORT_DUE])
    interim = award.reports[0]
    hand_in(session, world, interim, Decimal(spent), handed_in)
    found = since(session, award, Risk.UNDERSPENT, date(2027, 9, 1))
    assert found == (handed_in if is_at_risk else None)


def test_a_later_report_says_all_of_what_is_spent(session: Session, world: World) -> None:
    award = planned(session, world, [{"amount": Decimal(15_000), "due_on": FAR}], [date(2027, 9, 1), REPORT_DUE])
    hand_in(session, world, award.reports[0], Decimal(1_000), date(2027, 8, 1))
    assert since(session, award, Risk.UNDERSPENT, date(2028, 2, 1)) == date(2027, 8, 1)
    hand_in(session, world, award.reports[1], Decimal(39_000), date(2028, 1, 15))
    assert since(session, award, Risk.UNDERSPENT, date(2028, 2, 1)) is None


def hand_in(session: Session, world: World, report: Report, spent: Decimal, on: date) -> None:
    words = {"because_charges": "Moins cher que prévu.", "because_products": "Moins cher que prévu."}
    with time_machine.travel(datetime(on.year, on.month, on.day, 10, tzinfo=UTC)):
        reports.edit_report(
            session, world["applicant"], report, account=words, narrative="En cours.", spent_amount=spent
        )
        take_step(session, world["applicant"], report, "submit")


@pytest.mark.parametrize("method", ["award", "reported"])
def test_a_draft_and_a_closed_award_are_at_no_risk(session: Session, world: World, method: str) -> None:
    made = getattr(world, method)(session)
    award = made if isinstance(made, Award) else made.award
    session.flush()
    assert find(session, [award], today=date(2030, 1, 1)) == {award.id: ()}


def test_imported_history_is_at_no_risk(session: Session, world: World) -> None:
    award = world.offered_award(session)
    assert find(session, [award], today=FAR)[award.id]
    award.imported = True
    session.flush()
    assert find(session, [award], today=FAR)[award.id] == ()


# --- the list ------------------------------------------------------------------------------------------------


def test_what_lasts_longest_comes_first_and_each_award_once(session: Session, world: World) -> None:
    held = world.active_award(session)
    for tranche in held.live_tranches:
        take_step(session, world["officer"], tranche, "hold", inputs=BECAUSE)
    late = planned(session, world, [{"amount": Decimal(15_000), "due_on": FAR}], [date(2026, 12, 1), REPORT_DUE])
    offered = world.offered_award(session)
    session.flush()
    on = max(today() + timedelta(days=31), date(2027, 1, 15))

    page = page_of_awards(session, world["officer"], today=on)
    assert {item.award.id for item in page.items} == {held.id, late.id, offered.id}
    assert page.items == sorted(page.items, key=lambda item: (item.findings[0].since, item.award.id))
    assert all(list(item.findings) == sorted(item.findings, key=lambda one: one.since) for item in page.items)
    first, *others = page.items
    after = json.dumps(["after", str(first.findings[0].since), str(first.award.id)])
    cursor = base64.urlsafe_b64encode(after.encode()).decode()
    assert page_of_awards(session, world["officer"], today=on, cursor=cursor).items == others
    [of_held] = [item for item in page.items if item.award is held]
    assert [one.cause for one in of_held.findings if one.risk is Risk.TRANCHE_HELD] == held.live_tranches

    total, counted = count_awards(session, world["officer"], today=on)
    assert total == 3
    wanted = {Risk.TRANCHE_HELD: {held}, Risk.REPORT_LATE: {late}, Risk.SIGNATURE_AWAITED: {offered}}
    for risk, expected in wanted.items():
        only = page_of_awards(session, world["officer"], today=on, risk=risk)
        assert {item.award for item in only.items} == expected
        assert counted[risk] == 1
    assert counted[Risk.UNDERSPENT] == 0
    risks = risks_of(session, [held, late, offered], today=on)
    assert risks[held.id] == [Risk.TRANCHE_HELD]
    assert {number: set(of_award) for number, of_award in risks.items()} == {
        item.award.id: {one.risk for one in item.findings} for item in page.items
    }


def test_who_keeps_off_a_file_does_not_see_it(session: Session, world: World) -> None:
    award = world.offered_award(session)
    session.flush()
    on, officer = today() + timedelta(days=60), world["officer2"]
    assert [item.award for item in page_of_awards(session, officer, today=on).items] == [award]
    link = Interest(
        application=award.application, person_id=officer.person_id, kind=InterestKind.DECLARED, detail="Un lien."
    )
    session.add(link)
    session.flush()
    assert page_of_awards(session, officer, today=on).items == []
    assert count_awards(session, officer, today=on)[0] == 0
    assert count_awards(session, world["officer"], today=on)[0] == 1


def test_the_number_of_statements_does_not_grow(session: Session, world: World) -> None:
    def make() -> None:
        award = world.active_award(session)
        take_step(session, world["officer"], award.live_tranches[0], "hold", inputs=BECAUSE)
        session.commit()

    def look() -> None:
        session.expunge_all()
        items = page_of_awards(session, world["officer"], today=date(2028, 7, 9)).items
        assert all(one.award.beneficiary.bank_account for item in items for one in item.findings)

    make()
    one = count_statements(look)
    make()
    make()
    assert count_statements(look) == one


def test_rows_are_paged_both_ways(session: Session, world: World) -> None:
    for _ in range(4):
        world.make_call(session)
    session.flush()
    listed = select(Call.id.label("number"), func.length(Call.reference, type_=Integer).label("size")).subquery()
    query, order = select(listed), Order((listed.c.size, listed.c.number), descending=False)
    first = paginate_rows(session, query, order, limit=2)
    second = paginate_rows(session, query, order, limit=2, cursor=first.next_cursor)
    third = paginate_rows(session, query, order, limit=2, cursor=second.next_cursor)
    numbers = [row.number for page in (first, second, third) for row in page.items]
    assert numbers == sorted(session.scalars(select(Call.id)))
    assert (first.previous_cursor, third.next_cursor) == (None, None)
    back = paginate_rows(session, query, order, limit=2, cursor=third.previous_cursor)
    assert back.items == second.items
    with pytest.raises(InvalidInput):
        paginate_rows(session, query, order, cursor="perdu")
