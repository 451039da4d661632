"""The pages of amendments: drafted, refused, sent, in force; and what many versions cost."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Award
from fund.services import agreements
from fund.services.agreement_terms import describe_terms
from fund.services.steps import take_step
from tests.agreeing import BECAUSE, represent_all
from tests.scenario import World
from tests.web.agreement_pages import digest_on, now
from tests.web.conftest import Browser
from tests.web.counting import count_statements
from workflows.agreement import AgreementState

SignIn = Callable[[str], Browser]
SETTINGS = {"fund_signatory": "Dominique Essai", "fund_function": "présidence", "locale": "fr"}


@pytest.fixture
def active(factory: SessionFactory, world: World) -> str:
    """An award in force."""
    with unit_of_work(factory) as session:
        return world.active_award(session).reference


def amendment_form(award: Award, **changes: str) -> dict[str, str]:
    form = {
        "version": str(award.version),
        "reason": "Une crue a retardé le chantier.",
        "amount": "16 000",
        "starts_on": "2027-01-01",
        "ends_on": "2028-06-30",
        "tranches-0-amount": "10000",
        "tranches-1-amount": "5000",
        "tranches-2-amount": "1000",
        "reports-0-due_on": "2029-06-30",
    }
    return form | changes


def award_of(factory: SessionFactory, reference: str) -> Award:
    with factory() as session:
        award = session.scalars(select(Award).where(Award.reference == reference)).one()
        assert award.agreements
        assert award.disbursements
        assert award.reports
        return award


def test_an_amendment_goes_its_whole_way(sign_in: SignIn, factory: SessionFactory, active: str) -> None:
    officer, path = sign_in("officer"), f"/attributions/{active}/avenants/nouveau"
    assert path in officer.get(f"/attributions/{active}/convention").text
    assert 'value="15000,00"' in officer.get(path).text
    answer = officer.post(path, amendment_form(award_of(factory, active)), on=path)
    assert answer.status_code == 303
    draft = award_of(factory, active).agreements[-1]
    assert (draft.number, draft.terms["amount"]) == (1, "16000.00")
    assert path not in officer.get(f"/attributions/{active}/convention").text
    correct = f"/conventions/{draft.reference}/modifier"
    page = officer.get(correct).text
    assert 'value="16000,00"' in page
    assert "Une crue a retardé le chantier." in page
    changed = amendment_form(award_of(factory, active), reason="Deux crues.", version=str(draft.version))
    assert officer.post(correct, changed, on=correct).status_code == 303
    send = f"/conventions/{draft.reference}/envoyer"
    page = officer.get(send).text
    assert "Deux crues." in page
    form = {"version": str(now(factory, draft).version), "digest": digest_on(page)}
    assert officer.post(send, form, on=send).status_code == 303
    applicant, sign = sign_in("applicant"), f"/conventions/{draft.reference}/signer"
    page = applicant.get(sign).text
    assert 'name="accepts_contract"' not in page  # that was subscribed to with the agreement
    signature = {"name": "Camille Essai", "has_read": "y", "digest": digest_on(page)}
    assert applicant.post(sign, signature, on=sign).status_code == 303
    award = award_of(factory, active)
    assert (str(award.amount), award.ends_on) == ("16000.00", date(2028, 6, 30))
    assert [str(t.amount) for t in award.live_tranches] == ["10000.00", "5000.00", "1000.00"]
    assert award.reports[0].due_on == date(2029, 6, 30)
    hub_page = applicant.get(f"/attributions/{active}/convention").text
    for agreement in award.agreements:
        assert f"/conventions/{agreement.reference}.pdf" in hub_page
    # Each says its own amount, whatever came later.
    assert "15\u202f000,00" in hub_page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": ""}, 'href="#reason"'),
        ({"amount": "20001", "tranches-2-amount": "5001"}, 'href="#amount"'),
        ({"amount": "beaucoup"}, 'href="#amount"'),
        ({"ends_on": "2020-01-01"}, 'href="#ends_on"'),
        ({"tranches-2-amount": ""}, "il manque 1\u202f000,00"),
        ({"tranches-2-due_on": "demain"}, 'href="#tranches-2-due_on"'),
        ({"reports-0-due_on": ""}, "error-summary"),
    ],
)
def test_a_bad_amendment_says_why_and_keeps_what_was_typed(
    sign_in: SignIn, factory: SessionFactory, active: str, changes: dict[str, str], told: str
) -> None:
    officer, path = sign_in("officer"), f"/attributions/{active}/avenants/nouveau"
    answer = officer.post(path, amendment_form(award_of(factory, active), **changes), on=path)
    assert answer.status_code == 422
    assert told in answer.text
    assert len(award_of(factory, active).agreements) == 1


def test_what_is_paid_is_shown_and_not_written(
    sign_in: SignIn, factory: SessionFactory, world: World, active: str
) -> None:
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == active)).one()
        world.pay(session, award.live_tranches[0])
    officer, path = sign_in("officer"), f"/attributions/{active}/avenants/nouveau"
    page = officer.get(path).text
    assert 'value="5000,00"' in page
    assert 'value="10000,00"' not in page
    blank = {f"tranches-{row}-amount": "" for row in range(3)}
    form = {**blank, "tranches-0-share": "37.5", "add": "1"}
    answer = officer.post(path, amendment_form(award_of(factory, active), **form), on=path)
    assert answer.status_code == 200
    assert "6\u202f000,00" in answer.text  # 37.5 % of 16,000 euros
    del form["add"]
    answer = officer.post(path, amendment_form(award_of(factory, active), **form), on=path)
    assert answer.status_code == 303
    draft = award_of(factory, active).agreements[-1]
    assert [line["amount"] for line in draft.terms["tranches"]] == ["10000.00", "6000.00"]


def test_one_amendment_at_a_time_and_of_an_award_in_force(
    sign_in: SignIn, factory: SessionFactory, world: World, active: str
) -> None:
    with unit_of_work(factory) as session:
        unsigned = world.award(session, title="Jardins du bassin").reference
    officer, path = sign_in("officer"), f"/attributions/{active}/avenants/nouveau"
    form = amendment_form(award_of(factory, active))
    assert officer.post(path, form, on=path).status_code == 303
    assert officer.get(path).status_code == 409
    assert officer.post(path, form, on="/compte").status_code == 409
    assert officer.get(f"/attributions/{unsigned}/avenants/nouveau").status_code == 409
    assert sign_in("finance").get(path).status_code == 403


def test_a_draft_is_dropped(sign_in: SignIn, factory: SessionFactory, active: str) -> None:
    officer, path = sign_in("officer"), f"/attributions/{active}/avenants/nouveau"
    officer.post(path, amendment_form(award_of(factory, active)), on=path)
    draft = award_of(factory, active).agreements[-1]
    drop = f"/etapes/agreement/{draft.reference}/drop"
    page = f"/attributions/{active}/convention"
    assert drop in officer.get(page).text
    assert officer.post(drop, {"version": str(draft.version)}, on=page).status_code == 303
    assert now(factory, draft).state is AgreementState.DROPPED
    assert officer.get(path).status_code == 200
    assert draft.reference not in sign_in("applicant").get(page).text


# --- costs and history ---------------------------------------------------------------------------------------


def test_the_page_asks_as_much_of_many_versions_as_of_one(
    sign_in: SignIn, factory: SessionFactory, world: World, active: str
) -> None:
    officer, page = sign_in("officer"), f"/attributions/{active}/convention"

    def amend(session: Session) -> None:
        award = session.scalars(select(Award).where(Award.reference == active)).one()
        represent_all(session, award)
        year = 2028 + len(award.agreements)
        terms = describe_terms(award) | {"ends_on": date(year, 6, 30)}
        agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award, every_member=True)
        world.sign_agreement(session, award)

    with unit_of_work(factory) as session:
        amend(session)
    officer.get(page)
    few = count_statements(lambda: officer.get(page))
    for _ in range(3):
        with unit_of_work(factory) as session:
            amend(session)
    assert count_statements(lambda: officer.get(page)) == few


def test_its_journal_is_read_in_words(sign_in: SignIn, factory: SessionFactory, world: World, active: str) -> None:
    with unit_of_work(factory) as session:
        award = session.scalars(select(Award).where(Award.reference == active)).one()
        terms = describe_terms(award) | {"ends_on": date(2028, 6, 30)}
        draft = agreements.draft_amendment(session, world["officer"], award, terms=terms, reason="Une crue.")
        world.send_agreement(session, award)
        take_step(session, world["officer"], draft, "withdraw", inputs=BECAUSE)
        references = [one.reference for one in award.agreements]
    auditor = sign_in("auditor")
    for kind, reference in [*(("agreement", one) for one in references), ("award", active)]:
        answer = auditor.get(f"/journal/{kind}/{reference}")
        assert answer.status_code == 200
        assert "facts_sha256" not in answer.text
