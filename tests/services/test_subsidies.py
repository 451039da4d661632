"""Published grants: kept once, found for whom they were given to, and by nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Organisation, OrganisationKind
from fund.services.history import PastAward
from fund.services.perform import NotPermitted
from fund.services.subsidies import SHOWN, YearTotal, latest_import, record_subsidies, subsidies_of
from tests.engines.conftest import wait_until
from tests.scenario import World, siret
from workflows.permissions import IMPORTER, Actor

RNA = "W990000001"


def past(**facts: Any) -> PastAward:
    values: dict[str, Any] = {
        "grantor_name": "Ville Exemple",
        "grantor_siret": siret(800),
        "agreement_date": date(2024, 5, 6),
        "decision_reference": None,
        "beneficiary_name": "Association Exemple",
        "beneficiary_siret": siret(3),
        "beneficiary_rna": None,
        "purpose": "Un atelier",
        "amount": Decimal(1_000),
        "share": Decimal(1),
        "nature": "aide en numéraire",
        "payment_condition": "unique",
        "period_start": date(2024, 5, 6),
        "period_end": None,
        "rae_id": None,
        "eu_notified": False,
        "scheme": None,
    }
    return PastAward(**{**values, **facts})


def record(session: Session, *awards: PastAward, actor: Actor = IMPORTER) -> set[bytes]:
    rows = {str(award).encode(): award for award in awards}
    return record_subsidies(session, actor, rows, source="ville.csv", source_digest=b"digest")


def organisation(session: Session, name: str, **numbers: str | None) -> Organisation:
    made = Organisation(name=name, kind=OrganisationKind.ASSOCIATION, **numbers)
    session.add(made)
    session.flush()
    return made


def objects(session: Session, one: Organisation) -> list[str]:
    return [subsidy.object for subsidy in subsidies_of(session, [one])[one.id].latest]


def test_a_known_row_is_not_taken_again(session: Session) -> None:
    assert len(record(session, past(), past(purpose="Deux"))) == 2
    assert record(session, past(), past(purpose="Deux")) == set()
    assert record(session, past(), past(purpose="Trois")) == {str(past(purpose="Trois")).encode()}
    assert record(session) == set()


def test_two_imports_of_the_same_rows_never_wait_in_a_circle(factory: SessionFactory) -> None:
    names = ("a", "m", "z")
    facts = {name.encode(): past(purpose=name) for name in names}

    def take(rows: dict[bytes, PastAward]) -> set[bytes]:
        with unit_of_work(factory) as session:
            return record_subsidies(session, IMPORTER, rows, source="ville.csv", source_digest=b"digest")

    with factory() as holder, ThreadPoolExecutor(2) as pool:
        # Whoever comes to the row in the middle waits for it, with the rows before it in hand.
        record_subsidies(holder, IMPORTER, {b"m": facts[b"m"]}, source="", source_digest=b"")
        one = pool.submit(take, facts)
        two = pool.submit(take, dict(reversed(facts.items())))
        wait_until(lambda: _count_waiting(factory) == 2)
        holder.rollback()
        assert sorted(map(len, (one.result(20), two.result(20)))) == [0, 3]


def _count_waiting(factory: SessionFactory) -> int:
    with factory() as session:
        waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return session.scalar(text(f"SELECT count(*) {waiting}")) or 0


def test_only_staff_and_the_import_may_take_grants_in(session: Session, world: World) -> None:
    for name in ("applicant", "partner", "reviewer", "chair", "finance", "auditor"):
        with pytest.raises(NotPermitted):
            record(session, past(), actor=world[name])
    for name in ("officer", "admin"):
        assert record(session, past(purpose=name), actor=world[name])


def test_grants_are_found_for_all_sites_of_a_legal_person_and_for_no_other(session: Session) -> None:
    here, there = siret(3), siret(3)[:9] + "00025"
    record(
        session,
        past(purpose="Siège", beneficiary_siret=here),
        past(purpose="Antenne", beneficiary_siret=there, agreement_date=date(2025, 1, 1)),
        past(purpose="Autre", beneficiary_siret=siret(4)),
    )
    site = organisation(session, "Siège", siret=here, siren=here[:9])
    other = organisation(session, "Sans rien publié", siret=siret(9), siren=siret(9)[:9])
    nameless = organisation(session, "Sans numéro")
    assert objects(session, site) == ["Antenne", "Siège"]
    found = subsidies_of(session, [site, other, nameless])
    assert [found[one.id].count for one in (site, other, nameless)] == [2, 0, 0]


def test_the_rna_counts_where_one_side_has_no_siren(session: Session) -> None:
    record(
        session,
        past(purpose="RNA seul", beneficiary_siret=None, beneficiary_rna=RNA),
        past(purpose="Les deux", beneficiary_siret=siret(3), beneficiary_rna=RNA),
        past(purpose="SIREN d’une autre", beneficiary_siret=siret(4), beneficiary_rna=RNA),
    )
    numbered = organisation(session, "Avec les deux", siret=siret(3), siren=siret(3)[:9], rna=RNA)
    assert sorted(objects(session, numbered)) == ["Les deux", "RNA seul"]
    numberless = organisation(session, "RNA seul", rna=RNA)
    assert sorted(objects(session, numberless)) == ["Les deux", "RNA seul", "SIREN d’une autre"]


def test_the_latest_are_listed_and_the_totals_count_all(session: Session) -> None:
    lead = organisation(session, "Lauréate", siret=siret(3), siren=siret(3)[:9])
    days = [date(2023, 1, 1 + n) for n in range(SHOWN + 3)]
    record(session, *(past(purpose=f"n° {day.day}", agreement_date=day) for day in days))
    record(session, past(purpose="Ancien", agreement_date=date(2016, 3, 1), amount=Decimal("70.55")))
    record(session, past(purpose="Part", agreement_date=date(2016, 2, 1), share=Decimal("0.5")))
    granted = subsidies_of(session, [lead])[lead.id]
    assert [subsidy.granted_on for subsidy in granted.latest] == days[: -SHOWN - 1 : -1]
    assert granted.years == (
        YearTotal(2023, SHOWN + 3, Decimal(1_000) * (SHOWN + 3)),
        YearTotal(2016, 2, Decimal("570.55")),
    )
    assert (granted.count, granted.amount) == (SHOWN + 5, Decimal("13570.55"))


def test_one_statement_serves_all_members(session: Session) -> None:
    members = [organisation(session, f"Membre {n}", siret=siret(n), siren=siret(n)[:9]) for n in range(50, 62)]
    record(
        session, *(past(beneficiary_siret=member.siret, purpose=str(n)) for n in range(3) for member in members)
    )
    sent: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *call: sent.append(call[2]))
    found = subsidies_of(session, members)
    assert {granted.count for granted in found.values()} == {3}
    assert len(sent) == 1
    assert subsidies_of(session, []) == {}


def test_when_grants_were_last_taken_in(session: Session) -> None:
    assert latest_import(session) is None
    record(session, past())
    assert latest_import(session) is not None
