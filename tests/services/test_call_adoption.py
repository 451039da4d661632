"""Files go on with the version that they were begun with, until their authors take a newer one over."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from fund.models import Call
from fund.services import call_versions
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from fund.services.writing import save_part
from tests.scenario import World
from tests.services.call_making import begin, make_open, retitled


def test_a_file_goes_on_with_its_version_until_it_takes_the_newer_one_over(session: Session, world: World) -> None:
    call = make_open(session, world)
    file = begin(session, world, call)
    save_part(session, world["applicant"], file, "impact", {"change": "Tout."}, base=0)
    assert call_versions.newer_version(file) is None
    first = call.content
    sections = tuple(section for section in first.form.sections if section.key != "impact")
    shorter = replace(first, form=replace(first.form, sections=sections))
    call_versions.save_content(session, world["officer"], call, shorter)
    assert call_versions.newer_version(file) is None
    call_versions.publish_revision(session, world["officer"], call)
    newer = call_versions.newer_version(file)
    assert newer is not None
    assert newer.number == 2
    assert file.rules == first
    assert [change.path for change in call_versions.differences_to(file, newer)] == ["form.sections.impact"]
    event = call_versions.adopt_version(session, world["applicant"], file)
    assert event is not None
    assert event.body["details"] == {"version": [1, 2]}
    assert file.rules == shorter
    # The answers to what is gone are kept, and not shown.
    kept = file.section("impact")
    assert kept is not None
    assert kept.answers == {"change": "Tout."}
    assert "impact" not in file.answers()
    assert call_versions.adopt_version(session, world["applicant"], file) is None


def test_only_the_authors_take_a_version_over_and_only_while_they_write(session: Session, world: World) -> None:
    call = make_open(session, world)
    file = begin(session, world, call)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Bis"))
    call_versions.publish_revision(session, world["officer"], call)
    with pytest.raises(NotPermitted):
        call_versions.adopt_version(session, world["stranger"], file)
    take_step(session, world["applicant"], file, "withdraw", inputs={"reason": "Essai."})
    assert call_versions.newer_version(file) is None


def test_a_call_of_before_versions_gets_its_first_at_its_next_publication(session: Session, world: World) -> None:
    call = session.get_one(Call, world.call_id)
    file = world.draft(session)
    call_versions.save_content(session, world["officer"], call, retitled(call.content, "Désormais"))
    call_versions.publish_revision(session, world["officer"], call)
    newest = call.published_version
    assert newest is not None
    assert file.rules.title.fr == "Alliances pour les territoires"
    assert call_versions.newer_version(file) is newest
