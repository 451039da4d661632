"""The table of communes: complete, consistent, and found the way people type."""

import subprocess
import sys
import tracemalloc

import pytest

from config import communes
from config.communes import commune_label, communes_of_epci, departement_of, find_commune, search_communes


@pytest.mark.parametrize(
    ("code", "name", "departement", "region", "epci"),
    [
        ("31458", "Roques", "31", "76", "200068641"),
        ("2A004", "Ajaccio", "2A", "94", "242010056"),
        ("75056", "Paris", "75", "11", "200054781"),
        ("97411", "Saint-Denis", "974", "04", "249740119"),
        ("85113", "L'Île-d'Yeu", "85", "52", None),
    ],
)
def test_a_code_finds_its_commune(code: str, name: str, departement: str, region: str, epci: str | None) -> None:
    commune = find_commune(code)
    assert commune is not None
    assert (commune.name, commune.departement, commune.region, commune.epci) == (name, departement, region, epci)


def test_a_code_in_lower_case_is_found() -> None:
    assert find_commune(" 2a004 ") == find_commune("2A004")


@pytest.mark.parametrize("code", ["", "3145", "00000", "99999", "code", "75101", "é"])
def test_what_is_no_commune_of_today_is_not_found(code: str) -> None:
    assert find_commune(code) is None


def test_every_commune_stands_in_a_known_departement_region_and_epci() -> None:
    found = [find_commune(line.split("\t")[0]) for line in communes._commune_lines()]
    table = [commune for commune in found if commune is not None]
    assert len(table) == len(found) == 34_969
    assert (len(communes.departements()), len(communes.regions()), len(communes.epcis())) == (109, 26, 1_255)
    assert {commune.departement for commune in table} == set(communes.departements())
    assert {commune.region for commune in table} == set(communes.regions())
    assert {commune.epci for commune in table} - {None} == set(communes.epcis())
    assert 65_000_000 < sum(commune.population or 0 for commune in table) < 71_000_000


def _names(text: str, limit: int = 20) -> list[str]:
    return [commune.name for commune in search_communes(text, limit)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("toulouse", "Toulouse"),
        ("TOULOU", "Toulouse"),
        ("l'hay les roses", "L'Haÿ-les-Roses"),
        ("saint etienne", "Saint-Étienne"),
        ("St-Étienne", "Saint-Étienne"),
        ("oeting", "Œting"),
        ("ŒTING", "Œting"),
        ("y", "Y"),
        ("31458", "Roques"),
        ("abergement clemenciat", "L'Abergement-Clémenciat"),
    ],
)
def test_a_name_is_found_as_people_type_it(text: str, first: str) -> None:
    assert _names(text)[0] == first


def test_names_that_begin_with_the_text_come_before_names_that_hold_it() -> None:
    names = _names("lille", 100)
    starts = [name.casefold().startswith("lille") for name in names]
    assert True in starts
    assert False in starts
    assert starts == sorted(starts, reverse=True)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("text", ["", "   ", "-", "\x00", "\n", "zzzz", "\t31", "saint " * 10_000])
def test_a_text_that_names_nothing_finds_nothing(text: str) -> None:
    assert search_communes(text) == []


def test_no_more_than_the_limit_is_given() -> None:
    assert len(search_communes("saint", 7)) == 7


def test_labels_tell_homonyms_apart() -> None:
    assert commune_label("93066") == "Saint-Denis (Seine-Saint-Denis)"
    assert commune_label("97411") == "Saint-Denis (La Réunion)"
    assert commune_label("99999") == "99999"


def test_the_departement_of_a_commune() -> None:
    departement = departement_of("31458")
    assert departement is not None
    assert departement.name == "Haute-Garonne"
    assert departement_of("99999") is None


def test_the_tables_are_read_only_when_asked_for() -> None:
    code = "import config.communes as c; raise SystemExit(c._commune_lines.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_tables_stay_small_in_memory() -> None:
    for cached in (communes._commune_lines, communes._search_text):
        cached.cache_clear()
    tracemalloc.start()
    try:
        search_communes("toulouse")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 6_000_000  # measured: 4.1 MB


def test_an_epci_has_its_communes() -> None:
    found = communes_of_epci("200068641")
    assert "31458" in found
    assert "31555" not in found
    assert all(code == commune.code for code in found if (commune := find_commune(code)))
    assert communes_of_epci("000000000") == ()
