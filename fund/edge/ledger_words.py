"""The ledger in words: what an entry books, and what the check found."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.edge.formats import day, money
from fund.edge.labels import label
from fund.edge.step_labels import event_label
from fund.models import SUBJECTS
from fund.services.ledger_faults import FaultCode, LedgerFault
from workflows.ledger import PLACES, LedgerAccount

# What is booked without a step, or under a name that only the ledger has.
ACTIONS: dict[str, Any] = {
    "ledger.open": _l("Taken over when the ledger began"),
    "call.edit": _l("Call edited"),
    "call.publish_revision": _l("Changes published as a new version"),
    "call.raise_envelope": _l("Envelope raised"),
    "award.create": _l("Award opened"),
    "award.edit": _l("Award edited"),
    "award.amend": _l("Amendment in force"),
    "award.reduce": _l("Award reduced to what was spent"),
    "repayment.create": _l("Repayment asked for"),
}
KINDS: dict[str, Any] = {
    "call": _l("Call"),
    "award": _l("Award"),
    "disbursement": _l("Tranche"),
    "repayment": _l("Repayment"),
}
FAULTS: dict[FaultCode, Any] = {
    FaultCode.ENTRY_UNBALANCED: _l("Entry %(entry)s debits %(expected)s and credits %(found)s."),
    FaultCode.ENTRY_WITHOUT_EVENT: _l(
        "Entry %(entry)s (%(expected)s) names no event of the journal: it was not made by the application."
    ),
    FaultCode.ENTRY_OF_OTHER_EVENT: _l(
        "Entry %(entry)s (%(expected)s) names an event of something else, or one that is gone: %(found)s."
    ),
    FaultCode.ENTRY_MISPLACED: _l("Entry %(entry)s is booked under another call or award than its own."),
    FaultCode.ENTRY_MISDATED: _l("Entry %(entry)s counts for %(found)s; its act is of %(expected)s."),
    FaultCode.OPENING_NOT_FIRST: _l(
        "Entry %(entry)s claims to be the opening of the ledger, but follows other entries."
    ),
    FaultCode.EVENT_WITHOUT_ENTRY: _l("The journal tells “%(expected)s”, and the ledger has no entry for it."),
    FaultCode.POSITION_DIFFERS: _l(
        "Account “%(account)s”: by its state it should hold %(expected)s, and the ledger holds %(found)s."
    ),
    FaultCode.STATE_DIFFERS: _l("Its state is “%(found)s”; the last that the journal tells is “%(expected)s”."),
    FaultCode.ACCOUNT_NEGATIVE: _l("Account “%(account)s” is below zero: %(found)s."),
    FaultCode.ENVELOPE_EXCEEDED: _l("The awards come to %(found)s; the envelope is %(expected)s."),
    FaultCode.SCHEDULE_UNBALANCED: _l("The tranches come to %(found)s; the award is %(expected)s."),
    FaultCode.PAID_DIFFERS: _l(
        "The tranches that are paid come to %(expected)s; the ledger has %(found)s that went out."
    ),
    FaultCode.RECEIPTS_DIFFER: _l("%(expected)s are noted as received; the receipts come to %(found)s."),
}
OF_ACTIONS = (FaultCode.ENTRY_WITHOUT_EVENT, FaultCode.ENTRY_OF_OTHER_EVENT, FaultCode.EVENT_WITHOUT_ENTRY)


def action_words(subject_type: str, action: str) -> str:
    """What an entry books; an act that is not known here is given as it is."""
    step = SUBJECTS[subject_type].workflow.find(action) if subject_type in SUBJECTS else None
    return event_label(step.name) if step is not None else str(ACTIONS.get(action, action))


def kind_words(subject_type: str) -> str:
    """« Tranche »: what a subject of the ledger is."""
    return str(KINDS.get(subject_type, subject_type))


def fault_sentence(fault: LedgerFault) -> str:
    """What does not agree, in the reader's language."""
    values = {
        "entry": str(fault.entry),
        "account": label(LedgerAccount(fault.account)) if fault.account else "",
        "expected": _shown(fault, fault.expected),
        "found": _shown(fault, fault.found),
    }
    return str(FAULTS[fault.code]) % values


def _shown(fault: LedgerFault, value: str | None) -> str:
    """A value of a fault as people read it: it was kept as a text, whatever it is."""
    if value is None:
        return str(gettext("none"))
    if fault.code in OF_ACTIONS:
        return action_words(fault.subject_type, value)
    if fault.code is FaultCode.ENTRY_MISDATED:
        return day(date.fromisoformat(value))
    if fault.code is FaultCode.STATE_DIFFERS:
        return _state(fault.subject_type, value)
    return money(Decimal(value))


def _state(subject_type: str, value: str) -> str:
    known = next((state for state in PLACES.get(subject_type, {}) if state.value == value), None)
    return label(known) if known is not None else value
