"""The demonstration's files from the first line of a draft to the end of their review."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast, in_days
from fund.cli.demo.discussions import hold_discussion
from fund.models import Application, Review, Right
from fund.models.base import utc_now
from fund.services import applications, reviews, sharing
from fund.services.steps import take_step
from workflows.application import CorrectionKind
from workflows.engine import paris_day

PARTS = (
    "Pilotage et animation",
    "Mise à disposition de locaux et d’agents",
    "Savoir-faire et matériel",
    "Suivi scientifique",
)
REVIEWERS = ("reviewer", "reviewer2")
MARKS = (3, 4)
COMMENTS = (
    "Alliance solide et besoin bien décrit ; le budget de personnel mériterait d’être détaillé.",
    "Projet ancré et concret. Je suggère de préciser les indicateurs de la deuxième année.",
)


@dataclass(slots=True)
class File:
    """A project and what became of it so far."""

    project: dict[str, Any]
    application: Application

    @property
    def outcome(self) -> str:
        return str(self.project["outcome"])

    @property
    def author(self) -> str:
        return str(self.project["applicant"])


def take_to_committee(cast: Cast) -> list[File]:
    """Every project as a file, taken as far as its outcome says, or through its review."""
    files = []
    for project in cast.projects:
        file = File(project, _begin(cast, project))
        files.append(file)
        if file.outcome not in ("draft", "begun"):
            _submit(cast, file)
            STORIES.get(file.outcome, _review)(cast, file)
    return files


def step(cast: Cast, who: str, subject: Any, name: str, **inputs: Any) -> None:
    """Take a step as one of the people."""
    take_step(cast.session, cast.actors[who], subject, name, inputs=inputs)


def _begin(cast: Cast, project: dict[str, Any]) -> Application:
    author = cast.actors[project["applicant"]]
    lead = cast.organisations[project["lead"]]
    call = cast.calls[project["call"]]
    application = applications.start_application(cast.session, author, call, lead, title=project["title"])
    if project["outcome"] != "begun":
        _write(cast, project, application)
    return application


def _write(cast: Cast, project: dict[str, Any], application: Application) -> None:
    today = paris_day(utc_now())
    asked, budget = Decimal(project["asked"]), Decimal(project["budget"])
    own_means = (budget - asked) / 4
    keys = (project["lead"], *project["members"])
    person = cast.people[project["applicant"]]
    applications.edit_application(
        cast.session,
        cast.actors[project["applicant"]],
        application,
        members=[
            {"organisation": cast.organisations[key], "part": part, "contribution": own_means}
            for key, part in zip(keys, PARTS, strict=False)
        ],
        summary=project["summary"],
        commune_code=project["commune"],
        contact_name=person.name,
        contact_email=person.email,
        requested_amount=asked,
        total_budget=budget,
        starts_on=today + timedelta(days=30),
        ends_on=today + timedelta(days=395),
    )


def _submit(cast: Cast, file: File) -> None:
    if file.application.call.closes_at < utc_now():
        applications.extend_deadline(
            cast.session,
            cast.actors["officer"],
            file.application,
            until=in_days(3, time(18)),
            reason="Panne de la plateforme de dépôt le jour de la clôture.",
        )
    step(cast, file.author, file.application, "submit")


def _assign(cast: Cast, file: File, *reviewers: str) -> list[Review]:
    return [
        reviews.assign(
            cast.session,
            cast.actors["officer"],
            file.application,
            cast.people[reviewer],
            due_at=in_days(15, time(18)),
        )
        for reviewer in reviewers
    ]


def _assign_and_cancel(cast: Cast, file: File) -> None:
    first, _ = _assign(cast, file, "reviewer3", "reviewer2")
    step(cast, "officer", first, "cancel", reason="Dossier confié à une personne plus proche du sujet.")
    _assign(cast, file, "reviewer")


def _return(cast: Cast, file: File) -> None:
    sharing.give_right(
        cast.session, cast.actors[file.author], file.application, cast.people["applicant"], Right.WRITE
    )
    step(
        cast,
        "officer",
        file.application,
        "return",
        reason="Deux points empêchent d’instruire le dossier.",
        return_due_at=in_days(12, time(18)),
        corrections={
            "total_budget": {
                "kind": CorrectionKind.WRONG,
                "reason": "Le total ne correspond pas au plan de financement décrit.",
            },
            "summary": {
                "kind": CorrectionKind.MISSING,
                "reason": "Précisez le nombre de personnes concernées.",
            },
        },
    )


def _return_and_correct(cast: Cast, file: File) -> None:
    _return(cast, file)
    budget = Decimal(file.project["budget"]) + 2_000
    applications.edit_application(cast.session, cast.actors[file.author], file.application, total_budget=budget)
    step(cast, file.author, file.application, "resubmit")


def _declare_ineligible(cast: Cast, file: File) -> None:
    why = "L’appel ne soutient pas les événements ponctuels."
    step(cast, "officer", file.application, "declare_ineligible", reason=why)


def _withdraw(cast: Cast, file: File) -> None:
    _assign(cast, file, "reviewer")
    why = "Le terrain n’est plus disponible ; nous reviendrons l’an prochain."
    step(cast, file.author, file.application, "withdraw", reason=why)


def _review_in_part(cast: Cast, file: File) -> None:
    first, second = _assign(cast, file, "reviewer", "reviewer2")
    step(cast, "officer", file.application, "start_review")
    step(cast, "reviewer", first, "accept")
    begun = {criterion.id: {"value": 4} for criterion in file.application.call.criteria[:2]}
    reviews.save_scores(cast.session, cast.actors["reviewer"], first, scores=begun)
    _score(cast, second, 4)


def _reassign(cast: Cast, file: File) -> None:
    first, second = _assign(cast, file, "reviewer3", "reviewer2")
    step(cast, "officer", file.application, "start_review")
    step(cast, "reviewer3", first, "accept")
    step(cast, "reviewer3", first, "recuse", reason="J’ai conseillé l’un des membres de l’alliance.")
    step(cast, "reviewer2", second, "decline", reason="Je ne suis pas disponible avant l’échéance.")
    _assign(cast, file, "reviewer")


def _review(cast: Cast, file: File) -> None:
    both = _assign(cast, file, *file.project.get("reviewers", REVIEWERS))
    step(cast, "officer", file.application, "start_review")
    for review, mark in zip(both, file.project.get("marks", MARKS), strict=True):
        _score(cast, review, mark)
    if "discussion" in file.project:
        hold_discussion(cast, file.application, file.project["discussion"])
    step(cast, "officer", file.application, "conclude_review")


def _score(cast: Cast, review: Review, value: int) -> None:
    actor = review.reviewer_as_actor
    take_step(cast.session, actor, review, "accept")
    marks = {
        criterion.id: {"value": min(5, value + criterion.position % 2)}
        for criterion in review.application.call.criteria
    }
    reviews.save_scores(cast.session, actor, review, scores=marks, comment=COMMENTS[value % 2])
    take_step(cast.session, actor, review, "submit")


def _nothing_more(_cast: Cast, _file: File) -> None:
    """The file waits."""


STORIES: dict[str, Callable[[Cast, File], None]] = {
    "submitted": _nothing_more,
    "late_submitted": _nothing_more,
    "assigned": _assign_and_cancel,
    "returned": _return,
    "resubmitted": _return_and_correct,
    "ineligible": _declare_ineligible,
    "withdrawn": _withdraw,
    "in_review": _review_in_part,
    "late_in_review": _review_in_part,
    "reassigned": _reassign,
}
