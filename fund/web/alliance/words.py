"""A member's part in words: for those who write it, and for the member who confirms it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from fund.edge.formats import money
from fund.models import Member

# In the order in which a member reads them.
LINES: dict[str, Any] = {
    "project": _l("Title of the project"),
    "lead": _l("Lead of the alliance"),
    "organisation": _l("Organisation"),
    "part": _l("Part in the project"),
    "contribution": _l("Contribution in money"),
    "in_kind": _l("Contribution in kind"),
    "skills": _l("Contribution in skills"),
    "skills_note": _l("Which skills, and how much time"),
    "territory": _l("Territory where it acts"),
}
AROUND = ("project", "lead", "organisation")  # what stands around a member's own lines
AMOUNTS = ("contribution", "in_kind", "skills")


def describe_share(part: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and text of each of a member's own lines, without those in which nothing stands."""
    told = {name: text for name, text in part.items() if not (name in AMOUNTS and Decimal(text or 0) == 0)}
    own = {name: told[name] for name in LINES if name not in AROUND and told.get(name)}
    return [(str(LINES[name]), _written(name, text)) for name, text in own.items()]


def describe_changes(member: Member) -> list[tuple[str, str, str]]:
    """Name, before and after of each line that changed since the member's last answer."""
    changes = member.part_changes()
    return [
        (str(text), _written(name, changes[name][0]), _written(name, changes[name][1]))
        for name, text in LINES.items()
        if name in changes
    ]


def _written(name: str, text: str) -> str:
    if name in AMOUNTS:
        return money(Decimal(text or 0))
    return territory_label(text) if name == "territory" and text else text
