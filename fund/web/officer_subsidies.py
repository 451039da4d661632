"""What public funders granted to the members of an alliance, as the officer reads it beside their declarations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fund.models import Application, Member
from fund.services.subsidies import Granted, latest_import, subsidies_of


@dataclass(frozen=True, slots=True)
class MemberGrants:
    """One member and what was published; without a number there is nothing to recognise it by."""

    member: Member
    granted: Granted

    @property
    def is_searchable(self) -> bool:
        return bool(self.member.organisation.siren or self.member.organisation.rna)


@dataclass(frozen=True, slots=True)
class PublicGrants:
    """``taken_in_at`` is when published grants were last taken in, None before the first time."""

    members: Sequence[MemberGrants]
    taken_in_at: datetime | None


def public_grants(session: Session, application: Application) -> PublicGrants:
    """Two statements, whatever the number of members and of grants."""
    granted = subsidies_of(session, [member.organisation for member in application.members])
    members = [MemberGrants(member, granted[member.organisation_id]) for member in application.members]
    return PublicGrants(members, latest_import(session))
