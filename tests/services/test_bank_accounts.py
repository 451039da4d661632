"""Bank details: entered by one person, verified by another, and payments frozen meanwhile."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import AuditEvent, Award, BankAccount, Disbursement, Document, Organisation, OutboxRow
from fund.services import bank_accounts, interests
from fund.services.access import find, find_document
from fund.services.bank_accounts import Paper
from fund.services.documents import Upload
from fund.services.journal import verify_subject
from fund.services.perform import NotPermitted, perform
from fund.services.steps import take_step
from tests import documented
from tests.scenario import BIC, IBAN, World
from tests.services.racing import race
from tests.storage.samples import ooxml, pdf
from workflows.bank_account import BankAccountState, VerifiedHow
from workflows.disbursement import DisbursementState, DisbursementStep, HoldCause
from workflows.engine import StepForbidden, StepRefused, StepUnavailable
from workflows.permissions import SYSTEM
from workflows.reasons import ReasonCode
from workflows.topics import Topic

OTHER_IBAN = "FR1420041010050500013M02606"
OTHER_BIC = "PSSTFRPPTOU"
VERIFIED = {"verified_how": VerifiedHow.CALL_BACK, "verified_note": "Appel au secrétariat."}
BECAUSE = {"reason": "Le titulaire ne correspond pas."}

Enter = Callable[..., BankAccount]


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """In force, with verified bank details."""
    return world.active_award(session)


@pytest.fixture
def enter(session: Session, world: World) -> Enter:
    """Enter other details of the beneficiary, as its author unless somebody else is named."""

    def run(organisation: Organisation, who: str = "applicant", **given: Any) -> BankAccount:
        values = {"holder": organisation.name, "iban": OTHER_IBAN, "bic": OTHER_BIC, **given}
        return bank_accounts.propose(session, world[who], organisation, **values)

    return run


def told(session: Session, topic: Topic, account: BankAccount | None = None) -> set[int]:
    query = select(OutboxRow.recipient_id).where(OutboxRow.topic == topic)
    if account is not None:
        query = query.where(OutboxRow.subject_id == account.id)
    return {one for one in session.scalars(query) if one is not None}


def codes(refusal: StepRefused) -> list[ReasonCode]:
    return [reason.code for reason in refusal.reasons]


# --- entering ------------------------------------------------------------------------------------------------


def test_an_author_enters_and_everybody_concerned_is_told(
    session: Session, world: World, award: Award, enter: Enter
) -> None:
    account = enter(award.beneficiary, iban="fr14 2004 1010 0505 0001 3m02 606")
    assert account.state is BankAccountState.PROPOSED
    assert (account.iban, account.bic, account.entered_by_id) == (OTHER_IBAN, OTHER_BIC, world.people["applicant"])
    assert award.beneficiary.has_unverified_account
    concerned = {world.people[name] for name in ("applicant", "officer", "officer2", "finance")}
    assert told(session, Topic.BANK_ACCOUNT_PROPOSED, account) == concerned
    row = session.scalars(
        select(OutboxRow).where(
            OutboxRow.recipient_id == world.people["applicant"], OutboxRow.subject_id == account.id
        )
    ).one()
    assert row.payload["iban"] == "FR •••• 2606"
    assert OTHER_IBAN not in str(row.payload)


def test_the_iban_stays_out_of_the_chain(session: Session, award: Award, enter: Enter) -> None:
    account = enter(award.beneficiary)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.subject_type == "bank_account", AuditEvent.subject_id == account.id)
    ).one()
    assert OTHER_IBAN not in str(event.body)
    assert event.personal is not None
    assert event.personal.data["changes"]["iban"] == [None, OTHER_IBAN]
    assert verify_subject(session, account) is None


def test_without_a_bic_the_list_of_banks_gives_it(award: Award, enter: Enter) -> None:
    account = enter(award.beneficiary, bic=" ")
    assert account.bic.startswith("PSST")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"iban": "FR14 2004 1010 0505 0001 3M02 607"}, "iban", "iban_checksum"),
        ({"iban": "12345"}, "iban", "iban_malformed"),
        ({"iban": "SA0380000000608010167519"}, "iban", "iban_not_sepa"),
        ({"bic": "PSST"}, "bic", "bic_malformed"),
        ({"bic": "DEUTDEFF"}, "bic", "bic_not_of_iban"),
        ({"iban": "LT121000011101001000", "bic": ""}, "bic", "bic_needed"),
        ({"holder": "  "}, "holder", "required"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    award: Award, enter: Enter, given: dict[str, str], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        enter(award.beneficiary, **given)
    assert refusal.value.errors[field] == [code]
    assert not award.beneficiary.has_unverified_account


def test_what_is_in_force_or_waits_is_not_entered_again(award: Award, enter: Enter) -> None:
    with pytest.raises(Conflict, match="account_unchanged"):
        enter(award.beneficiary, iban=IBAN, bic=BIC)
    enter(award.beneficiary)
    with pytest.raises(Conflict, match="account_waits"):
        enter(award.beneficiary, "officer", iban="FR7610107001011234567890129", bic="BREDFRPP")


@pytest.mark.parametrize("name", ["stranger", "reviewer", "auditor", "admin", "partner"])
def test_others_do_not_enter(session: Session, award: Award, enter: Enter, name: str) -> None:
    with pytest.raises(NotPermitted):
        enter(award.beneficiary, name)
    session.flush()
    assert [account.state for account in award.beneficiary.bank_accounts] == [BankAccountState.VERIFIED]


def test_whoever_keeps_off_a_file_of_the_organisation_neither_enters_nor_sees_nor_is_told(
    session: Session, world: World, award: Award, enter: Enter
) -> None:
    interests.declare(session, world["officer2"], award.application, "Mon voisin.")
    with pytest.raises(Conflict, match="kept_off"):
        enter(award.beneficiary, "officer2")
    account = enter(award.beneficiary)
    assert world.people["officer"] in told(session, Topic.BANK_ACCOUNT_PROPOSED, account)
    assert world.people["officer2"] not in told(session, Topic.BANK_ACCOUNT_PROPOSED, account)
    with pytest.raises(NotFound):
        find(session, world["officer2"], BankAccount, account.reference)
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["officer2"], account, "verify", inputs=VERIFIED)
    assert codes(refusal.value) == [ReasonCode.CONFLICT_OF_INTEREST]


# --- the bank's paper ----------------------------------------------------------------------------------------


def test_the_paper_is_kept_for_the_alliance_and_the_fund_alone(
    session: Session, world: World, award: Award, enter: Enter, tmp_path: Path
) -> None:
    paper = Paper(award.application, Upload("rib.pdf", BytesIO(pdf())), documented.desk(tmp_path / "store"))
    account = enter(award.beneficiary, paper=paper)
    assert account.document is not None
    assert account.document.slot == f"bank.{account.id}"
    assert not account.document.is_of_deposit
    for name in ("applicant", "officer", "finance", "auditor"):
        assert find_document(session, world[name], account.document.reference) is account.document
    for name in ("reviewer", "member", "stranger"):
        with pytest.raises(NotFound):
            find_document(session, world[name], account.document.reference)
    assert verify_subject(session, account) is None


def test_a_paper_of_another_kind_is_refused(session: Session, award: Award, enter: Enter, tmp_path: Path) -> None:
    upload = Upload("rib.docx", BytesIO(ooxml("docx")))
    with pytest.raises(InvalidInput) as refusal:
        enter(award.beneficiary, paper=Paper(award.application, upload, documented.desk(tmp_path / "store")))
    assert refusal.value.errors["file"] == ["file_kind"]
    assert session.scalars(select(Document).where(Document.slot.like("bank.%"))).all() == []


# --- verifying -----------------------------------------------------------------------------------------------


def test_a_second_person_verifies_and_the_former_account_ends(
    session: Session, world: World, award: Award, enter: Enter
) -> None:
    former = award.beneficiary.bank_account
    assert former is not None
    account = enter(award.beneficiary)
    take_step(session, world["finance"], account, "verify", inputs=VERIFIED)
    session.expire_all()
    assert award.beneficiary.bank_account is account
    assert (account.verified_how, account.verified_note) == (VerifiedHow.CALL_BACK, "Appel au secrétariat.")
    assert account.verified_by_id == world.people["finance"]
    assert account.verified_at is not None
    assert former.state is BankAccountState.CLOSED
    assert not award.beneficiary.has_unverified_account
    assert world.people["applicant"] in told(session, Topic.BANK_ACCOUNT_VERIFIED)
    # That it was replaced is no news of its own.
    assert told(session, Topic.BANK_ACCOUNT_CLOSED) == set()


def test_whoever_entered_does_not_verify(session: Session, world: World, award: Award, enter: Enter) -> None:
    account = enter(award.beneficiary, "officer")
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["officer"], account, "verify", inputs=VERIFIED)
    assert codes(refusal.value) == [ReasonCode.BANK_DETAILS_OWN]
    session.flush()
    account.verified_by_id = account.entered_by_id
    with pytest.raises(IntegrityError, match="two_people"):
        session.flush()


@pytest.mark.parametrize("name", ["applicant", "auditor", "admin", "reviewer"])
def test_others_do_not_verify(session: Session, world: World, award: Award, enter: Enter, name: str) -> None:
    account = enter(award.beneficiary, "officer")
    with pytest.raises(StepForbidden):
        take_step(session, world[name], account, "verify", inputs=VERIFIED)


def test_the_other_channel_is_named(session: Session, world: World, award: Award, enter: Enter) -> None:
    account = enter(award.beneficiary)
    with pytest.raises(StepRefused) as refusal:
        take_step(session, world["finance"], account, "verify", inputs={**VERIFIED, "verified_note": " "})
    assert codes(refusal.value) == [ReasonCode.BANK_CHANNEL_MISSING]


def test_rejected_details_leave_the_former_in_force(
    session: Session, world: World, award: Award, enter: Enter
) -> None:
    former = award.beneficiary.bank_account
    account = enter(award.beneficiary)
    take_step(session, world["officer"], account, "reject", inputs=BECAUSE)
    session.expire_all()
    assert award.beneficiary.bank_account is former
    assert not award.beneficiary.has_unverified_account
    assert world.people["applicant"] in told(session, Topic.BANK_ACCOUNT_REJECTED)
    again = enter(award.beneficiary)
    assert again.state is BankAccountState.PROPOSED


def test_a_closed_account_is_asked_for_again(session: Session, world: World, award: Award) -> None:
    account = award.beneficiary.bank_account
    assert account is not None
    with pytest.raises(StepForbidden):
        take_step(session, world["officer"], account, "close", inputs=BECAUSE)
    take_step(session, world["finance"], account, "close", inputs=BECAUSE)
    session.expire_all()
    assert award.beneficiary.bank_account is None
    assert world.people["applicant"] in told(session, Topic.BANK_ACCOUNT_CLOSED)


def test_the_funds_own_account_is_seen_to_by_its_own_people(session: Session, world: World, enter: Enter) -> None:
    [funder] = bank_accounts.funders(session)
    for name in ("officer", "finance"):
        world.person(session, name).organisation_id = funder.id
    session.flush()
    account = enter(funder, "finance")
    with pytest.raises(StepRefused):
        take_step(session, world["finance"], account, "verify", inputs=VERIFIED)
    take_step(session, world["officer"], account, "verify", inputs=VERIFIED)
    session.expire_all()
    assert funder.bank_account is account
    with pytest.raises(NotFound):
        find(session, world["applicant"], BankAccount, account.reference)


def test_an_account_of_two_organisations_is_pointed_out(
    session: Session, world: World, award: Award, enter: Enter
) -> None:
    town = session.get_one(Organisation, world.town_id)
    theirs = enter(town, "officer", iban=IBAN, bic=BIC)
    account = award.beneficiary.bank_account
    assert account is not None
    assert bank_accounts.accounts_elsewhere(session, world["finance"], account) == [theirs]


# --- at once -------------------------------------------------------------------------------------------------


@pytest.fixture
def proposed_id(factory: SessionFactory, world: World) -> int:
    """Changed details that wait, committed; the tranche before them is approved no more."""
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        lead = award.beneficiary
        account = bank_accounts.propose(
            session, world["applicant"], lead, holder=lead.name, iban=OTHER_IBAN, bic=OTHER_BIC
        )
        return account.id


def test_of_two_who_verify_at_once_one_wins(factory: SessionFactory, world: World, proposed_id: int) -> None:
    def verify_as(name: str) -> Callable[[Session, Barrier], str]:
        def act(session: Session, barrier: Barrier) -> str:
            account = session.get_one(BankAccount, proposed_id)
            barrier.wait()
            take_step(session, world[name], account, "verify", inputs=VERIFIED)
            return name

        return act

    results = race(factory, verify_as("finance"), verify_as("officer"))
    assert sorted(isinstance(one, StepUnavailable) for one in results) == [False, True]
    with factory() as session:
        states = [one.state for one in session.scalars(select(BankAccount).order_by(BankAccount.id))]
        assert states == [BankAccountState.CLOSED, BankAccountState.VERIFIED]


def test_of_two_changes_at_once_one_is_taken(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        lead_id = world.active_award(session).beneficiary_id

    def change(session: Session, barrier: Barrier) -> str:
        lead = session.get_one(Organisation, lead_id)
        barrier.wait()
        bank_accounts.propose(session, world["applicant"], lead, holder=lead.name, iban=OTHER_IBAN, bic=OTHER_BIC)
        return "entered"

    results = race(factory, change, change)
    losses = [one for one in results if one != "entered"]
    assert len(losses) == 1
    assert isinstance(losses[0], Conflict)
    assert losses[0].code == "account_waits"


def test_a_change_and_a_transfer_at_once_leave_nothing_on_the_way_to_unverified_details(
    factory: SessionFactory, world: World
) -> None:
    """Whoever comes first: the tranche is with the bank on the old account, or held and not sent."""
    with unit_of_work(factory) as session:
        award = world.active_award(session)
        tranche = award.live_tranches[0]
        take_step(session, world["officer"], tranche, "release")
        take_step(session, world["officer"], tranche, "order")
        take_step(session, world["finance"], tranche, "approve")
        lead_id, tranche_id = award.beneficiary_id, tranche.id

    def change(session: Session, barrier: Barrier) -> str:
        lead = session.get_one(Organisation, lead_id)
        barrier.wait()
        bank_accounts.propose(session, world["applicant"], lead, holder=lead.name, iban=OTHER_IBAN, bic=OTHER_BIC)
        return "changed"

    def send(session: Session, barrier: Barrier) -> str:
        found = session.get_one(Disbursement, tranche_id)
        barrier.wait()
        perform(session, SYSTEM, found, DisbursementStep.SEND)
        return "sent"

    changed, sent = race(factory, change, send)
    assert changed == "changed"
    with factory() as session:
        found = session.get_one(Disbursement, tranche_id)
        if sent == "sent":
            assert found.state is DisbursementState.SENT
        else:
            assert isinstance(sent, StepRefused | StepUnavailable)
            assert (found.state, found.hold_cause) == (DisbursementState.HELD, HoldCause.BANK_DETAILS)
