"""The grid of one review on its page: a mark and a comment on each criterion, and a word on the whole.

Its answers go by the names of ``reviews.read_grid`` (``mark-1``, ``comment-1``, ``comment``), in the page's form,
in what is posted, and in the versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from fund.edge.i18n import current_language
from fund.edge.sentences import problem_sentence
from fund.forms.definition import RubricLine
from fund.models import Criterion, Review
from fund.schemas.forms import ScoreInput, ScoresInput
from fund.services.reviews import read_grid
from fund.services.writing import digest_of
from fund.web.forms import SchemaForm

LONGEST_ROW = 10  # a longer scale is typed rather than picked from a row of buttons


class GridForm(SchemaForm):
    """Bears the token and the sentences of a refusal; the answers are drawn by the page from ``Grid``."""

    schema = ScoresInput


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer: what stands in its field, the digest of what is recorded, and what speaks against the text."""

    name: str
    label: str
    text: str
    seen: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion. ``anchors`` are what its marks mean, from 0 on; empty where nothing is said."""

    number: int
    rubric: RubricLine
    anchors: tuple[str, ...]
    mark: Cell
    comment: Cell

    @property
    def has_row(self) -> bool:
        """Whether the mark is picked from a row of buttons."""
        return self.rubric.scale <= LONGEST_ROW

    @property
    def is_below(self) -> bool:
        """Whether the mark that stands there is below the criterion's threshold."""
        threshold = self.rubric.threshold
        return threshold is not None and self.mark.text.isdecimal() and int(self.mark.text) < threshold


@dataclass(frozen=True, slots=True)
class Grid:
    lines: tuple[Line, ...]
    comment: Cell

    @property
    def cells(self) -> list[Cell]:
        return [*(cell for line in self.lines for cell in (line.mark, line.comment)), self.comment]

    @property
    def faulty(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.problem]


@dataclass(slots=True)
class Typed:
    """What was posted: every text, the values that can be kept, and a sentence for each that cannot."""

    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, int | str | None] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def drop_untouched(self, seen: Mapping[str, str]) -> None:
        """Forget texts that stand as the page had them: drawn again they would undo another window's change."""
        self.texts = {
            name: text
            for name, text in self.texts.items()
            if name in self.problems or digest_of(text) != seen.get(name, "")
        }


def labels_of(review: Review) -> dict[str, str]:
    """What the answers of the grid are called, in its order."""
    found: dict[str, str] = {}
    for criterion in review.application.call.criteria:
        title = criterion.label(current_language())
        found[f"mark-{criterion.position}"] = title
        found[f"comment-{criterion.position}"] = gettext("Comment on “%(criterion)s”", criterion=title)
    return {**found, "comment": gettext("Overall comment")}


def grid_of(review: Review, typed: Typed | None = None) -> Grid:
    """The grid with what is recorded, or with what was typed where that was not kept."""
    recorded, labels = read_grid(review), labels_of(review)
    texts = {**recorded, **(typed.texts if typed is not None else {})}
    problems = typed.problems if typed is not None else {}
    cells = {
        name: Cell(name, labels[name], texts[name], digest_of(recorded[name]), problems.get(name, ""))
        for name in recorded
    }
    return Grid(tuple(_line(criterion, cells) for criterion in review.application.call.criteria), cells["comment"])


def read_typed(review: Review, form: MultiDict[str, str]) -> Typed:
    """Judge what was posted, answer by answer; what is not in the form was not touched."""
    typed = Typed()
    for criterion in review.application.call.criteria:
        names = {"value": f"mark-{criterion.position}", "comment": f"comment-{criterion.position}"}
        _read(typed, ScoreInput(only=tuple(names)), names, form)
        mark = typed.values.get(names["value"])
        if isinstance(mark, int) and mark > criterion.scale_max:
            del typed.values[names["value"]]
            typed.problems[names["value"]] = problem_sentence("outside_scale")
    _read(typed, ScoresInput(only=("comment",)), {"comment": "comment"}, form)
    return typed


def unknown_criteria(review: Review, form: MultiDict[str, str]) -> bool:
    """Whether something was said on a criterion that the rubric does not have."""
    known = read_grid(review)
    return any(name.startswith(("mark-", "comment-")) and form[name] and name not in known for name in form)


def _line(criterion: Criterion, cells: Mapping[str, Cell]) -> Line:
    rubric, locale = criterion.line, current_language()
    return Line(
        number=criterion.position,
        rubric=rubric,
        anchors=tuple(anchor.of(locale) for anchor in rubric.anchors),
        mark=cells[f"mark-{criterion.position}"],
        comment=cells[f"comment-{criterion.position}"],
    )


def _read(typed: Typed, schema: Any, names: Mapping[str, str], form: MultiDict[str, str]) -> None:
    sent = {field: form[name] for field, name in names.items() if name in form}
    typed.texts |= {names[field]: text for field, text in sent.items()}
    raw = {field: text.strip() or None if field == "value" else text for field, text in sent.items()}
    try:
        loaded = schema.load(raw, partial=True)
    except ValidationError as error:
        loaded = error.valid_data
        for field, problems in error.messages_dict.items():
            typed.problems[names[field]] = problem_sentence(problems[0])
    typed.values |= {names[field]: value for field, value in loaded.items() if field in sent}
