"""The lists that answers choose from: the goals of sustainable development (SDGs), the levers, the measures.

Data in ``taxonomies/*.yaml``, which an administrator edits; read at the first question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "taxonomies"


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a list: its code, its name in French and in English; for a measure, the code of its lever."""

    code: str
    fr: str
    en: str
    lever: str = ""

    def of(self, locale: str) -> str:
        """The name in that language."""
        return self.en if locale == "en" else self.fr


@cache
def sdgs() -> Mapping[str, Term]:
    """The 17 goals by number (``"1"`` to ``"17"``), in order, with the short names of the United Nations."""
    return _terms("sdgs")


@cache
def levers() -> Mapping[str, Term]:
    """The levers of the fund's balance by number (``"1"`` to ``"7"``), in order."""
    return _terms("levers")


@cache
def measures() -> Mapping[str, Term]:
    """The measures by number (``"1.1"`` to ``"7.3"``), in order, each with its lever.

    Raises ValueError where a measure names a lever that does not exist.
    """
    terms = _terms("measures")
    for term in terms.values():
        if term.lever not in levers():
            raise ValueError(f"measures.yaml: measure {term.code} names the lever {term.lever!r}, which is none")
    return terms


@cache
def public_mail_hosts() -> frozenset[str]:
    """The domains of mail hosts that anybody can have an address at: sharing one says nothing of two people."""
    return frozenset(read_taxonomy("mail_hosts"))


@cache
def own_mail_domains() -> frozenset[str]:
    """The fund's own domains, which its people share with each other."""
    return frozenset(read_taxonomy("own_mail_domains"))


def read_taxonomy(name: str) -> Any:
    """The content of ``taxonomies/<name>.yaml``."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _terms(name: str) -> Mapping[str, Term]:
    """Raises ValueError where a code stands twice: one of the two names would be lost."""
    terms = [Term(**entry) for entry in read_taxonomy(name)]
    by_code = {term.code: term for term in terms}
    if len(by_code) < len(terms):
        raise ValueError(f"{name}.yaml: a code stands twice")
    return by_code
