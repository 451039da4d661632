"""Amendments: what they change of an award in force, and what they cannot."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.documents.agreement import agreement_pdf
from fund.errors import Conflict, InvalidInput, StaleVersion
from fund.models import Agreement, AuditEvent, Award
from fund.models.base import utc_now
from fund.services import agreements, awards, journal, reports
from fund.services.agreement_terms import describe_terms
from fund.services.holds import refresh_holds
from fund.services.ledger import balances
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from tests.agreeing import BECAUSE, represent_all
from tests.documents.reading import Paper
from tests.scenario import World
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.disbursement import DisbursementState
from workflows.engine import StepRefused
from workflows.ledger import LedgerAccount
from workflows.report import ReportState

Terms = dict[str, Any]


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """In force, in two tranches of 10,000 and 5,000 euros, the first of which is paid; 20,000 were asked for."""
    award = world.active_award(session)
    world.pay(session, award.live_tranches[0])
    return award


def amended(session: Session, world: World, award: Award, **changes: Any) -> Agreement:
    """A draft that changes the terms so."""
    terms = describe_terms(award) | changes
    return agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")


def conclude(session: Session, world: World, award: Award) -> Agreement:
    world.send_agreement(session, award)
    return world.sign_agreement(session, award)


def line(amount: int | str, due_on: str | None = None, *conditions: dict[str, Any]) -> Terms:
    return {"amount": Decimal(amount), "due_on": due_on, "conditions": list(conditions)}


def refused(act: Callable[[], object]) -> dict[str, list[Any]]:
    with pytest.raises(InvalidInput) as refusal:
        act()
    return refusal.value.errors


# --- what it changes -----------------------------------------------------------------------------------------


def test_it_raises_the_award_at_the_last_signature(session: Session, world: World, award: Award) -> None:
    first = describe_terms(award)["tranches"][0]
    draft = amended(session, world, award, amount=Decimal(18_000), tranches=[first, line(5_000), line(3_000)])
    assert (draft.number, draft.amount, award.amount) == (1, Decimal(18_000), Decimal(15_000))
    world.send_agreement(session, award)
    assert award.amount == Decimal(15_000)
    world.sign_agreement(session, award)
    assert (award.amount, award.tranche_total) == (Decimal(18_000), Decimal(18_000))
    assert [t.amount for t in award.live_tranches] == [Decimal(10_000), Decimal(5_000), Decimal(3_000)]
    session.commit()  # the triggers agree
    event = session.scalars(select(AuditEvent).where(AuditEvent.body["action"].astext == "award.amend")).one()
    assert event.body["details"]["amendment"] == draft.reference
    assert journal.verify_subject(session, award) is None


def test_it_lowers_the_award_and_frees_the_envelope(session: Session, world: World, award: Award) -> None:
    before = award.call.remaining_envelope()
    amended(session, world, award, amount=Decimal(10_000), tranches=describe_terms(award)["tranches"][:1])
    conclude(session, world, award)
    session.commit()
    assert award.call.remaining_envelope() == before + 5_000
    assert [t.state for t in award.disbursements] == [DisbursementState.PAID, DisbursementState.CANCELLED]
    assert balances(session, award_id=award.id)[LedgerAccount.COMMITTED] == 0


def test_it_changes_days_and_reports_and_conditions(session: Session, world: World, award: Award) -> None:
    first = describe_terms(award)["tranches"][0]
    proof = {"kind": "cofinancing_proven", "label": "arrêté de la région", "report": None}
    amended(
        session,
        world,
        award,
        ends_on=date(2028, 6, 30),
        tranches=[first, line(5_000, "2028-03-01", {"kind": "report_accepted", "label": "", "report": 1}, proof)],
        reports=[{"due_on": date(2028, 1, 31)}, {"due_on": date(2029, 6, 30)}],
    )
    conclude(session, world, award)
    session.commit()
    assert award.ends_on == date(2028, 6, 30)
    assert [(r.due_on, r.final) for r in award.reports] == [(date(2028, 1, 31), False), (date(2029, 6, 30), True)]
    tranche = award.live_tranches[1]
    assert tranche.due_on == date(2028, 3, 1)
    assert [(c.kind.value, c.label, c.report) for c in tranche.conditions] == [
        ("report_accepted", "", award.reports[0]),
        ("cofinancing_proven", "arrêté de la région", None),
    ]


def test_a_tranche_that_was_due_waits_again_for_what_is_asked_now(
    session: Session, world: World, award: Award
) -> None:
    tranche = award.live_tranches[1]
    take_step(session, world["officer"], tranche, "release")
    first = describe_terms(award)["tranches"][0]
    amended(session, world, award, tranches=[first, line(5_000, "2031-01-01")])
    conclude(session, world, award)
    assert tranche.state is DisbursementState.PLANNED
    with pytest.raises(StepRefused):
        take_step(session, world["officer"], tranche, "release")


def test_what_was_proven_stays_proven(session: Session, world: World, award: Award) -> None:
    proof = {"kind": "cofinancing_proven", "label": "arrêté", "report": None}
    first = describe_terms(award)["tranches"][0]
    amended(session, world, award, tranches=[first, line(5_000, None, proof)])
    conclude(session, world, award)
    (condition,) = award.live_tranches[1].conditions
    condition.met_at, condition.met_by_id = utc_now(), world.people["officer"]
    expenses = {"kind": "expense_evidence", "label": "", "report": None}
    amended(session, world, award, tranches=[first, line(5_000, "2026-06-01", proof, expenses)])
    conclude(session, world, award)
    kept, added = award.live_tranches[1].conditions
    assert (kept, kept.is_met, added.is_met) == (condition, True, False)


def test_a_report_that_has_more_time_is_late_no_more(session: Session, world: World, award: Award) -> None:
    tranche = award.live_tranches[1]
    take_step(session, world["officer"], tranche, "release")
    with time_machine.travel(date(2028, 8, 1)):
        refresh_holds(session, award)
        assert tranche.state is DisbursementState.HELD
        amended(session, world, award, reports=[{"due_on": date(2029, 6, 30)}])
        conclude(session, world, award)
        assert award.live_tranches[1].state is DisbursementState.PLANNED


def test_a_report_handed_in_keeps_its_place(session: Session, world: World, award: Award) -> None:
    amended(session, world, award, reports=[{"due_on": date(2027, 6, 30)}, {"due_on": date(2028, 6, 30)}])
    conclude(session, world, award)
    interim = award.reports[0]
    world.verified_account(session, award.beneficiary)
    reports.edit_report(
        session, world["applicant"], interim, narrative="À mi-chemin.", spent_amount=Decimal(8_000)
    )
    take_step(session, world["applicant"], interim, "submit")
    later = [{"due_on": date(2027, 12, 31)}, {"due_on": date(2028, 6, 30)}]
    assert refused(lambda: amended(session, world, award, reports=later)) == {"reports": ["report_handed_in"]}
    kept = [{"due_on": interim.due_on}, {"due_on": date(2028, 1, 31)}, {"due_on": date(2028, 12, 31)}]
    amended(session, world, award, reports=kept)
    conclude(session, world, award)
    assert [(r.state, r.due_on, r.final) for r in award.reports] == [
        (ReportState.SUBMITTED, date(2027, 6, 30), False),
        (ReportState.EXPECTED, date(2028, 1, 31), False),
        (ReportState.EXPECTED, date(2028, 12, 31), True),
    ]


def test_the_former_text_stays_and_the_new_one_names_it(session: Session, world: World, award: Award) -> None:
    base = award.agreements[0]
    digest = base.facts_sha256
    amended(session, world, award, ends_on=date(2028, 6, 30))
    one = conclude(session, world, award)
    assert (base.state, base.facts_sha256) == (AgreementState.SIGNED, digest)
    amended(session, world, award, ends_on=date(2028, 12, 31))
    two = world.send_agreement(session, award)
    assert two.facts is not None
    assert two.facts["amends"]["reference"] == base.reference
    assert [earlier["number"] for earlier in two.facts["amends"]["earlier"]] == [one.number]
    assert two.facts["amends"]["terms"]["ends_on"] == "2028-06-30"
    assert two.facts["budget"] is None
    text = Paper(agreement_pdf(two.facts, signatures=None, language="fr", instant=utc_now())).text
    for said in ("Avenant n° 2", base.reference, "Une crue.", "31 décembre 2028"):
        assert said in text
    assert "désormais de" not in text  # the rate is the call's, which no amendment changes


def test_settings_of_the_agreement_are_kept(session: Session, world: World, award: Award) -> None:
    base = award.agreements[0]
    draft = amended(session, world, award, ends_on=date(2028, 6, 30))
    assert (draft.fund_signatory, draft.locale) == (base.fund_signatory, base.locale)


def test_a_suspended_award_is_amended_too(session: Session, world: World, award: Award) -> None:
    take_step(session, world["officer"], award, "suspend", inputs=BECAUSE)
    amended(session, world, award, ends_on=date(2028, 6, 30))
    conclude(session, world, award)
    assert (award.state, award.ends_on) == (AwardState.SUSPENDED, date(2028, 6, 30))


# --- what it cannot ------------------------------------------------------------------------------------------


def test_terms_that_cannot_be_are_refused(session: Session, world: World, award: Award) -> None:
    first = describe_terms(award)["tranches"][0]
    report = {"kind": "report_accepted", "label": "", "report": 2}
    for changes, errors in (
        ({"amount": Decimal(9_000)}, {"amount": ["amount_below_ordered"]}),
        ({"amount": Decimal(20_001)}, {"amount": ["amount_beyond_request"]}),
        ({"amount": Decimal(16_000)}, {"tranches": ["schedule_unbalanced"]}),
        ({"tranches": [line(15_000)]}, {"tranches": ["tranche_ordered"]}),
        ({"tranches": [first, line(6_000), line(-1_000)]}, {"tranches": ["amount_too_small"]}),
        ({"tranches": [first, line(5_000, None, report)]}, {"tranches": ["condition_report_unknown"]}),
        ({"reports": []}, {"reports": ["reports_missing"]}),
        (
            {"reports": [{"due_on": date(2028, 6, 30)}, {"due_on": date(2028, 6, 30)}]},
            {"reports": ["reports_disordered"]},
        ),
        ({"ends_on": date(2020, 1, 1), "starts_on": date(2021, 1, 1)}, {"ends_on": ["period_disordered"]}),
    ):
        assert refused(lambda changes=changes: amended(session, world, award, **changes)) == errors  # type: ignore[misc]
    assert len(award.agreements) == 1


def test_no_more_than_the_envelope_has(session: Session, world: World, award: Award) -> None:
    award.call.envelope = Decimal(17_000)
    session.flush()
    first = describe_terms(award)["tranches"][0]
    errors = refused(lambda: amended(session, world, award, amount=Decimal(17_001), tranches=[first, line(7_001)]))
    assert errors == {"amount": ["amount_beyond_envelope"]}
    assert errors["amount"][0].params == {"available": Decimal(2_000)}


def test_a_reason_an_officer_and_one_at_a_time(session: Session, world: World, award: Award) -> None:
    terms = describe_terms(award)
    with pytest.raises(NotPermitted):
        agreements.draft_amendment(session, world["finance"], award, terms=terms, reason="Une crue.")
    assert refused(
        lambda: agreements.draft_amendment(session, world["officer"], award, terms=terms, reason=" ")
    ) == {"reason": ["required"]}
    with pytest.raises(StaleVersion):
        agreements.draft_amendment(
            session, world["officer"], award, terms=terms, reason="Une crue.", expected_version=1
        )
    amended(session, world, award)
    with pytest.raises(Conflict, match="amendment_open"):
        amended(session, world, award)


@pytest.mark.parametrize("method", ["award", "offered_award"])
def test_only_an_award_in_force_is_amended(session: Session, world: World, method: str) -> None:
    award = getattr(world, method)(session)
    with pytest.raises(Conflict, match="award_not_amendable"):
        amended(session, world, award)


def test_a_dropped_draft_gives_its_number_back(session: Session, world: World, award: Award) -> None:
    draft = amended(session, world, award)
    take_step(session, world["officer"], draft, "drop")
    assert amended(session, world, award).number == draft.number == 1
    session.commit()
    with pytest.raises(StepRefused):
        take_step(session, world["officer"], award.agreements[0], "drop")


def test_a_draft_is_corrected_within_the_same_bounds(session: Session, world: World, award: Award) -> None:
    draft = amended(session, world, award)
    terms = describe_terms(award) | {"ends_on": date(2029, 1, 31)}
    agreements.edit(session, world["officer"], draft, terms=terms, reason="Deux crues.")
    assert (draft.terms["ends_on"], draft.reason) == ("2029-01-31", "Deux crues.")
    for fields in ({"terms": terms | {"amount": Decimal(1)}}, {"reason": ""}):
        refused(lambda fields=fields: agreements.edit(session, world["officer"], draft, **fields))  # type: ignore[misc]


def test_a_refused_amendment_leaves_everything_as_it_was(session: Session, world: World, award: Award) -> None:
    draft = amended(session, world, award, ends_on=date(2028, 6, 30))
    world.send_agreement(session, award)
    take_step(session, world["applicant"], draft, "refuse", inputs=BECAUSE)
    assert (award.state, award.ends_on) == (AwardState.ACTIVE, date(2027, 12, 31))
    assert amended(session, world, award).number == 2


# --- what happens while the paper goes round -----------------------------------------------------------------


def test_a_tranche_ordered_meanwhile_with_its_amount_is_no_hindrance(
    session: Session, world: World, award: Award
) -> None:
    first, second = describe_terms(award)["tranches"]
    amended(session, world, award, amount=Decimal(16_000), tranches=[first, second, line(1_000)])
    world.send_agreement(session, award)
    tranche = award.live_tranches[1]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    world.sign_agreement(session, award)
    assert [(t.amount, t.state) for t in award.live_tranches] == [
        (Decimal(10_000), DisbursementState.PAID),
        (Decimal(5_000), DisbursementState.ORDERED),
        (Decimal(1_000), DisbursementState.PLANNED),
    ]


def test_a_tranche_ordered_meanwhile_with_another_amount_stops_it(
    session: Session, world: World, award: Award
) -> None:
    first = describe_terms(award)["tranches"][0]
    draft = amended(session, world, award, tranches=[first, line(4_000), line(1_000)])
    world.send_agreement(session, award)
    tranche = award.live_tranches[1]
    take_step(session, world["officer"], tranche, "release")
    take_step(session, world["officer"], tranche, "order")
    session.commit()
    with pytest.raises(Conflict, match="tranche_ordered"):
        world.sign_agreement(session, award)
    session.rollback()
    assert draft.state is AgreementState.SENT
    take_step(session, world["officer"], draft, "withdraw", inputs=BECAUSE)
    # It names the tranche that nothing can change any more, so it is not sent as it stands.
    assert refused(lambda: take_step(session, world["officer"], draft, "send")) == {
        "tranches": ["tranche_ordered"]
    }


def test_an_award_reduced_meanwhile_stops_it(session: Session, world: World, award: Award) -> None:
    amended(session, world, award, ends_on=date(2028, 6, 30))
    world.send_agreement(session, award)
    awards.reduce(session, world["officer"], award, Decimal(12_000), reason="Moins dépensé.")
    with pytest.raises(Conflict, match="terms_changed"):
        world.sign_agreement(session, award)


def test_accounts_do_not_close_under_an_open_amendment(session: Session, world: World) -> None:
    report = world.submitted_report(session)
    draft = amended(session, world, report.award, ends_on=date(2028, 6, 30))
    take_step(session, world["officer"], report, "accept")
    assert report.award.is_active
    with pytest.raises(StepRefused):
        take_step(session, world["officer"], report.award, "close")
    take_step(session, world["officer"], draft, "drop")
    assert report.award.state is AwardState.CLOSED


def test_a_cancelled_award_ends_its_amendment(session: Session, world: World) -> None:
    award = world.active_award(session)
    draft = amended(session, world, award, ends_on=date(2028, 6, 30))
    world.send_agreement(session, award)
    take_step(session, world["officer"], award, "cancel", inputs=BECAUSE)
    assert draft.state is AgreementState.DROPPED


def test_every_member_signs_an_amendment_too(session: Session, world: World, award: Award) -> None:
    represent_all(session, award)
    amended(session, world, award, ends_on=date(2028, 6, 30))
    sent = world.send_agreement(session, award, every_member=True)
    assert len(agreements.missing_signers(sent)) == 3
    world.sign_agreement(session, award)
    assert award.ends_on == date(2028, 6, 30)


def test_it_is_dated_by_its_last_signature(session: Session, world: World, award: Award) -> None:
    amended(session, world, award, ends_on=date(2028, 6, 30))
    world.send_agreement(session, award)
    with time_machine.travel(utc_now() + timedelta(days=10)):
        signed = world.sign_agreement(session, award)
        assert signed.signed_on == utc_now().date()
    assert award.signed_on != signed.signed_on
