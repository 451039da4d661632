"""The example call, as the tests of versions need it."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from fund.forms.content import read_yaml
from fund.forms.definition import CallContent, Words
from fund.models import Application, Call, Organisation
from fund.services import call_versions
from fund.services.applications import start_application
from fund.services.steps import take_step
from tests.scenario import World

EXAMPLE = Path(__file__).parents[2] / "config" / "calls" / "exemple.yaml"


def example() -> CallContent:
    return read_yaml(EXAMPLE.read_text(encoding="utf-8"))


def make_draft(session: Session, world: World) -> Call:
    funder_id = session.get_one(Call, world.call_id).funder_id
    return call_versions.create_from_content(session, world["officer"], example(), funder_id=funder_id)


def make_published(session: Session, world: World) -> Call:
    call = make_draft(session, world)
    take_step(session, world["officer"], call, "publish")
    return call


def make_open(session: Session, world: World) -> Call:
    """The example, open now."""
    call = make_draft(session, world)
    now = session.get_one(Call, world.call_id)
    content = replace(call.content, opens_at=now.opens_at, closes_at=now.closes_at)
    call_versions.save_content(session, world["officer"], call, content)
    take_step(session, world["officer"], call, "publish")
    take_step(session, world["officer"], call, "open")
    return call


def retitled(content: CallContent, title: str) -> CallContent:
    return replace(content, title=Words(title, content.title.en))


def begin(session: Session, world: World, call: Call) -> Application:
    lead = session.get_one(Organisation, world.lead_id)
    return start_application(session, world["applicant"], call, lead)
