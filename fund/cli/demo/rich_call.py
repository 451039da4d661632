"""The demonstration's call with a form of its own: the example call, open, and revised once."""

from dataclasses import replace
from datetime import time
from pathlib import Path

import config
from fund.cli.demo.cast import Cast, in_days
from fund.forms.content import read_yaml
from fund.forms.definition import CallContent, FieldType, Question, Words
from fund.models import Call
from fund.services import call_versions
from fund.services.steps import take_step

EXAMPLE = Path(config.__file__).parent / "calls" / "exemple.yaml"


def open_rich_call(cast: Cast) -> Call:
    """The example call, as ``fund call import`` would take it, open since twenty days."""
    content = read_yaml(EXAMPLE.read_text(encoding="utf-8"))
    content = replace(content, opens_at=in_days(-20, time(9)), closes_at=in_days(50, time(18)))
    officer, funder = cast.actors["officer"], cast.organisations["fonds"]
    call = call_versions.create_from_content(cast.session, officer, content, funder_id=funder.id)
    take_step(cast.session, officer, call, "publish")
    take_step(cast.session, officer, call, "open")
    return call


def revise(cast: Cast, call: Call) -> None:
    """Put a second version of the call in force: more members, more grace, one question more."""
    officer = cast.actors["officer"]
    call_versions.save_content(cast.session, officer, call, _revised(call.content))
    call_versions.publish_revision(cast.session, officer, call)


def _revised(content: CallContent) -> CallContent:
    *others, last = content.form.sections
    question = Question(
        key="meeting",
        type=FieldType.YES_NO,
        label=Words(
            "Avez-vous suivi une réunion d’information du fonds\u00a0?", "Did you attend a meeting of the fund?"
        ),
    )
    sections = (*others, replace(last, fields=(*last.fields, question)))
    return replace(
        content,
        form=replace(content.form, sections=sections),
        alliance=replace(content.alliance, maximum=15),
        deadline=replace(content.deadline, minutes=60),
    )
