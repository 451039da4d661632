"""The page of simulations, the envelope beside the agenda, and the waiting list, as those concerned see them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Award, Call, CommitteeSession, Interest, InterestKind, Outcome
from fund.services import committee
from fund.services.portfolios import Wanted
from fund.services.simulations import adopt, simulate
from tests.scenario import World
from tests.services.simulating import ALBI, PARIS, TOULOUSE, File, sit_on
from tests.services.test_waitlist import waiting_call
from tests.web.conftest import Browser
from tests.web.counting import count_statements

SignIn = Callable[[str], Browser]
FILES = (File(5, 20_000, PARIS), File(4, 20_000, PARIS), File(3, 20_000, TOULOUSE), File(2, 10_000, ALBI))
COMPUTE = {"bounds-0-what": "territory:reg:76", "bounds-0-floor": "30 000"}


@dataclass
class Sat:
    reference: str
    files: list[str]
    path: str


@pytest.fixture
def sat(factory: SessionFactory, world: World) -> Sat:
    """An open session on four files, with 50,000 euros."""
    with unit_of_work(factory) as session:
        sitting = sit_on(session, world, *FILES)
        files = [item.application.reference for item in sitting.items]
        return Sat(sitting.reference, files, f"/comite/{sitting.reference}/simulation")


@pytest.fixture
def enter(sign_in: SignIn) -> SignIn:
    """In English: what these tests look for does not hang on the catalogue."""

    def run(name: str) -> Browser:
        browser = sign_in(name)
        browser.client.set_cookie("fund_language", "en")
        return browser

    return run


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).replace("\u00a0", " ")


def sitting_of(session: Any, sat: Sat) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.reference == sat.reference)).one()  # type: ignore[no-any-return]  # the caller's session has no type here


def keep_off(factory: SessionFactory, world: World, name: str, reference: str) -> None:
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        session.add(Interest(application_id=file.id, person_id=world.people[name], kind=InterestKind.DECLARED))


def simulated(factory: SessionFactory, world: World, sat: Sat, *, adopted: bool = False, **wanted: Any) -> None:
    with unit_of_work(factory) as session:
        found = simulate(session, world["officer"], sitting_of(session, sat), wanted=Wanted(**wanted))
        if adopted:
            adopt(session, world["officer"], found)


# --- computing and adopting ----------------------------------------------------------------------------------


def test_constraints_are_asked_and_what_they_cost_is_said(enter: SignIn, sat: Sat) -> None:
    browser = enter("member")
    answer = browser.post(sat.path, COMPUTE, on=sat.path)
    assert answer.status_code == 303
    assert answer.location.endswith(f"{sat.path}/1#resultat")
    page = browser.get(f"{sat.path}/1")
    said = text_of(page)
    assert "€30,000.00 at least for Occitanie" in said
    assert "Without the floor of €30,000.00 for Occitanie, the sum of scores would gain 20 points." in said
    assert f"“Projet 2” ({sat.files[1]}) would come in" in said
    assert re.search(r"Projet 2: 20 points short of coming in", said)
    assert 'value="30000,00"' in page.text, "the form begins with what was asked"
    assert "Adopt it as the proposal" not in said, "a member proposes nothing"


def test_adopted_it_is_the_proposal(enter: SignIn, sat: Sat, factory: SessionFactory) -> None:
    browser = enter("chair")
    browser.post(sat.path, {"minimum_score": "60", f"choice-{sat.files[3]}": "in"}, on=sat.path)
    assert "Adopt it as the proposal" in text_of(browser.get(f"{sat.path}/1"))
    answer = browser.post(f"{sat.path}/1/adoption", on=sat.path)
    assert answer.status_code == 303
    with factory() as session:
        proposed = [item.proposed_outcome for item in sitting_of(session, sat).items]
    assert proposed == [Outcome.FUNDED, Outcome.FUNDED, None, Outcome.FUNDED]
    said = text_of(browser.get(sat.path))
    assert "Adopted" in said
    assert "Adopt it as the proposal" not in said


def test_what_is_typed_wrong_is_said_beside_it_and_kept(enter: SignIn, sat: Sat, factory: SessionFactory) -> None:
    browser = enter("officer")
    typed = {
        "bounds-0-what": "territory:reg:76",
        "bounds-0-floor": "viele",
        "bounds-1-floor": "10",
        "bounds-2-what": "territory:dep:31",
        "bounds-3-what": "lever:2",
        "bounds-3-ceiling": "10",
        "minimum_score": "101",
    }
    answer = browser.post(sat.path, typed, on=sat.path)
    assert answer.status_code == 422
    said = text_of(answer)
    assert "Row 1: Floor: " in said
    assert "Row 2: Choose what this floor or ceiling is for." in said
    assert "Row 3: Floor: Give a floor, a ceiling or both" in said
    assert 'value="viele"' in answer.text
    assert 'value="101"' in answer.text
    unknown = browser.post(sat.path, {"bounds-0-what": "lever:2", "bounds-0-ceiling": "10"}, on=sat.path)
    assert "Row 1: Nothing of this reference is open to you." in text_of(unknown)
    beyond = browser.post(sat.path, {"envelope": "50 000,01"}, on=sat.path)
    assert beyond.status_code == 422
    assert "No more than €50,000.00 is left" in text_of(beyond)
    with factory() as session:
        assert sitting_of(session, sat).simulations == []


def test_rows_are_added_without_a_script(enter: SignIn, sat: Sat, factory: SessionFactory) -> None:
    browser = enter("officer")
    assert browser.get(sat.path).text.count('-floor" name=') == 2
    answer = browser.post(sat.path, {**COMPUTE, "more": "1"}, on=sat.path)
    assert answer.status_code == 200
    assert answer.text.count('-floor" name=') == 1 + 6
    assert 'value="30 000"' in answer.text
    # The Enter key presses the first button of a form, and that must be the one that computes.
    form = answer.text[answer.text.index("bounds-0-what") :]
    assert form.index("Compute the portfolio") < form.index('name="more"')
    with factory() as session:
        assert sitting_of(session, sat).simulations == []


def test_what_cannot_be_met_is_named(enter: SignIn, sat: Sat) -> None:
    browser = enter("officer")
    browser.post(sat.path, {**COMPUTE, "bounds-0-floor": "30 000,01"}, on=sat.path)
    said = text_of(browser.get(f"{sat.path}/1"))
    assert "Nothing can satisfy the floor of €30,000.01 for Occitanie" in said
    assert "the files that may be chosen come to €30,000.00" in said
    assert "Adopt it as the proposal" not in said
    assert browser.post(f"{sat.path}/1/adoption", on=sat.path).status_code == 409


def test_what_changed_since_is_said_and_stops_the_adoption(
    enter: SignIn, sat: Sat, factory: SessionFactory, world: World
) -> None:
    simulated(factory, world, sat)
    with unit_of_work(factory) as session:
        world.decide(session, sitting_of(session, sat).items[0].application, Outcome.DECLINED, None)
    browser = enter("officer")
    said = text_of(browser.get(sat.path))
    assert "The figures have changed since" in said
    assert "Adopt it as the proposal" not in said
    answer = browser.post(f"{sat.path}/1/adoption", on=sat.path)
    assert answer.status_code == 409
    assert "Compute it again, then adopt the new one." in text_of(answer)


def test_what_people_wrote_stays_text(enter: SignIn, sat: Sat, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        sitting_of(session, sat).items[1].application.title = "<script>alert(1)</script>%(x)s"
    simulated(factory, world, sat, fixed_out=frozenset(sat.files[1:2]))
    page = enter("officer").get(sat.path)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;%(x)s" in page.text


# --- who sees what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["applicant", "reviewer", "catalyst", "partner"])
def test_others_do_not_come_in(enter: SignIn, sat: Sat, name: str) -> None:
    assert enter(name).get(sat.path).status_code == 403


def test_who_reads_only_has_no_form(enter: SignIn, sat: Sat, factory: SessionFactory, world: World) -> None:
    simulated(factory, world, sat)
    browser = enter("auditor")
    said = text_of(browser.get(sat.path))
    assert "Simulation no. 1" in said
    assert "Compute the portfolio" not in said
    assert browser.post(sat.path, COMPUTE, on="/compte").status_code == 403
    assert browser.get(f"{sat.path}/2").status_code == 404


def test_who_keeps_off_a_file_reads_nothing_of_it(
    enter: SignIn, sat: Sat, factory: SessionFactory, world: World
) -> None:
    simulated(factory, world, sat, fixed_in=frozenset(sat.files[2:3]))
    keep_off(factory, world, "member", sat.files[2])
    browser = enter("member")
    page = browser.get(sat.path)
    said = text_of(page)
    assert "File no. 3, which you keep off" in said
    assert "Projet 1" in said
    for told in (
        sat.files[2],
        "Projet 3",
        "kept:",
        "What the constraints cost",
        "short of coming in",
        "50,000.00",
    ):
        assert told not in page.text, told
    assert "Compute the portfolio" not in said
    answer = browser.post(sat.path, COMPUTE, on="/compte")
    assert answer.status_code == 409
    assert "You keep off a file of this agenda." in text_of(answer)
    assert sat.files[2] not in answer.text


def test_as_many_statements_for_four_files_as_for_eight(
    enter: SignIn, sat: Sat, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        large = sit_on(session, world, *FILES, *FILES)
        other = Sat(large.reference, [], f"/comite/{large.reference}/simulation")
    browser = enter("officer")
    for one in (sat, other):
        for _ in range(2):
            simulated(factory, world, one)
        browser.get(one.path)
    assert count_statements(lambda: browser.get(sat.path)) == count_statements(lambda: browser.get(other.path))


# --- the envelope --------------------------------------------------------------------------------------------


def test_the_envelope_counts_what_is_proposed_and_what_is_decided(
    enter: SignIn, sat: Sat, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        first, second, third, _ = sitting_of(session, sat).items
        world.funded(session, call_id=first.session.call_id, amount=Decimal(7_000))
        world.decide(session, first.application, Outcome.FUNDED, Decimal(15_000))
        world.decide(session, second.application, Outcome.WAITLISTED, Decimal(20_000))
        committee.propose(session, world["officer"], third, outcome=Outcome.FUNDED, amount=Decimal(9_000))
    page = enter("officer").get(f"/comite/{sat.reference}")
    said = text_of(page)
    for line in (
        "Awarded before €7,000.00 14%",
        "Decided in this session €15,000.00 30%",
        "Proposed, still to decide €9,000.00 18%",
        "Left after these €19,000.00 38%",
        "Envelope of the call €50,000.00 100%",
    ):
        assert line in said
    assert "€28,000.00 left in the envelope" in said
    assert "€30,000.00 asked by the files still to decide" in said
    assert re.search(r"Granted in this session €15,000.00", said), "the waiting list is not granted"
    assert 'role="img"' in page.text


# --- the waiting list ----------------------------------------------------------------------------------------


@pytest.fixture
def waiting(factory: SessionFactory, world: World) -> tuple[str, list[str]]:
    """The page of a list of three, and their files."""
    with unit_of_work(factory) as session:
        call = waiting_call(session, world, 9_000, 6_000, 1_000)
        calls_files = select(Application).where(
            Application.call_id == call.id, Application.waitlist_rank.is_not(None)
        )
        files = session.scalars(calls_files.order_by(Application.waitlist_rank)).all()
        return f"/gestion/appels/{call.reference}/liste-attente", [file.reference for file in files]


def test_the_list_says_who_is_next_and_what_is_missing(
    enter: SignIn, waiting: tuple[str, list[str]], factory: SessionFactory, world: World
) -> None:
    path, files = waiting
    page = enter("officer").get(path)
    said = text_of(page)
    assert "It comes up once €9,000.00 more is there." in said
    found = [said.index(text) for text in ("€9,000.00 Take off", "€15,000.00 Take off", "€16,000.00 Take off")]
    assert found == sorted(found)
    assert [page.text.index(f"/etapes/application/{file}/expire") for file in files]
    reader = enter("finance").get(path)
    assert reader.status_code == 200
    assert "/etapes/" not in reader.text
    assert enter("applicant").get(path).status_code == 403


def test_who_keeps_off_a_file_of_the_list(
    enter: SignIn, waiting: tuple[str, list[str]], factory: SessionFactory, world: World
) -> None:
    path, files = waiting
    keep_off(factory, world, "officer", files[0])
    page = enter("officer").get(path)
    said = text_of(page)
    assert "The first on the list is a file that you keep off." in said
    assert files[0] not in page.text
    for told in ("€9,000.00", "€15,000.00", "€16,000.00"):
        assert told not in said, told
    assert files[1] in page.text


def test_the_list_asks_as_much_for_one_file_as_for_three(
    enter: SignIn, waiting: tuple[str, list[str]], factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        short = f"/gestion/appels/{waiting_call(session, world, 9_000).reference}/liste-attente"
        empty = session.get_one(Call, world.call_id)
        nobody = f"/gestion/appels/{empty.reference}/liste-attente"
        assert session.scalars(select(Award).where(Award.call_id == empty.id)).all() == []
    browser = enter("officer")
    assert "Nobody is on the waiting list." in text_of(browser.get(nobody))
    browser.get(short)
    assert count_statements(lambda: browser.get(short)) == count_statements(lambda: browser.get(waiting[0]))
