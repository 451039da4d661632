"""Copying what an alliance wrote in an earlier file into one that it begins: only into parts still empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fund.forms.budget import Status
from fund.forms.compiler import WITHOUT_VALUE
from fund.forms.definition import Section as FormSection
from fund.forms.project import BUDGET, PROJECT, project_section
from fund.models import Application, Collaborator, Member
from fund.services.alliance import MEMBER_FIELDS
from fund.services.applications import edit_application
from fund.services.writing import digest_of, raw_answers, save_part
from workflows.permissions import Actor

ALLIANCE = "alliance"
MOST_SOURCES = 50


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one part: ``copied`` and ``left`` name its fields; of the alliance, its organisations.

    ``was_written``: the part was not empty, so that nothing was copied into it.
    """

    key: str
    copied: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    was_written: bool = False


def list_sources(session: Session, actor: Actor, target: Application | None = None) -> list[Application]:
    """The actor's own other files, the latest first, that there may be something to copy from."""
    query = (
        select(Application)
        .join(Collaborator)
        .where(Collaborator.person_id == actor.person_id, Application.is_test.is_(False))
        .order_by(Application.created_at.desc(), Application.id.desc())
        .options(joinedload(Application.call))
        .limit(MOST_SOURCES)
    )
    if target is not None:
        query = query.where(Application.id != target.id)
    return list(session.scalars(query))


def copy_file(session: Session, actor: Actor, source: Application, target: Application) -> tuple[Copied, ...]:
    """Copy answers with the same section, key and type, the project, the budget, and the members without consents.

    The caller has found ``source`` among the actor's own files. Raises what ``save_part`` raises.
    """
    sections = [(PROJECT, project_section(source.rules), project_section(target.rules))]
    sections += [
        (section.key, known, section)
        for section in target.rules.form.sections
        if (known := source.rules.form.find(section.key)) is not None
    ]
    done = [_copy_section(session, actor, source, target, *section) for section in sections]
    if source.rules.budget is not None and target.rules.budget is not None:
        done.append(_copy_budget(session, actor, source, target))
    done.append(_copy_members(session, actor, source, target))
    return tuple(part for part in done if part.copied or part.left or part.was_written)


def is_empty(application: Application, key: str) -> bool:
    """Whether nothing was written in a part."""
    return not any(digest_of(raw) for raw in raw_answers(application, key).values())


def _copy_section(
    session: Session,
    actor: Actor,
    source: Application,
    target: Application,
    key: str,
    known: FormSection,
    wanted: FormSection,
) -> Copied:
    written = {name: raw for name, raw in raw_answers(source, key).items() if digest_of(raw)}
    if not written:
        return Copied(key)
    if not is_empty(target, key):
        return Copied(key, was_written=True)
    types = {question.key: question.type for question in known.fields if question.type not in WITHOUT_VALUE}
    fitting = {question.key for question in wanted.fields if types.get(question.key) is question.type}
    answers = {name: raw for name, raw in written.items() if name in fitting}
    if answers:
        save_part(session, actor, target, key, answers, base=0, seen=dict.fromkeys(answers, ""))
    return Copied(key, tuple(answers), tuple(name for name in written if name not in answers))


def _copy_budget(session: Session, actor: Actor, source: Application, target: Application) -> Copied:
    """Another funder's grant for the earlier project is none for this one: it is asked again, without document."""
    written = raw_answers(source, BUDGET)
    if not any(map(digest_of, written.values())):
        return Copied(BUDGET)
    if not is_empty(target, BUDGET):
        return Copied(BUDGET, was_written=True)
    sides: dict[str, Any] = {
        side: [_unsettled(row) for row in rows] if isinstance(rows, list) else rows
        for side, rows in written.items()
    }
    save_part(session, actor, target, BUDGET, sides, base=0, seen=dict.fromkeys(sides, ""))
    return Copied(BUDGET, tuple(sides))


def _unsettled(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    status = Status.ASKED.value if row.get("status") == Status.GRANTED else row.get("status", "")
    return {**row, "status": status, "evidence": ""}


def _copy_members(session: Session, actor: Actor, source: Application, target: Application) -> Copied:
    others = [member for member in source.members if member.organisation_id != target.lead_id]
    if not others:
        return Copied(ALLIANCE)
    if len(target.members) > 1:
        return Copied(ALLIANCE, was_written=True)
    lines = [_line(member) for member in source.members if member.organisation_id == target.lead_id]
    lines += [_line(member) for member in others]
    edit_application(session, actor, target, members=lines)
    return Copied(ALLIANCE, tuple(member.organisation.name for member in others))


def _line(member: Member) -> dict[str, Any]:
    return {"organisation": member.organisation, **{name: getattr(member, name) for name in MEMBER_FIELDS}}
