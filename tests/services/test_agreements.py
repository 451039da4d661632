"""Agreements: drafted, and frozen and sent with everything that they say."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fund.documents.agreement import agreement_pdf
from fund.errors import Conflict, InvalidInput, NotFound, StaleVersion
from fund.models import Agreement, AuditEvent, Award, Side
from fund.models.base import utc_now
from fund.services import agreements, awards, signatures
from fund.services.access import find
from fund.services.agreement_facts import describe_agreement, digest_of
from fund.services.perform import NotEditable, NotPermitted
from fund.services.steps import take_step
from tests.agreeing import ask_contract, represent_all, sign, topics_to
from tests.documents.reading import Paper
from tests.reporting import give_plan
from tests.scenario import World
from workflows.agreement import AgreementState
from workflows.award import AwardState
from workflows.permissions import SYSTEM


@pytest.fixture
def award(session: Session, world: World) -> Award:
    """A draft award whose call asks for the republican contract."""
    award = world.award(session)
    ask_contract(award)
    return award


@pytest.fixture
def sent(session: Session, world: World, award: Award) -> Agreement:
    return world.send_agreement(session, award)


# --- drafting ------------------------------------------------------------------------------------------------


def test_an_officer_sets_how_it_is_signed(session: Session, world: World, award: Award) -> None:
    (agreement,) = award.agreements
    agreements.edit(
        session, world["officer"], agreement, every_member=True, locale="en", fund_signatory="Dominique Essai"
    )
    assert (agreement.every_member, agreement.locale) == (True, "en")
    assert [member.is_lead for member in agreement.signers] == [True, False, False]
    with pytest.raises(StaleVersion):
        agreements.edit(session, world["officer"], agreement, expected_version=1, locale="fr")
    for name in ("applicant", "finance", "auditor"):
        with pytest.raises(NotPermitted):
            agreements.edit(session, world[name], agreement, locale="fr")


def test_the_terms_of_the_agreement_itself_are_the_awards(session: Session, world: World, award: Award) -> None:
    with pytest.raises(InvalidInput) as refusal:
        agreements.edit(session, world["officer"], award.agreements[0], terms={"amount": Decimal(1)})
    assert refusal.value.errors == {"terms": ["terms_of_award"]}


def test_who_signs_for_a_member_is_the_fund_to_say_and_nobodys_name_is_told(
    session: Session, world: World, award: Award
) -> None:
    (agreement,) = award.agreements
    town = next(m for m in award.application.members if m.organisation_id == world.town_id)
    event = agreements.set_signer(
        session,
        world["officer"],
        agreement,
        town,
        name="Sacha Essai",
        function="maire",
        email="maire@essai.example",
    )
    assert event is not None
    assert town.representative_email == "maire@essai.example"
    assert "Sacha" not in str(event.body)
    assert event.body["details"] == {"representative_of": "Commune d'essai"}
    with pytest.raises(InvalidInput):
        agreements.set_signer(
            session, world["officer"], agreement, town, name="", function="", email="a@b.example"
        )
    world.send_agreement(session, award)
    with pytest.raises(NotEditable):
        agreements.set_signer(
            session, world["officer"], agreement, town, name="Autre", function="", email="autre@essai.example"
        )


def test_the_alliance_does_not_read_a_draft(session: Session, world: World, award: Award) -> None:
    (agreement,) = award.agreements
    assert find(session, world["officer"], Agreement, agreement.reference) is agreement
    with pytest.raises(NotFound):
        find(session, world["applicant"], Agreement, agreement.reference)
    world.send_agreement(session, award)
    assert find(session, world["applicant"], Agreement, agreement.reference) is agreement
    with pytest.raises(NotFound):
        find(session, world["stranger"], Agreement, agreement.reference)


# --- what it says --------------------------------------------------------------------------------------------


def test_the_facts_say_what_was_decided_and_nobodys_address(session: Session, world: World, award: Award) -> None:
    give_plan(session, award.reports[0])
    represent_all(session, award)
    world.verified_account(session, award.beneficiary)
    agreements.edit(
        session, world["officer"], award.agreements[0], every_member=True, fund_signatory="Dominique Essai"
    )
    facts = describe_agreement(award.agreements[0])
    assert facts["call"]["reference"] == award.call.reference
    assert facts["fund"]["name"] == "Fonds d'essai"
    assert facts["fund"]["siret"] == award.call.funder.siret
    assert facts["fund"]["represented_by"] == "Dominique Essai"
    assert facts["beneficiary"]["represented_by"] == "Personne 0"
    assert [member["signs"] for member in facts["members"]] == [True, True]
    assert facts["decision"]["motivation"] == "Un projet solide."
    assert facts["terms"]["amount"] == "15000.00"
    assert [line["amount"] for line in facts["terms"]["tranches"]] == ["10000.00", "5000.00"]
    assert facts["terms"]["reports"] == [{"number": 1, "final": True, "due_on": "2028-06-30"}]
    assert Decimal(facts["budget"]["rate"]) == 80  # the call's rate, by which the final account is made up
    assert facts["budget"]["total"] == "40000.00"
    assert [chapter["account"] for chapter in facts["budget"]["charges"]["chapters"]] == ["60", "64"]
    assert facts["budget"]["charges"]["in_kind"] == "2500.00"
    lines = [line for chapter in facts["budget"]["products"]["chapters"] for line in chapter["lines"]]
    assert [line["amount"] for line in lines if line["status"] == "fund"] == ["25000.00"]
    assert facts["indicators"] == [{"label_fr": "Personnes touchées", "label_en": "People reached", "target": ""}]
    assert facts["amends"] is None
    told = str(facts)
    assert "@" not in told
    assert "FR76" not in told
    paper = Paper(agreement_pdf(facts, signatures=None, language="fr", instant=utc_now()))
    assert "ne peut dépasser 80 % des charges réelles" in paper.text
    assert "Personnes touchées" in paper.text


def test_the_motivation_stays_out_where_the_call_does_not_tell_it(
    session: Session, world: World, award: Award
) -> None:
    call = award.application.call
    call.definition = {**call.definition, "feedback": "none"}
    decision = describe_agreement(award.agreements[0])["decision"]
    assert decision is not None
    assert decision["motivation"] == ""


def test_without_a_budget_plan_the_rate_is_said_all_the_same(session: Session, world: World, award: Award) -> None:
    facts = describe_agreement(award.agreements[0])
    assert facts["budget"]["charges"]["chapters"] == []
    text_of_paper = Paper(agreement_pdf(facts, signatures=None, language="fr", instant=utc_now())).text
    assert "ne peut dépasser 80 % des charges réelles" in text_of_paper
    assert "Budget prévisionnel" not in text_of_paper


def test_the_contract_is_asked_of_associations_and_foundations_alone(
    session: Session, world: World, award: Award
) -> None:
    (agreement,) = award.agreements
    represent_all(session, award)
    assert describe_agreement(agreement)["regime"]["republican_contract"] is True
    sent = world.send_agreement(session, award, every_member=True)
    town = sent.signers[1]
    signatures.sign_as(
        session,
        SYSTEM,
        sent,
        town,
        digest=sent.facts_sha256 or "",
        name="Maire",
        function="",
        accepts_contract=False,
    )
    assert sent.signatures[-1].accepts_contract is False
    with pytest.raises(InvalidInput) as refusal:
        sign(session, world, sent, accepts_contract=False)
    assert refusal.value.errors == {"accepts_contract": ["contract_not_accepted"]}


# --- sending -------------------------------------------------------------------------------------------------


def test_it_is_frozen_signed_for_the_fund_and_sent(session: Session, world: World, sent: Agreement) -> None:
    assert sent.state is AgreementState.SENT
    assert sent.award.state is AwardState.OFFERED
    assert sent.facts is not None
    assert digest_of(sent.facts) == sent.facts_sha256
    (own,) = sent.signatures
    assert (own.side, own.name, own.person_id) == (Side.FUND, "Dominique Essai", world.people["officer"])
    event = session.scalars(select(AuditEvent).where(AuditEvent.body["action"].astext == "agreement.send")).one()
    assert own.journal_hash == event.hash.hex()
    assert event.body["changes"]["facts_sha256"] == [None, sent.facts_sha256]
    assert "facts" not in event.body["changes"]
    assert topics_to(session, sent) == [
        ("agreement.sent", "applicant@essai.example"),
        ("agreement.sent", "contact@essai.example"),
    ]


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda agreement: setattr(agreement, "fund_signatory", " "), "fund_signatory"),
        (lambda agreement: setattr(agreement, "every_member", True), "signers"),
    ],
)
def test_it_is_not_sent_without_somebody_to_sign(
    session: Session, world: World, award: Award, spoil: Callable[[Agreement], None], field: str
) -> None:
    (agreement,) = award.agreements
    agreement.fund_signatory = "Dominique Essai"
    spoil(agreement)
    with pytest.raises(InvalidInput) as refusal:
        take_step(session, world["officer"], agreement, "send")
    assert list(refusal.value.errors) == [field]
    assert agreement.facts is None


def test_another_text_than_was_read_is_not_sent(session: Session, world: World, award: Award) -> None:
    (agreement,) = award.agreements
    agreements.edit(session, world["officer"], agreement, fund_signatory="Dominique Essai")
    read = digest_of(describe_agreement(agreement))
    awards.set_schedule(session, world["officer"], award, tranches=[{"amount": Decimal(15_000), "due_on": None}])
    with pytest.raises(Conflict, match="agreement_changed"):
        take_step(session, world["officer"], agreement, "send", inputs={"digest": read})
    read = digest_of(describe_agreement(agreement))
    take_step(session, world["officer"], agreement, "send", inputs={"digest": read})
    assert agreement.facts_sha256 == read


def test_clauses_and_names_that_change_later_change_nothing_that_was_sent(
    session: Session, sent: Agreement
) -> None:
    before = sent.facts_sha256
    sent.award.application.title = "Un autre titre"
    session.flush()
    assert digest_of(describe_agreement(sent)) != before
    assert sent.facts is not None
    assert digest_of(sent.facts) == before


@pytest.mark.parametrize("column", ["facts = '{}'", "facts_sha256 = repeat('0', 64)", "terms = '{\"a\": 1}'"])
@pytest.mark.parametrize("is_signed", [False, True])
def test_the_database_keeps_what_was_sent(
    session: Session, world: World, sent: Agreement, column: str, *, is_signed: bool
) -> None:
    if is_signed:
        sign(session, world, sent)
    session.commit()
    with pytest.raises(IntegrityError, match="agreement_is_signed"):
        session.execute(text(f"UPDATE agreements SET {column} WHERE id = {sent.id}"))  # noqa: S608 - our own columns


@pytest.mark.parametrize(
    "change", ["DELETE FROM agreement_signatures", "UPDATE agreement_signatures SET name = 'X'"]
)
def test_the_database_keeps_signatures(session: Session, sent: Agreement, change: str) -> None:
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(text(change))
