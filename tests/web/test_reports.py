"""Reports on the pages: the alliance writes by parts and hands in; an officer reads, accepts or sends back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from fund.db import SessionFactory, unit_of_work
from tests.scenario import World
from tests.web.reading import sent_of
from tests.web.report_pages import (
    ACCOUNT,
    OWN,
    SignIn,
    as_script,
    drawn,
    expected_report,
    given_report,
    hand_in,
    here,
    made,
    planned,
    report_of,
    returned_report,
    state_of,
    whole,
    write,
)
from tests.web.writing import form_on
from workflows.report import ReportState


@pytest.fixture
def expected(factory: SessionFactory, world: World) -> str:
    """Of a call that has neither a budget plan nor a report form."""
    return made(factory, world, expected_report)


def test_who_sees_a_report(sign_in: SignIn, expected: str) -> None:
    for name in ("officer", "finance", "auditor", "admin", "applicant"):
        assert sign_in(name).get(here(expected)).status_code == 200
    assert sign_in("stranger").get(here(expected)).status_code == 404
    assert sign_in("reviewer").get(here(expected)).status_code == 403


def test_the_report_of_a_call_without_plan_or_form(
    sign_in: SignIn, expected: str, factory: SessionFactory
) -> None:
    applicant = sign_in("applicant")
    overview = applicant.get(here(expected)).text
    assert "L’essentiel" in overview
    assert "Le compte" in overview
    assert write(applicant, expected, OWN, narrative="Tout est fait.", people_reached="120")[0] == 303
    account = {
        "charges__0__amount": "39 000,50",
        "products__0__amount": "15000",
        "products__1__amount": "24 000,50",
    }
    assert write(applicant, expected, ACCOUNT, **account)[0] == 303
    assert "Rien ne manque" in applicant.get(here(expected)).text
    assert hand_in(applicant, expected)[0] == 303
    found = report_of(factory, expected)
    assert (found.state, found.spent_amount, found.people_reached) == (
        ReportState.SUBMITTED,
        Decimal("39000.50"),
        120,
    )
    assert found.signatory_name == "Camille Essai"


def test_an_unfinished_part_is_saved_as_typed(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    applicant = sign_in("applicant")
    assert write(applicant, expected, OWN, narrative="Nous avons commencé.", people_reached="peu")[0] == 303
    page = applicant.get(here(expected, OWN)).text
    assert "Nous avons commencé." in page
    assert 'value="peu"' in page
    assert state_of(factory, expected) is ReportState.EXPECTED


def test_handing_in_too_early_says_what_is_missing_and_where(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, planned)
    applicant = sign_in("applicant")
    page = applicant.get(here(reference, "remise")).text
    assert f"{here(reference, OWN)}?manques=1#q-narrative" in page
    assert f"{here(reference, ACCOUNT)}?manques=1#q-charges" in page
    assert f"{here(reference, 'ecrire/results')}?manques=1#q-lessons" in page
    assert "Remettre le compte rendu</button>" not in page
    status, page = hand_in(applicant, reference)
    assert status == 409
    assert state_of(factory, reference) is ReportState.EXPECTED
    answers = applicant.get(here(reference, "ecrire/results"), manques="1").text
    assert 'href="#q-lessons"' in answers


def test_the_account_shows_the_plan_and_asks_for_what_differs(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, planned)
    applicant = sign_in("applicant")
    page = applicant.get(here(reference, ACCOUNT)).text
    assert "10\u202f000,00" in page
    assert form_on(page)["charges-1-label"] == "Animation"
    amounts = {"charges__0__amount": "10000", "charges__1__amount": "21 000", "charges__2__amount": "2500"}
    amounts |= {"products__0__amount": "15000", "products__1__amount": "16000", "products__2__amount": "2500"}
    assert write(applicant, reference, ACCOUNT, **amounts)[0] == 303
    page = applicant.get(here(reference, ACCOUNT)).text
    assert "au-delà de 20" in page
    assert "−30&nbsp;%" in page
    assert "Expliquez l’écart" in page
    assert write(applicant, reference, ACCOUNT, because_64="Un poste pourvu en avril.")[0] == 303
    assert report_of(factory, reference).explanations == {"64": "Un poste pourvu en avril."}
    assert "Le compte est complet" in applicant.get(here(reference, ACCOUNT)).text


def test_a_line_is_taken_out_and_the_page_comes_back_to_its_place(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, planned)
    applicant, path = sign_in("applicant"), here(reference, ACCOUNT)
    sent = drawn(applicant, path)
    answer = applicant.post(path, {**sent, "_remove": "charges-0"}, on=path)
    assert answer.headers["Location"].endswith("#q-charges")
    assert [row["account"] for row in report_of(factory, reference).realised["charges"]][:2] == ["641", "864"]


def test_two_people_in_one_answer_are_asked_and_nothing_is_lost(
    sign_in: SignIn, expected: str, factory: SessionFactory
) -> None:
    applicant, path = sign_in("applicant"), here(expected, OWN)
    sent = drawn(applicant, path)
    assert applicant.post(path, {**sent, "narrative": "Le premier."}, on=path).status_code == 303
    answer = applicant.post(path, {**sent, "narrative": "Le second."}, on=path)
    assert answer.status_code == 409
    assert "Le premier." in answer.text
    assert "Le second." in answer.text
    assert report_of(factory, expected).narrative == "Le premier."
    again = dict(form_on(answer.text).items())
    kept = {**again, "narrative": "Le second.", "_keep-narrative": "mine"}
    assert applicant.post(path, kept, on=path).status_code == 303
    assert report_of(factory, expected).narrative == "Le second."


def test_the_script_saves_and_is_told_what_is_shown(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, planned)
    applicant, path = sign_in("applicant"), here(reference, ACCOUNT)
    sent = drawn(applicant, path)
    typed = {**sent, "charges-1-amount": "100", "charges-0-amount": "beaucoup"}
    told = as_script(applicant, path, typed).json
    assert told is not None
    assert "because_64" in told["shown"]
    assert "because_60" in told["shown"]  # what cannot be read counts for nothing yet
    assert "because_61" not in told["shown"]
    assert list(told["problems"]) == ["charges-0-amount"]
    assert "Charges de personnel" in told["fragments"]["sums"]
    stale = as_script(applicant, path, {**sent, "charges-1-amount": "200"})
    assert stale.status_code == 409
    assert stale.json is not None
    assert 'value="100"' in stale.json["clashes"]["charges"]["control"]


def test_an_officer_reads_it_whole_and_accepts(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, whole)
    assert hand_in(sign_in("applicant"), reference)[0] == 303
    assert "<textarea" not in sign_in("applicant").get(here(reference)).text
    officer = sign_in("officer")
    page = officer.get(here(reference)).text
    for words in (
        "Tout est fait.",
        "Commencer par le terrain.",
        "Le poste a été pourvu en avril.",
        "au-delà de 20",
        "32\u202f500,00",
        "Tout ce qui a été versé est justifié",
        "Accepter le compte rendu",
        f"/etapes/report/{reference}/accept_with_reserve",
    ):
        assert words in page, words
    version = str(report_of(factory, reference).version)
    answer = officer.post(f"/etapes/report/{reference}/accept", {"version": version}, on=here(reference))
    assert answer.status_code == 303
    assert state_of(factory, reference) is ReportState.ACCEPTED


def test_a_reserve_is_written_and_read_by_the_alliance(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    reference = made(factory, world, given_report)
    officer, path = sign_in("officer"), f"/etapes/report/{reference}/accept_with_reserve"
    version = str(report_of(factory, reference).version)
    assert officer.post(path, {"version": version, "reserve": " "}, on=path).status_code == 422
    sent = {"version": version, "reserve": "Fournir les factures."}
    assert officer.post(path, sent, on=path).status_code == 303
    page = sign_in("applicant").get(here(reference)).text
    assert "Accepté avec une réserve" in page
    assert "Fournir les factures." in page


def test_what_is_unspent_is_said_with_its_amount(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, whole)
    applicant = sign_in("applicant")
    less = {"products__0__amount": "12 000", "products__1__amount": "20 500", "because_75": "Un mécène de plus."}
    assert write(applicant, reference, ACCOUNT, **less)[0] == 303
    assert hand_in(applicant, reference)[0] == 303
    for name in ("officer", "applicant"):
        assert "3\u202f000,00\xa0€ ne sont pas dépensés" in sign_in(name).get(here(reference)).text


def test_a_returned_report_says_why_and_goes_back(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, returned_report)
    applicant = sign_in("applicant")
    assert "Pour essai." in applicant.get(here(reference)).text
    assert write(applicant, reference, OWN, narrative="Corrigé.")[0] == 303
    assert hand_in(applicant, reference)[0] == 303
    assert state_of(factory, reference) is ReportState.SUBMITTED


def test_a_return_needs_its_reason(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, given_report)
    officer, version = sign_in("officer"), str(report_of(factory, reference).version)
    answer = officer.post(
        f"/etapes/report/{reference}/return", {"version": version, "reason": " "}, on=here(reference)
    )
    assert answer.status_code == 409
    assert state_of(factory, reference) is ReportState.SUBMITTED


def test_nobody_else_writes(sign_in: SignIn, expected: str, factory: SessionFactory) -> None:
    for page in (OWN, ACCOUNT, "remise", "documents"):
        for name, status in (("officer", 403), ("finance", 403), ("stranger", 404)):
            assert (
                sign_in(name).post(here(expected, page), {"narrative": "Moi."}, on="/compte").status_code == status
            )
    refused = sign_in("applicant").client.post(here(expected, OWN), data={"narrative": "Sans jeton."})
    assert refused.status_code == 400
    assert report_of(factory, expected).narrative == ""


def test_a_report_in_hand_is_no_longer_written(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    reference = made(factory, world, given_report)
    applicant = sign_in("applicant")
    answer = applicant.post(here(reference, OWN), {"narrative": "Autre chose."}, on="/compte")
    assert answer.status_code == 409
    assert report_of(factory, reference).narrative == "Tout est fait."


def test_late_reports_lead_the_list_and_say_so(sign_in: SignIn, expected: str) -> None:
    assert "En retard" not in sign_in("officer").get("/comptes-rendus").text
    with time_machine.travel(datetime(2028, 7, 1, 8, tzinfo=UTC)):
        officer = sign_in("officer")
        assert "En retard" in officer.get("/comptes-rendus").text
        assert "Ce compte rendu est en retard" in officer.get(here(expected)).text
        assert "Ce compte rendu est en retard" in sign_in("applicant").get(here(expected)).text


def test_the_list_filters_and_shows_each_their_own(sign_in: SignIn, expected: str) -> None:
    officer = sign_in("officer")
    assert expected in officer.get("/comptes-rendus", etat="expected").text
    assert expected not in officer.get("/comptes-rendus", etat="accepted").text
    assert officer.get("/comptes-rendus", etat="perdu").status_code == 404
    assert expected in sign_in("applicant").get("/comptes-rendus").text
    assert expected not in sign_in("stranger").get("/comptes-rendus").text


def test_an_officer_does_without_an_overdue_report_for_one_file(
    sign_in: SignIn, expected: str, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        reference = world.submitted(session).reference
    path, page = f"/dossiers/{reference}/compte-rendu-en-retard", f"/dossiers/{reference}"
    assert "Un compte rendu d’une subvention précédente est en retard" not in sign_in("officer").get(page).text
    with time_machine.travel(datetime(2028, 7, 1, 8, tzinfo=UTC)):
        officer = sign_in("officer")
        assert path in officer.get(page).text
        assert expected in officer.get(path).text
        version = sent_of(officer.get(path).text)["version"][-1]
        assert officer.post(path, {"reason": " ", "version": version}, on=path).status_code == 422
        sent = {"reason": "Un nouveau bureau.", "version": version}
        assert officer.post(path, sent, on=path).status_code == 303
        assert "Un nouveau bureau." in officer.get(page).text
        assert path not in sign_in("finance").get(page).text
        assert sign_in("finance").get(path).status_code == 403
