"""``fund export``: publishing what the fund granted."""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click
from flask_babel import gettext, ngettext
from sqlalchemy import Engine

from config.settings import Settings
from fund.cli.db import ready_database
from fund.cli.language import language_option, speaking
from fund.cli.refusals import SENTENCES
from fund.db import make_session_factory, translated_errors
from fund.errors import EngineAway
from fund.models import Award
from fund.schemas.scdl import Nature, PaymentCondition, PublishedAward
from fund.schemas.scdl_writer import LeftOut, Publication, write_awards
from fund.services.publication import signed_awards


@click.group(name="export")
def export_group() -> None:
    """Publish what the fund granted."""


@export_group.command()
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to this file.")
@language_option
@click.pass_obj
def scdl(settings: Settings, out: Path | None, language: str) -> None:
    """Write every signed award as SCDL "subventions" 2.1.1, to the standard output or to a file.

    Awards that the standard does not allow to publish are named on the standard error.
    """
    with ready_database(settings) as engine, speaking(language):
        try:
            publication = _export(engine, out)
        except EngineAway as error:
            raise click.ClickException(gettext("The database does not answer. Nothing was written.")) from error
        except OSError as error:
            facts = {"file": out or "-", "error": error.strerror}
            raise click.ClickException(gettext("%(file)s cannot be written: %(error)s.", **facts)) from error
        for left_out in publication.left_out:
            click.echo(_sentence(left_out), err=True)
        written = publication.written
        click.echo(ngettext("%(num)s award was written.", "%(num)s awards were written.", written), err=True)


def _export(engine: Engine, out: Path | None) -> Publication:
    if out is None:
        # UTF-8 and its own line ends, whatever the terminal's: this is a file that passes through.
        stream = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        publication = export_awards(engine, stream)
        stream.detach()  # written out, and the standard output left open
        return publication
    if out.exists() and not out.is_file():  # a pipe or a device
        with out.open("w", encoding="utf-8", newline="") as stream:
            return export_awards(engine, stream)
    # Beside the file first: whoever fetches it meanwhile finds the former one, whole.
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            publication = export_awards(engine, stream)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return publication


def export_awards(engine: Engine, out: TextIO) -> Publication:
    """Write the signed awards to ``out``. Raises EngineAway."""
    with make_session_factory(engine)() as session, translated_errors():
        return write_awards(map(published, signed_awards(session)), out)


def published(award: Award) -> PublishedAward:
    """The award as the standard has it. Raises ValueError for an award that is not signed."""
    if award.signed_on is None:
        raise ValueError(f"{award.reference} is not signed")
    days = [(t.paid_on or t.due_on or award.signed_on, t.paid_to) for t in award.live_tranches]
    start = award.payment_from or min((day for day, _ in days), default=award.signed_on)
    end = award.payment_to if award.payment_from else max((to or day for day, to in days), default=start)
    tranches = PaymentCondition.STAGGERED if len(days) > 1 else PaymentCondition.SINGLE
    condition = PaymentCondition(award.payment_condition) if award.payment_condition else tranches
    funder, beneficiary = award.call.funder, award.beneficiary
    return PublishedAward(
        grantor_name=funder.name,
        grantor_siret=funder.siret or "",
        agreement_date=award.signed_on,
        decision_reference=award.decision_reference or None,
        beneficiary_name=award.beneficiary_name,
        beneficiary_siret=beneficiary.siret,
        beneficiary_rna=beneficiary.rna,
        purpose=award.purpose,
        amount=award.shared_total,
        share=award.share.normalize(),
        nature=Nature(award.nature),
        payment_condition=condition,
        period_start=start,
        period_end=None if end == start and not award.payment_to else end,
        rae_id=award.aid_register,
        eu_notified=award.eu_notified,
        scheme=award.scheme,
    )


def _sentence(left_out: LeftOut) -> str:
    award = left_out.award
    faults = ", ".join(
        f"{column}: {SENTENCES[reason]}" for column, reasons in left_out.faults.items() for reason in reasons
    )
    left_out_award = gettext(
        "Left out: %(beneficiary)s, %(date)s, %(amount)s €. %(faults)s",
        beneficiary=award.beneficiary_name,
        date=award.agreement_date.isoformat(),
        amount=award.amount,
        faults=faults,
    )
    return str(left_out_award)
