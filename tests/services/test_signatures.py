"""How agreements are signed: with an account, by link, on paper; refused, taken back, proven."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict, InvalidInput
from fund.models import Agreement, AuditEvent, Award, LinkPurpose, PersonalLink, Side
from fund.models.base import utc_now
from fund.services import agreements, awards, journal, signatures
from fund.services.documents import Desk, Upload
from fund.services.links import LIFE, LinkExpired, LinkRevoked, follow_link, text_of
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from fund.storage.blobs import BlobStore
from tests.agreeing import BECAUSE, PDF, ask_contract, link_of, represent_all, sign, sign_by_link, topics_to
from tests.scenario import World
from tests.services.racing import race
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.engine import StepForbidden, StepRefused


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """A draft award whose call asks for the republican contract."""
    award = world.award(session)
    ask_contract(award)
    return award


@pytest.fixture
def sent(session: Session, world: World, award: Award) -> Agreement:
    return world.send_agreement(session, award)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(BlobStore(f"file://{tmp_path}"), scans=False)


# --- signing -------------------------------------------------------------------------------------------------


def test_the_lead_signs_and_everything_is_in_force(session: Session, world: World, sent: Agreement) -> None:
    event = sign(session, world, sent)
    assert sent.state is AgreementState.SIGNED
    assert sent.award.state is AwardState.ACTIVE
    assert sent.signed_on == sent.award.signed_on
    signature = sent.signatures[-1]
    assert (signature.side, signature.name, signature.email) == (
        Side.MEMBER,
        "Camille Essai",
        "applicant@essai.example",
    )
    assert signature.accepts_contract
    assert signature.journal_hash == event.hash.hex()
    assert event.body["details"] == {
        "member": "Association d'essai",
        "facts_sha256": sent.facts_sha256,
        "contract": True,
    }
    assert "Camille" not in str(event.body)
    assert journal.verify_subject(session, sent) is None
    told = topics_to(session, sent)[2:]
    assert ("agreement.signed", "applicant@essai.example") in told
    assert {address for topic, address in told if topic == "award.signed"} == {
        "officer@fonds.example",
        "officer2@fonds.example",
    }
    # Whoever signs with an account finds it there.
    assert ("agreement.signed", "contact@essai.example") not in told


def test_where_every_member_signs_the_last_one_puts_it_in_force(
    session: Session, world: World, award: Award
) -> None:
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    assert [topic for topic, _ in topics_to(session, sent)].count("agreement.sent") == 4
    sign_by_link(session, link_of(session, sent, 2), sent)
    sign(session, world, sent)
    assert sent.award.state is AwardState.OFFERED
    assert [m.organisation_id for m in agreements.missing_signers(sent)] == [world.town_id]
    sign_by_link(session, link_of(session, sent, 1), sent, name="Sacha Essai")
    assert sent.state is AgreementState.SIGNED
    assert sent.signatures[-1].person_id is None
    assert sent.signatures[-1].email == "personne1@essai.example"
    # Whoever signed by a link is sent one to what is in force now.
    signed = [address for topic, address in topics_to(session, sent) if topic == "agreement.signed"]
    assert signed == ["applicant@essai.example", "personne1@essai.example", "personne2@essai.example"]


@pytest.mark.parametrize("name", ["stranger", "officer", "finance", "partner"])
def test_only_its_signatory_signs_for_the_lead(session: Session, world: World, sent: Agreement, name: str) -> None:
    with pytest.raises(NotPermitted):
        signatures.sign_as(
            session,
            world[name],
            sent,
            sent.signers[0],
            digest=sent.facts_sha256 or "",
            name="X",
            function="",
            accepts_contract=True,
        )


def test_with_an_account_one_signs_for_the_lead_alone(session: Session, world: World, award: Award) -> None:
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    with pytest.raises(NotPermitted):
        signatures.sign_as(
            session,
            world["applicant"],
            sent,
            sent.signers[1],
            digest=sent.facts_sha256 or "",
            name="X",
            function="",
            accepts_contract=True,
        )


def test_what_was_not_read_is_not_signed(session: Session, world: World, sent: Agreement) -> None:
    with pytest.raises(Conflict, match="agreement_changed"):
        sign(session, world, sent, digest="0" * 64)
    with pytest.raises(InvalidInput) as refusal:
        sign(session, world, sent, name="  ")
    assert refusal.value.errors == {"name": ["required"]}
    assert len(sent.signatures) == 1


def test_nobody_signs_twice(session: Session, world: World, award: Award) -> None:
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    sign(session, world, sent)
    with pytest.raises(Conflict, match="already_signed"):
        sign(session, world, sent)
    with pytest.raises(Conflict, match="already_signed"):
        signatures.refuse_by_link(session, link_of(session, sent), name="X", reason="Non.")


def test_of_two_who_sign_for_the_lead_at_once_one_is_told(
    session: Session, factory: SessionFactory, world: World, sent: Agreement
) -> None:
    number, link = sent.id, link_of(session, sent).id
    session.commit()

    def with_account(own: Session, barrier: Barrier) -> str:
        agreement = own.get_one(Agreement, number)
        barrier.wait()
        sign(own, world, agreement)
        return "signed"

    def by_link(own: Session, barrier: Barrier) -> str:
        agreement, followed = own.get_one(Agreement, number), own.get_one(PersonalLink, link)
        barrier.wait()
        sign_by_link(own, followed, agreement)
        return "signed"

    results = race(factory, with_account, by_link)
    assert results.count("signed") == 1
    (refusal,) = [result for result in results if result != "signed"]
    assert isinstance(refusal, Conflict)
    assert refusal.code == "agreement_not_sent"
    with unit_of_work(factory) as own:
        agreement = own.get_one(Agreement, number)
        assert len(agreement.signatures) == 2
        assert agreement.award.state is AwardState.ACTIVE


# --- links ---------------------------------------------------------------------------------------------------


def test_a_link_lives_sixty_days_and_another_takes_its_place(
    session: Session, world: World, sent: Agreement
) -> None:
    link = link_of(session, sent)
    shown = text_of(link, "secret")
    assert LIFE[LinkPurpose.AGREEMENT] == timedelta(days=60)
    assert follow_link(session, shown, "secret", LinkPurpose.AGREEMENT) is link
    with time_machine.travel(utc_now() + timedelta(days=61)), pytest.raises(LinkExpired):
        follow_link(session, shown, "secret", LinkPurpose.AGREEMENT)
    agreements.send_again(session, world["officer"], sent, sent.signers[0], email="autre@essai.example")
    session.expire_all()
    with pytest.raises(LinkRevoked):
        sign_by_link(session, link, sent)
    assert link_of(session, sent).email == "autre@essai.example"
    sign_by_link(session, link_of(session, sent), sent)
    assert sent.state is AgreementState.SIGNED
    with pytest.raises(Conflict, match="already_signed"):
        agreements.send_again(session, world["officer"], sent, sent.signers[0])


def test_a_link_reads_on_after_the_signature(session: Session, sent: Agreement) -> None:
    link = link_of(session, sent)
    sign_by_link(session, link, sent)
    assert follow_link(session, text_of(link, "secret"), "secret", LinkPurpose.AGREEMENT) is link


def test_only_officers_send_again(session: Session, world: World, sent: Agreement) -> None:
    for name in ("applicant", "finance"):
        with pytest.raises(NotPermitted):
            agreements.send_again(session, world[name], sent, sent.signers[0])


# --- refusing, taking back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by_link", [False, True])
def test_a_refusal_ends_the_award_and_both_sides_are_told(
    session: Session, world: World, sent: Agreement, *, by_link: bool
) -> None:
    if by_link:
        signatures.refuse_by_link(
            session, link_of(session, sent), name="Camille", reason="Le projet est abandonné."
        )
    else:
        inputs = {"reason": "Le projet est abandonné."}
        take_step(session, world["applicant"], sent, "refuse", inputs=inputs)
    assert sent.state is AgreementState.REFUSED
    assert sent.award.state is AwardState.REFUSED
    told = {address for topic, address in topics_to(session, sent) if topic == "award.refused"}
    assert told == {"officer@fonds.example", "officer2@fonds.example", "applicant@essai.example"}
    with pytest.raises(Conflict, match="agreement_not_sent"):
        sign(session, world, sent)


def test_a_refusal_says_why_and_is_the_signatorys(session: Session, world: World, sent: Agreement) -> None:
    with pytest.raises(StepForbidden):
        take_step(session, world["stranger"], sent, "refuse", inputs=BECAUSE)
    with pytest.raises(StepRefused):
        take_step(session, world["applicant"], sent, "refuse", inputs={"reason": " "})


def test_taken_back_it_is_a_draft_again_and_its_links_are_dead(
    session: Session, world: World, sent: Agreement
) -> None:
    link = link_of(session, sent)
    take_step(session, world["officer"], sent, "withdraw", inputs=BECAUSE)
    assert sent.state is AgreementState.DRAFT
    assert sent.award.state is AwardState.DRAFT
    session.expire_all()
    with pytest.raises(LinkRevoked):
        sign_by_link(session, link, sent)
    assert topics_to(session, sent)[-1] == ("agreement.withdrawn", "applicant@essai.example")


def test_who_signed_an_earlier_text_has_not_signed_the_new_one(
    session: Session, world: World, award: Award
) -> None:
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    sign(session, world, sent)
    take_step(session, world["officer"], sent, "withdraw", inputs=BECAUSE)
    awards.set_schedule(session, world["officer"], award, tranches=[{"amount": Decimal(15_000), "due_on": None}])
    world.send_agreement(session, award)
    assert [member.is_lead for member in agreements.missing_signers(sent)] == [True, False, False]
    assert len(sent.signatures) == 3
    assert len(sent.valid_signatures) == 1


def test_who_signed_this_very_text_has_signed_it(session: Session, world: World, award: Award) -> None:
    """Taken back only to correct an address: nothing of the text changed, and nobody signs it twice."""
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    digest = sent.facts_sha256
    sign(session, world, sent)
    take_step(session, world["officer"], sent, "withdraw", inputs=BECAUSE)
    world.send_agreement(session, award)
    assert sent.facts_sha256 == digest
    assert [member.is_lead for member in agreements.missing_signers(sent)] == [False, False]
    assert signatures.verify_agreement(session, sent.reference, digest or "") is sent


def test_a_cancelled_award_takes_back_what_was_sent(session: Session, world: World, sent: Agreement) -> None:
    link = link_of(session, sent)
    take_step(session, world["officer"], sent.award, "cancel", inputs=BECAUSE)
    assert sent.state is AgreementState.DRAFT
    session.expire_all()
    with pytest.raises(LinkRevoked):
        sign_by_link(session, link, sent)
    with pytest.raises(StepRefused):
        take_step(session, world["officer"], sent, "send")


# --- on paper ------------------------------------------------------------------------------------------------


def test_a_copy_signed_by_hand_stands_for_all_signatures(
    session: Session, world: World, award: Award, desk: Desk
) -> None:
    represent_all(session, award)
    sent = world.send_agreement(session, award, every_member=True)
    today = sent.sent_at.date() if sent.sent_at else None
    assert today is not None
    upload = Upload("convention signée.pdf", BytesIO(PDF))
    signatures.file_copy(session, world["officer"], sent, upload, signed_on=today, desk=desk)
    assert sent.state is AgreementState.SIGNED
    assert sent.signed_on == today
    assert sent.award.state is AwardState.ACTIVE
    assert sent.scan is not None
    assert sent.scan.slot == f"agreement.{sent.id}"
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.body["action"].astext == "agreement.file_copy")
    ).one()
    assert event.body["details"]["sha256"] == sent.scan.sha256


def test_a_copy_is_refused_that_cannot_be(session: Session, world: World, sent: Agreement, desk: Desk) -> None:
    assert sent.sent_at is not None
    today = sent.sent_at.date()

    def give(name: str, content: bytes, days: int = 0) -> None:
        upload = Upload("copie.pdf", BytesIO(content))
        day = today + timedelta(days=days)
        signatures.file_copy(session, world[name], sent, upload, signed_on=day, desk=desk)

    for days in (-2, 2):
        with pytest.raises(InvalidInput) as refusal:
            give("officer", PDF, days)
        assert list(refusal.value.errors) == ["signed_on"]
    with pytest.raises(InvalidInput) as refusal:
        give("officer", b"PK\x03\x04 an archive")
    assert list(refusal.value.errors) == ["file"]
    for name in ("applicant", "finance"):
        with pytest.raises(NotPermitted):
            give(name, PDF)
    sign(session, world, sent)
    with pytest.raises(Conflict, match="agreement_not_sent"):
        give("officer", PDF)


# --- proof ---------------------------------------------------------------------------------------------------


def test_it_is_verified_by_its_text_and_by_each_signature(session: Session, world: World, sent: Agreement) -> None:
    sign(session, world, sent)
    known = [sent.facts_sha256 or "", *(one.journal_hash for one in sent.signatures)]
    for digest in known:
        assert signatures.verify_agreement(session, f" {sent.reference.lower()} ", digest.upper()) is sent
    for reference, digest in ((sent.reference, "0" * 64), ("CV-0000-0000", known[0]), (sent.reference, "")):
        assert signatures.verify_agreement(session, reference, digest) is None


def test_facts_that_somebody_altered_are_not_genuine(session: Session, sent: Agreement) -> None:
    digest = sent.facts_sha256 or ""
    session.commit()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE agreements SET facts = jsonb_set(facts, '{terms,amount}', '\"99.00\"')"))
    session.expire_all()
    assert signatures.verify_agreement(session, sent.reference, digest) is None


def test_a_text_that_was_taken_back_is_not_genuine_any_more(
    session: Session, world: World, sent: Agreement
) -> None:
    take_step(session, world["officer"], sent, "withdraw", inputs=BECAUSE)
    assert signatures.verify_agreement(session, sent.reference, sent.facts_sha256 or "") is None
