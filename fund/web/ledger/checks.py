"""The checks of the ledger: what the last ones found, and one run now."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fund.edge.access import access, only
from fund.edge.ledger_words import fault_sentence, kind_words
from fund.edge.requests import current_actor, current_session, writing
from fund.models import SUBJECTS, LedgerCheck
from fund.services.ledger_check import faults_of, latest_checks, run_check
from fund.services.ledger_faults import LedgerFault
from fund.services.ledger_reading import hidden_references
from fund.web.ledger.blueprint import CHECKERS, READERS, blueprint, page_of, tabs_on
from workflows.permissions import Actor


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in words; ``is_hidden`` of a file that the reader keeps off: then nothing else is said."""

    kind: str
    reference: str
    url: str | None
    sentence: str
    is_hidden: bool


@blueprint.get("/comptes/controle")
@access(READERS)
def checks() -> str:
    session, actor = current_session(), current_actor()
    done = latest_checks(session)
    return render_template(
        "ledger/checks.html",
        tabs=tabs_on("checks"),
        latest=done[0] if done else None,
        checks=done,
        findings=_findings(session, actor, done[0]) if done else [],
        may_check=actor.has_role(*CHECKERS),
    )


@blueprint.post("/comptes/controle")
@access(only(*CHECKERS))
def run() -> Response:
    with writing() as session:
        done = run_check(session)
    if done.fault_count:
        flash(
            ngettext("One disagreement was found.", "%(num)s disagreements were found.", done.fault_count),
            "danger",
        )
    else:
        flash(gettext("Entries, states and journal agree."), "success")
    return redirect(url_for(".checks"), 303)


def _findings(session: Session, actor: Actor, done: LedgerCheck) -> list[Finding]:
    faults = faults_of(done)
    references: dict[str, set[str]] = {}
    for fault in faults:
        if fault.subject_type in SUBJECTS:
            references.setdefault(fault.subject_type, set()).add(fault.reference)
    hidden = hidden_references(session, actor, references)
    return [_finding(fault, fault.reference in hidden) for fault in faults]


def _finding(fault: LedgerFault, is_hidden: bool) -> Finding:
    kind = kind_words(fault.subject_type)
    if is_hidden:
        return Finding(kind, "", None, "", is_hidden)
    return Finding(
        kind, fault.reference, page_of(fault.subject_type, fault.reference), fault_sentence(fault), is_hidden
    )
