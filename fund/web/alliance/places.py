"""From the name of a place in a form to its code; where several have the name, by a choice among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError

from config.territories import Territory, exists, search_territories
from fund.edge.sentences import problem_sentence
from fund.forms.answers import Territories
from fund.forms.fields import Problem

CANDIDATES_MAXIMUM = 12
COMMUNE = ("com",)


@dataclass(frozen=True, slots=True)
class Place:
    """What was typed, the code that it means (None: nothing typed, or not certain), and what else it may mean."""

    text: str
    code: str | None = None
    problem: str | None = None
    candidates: Sequence[Territory] = ()


def find_place(form: Mapping[str, str], name: str, levels: Sequence[str]) -> Place:
    """The place of the field ``name``.

    A choice among several (``name-choice``) counts as long as the text that it was offered for (``name-asked``)
    still stands.
    """
    text = form.get(name, "").strip()
    chosen = form.get(f"{name}-choice", "")
    if not text:
        return Place(text)
    if form.get(f"{name}-asked", "").strip() == text and exists(chosen) and chosen.partition(":")[0] in levels:
        return Place(text, chosen)
    try:
        return Place(text, Territories(levels, maximum=1).read(text))
    except ValidationError as error:
        [problem] = error.messages
    if problem != "which_place":
        return Place(text, problem=problem_sentence(problem))
    found = search_territories(text[:100], levels, CANDIDATES_MAXIMUM)
    return Place(text, problem=problem_sentence(Problem("choose_a_place")), candidates=found)
