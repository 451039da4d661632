"""Awards of the past through the real steps, by the command."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.settings import Settings, inherited_environment
from fund.cli.award_files import import_awards
from fund.cli.imports import import_group
from fund.cli.language import speaking
from fund.cli.published_files import Outcome
from fund.db import make_engine
from fund.models import (
    Application,
    AuditEvent,
    Award,
    Call,
    Disbursement,
    ImportedRow,
    Organisation,
    OrganisationKind,
    OutboxRow,
    Report,
)
from fund.services import journal
from tests.cli.conftest import FUNDER, Command, row, rows, write_file
from tests.engines.conftest import wait_until
from tests.scenario import siret
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.call import CallState
from workflows.disbursement import DisbursementState
from workflows.engine import PARIS
from workflows.report import ReportState


def sole(session: Session, model: type[Any]) -> Any:
    return session.scalars(select(model)).one()


def test_a_row_goes_from_submission_to_closed_accounts_with_its_own_dates(
    run: Command, session: Session, tmp_path: Path
) -> None:
    result = run(import_group, "awards", write_file(tmp_path / "past.csv", [row()]))
    assert result.exit_code == 0, result.output
    application, award = sole(session, Application), sole(session, Award)
    tranche, report = sole(session, Disbursement), sole(session, Report)
    assert application.state is ApplicationState.REPORTED
    assert (award.state, award.signed_on, award.amount) == (
        AwardState.CLOSED,
        date(2017, 4, 13),
        Decimal("2400.50"),
    )
    assert (tranche.state, tranche.paid_on, tranche.paid_to) == (
        DisbursementState.PAID,
        date(2017, 1, 1),
        date(2017, 12, 31),
    )
    assert report.state is ReportState.WAIVED
    assert all(subject.imported for subject in (application, award, tranche, report, award.call))
    assert application.submitted_at.astimezone(PARIS).date() == date(2017, 4, 13)
    assert award.moved_at.astimezone(PARIS).date() == date(2017, 12, 31)


def test_the_journal_has_every_step_in_order_marked_as_imported(
    run: Command, session: Session, tmp_path: Path
) -> None:
    run(import_group, "awards", write_file(tmp_path / "past.csv", [row()]))
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.subject_type, AuditEvent.seq)).all()
    steps: dict[str, list[str]] = {}
    for event in events:
        steps.setdefault(event.subject_type, []).append(event.action.split(".")[1])
    assert steps == {
        "application": [
            "create",
            "submit",
            "start_review",
            "conclude_review",
            "send_to_committee",
            "fund",
            "report",
        ],
        "award": ["create", "offer", "sign", "close"],
        "call": ["create", "publish", "open", "close", "settle"],
        "disbursement": ["create", "release", "order", "approve", "pay"],
        "report": ["create", "waive"],
    }
    assert all(event.body["imported"] and event.body["actor"] == "import" for event in events)
    of_the_file = [event for event in events if event.subject_type != "call"]
    assert {event.occurred_at.astimezone(PARIS).date() for event in of_the_file} == {
        date(2017, 4, 13),
        date(2017, 12, 31),
    }
    states = [e.body["changes"]["state"] for e in events if e.subject_type == "disbursement"]
    assert states == [
        [None, "planned"],
        ["planned", "due"],
        ["due", "ordered"],
        ["ordered", "approved"],
        ["approved", "paid"],
    ]
    assert journal.verify(session).broken == []


def test_what_was_long_ago_is_no_news(run: Command, session: Session, tmp_path: Path) -> None:
    run(import_group, "awards", write_file(tmp_path / "past.csv", rows(3)))
    assert session.scalars(select(OutboxRow)).all() == []


def test_a_call_for_each_funder_and_year_with_exactly_its_awards_as_envelope(
    run: Command, session: Session, tmp_path: Path
) -> None:
    other = {"idAttribuant": siret(900), "nomAttribuant": "Fondation Exemple"}
    lines = [
        row(),
        row(objet="Autre", montant="100"),
        row(dateConvention="2018-02-01"),
        row(**other, montant="70"),
    ]
    run(import_group, "awards", write_file(tmp_path / "past.csv", lines))
    calls = {call.title_fr: call for call in session.scalars(select(Call))}
    assert {title: call.envelope for title, call in calls.items()} == {
        "Subventions 2017 — Ville Exemple": Decimal("2500.50"),
        "Subventions 2018 — Ville Exemple": Decimal("2400.50"),
        "Subventions 2017 — Fondation Exemple": Decimal("70.00"),
    }
    for call in calls.values():
        assert call.state is CallState.SETTLED
        assert call.remaining_envelope() == 0
    call = calls["Subventions 2017 — Ville Exemple"]
    assert call.funder.siret == FUNDER
    assert call.opens_at == datetime(2017, 1, 1, tzinfo=PARIS)
    assert call.moved_at == datetime(2018, 1, 1, tzinfo=PARIS)


def test_a_later_file_raises_the_envelope_and_the_journal_says_so(
    run: Command, session: Session, tmp_path: Path
) -> None:
    run(import_group, "awards", write_file(tmp_path / "past.csv", [row()]))
    run(import_group, "awards", write_file(tmp_path / "more.csv", [row(objet="Plus grand", montant="9000")]))
    call = sole(session, Call)
    assert call.envelope == call.max_grant == Decimal("11400.50")
    assert call.remaining_envelope() == 0
    raised = session.scalars(select(AuditEvent).where(AuditEvent.action == "call.raise_envelope")).one()
    assert raised.body["changes"]["envelope"] == ["2400.50", "11400.50"]
    assert raised.body["imported"]


def test_of_a_shared_grant_the_beneficiary_has_its_part(run: Command, session: Session, tmp_path: Path) -> None:
    line = row(montant="10 000,00", pourcentageSubvention="0,333333")
    run(import_group, "awards", write_file(tmp_path / "past.csv", [line]))
    award = sole(session, Award)
    assert (award.amount, award.shared_total, award.share) == (
        Decimal("3333.33"),
        Decimal("10000.00"),
        Decimal("0.333333"),
    )


def test_the_kind_of_an_organisation_is_said_only_where_its_numbers_tell_it(
    run: Command, session: Session, tmp_path: Path
) -> None:
    town = "21310458100011"  # a SIREN of local authorities begins with 21
    lines = [row(idAttribuant=town), row(idBeneficiaire="", rnaBeneficiaire="W990000001", objet="B")]
    run(import_group, "awards", write_file(tmp_path / "past.csv", lines))
    kinds = {o.siret or o.rna: o.kind for o in session.scalars(select(Organisation))}
    assert kinds[town] is OrganisationKind.LOCAL_AUTHORITY
    assert kinds["W990000001"] is OrganisationKind.ASSOCIATION
    assert kinds[siret(801)] is OrganisationKind.OTHER


def test_a_payment_that_is_not_over_yet_stays_planned(run: Command, session: Session, tmp_path: Path) -> None:
    this_year = datetime.now(UTC).year
    line = row(
        dateConvention=f"{this_year}-01-02", datesPeriodeVersement=f"{this_year}-01-02_{this_year + 2}-06-30"
    )
    run(import_group, "awards", write_file(tmp_path / "past.csv", [line]))
    award, tranche = sole(session, Award), sole(session, Disbursement)
    assert award.state is AwardState.ACTIVE
    assert (tranche.state, tranche.due_on) == (DisbursementState.PLANNED, date(this_year + 2, 6, 30))
    assert sole(session, Report).state is ReportState.EXPECTED
    # The present year has not ended: its call is closed all the same, because nobody can answer it.
    assert award.call.state is CallState.SETTLED
    assert award.call.closes_at <= datetime.now(UTC)


def test_a_second_run_changes_nothing(run: Command, session: Session, tmp_path: Path) -> None:
    path = write_file(tmp_path / "past.csv", [*rows(5), row(), row()])  # two identical rows are two awards
    first = run(import_group, "awards", path)
    assert "7 subventions ont été reprises." in first.output
    before = _counts(session)
    second = run(import_group, "awards", path)
    assert "0 subvention a été reprise. 7 étaient déjà connues." in second.output
    session.expire_all()
    assert _counts(session) == before
    assert before["awards"] == 7


def test_the_same_rows_saved_otherwise_are_known(run: Command, session: Session, tmp_path: Path) -> None:
    path = write_file(tmp_path / "past.csv", [row()])
    run(import_group, "awards", path)
    other = tmp_path / "other.csv"
    other.write_text(path.read_text(encoding="utf-8-sig").replace("2400,50", "2400.5"), encoding="cp1252")
    assert run(import_group, "awards", other).exit_code == 0
    assert _counts(session)["awards"] == 1


def test_two_imports_at_once_take_each_row_once(
    settings: Settings, session: Session, tmp_path: Path, capsys: Any
) -> None:
    mixed = rows(20)
    paths = [write_file(tmp_path / "a.csv", mixed[:14]), write_file(tmp_path / "b.csv", mixed[6:])]
    outcomes: list[Outcome] = []
    start = threading.Barrier(2)

    def take(path: Path) -> None:
        engine = make_engine(str(settings.database_url))
        start.wait()
        with speaking("fr"):
            outcomes.append(import_awards(engine, path, on_refusal=print, on_rows=lambda _d, _t: None))
        engine.dispose()

    threads = [threading.Thread(target=take, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcome.taken for outcome in outcomes) == 20
    assert sum(outcome.known for outcome in outcomes) == 8
    assert sole(session, Call).remaining_envelope() == 0
    assert _counts(session)["awards"] == 20
    assert "Une autre reprise est en cours." in capsys.readouterr().err


def test_an_import_killed_in_the_middle_is_finished_by_another(
    settings: Settings, run: Command, session: Session, tmp_path: Path
) -> None:
    path = write_file(tmp_path / "past.csv", rows(150))
    environment = inherited_environment() | {
        "FUND_ENV": "test",
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
    }
    command = [sys.executable, "-m", "fund.cli", "import", "awards", str(path)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        wait_until(lambda: _rows_taken(session) > 0)
        killed.send_signal(signal.SIGKILL)
    taken = _rows_taken(session)
    assert 0 < taken < 150
    result = run(import_group, "awards", path)
    assert f"{150 - taken} subventions ont été reprises. {taken} étaient déjà connues." in result.output
    call = sole(session, Call)
    assert (call.state, call.remaining_envelope()) == (CallState.SETTLED, 0)
    assert session.scalar(select(func.count()).select_from(Award)) == 150
    assert journal.verify(session).broken == []


def test_each_refused_row_is_named_with_line_column_and_reason(
    run: Command, session: Session, tmp_path: Path
) -> None:
    tomorrow = (datetime.now(PARIS) + timedelta(days=1)).date().isoformat()
    lines = [
        row(nomBeneficiaire="", idBeneficiaire=""),
        row(),
        row(dateConvention="31/02/2017"),
        row(dateConvention=tomorrow),
        row(montant="0,01", pourcentageSubvention="0,1"),
    ]
    path = write_file(tmp_path / "past.csv", lines)
    result = run(import_group, "awards", path)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Ligne 2, colonne nomBeneficiaire : La cellule est vide. Remplissez-la.",
        "Ligne 2, colonne idBeneficiaire : Le bénéficiaire n’a ni SIRET ni numéro RNA. Indiquez l’un des deux.",
        "Ligne 4, colonne dateConvention, « 31/02/2017 » : Ce jour n’existe pas au calendrier.",
        f"Ligne 5, colonne dateConvention, « {tomorrow} » : La convention porte une date à venir.",
        "Ligne 6, colonne montant, « 0.01 » : La part du bénéficiaire doit être d’un centime au moins.",
        "1 subvention a été reprise. 0 était déjà connue. 4 lignes ont été refusées.",
    ]
    english = run(import_group, "awards", path, "--language", "en")
    assert "Line 2, column nomBeneficiaire: The cell is empty. Fill it in." in english.stdout.splitlines()
    assert _counts(session)["awards"] == 1


def test_a_row_that_the_database_refuses_costs_itself_only(run: Command, session: Session, tmp_path: Path) -> None:
    session.execute(text("ALTER TABLE awards ADD CONSTRAINT no_such_purpose CHECK (purpose <> 'Projet 1')"))
    session.commit()
    try:
        result = run(import_group, "awards", write_file(tmp_path / "past.csv", rows(3)))
    finally:
        session.execute(text("ALTER TABLE awards DROP CONSTRAINT no_such_purpose"))
        session.commit()
    assert result.exit_code == 0
    assert result.stdout.startswith("Ligne 3 : ")
    assert "2 subventions ont été reprises. 0 était déjà connue. 1 ligne a été refusée." in result.stdout
    assert sorted(session.scalars(select(Award.purpose))) == ["Projet 0", "Projet 2"]
    assert session.scalars(select(Application.title)).all() == ["Projet 0", "Projet 2"]
    assert journal.verify(session).broken == []


def test_awards_beyond_what_money_can_hold_are_refused_as_a_whole(
    run: Command, session: Session, tmp_path: Path
) -> None:
    lines = [row(montant="999999999999"), row(montant="999999999999", objet="Encore")]
    result = run(import_group, "awards", write_file(tmp_path / "past.csv", lines))
    assert result.exit_code == 1
    assert "Ville Exemple" in result.stderr
    assert _counts(session)["calls"] == 0


def test_a_file_of_nothing_but_faults_ends_with_an_error(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04 and so on")
    result = run(import_group, "awards", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("Ligne 1 : Ce fichier n’est pas un texte CSV.")


def test_progress_is_told_on_the_standard_error(run: Command, tmp_path: Path) -> None:
    result = run(import_group, "awards", write_file(tmp_path / "past.csv", [*rows(2), row(montant="")]))
    assert result.stderr.splitlines() == ["3 lignes sur 3"]


def _rows_taken(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(ImportedRow)) or 0


def _counts(session: Session) -> Counter[str]:
    session.rollback()
    models = (Application, AuditEvent, Award, Call, Disbursement, ImportedRow, Organisation, Report)
    return Counter({m.__tablename__: session.scalar(select(func.count()).select_from(m)) or 0 for m in models})
