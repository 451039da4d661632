"""The ledger as rows for the accountant, from the pages and from the command alike."""

from collections.abc import Iterator

from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.documents.ledger_sheets import LedgerRow, accounting_plan
from fund.edge.i18n import current_language
from fund.edge.ledger_words import action_words
from fund.services.ledger_reading import Booked, Wanted, stream_lines
from workflows.engine import paris_day
from workflows.permissions import Actor

JOURNAL = "SUB"
"""The code of the accountant's journal into which these entries go."""
SHEET_LINES = 1_000_000
"""A sheet of a spreadsheet ends at 1,048,576 rows; beyond, rows would be lost without a word."""


def rows_of(session: Session, actor: Actor, wanted: Wanted) -> Iterator[LedgerRow]:
    """The lines of these entries in the order of their booking, in the language of whoever asks, as a stream."""
    plan, language = accounting_plan(), current_language()
    name = gettext("Grants awarded")
    for line in stream_lines(session, actor, wanted):
        account = plan[line.account]
        yield _row(line, name, account.number, account.label.of(language))


def _row(line: Booked, journal: str, number: str, label: str) -> LedgerRow:
    entry = line.entry
    return LedgerRow(
        number=line.number,
        day=entry.day,
        booked_on=paris_day(entry.booked_at),
        journal_code=JOURNAL,
        journal_label=journal,
        account_number=number,
        account_label=label,
        aux_number=line.beneficiary_number,
        aux_label=line.beneficiary,
        piece=entry.subject_reference,
        piece_on=entry.day,
        label=action_words(entry.subject_type, entry.action),
        debit=line.debit,
        credit=line.credit,
    )
