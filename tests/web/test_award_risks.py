"""The follow-up page, the awards list and the award's page: what is to be looked into, and what to do next."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award, Interest, InterestKind, OutboxRow, OutboxState, Report
from fund.services import agreements, bank_accounts, repayments, reports
from fund.services.agreement_terms import describe_terms
from fund.services.award_risks import Risk
from fund.services.report_dates import remind
from fund.services.schedules import add_report
from fund.services.steps import take_step
from fund.web.risks import rules
from tests.scenario import BIC, FUND_IBAN, World
from tests.services.makers import BECAUSE, today
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
FOLLOW_UP = "/attributions/suivi"


def made(factory: SessionFactory, make: Callable[[Session], Award]) -> str:
    with unit_of_work(factory) as session:
        return make(session).reference


def in_days(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def item_of(page: str, reference: str) -> str:
    """What the list says of one award."""
    return page.partition(f'aria-labelledby="{reference}"')[2].partition("</ul>")[0]


@pytest.fixture
def late(factory: SessionFactory, world: World) -> str:
    """An award in force whose report is three days late; one reminder was sent, a second is to be."""

    def make(session: Session) -> Award:
        award = world.active_award(session, title="Jardins du bassin")
        report = award.reports[0]
        report.due_on = today() - timedelta(days=3)
        session.flush()
        remind(session, report)
        session.flush()
        mail = session.scalars(select(OutboxRow).where(OutboxRow.topic == "report.reminder")).first()
        assert mail is not None
        mail.state = OutboxState.DONE
        return award

    return made(factory, make)


def test_a_late_report_says_since_when_how_often_it_was_asked_for_and_what_to_do(
    sign_in: SignIn, late: str
) -> None:
    page = sign_in("officer").get(FOLLOW_UP).text
    item = item_of(page, late)
    assert "Compte rendu en retard" in item
    assert "3 jours de retard. Un rappel a été envoyé, le" in item
    assert "/echanges" in item
    assert "/comptes-rendus/CR-" in item
    assert "Jardins du bassin" in page


def test_only_the_fund_s_own_people_see_the_follow_up(sign_in: SignIn, late: str) -> None:
    for name in ("officer", "finance", "auditor", "admin"):
        assert late in sign_in(name).get(FOLLOW_UP).text, name
    for name in ("applicant", "reviewer", "member"):
        assert sign_in(name).get(FOLLOW_UP).status_code == 403, name


def test_who_keeps_off_a_file_does_not_see_its_award(
    sign_in: SignIn, factory: SessionFactory, world: World, late: str
) -> None:
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award)).one()
        person = world["officer"].person_id
        link = Interest(
            application=award.application, person_id=person, kind=InterestKind.DECLARED, detail="Lien."
        )
        session.add(link)
    page = sign_in("officer").get(FOLLOW_UP).text
    assert late not in page
    assert "Jardins du bassin" not in page
    assert "Rien à suivre ici." in page
    assert late in sign_in("officer2").get(FOLLOW_UP).text


def test_the_list_is_narrowed_to_one_risk(sign_in: SignIn, late: str) -> None:
    officer = sign_in("officer")
    page = officer.get(FOLLOW_UP).text
    assert "?motif=report_late" in page
    assert "?motif=underspent" not in page  # nothing there
    assert late in officer.get(FOLLOW_UP, motif="report_late").text
    assert late not in officer.get(FOLLOW_UP, motif="underspent").text
    assert officer.get(FOLLOW_UP, motif="perdu").status_code == 404
    assert officer.get(FOLLOW_UP, page="perdu").status_code == 422


def test_every_rule_is_told(sign_in: SignIn, late: str) -> None:
    page = sign_in("officer").get(FOLLOW_UP).text
    assert "Ce qui fait signaler une attribution" in page
    assert "depuis plus de 30\u00a0jours" in page
    assert "depuis plus de 6\u00a0mois" in page
    assert "moins de 50\u202f% du budget" in page


def test_the_awards_list_and_the_award_tell_the_fund_alone(sign_in: SignIn, late: str) -> None:
    officer, applicant = sign_in("officer"), sign_in("applicant")
    assert "Compte rendu en retard" in officer.get("/attributions").text
    assert f'href="{FOLLOW_UP}"' in officer.get("/attributions").text
    assert "3 jours de retard" in officer.get(f"/attributions/{late}").text
    for path in ("/attributions", f"/attributions/{late}"):
        page = applicant.get(path).text
        assert "Jardins du bassin" in page
        assert "Compte rendu en retard" not in page
        assert FOLLOW_UP not in page


def test_a_hold_is_told_with_its_cause(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        take_step(session, world["officer"], award.live_tranches[0], "hold", inputs=BECAUSE)
        return award

    reference = made(factory, make)
    with time_machine.travel(in_days(31)):
        item = item_of(sign_in("officer").get(FOLLOW_UP).text, reference)
    assert "La tranche 1 (10\u202f000,00\u00a0€) est bloquée depuis le" in item
    assert "décidé par le fonds" in item
    assert "/versements/VE-" in item


def test_bank_details_are_asked_for_or_have_to_be_verified(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, lambda session: world.offered_award(session))
    officer = sign_in("officer")
    item = item_of(officer.get(FOLLOW_UP).text, reference)
    assert "à partir du 1er\u00a0janvier\u00a02026. Aucune coordonnée bancaire" in item
    assert f"/attributions/{reference}/coordonnees-bancaires" in item
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award)).one()
        bank_accounts.propose(
            session, world["applicant"], award.beneficiary, holder="Essai", iban=FUND_IBAN, bic=BIC
        )
    item = item_of(officer.get(FOLLOW_UP).text, reference)
    assert "saisies, mais pas vérifiées" in item
    assert "seconde personne" in item


def test_a_signature_and_a_payment_that_do_not_come_are_told(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    def make(session: Session) -> Award:
        award = world.active_award(session)
        award.signed_on = date(2025, 1, 10)
        terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award)
        return award

    reference = made(factory, make)
    with time_machine.travel(in_days(31)):
        item = item_of(sign_in("officer").get(FOLLOW_UP).text, reference)
    assert "Avenant n°\u00a01\u00a0: envoi à la signature le" in item
    assert f"/attributions/{reference}/convention#CV-" in item
    assert "signée le 10\u00a0janvier\u00a02025, et rien n’est versé" in item
    # The one that lasts longest first.
    assert item.index("rien n’est versé") < item.index("Avenant")


def test_a_project_that_is_over_and_one_that_spends_little(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    def make(session: Session) -> Award:
        award = world.paid_award(session)
        award.starts_on, award.ends_on = date(2025, 1, 1), today() - timedelta(days=1)
        award.reports[0].due_on = today() + timedelta(days=90)
        interim: Report = add_report(session, world["officer"], award, due_on=today(), final=False)
        words = {"because_charges": "Moins cher.", "because_products": "Moins cher."}
        reports.edit_report(
            session, world["applicant"], interim, account=words, narrative="En cours.", spent_amount=Decimal(4_000)
        )
        take_step(session, world["applicant"], interim, "submit")
        return award

    reference = made(factory, make)
    item = item_of(sign_in("officer").get(FOLLOW_UP).text, reference)
    assert "4\u202f000,00\u00a0€ sont dépensés sur 40\u202f000,00\u00a0€ prévus" in item
    assert "son compte rendu final est attendu le" in item
    assert f"/attributions/{reference}/convention" in item


def test_a_late_repayment_is_told_with_what_is_still_due(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    def make(session: Session) -> Award:
        award = world.paid_award(session)
        asked = repayments.ask(session, world["officer"], award, amount=Decimal(3_000), reason="Trop perçu.")
        part = {"received_on": today(), "amount": Decimal(1_000)}
        take_step(session, world["finance"], asked, "receive", inputs=part)
        return award

    reference = made(factory, make)
    assert "reverser" not in item_of(sign_in("finance").get(FOLLOW_UP).text, reference)
    with time_machine.travel(in_days(31)):
        item = item_of(sign_in("finance").get(FOLLOW_UP).text, reference)
    assert "2\u202f000,00\u00a0€ étaient à reverser" in item
    assert "/reversements/RV-" in item


def test_the_number_of_statements_does_not_depend_on_the_number_of_awards(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    made(factory, lambda session: world.active_award(session))
    with unit_of_work(factory) as session:
        others = [world.active_award(session).id for _ in range(2)]
    officer = sign_in("officer")

    def make_late(*late: int) -> None:
        with unit_of_work(factory) as session:
            for award in session.scalars(select(Award)):
                days = 3 if award.id in late else -300
                award.reports[0].due_on = today() - timedelta(days=days)
                award.signed_on = today()

    def costs(path: str) -> int:
        return count_statements(lambda: officer.get(path))

    make_late(others[0])
    assert officer.get(FOLLOW_UP).text.count("Compte rendu en retard</span>") == 1
    one = costs(FOLLOW_UP), costs("/attributions")
    make_late(*others)
    assert officer.get(FOLLOW_UP).text.count("Compte rendu en retard</span>") == 2
    assert (costs(FOLLOW_UP), costs("/attributions")) == one


def test_the_award_s_page_goes_in_the_order_of_a_grant_s_life(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    def make(session: Session) -> Award:
        award = world.paid_award(session)
        repayments.ask(session, world["officer"], award, amount=Decimal(3_000), reason="Trop perçu.")
        terms = describe_terms(award) | {"ends_on": date(2028, 3, 31)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        return award

    reference = made(factory, make)
    wanted = ["agreement", "payments", "bank", "reports", "repayments"]
    for name in ("officer", "finance", "applicant"):
        page = sign_in(name).get(f"/attributions/{reference}").text
        places = [page.index(f'id="{part}-title"') for part in wanted]
        assert places == sorted(places), name
        # A draft is the fund's own.
        assert ("Avenant n°\u00a01" in page) == (name != "applicant"), name


def test_each_risk_has_its_name_and_its_rule(sign_in: SignIn) -> None:
    app = sign_in("officer").client.application
    with app.test_request_context():
        told = rules()
    assert len(told) == len(Risk)
    assert all(name and sentence for name, sentence in told)
