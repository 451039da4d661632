"""When the published files are out of date, and what is in none of them."""

from decimal import Decimal

from sqlalchemy.orm import Session

from fund.models import Organisation
from fund.services.publication import (
    WithheldBecause,
    count_withheld,
    fingerprint,
    reason_of,
    signed_awards,
    withheld_awards,
)
from fund.services.steps import take_step
from tests.scenario import World


def test_the_fingerprint_follows_every_fact_that_is_published(session: Session, world: World) -> None:
    seen = [fingerprint(session)]

    def changed() -> bool:
        session.flush()
        seen.append(fingerprint(session))
        return seen[-1] not in seen[:-1]

    draft = world.award(session)
    assert not changed(), "an award that is not signed changes nothing"
    award = world.active_award(session, title="Un autre atelier")
    assert changed()
    award.application.summary = "Autrement dit."
    assert changed()
    award.call.title_fr = "Un autre titre"
    assert changed()
    session.get_one(Organisation, award.beneficiary_id).name = "Association renommée"
    assert changed()
    session.get_one(Organisation, award.call.funder_id).name = "Fonds renommé"
    assert changed()
    award.disbursements[0].due_on = award.disbursements[1].due_on
    assert changed()
    take_step(session, world["officer"], award, "suspend", inputs={"reason": "Un contrôle."})
    assert changed()
    assert draft.signed_on is None


def test_the_fingerprint_stands_while_nothing_changes(session: Session, world: World) -> None:
    world.active_award(session)
    first = fingerprint(session)
    session.expire_all()
    assert fingerprint(session) == first


def test_an_award_is_withheld_until_its_agreement_stands_and_once_it_is_over(
    session: Session, world: World
) -> None:
    unsigned = world.award(session)
    cancelled = world.active_award(session, title="Abandonné")
    take_step(session, world["officer"], cancelled, "cancel", inputs={"reason": "Abandonné."})
    signed = world.active_award(session, title="Signé")
    assert list(signed_awards(session)) == [signed]
    assert count_withheld(session) == {WithheldBecause.UNSIGNED: 1, WithheldBecause.ENDED: 1}
    found = {award: reason_of(award) for award in session.scalars(withheld_awards(world["officer"], []))}
    assert found == {unsigned: WithheldBecause.UNSIGNED, cancelled: WithheldBecause.ENDED}
    faulty = session.scalars(withheld_awards(world["officer"], [signed.reference]))
    assert reason_of(next(award for award in faulty if award is signed)) is WithheldBecause.FAULTY


def test_a_decision_under_embargo_is_in_nothing(session: Session, world: World) -> None:
    before = fingerprint(session)
    world.decide(session, world.before_committee(session), amount=Decimal(15_000))
    assert fingerprint(session) == before
    assert sum(count_withheld(session).values()) == 0


def test_who_keeps_off_a_file_does_not_see_its_withheld_award(session: Session, world: World) -> None:
    award = world.award(session)
    officer = world.person(session, "officer2")
    officer.organisation_id = award.beneficiary_id
    session.flush()
    assert list(session.scalars(withheld_awards(officer.as_actor(), []))) == []
    assert list(session.scalars(withheld_awards(world["officer"], []))) == [award]
