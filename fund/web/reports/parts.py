"""The parts of a report: their names, where each is written, how far it is, and what is missing in it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from fund.documents.account_sheet import SIDES
from fund.edge.i18n import current_language
from fund.edge.sentences import problem_sentence
from fund.forms.accounts import Side, plan
from fund.forms.definition import Words
from fund.models import Report
from fund.services.report_writing import (
    ACCOUNT,
    OWN,
    explanation_name,
    judge_part,
    part_form,
    part_keys,
    raw_part,
)
from fund.services.writing import digest_of
from fund.web.applicant.parts import PartLink, PartState


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that speaks against handing the report in: its part, what it is, and where it is mended."""

    part: str
    label: str
    sentence: str
    url: str


def gaps_of(report: Report) -> list[Gap]:
    """Everything that is missing or wrong, in the order of the parts."""
    return [*_gaps_of_own(report), *_gaps_of_account(report), *_gaps_of_answers(report)]


def parts_of(report: Report, gaps: list[Gap]) -> list[PartLink]:
    """The list of parts with their states."""
    missing = Counter(gap.part for gap in gaps)
    return [
        PartLink(
            key=key,
            title=title_of(report, key),
            url=url_of(report, key),
            state=_state_of(report, key, missing[key]),
            missing=missing[key],
            is_open=True,
        )
        for key in part_keys(report)
    ]


def title_of(report: Report, key: str) -> str:
    """The name of a part on screen."""
    if key == ACCOUNT:
        return str(gettext("The account"))
    return part_form(report, key).title.of(current_language())


def url_of(report: Report, key: str, anchor: str | None = None, *, shows_missing: bool = False) -> str:
    """Where a part is written; ``shows_missing``: with what is missing in it."""
    reference, manques = report.reference, "1" if shows_missing else None
    if key == ACCOUNT:
        return url_for("reports.account", reference=reference, _anchor=anchor, manques=manques)
    return url_for("reports.write", reference=reference, part=key, _anchor=anchor, manques=manques)


def control_of(path: str) -> str:
    """The name of the control at a path of the account's problems: ``charges-3-amount``, ``because_60``."""
    head, _, rest = path.partition(".")
    return explanation_name(rest) if head == "explanations" else path.replace(".", "-")


def chapter_label(key: str) -> str:
    """« 60 Achats », or the name of a whole side."""
    account = plan().get(key)
    if account is not None:
        return f"{account.code} {account.label.of(current_language())}"
    return side_words(Side(key)).of(current_language()) if key in set(Side) else key


def side_words(side: Side) -> Words:
    return SIDES[side]


def _state_of(report: Report, key: str, missing: int) -> PartState:
    if key == ACCOUNT:
        is_begun = bool(report.account_rows())
    else:
        is_begun = any(map(digest_of, raw_part(report, key).values()))
    if not is_begun and missing:
        return PartState.EMPTY
    return PartState.BEGUN if missing else PartState.COMPLETE


def _gaps_of_own(report: Report) -> Iterator[Gap]:
    for found in judge_part(report, OWN, raw_part(report, OWN), complete=True).problems:
        anchor = f"q-{found.path.partition('.')[2]}"
        label, sentence = found.label.of(current_language()), problem_sentence(found.problem)
        yield Gap(OWN, label, sentence, url_of(report, OWN, anchor, shows_missing=True))


def _gaps_of_account(report: Report) -> Iterator[Gap]:
    for path, problem in report.judge_account().problems:
        head, _, rest = path.partition(".")
        label = chapter_label(rest if head == "explanations" else head)
        url = url_of(report, ACCOUNT, f"q-{control_of(path)}", shows_missing=True)
        yield Gap(ACCOUNT, label, problem_sentence(problem), url)


def _gaps_of_answers(report: Report) -> Iterator[Gap]:
    for found in report.judge_answers().problems:
        part, _, rest = found.path.partition(".")
        label, sentence = found.label.of(current_language()), problem_sentence(found.problem)
        yield Gap(part, label, sentence, url_of(report, part, f"q-{rest.replace('.', '-')}", shows_missing=True))
