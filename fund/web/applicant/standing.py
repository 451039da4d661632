"""« Où en est mon dossier ? »: what a file waits for, who acts next, and by when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.edge.formats import day, moment
from fund.models import Application, Award
from fund.models.base import utc_now
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.report import OWED_STATES, ReportState

State = ApplicationState
YOU, TEAM, REVIEWERS, COMMITTEE = _l("you"), _l("the fund's team"), _l("the reviewers"), _l("the committee")


@dataclass(frozen=True, slots=True)
class Standing:
    """``title`` says what the file waits for, ``who`` acts next (None: nobody), ``text`` by when and what then.

    ``action`` is the next thing that the alliance itself can do: what the link says and where it leads.
    """

    title: str
    who: str | None = None
    text: str | None = None
    action: tuple[str, str] | None = None


def standing_of(application: Application, *, may_write: bool) -> Standing:
    """Where the file stands now, in the words of its authors."""
    return STANDINGS[application.state](application, may_write)


def _draft(application: Application, may_write: bool) -> Standing:
    deadline = application.submission_deadline
    if utc_now() >= deadline:
        text = gettext(
            "The deadline was %(instant)s: this draft can no longer be submitted.", instant=moment(deadline)
        )
        return Standing(gettext("The call is closed"), None, text)
    text = gettext("To be submitted before %(instant)s.", instant=moment(deadline))
    return Standing(gettext("Your draft is not submitted yet"), str(YOU), text, _edit(application, may_write))


def _submitted(_: Application, __: bool) -> Standing:
    text = gettext("You will be told when the review begins, or if something must be corrected.")
    return Standing(gettext("The fund checks that your file is complete"), str(TEAM), text)


def _returned(application: Application, may_write: bool) -> Standing:
    due = application.return_due_at
    text = gettext("To be corrected and submitted again before %(instant)s.", instant=moment(due)) if due else None
    return Standing(gettext("Corrections are asked for"), str(YOU), text, _edit(application, may_write))


def _in_review(_: Application, __: bool) -> Standing:
    text = gettext("Independent reviewers score it against the rubric of the call; a committee then decides.")
    return Standing(gettext("Your file is being reviewed"), str(REVIEWERS), text)


def _reviewed(application: Application, __: bool) -> Standing:
    return Standing(gettext("The reviews are in"), str(TEAM), _session_text(application))


def _before_committee(application: Application, __: bool) -> Standing:
    return Standing(
        gettext("Your file awaits the committee's decision"), str(COMMITTEE), _session_text(application)
    )


def _waitlisted(application: Application, __: bool) -> Standing:
    text = gettext(
        "Your rank is %(rank)s. The file is funded if the envelope of the call frees enough.",
        rank=application.waitlist_rank or "—",
    )
    return Standing(gettext("Your file is on the waiting list"), str(COMMITTEE), text)


def _funded(application: Application, __: bool) -> Standing:
    award = application.award
    title = gettext("Your alliance is funded")
    if award is None or award.state is AwardState.DRAFT:
        return Standing(
            title, str(TEAM), gettext("The agreement is being prepared; you will be asked to sign it.")
        )
    link = (gettext("Read the agreement and its payments"), url_for("awards.show", reference=award.reference))
    if award.state is AwardState.OFFERED:
        return Standing(title, str(YOU), gettext("The agreement awaits your signature."), link)
    if award.state is AwardState.SUSPENDED:
        return Standing(title, str(TEAM), gettext("The agreement is suspended; payments wait."), link)
    return _with_report(award, title, link)


def _with_report(award: Award, title: str, link: tuple[str, str]) -> Standing:
    report = next((r for r in award.reports if r.state in OWED_STATES), None)
    if report is None:
        return Standing(title, str(TEAM), gettext("Your reports are in; the accounts are being closed."), link)
    action = (gettext("Write the report"), url_for("reports.show", reference=report.reference))
    if report.state is ReportState.RETURNED:
        return Standing(title, str(YOU), gettext("The report must be corrected."), action)
    text = gettext("Carry out the project; the report is due by %(day)s.", day=day(report.due_on))
    return Standing(title, str(YOU), text, action)


def _ended(title: Any, text: Any = None) -> Callable[[Application, bool], Standing]:
    return lambda _application, _may_write: Standing(str(title), None, str(text) if text else None)


STANDINGS: dict[ApplicationState, Callable[[Application, bool], Standing]] = {
    State.DRAFT: _draft,
    State.SUBMITTED: _submitted,
    State.RETURNED: _returned,
    State.IN_REVIEW: _in_review,
    State.REVIEWED: _reviewed,
    State.COMMITTEE: _before_committee,
    State.WAITLISTED: _waitlisted,
    State.FUNDED: _funded,
    State.REPORTED: _ended(_l("The accounts are closed"), _l("The final report is accepted. Thank you.")),
    State.INELIGIBLE: _ended(_l("Your file is not eligible"), _l("The reason is in the history of the file.")),
    State.DECLINED: _ended(_l("Your file was not selected"), _l("The motivation of the decision is in the file.")),
    State.WITHDRAWN: _ended(_l("You withdrew this file")),
    State.CANCELLED: _ended(_l("The award was cancelled"), _l("The reason is in the history of the file.")),
}

STAGES: tuple[tuple[Any, tuple[ApplicationState, ...]], ...] = (
    (_l("Writing"), (State.DRAFT,)),
    (_l("Completeness"), (State.SUBMITTED, State.RETURNED)),
    (_l("Reviews"), (State.IN_REVIEW,)),
    (_l("Committee"), (State.REVIEWED, State.COMMITTEE, State.WAITLISTED)),
    (_l("Agreement and payments"), (State.FUNDED,)),
    (_l("Accounts closed"), (State.REPORTED,)),
)


def stages_of(application: Application) -> list[dict[str, Any]]:
    """The main road for the macro ``path``; empty for a file that has left it."""
    place = next((i for i, (_, states) in enumerate(STAGES) if application.state in states), None)
    if place is None:
        return []
    is_over = application.state is State.REPORTED
    return [
        {"label": str(text), "when": _when(index, application), "status": _status(index, place, is_over=is_over)}
        for index, (text, _) in enumerate(STAGES)
    ]


def _status(index: int, place: int, *, is_over: bool) -> str:
    if index < place or is_over:
        return "done"
    return "current" if index == place else "upcoming"


def _when(index: int, application: Application) -> datetime | None:
    return application.submitted_at if index == 0 else None


def _edit(application: Application, may_write: bool) -> tuple[str, str] | None:
    if not may_write:
        return None
    text = gettext("Correct the file") if application.state is State.RETURNED else gettext("Continue writing")
    return text, url_for("applicant.edit", reference=application.reference)


def _session_text(application: Application) -> str:
    item = application.current_item
    if item is None:
        return str(gettext("It will be put before the next session of the committee."))
    return str(gettext("The committee meets on %(instant)s.", instant=moment(item.session.held_at)))
