"""What is written without moving a state: drafts, scores, agendas, schedules. Each calls one service."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from fund.api.answers import answer_written
from fund.api.bodies import read_changes, require_version
from fund.api.kinds import APPLICATIONS, AWARDS, CALLS, REPORTS, REVIEWS, SESSIONS
from fund.edge.requests import current_actor, writing
from fund.errors import InvalidInput, NotFound
from fund.forms.posting import storable
from fund.models import Application, Award, Call, CommitteeSession, Organisation, Person, Report, Review, Subject
from fund.schemas.forms import ApplicationInput, CallInput, ReportInput
from fund.services import applications, awards, calls, committee, organisations, reports, reviews
from fund.services.access import find
from fund.services.people import find_person

Body = dict[str, Any]

# What a change must agree with: fields that the schemas compare with each other.
COMPARED_IN_CALLS = ("opens_at", "closes_at", "min_grant", "max_grant", "max_rate")
COMPARED_IN_APPLICATIONS = ("requested_amount", "total_budget", "starts_on", "ends_on")


def create_call(given: Body) -> Response:
    """Start a call, as a draft."""
    with writing() as session:
        funder = _organisation(session, given.pop("funder"))
        call = calls.create_call(session, current_actor(), funder=funder, **given)
    return answer_written(CALLS, call, status=201)


def change_call(reference: str) -> Response:
    """Change a call that nobody can answer yet."""
    with writing() as session:
        call: Call = find(session, current_actor(), Call, reference)
        version = require_version(call)
        changes = read_changes(CallInput, _present(call, COMPARED_IN_CALLS))
        calls.edit_call(session, current_actor(), call, expected_version=version, **changes)
    return answer_written(CALLS, call)


def create_application(given: Body) -> Response:
    """Start a draft in a call."""
    with writing() as session:
        call: Call = _referred(session, Call, given.pop("call"), "call")
        applications.require_open_draft(call)
        lead = _organisation(session, given.pop("lead"))
        members = given.pop("members", None)
        application = applications.start_application(session, current_actor(), call, lead, **given)
        if members is not None:
            applications.edit_application(
                session, current_actor(), application, members=_members(session, members)
            )
    return answer_written(APPLICATIONS, application, status=201)


def change_application(reference: str) -> Response:
    """Change a draft, or a file returned for correction."""
    with writing() as session:
        application: Application = find(session, current_actor(), Application, reference)
        version = require_version(application)
        changes = read_changes(ApplicationInput, _present(application, COMPARED_IN_APPLICATIONS))
        if "members" in changes:
            changes["members"] = _members(session, changes["members"])
        applications.edit_application(session, current_actor(), application, expected_version=version, **changes)
    return answer_written(APPLICATIONS, application)


def assign_review(given: Body) -> Response:
    """Ask a reviewer to read a file."""
    with writing() as session:
        application: Application = _referred(session, Application, given["application"], "application")
        reviewer = _person(session, given["reviewer"], "reviewer")
        review = reviews.assign(session, current_actor(), application, reviewer, due_at=given["due_at"])
    return answer_written(REVIEWS, review, status=201)


def put_scores(given: Body, reference: str) -> Response:
    """Replace all marks of a review; a criterion left out has none. The comment changes only where given."""
    with writing() as session:
        review: Review = find(session, current_actor(), Review, reference)
        version = require_version(review)
        numbers = {criterion.position: criterion.id for criterion in review.application.call.criteria}
        marks: dict[int, Mapping[str, Any]] = {criterion_id: {"value": None} for criterion_id in numbers.values()}
        lines: dict[str, int] = {}
        for index, line in enumerate(given["scores"]):
            criterion_id = numbers.get(line["criterion"])
            if criterion_id is None:
                raise InvalidInput({f"scores.{index}.criterion": ["unknown_criterion"]})
            marks[criterion_id], lines[str(criterion_id)] = line, index
        try:
            reviews.save_scores(
                session,
                current_actor(),
                review,
                expected_version=version,
                scores=marks,
                comment=given.get("comment"),
            )
        except InvalidInput as error:
            raise _by_line(error, lines) from error
    return answer_written(REVIEWS, review)


def _by_line(error: InvalidInput, lines: Mapping[str, int]) -> InvalidInput:
    """The service names a mark by its criterion's row number; the client sent a list."""
    renamed = {}
    for path, problems in error.errors.items():
        _, criterion_id, *rest = path.split(".")
        renamed[".".join(("scores", str(lines[criterion_id]), *rest))] = problems
    return InvalidInput(renamed)


def create_session(given: Body) -> Response:
    """Plan a session of the committee."""
    with writing() as session:
        call: Call = _referred(session, Call, given.pop("call"), "call")
        chair = _person(session, given.pop("chair"), "chair")
        second, names = given.pop("deputy"), given.pop("members")
        sitting = committee.plan_session(
            session,
            current_actor(),
            call,
            chair=chair,
            deputy=_person(session, second, "deputy") if second else None,
            members=[_person(session, name, f"members.{i}") for i, name in enumerate(names)],
            **given,
        )
    return answer_written(SESSIONS, sitting, status=201)


def put_on_agenda(given: Body, reference: str) -> Response:
    """Put a reviewed file on the agenda, and send it to the committee. A second time is a conflict."""
    with writing() as session:
        sitting: CommitteeSession = find(session, current_actor(), CommitteeSession, reference)
        application: Application = _referred(session, Application, given["application"], "application")
        committee.put_on_agenda(session, current_actor(), sitting, application)
    return answer_written(SESSIONS, sitting)


def put_attendance(given: Body, reference: str) -> Response:
    """Say who is present; everybody else is absent."""
    with writing() as session:
        sitting: CommitteeSession = find(session, current_actor(), CommitteeSession, reference)
        known = {member.person.reference: member.person_id for member in sitting.members}
        unknown = [f"present.{index}" for index, who in enumerate(given["present"]) if who not in known]
        if unknown:
            raise InvalidInput({path: ["unknown_reference"] for path in unknown})
        present = {known[who] for who in given["present"]}
        committee.set_attendance(session, current_actor(), sitting, present)
    return answer_written(SESSIONS, sitting)


def put_schedule(given: Body, reference: str) -> Response:
    """Replace the schedule of an award whose agreement is not sent yet."""
    with writing() as session:
        award: Award = find(session, current_actor(), Award, reference)
        version = require_version(award)
        awards.set_schedule(session, current_actor(), award, expected_version=version, **given)
    return answer_written(AWARDS, award)


def change_report(reference: str) -> Response:
    """Write the report."""
    with writing() as session:
        report: Report = find(session, current_actor(), Report, reference)
        version = require_version(report)
        changes = read_changes(ReportInput, {})
        typed = {name: storable(changes.pop(name)) for name in ("account", "answers") if name in changes}
        reports.edit_report(session, current_actor(), report, expected_version=version, **typed, **changes)
    return answer_written(REPORTS, report)


def _present(subject: Subject, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(subject, name) for name in names}


def _referred(session: Session, model: type[Subject], reference: str, field: str) -> Any:
    """A subject that the body names. Raises InvalidInput for one that does not exist for the actor."""
    try:
        return find(session, current_actor(), model, reference)
    except NotFound as error:
        raise InvalidInput({field: ["unknown_reference"]}) from error


def _person(session: Session, reference: str, field: str) -> Person:
    try:
        return find_person(session, reference)
    except NotFound as error:
        raise InvalidInput({field: ["unknown_reference"]}) from error


def _organisation(session: Session, line: Mapping[str, Any]) -> Organisation:
    return organisations.find_or_create(
        session, name=line["name"], kind=line["kind"], siret=line["siret"] or None, rna=line["rna"] or None
    )


def _members(session: Session, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "organisation": _organisation(session, line),
            "part": line["part"],
            "contribution": line["contribution"],
        }
        for line in lines
    ]
