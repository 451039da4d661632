"""The journal: what it writes, and what the database refuses."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import Conflict
from fund.models import AuditEvent
from fund.services import applications, journal
from fund.services.journal import canonical, verify
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.tampering import Chain
from workflows.permissions import Actor


@pytest.fixture
def chain(factory: SessionFactory, world: World) -> Chain:
    with unit_of_work(factory) as session:
        return Chain(session, world)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET seq = seq + 1",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events CASCADE",
        "UPDATE audit_personal SET data = '{}'",
        "TRUNCATE audit_personal",
    ],
)
def test_the_database_refuses_to_rewrite_the_journal(
    factory: SessionFactory, chain: Chain, statement: str
) -> None:
    with pytest.raises(Conflict) as caught, unit_of_work(factory) as session:
        session.execute(text(statement))
    assert caught.value.code == "journal_append_only"


def test_erased_personal_data_leaves_a_chain_that_verifies(
    factory: SessionFactory, session: Session, chain: Chain
) -> None:
    with unit_of_work(factory) as erasing:
        erased = erasing.execute(text("DELETE FROM audit_personal"))
        assert erased.rowcount > 10  # type: ignore[attr-defined]  # a DELETE's result has a row count
    result = verify(session)
    assert result.broken == []
    assert session.scalar(text("SELECT count(*) FROM audit_personal")) == 0


def test_the_first_link_tells_the_whole_of_a_new_subject(session: Session, world: World) -> None:
    """Defaults and foreign keys too: who reads which file must stand in the journal."""
    review = world.assigned(session).reviews[0]
    session.flush()
    first = links(session, "review", review.id)[0]
    assert first.body["changes"]["reviewer_id"] == [None, world.people["reviewer"]]
    assert first.body["changes"]["application_id"] == [None, review.application_id]
    assert first.body["changes"]["state"] == [None, "draft"]
    assert first.body["changes"]["reference"] == [None, review.reference]


def test_a_link_tells_before_and_after_of_each_field(session: Session, world: World) -> None:
    application = world.draft(session)
    session.flush()
    event = applications.edit_application(
        session,
        world["applicant"],
        application,
        title="Deux ateliers",
        requested_amount=Decimal("21000.50"),
        contact_email="autre@essai.example",
    )
    assert event is not None
    assert event.body["changes"] == {
        "title": ["Un atelier partagé", "Deux ateliers"],
        "requested_amount": ["20000", "21000.50"],
    }
    assert event.personal is not None
    assert event.personal.data["changes"] == {"contact_email": ["contact@essai.example", "autre@essai.example"]}
    assert "essai.example" not in json.dumps(event.body)


def test_an_edit_that_changes_nothing_leaves_no_link(session: Session, world: World) -> None:
    application = world.draft(session)
    session.flush()
    before = application.version, application.journal_length
    assert applications.edit_application(session, world["applicant"], application, title=application.title) is None
    session.flush()
    assert (application.version, application.journal_length) == before


def test_a_link_names_the_request_and_the_reason(session: Session, world: World) -> None:
    officer = world["officer"]
    actor = Actor(
        officer.reference, officer.name, officer.roles, person_id=officer.person_id, request_id="req-0123456789"
    )
    application = world.submitted(session)
    event = take_step(
        session, actor, application, "declare_ineligible", inputs={"reason": " Hors du territoire. "}
    )
    assert event.body["request"] == "req-0123456789"
    assert event.body["reason"] == "Hors du territoire."
    assert event.body["actor"] == officer.reference
    assert event.body["changes"]["state"] == ["submitted", "ineligible"]


def links(session: Session, kind: str, owner_id: int) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.subject_type == kind, AuditEvent.subject_id == owner_id)
    return list(session.scalars(query.order_by(AuditEvent.seq)))


# What a body may hold: no floats (canonical JSON has none), no NUL (PostgreSQL has none), no lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(body=BODIES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_body_keeps_its_hash_through_the_database(session: Session, body: Any) -> None:
    kept = session.scalar(select(bindparam("body", [body], type_=JSONB)))
    assert canonical(kept) == canonical([body])


def test_the_canonical_form_is_exact() -> None:
    """Written down: a form that changes would break every chain ever written."""
    body = {"b": [1, None, True, "« é »\n"], "a": {"z": "", "é": "20000.50"}}
    assert canonical(body) == '{"a":{"z":"","é":"20000.50"},"b":[1,null,true,"« é »\\n"]}'.encode()


@pytest.mark.parametrize("value", [1.5, b"octets", object()])
def test_the_journal_takes_no_value_without_a_form(value: object) -> None:
    with pytest.raises(TypeError):
        journal.plain({"value": [value]})
