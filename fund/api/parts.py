"""A call's content, and the parts of a file that answer it: judged by the same compiler as the pages.

A page keeps whatever is typed; a program that sends what cannot be read is told so, and nothing is saved.
"""

from typing import Any

from flask import Response
from marshmallow import ValidationError

from fund.api.answers import answer
from fund.api.bodies import refused_values
from fund.api.problems import pointer
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.sentences import problem_sentence
from fund.errors import InvalidInput, NotFound
from fund.forms.budget import load_budget
from fund.forms.compiler import judge, schema_of
from fund.forms.content import digest, dump_content
from fund.forms.definition import Form
from fund.forms.posting import storable
from fund.models import Application, Call
from fund.schemas.parts import ContentView, PartView
from fund.services.access import find
from fund.services.writing import Part, SectionConflict, read_part, save_part, section_form

Body = dict[str, Any]


def content(reference: str) -> Response:
    """The call as its version in force has it; a call that nobody can answer yet, as it stands."""
    call: Call = find(current_session(), current_actor(), Call, reference)
    version = call.published_version
    shown = version.read() if version else call.content
    number = version.number if version else None
    return answer(ContentView().dump({"version": number, "digest": digest(shown), "content": dump_content(shown)}))


def show(reference: str, part: str) -> Response:
    """One part of a file: what was typed, and everything that speaks against it."""
    application: Application = find(current_session(), current_actor(), Application, reference)
    return _answer(application, read_part(application, part))


def change(given: Body, reference: str, part: str) -> Response:
    """Change answers of one part. ``base`` is the number of the part that the client read.

    Raises InvalidInput for what cannot be read, and for answers that somebody else changed since.
    """
    with writing() as session:
        application: Application = find(session, current_actor(), Application, reference)
        answers = storable(given["answers"])
        _require_readable(application, part, answers)
        try:
            save_part(session, current_actor(), application, part, answers, base=given["base"])
        except SectionConflict as conflict:
            raise InvalidInput(
                {pointer(("answers", name)): ["answer_changed"] for name in conflict.typed}
            ) from conflict
    session.expire_all()
    return _answer(application, read_part(application, part))


def _require_readable(application: Application, key: str, answers: Body) -> None:
    section = section_form(application, key)
    if section is not None:
        schema = schema_of(section)
        try:
            schema().load(answers, partial=True)
        except ValidationError as error:
            found = refused_values({"answers": error.messages}, schema())
            raise found from error
        return
    rule = application.rules.budget
    if rule is None:
        raise NotFound(key)
    budget = load_budget(answers, rule, application.rules.grant, complete=False)
    if budget.problems:
        raise InvalidInput(
            {pointer(("answers", *path.split("."))): [problem] for path, problem in budget.problems}
        )


def _answer(application: Application, part: Part) -> Response:
    section = section_form(application, part.key)
    if section is not None:
        judged = judge(Form((section,)), {part.key: part.answers}, files=application.present_slots())
        problems = [(found.path, found.problem) for found in judged.problems]
    else:
        budget = application.judge_budget()
        problems = list(budget.problems) if budget else []
    return answer(
        PartView().dump(
            {
                "part": part.key,
                "number": part.number,
                "answers": part.answers,
                "edited_at": part.edited_at,
                "problems": [{"path": path, "detail": problem_sentence(problem)} for path, problem in problems],
            }
        )
    )
