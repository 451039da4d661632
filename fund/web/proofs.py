"""What proves that a tranche may be paid, or was paid: conditions, their evidence, payments by hand.

GET, POST /versements/<ref>/conditions/<number>   an officer confirms a condition
GET, POST /versements/<ref>/preuve                finance hands in the proof of a payment by hand
GET, POST /attributions/<ref>/justificatifs       the alliance hands in what its tranches wait for
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField, TextAreaField
from wtforms.validators import InputRequired

from fund.edge.access import access, only
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, InvalidInput, NotFound
from fund.forms.fields import Input, Problem
from fund.models import Award, Disbursement, TrancheCondition
from fund.schemas.money import NOTE_LENGTH, ConfirmInput
from fund.services import tranche_documents
from fund.services.access import find
from fund.services.documents import Upload
from fund.services.perform import NotEditable, NotPermitted
from fund.services.tranche_documents import WAITING, may_hand_in
from fund.storage.blobs import SIZE_LIMIT
from fund.storage.kinds import KINDS, Group
from fund.web.documents import desk, upload_of
from fund.web.forms import SchemaForm, sent_version
from fund.web.saving import REFUSED, UNUSABLE, save
from workflows.disbursement import ConditionKind, DisbursementState
from workflows.permissions import Permission, Role

blueprint = Blueprint("proofs", __name__)

Page = str | Response | tuple[str, int]


def _accepted(groups: tuple[Group, ...]) -> str:
    return ",".join(f".{name}" for name, kind in KINDS.items() if kind.group in groups)


class ConfirmForm(SchemaForm):
    """How a condition was proven, and the document that shows it; a form is sent again without its file."""

    schema = ConfirmInput
    note = TextAreaField(
        _l("How it was proven"), [InputRequired()], render_kw={"rows": 4, "maxlength": NOTE_LENGTH}
    )
    file = FileField(_l("Document"), render_kw={"accept": _accepted(tranche_documents.EVIDENCE_GROUPS)})


class ProofForm(SchemaForm):
    """The document alone."""

    schema = Input
    file = FileField(
        _l("Proof of the payment"),
        [InputRequired()],
        render_kw={"accept": _accepted(tranche_documents.PROOF_GROUPS)},
    )


# --- the fund ------------------------------------------------------------------------------------------------


@blueprint.get("/versements/<reference>/conditions/<int:number>")
@access(only(Role.OFFICER))
def condition(reference: str, number: int) -> Page:
    return _condition_page(_find_condition(_find(reference), number), ConfirmForm())


@blueprint.post("/versements/<reference>/conditions/<int:number>")
@access(only(Role.OFFICER))
def confirm(reference: str, number: int) -> Page:
    """Say that a condition is met, and how; with a document, or on the strength of the alliance's."""
    found, form = _find_condition(_find(reference), number), ConfirmForm()
    given = form.read()
    if given is None:
        return _condition_page(found, form), UNUSABLE
    given |= {"upload": _sent_file(), "desk": desk(), "expected_version": sent_version(request.form)}

    def act(session: Session) -> object:
        return tranche_documents.confirm_with_document(session, current_actor(), found, **given)

    if status := save(form, act):
        return _condition_page(found, form), status
    flash(
        gettext("The condition is met. The tranche becomes due by itself once nothing else is awaited."), "success"
    )
    return redirect(url_for("disbursements.show", reference=reference), 303)


def _condition_page(found: TrancheCondition, form: ConfirmForm) -> str:
    return render_template(
        "proofs/condition.html",
        condition=found,
        tranche=found.disbursement,
        award=found.disbursement.award,
        form=form,
        maximum=SIZE_LIMIT,
        version=found.disbursement.version,
    )


@blueprint.get("/versements/<reference>/preuve")
@access(only(Role.FINANCE))
def proof(reference: str) -> Page:
    tranche = _find(reference)
    if tranche.state is not DisbursementState.APPROVED:
        raise NotEditable(tranche.state)
    return _proof_page(tranche, ProofForm())


@blueprint.post("/versements/<reference>/preuve")
@access(only(Role.FINANCE))
def prove(reference: str) -> Page:
    """Hand in the bank's own word of a transfer made by hand; noting the payment is the step after it."""
    tranche, form, upload = _find(reference), ProofForm(), _sent_file()
    if upload is None:
        form.show_problems({"file": [Problem("file_absent")]})
        return _proof_page(tranche, form), UNUSABLE
    version = sent_version(request.form)

    def act(session: Session) -> object:
        actor = current_actor()
        return tranche_documents.prove(session, actor, tranche, upload, desk=desk(), expected_version=version)

    if status := save(form, act):
        return _proof_page(tranche, form), status
    flash(gettext("The proof is handed in. Record the payment now, with its day and its reference."), "success")
    return redirect(url_for("steps.show", kind="disbursement", reference=reference, name="pay"), 303)


def _proof_page(tranche: Disbursement, form: ProofForm) -> str:
    return render_template(
        "proofs/proof.html",
        tranche=tranche,
        award=tranche.award,
        form=form,
        maximum=SIZE_LIMIT,
        version=tranche.version,
    )


# --- the alliance --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Awaited:
    """A condition that the alliance can hand something in for; ``error`` is why its file is not taken."""

    condition: TrancheCondition
    tranche: Disbursement
    error: str


@blueprint.get("/attributions/<reference>/justificatifs")
@access(only(Role.APPLICANT))
def evidence(reference: str) -> Page:
    return _evidence_page(_own_award(reference))


@blueprint.post("/attributions/<reference>/justificatifs")
@access(only(Role.APPLICANT))
def hand_in(reference: str) -> Page:
    """Hand in one document; a refusal stands in its place."""
    award = _own_award(reference)
    number = request.form.get("condition", "")
    found = next((one.condition for one in _awaited(award) if str(one.condition.id) == number), None)
    if found is None:
        raise NotFound(f"condition {number} of {reference}")
    upload = _sent_file()
    if upload is None:
        return _evidence_page(award, number, problem_sentence(Problem("file_absent"))), UNUSABLE
    try:
        with writing() as session:
            document = tranche_documents.hand_in_evidence(session, current_actor(), found, upload, desk=desk())
    except InvalidInput as refusal:
        return _evidence_page(award, number, problem_sentence(refusal.errors["file"][0])), UNUSABLE
    except NotEditable as refusal:
        return _evidence_page(award, number, reason_sentence(refusal.reason)), REFUSED
    except Conflict as conflict:
        return _evidence_page(award, number, conflict_sentence(conflict.code)), REFUSED
    flash(gettext("“%(name)s” is handed in. A fund officer reads it.", name=document.name), "success")
    return redirect(url_for(".evidence", reference=reference), 303)


def _evidence_page(award: Award, number: str = "", error: str = "") -> str:
    return render_template(
        "proofs/evidence.html",
        award=award,
        awaited=_awaited(award, number, error),
        accept=_accepted(tranche_documents.EVIDENCE_GROUPS),
        maximum=SIZE_LIMIT,
        # Of a condition that is met meanwhile no place is left to bear the sentence.
        refused=error,
    )


def _awaited(award: Award, number: str = "", error: str = "") -> list[Awaited]:
    """What the tranches of the award still wait for and a document can prove, in their order."""
    return [
        Awaited(one, tranche, error if str(one.id) == number else "")
        for tranche in award.live_tranches
        if tranche.state in WAITING
        for one in tranche.conditions
        if one.kind is not ConditionKind.REPORT_ACCEPTED and not one.is_met
    ]


def _own_award(reference: str) -> Award:
    award: Award = find(current_session(), current_actor(), Award, reference)
    if not any(may_hand_in(current_actor(), tranche) for tranche in award.disbursements[:1]):
        raise NotPermitted(Permission.REPORT_WRITE)
    return award


def _find(reference: str) -> Disbursement:
    tranche: Disbursement = find(current_session(), current_actor(), Disbursement, reference)
    return tranche


def _find_condition(tranche: Disbursement, number: int) -> TrancheCondition:
    found = next((one for one in tranche.conditions if one.id == number), None)
    if found is None or found.kind is ConditionKind.REPORT_ACCEPTED:
        raise NotFound(f"condition {number} of {tranche.reference}")
    return found


def _sent_file() -> Upload | None:
    sent: Any = request.files.get("file")
    return upload_of(sent) if sent is not None and sent.filename else None
