"""What a person types as a commune: one commune for certain, or those to choose from."""

import pytest

from config.communes import resolve_commune


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31458", "31458"),
        (" 2a004 ", "2A004"),
        ("Roques (Haute-Garonne)", "31458"),
        ("roques (haute garonne)", "31458"),
        ("Roques (31)", "31458"),
        ("Saint-Denis (La Réunion)", "97411"),
        ("saint etienne", "42218"),
        ("st-étienne", "42218"),
        ("Toulouse", "31555"),
    ],
)
def test_a_certain_commune(text: str, code: str) -> None:
    assert resolve_commune(text) == (code, ())


def test_several_communes_of_one_name_are_offered() -> None:
    code, candidates = resolve_commune("Roques")
    assert code is None
    assert {"31458", "32351"} <= {commune.code for commune in candidates}


def test_a_departement_that_does_not_fit_offers_the_others() -> None:
    code, candidates = resolve_commune("Roques (Finistère)")
    assert code is None
    assert {"31458", "32351"} <= {commune.code for commune in candidates}


@pytest.mark.parametrize("text", ["", " ", "(", "()", "31000", "Nulle-Part-sur-Rien"])
def test_what_is_like_no_commune(text: str) -> None:
    assert resolve_commune(text) == (None, ())
