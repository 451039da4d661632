"""The form of the constraints: a line for each floor or ceiling, a choice for each file, no script needed."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from config.territories import territory_label
from config.vocabularies import levers
from fund.analysis.portfolio import Bound, Dimension
from fund.edge.fields import field_label
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.edge.sentences import problem_sentence
from fund.forms.definition import OrganisationKind
from fund.schemas.simulations import BOUNDS_MAXIMUM, SimulationInput
from fund.services.portfolios import Basis, Wanted
from fund.web.forms import SchemaForm, read_rows, written

ROW = ("what", "floor", "ceiling")
SPARE_ROWS = 2
IN, OUT = "in", "out"


class ConstraintsForm(SchemaForm):
    """``rows`` are the floors and ceilings as typed, ``row_errors`` what speaks against them by their place,
    ``choices`` what is chosen for each file."""

    schema = SimulationInput
    envelope = StringField(_l("Amount to share out"), render_kw={"inputmode": "decimal", "autocomplete": "off"})
    minimum_score = StringField(_l("Minimum score"), render_kw={"inputmode": "decimal", "autocomplete": "off"})

    rows: list[dict[str, str]]
    row_errors: Mapping[int, list[str]]
    choices: Mapping[str, str]
    spare = SPARE_ROWS

    @property
    def drawn_rows(self) -> list[dict[str, str]]:
        """With empty ones, so that a row can be added without a script."""
        spare = min(self.spare, max(BOUNDS_MAXIMUM - len(self.rows), 0))
        return [*self.rows, *({} for _ in range(spare))]

    @property
    def chosen_count(self) -> int:
        return sum(choice in (IN, OUT) for choice in self.choices.values())

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        rows = problems.get("bounds")
        if isinstance(rows, Mapping):
            self.row_errors = {place: list(_sentences(found)) for place, found in rows.items()}
            row_sentences = (
                f"{gettext('Row %(number)s', number=place + 1)}{gettext(': ')}{sentence}"
                for place, sentences in sorted(self.row_errors.items())
                for sentence in sentences
            )
            self.form_errors.extend(row_sentences)
            problems = {name: found for name, found in problems.items() if name != "bounds"}
        super().show_problems(problems)


def sent_form() -> ConstraintsForm:
    """The form as it was sent."""
    form = ConstraintsForm()
    form.rows, form.row_errors = read_rows(request.form, "bounds", ROW), {}
    form.choices = {
        name.removeprefix("choice-"): choice
        for name, choice in request.form.items()
        if name.startswith("choice-") and choice in (IN, OUT)
    }
    if "more" in request.form:
        form.spare = 3 * SPARE_ROWS
    return form


def form_from(wanted: Wanted) -> ConstraintsForm:
    """The form that asks for these constraints again."""
    form, known = ConstraintsForm(), SimulationInput().fields
    form.envelope.data = written(wanted.envelope, known["envelope"])
    form.minimum_score.data = "" if wanted.minimum_score is None else _number(wanted.minimum_score)
    form.rows = [
        {
            "what": f"{bound.dimension.value}:{bound.value}",
            "floor": "" if bound.floor is None else written(bound.floor, known["envelope"]),
            "ceiling": "" if bound.ceiling is None else written(bound.ceiling, known["envelope"]),
        }
        for bound in wanted.bounds
    ]
    form.row_errors = {}
    form.choices = dict.fromkeys(wanted.fixed_in, IN) | dict.fromkeys(wanted.fixed_out, OUT)
    return form


def read_wanted(form: ConstraintsForm, basis: Basis) -> Wanted | None:
    """What the form asks for, or None: then it bears the sentences.

    A choice on a file that was decided meanwhile falls away.
    """
    still_open = basis.open_references
    chosen = {name: choice for name, choice in form.choices.items() if name in still_open}
    extra = {
        "bounds": [{name: text for name, text in row.items() if name == "what" or text} for row in form.rows],
        "fixed_in": [name for name, choice in chosen.items() if choice == IN],
        "fixed_out": [name for name, choice in chosen.items() if choice == OUT],
    }
    inputs = form.read(extra)
    if inputs is None:
        return None
    offered = {code for _, options in options_of(basis) for code, _ in options}
    unknown = [place for place, row in enumerate(inputs["bounds"]) if row["what"] not in offered]
    if unknown:
        form.show_problems({"bounds": {place: {"what": ["unknown_reference"]} for place in unknown}})
        return None
    return Wanted(
        envelope=inputs["envelope"],
        minimum_score=inputs["minimum_score"],
        bounds=tuple(_bound(row) for row in inputs["bounds"]),
        fixed_in=frozenset(inputs["fixed_in"]),
        fixed_out=frozenset(inputs["fixed_out"]),
    )


def options_of(basis: Basis) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a floor or ceiling can be for: the values that files of the agenda have, in named groups."""
    projects = [one.project for one in basis.candidates]
    places = {code for project in projects for code in project.territory}
    groups = [
        (gettext("Régions"), Dimension.TERRITORY, {code for code in places if code.startswith("reg:")}),
        (gettext("Départements"), Dimension.TERRITORY, {code for code in places if code.startswith("dep:")}),
        (gettext("Levers"), Dimension.LEVER, {code for project in projects for code in project.levers}),
        (
            gettext("With a member of this kind"),
            Dimension.KIND,
            {k for project in projects for k in project.kinds},
        ),
    ]
    return [
        (
            name,
            sorted(
                ((f"{dimension.value}:{code}", value_label(dimension, code)) for code in codes),
                key=lambda option: option[1],
            ),
        )
        for name, dimension, codes in groups
        if codes
    ]


def value_label(dimension: Dimension, value: str) -> str:
    """« Occitanie », « Levier 2 … », « Association »."""
    match dimension:
        case Dimension.TERRITORY:
            return territory_label(value)
        case Dimension.LEVER:
            term = levers().get(value)
            return term.of(current_language()) if term else value
        case Dimension.KIND:
            return label(OrganisationKind(value))


def _bound(row: Mapping[str, Any]) -> Bound:
    dimension, _, value = row["what"].partition(":")
    return Bound(Dimension(dimension), value, row["floor"], row["ceiling"])


def _number(value: Any) -> str:
    return format(value.normalize(), "f").replace(".", ",")


def _sentences(found: Any) -> Iterable[str]:
    """The sentences of one row, each with the name of its part where it has one."""
    for name, problems in found.items():
        prefix = "" if name == "what" else field_label(name) + gettext(": ")
        for problem in problems:
            yield prefix + problem_sentence(problem)
