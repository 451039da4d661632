"""From what a person writes (« Roques », « Roques (Haute-Garonne) », « 31458 ») to a commune."""

import re
from collections.abc import Mapping

from config.communes import Commune, commune_label, departement_of, find_commune, search_communes

WITH_DEPARTEMENT = re.compile(r"^(?P<name>[^(]+)\((?P<departement>[^)]+)\)\s*$")


def choose_commune(form: Mapping[str, str]) -> tuple[str | None, list[Commune]]:
    """The INSEE code that the form's ``commune_code`` means, or the communes to choose from.

    A choice among several (``commune_choice``) counts as long as the text that it was offered for still stands.
    """
    text = form.get("commune_code", "").strip()
    chosen = form.get("commune_choice", "")
    if chosen and form.get("commune_asked", "").strip() == text and find_commune(chosen):
        return chosen, []
    found = _search(text)
    same_name = [commune for commune in found if commune.name.casefold() == _name(text).casefold()]
    certain = same_name if len(same_name) == 1 else found
    return (certain[0].code, []) if len(certain) == 1 else (None, found)


def _search(text: str) -> list[Commune]:
    if not text:
        return []
    found = search_communes(_name(text))
    parts = WITH_DEPARTEMENT.match(text)
    if parts is None:
        return found
    wanted = parts["departement"].strip().casefold()
    narrowed = [commune for commune in found if _departement(commune).casefold() == wanted]
    return narrowed or found


def _name(text: str) -> str:
    parts = WITH_DEPARTEMENT.match(text)
    return (parts["name"] if parts else text).strip()


def _departement(commune: Commune) -> str:
    departement = departement_of(commune.code)
    return departement.name if departement else ""


def offered(communes: list[Commune]) -> list[tuple[str, str]]:
    """Codes and names to choose from."""
    return [(commune.code, commune_label(commune.code)) for commune in communes]
