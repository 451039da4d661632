"""Who and what the demonstration is made of: people, organisations, projects, calls. All invented."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import config
from fund.models import Call, Organisation, OrganisationKind, Person
from fund.models.base import utc_now
from fund.services import calls, organisations, people
from fund.services.documents import Desk
from fund.services.steps import take_step
from workflows.engine import PARIS, paris_day
from workflows.permissions import Actor, Role

DATA = Path(config.__file__).parent / "demo" / "alliances.toml"
PASSWORD = "demonstration-odd17"  # noqa: S105 - shown to everybody; refused in production


def address_of(key: str) -> str:
    """Alliances have a domain of their own: to share the fund's would be an interest in their files."""
    is_of_alliance = key.startswith(("applicant", "partner"))
    return f"{key}@{'alliance' if is_of_alliance else 'demo'}.example"


# The printed accounts, one for each role.
ACCOUNTS: tuple[tuple[Role, str], ...] = tuple(
    (role, address_of(role.value))
    for role in (
        Role.APPLICANT,
        Role.PARTNER,
        Role.CATALYST,
        Role.REVIEWER,
        Role.COMMITTEE,
        Role.CHAIR,
        Role.OFFICER,
        Role.FINANCE,
        Role.AUDITOR,
        Role.ADMIN,
    )
)
PEOPLE: Mapping[str, tuple[str, tuple[Role, ...], str | None]] = {
    "applicant": ("Camille Exemple", (Role.APPLICANT,), "trois_rivieres"),
    "applicant2": ("Dominique Modèle", (Role.APPLICANT,), "mer_et_maquis"),
    "applicant3": ("Claude Témoin", (Role.APPLICANT,), "hautes_terres"),
    "partner": ("Alix Exemple", (Role.PARTNER,), "modele_ateliers"),
    "catalyst": ("Morgan Témoin", (Role.CATALYST,), None),
    "catalyst2": ("Maël Exemple", (Role.CATALYST,), None),
    "reviewer": ("Sacha Modèle", (Role.REVIEWER,), None),
    "reviewer2": ("Noa Exemple", (Role.REVIEWER,), "laboratoire"),
    "reviewer3": ("Charlie Témoin", (Role.REVIEWER,), None),
    "committee": ("Maxime Exemple", (Role.COMMITTEE,), None),
    "committee2": ("Swan Témoin", (Role.COMMITTEE,), None),
    "committee3": ("Ariel Modèle", (Role.COMMITTEE,), None),
    "chair": ("Andréa Modèle", (Role.COMMITTEE, Role.CHAIR), None),
    "deputy": ("Dany Exemple", (Role.COMMITTEE, Role.CHAIR), None),
    "officer": ("Lou Témoin", (Role.OFFICER,), None),
    "finance": ("Eden Exemple", (Role.FINANCE,), None),
    "auditor": ("Yaël Modèle", (Role.AUDITOR,), None),
    "admin": ("Sam Témoin", (Role.ADMIN,), None),
}
TERRITORIES = {"catalyst": ("reg:76",), "catalyst2": ("reg:28", "reg:75", "reg:94")}
ENVELOPE = Decimal(900_000)
# Little enough that there is a waiting list, and that the session which sits now has to choose.
ENVELOPES = {"living": Decimal(440_000)}
RUBRIC = (
    ("Intérêt général et effets attendus", "Public interest and expected effects", 30),
    ("Qualité de l’alliance", "Quality of the alliance", 25),
    ("Ancrage dans le territoire", "Roots in the territory", 20),
    ("Réalisme du budget", "Realism of the budget", 15),
    ("Transmission et essaimage", "Sharing and spreading", 10),
)


@dataclass(slots=True)
class Cast:
    """What the story is played with."""

    session: Session
    desk: Desk
    people: dict[str, Person] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    projects: list[dict[str, Any]] = field(default_factory=list)


def make_cast(session: Session, desk: Desk) -> Cast:
    """People, organisations and calls in all their states; the projects as they are described."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    cast = Cast(session, desk, projects=data["projects"])
    for key, line in data["organisations"].items():
        cast.organisations[key] = organisations.find_or_create(
            session,
            name=line["name"],
            kind=OrganisationKind(line["kind"]),
            siret=line["siret"],
            commune_code=line["commune"],
        )
    for key, (name, roles, organisation) in PEOPLE.items():
        cast.people[key] = people.create_person(
            session,
            email=address_of(key),
            name=name,
            password=PASSWORD,
            roles=roles,
            organisation=cast.organisations[organisation] if organisation else None,
        )
        cast.actors[key] = cast.people[key].as_actor()
    for key, codes in TERRITORIES.items():
        people.set_territories(cast.people[key], codes)
    _make_calls(cast)
    return cast


def _make_calls(cast: Cast) -> None:
    year = utc_now().astimezone(PARIS).year
    living = _call(
        cast, "living", f"Alliances pour les territoires {year}", f"Alliances for territories {year}", -45, 40
    )
    for key, french, english, opens, closes in (
        ("closed", f"Cultures et mémoires {year}", f"Cultures and memories {year}", -120, -10),
        ("settled", f"Réemploi et artisanat {year - 1}", f"Reuse and crafts {year - 1}", -400, -320),
        ("published", f"Jeunesse et transitions {year + 1}", f"Youth and transitions {year + 1}", 20, 80),
        ("draft", f"Eau et biodiversité {year + 1}", f"Water and biodiversity {year + 1}", 90, 150),
        ("cancelled", f"Mobilités rurales {year}", f"Rural mobility {year}", -5, 55),
    ):
        _call(cast, key, french, english, opens, closes)
    officer = cast.actors["officer"]
    _steps(cast, living, "publish", "open")
    _steps(cast, cast.calls["closed"], "publish", "open", "close")
    _steps(cast, cast.calls["settled"], "publish", "open", "close")
    _steps(cast, cast.calls["published"], "publish")
    _steps(cast, cast.calls["cancelled"], "publish")
    why = {"reason": "L’appel est fondu dans un programme national annoncé depuis."}
    take_step(cast.session, officer, cast.calls["cancelled"], "cancel", inputs=why)


def _call(cast: Cast, key: str, french: str, english: str, opens_in: int, closes_in: int) -> Call:
    call = calls.create_call(
        cast.session,
        cast.actors["officer"],
        criteria=[
            {"label_fr": label_fr, "label_en": label_en, "weight": Decimal(weight), "scale_max": 5}
            for label_fr, label_en, weight in RUBRIC
        ],
        funder_id=cast.organisations["fonds"].id,
        title_fr=french,
        title_en=english,
        summary_fr="Soutien aux alliances d’intérêt général qui réunissent une association, une collectivité "
        "et une entreprise autour d’un besoin de leur territoire.",
        summary_en="Support for alliances of general interest that bring together an association, a local "
        "authority and a company around a need of their territory.",
        opens_at=in_days(opens_in, time(9)),
        closes_at=in_days(closes_in, time(18)),
        envelope=ENVELOPES.get(key, ENVELOPE),
        min_grant=Decimal(5_000),
        max_grant=Decimal(60_000),
        max_rate=Decimal(60),
        required_kinds=["association", "local_authority", "company"],
        reviews_required=2,
    )
    cast.calls[key] = call
    return call


def _steps(cast: Cast, call: Call, *steps: str) -> None:
    for step in steps:
        take_step(cast.session, cast.actors["officer"], call, step)


def in_days(days: int, hour: time) -> datetime:
    """That hour in Paris, so many days from today."""
    today = paris_day(utc_now())
    return datetime.combine(today + timedelta(days=days), hour, PARIS)
