"""Each way of tampering with the journal is found, and the first broken link named."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.services.journal import BrokenLink, Fault, verify
from tests.scenario import World
from tests.services.tampering import (
    Chain,
    Tamper,
    delete_and_close_the_gap,
    delete_in_the_middle,
    delete_the_chain,
    delete_the_chain_and_its_head,
    delete_the_first_link_of_the_other,
    delete_the_tail,
    edit_body,
    edit_body_and_hash,
    edit_hash,
    edit_last_body_and_hash,
    edit_personal_data,
    empty_body,
    exchange_personal_data,
    exchange_two_chains,
    give_events_to_an_unknown_kind,
    give_events_to_nobody,
    insert_at_the_tail,
    insert_in_the_middle,
    move_to_another_subject,
    swap_two_contents,
    swap_two_links,
    tamper,
)


@pytest.fixture
def chain(factory: SessionFactory, world: World) -> Chain:
    with unit_of_work(factory) as session:
        return Chain(session, world)


@pytest.mark.parametrize(
    ("act", "from_end", "seq", "fault"),
    [
        (edit_body, False, 3, Fault.EDITED),
        (edit_hash, False, 3, Fault.EDITED),
        (edit_body_and_hash, False, 4, Fault.WRONG_PREVIOUS),
        (empty_body, False, 3, Fault.MISPLACED),
        (edit_last_body_and_hash, True, 0, Fault.EDITED),
        (delete_in_the_middle, False, 3, Fault.MISSING_LINK),
        (delete_and_close_the_gap, False, 3, Fault.MISPLACED),
        (delete_the_tail, True, 0, Fault.TAIL_MISSING),
        (delete_the_chain, False, 1, Fault.TAIL_MISSING),
        (delete_the_chain_and_its_head, False, 1, Fault.TAIL_MISSING),
        (swap_two_links, False, 3, Fault.MISPLACED),
        (swap_two_contents, False, 3, Fault.MISPLACED),
        (insert_in_the_middle, False, 3, Fault.MISPLACED),
        (insert_at_the_tail, True, 1, Fault.UNKNOWN_EVENTS),
        (edit_personal_data, False, 3, Fault.PERSONAL_EDITED),
        (exchange_personal_data, False, 3, Fault.PERSONAL_EDITED),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_tampering_is_found_at_the_first_broken_link(
    engine: Engine, session: Session, chain: Chain, act: Tamper, from_end: bool, seq: int, fault: Fault
) -> None:
    assert verify(session).broken == []
    session.rollback()
    tamper(engine, act, chain)
    expected = chain.length + seq if from_end else seq
    assert verify(session).broken == [BrokenLink("application", chain.reference, expected, fault)]


def test_an_event_moved_to_another_subject_is_found_at_both(
    engine: Engine, session: Session, chain: Chain
) -> None:
    tamper(engine, move_to_another_subject, chain)
    assert verify(session).broken == [
        BrokenLink("application", chain.reference, chain.length, Fault.TAIL_MISSING),
        BrokenLink("application", chain.other_reference, chain.other_length + 1, Fault.MISSING_LINK),
    ]


def test_two_exchanged_chains_are_both_found(engine: Engine, session: Session, chain: Chain) -> None:
    tamper(engine, exchange_two_chains, chain)
    assert verify(session).broken == [
        BrokenLink("application", chain.reference, 1, Fault.MISPLACED),
        BrokenLink("application", chain.other_reference, 1, Fault.MISPLACED),
    ]


def test_events_whose_subject_is_gone_are_found(engine: Engine, session: Session, chain: Chain) -> None:
    tamper(engine, give_events_to_nobody, chain)
    assert verify(session).broken == [BrokenLink("application", f"#{chain.other_id}", 1, Fault.UNKNOWN_EVENTS)]


def test_events_of_an_unknown_kind_are_found(engine: Engine, session: Session, chain: Chain) -> None:
    tamper(engine, give_events_to_an_unknown_kind, chain)
    assert verify(session).broken == [BrokenLink("autre", f"#{chain.id}", 1, Fault.UNKNOWN_EVENTS)]


def test_several_broken_chains_are_each_named(engine: Engine, session: Session, chain: Chain) -> None:
    tamper(engine, edit_body, chain)
    tamper(engine, delete_the_first_link_of_the_other, chain)
    assert [(link.reference, link.seq) for link in verify(session).broken] == [
        (chain.reference, 3),
        (chain.other_reference, 1),
    ]
