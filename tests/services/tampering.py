# ruff: noqa: S608 - the statements are put together from this file's own constants
"""What a superuser of the database can do to a journal, past the triggers."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from fund.services.journal import canonical
from fund.services.steps import take_step
from tests.scenario import World

Tamper = Callable[[Connection, "Chain"], None]


class Chain:
    """One application's chain of six events, and a second application to confuse it with."""

    def __init__(self, session: Session, world: World) -> None:
        application, other = world.in_review(session), world.draft(session)
        inputs = {"reason": "Pour essai.", "return_due_at": application.submission_deadline + timedelta(days=30)}
        take_step(session, world["officer"], application, "return", inputs=inputs)
        take_step(session, world["applicant"], application, "resubmit")
        session.flush()
        self.id, self.reference, self.length = application.id, application.reference, application.journal_length
        self.other_id, self.other_reference, self.other_length = other.id, other.reference, other.journal_length


def tamper(engine: Engine, act: Tamper, chain: Chain) -> None:
    """Past the triggers, as only a superuser can."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        act(connection, chain)


def run(connection: Connection, statement: str, **values: Any) -> None:
    assert connection.execute(text(statement), values).rowcount > 0


LINK = "WHERE subject_type = 'application' AND subject_id = :id AND seq = :seq"


def edit_body(connection: Connection, chain: Chain) -> None:
    run(
        connection,
        f"""UPDATE audit_events SET body = jsonb_set(body, '{{actor}}', '"PE-FAUX-FAUX"') {LINK}""",
        id=chain.id,
        seq=3,
    )


def edit_hash(connection: Connection, chain: Chain) -> None:
    run(connection, f"UPDATE audit_events SET hash = sha256(hash) {LINK}", id=chain.id, seq=3)


def edit_body_and_hash(connection: Connection, chain: Chain) -> None:
    """The forger knows the hash function; the next link still names the old hash."""
    body = connection.scalar(text(f"SELECT body FROM audit_events {LINK}"), {"id": chain.id, "seq": 3})
    forged = {**body, "actor": "PE-FAUX-FAUX"}
    write_link(connection, chain.id, 3, forged)


def empty_body(connection: Connection, chain: Chain) -> None:
    """Nothing that verifying could read, under its right hash."""
    write_link(connection, chain.id, 3, {"action": "application.edit"})


def edit_last_body_and_hash(connection: Connection, chain: Chain) -> None:
    """No link follows; the head on the subject still names the old hash."""
    parameters = {"id": chain.id, "seq": chain.length}
    body = connection.scalar(text(f"SELECT body FROM audit_events {LINK}"), parameters)
    write_link(connection, chain.id, chain.length, {**body, "actor": "PE-FAUX-FAUX"})


def write_link(connection: Connection, owner_id: int, seq: int, body: Any) -> None:
    statement = text(f"UPDATE audit_events SET body = :body, hash = :hash {LINK}").bindparams(
        bindparam("body", type_=JSONB)
    )
    digest = hashlib.sha256(canonical(body)).digest()
    connection.execute(statement, {"body": body, "hash": digest, "id": owner_id, "seq": seq})


def delete_in_the_middle(connection: Connection, chain: Chain) -> None:
    run(connection, f"DELETE FROM audit_events {LINK}", id=chain.id, seq=3)


def delete_and_close_the_gap(connection: Connection, chain: Chain) -> None:
    run(connection, f"DELETE FROM audit_events {LINK}", id=chain.id, seq=3)
    for seq in range(4, chain.length + 1):
        run(connection, f"UPDATE audit_events SET seq = seq - 1 {LINK}", id=chain.id, seq=seq)


def delete_the_tail(connection: Connection, chain: Chain) -> None:
    run(connection, f"DELETE FROM audit_events {LINK}", id=chain.id, seq=chain.length)


def delete_the_chain(connection: Connection, chain: Chain) -> None:
    run(
        connection, "DELETE FROM audit_events WHERE subject_type = 'application' AND subject_id = :id", id=chain.id
    )


def delete_the_chain_and_its_head(connection: Connection, chain: Chain) -> None:
    delete_the_chain(connection, chain)
    run(connection, "UPDATE applications SET journal_length = 0, journal_head = NULL WHERE id = :id", id=chain.id)


def swap_two_links(connection: Connection, chain: Chain) -> None:
    for old, new in ((3, 1_000), (4, 3), (1_000, 4)):
        run(connection, f"UPDATE audit_events SET seq = :new {LINK}", id=chain.id, seq=old, new=new)


def swap_two_contents(connection: Connection, chain: Chain) -> None:
    run(
        connection,
        """UPDATE audit_events e SET body = o.body, hash = o.hash FROM audit_events o
           WHERE e.subject_type = 'application' AND o.subject_type = 'application'
             AND e.subject_id = :id AND o.subject_id = :id AND (e.seq, o.seq) IN ((3, 4), (4, 3))""",
        id=chain.id,
    )


def insert_in_the_middle(connection: Connection, chain: Chain) -> None:
    for seq in range(chain.length, 2, -1):
        run(connection, f"UPDATE audit_events SET seq = seq + 1 {LINK}", id=chain.id, seq=seq)
    copy_link(connection, chain, seq=2, to=3)


def insert_at_the_tail(connection: Connection, chain: Chain) -> None:
    """A link that is right in itself, and that the head does not know."""
    query = text(f"SELECT body, hash FROM audit_events {LINK}")
    last = connection.execute(query, {"id": chain.id, "seq": chain.length}).one()
    body = {**last.body, "seq": chain.length + 1, "previous": last.hash.hex()}
    copy_link(connection, chain, seq=2, to=chain.length + 1)
    write_link(connection, chain.id, chain.length + 1, body)


def copy_link(connection: Connection, chain: Chain, *, seq: int, to: int) -> None:
    run(
        connection,
        f"""INSERT INTO audit_events (subject_type, subject_id, seq, body, hash)
            SELECT subject_type, subject_id, :new, body, hash FROM audit_events {LINK}""",
        id=chain.id,
        seq=seq,
        new=to,
    )


def move_to_another_subject(connection: Connection, chain: Chain) -> None:
    run(
        connection,
        f"UPDATE audit_events SET subject_id = :other, seq = 1000 {LINK}",
        id=chain.id,
        seq=chain.length,
        other=chain.other_id,
    )


def exchange_two_chains(connection: Connection, chain: Chain) -> None:
    """Each chain is right in itself, and its head goes with it: only the subject's name in the links tells."""
    pair = {"id": chain.id, "other": chain.other_id}
    give = "UPDATE audit_events SET subject_id = :new WHERE subject_type = 'application' AND subject_id = :old"
    for old, new in ((chain.id, -1), (chain.other_id, chain.id), (-1, chain.other_id)):
        run(connection, give, old=old, new=new)
    run(
        connection,
        """UPDATE applications a SET journal_length = b.journal_length, journal_head = b.journal_head
           FROM applications b WHERE (a.id, b.id) IN ((:id, :other), (:other, :id))""",
        **pair,
    )


def exchange_personal_data(connection: Connection, chain: Chain) -> None:
    run(
        connection,
        f"""UPDATE audit_personal SET (salt, data) = (
                SELECT salt, data FROM audit_personal WHERE event_id = (SELECT id FROM audit_events {LINK}))
            WHERE event_id = (SELECT id FROM audit_events {LINK.replace(":seq", ":target")})""",
        id=chain.id,
        seq=1,
        target=3,
    )


def edit_personal_data(connection: Connection, chain: Chain) -> None:
    run(
        connection,
        f"""UPDATE audit_personal SET data = jsonb_set(data, '{{actor}}', '"Quelqu''un d''autre"')
            WHERE event_id = (SELECT id FROM audit_events {LINK})""",
        id=chain.id,
        seq=3,
    )


def give_events_to_nobody(connection: Connection, chain: Chain) -> None:
    run(connection, "DELETE FROM applications WHERE id = :id", id=chain.other_id)


def give_events_to_an_unknown_kind(connection: Connection, chain: Chain) -> None:
    copy_link(connection, chain, seq=2, to=1_000)
    run(
        connection,
        "UPDATE audit_events SET subject_type = 'autre' WHERE subject_id = :id AND seq = 1000",
        id=chain.id,
    )


def delete_the_first_link_of_the_other(connection: Connection, chain: Chain) -> None:
    run(connection, f"DELETE FROM audit_events {LINK}", id=chain.other_id, seq=1)
