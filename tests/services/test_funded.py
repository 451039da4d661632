"""The funded alliances that everybody may find: by words, by place, by theme."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fund.errors import NotFound
from fund.models import Award, Call, Organisation, Section
from fund.models.base import utc_now
from fund.services.funded import (
    Share,
    Wanted,
    find_alliance,
    find_alliances,
    find_choices,
    people_reached,
    spread_alliances,
)
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.call_making import make_published


def found(session: Session, **wanted: object) -> list[str]:
    page = find_alliances(session, replace(Wanted(), **wanted), cursor=None, limit=10)  # type: ignore[arg-type]  # by name
    return [award.application.title for award in page.items]


@pytest.fixture
def awards(session: Session, world: World) -> dict[str, Award]:
    """One in Haute-Garonne, one in Ariège, one on La Réunion."""
    places = {"Recyclerie": "31458", "Fournil": "09122", "Jardin": "97411"}
    made = {title: world.active_award(session, title=title, commune_code=code) for title, code in places.items()}
    session.flush()
    return made


def test_only_alliances_whose_agreement_stands_are_found(session: Session, world: World) -> None:
    world.award(session, title="Pas encore signée")
    cancelled = world.active_award(session, title="Abandonnée")
    take_step(session, world["officer"], cancelled, "cancel", inputs={"reason": "Abandon."})
    assert found(session) == []
    suspended = world.active_award(session, title="Suspendue")
    take_step(session, world["officer"], suspended, "suspend", inputs={"reason": "Un contrôle."})
    assert found(session) == ["Suspendue"]


def test_imported_history_is_no_alliance(session: Session, awards: dict[str, Award]) -> None:
    awards["Fournil"].imported = True
    session.flush()
    assert sorted(found(session)) == ["Jardin", "Recyclerie"]
    with pytest.raises(NotFound):
        find_alliance(session, awards["Fournil"].reference)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("fourn", ["Fournil"]),
        ("FOURNIL", ["Fournil"]),
        ("entreprise d'essai", ["Fournil", "Jardin", "Recyclerie"]),  # a member
        ("ariege", ["Fournil"]),
        ("La Réunion", ["Jardin"]),
        ("100%", []),
        ("\\", []),
        ("_", []),
        ("nulle part au monde", []),
    ],
)
def test_text_is_looked_for_in_titles_members_and_territories(
    session: Session, awards: dict[str, Award], text: str, titles: list[str]
) -> None:
    # The members of the scenario sit in Roques, which would be found with every project.
    for organisation in session.query(Organisation):
        organisation.commune_code = None
    session.flush()
    assert sorted(found(session, text=text)) == titles


@pytest.mark.parametrize("text", ["Roques", "Haute-Garonne", "Occitanie", "CC du Volvestre", "31458"])
def test_a_territory_finds_the_projects_of_its_members_too(
    session: Session, awards: dict[str, Award], text: str
) -> None:
    for organisation in session.query(Organisation):
        organisation.commune_code = "31107"  # of the community of communes
    session.flush()
    titles = found(session, text=text)
    if text in ("Roques", "31458"):
        assert titles == ["Recyclerie"]
    else:
        assert sorted(titles) == ["Fournil", "Jardin", "Recyclerie"]


def test_filters_narrow_and_add_up(session: Session, world: World, awards: dict[str, Award]) -> None:
    reference = session.get_one(Call, world.call_id).reference
    year = utc_now().year
    assert found(session, departement="974") == ["Jardin"]
    assert found(session, departement="97") == []
    assert len(found(session, call=reference, year=year)) == 3
    assert found(session, call=reference, departement="09", year=year) == ["Fournil"]
    assert found(session, call="AP-0000-0000") == []
    assert found(session, year=year - 1) == []


def test_the_shares_add_up_and_each_alliance_counts_once(session: Session, awards: dict[str, Award]) -> None:
    awards["Jardin"].application.commune_code = None
    session.flush()  # then where the lead sits: Roques
    assert spread_alliances(session, Wanted()) == (
        Share("31", 2, Decimal(30_000)),
        Share("09", 1, Decimal(15_000)),
    )
    assert spread_alliances(session, Wanted(departement="09")) == (Share("09", 1, Decimal(15_000)),)


def test_an_alliance_without_any_commune_stands_in_a_line_of_its_own(
    session: Session, awards: dict[str, Award]
) -> None:
    awards["Jardin"].application.commune_code = None
    session.get_one(Organisation, awards["Jardin"].beneficiary_id).commune_code = None
    session.flush()
    assert spread_alliances(session, Wanted())[-1] == Share("", 1, Decimal(15_000))
    assert find_choices(session).departements == ["09", "31"]


def test_themes_are_found_where_the_call_asked_for_them(session: Session, world: World) -> None:
    call = make_published(session, world)
    assert call.published_version is not None
    award = world.active_award(session, title="Avec un objectif")
    # The call of the scenario asks for no theme: the file is said to answer the call that does.
    award.application.version_id = call.published_version.id
    places = [
        (section.key, field.key, field.type)
        for section in call.published_version.read().form.sections
        for field in section.fields
        if field.type in ("sdgs", "levers")
    ]
    assert {kind for *_, kind in places} == {"sdgs", "levers"}
    for key, name, kind in places:
        section = award.application.section(key)
        if section is None:
            section = Section(key=key, answers={})
            award.application.sections.append(section)
        section.answers = {**section.answers, name: ["11"] if kind == "sdgs" else ["3"]}
    session.flush()
    world.active_award(session, title="Sans thème")
    assert found(session, sdg="11") == ["Avec un objectif"]
    assert found(session, sdg="11", lever="3") == ["Avec un objectif"]
    assert found(session, sdg="11", lever="4") == []
    assert found(session, sdg="12") == []


def test_pages_follow_each_other_by_keyset(session: Session, awards: dict[str, Award]) -> None:
    first = find_alliances(session, Wanted(), cursor=None, limit=2)
    assert first.next_cursor is not None
    second = find_alliances(session, Wanted(), cursor=first.next_cursor, limit=2)
    assert {award.id for award in (*first.items, *second.items)} == {award.id for award in awards.values()}
    assert second.next_cursor is None


def test_people_are_told_once_the_final_report_is_accepted(session: Session, world: World) -> None:
    report = world.submitted_report(session)
    report.people_reached = 340
    assert people_reached(find_alliance(session, report.award.reference)) is None
    take_step(session, world["officer"], report, "accept")
    assert people_reached(find_alliance(session, report.award.reference)) == 340


def test_what_there_is_to_filter_by(session: Session, world: World, awards: dict[str, Award]) -> None:
    call = session.get_one(Call, world.call_id)
    choices = find_choices(session)
    assert list(choices.calls) == [(call.reference, call.title_fr, call.title_en)]
    assert choices.departements == ["09", "31", "974"]
    assert choices.years == [datetime.now(UTC).year]
