"""What the balance calls its figures and its axes, and how it counts."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from babel.dates import format_date
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from config.territories import territory_label
from config.vocabularies import levers, measures, sdgs
from fund.documents.tables import Kind
from fund.documents.words import term_label
from fund.edge.i18n import current_language
from fund.edge.labels import label
from fund.forms.definition import OrganisationKind
from fund.services.balance import Figure
from fund.services.balance_rows import Axis

FIGURES: Final[Mapping[Figure, tuple[Any, Kind, Any]]] = {
    Figure.CALLS_OPENED: (
        _l("Calls opened"),
        Kind.COUNT,
        _l("Calls for projects whose opening falls in the period; drafts and cancelled calls are not counted."),
    ),
    Figure.CALLS: (
        _l("Calls answered"),
        Kind.COUNT,
        _l("Calls for which at least one application was submitted in the period."),
    ),
    Figure.APPLICATIONS: (
        _l("Applications submitted"),
        Kind.COUNT,
        _l(
            "Files submitted in the period, by the day of their first submission; those withdrawn or found "
            "ineligible later stay counted. Drafts and test files are not."
        ),
    ),
    Figure.ASKED: (_l("Amount asked"), Kind.EUROS, _l("The grants that these applications ask for.")),
    Figure.DECIDED: (
        _l("Decisions"),
        Kind.COUNT,
        _l(
            "Files funded or declined, by the day on which the decision came into force: its release, or for the "
            "waiting list the day on which it was funded or set aside. What is not released, what waits on the "
            "list, deferred and ineligible files are not decided."
        ),
    ),
    Figure.FUNDED: (
        _l("Files funded"),
        Kind.COUNT,
        _l("Those of these decisions that grant something, even if the award was refused or cancelled since."),
    ),
    Figure.SUCCESS: (_l("Success rate (%)"), Kind.PERCENT, _l("Files funded, out of 100 decisions.")),
    Figure.AWARDS: (
        _l("Awards"),
        Kind.COUNT,
        _l("The awards that these decisions opened, without those refused or cancelled since."),
    ),
    Figure.AWARDED: (
        _l("Amount awarded"),
        Kind.EUROS,
        _l(
            "The awards that these decisions opened, at their amount of today; awards refused or cancelled since "
            "are not counted."
        ),
    ),
    Figure.PAID: (
        _l("Amount paid"),
        Kind.EUROS,
        _l(
            "Payments to alliances by the day of the ledger, whenever they were decided. A payment that the bank "
            "returned is taken off on the day of its return; what alliances paid back is not taken off."
        ),
    ),
    Figure.LEVERAGE: (
        _l("Co-financing for €1 awarded"),
        Kind.EUROS,
        _l(
            "Other funders’ money in the budgets handed in (public and private grants, asked or granted), divided "
            "by the awards of the period whose file has such a budget. Own resources and contributions in kind "
            "are not counted."
        ),
    ),
    Figure.SECURED: (
        _l("Of which granted already"),
        Kind.EUROS,
        _l("The same with only what other funders had granted when the file was submitted."),
    ),
    Figure.CONTRIBUTED: (
        _l("Members’ contributions for €1 awarded"),
        Kind.EUROS,
        _l(
            "What the members of the alliances put in in money, divided by the awards of the period. It is not "
            "added to the co-financing, in which a member’s money may stand too."
        ),
    ),
    Figure.REPORTS: (
        _l("Final reports accepted"),
        Kind.COUNT,
        _l("Final reports by the day of their acceptance, with or without a reserve."),
    ),
    Figure.PEOPLE: (
        _l("People reached"),
        Kind.COUNT,
        _l("As these final reports say. Interim reports are left out: people would be counted twice."),
    ),
}
AXES: Final[Mapping[Axis, tuple[Any, Any, Any]]] = {
    Axis.LEVER: (_l("By lever"), _l("Lever"), _l("No lever named")),
    Axis.MEASURE: (_l("By measure"), _l("Measure"), _l("No measure named")),
    Axis.SDG: (_l("By goal (SDG)"), _l("Goal"), _l("No goal named")),
    Axis.REGION: (_l("By région"), _l("Région"), _l("Commune not known")),
    Axis.DEPARTEMENT: (_l("By département"), _l("Département"), _l("Commune not known")),
    Axis.KIND: (_l("By kind of member"), _l("Kind of member"), ""),
    Axis.MONTH: (_l("By month"), _l("Month"), ""),
    Axis.INDICATOR: (_l("Indicators"), _l("Indicator"), ""),
}
"""The title of a view, the head of its first column, and the line of what names nothing."""

COUNTED_IN_EACH: Final = _l(
    "A file that names several counts whole on each of their lines: these lines do not add up to the total, in "
    "which it counts once."
)
NOTES: Final[Mapping[Axis, Any]] = {
    Axis.LEVER: _l("A measure brings its lever along, named or not."),
    Axis.KIND: _l("A file counts for every kind of organisation in its alliance."),
    Axis.REGION: _l("By the commune of the project or, where that is not known, of the lead organisation."),
    Axis.DEPARTEMENT: _l("By the commune of the project or, where that is not known, of the lead organisation."),
    Axis.MONTH: _l("The picture shows payments. In the table each figure stands in the month of its own date."),
}
SHARED: Final = (Axis.LEVER, Axis.MEASURE, Axis.SDG, Axis.KIND)
"""The axes along which one file may stand on several lines."""


def note_on(axis: Axis) -> str:
    said = [str(NOTES.get(axis, "")), str(COUNTED_IN_EACH) if axis in SHARED else ""]
    return " ".join(sentence for sentence in said if sentence)


def code_name(axis: Axis, code: str) -> str:
    """What people read for a code of an axis; the code itself where no list holds it."""
    language = current_language()
    vocabulary = {Axis.LEVER: levers, Axis.MEASURE: measures, Axis.SDG: sdgs}.get(axis)
    if not code:
        return str(AXES[axis][2])
    if vocabulary is not None:
        return term_label(vocabulary()[code], language) if code in vocabulary() else code
    match axis:
        case Axis.REGION | Axis.DEPARTEMENT:
            return territory_label(code)
        case Axis.KIND:
            return label(OrganisationKind(code)) if code in set(OrganisationKind) else code
        case Axis.MONTH:
            return month_name(code)
    return code


def month_name(code: str, *, short: bool = False) -> str:
    """« mars 2027 »; short for a picture. What is no month is given back as it is."""
    try:
        first = date.fromisoformat(f"{code}-01")
    except ValueError:
        return code
    return str(format_date(first, "MMM yyyy" if short else "MMMM yyyy", locale=current_language()))


def general_notes() -> list[str]:
    """What holds for every figure."""
    return [
        gettext("All days are days in Paris; the first and the last day of the period count."),
        gettext(
            "Unless it is asked for, imported history is not counted: only the fund’s own calls are. Test files "
            "never are."
        ),
        gettext(
            "Every figure is made of all the rows, also of files in which you have an interest; the rows "
            "themselves are only shown to those who may see them."
        ),
    ]
