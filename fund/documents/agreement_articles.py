"""From the clauses that an agreement was sent with, and its facts, to its articles and annexes in words.

A clause stands where the agreement has what its ``when`` names (``traits_of``); ``{…}`` in it is filled by
``values_of``, and places by ``agreement_parts``. Articles are numbered as they stand, so that one that does not
apply leaves no gap.
"""

from decimal import Decimal
from typing import Any

from fund.documents import agreement_words as say
from fund.documents.agreement_parts import Part, filled, list_part, text_part
from fund.documents.committee_words import Facts, call_title, day_in_paris, euros
from fund.documents.words import percent
from fund.forms.definition import Words


def articles_of(facts: Facts, language: str) -> dict[str, Any]:
    """``visas`` (texts), ``articles`` and ``annexes`` (``title`` and ``parts``)."""
    clauses, traits = facts["clauses"], traits_of(facts)
    articles = [one for one in clauses["articles"] if _stands(one, traits)]
    annexes = [one for one in clauses["annexes"] if _stands(one, traits)]
    values = values_of(facts, language) | {
        **_numbers("article", say.IN_TEXT_ARTICLE, articles, language),
        **_numbers("annex", say.IN_TEXT_ANNEX, annexes, language),
    }
    named = [
        f"{say.ANNEX.of(language).format(number=number)}, {_title(annex, language)}"
        for number, annex in enumerate(annexes, 1)
    ]

    def written(heads: Words, bodies: list[Facts]) -> list[dict[str, Any]]:
        return [
            {
                "title": f"{heads.of(language).format(number=number)} – {_title(body, language)}",
                "parts": _parts(body["body"], facts, traits, values, named, language),
            }
            for number, body in enumerate(bodies, 1)
        ]

    return {
        "visas": [_said(visa, values, language) for visa in clauses["visas"] if _stands(visa, traits)],
        "articles": written(say.ARTICLE, articles),
        "annexes": written(say.ANNEX, annexes),
    }


def traits_of(facts: Facts) -> frozenset[str]:
    """What the agreement is or has, by the names that ``when`` uses."""
    terms, budget, decision, amends = facts["terms"], facts["budget"], facts["decision"], facts["amends"]
    rate = budget is not None and budget["rate"] is not None
    has = {
        "alliance": facts["members"],
        "parties": any(member["signs"] for member in facts["members"]),
        # Without accounts there is no budget to be shown; its total still bears the rate.
        "budget": budget is not None and budget["charges"]["chapters"],
        "rate": rate,
        "no_rate": not rate,
        "one_tranche": len(terms["tranches"]) == 1,
        "several_tranches": len(terms["tranches"]) > 1,
        "reports": terms["reports"],
        "no_reports": not terms["reports"],
        "dates": _has_dates(terms),
        "no_dates": not _has_dates(terms),
        "decision": decision,
        "conditions": decision and decision["conditions"].strip(),
        "motivation": decision and decision["motivation"].strip(),
        "republican": facts["regime"]["republican_contract"],
        "scheme": facts["regime"]["scheme"],
        "indicators": facts["indicators"],
    } | (_changes(terms, amends) if amends else {})
    return frozenset(name for name, value in has.items() if value)


def values_of(facts: Facts, language: str) -> dict[str, str]:
    """What fills the braces of clauses. What an agreement has not is empty: no clause that stands asks for it."""
    terms, budget, decision, amends = facts["terms"], facts["budget"], facts["decision"], facts["amends"]
    before = amends["terms"] if amends else terms
    contact = facts["fund"]["contact"]
    return {
        "call": call_title(facts["call"], language),
        "call_reference": facts["call"]["reference"],
        "project": facts["application"]["title"],
        "application": facts["application"]["reference"],
        "submitted_on": _day(facts["application"]["submitted_at"], language),
        "decided_on": _day(decision["held_at"], language) if decision else "",
        "sitting": decision["session"] if decision else "",
        "scheme": facts["regime"]["scheme"],
        "amount": euros(terms["amount"], language),
        "amount_before": euros(before["amount"], language),
        "total": euros(budget["total"], language) if budget else "",
        "rate": percent(Decimal(budget["rate"]), language) if budget and budget["rate"] else "",
        "starts_on": _day(terms["starts_on"], language),
        "ends_on": _day(terms["ends_on"], language),
        "starts_before": _day(before["starts_on"], language),
        "ends_before": _day(before["ends_on"], language),
        "count": say.COUNT.of(language).format(count=len(terms["tranches"])),
        "contact": say.CONTACT.of(language).format(contact=contact) if contact else "",
        "agreement": amends["reference"] if amends else "",
        "agreed_on": _day(amends["signed_on"], language) if amends else "",
        "earlier": ", ".join(_earlier(one, language) for one in amends["earlier"]) if amends else "",
    }


def _has_dates(terms: Facts) -> bool:
    return bool(terms["starts_on"] and terms["ends_on"])


def _changes(terms: Facts, amends: Facts) -> dict[str, Any]:
    before = amends["terms"]
    rise = Decimal(terms["amount"]) - Decimal(before["amount"])
    dates = any(terms[key] != before[key] for key in ("starts_on", "ends_on"))
    tranches, reports = (terms[key] != before[key] for key in ("tranches", "reports"))
    return {
        "earlier": amends["earlier"],
        "why": amends["why"].strip(),
        "amount_changes": rise,
        "amount_rises": rise > 0,
        "amount_falls": rise < 0,
        "dates_change": dates,
        "dates_change_from": dates and _has_dates(before),
        "dates_change_anew": dates and not _has_dates(before),
        "tranches_change": tranches,
        "reports_change": reports,
        "calendar_changes": dates or tranches or reports,
    }


def _earlier(one: Facts, language: str) -> str:
    return say.EARLIER.of(language).format(number=one["number"], day=_day(one["signed_on"], language))


def _day(value: str | None, language: str) -> str:
    return day_in_paris(value, language) if value else ""


def _stands(clause: Facts, traits: frozenset[str]) -> bool:
    return not clause["when"] or clause["when"] in traits


def _numbers(kind: str, name: Words, bodies: list[Facts], language: str) -> dict[str, str]:
    return {
        f"{kind}_{body['key']}": name.of(language).format(number=number) for number, body in enumerate(bodies, 1)
    }


def _title(body: Facts, language: str) -> str:
    return Words(**body["title"]).of(language)


def _said(clause: Facts, values: dict[str, str], language: str) -> str:
    return Words(clause["fr"], clause["en"]).of(language).format(**values)


def _parts(
    body: list[Facts],
    facts: Facts,
    traits: frozenset[str],
    values: dict[str, str],
    annexes: list[str],
    language: str,
) -> list[Part]:
    """The clauses that stand, those of a list together, and what the facts fill in."""
    parts: list[Part] = []
    for entry in body:
        if "insert" in entry:
            parts += (
                [list_part(annexes)] if entry["insert"] == "annexes" else filled(entry["insert"], facts, language)
            )
        elif not _stands(entry, traits):
            continue
        elif not entry["bullet"]:
            parts.append(text_part(_said(entry, values, language)))
        elif parts and parts[-1]["kind"] == "list":
            parts[-1]["items"].append(_said(entry, values, language))
        else:
            parts.append(list_part([_said(entry, values, language)]))
    return parts
