"""Agreements as officers prepare and send them, and as the lead's signatory signs with an account."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest

from fund.db import SessionFactory, unit_of_work
from fund.models import Agreement, Award, Collaborator, Right
from fund.models.base import utc_now
from tests.agreeing import PDF, ask_contract
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.agreement_pages import digest_on, now
from tests.web.conftest import Browser
from workflows.agreement import AgreementState
from workflows.award import AwardState

SignIn = Callable[[str], Browser]
SETTINGS = {"fund_signatory": "Dominique Essai", "fund_function": "présidence", "locale": "fr"}


@pytest.fixture
def drafted(factory: SessionFactory, world: World) -> Agreement:
    """The draft of an agreement of which the republican contract is asked."""
    with unit_of_work(factory) as session:
        award = world.award(session, title="Jardins du bassin")
        ask_contract(award)
        return loaded(award.agreements[0])


@pytest.fixture
def sent(factory: SessionFactory, world: World, drafted: Agreement) -> Agreement:
    with unit_of_work(factory) as session:
        return loaded(world.send_agreement(session, session.get_one(Award, drafted.award_id)))


def loaded(agreement: Agreement) -> Agreement:
    """With what tests read of it once its session is gone."""
    assert agreement.award.reference
    assert agreement.signers
    return agreement


def hub(agreement: Agreement) -> str:
    return f"/attributions/{agreement.award.reference}/convention"


# --- preparing and sending -----------------------------------------------------------------------------------


def test_an_officer_prepares_and_sends(sign_in: SignIn, factory: SessionFactory, drafted: Agreement) -> None:
    officer, base = sign_in("officer"), f"/conventions/{drafted.reference}"
    assert f"{base}/envoyer" in officer.get(hub(drafted)).text
    refused = officer.get(f"{base}/envoyer")
    form = {"version": str(drafted.version), "digest": digest_on(refused.text)}
    # Nobody is named to sign for the fund.
    assert officer.post(f"{base}/envoyer", form, on=f"{base}/envoyer").status_code == 422
    path = f"{base}/reglages"
    answer = officer.post(path, {**SETTINGS, "version": str(drafted.version)}, on=path)
    assert (answer.status_code, answer.location) == (303, f"{hub(drafted)}#{drafted.reference}")
    assert now(factory, drafted).fund_signatory == "Dominique Essai"
    page = officer.get(f"{base}/envoyer").text
    for said in (
        "Jardins du bassin",
        "Dominique Essai",
        "contact@essai.example",
        "Article\u00a01",
        "15\u202f000,00",
    ):
        assert said in page
    form = {"version": str(now(factory, drafted).version), "digest": digest_on(page)}
    assert officer.post(f"{base}/envoyer", form, on=f"{base}/envoyer").status_code == 303
    assert now(factory, drafted).state is AgreementState.SENT
    assert now(factory, drafted).facts_sha256 == form["digest"]


def test_another_text_than_was_read_is_not_sent(
    sign_in: SignIn, factory: SessionFactory, world: World, drafted: Agreement
) -> None:
    officer, base = sign_in("officer"), f"/conventions/{drafted.reference}"
    path = f"{base}/reglages"
    officer.post(path, {**SETTINGS, "version": str(drafted.version)}, on=path)
    path = f"{base}/envoyer"
    read = digest_on(officer.get(path).text)
    with unit_of_work(factory) as session:
        session.get_one(Agreement, drafted.id).award.application.summary = "Autre chose."
    answer = officer.post(path, {"version": str(now(factory, drafted).version), "digest": read}, on=path)
    assert answer.status_code == 409
    assert "Autre chose." in answer.text
    assert digest_on(answer.text) != read
    assert now(factory, drafted).state is AgreementState.DRAFT


def test_settings_that_somebody_changed_meanwhile_are_told(
    sign_in: SignIn, factory: SessionFactory, drafted: Agreement
) -> None:
    officer, path = sign_in("officer"), f"/conventions/{drafted.reference}/reglages"
    answer = officer.post(path, {**SETTINGS, "version": "0"}, on=path)
    assert answer.status_code == 409
    assert 'value="Dominique Essai"' in answer.text
    assert officer.post(path, {"version": "1"}, on=path).status_code == 422


def test_an_officer_says_who_signs_for_a_member(
    sign_in: SignIn, factory: SessionFactory, drafted: Agreement
) -> None:
    member = drafted.signers[0]
    officer, path = sign_in("officer"), f"/conventions/{drafted.reference}/signataires/{member.id}"
    assert 'value="contact@essai.example"' in officer.get(path).text
    form = {"name": "Sacha Essai", "function": "présidente", "email": "sacha@essai.example"}
    assert officer.post(path, {**form, "email": "sacha", "version": "1"}, on=path).status_code == 422
    answer = officer.post(path, {**form, "version": str(drafted.version)}, on=path)
    assert answer.status_code == 303
    page = officer.get(hub(drafted)).text
    assert "sacha@essai.example" in page
    assert officer.get(f"/conventions/{drafted.reference}/signataires/999999").status_code == 404


def test_the_draft_is_printed_as_it_would_be_sent(sign_in: SignIn, drafted: Agreement) -> None:
    officer, path = sign_in("officer"), f"/conventions/{drafted.reference}.pdf"
    answer = officer.get(path)
    assert f'filename="convention-{drafted.reference}.pdf"' in answer.headers["Content-Disposition"]
    assert "Projet établi le" in Paper(answer.data).text
    english = officer.get(path, langue="en")
    assert f'filename="agreement-{drafted.reference}.pdf"' in english.headers["Content-Disposition"]
    assert "Courtesy translation" in Paper(english.data).text


def test_a_link_is_sent_again_to_another_address(
    sign_in: SignIn, factory: SessionFactory, sent: Agreement
) -> None:
    officer, member = sign_in("officer"), sent.signers[0]
    path = f"/conventions/{sent.reference}/liens/{member.id}"
    assert path in officer.get(hub(sent)).text
    assert officer.post(path, {"email": "autre@essai.example"}, on=path).status_code == 303
    assert "autre@essai.example" in officer.get(hub(sent)).text


def test_it_is_taken_back_with_a_reason(sign_in: SignIn, factory: SessionFactory, sent: Agreement) -> None:
    officer, version = sign_in("officer"), str(sent.version)
    path = f"/etapes/agreement/{sent.reference}/withdraw"
    assert path in officer.get(hub(sent)).text
    assert officer.post(path, {"reason": "", "version": version}, on=hub(sent)).status_code == 409
    answer = officer.post(path, {"reason": "Une date est fausse.", "version": version}, on=hub(sent))
    assert answer.location == f"/conventions/{sent.reference}"
    assert now(factory, sent).state is AgreementState.DRAFT
    assert "Une date est fausse." in officer.get(hub(sent)).text


# --- on paper ------------------------------------------------------------------------------------------------


def test_a_copy_signed_by_hand_is_filed(sign_in: SignIn, factory: SessionFactory, sent: Agreement) -> None:
    officer, path = sign_in("officer"), f"/conventions/{sent.reference}/copie"
    today = utc_now().date().isoformat()
    assert officer.post(path, {"signed_on": today}, on=path).status_code == 422
    wrong = {"signed_on": today, "file": (BytesIO(b"MZ program"), "copie.pdf")}
    assert officer.post(path, wrong, on=path).status_code == 422
    late = {"signed_on": "2020-01-01", "file": (BytesIO(PDF), "copie.pdf")}
    assert officer.post(path, late, on=path).status_code == 422
    good = {"signed_on": today, "file": (BytesIO(PDF), "Convention signée.pdf")}
    assert officer.post(path, good, on=path).status_code == 303
    assert now(factory, sent).state is AgreementState.SIGNED
    found = re.search(r'href="(/documents/DC-[^"]+)"', officer.get(hub(sent)).text)
    assert found
    for name in ("officer", "applicant", "auditor"):
        assert sign_in(name).get(found[1]).data == PDF
    assert sign_in("reviewer").get(found[1]).status_code == 404


# --- signing with an account ---------------------------------------------------------------------------------


def test_the_signatory_reads_and_signs(sign_in: SignIn, factory: SessionFactory, sent: Agreement) -> None:
    applicant, path = sign_in("applicant"), f"/conventions/{sent.reference}/signer"
    assert path in applicant.get(hub(sent)).text
    page = applicant.get(path).text
    assert "Jardins du bassin" in page
    form = {"name": "Camille Essai", "function": "présidente", "has_read": "y", "accepts_contract": "y"}
    form["digest"] = digest_on(page)
    for missing in ("has_read", "accepts_contract", "name"):
        incomplete = {name: value for name, value in form.items() if name != missing}
        answer = applicant.post(path, incomplete, on=path)
        assert answer.status_code == 422
        assert f'href="#{missing}"' in answer.text
    assert applicant.post(path, {**form, "digest": "0" * 64}, on=path).status_code == 409
    assert applicant.post(path, form, on=path).status_code == 303
    assert now(factory, sent).award.state is AwardState.ACTIVE
    assert "Camille Essai" in applicant.get(hub(sent)).text
    paper = Paper(applicant.get(f"/conventions/{sent.reference}.pdf").data).text
    assert "Signé en ligne le" in paper
    assert "Camille Essai, présidente" in paper
    again = applicant.post(path, form, on="/compte")
    assert again.status_code == 409


def test_the_signatory_refuses_with_a_reason(sign_in: SignIn, factory: SessionFactory, sent: Agreement) -> None:
    applicant, path = sign_in("applicant"), f"/conventions/{sent.reference}/refuser"
    assert path in applicant.get(f"/conventions/{sent.reference}/signer").text
    assert applicant.post(path, {"reason": " "}, on=path).status_code == 422
    answer = applicant.post(path, {"reason": "Le projet est abandonné."}, on=path)
    assert answer.status_code == 303
    assert now(factory, sent).award.state is AwardState.REFUSED
    assert "Le projet est abandonné." in sign_in("officer").get(hub(sent)).text


# --- who sees what -------------------------------------------------------------------------------------------


def test_the_alliance_sees_nothing_before_it_is_sent(sign_in: SignIn, drafted: Agreement) -> None:
    applicant = sign_in("applicant")
    page = applicant.get(hub(drafted)).text
    assert drafted.reference not in page
    for path in ("", ".pdf", "/signer"):
        assert applicant.get(f"/conventions/{drafted.reference}{path}").status_code == 404


def test_addresses_are_for_the_fund(sign_in: SignIn, sent: Agreement) -> None:
    assert "contact@essai.example" in sign_in("auditor").get(hub(sent)).text
    assert "contact@essai.example" not in sign_in("applicant").get(hub(sent)).text


def test_who_may_do_what(sign_in: SignIn, sent: Agreement) -> None:
    base, member = f"/conventions/{sent.reference}", sent.signers[0].id
    for name in ("finance", "auditor", "admin"):
        browser = sign_in(name)
        assert browser.get(hub(sent)).status_code == 200
        assert browser.get(f"{base}.pdf").status_code == 200
        for path in ("reglages", "envoyer", "copie", f"liens/{member}", f"signataires/{member}", "signer"):
            assert browser.get(f"{base}/{path}").status_code == 403
    for path in ("reglages", "envoyer", f"signataires/{member}", "modifier"):
        assert sign_in("officer").get(f"{base}/{path}").status_code == 409
    stranger = sign_in("stranger")
    for path in (hub(sent), f"{base}.pdf", f"{base}/signer"):
        assert stranger.get(path).status_code == 404
    assert sign_in("reviewer").get(hub(sent)).status_code == 403


def test_a_co_author_reads_and_does_not_sign(
    sign_in: SignIn, factory: SessionFactory, world: World, sent: Agreement
) -> None:
    with unit_of_work(factory) as session:
        application = session.get_one(Agreement, sent.id).award.application
        application.collaborators.append(Collaborator(person_id=world.people["stranger"], right=Right.WRITE))
    stranger = sign_in("stranger")
    page = stranger.get(hub(sent))
    assert page.status_code == 200
    assert "/signer" not in page.text
    assert stranger.get(f"/conventions/{sent.reference}/signer").status_code == 403
