"""Questions of a form, ready to be drawn from raw answers by the macros of ``components/answers.html``.

Names in the form are those that ``fund.forms.posting`` reads; ids are ``q-`` and the name, so that no key of a
call can meet an id of the page. What is hidden by a condition is drawn too, hidden: its answer stays, and the page
can show it as soon as the condition holds.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext

from config.communes import commune_label, resolve_commune
from config.territories import LEVELS, exists, search_territories, territory_label
from config.vocabularies import Term, levers, measures, sdgs
from fund.edge.formats import money, number
from fund.edge.i18n import current_language
from fund.edge.sentences import problem_sentence
from fund.forms.compiler import LONG_TEXT_LIMIT, ROWS_LIMIT, Found, slot_of
from fund.forms.definition import FieldType, Question, Section
from fund.forms.posting import ADDRESS_PARTS, LISTS
from fund.services.writing import digest_of
from fund.web.reading import say

MOST_RADIOS: Final = 6
MOST_CANDIDATES: Final = 12
_T = FieldType


@dataclass(frozen=True, slots=True)
class Option:
    """One box or button. ``is_foreign``: recorded once, and no longer offered."""

    value: str
    label: str
    is_chosen: bool
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was typed, and what it may mean: codes and labels to choose from."""

    text: str
    candidates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One of repeating rows. ``is_spare``: the empty one by which a row is added without JavaScript."""

    number: int
    cells: tuple["Control", ...]
    is_spare: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One question with its raw answer. ``groups`` are options under a heading, which may be empty."""

    question: Question
    name: str
    label: str
    help: str
    is_shown: bool
    text: str = ""
    groups: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    places: tuple[Place, ...] = ()
    parts: Mapping[str, str] | None = None
    rows: tuple[Row, ...] = ()
    slot: str = ""
    problems: tuple[str, ...] = ()
    correction: str = ""
    seen: str = ""
    is_top: bool = True

    @property
    def id(self) -> str:
        return f"q-{self.name}"

    @property
    def kind(self) -> str:
        return self.question.type.value

    @property
    def hint(self) -> str:
        return limits_of(self.question)

    @property
    def is_day(self) -> bool:
        """Whether a browser's calendar can show the answer: what it cannot, it would lose."""
        try:
            return not self.text or date.fromisoformat(self.text).isoformat() == self.text
        except ValueError:
            return False

    @property
    def options(self) -> list[Option]:
        return [option for _, options in self.groups for option in options]

    @property
    def is_radio(self) -> bool:
        """Whether one choice is made by buttons: of few, and not in the narrow cells of rows."""
        return self.question.type is _T.CHOICE and self.is_top and len(self.options) <= MOST_RADIOS

    @property
    def limit(self) -> int | None:
        """The largest number of characters, where one is shown."""
        if self.question.type is _T.LONG_TEXT:
            return LONG_TEXT_LIMIT if self.question.maximum is None else int(self.question.maximum)
        is_limited = self.question.type is _T.TEXT and self.question.maximum is not None
        return int(self.question.maximum) if is_limited and self.question.maximum is not None else None

    @property
    def count(self) -> int:
        """The characters typed, counted as the limit counts them."""
        return len(unicodedata.normalize("NFC", self.text.replace("\r\n", "\n")).strip())

    @property
    def is_single_place(self) -> bool:
        return self.question.maximum == 1

    def walk(self) -> Iterator["Control"]:
        """This control and those of its rows."""
        yield self
        for row in self.rows:
            for cell in row.cells:
                yield from cell.walk()


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the controls of one section are drawn with: what stands where, by path (``section.field.2.column``)."""

    section: str
    shown: AbstractSet[str]
    problems: Mapping[str, tuple[str, ...]]
    corrections: Mapping[str, str]

    def control(self, question: Question, raw: Any, name: str, path: str) -> Control:
        locale = current_language()
        kind = question.type
        is_top = path.count(".") == 1
        return Control(
            question=question,
            name=name,
            label=question.label.of(locale),
            help=question.help.of(locale),
            is_shown=path in self.shown,
            text=_as_text(raw),
            groups=_groups(question, raw),
            places=_places(question, raw),
            parts=_address(raw) if kind is _T.ADDRESS else None,
            rows=self.rows(question, raw, name, path) if kind is _T.ROWS else (),
            slot=slot_of(self.section, question.key) if kind is _T.FILE else "",
            problems=self.problems.get(path, ()),
            correction=self.corrections.get(path, ""),
            seen=digest_of(raw) if is_top else "",
            is_top=is_top,
        )

    def rows(self, question: Question, raw: Any, name: str, path: str) -> tuple[Row, ...]:
        typed = padded_rows(question, raw)
        spare = len(typed) - 1 if len(typed) > len(_rows_of(raw)) else None
        return tuple(
            Row(
                place,
                tuple(
                    self.control(
                        column, row.get(column.key), f"{name}-{place}-{column.key}", f"{path}.{place}.{column.key}"
                    )
                    for column in question.fields
                ),
                place == spare,
            )
            for place, row in enumerate(typed)
        )


def draw_section(
    section: Section,
    raw: Mapping[str, Any],
    *,
    shown: AbstractSet[str],
    found: Iterable[Found],
    corrections: Mapping[str, str],
) -> list[Control]:
    """The controls of a section; ``shown`` and ``found`` are what ``judge`` gave, for ``padded`` answers."""
    problems: dict[str, tuple[str, ...]] = {}
    for fault in found:
        problems[fault.path] = (*problems.get(fault.path, ()), problem_sentence(fault.problem))
    drawing = Drawing(section.key, shown, problems, corrections)
    return [
        drawing.control(question, raw.get(question.key), question.key, f"{section.key}.{question.key}")
        for question in section.fields
    ]


def padded(section: Section, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with a spare row in all repeating rows that may have one more."""
    rows = [question for question in section.fields if question.type is _T.ROWS]
    return {**raw, **{question.key: padded_rows(question, raw.get(question.key)) for question in rows}}


def padded_rows(question: Question, raw: Any) -> list[Mapping[str, Any]]:
    rows = _rows_of(raw)
    most = ROWS_LIMIT if question.maximum is None else int(question.maximum)
    return [*rows, {}] if len(rows) < most else rows


def spoken(question: Question, raw: Any) -> str:
    """A raw answer as a text to read; of repeating rows a line each."""
    if question.type is _T.TERRITORY:
        return ", ".join(map(territory_label, texts_of(raw)))
    if question.type is not _T.ROWS:
        return say(question, raw)
    rows = (((column, row.get(column.key)) for column in question.fields) for row in _rows_of(raw))
    return "\n".join(" · ".join(filter(None, (say(column, cell) for column, cell in row))) for row in rows)


def limits_of(question: Question) -> str:
    """The limits of an answer as a sentence for its hint, where a counter does not show them."""
    low, high = question.minimum, question.maximum
    if question.type in (_T.NUMBER, _T.AMOUNT):
        shown = money if question.type is _T.AMOUNT else number
    elif question.type in (*LISTS, _T.ROWS) and not (question.type is _T.TERRITORY and high == 1):
        shown, low = number, low or None
    else:
        return ""
    if low is not None and high is not None:
        return str(gettext("From %(least)s to %(most)s.", least=shown(low), most=shown(high)))
    if high is not None:
        return str(gettext("At most %(most)s.", most=shown(high)))
    return str(gettext("At least %(least)s.", least=shown(low))) if low is not None else ""


def _as_text(raw: Any) -> str:
    match raw:
        case None | list() | dict():
            return ""
    return str(raw)


def texts_of(raw: Any) -> list[str]:
    """A list of texts, whatever stands there."""
    parts = raw if isinstance(raw, list) else [raw]
    return [str(part) for part in parts if part not in (None, "")]


def _rows_of(raw: Any) -> list[Mapping[str, Any]]:
    return [row if isinstance(row, Mapping) else {} for row in raw] if isinstance(raw, list) else []


def _address(raw: Any) -> dict[str, str]:
    typed = raw if isinstance(raw, Mapping) else {}
    return {part: _as_text(typed.get(part)) for part in ADDRESS_PARTS}


def _groups(question: Question, raw: Any) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """The options under their headings; what is recorded and not offered any more comes last, so that it stays."""
    locale = current_language()
    chosen = texts_of(raw)

    def options(pairs: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
        return tuple(Option(value, label, value in chosen) for value, label in pairs)

    match question.type:
        case _T.CHOICE | _T.CHOICES:
            groups = [("", options((option.value, option.label.of(locale)) for option in question.options))]
        case _T.YES_NO:
            groups = [("", options([("yes", gettext("Yes")), ("no", gettext("No"))]))]
        case _T.MEASURES:
            groups = [
                (
                    lever.of(locale),
                    options((t.code, t.of(locale)) for t in measures().values() if t.lever == lever.code),
                )
                for lever in levers().values()
            ]
        case _T.SDGS:
            groups = [("", options((term.code, _numbered(term, locale)) for term in sdgs().values()))]
        case _T.LEVERS:
            groups = [("", options((term.code, term.of(locale)) for term in levers().values()))]
        case _T.TERRITORY if question.maximum != 1:
            groups = [("", options((code, territory_label(code)) for code in chosen if exists(code)))]
            return tuple(groups)
        case _:
            return ()
    offered = {option.value for _, group in groups for option in group}
    unknown = [value for value in chosen if value not in offered]
    foreign = tuple(Option(value, value, is_chosen=True, is_foreign=True) for value in unknown)
    return (*groups, ("", foreign)) if foreign else tuple(groups)


def _numbered(term: Term, locale: str) -> str:
    return f"{term.code}. {term.of(locale)}"


def _places(question: Question, raw: Any) -> tuple[Place, ...]:
    """What is typed of places: of one alone its label; of several what is no code yet, and an empty one."""
    if question.type is _T.ADDRESS:
        text = _address(raw)["commune"]
        code, communes = resolve_commune(text)
        meant = () if code else communes[:MOST_CANDIDATES]
        return (Place(text, tuple((commune.code, commune_label(commune.code)) for commune in meant)),)
    if question.type is not _T.TERRITORY:
        return ()
    texts = texts_of(raw)
    if question.maximum == 1 and texts and exists(texts[-1]):
        return (Place(territory_label(texts[-1])),)
    typed = [Place(text, _candidates(question, text)) for text in texts if not exists(text)]
    has_room = question.maximum is None or len(texts) < question.maximum
    return (*typed, Place("")) if not typed and has_room else tuple(typed)


def _candidates(question: Question, text: str) -> tuple[tuple[str, str], ...]:
    found = search_territories(text[:100], question.levels or LEVELS, MOST_CANDIDATES)
    return tuple((place.code, place.label) for place in found)
