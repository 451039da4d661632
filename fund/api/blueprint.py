"""The addresses of the API, all of them."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint as FlaskBlueprint
from flask import Response, current_app
from flask_smorest import Blueprint
from marshmallow import Schema

from fund.api import parts, reading, stepping, writing
from fund.api.answers import answer
from fund.api.bodies import parser, partial
from fund.api.gate import PREFIX
from fund.api.kinds import KINDS, Kind
from fund.api.openapi import body_of, etag_header
from fund.api.problems import problem_response
from fund.edge.access import PUBLIC, SIGNED_IN, Access, access, only
from fund.schemas import forms, views
from fund.schemas.parts import ContentView, PartInput, PartView
from fund.schemas.queries import ListQuery
from fund.schemas.steps import input_of
from workflows.permissions import Role

View = Callable[..., Response]

ALWAYS: Final = (400, 401, 429, 500, 503)
READS: Final = (*ALWAYS, 422)
ADDRESSED: Final = (403, 404)
WRITES: Final = (*ALWAYS, 403, 404, 409, 413, 415, 422)
VERSIONED: Final = (412, 428)
IF_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of what was read.",
    "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
}


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    ARGUMENTS_PARSER = parser


api = ApiBlueprint("api", "fund.api", url_prefix=PREFIX, description="The fund")
api.register_error_handler(Exception, problem_response)


def read(
    rule: str,
    view: View,
    declared: Access,
    *,
    name: str,
    summary: str,
    returns: type[Schema],
    query: type[Schema] | None = None,
    tagged: bool = False,
) -> None:
    problems = READS if query else ALWAYS
    problems = (*problems, *ADDRESSED) if "<" in rule else problems
    if query is not None:
        view = api.arguments(query, location="query")(view)
    docs: dict[str, Any] = {"security": [{}, {"bearer": []}]} if declared.public else {}
    _add("GET", rule, view, declared, name, summary, (200, returns, tagged), problems, docs)


def write(
    method: str,
    rule: str,
    view: View,
    declared: Access,
    *,
    name: str,
    summary: str,
    returns: type[Schema],
    body: type[Schema] | None = None,
    docs: dict[str, Any] | None = None,
    status: int = 200,
    versioned: bool = True,
    parameters: Sequence[dict[str, Any]] = (),
) -> None:
    if body is not None:
        view = api.arguments(body, location="json")(view)
    docs = {**(docs or {}), "parameters": [IF_MATCH]} if versioned else docs or {}
    problems = (*WRITES, *VERSIONED) if versioned else WRITES
    _add(method, rule, view, declared, name, summary, (status, returns, True), problems, docs, parameters)


def _add(
    method: str,
    rule: str,
    view: View,
    declared: Access,
    name: str,
    summary: str,
    success: tuple[int, type[Schema], bool],
    problems: Iterable[int],
    docs: dict[str, Any],
    parameters: Sequence[dict[str, Any]] = (),
) -> None:
    status, returns, tagged = success
    headers = {"ETag": etag_header()} if tagged else None
    view = api.response(status, returns, headers=headers)(view)
    for problem in problems:
        view = api.alt_response(problem, response=HTTPStatus(problem).name)(view)
    view = api.doc(operationId=name, summary=summary, **docs)(view)
    api.add_url_rule(
        rule, name, access(declared)(view), methods=[method], tags=[rule.split("/")[1]], parameters=parameters
    )


def _step_docs(kind: Kind) -> dict[str, Any]:
    """The names of the kind's steps and, for each, the shape of what comes with it."""
    steps = kind.workflow.steps.values()
    shapes = dict.fromkeys(input_of(step) for step in steps)
    lines = [f"- `{_short(step.name)}`: {input_of(step).__name__}" for step in steps]
    return {
        "requestBody": body_of({"anyOf": list(shapes)}, required=False),
        "description": "What each step takes; `GET …/steps` says it precisely:\n\n" + "\n".join(lines),
    }


def _step_name(kind: Kind) -> dict[str, Any]:
    """The name of a step, as the list has it or without the kind's own part."""
    names = [name for step in kind.workflow.steps for name in (step, _short(step))]
    return {"in": "path", "name": "name", "required": True, "schema": {"type": "string", "enum": names}}


def _short(name: str) -> str:
    return str(name).partition(".")[2]


for kind in KINDS:
    every, one, noun = f"/{kind.path}", f"/{kind.path}/<reference:reference>", kind.noun
    read(
        every,
        reading.list_of(kind),
        kind.access,
        name=f"list_{kind.path}",
        summary=f"List the {kind.path}, newest first",
        returns=views.page_of(kind.view),
        query=kind.query,
    )
    read(
        one,
        reading.one_of(kind),
        kind.access,
        name=f"show_{noun}",
        summary=f"Show one {noun}",
        returns=kind.view,
        tagged=True,
    )
    read(
        f"{one}/steps",
        stepping.steps_of(kind),
        SIGNED_IN,
        name=f"list_{noun}_steps",
        summary=f"List the steps that leave the {noun}'s state",
        returns=views.StepsView,
        tagged=True,
    )
    write(
        "POST",
        f"{one}/steps/<name>",
        stepping.taking_of(kind),
        SIGNED_IN,
        name=f"take_{noun}_step",
        summary=f"Take a step of the {noun}",
        returns=kind.view,
        docs=_step_docs(kind),
        parameters=[_step_name(kind)],
    )
    read(
        f"{one}/journal",
        reading.journal_of(kind),
        SIGNED_IN,
        name=f"list_{noun}_events",
        summary=f"List what was done with the {noun}, oldest first",
        returns=views.page_of(views.EventView),
        query=ListQuery,
    )

CREATED: Final[dict[str, Any]] = {"status": 201, "versioned": False}

write(
    "POST",
    "/calls",
    writing.create_call,
    only(Role.OFFICER),
    name="create_call",
    summary="Start a call, as a draft",
    returns=views.CallView,
    body=forms.NewCallInput,
    **CREATED,
)
write(
    "PATCH",
    "/calls/<reference:reference>",
    writing.change_call,
    SIGNED_IN,
    name="change_call",
    summary="Change a call that nobody can answer yet",
    returns=views.CallView,
    docs={"requestBody": body_of(partial(forms.CallInput))},
)
write(
    "POST",
    "/applications",
    writing.create_application,
    only(Role.APPLICANT),
    name="create_application",
    summary="Start a draft in a call",
    returns=views.ApplicationView,
    body=forms.NewApplicationInput,
    **CREATED,
)
write(
    "PATCH",
    "/applications/<reference:reference>",
    writing.change_application,
    SIGNED_IN,
    name="change_application",
    summary="Change a draft, or a file returned for correction",
    returns=views.ApplicationView,
    docs={"requestBody": body_of(partial(forms.ApplicationInput))},
)
read(
    "/calls/<reference:reference>/content",
    parts.content,
    PUBLIC,
    name="show_call_content",
    summary="Show the call's form and rules",
    returns=ContentView,
)
read(
    "/applications/<reference:reference>/parts/<part>",
    parts.show,
    SIGNED_IN,
    name="show_application_part",
    summary="Show one part of a file: project, budget, or a section of the call's form",
    returns=PartView,
)
write(
    "POST",
    "/applications/<reference:reference>/parts/<part>",
    parts.change,
    SIGNED_IN,
    name="change_application_part",
    summary="Change answers of one part",
    returns=PartView,
    body=PartInput,
    versioned=False,
)
write(
    "POST",
    "/reviews",
    writing.assign_review,
    only(Role.OFFICER),
    name="assign_review",
    summary="Ask a reviewer to read a file",
    returns=views.ReviewView,
    body=forms.AssignmentInput,
    **CREATED,
)
write(
    "PUT",
    "/reviews/<reference:reference>/scores",
    writing.put_scores,
    SIGNED_IN,
    name="put_scores",
    summary="Replace all marks of a review",
    returns=views.ReviewView,
    body=forms.ScoresInput,
)
write(
    "POST",
    "/sessions",
    writing.create_session,
    only(Role.OFFICER),
    name="create_session",
    summary="Plan a session of the committee",
    returns=views.SessionView,
    body=forms.NewSessionInput,
    **CREATED,
)
write(
    "POST",
    "/sessions/<reference:reference>/items",
    writing.put_on_agenda,
    SIGNED_IN,
    name="put_on_agenda",
    summary="Put a reviewed file on the agenda",
    returns=views.SessionView,
    body=forms.AgendaInput,
    versioned=False,
)
write(
    "PUT",
    "/sessions/<reference:reference>/attendance",
    writing.put_attendance,
    SIGNED_IN,
    name="put_attendance",
    summary="Say who is present",
    returns=views.SessionView,
    body=forms.AttendanceInput,
    versioned=False,
)
write(
    "PUT",
    "/awards/<reference:reference>/schedule",
    writing.put_schedule,
    SIGNED_IN,
    name="put_schedule",
    summary="Replace the schedule of an award whose agreement is not sent yet",
    returns=views.AwardView,
    body=forms.ScheduleInput,
)
write(
    "PATCH",
    "/reports/<reference:reference>",
    writing.change_report,
    SIGNED_IN,
    name="change_report",
    summary="Write the report",
    returns=views.ReportView,
    docs={"requestBody": body_of(partial(forms.ReportInput))},
)
read("/me", reading.me, SIGNED_IN, name="me", summary="Who the token stands for", returns=views.MeView)


@access(PUBLIC)
def openapi() -> Response:
    """The OpenAPI document itself."""
    return answer(current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict())


# Past flask-smorest, which would describe the description.
FlaskBlueprint.add_url_rule(api, "/openapi.json", "openapi", openapi)
