"""The form of a call: its simple fields, the kinds of member that it asks for, and the rows of its rubric."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from fund.edge.formats import number
from fund.edge.sentences import problem_sentence
from fund.models import Call, Criterion
from fund.schemas.forms import CRITERIA_MAXIMUM, CallInput
from fund.web.forms import SchemaForm, form_of, read_rows

ROW_FIELDS = ("label_fr", "label_en", "weight", "scale_max")
ROW_LABELS = {
    "label_fr": _l("Criterion in French"),
    "label_en": _l("Criterion in English"),
    "weight": _l("Weight (%)"),
    "scale_max": _l("Highest mark"),
}
FIRST_ROWS, SPARE_ROWS = 4, 1


class CallForm(SchemaForm):
    """The form without its simple fields, which ``call_form`` adds from the schema."""

    schema = CallInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds: list[str] = request.form.getlist("required_kinds")
        self.rows: list[dict[str, str]] = read_rows(request.form, "criteria", ROW_FIELDS)
        self.row_problems: dict[int, dict[str, str]] = {}

    def read_call(self) -> dict[str, Any] | None:
        """The whole call as the services take it, or None: then fields and rows bear their sentences."""
        # The scale is filled in beforehand on every row: alone it does not make a criterion.
        self.rows = [row for row in self.rows if row["label_fr"] or row["label_en"] or row["weight"]]
        return self.read({"required_kinds": self.kinds, "criteria": self.rows})

    def fill(self, source: Call) -> None:
        super().fill(source)
        self.kinds = list(source.required_kinds)
        self.rows = [_written_row(criterion) for criterion in source.criteria]

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        """Name the row of the rubric in which a problem stands."""
        others = dict(problems)
        rubric = others.get("criteria")
        if isinstance(rubric, Mapping) and all(isinstance(index, int) for index in rubric):
            del others["criteria"]
            for index, found in sorted(rubric.items()):
                self.row_problems[index] = {name: problem_sentence(texts[0]) for name, texts in found.items()}
                self.form_errors.extend(self._row_sentences(index))
        super().show_problems(others)

    def _row_sentences(self, index: int) -> Iterable[str]:
        for name, sentence in self.row_problems[index].items():
            field = ROW_LABELS.get(name, name)
            yield gettext(
                "Criterion %(number)s, %(field)s: %(sentence)s", number=index + 1, field=field, sentence=sentence
            )

    def drawn_rows(self, *, more: int = 0) -> list[dict[str, str]]:
        """The rows to draw: those that are written, and empty ones to write in."""
        wanted = max(FIRST_ROWS, len(self.rows) + SPARE_ROWS + more)
        blank = {"label_fr": "", "label_en": "", "weight": "", "scale_max": "5"}
        return [*self.rows, *(dict(blank) for _ in range(min(wanted, CRITERIA_MAXIMUM) - len(self.rows)))]


def call_form() -> CallForm:
    """The form, empty or with what was sent."""
    drawn: Any = form_of(CallInput)
    form: CallForm = type("CallForm", (CallForm, drawn), {})()
    return form


def _written_row(criterion: Criterion) -> dict[str, str]:
    return {
        "label_fr": criterion.label_fr,
        "label_en": criterion.label_en,
        "weight": number(criterion.weight),
        "scale_max": str(criterion.scale_max),
    }
