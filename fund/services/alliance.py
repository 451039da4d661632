"""Verbs on the alliance of a file: its members, one at a time. Each keeps its identity by the member's own number.

A member's representative is personal data: the journal says that it changed, not to whom.
"""

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound
from fund.forms.fields import Problem
from fund.models import Application, AuditEvent, Award, Call, Member, Organisation, Person
from fund.services import journal
from fund.services.consents import forget_request, schedule_asking_again
from fund.services.organisations import find_or_create
from fund.services.perform import amend
from fund.services.writing import EDITABLE, require_writable
from workflows.permissions import Actor, Permission

PART = "alliance"
"""The part of a file that marks for correction may open alone."""
MEMBERS_MAXIMUM = 50
REPRESENTATIVE = ("representative_name", "representative_email", "representative_function")
AMOUNTS = ("contribution", "in_kind", "skills")
MEMBER_FIELDS = ("part", *AMOUNTS, "skills_note", "territory", *REPRESENTATIVE)
NUMBERS = ("siret", "rna")


def add_member(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    identity: Mapping[str, Any],
    share: Mapping[str, Any],
) -> Member:
    """Add an organisation to the alliance, as its last member.

    ``identity`` is ``name``, ``kind``, ``siret``, ``rna``, ``commune_code``; ``share`` is what ``MEMBER_FIELDS``
    names, amounts in euros. An organisation known by its number keeps the name under which it is recorded.
    Raises InvalidInput (``member_twice``), Conflict (``alliance_full``), NotPermitted, NotEditable.
    """
    added: list[Member] = []

    def change() -> Mapping[str, Any]:
        if len(application.members) >= MEMBERS_MAXIMUM:
            raise Conflict("alliance_full")
        _refuse_namesake(application, identity, besides=None)
        organisation = find_or_create(session, **_without_blanks(identity))
        _refuse_twice(application, organisation, besides=None)
        member = Member(organisation=organisation, position=_next_position(application), consents=[])
        application.members.append(member)
        _set_share(member, share)
        session.flush()
        added.append(member)
        return {"members": [[], [member_line(member)]]}

    _amend(session, actor, application, "application.add_member", change)
    return added[0]


def edit_member(
    session: Session,
    actor: Actor,
    application: Application,
    member: Member,
    *,
    identity: Mapping[str, Any],
    share: Mapping[str, Any],
    seen: str | None = None,
) -> AuditEvent | None:
    """Change a member; the keys that are not given stay. The lead's organisation stays, but for its commune.

    ``seen`` is the ``fingerprint`` of what the writer had before her. Another representative's address takes back
    the link that went to the former one. Raises Conflict (``member_changed``), InvalidInput, NotFound (removed
    meanwhile), NotPermitted, NotEditable.
    """

    def change() -> Mapping[str, Any] | None:
        _require_member(application, member)
        if seen is not None and seen != fingerprint(member):
            raise Conflict("member_changed")
        before, represented = member_line(member), _representative(member)
        member.organisation = _reidentify(session, application, member, identity)
        address = member.representative_email
        _set_share(member, share)
        if member.representative_email.casefold() != address.casefold():
            forget_request(session, member)
        session.flush()
        schedule_asking_again(session, application)
        details: dict[str, Any] = {}
        if before != member_line(member):
            details["members"] = [[before], [member_line(member)]]
        if represented != _representative(member):
            details["representative_of"] = member.organisation.name
        return details

    return _amend(session, actor, application, "application.edit_member", change)


def remove_member(session: Session, actor: Actor, application: Application, member: Member) -> AuditEvent | None:
    """Take a member out of the alliance, with its answers and its links.

    Raises Conflict (``lead_stays``), NotFound (removed already), NotPermitted, NotEditable.
    """

    def change() -> Mapping[str, Any]:
        _require_member(application, member)
        if member.is_lead:
            raise Conflict("lead_stays")
        line = member_line(member)
        application.members.remove(member)
        session.flush()
        return {"members": [[line], []]}

    return _amend(session, actor, application, "application.remove_member", change)


def find_member(application: Application, member_id: int) -> Member:
    """The member of that number. Raises NotFound."""
    found = next((member for member in application.members if member.id == member_id), None)
    if found is None:
        raise NotFound(f"member {member_id}")
    return found


def fingerprint(member: Member) -> str:
    """What stands for everything that can be edited of a member, as it is now."""
    organisation = member.organisation
    identity = [organisation.id, organisation.name, organisation.kind.value, organisation.commune_code]
    values = [journal.plain(getattr(member, name)) for name in MEMBER_FIELDS]
    return hashlib.sha256(journal.canonical([*identity, *values])).hexdigest()


def member_line(member: Member) -> dict[str, Any]:
    """A member as the journal tells it: the organisation and its share, nobody's name."""
    organisation = member.organisation
    return {
        "organisation": organisation.siret or organisation.rna or organisation.name,
        "part": member.part or "",
        **{name: journal.plain(getattr(member, name) or Decimal(0)) for name in AMOUNTS},
        "skills_note": member.skills_note or "",
        "territory": member.territory or "",
    }


def _amend(
    session: Session,
    actor: Actor,
    application: Application,
    action: str,
    change: Callable[[], Mapping[str, Any] | None],
) -> AuditEvent | None:
    def change_if_open() -> Mapping[str, Any] | None:
        require_writable(actor, application, PART)
        return change()

    return amend(
        session,
        actor,
        application,
        action,
        Permission.APPLICATION_WRITE,
        states=EDITABLE,
        change=change_if_open,
    )


def _require_member(application: Application, member: Member) -> None:
    """The lock was awaited: a colleague may have removed the member meanwhile."""
    if member not in application.members:
        raise NotFound("member")


def _next_position(application: Application) -> int:
    return max((member.position for member in application.members), default=-1) + 1


def _set_share(member: Member, share: Mapping[str, Any]) -> None:
    for name in MEMBER_FIELDS:
        if name in share:
            setattr(member, name, share[name])


def _representative(member: Member) -> tuple[str, ...]:
    return tuple(getattr(member, name) for name in REPRESENTATIVE)


def _refuse_twice(application: Application, organisation: Organisation, besides: Member | None) -> None:
    """One legal person is one member, by whichever of its sites: a SIREN is the whole of it."""
    for member in application.members:
        if member is besides:
            continue
        other = member.organisation
        if other.id == organisation.id:
            raise InvalidInput({"siret" if organisation.siret else "name": ["member_twice"]})
        if other.siren is not None and other.siren == organisation.siren:
            raise InvalidInput({"siret": [Problem("member_same_siren", name=other.name)]})


def _refuse_namesake(application: Application, identity: Mapping[str, Any], besides: Member | None) -> None:
    """Without a number an organisation is known by its name alone."""
    if any(identity.get(name) for name in NUMBERS):
        return
    name = str(identity["name"]).casefold()
    if any(m is not besides and m.organisation.name.casefold() == name for m in application.members):
        raise InvalidInput({"name": ["member_twice"]})


def _reidentify(
    session: Session, application: Application, member: Member, identity: Mapping[str, Any]
) -> Organisation:
    """The member's organisation after the edit: the same, corrected where it is ours to correct, or another."""
    present = member.organisation
    if member.is_lead:
        identity = {name: value for name, value in identity.items() if name == "commune_code"}
    recorded = {name: getattr(present, name) for name in ("name", "kind", *NUMBERS, "commune_code")}
    wanted = _without_blanks({**recorded, **identity})
    _refuse_namesake(application, wanted, besides=member)
    if all(wanted[name] == recorded[name] for name in NUMBERS):
        _correct(session, application, present, wanted)
        return present
    found = find_or_create(session, **wanted)
    _refuse_twice(application, found, besides=member)
    return found


def _without_blanks(identity: Mapping[str, Any]) -> dict[str, Any]:
    """A number that was left empty is none."""
    return {name: value or None for name, value in identity.items()}


def _correct(
    session: Session, application: Application, organisation: Organisation, wanted: Mapping[str, Any]
) -> None:
    """What only this file knows of an organisation it may correct; what others rely on stays as recorded."""
    if organisation.commune_code is None:
        organisation.commune_code = wanted["commune_code"]
    if not _is_known_elsewhere(session, application, organisation):
        organisation.name, organisation.kind = wanted["name"], wanted["kind"]
        organisation.commune_code = wanted["commune_code"]


def _is_known_elsewhere(session: Session, application: Application, organisation: Organisation) -> bool:
    uses = (
        select(Member.id).where(
            Member.organisation_id == organisation.id, Member.application_id != application.id
        ),
        select(Application.id).where(Application.lead_id == organisation.id, Application.id != application.id),
        select(Call.id).where(Call.funder_id == organisation.id),
        select(Person.id).where(Person.organisation_id == organisation.id),
        select(Award.id).where(Award.beneficiary_id == organisation.id),
    )
    return bool(session.scalar(select(or_(*(use.exists() for use in uses)))))
