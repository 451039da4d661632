"""How papers write instants, counts, kinds and answers, in both languages."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from babel.numbers import format_decimal

from config.territories import territory_label
from config.vocabularies import Term, levers, measures, sdgs
from fund.forms.definition import FieldType, Question, Words
from fund.messages.formats import NBSP, day
from workflows.engine import PARIS

KINDS = {
    "local_authority": Words("Collectivité", "Local authority"),
    "association": Words("Association", "Association"),
    "company": Words("Entreprise", "Company"),
    "research": Words("Organisme de recherche", "Research body"),
    "foundation": Words("Fondation", "Foundation"),
    "other": Words("Autre", "Other"),
}
FILES = {
    "pdf": Words("PDF", "PDF"),
    "image": Words("image", "picture"),
    "office": Words("texte ou présentation", "text or slides"),
    "sheet": Words("tableur", "spreadsheet"),
}
VOCABULARIES = {FieldType.SDGS: sdgs, FieldType.LEVERS: levers, FieldType.MEASURES: measures}


def instant_to_the_second(value: datetime, locale: str) -> str:
    """« 14 mars 2026 à 23 h 59 min 07 s (heure de Paris) »."""
    local = value.astimezone(PARIS)
    if locale == "en":
        return f"{day(local.date(), locale)} at {local:%H:%M:%S} (Paris time)"
    parts = f"{local:%H} h {local:%M} min {local:%S} s".replace(" ", NBSP)
    return f"{day(local.date(), locale)} à {parts} (heure de Paris)"


def ordinal(number: int, locale: str) -> str:
    """« 1er », « 2e »; “1st”, “2nd”, “11th”."""
    if locale == "fr":
        return "1er" if number == 1 else f"{number}e"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def number_text(value: Decimal, locale: str) -> str:
    """« 20 000 », « 2,5 »: no more decimals than there are."""
    return format_decimal(value.normalize(), locale=locale)


def percent(value: Decimal, locale: str) -> str:
    """« 50 % »; “50%”."""
    return f"{number_text(value, locale)}{NBSP if locale == 'fr' else ''}%"


def quoted(text: str, locale: str) -> str:
    return f"«{NBSP}{text}{NBSP}»" if locale == "fr" else f"“{text}”"


def capital(text: str) -> str:
    """The text with its first letter as at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def grouped_digest(digest: str) -> str:
    """Eight digits at a time and four times on a line: what eyes can compare."""
    groups = [digest[start : start + 8] for start in range(0, len(digest), 8)]
    return "\n".join(" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4))


def grouped_siret(siret: str) -> str:
    """« 000 000 000 00018 »: as people read it."""
    return NBSP.join(filter(None, (siret[:3], siret[3:6], siret[6:9], siret[9:])))


def one_line(text: str) -> str:
    """People's text on one line, without what is not drawn and what XML cannot hold."""
    kept = (" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    drawn = "".join(char for char in kept if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    return re.sub(" +", " ", drawn).strip()


def in_language(table: Mapping[str, Words], locale: str) -> dict[str, str]:
    """A table of labels in one language, for a template."""
    return {key: words.of(locale) for key, words in table.items()}


def file_kinds(groups: Iterable[str], locale: str) -> str:
    """« PDF, image »; every kind that is taken where none is named."""
    return ", ".join(FILES[group].of(locale) for group in groups or FILES)


def territories(codes: Iterable[str]) -> str:
    return ", ".join(territory_label(code) for code in codes)


def choices_of(question: Question, locale: str) -> list[tuple[str, str]]:
    """What can be chosen: values, and what people read."""
    if vocabulary := VOCABULARIES.get(question.type):
        return [(term.code, term_label(term, locale)) for term in vocabulary().values()]
    return [(option.value, option.label.of(locale) or option.value) for option in question.options]


def choice_label(question: Question, value: str, locale: str) -> str:
    """What people read for a value of this question; the value itself where it is no choice."""
    if question.type is FieldType.TERRITORY:
        return territory_label(value)
    return dict(choices_of(question, locale)).get(value, value)


def term_label(term: Term, locale: str) -> str:
    """« 6. Eau propre et assainissement », « Levier 7 »."""
    # The names of levers and measures that are not known yet repeat their number.
    name = term.of(locale)
    return name if name.endswith(term.code) else f"{term.code}. {name}"
