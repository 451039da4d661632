"""The parts of an agreement that its facts fill in: lists of payments and reports, tables, texts of people.

A part is plain data for paper and page alike: ``{"kind": "text", "text": …}``, ``{"kind": "list", "items": […]}``,
``{"kind": "quote", "texts": […]}`` (what people wrote) or ``{"kind": "table", "columns", "widths", "align",
"rows": [{"cells": […], "strong": bool}]}``; widths are ``auto``, ``1fr`` or millimetres (``42mm``).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fund.documents import agreement_words as say
from fund.documents.committee_words import Facts, day_in_paris, euros, paragraphs
from fund.documents.words import capital
from fund.forms.definition import Words
from workflows.disbursement import ConditionKind

Part = dict[str, Any]
Line = tuple[tuple[str, ...], bool]
"""The cells of a row, and whether they stand out."""


def filled(name: str, facts: Facts, language: str) -> list[Part]:
    """What stands at that place of a clause; nothing where the facts have nothing for it."""
    return INSERTS[name](facts, language)


def text_part(text: str) -> Part:
    return {"kind": "text", "text": text}


def list_part(items: Iterable[str]) -> Part:
    return {"kind": "list", "items": list(items)}


def table_part(columns: Iterable[str], lines: Iterable[Line], *, widths: list[str]) -> Part:
    """A table whose last column, of amounts, is set to the right."""
    return {
        "kind": "table",
        "columns": list(columns),
        "widths": widths,
        "align": ["left"] * (len(widths) - 1) + ["right"],
        "rows": [{"cells": list(cells), "strong": strong} for cells, strong in lines],
    }


def tranche_terms(tranche: Facts, language: str) -> str:
    """What a tranche waits for: « à partir du 1er mars 2028, après acceptation du compte rendu n° 1 »."""
    conditions = [_condition(one, language) for one in tranche["conditions"]]
    said = [say.FROM_DAY.of(language).format(day=_day(tranche["due_on"], language))] if tranche["due_on"] else []
    said += [say.AFTER.of(language).format(conditions=_joined(conditions, language))] if conditions else []
    return ", ".join(said) or say.AT_SIGNATURE.of(language)


def report_name(report: Facts, language: str) -> str:
    words = say.FINAL_REPORT if report["final"] else say.REPORT
    return words.of(language).format(number=report["number"])


def _condition(condition: Facts, language: str) -> str:
    said = say.CONDITIONS[ConditionKind(condition["kind"])].of(language).format(report=condition["report"])
    if not condition["label"].strip():
        return said
    return say.DETAIL.of(language).format(condition=said, label=condition["label"])


def _joined(parts: list[str], language: str) -> str:
    return say.AND.of(language).join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _day(day: str, language: str) -> str:
    return day_in_paris(day, language)


def _tranche_name(tranche: Facts, language: str) -> str:
    name = say.TRANCHE.of(language).format(number=tranche["position"])
    if not tranche["label"].strip():
        return name
    return say.NAMED.of(language).format(name=name, label=tranche["label"])


# --- lists and texts in the articles ------------------------------------------------------------------------


def _tranches(terms: Facts, language: str) -> list[Part]:
    lines = [
        say.WITH_AMOUNT.of(language).format(
            name=_tranche_name(tranche, language),
            amount=euros(tranche["amount"], language),
            terms=tranche_terms(tranche, language),
        )
        for tranche in terms["tranches"]
    ]
    return [list_part(lines)] if lines else []


def _reports(terms: Facts, language: str) -> list[Part]:
    reports = terms["reports"]
    lines = [
        (say.LAST_REPORT_DUE if report is reports[-1] else say.REPORT_DUE)
        .of(language)
        .format(report=report_name(report, language), day=_day(report["due_on"], language))
        for report in reports
    ]
    return [list_part(lines)] if lines else []


def _parts_of_members(facts: Facts, language: str) -> list[Part]:
    lines = [
        say.PART_OF_MEMBER.of(language).format(name=member["name"], part=member["part"])
        if member["part"].strip()
        else member["name"]
        for member in facts["members"]
    ]
    return [list_part(lines)] if lines else []


def _quoted(text: str) -> list[Part]:
    texts = paragraphs(text)
    return [{"kind": "quote", "texts": texts}] if texts else []


def _of_decision(facts: Facts, key: str) -> list[Part]:
    return _quoted(facts["decision"][key]) if facts["decision"] else []


# --- tables of the annexes ----------------------------------------------------------------------------------


def _budget(facts: Facts, language: str) -> list[Part]:
    if facts["budget"] is None:
        return []
    return [
        table_part(
            (title.of(language), say.AMOUNT.of(language)),
            _budget_lines(facts["budget"][side], language),
            widths=["1fr", "auto"],
        )
        for side, title in say.BUDGET_SIDES.items()
    ]


def _budget_lines(side: Facts, language: str) -> list[Line]:
    lines: list[Line] = []
    for chapter in side["chapters"]:
        lines.append(((_account(chapter, language), euros(chapter["amount"], language)), True))
        lines += [
            ((_budget_line(line, language), euros(line["amount"], language)), False) for line in chapter["lines"]
        ]
    lines.append(((say.CASH_TOTAL.of(language), euros(side["total"], language)), True))
    lines.append(((say.IN_KIND.of(language), euros(side["in_kind"], language)), True))
    return lines


def _account(entry: Facts, language: str) -> str:
    return f"{entry['account']} – {Words(entry['name_fr'], entry['name_en']).of(language)}"


def _budget_line(line: Facts, language: str) -> str:
    status = say.LINE_STATUS[line["status"]].of(language) if line["status"] else ""
    said = " · ".join(filter(None, (_account(line, language), line["label"].strip())))
    return f"{said} ({status})" if status else said


def _calendar(facts: Facts, language: str) -> list[Part]:
    """Start, end, payments and reports in their order; what waits for a report alone stands after it."""
    terms = facts["terms"]
    due = {report["number"]: report["due_on"] for report in terms["reports"]}
    steps: list[tuple[str, int, tuple[str, str, str]]] = [
        (terms[key], rank, (_day(terms[key], language), label.of(language), ""))
        for rank, (key, label) in enumerate(say.MILESTONES.items())
        if terms[key]
    ]
    for report in terms["reports"]:
        by_day = say.BY_DAY.of(language).format(day=_day(report["due_on"], language))
        steps.append((report["due_on"], 2, (capital(by_day), report_name(report, language), "")))
    steps += [(_expected(tranche, due), 3, _tranche_step(tranche, language)) for tranche in terms["tranches"]]
    lines: list[Line] = [(cells, bool(cells[2])) for _, _, cells in sorted(steps, key=lambda step: step[:2])]
    return [
        table_part((column.of(language) for column in say.CALENDAR_COLUMNS), lines, widths=["42mm", "1fr", "auto"])
    ]


def _expected(tranche: Facts, due: Mapping[int, str]) -> str:
    """When a tranche can be due at the earliest, as far as days tell; at the signature before all days."""
    waited = [due.get(one["report"], "") for one in tranche["conditions"] if one["report"]]
    return max([tranche["due_on"] or "", *waited])


def _tranche_step(tranche: Facts, language: str) -> tuple[str, str, str]:
    """What stands under the date is not said again beside it."""
    name, amount = _tranche_name(tranche, language), euros(tranche["amount"], language)
    if not tranche["conditions"]:
        return capital(tranche_terms(tranche, language)), name, amount
    day = tranche["due_on"]
    when = say.FROM_DAY.of(language).format(day=_day(day, language)) if day else say.ON_CONDITIONS.of(language)
    return capital(when), f"{name}, {tranche_terms({**tranche, 'due_on': None}, language)}", amount


def _indicators(facts: Facts, language: str) -> list[Part]:
    lines: list[Line] = [
        ((Words(one["label_fr"], one["label_en"]).of(language), one["target"] or "–"), False)
        for one in facts["indicators"]
    ]
    columns = (column.of(language) for column in say.INDICATOR_COLUMNS)
    return [table_part(columns, lines, widths=["1fr", "60mm"])] if lines else []


INSERTS: Mapping[str, Callable[[Facts, str], list[Part]]] = {
    "summary": lambda facts, _: _quoted(facts["application"]["summary"]),
    "motivation": lambda facts, _: _of_decision(facts, "motivation"),
    "conditions": lambda facts, _: _of_decision(facts, "conditions"),
    "parts": _parts_of_members,
    "tranches": lambda facts, language: _tranches(facts["terms"], language),
    "reports": lambda facts, language: _reports(facts["terms"], language),
    "why": lambda facts, _: _quoted(facts["amends"]["why"]),
    "tranches_before": lambda facts, language: _tranches(facts["amends"]["terms"], language),
    "reports_before": lambda facts, language: _reports(facts["amends"]["terms"], language),
    "budget": _budget,
    "calendar": _calendar,
    "indicators": _indicators,
}
