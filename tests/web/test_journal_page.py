"""The journal of one file as an auditor reads it."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, text

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, AuditEvent, AuditPersonal, Call
from fund.services import applications, awards, calls, interests, repayments
from fund.services.review_versions import content_sha256, marks_of
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def corrected(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        file = world.draft(session, title="Maison de santé")
        applications.edit_application(session, world["applicant"], file, total_budget=Decimal(42_000))
        take_step(session, world["applicant"], file, "submit")
        return file.reference


def test_the_journal_tells_who_did_what_and_that_the_chain_is_whole(sign_in: SignIn, corrected: str) -> None:
    page = sign_in("auditor").get(f"/journal/application/{corrected}").text
    assert "tone-success" in page
    assert "Applicant" in page
    assert re.search(r"<del[^>]*>.*40\s000,00\s€</del>.*42\s000,00\s€", page)
    assert re.search(r"<code title=\"[0-9a-f]{64}\">[0-9a-f]{12}</code>", page)
    # The state is told as two badges, not as a field.
    assert "Brouillon" in page
    assert "Déposé" in page


def test_every_journal_of_a_whole_life_can_be_read(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file = world.reported(session)
        award = file.award
        assert award is not None
        subjects = [
            ("call", file.call.reference),
            ("application", file.reference),
            ("review", file.reviews[0].reference),
            ("committee", file.items[0].session.reference),
            ("award", award.reference),
            ("disbursement", award.disbursements[0].reference),
            ("report", award.reports[0].reference),
        ]
    auditor = sign_in("auditor")
    for kind, reference in subjects:
        answer = auditor.get(f"/journal/{kind}/{reference}")
        assert answer.status_code == 200, kind
        assert 'tone-danger" role=' not in answer.text, kind
        assert not re.search(r"\w+_id<", answer.text), kind
        # Actions without a name would be shown as the code writes them.
        assert not re.search(rf">{kind}\.\w+<", answer.text), kind


def test_an_altered_event_is_shown_as_such(sign_in: SignIn, factory: SessionFactory, corrected: str) -> None:
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == corrected)).one()
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text(
                "UPDATE audit_events SET body = jsonb_set(body, '{reason}', '\"forged\"')"
                " WHERE subject_type = 'application' AND subject_id = :id AND seq = 2"
            ),
            {"id": file.id},
        )
    page = sign_in("auditor").get(f"/journal/application/{corrected}").text
    assert 'tone-danger" role="alert"' in page
    assert re.search(r"tone-danger\" role=\"alert\">.*?2", page, re.DOTALL)


def test_a_tail_cut_off_is_shown_as_such(sign_in: SignIn, factory: SessionFactory, corrected: str) -> None:
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == corrected)).one()
        mine = (AuditEvent.subject_type == "application", AuditEvent.subject_id == file.id)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        last = select(AuditEvent.id).where(*mine).order_by(AuditEvent.seq.desc()).limit(1).scalar_subquery()
        session.execute(delete(AuditPersonal).where(AuditPersonal.event_id == last))
        session.execute(delete(AuditEvent).where(AuditEvent.id == last))
    assert 'tone-danger" role="alert"' in sign_in("auditor").get(f"/journal/application/{corrected}").text


def test_an_erased_person_leaves_the_chain_whole(sign_in: SignIn, factory: SessionFactory, corrected: str) -> None:
    with unit_of_work(factory) as session:
        file = session.scalars(select(Application).where(Application.reference == corrected)).one()
        mine = select(AuditEvent.id).where(
            AuditEvent.subject_type == "application", AuditEvent.subject_id == file.id
        )
        session.execute(delete(AuditPersonal).where(AuditPersonal.event_id.in_(mine)))
    page = sign_in("auditor").get(f"/journal/application/{corrected}").text
    assert 'tone-danger" role="alert"' not in page
    assert "(PE-" in page


def test_a_long_journal_is_read_page_by_page(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        for number in range(30):
            calls.raise_envelope(session, world["officer"], call, Decimal(100), reason=f"Don {number}")
        reference = call.reference
    auditor = sign_in("auditor")
    page = auditor.get(f"/journal/call/{reference}").text
    assert "Don 29" in page
    assert "Don 2<" not in page
    further = re.search(r'rel="next" href="([^"]+)"', page)
    assert further
    assert "Don 2<" in auditor.client.get(further[1].replace("&amp;", "&")).text


@pytest.mark.parametrize("name", ["applicant", "reviewer", "member"])
def test_the_journal_is_for_staff(sign_in: SignIn, corrected: str, name: str) -> None:
    assert sign_in(name).get(f"/journal/application/{corrected}").status_code == 403


def test_unknown_kinds_and_references_do_not_exist(sign_in: SignIn, corrected: str) -> None:
    auditor = sign_in("auditor")
    assert auditor.get(f"/journal/person/{corrected}").status_code == 404
    assert auditor.get("/journal/application/DO-XXXX-XXXX").status_code == 404


def test_rows_are_told_in_words(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        award = world.award(session)
        review = award.application.reviews[0]
        given = content_sha256(marks_of(review), review.comment, review.score)
        read = review.reference
        sitting = award.application.items[0].session.reference
        reference, file = award.reference, award.application.reference
    auditor = sign_in("auditor")
    assert re.search(r"10\s000,00\s€ · 1er\sjanvier\s2026", auditor.get(f"/journal/award/{reference}").text)
    # Of a review the journal has the hash of what was given in; the words are among its versions.
    assert given in auditor.get(f"/journal/review/{read}").text
    assert re.search(r"Pilote · 5\s000,00\s€", auditor.get(f"/journal/application/{file}").text)
    assert "Chair\nMember" in auditor.get(f"/journal/committee/{sitting}").text


def test_whoever_keeps_off_a_file_does_not_read_what_a_session_made_of_it(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        application = world.before_committee(session)
        sitting = world.decide(session, application, motivation="Un motif qui se lit.").session.reference
        interests.declare(session, world["officer2"], application, "Mon voisin.")
    told = f"/journal/committee/{sitting}"
    assert application.reference in sign_in("auditor").get(told).text
    kept_off = sign_in("officer2").get(told)
    assert kept_off.status_code == 200
    assert application.reference not in kept_off.text


def test_the_journals_of_money_are_told_in_words(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    wanted = [
        {"kind": "cofinancing_proven", "label": "Convention avec la commune"},
        {"kind": "report_accepted", "report": 1},
    ]
    with unit_of_work(factory) as session:
        award = world.paid_award(session)
        repayment = repayments.ask(session, world["officer"], award, amount=Decimal(1_000), reason="Non dépensé.")
        account = award.beneficiary.bank_account
        assert account is not None
        planned = world.award(session)
        line = {"amount": planned.amount, "due_on": None, "conditions": wanted}
        awards.set_schedule(session, world["officer"], planned, tranches=[line])
        subjects = [
            ("bank_account", account.reference),
            ("repayment", repayment.reference),
            ("award", planned.reference),
            ("disbursement", planned.disbursements[0].reference),
        ]
    auditor, pages = sign_in("auditor"), {}
    for kind, reference in subjects:
        answer = auditor.get(f"/journal/{kind}/{reference}")
        assert answer.status_code == 200, kind
        assert not re.search(rf">{kind}\.\w+<|\w+_id<|cofinancing_proven", answer.text), kind
        pages[kind] = answer.text
    assert "FR •••• 0189" in pages["bank_account"]
    assert "FR76300060000112345678901" not in pages["bank_account"]
    assert "Par téléphone, à un numéro connu d’avance" in pages["bank_account"]
    condition = "Le cofinancement est justifié (Convention avec la commune)"
    for kind in ("award", "disbursement"):
        assert condition in pages[kind]
        assert "Un compte rendu est accepté (compte rendu 1)" in pages[kind]
    assert "Compte rendu final" in pages["award"]
