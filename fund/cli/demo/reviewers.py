"""What the demonstration's reviewers know, how much they take on, and to whom they are tied."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fund.cli.demo.cast import Cast
from fund.models.base import utc_now
from fund.services import reviewers
from workflows.engine import paris_day

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "reviewer": {"sdgs": ["2", "4", "11", "12"], "levers": ["1", "3"], "capacity": 40},
    "reviewer2": {"sdgs": ["6", "13", "15"], "levers": ["2", "5"], "capacity": 40},
    "reviewer3": {"sdgs": ["3", "8", "10"], "levers": ["4"], "capacity": 6},
}
TERRITORIES = {
    "reviewer": ("reg:76", "reg:75"),
    "reviewer2": ("reg:84", "dep:38"),
    "reviewer3": ("reg:53", "reg:52", "dep:974"),
}


def describe_reviewers(cast: Cast) -> None:
    """Fill in their profiles, as each of them would."""
    session, today = cast.session, paris_day(utc_now())
    for key, profile in PROFILES.items():
        actor, person = cast.actors[key], cast.people[key]
        reviewers.edit_profile(session, actor, person, **profile)
        reviewers.set_known_territories(session, actor, person, TERRITORIES[key])
    leaves, returns = today + timedelta(days=40), today + timedelta(days=61)
    third = cast.people["reviewer3"]
    reviewers.edit_profile(session, cast.actors["reviewer3"], third, away_from=leaves, away_until=returns)
    former = cast.organisations["bocage_vivant"]
    reviewers.add_affiliation(
        session,
        cast.actors["reviewer3"],
        third,
        name=former.name,
        siren=former.siren or "",
        until=today - timedelta(days=400),
        note="Membre du conseil d’administration.",
    )
