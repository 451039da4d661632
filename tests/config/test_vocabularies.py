"""The goals, the levers and the measures."""

import pytest

from config import vocabularies
from config.vocabularies import Term, levers, measures, sdgs


def test_the_seventeen_goals_in_order() -> None:
    assert list(sdgs()) == [str(number) for number in range(1, 18)]
    assert sdgs()["17"].fr == "Partenariats pour la réalisation des objectifs"
    assert sdgs()["17"].of("en") == "Partnerships for the goals"
    assert all(term.fr and term.en and not term.lever for term in sdgs().values())


def test_seven_levers_of_three_measures_each() -> None:
    assert list(levers()) == ["1", "2", "3", "4", "5", "6", "7"]
    assert levers()["3"] == Term("3", "Levier 3", "Lever 3")
    assert list(measures()) == [f"{lever}.{number}" for lever in range(1, 8) for number in (1, 2, 3)]
    assert measures()["7.3"] == Term("7.3", "Mesure 7.3", "Measure 7.3", lever="7")
    assert all(term.code.startswith(f"{term.lever}.") for term in measures().values())


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([{"code": "1.1", "fr": "a", "en": "a", "lever": "1"}] * 2, "stands twice"),
        ([{"code": "1.1", "fr": "a", "en": "a", "lever": "8"}], "which is none"),
    ],
)
def test_an_edited_file_that_contradicts_itself_is_refused(
    monkeypatch: pytest.MonkeyPatch, entries: list[dict[str, str]], fault: str
) -> None:
    levers()
    monkeypatch.setattr(vocabularies, "read_taxonomy", lambda _: entries)
    with pytest.raises(ValueError, match=fault):
        measures.__wrapped__()
