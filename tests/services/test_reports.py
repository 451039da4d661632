"""Reports: written by parts, judged against their plan, handed in, accepted; what an overdue one keeps away."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import AuditEvent, OutboxRow, Report
from fund.models.base import utc_now
from fund.services.access import find_document
from fund.services.documents import Desk, Upload
from fund.services.overdue import waive_overdue
from fund.services.perform import NotEditable, NotPermitted, judge_steps
from fund.services.release import schedule_release
from fund.services.report_documents import hand_in_document, remove_document, report_documents, report_places
from fund.services.report_writing import (
    ACCOUNT,
    OWN,
    AnswersChanged,
    part_form,
    part_keys,
    raw_part,
    save_part,
)
from fund.services.reports import edit_report, indicators_of, use_of
from fund.services.steps import take_step
from fund.services.waitlist import advance
from fund.services.writing import digest_of
from fund.storage.blobs import BlobStore
from tests.documented import PDF
from tests.reporting import ACCOUNT_ANSWERS, NARRATIVE, RESULTS, give_plan, planned_report, write_whole
from tests.scenario import World
from workflows.application import ApplicationState
from workflows.committee import CommitteeState
from workflows.engine import Refused, StepRefused
from workflows.reasons import ReasonCode
from workflows.report import ReportState
from workflows.topics import Deadline, Topic
from workflows.voting import Outcome


def writes(session: Session, report: Report) -> list[AuditEvent]:
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "report",
        AuditEvent.subject_id == report.id,
        AuditEvent.action == "report.write",
    )
    return list(session.scalars(query.order_by(AuditEvent.seq)))


def test_the_account_begins_with_the_lines_of_the_plan(session: Session, world: World) -> None:
    report = planned_report(session, world)
    begun = raw_part(report, ACCOUNT)
    assert begun["charges"][0] == {"account": "604", "label": "Étude de terrain"}
    assert begun["products"][0] == {"account": "74", "label": "Fonds ODD 17", "fund": "yes"}
    assert report.realised == {}
    # What the fund itself decided is the plan: nobody explains that less was awarded than asked.
    assert report.plan()["products"][0]["amount"] == "15000.00"
    assert part_keys(report) == [OWN, ACCOUNT, "results"]


def test_what_is_typed_is_kept_and_its_figures_are_read(session: Session, world: World) -> None:
    report = planned_report(session, world)
    write_whole(session, world, report)
    session.expire(report)
    assert report.realised["charges"][1]["amount"] == "22 500,00"
    assert report.explanations == {"64": "Le poste a été pourvu en avril."}
    assert (report.spent_amount, report.people_reached) == (Decimal(32_500), 1_250)
    assert report.narrative == "Tout est fait."
    assert report.count_missing() == 0
    save_part(session, world["applicant"], report, "results", {"people_reached": "beaucoup"})
    assert raw_part(report, "results") == {**RESULTS, "people_reached": "beaucoup"}
    assert report.people_reached is None
    assert report.count_missing() == 1


def test_a_part_is_journalled_once_a_sitting_by_its_hash(session: Session, world: World) -> None:
    report, applicant = planned_report(session, world), world["applicant"]
    for text in ("Nous", "Nous avons", "Nous avons commencé."):
        save_part(session, applicant, report, OWN, {"narrative": text})
    save_part(session, applicant, report, OWN, {"narrative": "Nous avons commencé."})
    save_part(session, applicant, report, "results", RESULTS)
    parts = [event.body["details"]["section"] for event in writes(session, report)]
    assert parts == [OWN, "results"]
    assert "Nous" not in str([event.body for event in writes(session, report)])


def test_an_answer_changed_by_somebody_else_is_a_conflict_and_nothing_is_saved(
    session: Session, world: World
) -> None:
    report, applicant = planned_report(session, world), world["applicant"]
    seen = {"narrative": digest_of("")}
    save_part(session, applicant, report, OWN, {"narrative": "La première."}, seen=seen)
    with pytest.raises(AnswersChanged) as refused:
        save_part(session, applicant, report, OWN, {"narrative": "La seconde."}, seen=seen)
    assert refused.value.recorded == {"narrative": "La première."}
    assert report.narrative == "La première."
    # Two who type the same agree; two who change different answers keep both.
    save_part(session, applicant, report, OWN, {"narrative": "La première."}, seen=seen)
    charges = {"charges": ACCOUNT_ANSWERS["charges"]}
    begun = {name: digest_of(raw_part(report, ACCOUNT).get(name)) for name in ("charges", "products")}
    save_part(session, applicant, report, ACCOUNT, charges, seen=begun)
    save_part(session, applicant, report, ACCOUNT, {"products": ACCOUNT_ANSWERS["products"]}, seen=begun)
    assert report.realised == {name: ACCOUNT_ANSWERS[name] for name in ("charges", "products")}


def test_only_the_authors_write_and_only_while_it_is_owed(session: Session, world: World) -> None:
    report = planned_report(session, world)
    for name in ("officer", "stranger", "finance"):
        with pytest.raises(NotPermitted):
            save_part(session, world[name], report, OWN, NARRATIVE)
    with pytest.raises(NotFound):
        save_part(session, world["applicant"], report, "ailleurs", {"x": "y"})
    write_whole(session, world, report)
    take_step(session, world["applicant"], report, "submit")
    with pytest.raises(NotEditable):
        save_part(session, world["applicant"], report, OWN, {"narrative": "Encore."})


def test_handing_in_needs_all_of_it_and_freezes_the_plan(session: Session, world: World) -> None:
    report, applicant = planned_report(session, world), world["applicant"]
    write_whole(session, world, report, because_64="")
    with pytest.raises(StepRefused) as refused:
        take_step(session, applicant, report, "submit")
    assert [(r.code, r.params) for r in refused.value.reasons] == [(ReasonCode.REPORT_INCOMPLETE, {"count": 1})]
    save_part(session, applicant, report, ACCOUNT, {"because_64": "Un poste pourvu tard."})
    inputs = {"signatory_name": "Camille Essai", "signatory_function": "Présidente"}
    event = take_step(session, applicant, report, "submit", inputs=inputs)
    assert report.state is ReportState.SUBMITTED
    assert report.planned is not None
    assert (report.signatory_name, report.signatory_function) == ("Camille Essai", "Présidente")
    assert len(event.body["details"]["sha256"]) == 64
    assert "Camille" not in str(event.body)
    report.award.amount = Decimal(14_000)
    assert report.plan()["products"][0]["amount"] == "15000.00"


def test_what_is_unspent_is_what_was_paid_beyond_what_is_justified(session: Session, world: World) -> None:
    report = planned_report(session, world, paid=True)
    assert use_of(report) is None
    products = [{**ACCOUNT_ANSWERS["products"][0], "amount": "11 000,50"}, *ACCOUNT_ANSWERS["products"][1:]]
    write_whole(session, world, report, products=products)
    use = use_of(report)
    assert use is not None
    assert (use.paid, use.by_rate, use.earned) == (Decimal(15_000), Decimal(26_000), Decimal("11000.50"))
    assert use.unspent == Decimal("3999.50")
    report.final = False
    assert use_of(report) is None


def test_the_figures_of_the_report_form_are_its_indicators(session: Session, world: World) -> None:
    report = planned_report(session, world)
    assert indicators_of(report) == []
    write_whole(session, world, report)
    [people] = indicators_of(report)
    assert (people.path, people.label.fr, people.value) == (
        "results.people_reached",
        "Personnes touchées",
        Decimal(1_250),
    )


def test_without_a_plan_an_amount_is_the_account(session: Session, world: World) -> None:
    report, applicant = world.active_award(session).reports[-1], world["applicant"]
    assert [question.key for question in part_form(report, OWN).fields] == ["narrative", "people_reached"]
    edit_report(session, applicant, report, narrative="Fait.", spent_amount=Decimal(39_000), people_reached=12)
    assert raw_part(report, OWN) == {"narrative": "Fait.", "people_reached": "12"}
    account = report.judge_account()
    assert (account.problems, account.charges.planned, account.spent) == ((), Decimal(40_000), Decimal(39_000))
    assert [(i.path, i.value) for i in indicators_of(report)] == [("people_reached", Decimal(12))]
    edit_report(session, applicant, report, spent_amount=Decimal(20_000))
    assert [(path, str(problem)) for path, problem in report.judge_account().problems] == [
        ("explanations.charges", "explanation_missing"),
        ("explanations.products", "explanation_missing"),
    ]


def test_what_is_set_from_outside_takes_the_place_of_what_was_typed(session: Session, world: World) -> None:
    report, applicant = planned_report(session, world), world["applicant"]
    save_part(session, applicant, report, OWN, {"narrative": "Tapé."})
    edit_report(
        session, applicant, report, narrative="Envoyé.", account=ACCOUNT_ANSWERS, answers={"results": RESULTS}
    )
    assert raw_part(report, OWN)["narrative"] == "Envoyé."
    assert report.count_missing() == 0


def test_an_acceptance_may_reserve_something_and_says_it(session: Session, world: World) -> None:
    report, officer = planned_report(session, world), world["officer"]
    write_whole(session, world, report)
    take_step(session, world["applicant"], report, "submit")
    with pytest.raises(StepRefused) as refused:
        take_step(session, officer, report, "accept_with_reserve", inputs={"reserve": " "})
    assert [reason.code for reason in refused.value.reasons] == [ReasonCode.RESERVE_MISSING]
    reserve = "Les factures du poste 604 restent à fournir."
    take_step(session, officer, report, "accept_with_reserve", inputs={"reserve": reserve})
    assert (report.state, report.reserve) == (ReportState.ACCEPTED, reserve)
    [row] = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.REPORT_ACCEPTED)).all()
    assert row.payload["reserve"] == reserve


# --- documents -----------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: object) -> Desk:
    return Desk(BlobStore(f"file://{tmp_path}"), scans=False)


def upload(content: bytes = PDF, name: str = "photos.pdf") -> Upload:
    return Upload(name, BytesIO(content))


def test_a_document_fills_its_place_and_the_next_takes_it(session: Session, world: World, desk: Desk) -> None:
    report, applicant = planned_report(session, world), world["applicant"]
    [place] = report_places(report)
    assert place.slot == f"report.{report.id}.results.proof"
    first = hand_in_document(session, applicant, report, place.slot, upload(), desk=desk)
    assert first.sha256 == hashlib.sha256(PDF).hexdigest()
    assert report.present_slots() == {"form.results.proof"}
    second = hand_in_document(session, applicant, report, place.slot, upload(PDF + b"\n", "b.pdf"), desk=desk)
    assert [d.name for d in report_documents(session, report)[place.slot]] == ["b.pdf", "photos.pdf"]
    remove_document(session, applicant, report, second.reference)
    assert report.present_slots() == frozenset()
    with pytest.raises(NotFound):
        remove_document(session, applicant, report, second.reference)
    with pytest.raises(InvalidInput):
        hand_in_document(session, applicant, report, place.slot, upload(b"MZ\x90", "a.pdf"), desk=desk)
    with pytest.raises(NotFound):
        hand_in_document(session, applicant, report, f"report.{report.id + 1}.results.proof", upload(), desk=desk)
    with pytest.raises(NotPermitted):
        hand_in_document(session, world["officer"], report, place.slot, upload(), desk=desk)


def test_a_document_of_a_report_is_for_the_alliance_and_the_fund(
    session: Session, world: World, desk: Desk
) -> None:
    report = planned_report(session, world)
    [place] = report_places(report)
    document = hand_in_document(session, world["applicant"], report, place.slot, upload(), desk=desk)
    for name in ("applicant", "officer", "finance", "auditor"):
        assert find_document(session, world[name], document.reference) is document
    for name in ("reviewer", "member", "chair", "stranger"):
        with pytest.raises(NotFound):
            find_document(session, world[name], document.reference)


# --- an overdue report keeps new grants away ----------------------------------------------------------------


def owe(session: Session, report: Report) -> None:
    report.due_on = (utc_now() - timedelta(days=3)).date()
    session.flush()


def test_no_grant_is_released_to_an_organisation_that_owes_a_report(session: Session, world: World) -> None:
    earlier = world.active_award(session).reports[-1]
    application = world.before_committee(session)
    item = world.decide(session, application, Outcome.FUNDED, Decimal(15_000))
    world.sign_minutes(session, item.session)
    world.check_letters(session, item.session)
    owe(session, earlier)
    with pytest.raises(Refused) as refused:
        schedule_release(session, world["officer"], item.session, utc_now())
    assert [(r.code, r.params) for r in refused.value.reasons] == [
        (ReasonCode.GRANTEE_REPORT_OVERDUE, {"files": application.reference})
    ]
    with pytest.raises(NotPermitted):
        waive_overdue(session, world["finance"], application, reason="Pour essai.")
    waive_overdue(session, world["officer"], application, reason="Le compte rendu est promis pour lundi.")
    assert application.overdue_waived_reason == "Le compte rendu est promis pour lundi."
    world.release_now(session, item.session)
    assert item.session.state is CommitteeState.RELEASED
    assert application.state is ApplicationState.FUNDED
    with pytest.raises(Conflict):
        waive_overdue(session, world["officer"], application, reason="Encore.")


def test_a_waiver_lets_a_file_be_submitted(session: Session, world: World) -> None:
    owe(session, world.active_award(session).reports[-1])
    draft = world.draft(session)
    verdicts = {str(v.step.name): [r.code for r in v.reasons] for v in judge_steps(world["applicant"], draft)}
    assert ReasonCode.REPORT_OVERDUE in verdicts["application.submit"]
    waive_overdue(session, world["officer"], draft, reason="Un nouveau bureau a été élu.")
    take_step(session, world["applicant"], draft, "submit")
    assert draft.state is ApplicationState.SUBMITTED


def test_a_waiting_file_comes_up_once_nothing_is_owed(session: Session, world: World) -> None:
    earlier = world.active_award(session).reports[-1]
    give_plan(session, earlier)
    other = world.make_call(session)
    waiting = world.decided(session, Outcome.WAITLISTED, Decimal(15_000), call_id=other.id)
    owe(session, earlier)
    assert advance(session, other) == []
    with pytest.raises(StepRefused) as refused:
        take_step(session, world["system"], waiting, "fund", inputs={"amount": Decimal(1), "motivation": "M."})
    assert ReasonCode.GRANTEE_REPORT_OVERDUE in [reason.code for reason in refused.value.reasons]
    write_whole(session, world, earlier)
    session.query(OutboxRow).filter(OutboxRow.topic == Deadline.WAITLIST_MOVES).delete()
    take_step(session, world["applicant"], earlier, "submit")
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Deadline.WAITLIST_MOVES)).all()
    assert [row.subject_id for row in rows] == [other.id]
    assert len(advance(session, other)) == 1
    assert waiting.state is ApplicationState.FUNDED


def test_the_threshold_is_that_of_the_call(session: Session, world: World) -> None:
    report = planned_report(session, world)
    write_whole(session, world, report, because_64="")
    assert [chapter.key for chapter in report.judge_account().to_explain] == ["64"]
    call = report.award.application.call
    call.definition = {**call.definition, "reporting": {"threshold": "30"}}
    session.flush()
    assert report.judge_account().to_explain == ()
