"""« Où en est mon dossier ? »: what a file waits for, who acts next, and by when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.edge.formats import day, moment, to_the_second
from fund.forms.definition import Confirmations
from fund.models import Application, Award, ConsentState
from fund.models.base import utc_now
from workflows.application import ApplicationState
from workflows.award import AwardState
from workflows.report import OWED_STATES, ReportState
from workflows.voting import Outcome

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


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when the file can be submitted, and why just then; ``closes_at`` is the call's, if it is another."""

    instant: datetime
    text: str
    closes_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return utc_now() >= self.instant


def deadline_of(application: Application) -> Deadline | None:
    """The deadline of a draft or of corrections, as it holds for this very file; None where nothing is awaited."""
    if application.state is State.RETURNED:
        due = application.return_due_at
        return Deadline(due, gettext("This is the deadline of the corrections.")) if due else None
    return _draft_deadline(application) if application.state is State.DRAFT else None


def _draft_deadline(application: Application) -> Deadline:
    instant, closes_at = application.submission_deadline, application.call.closes_at
    if application.extended_to is not None and instant == application.extended_to:
        text = gettext("This is the individual deadline that the fund gave to your file.")
    elif instant > closes_at:
        text = gettext(
            "The call closes at %(closing)s. A draft begun before can still be submitted for %(minutes)s minutes.",
            closing=moment(closes_at),
            minutes=application.rules.deadline.minutes,
        )
    else:
        return Deadline(instant, gettext("This is the closing of the call: no submission counts after it."))
    return Deadline(instant, text, closes_at)


def _draft(application: Application, may_write: bool) -> Standing:
    deadline = _draft_deadline(application)
    if deadline.is_over:
        text = gettext(
            "The deadline was %(instant)s: this draft can no longer be submitted.",
            instant=moment(deadline.instant),
        )
        return Standing(gettext("The call is closed"), None, text)
    why = deadline.text if deadline.closes_at is not None else None
    if deadline.closes_at is not None and utc_now() >= deadline.closes_at:
        title = gettext("The call is closed, and your draft can still be submitted")
        text = gettext("Until %(instant)s, and no later.", instant=to_the_second(deadline.instant))
    else:
        title = gettext("Your draft is not submitted yet")
        text = gettext("To be submitted before %(instant)s.", instant=moment(deadline.instant))
    who, told = _awaited(application)
    return Standing(title, who, " ".join(filter(None, (text, why, told))), _edit(application, may_write))


def _awaited(application: Application) -> tuple[str, str | None]:
    """Who acts next on a draft, and whose consent is still awaited."""
    if application.rules.alliance.confirmations is Confirmations.NONE:
        return str(YOU), None
    silent = [m.organisation.name for m in application.members if m.consent_state is ConsentState.ASKED]
    others = [
        m.organisation.name
        for m in application.members
        if not m.is_confirmed and m.consent_state is not ConsentState.ASKED
    ]
    if silent:
        names = gettext(", ").join(silent)
        return (
            gettext("you, and the members who were asked for their consent"),
            gettext("Consents awaited: %(names)s.", names=names),
        )
    if others:
        names = gettext(", ").join(others)
        return str(YOU), gettext("Consents still to be asked for: %(names)s.", names=names)
    return str(YOU), None


def _submitted(_: Application, __: bool) -> Standing:
    text = gettext("You will be told when the review begins, or if something must be corrected.")
    return Standing(gettext("The fund checks that your file is complete"), str(TEAM), text)


def _returned(application: Application, may_write: bool) -> Standing:
    deadline = deadline_of(application)
    if deadline is not None and deadline.is_over:
        text = gettext(
            "The corrections were due by %(instant)s. Ask the fund's team for more time.",
            instant=moment(deadline.instant),
        )
        link = (gettext("Write to the fund"), url_for("thread.show", reference=application.reference))
        return Standing(gettext("The time for the corrections is over"), str(YOU), text, link)
    text = None
    if deadline is not None:
        text = gettext("To be corrected and submitted again before %(instant)s.", instant=moment(deadline.instant))
    return Standing(gettext("Corrections are asked for"), str(YOU), text, _edit(application, may_write))


def _in_review(_: Application, __: bool) -> Standing:
    text = gettext("Independent reviewers score it against the rubric of the call; a committee then decides.")
    return Standing(gettext("Your file is being reviewed"), str(REVIEWERS), text)


def _reviewed(application: Application, __: bool) -> Standing:
    if any(item.outcome is Outcome.DEFERRED for item in application.released_items):
        title = gettext("The committee put off its decision")
        return Standing(title, str(TEAM), _session_text(application))
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
    # Nobody decides again: the list moves by itself, in the order that the committee gave.
    return Standing(gettext("Your file is on the waiting list"), None, text)


def _funded(application: Application, __: bool) -> Standing:
    award = application.award
    title = gettext("Your alliance is funded")
    if award is None or award.state is AwardState.DRAFT:
        return Standing(
            title, str(TEAM), gettext("The agreement is being prepared; you will be asked to sign it.")
        )
    link = (gettext("See the grant and its payments"), _money_of(application))
    if award.state is AwardState.OFFERED:
        signing = (gettext("Read and sign the agreement"), url_for("agreements.show", reference=award.reference))
        return Standing(title, str(YOU), gettext("The agreement awaits its signature."), signing)
    if award.state is AwardState.SUSPENDED:
        return Standing(title, str(TEAM), gettext("The agreement is suspended; payments wait."), link)
    return _with_report(award, title, link)


def _money_of(application: Application) -> str:
    return url_for("applicant.money_of_file", reference=application.reference)


def _with_report(award: Award, title: str, link: tuple[str, str]) -> Standing:
    report = next((r for r in award.reports if r.state in OWED_STATES), None)
    if report is None:
        return Standing(title, str(TEAM), gettext("Your reports are in; the accounts are being closed."), link)
    action = (gettext("Write the report"), url_for("reports.show", reference=report.reference))
    if report.state is ReportState.RETURNED:
        return Standing(title, str(YOU), gettext("The report must be corrected."), action)
    text = gettext("Carry out the project; the report is due by %(day)s.", day=day(report.due_on))
    return Standing(title, str(YOU), text, action)


def _declined(application: Application, __: bool) -> Standing:
    told = gettext("The motivation of the decision is in the file.")
    text = told if application.tells_motivation else None
    return Standing(gettext("Your file was not selected"), None, text)


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
    State.DECLINED: _declined,
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
    """Of the session that has the file, decided or not: until the release nothing here tells which."""
    item = application.awaited_item
    if item is None:
        return str(gettext("It will be put before the next session of the committee."))
    if utc_now() < item.session.held_at:
        return str(gettext("The committee meets on %(instant)s.", instant=moment(item.session.held_at)))
    return str(
        gettext(
            "The committee was called for %(instant)s. All the alliances learn the decisions at the same moment, "
            "by e-mail and on this page.",
            instant=moment(item.session.held_at),
        )
    )
