"""Communes, EPCI, départements and régions: named, found as people type, and containing what they contain."""

import pytest

from config.communes import departements, epcis, regions
from config.territories import (
    LEVELS,
    covers,
    exists,
    parents_of,
    search_territories,
    surroundings,
    territory_label,
)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("com:31458", "Roques (Haute-Garonne)"),
        ("com:2A004", "Ajaccio (Corse-du-Sud)"),
        ("epci:243100518", "Toulouse Métropole"),
        ("dep:31", "Haute-Garonne (31)"),
        ("dep:2A", "Corse-du-Sud (2A)"),
        ("reg:76", "Occitanie"),
        ("reg:04", "La Réunion"),
    ],
)
def test_a_territory_has_its_name(code: str, label: str) -> None:
    assert exists(code)
    assert territory_label(code) == label


@pytest.mark.parametrize(
    "code",
    [
        "",
        "31",
        "dep:",
        "dep:20",
        "dep:031",
        "reg:99",
        "com:31",
        "com: 31458",
        "com:2a004",
        "epci:1",
        "pays:1",
        ":",
    ],
)
def test_what_is_no_code_exists_not_and_is_given_back(code: str) -> None:
    assert not exists(code)
    assert territory_label(code) == code
    assert not covers(code, "31458")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("haute garonne", "dep:31"),
        ("Haute-Garonne (31)", "dep:31"),
        ("31", "dep:31"),
        ("dep:31", "dep:31"),
        ("occit", "reg:76"),
        ("ile de france", "reg:11"),
        ("grand chambéry", "epci:200069110"),
        ("Métropole du Grand Paris", "epci:200054781"),
        ("200068641", "epci:200068641"),
        ("Roques (Haute-Garonne)", "com:31458"),
        ("com:31458", "com:31458"),
        ("31458", "com:31458"),
        ("Saint-Denis (La Réunion)", "com:97411"),
        ("toulouse", "com:31555"),
    ],
)
def test_the_territory_that_is_meant_comes_first(typed: str, first: str) -> None:
    found = search_territories(typed, LEVELS)
    assert found[0].code == first
    assert found[0].label == territory_label(first)
    assert found[0].level == first.partition(":")[0]


def test_a_whole_label_finds_that_territory_alone() -> None:
    assert [found.code for found in search_territories("Saint-Denis (La Réunion)", LEVELS)] == ["com:97411"]
    assert [found.code for found in search_territories("Paris (75)", LEVELS)] == ["dep:75"]


def test_only_the_levels_asked_for_are_found() -> None:
    for level in LEVELS:
        assert {found.level for found in search_territories("la réunion", [level])} == {level}
    assert search_territories("toulouse", ()) == []


@pytest.mark.parametrize("typed", ["", "   ", "(", "%", "zzzz", "roques (nulle part)"])
def test_nothing_is_found_where_nothing_is_meant(typed: str) -> None:
    assert search_territories(typed, LEVELS) == []


def test_no_more_than_the_limit() -> None:
    assert len(search_territories("saint", LEVELS, limit=7)) == 7


def test_what_lies_around_a_commune() -> None:
    assert parents_of("31458") == ("epci:200068641", "dep:31", "reg:76")
    assert parents_of("85113") == ("dep:85", "reg:52")  # an island without EPCI
    assert parents_of("00000") == ()


def test_a_territory_covers_its_communes_and_no_other() -> None:
    for code in ("com:31458", "epci:200068641", "dep:31", "reg:76"):
        assert covers(code, "31458")
        assert not covers(code, "75056")
        assert not covers(code, "00000")
    assert not covers("com:31555", "31458")


def test_every_territory_of_the_tables_exists_and_is_found_by_its_own_label() -> None:
    codes = [f"dep:{code}" for code in departements()] + [f"reg:{code}" for code in regions()]
    codes += [f"epci:{code}" for code in list(epcis())[::50]]
    for code in codes:
        assert exists(code)
        level = code.partition(":")[0]
        assert code in [found.code for found in search_territories(territory_label(code), [level])]


@pytest.mark.parametrize(
    ("code", "wider"),
    [
        ("com:31458", {"epci:200068641", "dep:31", "reg:76"}),
        ("epci:243100518", {"dep:31", "reg:76"}),
        ("epci:200068765", {"dep:04", "dep:05", "dep:26", "reg:93", "reg:84"}),
        ("dep:2A", {"reg:94"}),
        ("reg:76", set()),
    ],
)
def test_a_territory_lies_in_wider_ones(code: str, wider: set[str]) -> None:
    assert surroundings(code) == {code} | wider


def test_an_unknown_territory_lies_nowhere() -> None:
    assert surroundings("com:00000") == surroundings("pays:1") == frozenset()
