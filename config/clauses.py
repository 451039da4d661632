"""The clauses of agreements, as ``agreements/*.yaml`` has them: plain data that an agreement takes along when it
is sent, so that editing the files changes no agreement that exists.

Shape: ``visas`` (clauses), ``articles`` and ``annexes`` (``key``, ``title`` with ``fr`` and ``en``, ``when``,
``body``). A clause has ``fr``, ``en``, ``when`` ("" where it always stands) and ``bullet``; a body holds clauses
and places to be filled (``{"insert": "tranches"}``).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "agreements"

Clauses = dict[str, Any]


@cache
def agreement_clauses(aid: str) -> Clauses:
    """What an agreement says under that regime of aid: ``none``, ``de_minimis``, ``sgei_de_minimis``, ``gber``."""
    return _read("agreement", _load(aid))


@cache
def amendment_clauses() -> Clauses:
    """What an amendment of an agreement says."""
    return _read("amendment", {})


def _read(name: str, regime: Mapping[str, Any]) -> Clauses:
    found = _load(name)
    return {
        "visas": _body(found["visas"], regime),
        "articles": [_article(article, regime) for article in found["articles"]],
        "annexes": [_article(annex, regime) for annex in found["annexes"]],
    }


def _load(name: str) -> Clauses:
    found: Clauses = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def _article(article: Mapping[str, Any], regime: Mapping[str, Any]) -> Clauses:
    return {
        "key": article["key"],
        "title": article["title"],
        "when": article.get("when", ""),
        "body": _body(article["body"], regime),
    }


def _body(entries: list[Mapping[str, Any]], regime: Mapping[str, Any]) -> list[Clauses]:
    body: list[Clauses] = []
    for entry in entries:
        if "regime" in entry:
            body += _body(regime[entry["regime"]], regime)
        elif "insert" in entry:
            body.append({"insert": entry["insert"]})
        else:
            body.append({"when": "", "bullet": False, **entry})
    return body
