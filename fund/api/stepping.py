"""Steps: what may be done with a subject now, and doing it."""

from collections.abc import Callable

from flask import Response, request

from fund.api.answers import answer, answer_written
from fund.api.bodies import parser, require_version
from fund.api.kinds import Kind
from fund.api.openapi import schema_of_inputs
from fund.api.problems import reason_line
from fund.edge.requests import current_actor, current_session, writing
from fund.edge.step_labels import step_label
from fund.models import Subject
from fund.schemas.steps import input_of
from fund.services.access import find
from fund.services.perform import judge_steps
from fund.services.steps import UnknownStep, take_step
from workflows.engine import Step, Verdict

View = Callable[..., Response]


def steps_of(kind: Kind) -> View:
    def view(reference: str) -> Response:
        actor = current_actor()
        subject: Subject = find(current_session(), actor, kind.model, reference)
        steps = [_line(verdict) for verdict in judge_steps(actor, subject)]
        response = answer({"state": subject.state, "version": subject.version, "steps": steps})
        response.set_etag(str(subject.version))
        return response

    return view


def _line(verdict: Verdict) -> dict[str, object]:
    step = verdict.step
    return {
        "name": step.name,
        "label": step_label(step.name),
        "allowed": verdict.allowed,
        "reasons": [reason_line(reason) for reason in verdict.reasons],
        "inputs": schema_of_inputs(step),
    }


def taking_of(kind: Kind) -> View:
    def view(reference: str, name: str) -> Response:
        actor = current_actor()
        with writing() as session:
            subject: Subject = find(session, actor, kind.model, reference)
            step = _step_of(subject, name)
            version = require_version(subject)
            inputs = parser.parse(input_of(step)(), request, location="json")
            take_step(session, actor, subject, name, expected_version=version, inputs=inputs)
        return answer_written(kind, subject)

    return view


def _step_of(subject: Subject, name: str) -> Step:
    step = subject.workflow.find(name)
    if step is None:
        leaving = subject.workflow.steps_from(subject.state)
        raise UnknownStep(name, tuple(str(step.name) for step in leaving))
    return step
