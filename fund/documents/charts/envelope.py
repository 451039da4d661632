"""The envelope as one bar. Drawn without Vega: the committee's room asks for it after every vote."""

from decimal import Decimal

from fund.documents.charts import words
from fund.documents.charts.facts import Envelope
from fund.documents.charts.frame import framed
from fund.documents.charts.key import area, draw_key
from fund.documents.charts.palette import DONE, EXCESS, NEW, OPEN, UNDER_WAY
from fund.documents.charts.strip import HEIGHT, LEFT, draw_strip
from fund.documents.charts.svg import SIZE, label
from fund.documents.tables import Kind, shown
from fund.forms.definition import Words


def draw_envelope(facts: Envelope, language: str) -> str:
    """The parts of the envelope to scale; what goes beyond it is a part of its own, at the end."""

    def said(word: Words, value: Decimal) -> str:
        amount = shown(value, Kind.EUROS, language)
        return words.LABELLED.of(language).format(what=word.of(language), value=amount)

    excess = max(-facts.remaining, Decimal(0))
    total = said(words.TOTAL, facts.total)
    entries = [
        area(DONE, said(words.BEFORE, facts.awarded)),
        area(NEW, said(words.DECIDED, facts.decided)),
        area(UNDER_WAY, said(words.PROPOSED, facts.proposed)),
        area(EXCESS, said(words.OVER, excess)) if excess else area(OPEN, said(words.REMAINING, facts.remaining)),
    ]
    key, top = draw_key(entries, top=SIZE + 4)
    within = _within(facts.total, (facts.awarded, facts.decided, facts.proposed, max(facts.remaining, Decimal(0))))
    inks = (DONE, NEW, UNDER_WAY, OPEN, EXCESS)
    strip = draw_strip(list(zip(map(float, (*within, excess)), inks, strict=True)), top + 6)
    return framed(
        [label(LEFT, SIZE, total, font_weight=650), *key, *strip],
        height=top + HEIGHT + 10,
        title=facts.title,
        description=". ".join([total, *(entry.text for entry in entries)]) + ".",
    )


def _within(total: Decimal, amounts: tuple[Decimal, ...]) -> list[Decimal]:
    """The amounts as far as they fit into the total, one after the other."""
    kept: list[Decimal] = []
    for amount in amounts:
        kept.append(min(amount, max(total - sum(kept, Decimal(0)), Decimal(0))))
    return kept
