"""Forms, calls and answers as hypothesis makes them up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from config.vocabularies import levers, measures, sdgs
from fund.forms.conditions import RESERVED
from fund.forms.definition import FieldType, Question, Section

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True).filter(
    lambda key: key not in RESERVED and key not in ("project", "budget", "alliance", "documents")
)
SIGNS = st.characters(exclude_categories=["Cc", "Cs"])
LINES = st.lists(st.text(SIGNS, max_size=150), max_size=4).map("\n".join)
LABELS = st.text(SIGNS, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PLACES = ("com:31458", "epci:243100518", "dep:31", "reg:76")
WITHOUT_SETTINGS = [FieldType.DATE, FieldType.YES_NO, FieldType.EMAIL, FieldType.TELEPHONE, FieldType.URL]
COLUMNS = [kind for kind in FieldType if kind not in (FieldType.ROWS, FieldType.FILE, FieldType.NOTE)]


@st.composite
def words(draw: st.DrawFn, text: st.SearchStrategy[str] = LABELS) -> dict[str, str]:
    return draw(st.fixed_dictionaries({"fr": text}, optional={"en": text}))


@st.composite
def questions(draw: st.DrawFn, key: str, kinds: Sequence[FieldType] | None = None) -> dict[str, Any]:
    """A field that the content schema takes, with any settings that its type has."""
    kind = draw(st.sampled_from(kinds or list(FieldType)))
    question: dict[str, Any] = {"key": key, "type": kind.value, "label": draw(words())}
    if draw(st.booleans()):
        question["help"] = draw(words(LINES))
    if kind is not FieldType.NOTE:
        question["required"] = draw(st.booleans())
    return question | draw(_settings(kind))


@st.composite
def _settings(draw: st.DrawFn, kind: FieldType) -> dict[str, Any]:
    match kind:
        case FieldType.CHOICE | FieldType.CHOICES:
            values = draw(st.lists(KEYS, min_size=1, max_size=4, unique=True))
            return {"options": [{"value": value, "label": draw(words())} for value in values]}
        case FieldType.NUMBER:
            return {"decimals": draw(st.integers(0, 6)), **draw(_limits(10**6))}
        case FieldType.AMOUNT | FieldType.TEXT | FieldType.LONG_TEXT:
            return draw(_limits(400))
        case FieldType.ROWS:
            keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
            return {"fields": [draw(questions(key, COLUMNS)) for key in keys], **draw(_limits(5))}
        case FieldType.TERRITORY:
            return {"levels": draw(st.lists(st.sampled_from(["com", "epci", "dep", "reg"]), max_size=3))}
        case FieldType.FILE:
            return {"files": draw(st.lists(st.sampled_from(["pdf", "image", "office", "sheet"]), max_size=3))}
    return {}


@st.composite
def _limits(draw: st.DrawFn, most: int) -> dict[str, Any]:
    low, high = sorted(draw(st.tuples(st.integers(0, most), st.integers(1, most))))
    kept: set[str] = draw(st.sets(st.sampled_from(["minimum", "maximum"])))
    return {name: str(value) for name, value in (("minimum", low), ("maximum", high)) if name in kept}


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """A form whose fields may depend on whether an earlier one is filled in."""
    sections = []
    for key in draw(st.lists(KEYS, max_size=3, unique=True)):
        fields: list[dict[str, Any]] = []
        for name in draw(st.lists(KEYS, max_size=4, unique=True)):
            question = draw(questions(name))
            named = [earlier["key"] for earlier in fields if earlier["type"] not in ("file", "note")]
            if draw(st.booleans()) and named:
                test = draw(st.sampled_from(["is filled", "is empty"]))
                question["show_if"] = f"{draw(st.sampled_from(named))} {test}"
            fields.append(question)
        sections.append({"key": key, "title": draw(words()), "fields": fields})
    return {"sections": sections}


@st.composite
def rubrics(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines = []
    for key, weight in (("one", "33.3"), ("two", "66.7")):
        scale = draw(st.integers(1, 6))
        anchors = st.lists(words() | st.just({}), min_size=scale + 1, max_size=scale + 1)
        optional = {
            "key": st.just(key),
            "help": words(LINES),
            "anchors": anchors | st.just([]),
            "threshold": st.integers(1, scale),
        }
        line = {"label": words(), "weight": st.just(weight), "scale": st.just(scale)}
        lines.append(draw(st.fixed_dictionaries(line, optional=optional)))
    return lines


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """A whole call as data."""
    opens_at = draw(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
    first = draw(st.decimals(0, 10**6, places=2))
    data: dict[str, Any] = {
        "title": draw(words()),
        "summary": draw(words(LINES)),
        "opens_at": opens_at.isoformat(),
        "closes_at": (opens_at + timedelta(seconds=draw(st.integers(1, 10**8)))).isoformat(),
        "envelope": str(draw(st.decimals(0, 10**9, places=2))),
        "grant": {"minimum": str(first), "maximum": str(first + 5), "rate": str(draw(st.integers(1, 100)))},
        "form": draw(forms()),
        "report": draw(forms()),
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "alliance": st.fixed_dictionaries(
            {"members": st.just([{"kind": "company"}, {"kind": "other", "territory": ["dep:31"]}])},
            optional={"territory": st.lists(st.sampled_from(PLACES), max_size=2), "endorsement": st.booleans()},
        ),
        "deadline": st.just({"rule": "grace", "minutes": 15}) | st.just({"rule": "strict"}),
        "feedback": st.sampled_from(["none", "motivation", "comments"]),
        "regime": st.just({"aid": "gber", "republican_contract": True}),
        "declaration": words(LINES),
        "eligibility": words().map(
            lambda text: [{"key": "one", "question": text, "because": text, "expected": False}]
        ),
        "budget": st.just({}) | st.just({"accounts": ["60", "641"], "in_kind": False}),
        "documents": words().map(lambda text: [{"key": "one", "label": text, "per_member": True}]),
        "rubric": rubrics(),
        "scoring": st.fixed_dictionaries(
            {},
            optional={
                "minimum": st.decimals(0, 100, places=2).map(str),
                "divergence": st.integers(1, 100),
                "days": st.integers(1, 365),
            },
        ),
        "reporting": st.just({}) | st.just({"threshold": "12.5"}),
    }
    return data | draw(st.fixed_dictionaries({}, optional=optional))


def typed(question: Question) -> st.SearchStrategy[Any]:
    """Raw answers that are right, or empty, for a field without limits."""
    return _EMPTY.get(question.type, st.just("")) | _right(question)


_EMPTY: dict[FieldType, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        (
            FieldType.CHOICES,
            FieldType.TERRITORY,
            FieldType.SDGS,
            FieldType.LEVERS,
            FieldType.MEASURES,
            FieldType.ROWS,
        ),
        st.just([]),
    ),
    FieldType.ADDRESS: st.just({"street": "", "postcode": "", "commune": ""}),
}


def _right(question: Question) -> st.SearchStrategy[Any]:  # noqa: C901 - one line for every type
    offered = [option.value for option in question.options]
    match question.type:
        case FieldType.NUMBER | FieldType.AMOUNT:
            return st.integers(0, 400).map(str)
        case FieldType.DATE:
            return st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
        case FieldType.CHOICE:
            return st.sampled_from(offered)
        case FieldType.CHOICES:
            return st.lists(st.sampled_from(offered), unique=True)
        case FieldType.YES_NO:
            return st.sampled_from(["yes", "no"])
        case FieldType.EMAIL:
            return st.just("nom@exemple.example")
        case FieldType.TELEPHONE:
            return st.sampled_from(["05 61 23 45 67", "+32 2 555 12 12"])
        case FieldType.URL:
            return st.just("https://www.exemple.example/a?b=c")
        case FieldType.ADDRESS:
            return st.just({"street": "1 rue Haute", "postcode": "31120", "commune": "Roques (Haute-Garonne)"})
        case FieldType.TERRITORY:
            levels = question.levels or ("com", "epci", "dep", "reg")
            return st.lists(st.sampled_from([p for p in PLACES if p.split(":")[0] in levels]), unique=True)
        case FieldType.SDGS | FieldType.LEVERS | FieldType.MEASURES:
            terms = {FieldType.SDGS: sdgs, FieldType.LEVERS: levers}.get(question.type, measures)()
            return st.lists(st.sampled_from(list(terms)), unique=True, max_size=4)
        case FieldType.ROWS:
            cells = {column.key: typed(column) for column in question.fields}
            return st.lists(st.fixed_dictionaries(cells), max_size=4)
    return LINES


def answers_of(section: Section) -> st.SearchStrategy[dict[str, Any]]:
    """Raw answers that are right for a section, as far as limits let them be."""
    asked = [question for question in section.fields if question.type not in (FieldType.FILE, FieldType.NOTE)]
    return st.fixed_dictionaries({question.key: typed(question) for question in asked})


def post_of(questions: tuple[Question, ...], raw: dict[str, Any], prefix: str = "") -> MultiDict[str, str]:
    """The form that a browser would send for these answers, line ends and all."""
    form: MultiDict[str, str] = MultiDict()
    for question in questions:
        name, value = prefix + question.key, raw.get(question.key)
        match value:
            case str():
                form.add(name, value.replace("\n", "\r\n"))
            case dict():
                form.update({f"{name}-{part}": text for part, text in value.items()})
            case list() if question.type is FieldType.ROWS:
                form.add(name, "")
                for place, row in enumerate(value):
                    form.update(post_of(question.fields, row, f"{name}-{place}-"))
            case list():
                form.setlist(name, ["", *value])
    return form


def without_limits(question: Question) -> bool:
    """Whether every right answer is a valid one."""
    limits: tuple[Decimal | None, ...] = (question.minimum, question.maximum)
    return limits == (None, None) and all(map(without_limits, question.fields))
