"""Payments through the API: what the pages ask is asked here, two people and a proof."""

from sqlalchemy.orm import Session

from fund.models import Disbursement, PersonRole
from fund.services.steps import take_step
from tests.api.conftest import Api, Made
from tests.scenario import World
from workflows.permissions import Role


def test_an_approved_payment_without_proof_is_refused_with_the_sentence(
    api: Api, world: World, made: Made
) -> None:
    def approve(session: Session) -> Disbursement:
        tranche = world.active_award(session).live_tranches[0]
        for step, who in (("release", "officer"), ("order", "officer"), ("approve", "finance")):
            take_step(session, world[who], tranche, step)
        return tranche

    tranche = made(approve)
    path, inputs = f"/disbursements/{tranche.reference}", {"paid_on": tranche.moved_at.date().isoformat()}
    refused = api.step("finance", path, "pay", version=tranche.version, **inputs)
    assert refused.status_code == 409
    [reason] = refused.json["reasons"]
    assert reason["code"] == "payment_evidence_missing"
    assert reason["detail"].startswith("Un versement à la main demande un document qui le prouve")

    def prove(session: Session) -> Disbursement:
        found = session.get_one(Disbursement, tranche.id)
        world.prove_payment(session, found)
        return found

    proven = made(prove)
    paid = api.step("finance", path, "pay", version=proven.version, **inputs)
    assert paid.status_code == 200, paid.text
    assert paid.json["state"] == "paid"


def test_who_ordered_a_payment_cannot_approve_it_with_another_role(api: Api, world: World, made: Made) -> None:
    def order(session: Session) -> Disbursement:
        officer = world.person(session, "officer")
        officer.role_rows.append(PersonRole(role=Role.FINANCE))
        tranche = world.active_award(session).live_tranches[0]
        for step in ("release", "order"):
            take_step(session, world["officer"], tranche, step)
        return tranche

    tranche = made(order)
    path = f"/disbursements/{tranche.reference}"
    refused = api.step("officer", path, "approve", version=tranche.version)
    assert refused.status_code == 409
    assert [reason["code"] for reason in refused.json["reasons"]] == ["same_person_twice"]
    assert api.get("officer", path).json["state"] == "ordered"
    assert api.step("finance", path, "approve", version=tranche.version).status_code == 200
