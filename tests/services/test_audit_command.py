"""``fund audit verify``, as typed at a terminal."""

from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from config.settings import Settings
from fund.cli.audit import MEANING, audit
from fund.db import SessionFactory, unit_of_work
from fund.models import AuditEvent
from fund.services.journal import Fault
from tests.scenario import World
from tests.services.tampering import Chain, delete_in_the_middle, delete_the_tail, tamper


def verify(settings: Settings) -> Result:
    return CliRunner().invoke(audit, ["verify"], obj=settings)


def test_a_whole_journal_is_counted(factory: SessionFactory, world: World, settings: Settings) -> None:
    with unit_of_work(factory) as session:
        world.reported(session)
    with factory() as session:
        events = session.scalar(select(func.count()).select_from(AuditEvent))
    result = verify(settings)
    assert (result.exit_code, result.stdout) == (0, f"Chains: 11. Events: {events}. Broken chains: 0.\n")
    assert result.stderr == ""


def test_a_broken_chain_is_named_with_its_first_broken_link(
    factory: SessionFactory, world: World, settings: Settings, engine: Engine
) -> None:
    with unit_of_work(factory) as session:
        chain = Chain(session, world)
    tamper(engine, delete_the_tail, chain)
    result = verify(settings)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [
        f"application {chain.reference}, link {chain.length}: {MEANING[Fault.TAIL_MISSING]} (tail_missing)."
    ]
    tamper(engine, delete_in_the_middle, chain)
    assert f"application {chain.reference}, link 3: {MEANING[Fault.MISSING_LINK]}" in verify(settings).stdout


def test_every_fault_has_its_meaning() -> None:
    assert set(MEANING) == set(Fault)
