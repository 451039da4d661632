"""What still keeps a file from being submitted, each thing with the place where it is mended."""

from dataclasses import dataclass

from flask import url_for

from fund.edge.requests import current_actor
from fund.edge.sentences import reason_sentence
from fund.models import Application
from fund.services.perform import judge_steps
from workflows.application import FORM_FIELDS, ApplicationStep
from workflows.reasons import Reason, ReasonCode

SUBMITTING = (ApplicationStep.SUBMIT, ApplicationStep.RESUBMIT)
# The guards name the first of these that they meet; here all are listed.
LISTED_WHOLE = (ReasonCode.FIELD_MISSING, ReasonCode.KIND_MISSING)
# Who may submit is said where it is done; nothing in the file can mend it.
LEFT_OUT = (*LISTED_WHOLE, ReasonCode.NOT_PERMITTED)


@dataclass(frozen=True, slots=True)
class Missing:
    """``url`` is None for what the form cannot mend (a deadline, an overdue report)."""

    text: str
    url: str | None


def missing_of(application: Application) -> list[Missing]:
    """Everything that speaks against submitting, in the order of the form; empty when nothing does."""
    verdict = next((v for v in judge_steps(current_actor(), application) if v.step.name in SUBMITTING), None)
    if verdict is None or verdict.allowed:
        return []
    reasons = [
        *_empty_fields(application),
        *_absent_kinds(application),
        *(reason for reason in verdict.reasons if reason.code not in LEFT_OUT),
    ]
    return [Missing(reason_sentence(reason), _place(application, reason)) for reason in reasons]


def _empty_fields(application: Application) -> list[Reason]:
    return [
        Reason(ReasonCode.FIELD_MISSING, {"field": name}, field=name)
        for name in FORM_FIELDS
        if getattr(application, name) in (None, "")
    ]


def _absent_kinds(application: Application) -> list[Reason]:
    present = {member.organisation.kind for member in application.members}
    absent = [kind for kind in application.call.required_kinds if kind not in present]
    return [Reason(ReasonCode.KIND_MISSING, {"kind": kind}, field="members") for kind in absent]


def _place(application: Application, reason: Reason) -> str | None:
    if reason.field is None:
        return None
    return url_for("applicant.edit", reference=application.reference, _anchor=reason.field)
