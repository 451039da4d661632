"""``fund storage``: does the store of documents hold what the database names, and nothing else?"""

import click

from config.settings import Settings
from fund.cli.db import ready_database
from fund.db import make_session_factory, unit_of_work
from fund.services.documents import clear_orphan, find_lost, find_orphans, order_missing_scans
from fund.storage.blobs import BlobStore


@click.group()
def storage() -> None:
    """Contents of documents: what is lost, what nobody names, what was not scanned."""


@storage.command("check")
@click.pass_obj
def check_command(settings: Settings) -> None:
    """List documents whose content is lost. Ends with status 1 if there is one: a backup must be brought back."""
    with ready_database(settings) as engine, unit_of_work(make_session_factory(engine)) as session:
        lost = find_lost(session, BlobStore(settings.storage_url))
        for document in lost:
            click.echo(f"{document.reference}  {document.sha256}")
    click.echo(f"Documents without their content: {len(lost)}.")
    if lost:
        raise SystemExit(1)


@storage.command("orphans")
@click.option("--remove", is_flag=True, help="Delete them.")
@click.pass_obj
def orphans_command(settings: Settings, remove: bool) -> None:
    """List contents that no document names, left by a crash during an upload."""
    store = BlobStore(settings.storage_url)
    with ready_database(settings) as engine:
        factory = make_session_factory(engine)
        with unit_of_work(factory) as session:
            orphans = find_orphans(session, store)
        for sha256 in orphans:
            # A transaction each: uploads wait for no more than one deletion.
            with unit_of_work(factory) as session:
                gone = remove and clear_orphan(session, store, sha256)
            click.echo(f"{sha256}{'  deleted' if gone else ''}")
    click.echo(f"Contents without a document: {len(orphans)}.")


@storage.command("scan")
@click.pass_obj
def scan_command(settings: Settings) -> None:
    """Have every document scanned that was not yet, as after CLAMD_URL was set."""
    if settings.clamd_url is None:
        raise click.ClickException("CLAMD_URL is not set: there is no scanner to ask. Nothing was ordered.")
    with ready_database(settings) as engine, unit_of_work(make_session_factory(engine)) as session:
        count = order_missing_scans(session)
    click.echo(f"Documents to be scanned: {count}.")
