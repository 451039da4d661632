"""What was awarded in each département, as a map. Drawn without Vega, which has no outlines of ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Final
from xml.etree.ElementTree import Element

from config.communes import departements
from config.outlines import MAINLAND, OVERSEAS, is_overseas, outlines
from fund.documents.charts import words
from fund.documents.charts.facts import FranceMap, MapLine
from fund.documents.charts.frame import framed
from fund.documents.charts.key import Entry, draw_key
from fund.documents.charts.palette import PAPER, SHADES, SOFT_TEXT, TEXT
from fund.documents.charts.svg import SMALL, WIDTH, fitted, label, node
from fund.documents.tables import Kind, shown

_SCALE: Final = 0.54  # of the mainland, in units of the picture
_AROUND_PARIS: Final = ("75", "92", "93", "94")
"""Too small on the map for a figure: drawn again beside it, larger."""
_CENTRE: Final = (628, 289)
"""The middle of those four, in the plane of the mainland."""
_WINDOW: Final = 50  # units of that plane that the enlargement shows across
_BOX: Final = 116
_COLUMN: Final = 146  # from one box to the next, across and down
_ROW: Final = 166
_LEFT: Final = WIDTH - 2 * _COLUMN + (_COLUMN - _BOX) - 2
_ROUND: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What one département shows: its shade from 0 (nothing) on, and the sentence about it."""

    shade: int
    files: int
    sentence: str

    @property
    def fill(self) -> str:
        return SHADES[self.shade - 1] if self.shade else PAPER

    @property
    def ink(self) -> str:
        """Of the figure: light on the two darker shades."""
        return PAPER if self.shade > len(SHADES) - 2 else TEXT


def draw_france(facts: FranceMap, language: str) -> str:
    """Départements shaded by what was awarded there, in equal steps; the figure in each counts the alliances."""
    step = _step(max((line.awarded.euros for line in facts.lines), default=Decimal(0)))
    by_code = {line.code: _drawing(line, step, language) for line in facts.lines if line.code in outlines()}
    outside = [line.label for line in facts.lines if line.code not in by_code]
    remark = words.OFF_MAP.of(language).format(names=", ".join(outside)) if outside else ""
    key, top = draw_key([*_classes(step, facts, language), Entry(words.FIGURES.of(language))])
    if remark:
        key.append(label(4, top + SMALL, fitted(remark, WIDTH - 8, SMALL), font_size=SMALL, fill=SOFT_TEXT))
        top += 2 * SMALL
    height = top + MAINLAND[1] * _SCALE + 8 + 2 * SMALL
    # The licence of the outlines asks for it wherever they are shown.
    source = label(WIDTH - 4, height - 6, words.OUTLINES.of(language), font_size=SMALL, fill=SOFT_TEXT)
    source.set("text-anchor", "end")
    return framed(
        [*key, _mainland(by_code, top), *_insets(by_code, top + 6, language), source],
        height=height,
        title=facts.title,
        description=" ".join(filter(None, (words.FRANCE.of(language), remark, words.IN_TABLE.of(language)))),
    )


def _step(most: Decimal) -> Decimal:
    """The width of one class in euros: a round number, so that the largest amount falls into the last."""
    rough = max(float(most) / len(SHADES), 1.0)
    magnitude = 10 ** floor(log10(rough))
    return next(Decimal(str(magnitude * n)) for n in _ROUND if magnitude * n >= rough)


def _shade(euros: Decimal, step: Decimal) -> int:
    return min(max(ceil(euros / step), 1), len(SHADES))


def _drawing(line: MapLine, step: Decimal, language: str) -> _Drawing:
    amount = shown(line.awarded.euros, Kind.EUROS, language)
    sentence = words.IN_DEPARTEMENT.of(language).format(name=line.label, amount=amount, files=line.awarded.files)
    return _Drawing(_shade(line.awarded.euros, step), line.awarded.files, sentence)


def _classes(step: Decimal, facts: FranceMap, language: str) -> Iterator[Entry]:
    yield Entry(words.NO_AWARD.of(language), (_sign(PAPER),))
    darkest = max(_shade(line.awarded.euros, step) for line in facts.lines)
    for number in range(1, darkest + 1):
        low, high = (shown(step * bound, Kind.EUROS, language) for bound in (number - 1, number))
        form = words.UP_TO if number == 1 else words.BETWEEN
        yield Entry(form.of(language).format(low=low, high=high), (_sign(SHADES[number - 1]),))


def _sign(fill: str) -> Element:
    return node("rect", x=0, y=-8, width=28, height=16, fill=fill, stroke=SOFT_TEXT)


def _mainland(by_code: Mapping[str, _Drawing], top: float) -> Element:
    place = _group(4, top, _SCALE)
    codes = [code for code in outlines() if not is_overseas(code)]
    place.extend(_shape(code, by_code, _SCALE) for code in codes)
    place.extend(_figures(by_code, [code for code in codes if code not in _AROUND_PARIS], _SCALE))
    return place


def _insets(by_code: Mapping[str, _Drawing], top: float, language: str) -> Iterator[Element]:
    """The neighbourhood of Paris and the départements overseas, each in a box, two beside each other."""
    overseas = [code for code in outlines() if is_overseas(code)]
    for place, code in enumerate(("", *overseas)):
        x, y = _LEFT + place % 2 * _COLUMN, top + place // 2 * _ROW
        name = departements()[code].name if code else words.AROUND_PARIS.of(language)
        yield node("rect", x=x, y=y, width=_BOX, height=_BOX, fill="none", stroke=SOFT_TEXT)
        yield label(x, y + _BOX + SMALL + 4, fitted(name, _COLUMN - 6, SMALL), font_size=SMALL)
        if code:
            scale, codes = (_BOX - 16) / OVERSEAS, [code]
            group = _group(x + 8, y + 8, scale)
        else:
            scale, codes = _BOX / _WINDOW, list(_AROUND_PARIS)
            left, upper = (middle - _WINDOW / 2 for middle in _CENTRE)
            group = _group(x - left * scale, y - upper * scale, scale)
        group.extend(_shape(each, by_code, scale) for each in codes)
        group.extend(_figures(by_code, codes, scale))
        yield group


def _group(x: float, y: float, scale: float) -> Element:
    return node("g", transform=f"translate({x:g},{y:g}) scale({scale:.4g})")


def _shape(code: str, by_code: Mapping[str, _Drawing], scale: float) -> Element:
    """The outline with a title for whoever points at it; its line is as thin on every scale."""
    drawing = by_code.get(code)
    fill = drawing.fill if drawing else PAPER
    shape = node("path", d=outlines()[code].path, fill=fill, stroke=SOFT_TEXT, stroke_width=0.7 / scale)
    shape.append(node("title", drawing.sentence if drawing else departements()[code].name))
    return shape


def _figures(by_code: Mapping[str, _Drawing], codes: list[str], scale: float) -> Iterator[Element]:
    for code in codes:
        if drawing := by_code.get(code):
            outline, size = outlines()[code], SMALL / scale
            yield label(
                outline.x,
                outline.y + size * 0.34,
                str(drawing.files),
                font_size=size,
                font_weight=650,
                text_anchor="middle",
                fill=drawing.ink,
            )
