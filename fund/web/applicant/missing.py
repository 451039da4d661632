"""What still keeps a file from being submitted, each thing with the place where it is mended."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext

from fund.edge.i18n import current_language
from fund.edge.requests import current_actor
from fund.edge.sentences import problem_sentence, reason_sentence
from fund.forms.compiler import Found
from fund.forms.project import BUDGET, PROJECT
from fund.models import Application
from fund.services.copying import ALLIANCE
from fund.services.perform import judge_steps
from fund.services.writing import judge_part, raw_answers
from fund.web.applicant.parts import DOCUMENTS, anchor_of, title_of, url_of
from workflows.application import ApplicationStep
from workflows.reasons import ReasonCode

SUBMITTING = (ApplicationStep.SUBMIT, ApplicationStep.RESUBMIT)
# What the guards say of the file's parts is listed here whole, each thing at its field; and who may submit is said
# where it is done: nothing in the file can mend it.
LEFT_OUT = (
    ReasonCode.FIELD_MISSING,
    ReasonCode.ANSWERS_INCOMPLETE,
    ReasonCode.BUDGET_UNSOUND,
    ReasonCode.DOCUMENTS_MISSING,
    ReasonCode.KIND_MISSING,
    ReasonCode.KIND_TOO_FEW,
    ReasonCode.MEMBERS_TOO_FEW,
    ReasonCode.MEMBERS_TOO_MANY,
    ReasonCode.OUTSIDE_TERRITORY,
    ReasonCode.CONSENT_MISSING,
    ReasonCode.ENDORSEMENT_MISSING,
    ReasonCode.NOT_PERMITTED,
)
# The budget's own problems say these, where the call asks for a budget.
OF_AMOUNTS = (ReasonCode.AMOUNT_OUT_OF_RANGE, ReasonCode.RATE_TOO_HIGH)
SIDES = ("charges", "products")


@dataclass(frozen=True, slots=True)
class Missing:
    """``url`` is None for what the form cannot mend (a deadline, an overdue report); ``part`` is then empty."""

    text: str
    url: str | None
    part: str = ""


def missing_of(application: Application) -> list[Missing]:
    """Everything that speaks against submitting, in the order of the form; empty when nothing does."""
    verdict = next((v for v in judge_steps(current_actor(), application) if v.step.name in SUBMITTING), None)
    if verdict is None:
        return []
    left_out = LEFT_OUT if application.rules.budget is None else LEFT_OUT + OF_AMOUNTS
    others = [reason for reason in verdict.reasons if reason.code not in left_out]
    return [
        *gaps_of(application),
        *(
            Missing(
                reason_sentence(reason),
                url_of(application, PROJECT, anchor=f"q-{reason.field}") if reason.field else None,
                PROJECT if reason.field else "",
            )
            for reason in others
        ),
    ]


def gaps_of(application: Application) -> list[Missing]:
    """What is missing or wrong in the parts of the file, whoever asks and whenever."""
    return [
        *_project_gaps(application),
        *_alliance_gaps(application),
        *_form_gaps(application),
        *_budget_gaps(application),
        *_document_gaps(application),
    ]


def _project_gaps(application: Application) -> Iterator[Missing]:
    raw = raw_answers(application, PROJECT)
    for found in judge_part(application, PROJECT, raw, complete=True).problems:
        yield _at_field(application, PROJECT, found)


def _form_gaps(application: Application) -> Iterator[Missing]:
    for found in application.judge_form().problems:
        yield _at_field(application, found.path.partition(".")[0], found)


def _at_field(application: Application, part: str, found: Found) -> Missing:
    label = found.label.of(current_language())
    row = found.path.split(".")[2:3]
    if row:
        label = gettext("%(field)s, row %(number)s", field=label, number=int(row[0]) + 1)
    if found.problem == "required":
        text = gettext("Still empty: %(field)s.", field=label)
    else:
        text = gettext("%(field)s: %(sentence)s", field=label, sentence=problem_sentence(found.problem))
    return Missing(text, url_of(application, part, anchor=anchor_of(found.path), shows_missing=True), part)


def _budget_gaps(application: Application) -> Iterator[Missing]:
    budget = application.judge_budget()
    for path, problem in budget.problems if budget is not None else ():
        side, _, rest = path.partition(".")
        sentence = problem_sentence(problem)
        if rest:
            line = int(rest.partition(".")[0]) + 1
            side_name = gettext("Charges") if side == SIDES[0] else gettext("Products")
            sentence = gettext(
                "%(side)s, line %(line)s: %(sentence)s", side=side_name, line=line, sentence=sentence
            )
        url = url_of(application, BUDGET, anchor=anchor_of(f"{BUDGET}.{path}"), shows_missing=True)
        yield Missing(f"{title_of(application, BUDGET)}{gettext(': ')}{sentence}", url, BUDGET)


def _alliance_gaps(application: Application) -> Iterator[Missing]:
    for gap in application.compose_alliance().gaps:
        if gap.code is ReasonCode.OUTSIDE_TERRITORY:
            url = url_of(application, PROJECT, anchor=f"q-{gap.field}")
            yield Missing(reason_sentence(gap), url, PROJECT)
        else:
            yield Missing(reason_sentence(gap), url_of(application, ALLIANCE), ALLIANCE)


def _document_gaps(application: Application) -> Iterator[Missing]:
    for slot, rule, member in application.missing_documents():
        label = rule.label.of(current_language())
        if member is not None:
            label = gettext("%(document)s (%(member)s)", document=label, member=member.organisation.name)
        text = gettext("Document still missing: %(document)s.", document=label)
        yield Missing(text, url_of(application, DOCUMENTS, anchor=slot), DOCUMENTS)
