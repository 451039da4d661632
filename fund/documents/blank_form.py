"""The blank form of a call, to be read and filled in by hand: everything that the call asks, and its rules."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from fund.documents import form_words as say
from fund.documents.form_questions import Paper, yes_no
from fund.documents.typesetting import typeset
from fund.documents.words import (
    KINDS,
    file_kinds,
    in_language,
    instant_to_the_second,
    number_text,
    percent,
    territories,
)
from fund.forms.accounts import GRANTS, Account, Side, offered_accounts
from fund.forms.definition import (
    AllianceRule,
    BudgetRule,
    CallContent,
    MemberRule,
    Otherwise,
    RubricLine,
    Scoring,
)
from fund.forms.project import project_section
from fund.messages.formats import moment, money

MEMBER_ROWS_LEAST, MEMBER_ROWS_MOST = 4, 8

Data = dict[str, Any]
Rows = list[tuple[str, str]]


def render_blank_form(content: CallContent, locale: str) -> bytes:
    """The PDF in that language (``fr`` or ``en``); the same content gives the same bytes."""
    paper = Paper([project_section(content), *content.form.sections], locale)
    data = {
        "locale": locale,
        "words": in_language(say.WORDS, locale),
        "title": content.title.of(locale),
        "summary": content.summary.of(locale),
        "rules": _rules(content, locale),
        "criteria": [_criterion(line, locale) for line in content.rubric],
        "minimum": _minimum(content.scoring, locale) if content.rubric else "",
        "eligibility": _eligibility(content, locale),
        "yes-no": yes_no(locale),
        "sections": paper.sections(),
        "alliance": _alliance(content.alliance, locale),
        "budget": _budget(content.budget, locale) if content.budget else None,
        "documents": _documents(content, paper, locale),
        "declaration": content.declaration.of(locale),
    }
    # PDF/A wants a date, and this paper has no other: a call's version and its opening belong together.
    return typeset("blank_form", data, instant=content.opens_at)


def _rules(content: CallContent, locale: str) -> Rows:
    late = content.deadline
    rows = {
        "opens": moment(content.opens_at, locale),
        "closes": instant_to_the_second(content.closes_at, locale),
        "late": say.LATE[late.rule].of(locale).format(minutes=late.minutes),
        "envelope": money(content.envelope, locale),
        "grant": say.GRANT.of(locale).format(
            minimum=money(content.grant.minimum, locale),
            maximum=money(content.grant.maximum, locale),
            rate=percent(content.grant.rate, locale),
        ),
        "alliance": _composition(content.alliance, locale),
        "territory": territories(content.alliance.territory),
        "confirmations": say.CONFIRMED[content.alliance.confirmations].of(locale),
        "endorsement": say.ENDORSED.of(locale) if content.alliance.endorsement else "",
        "regime": _regime(content, locale),
    }
    return [(label.of(locale), rows[key]) for key, label in say.RULES.items() if rows[key]]


def _composition(rule: AllianceRule, locale: str) -> str:
    size = say.SIZE.of(locale).format(minimum=rule.minimum, maximum=rule.maximum)
    return "\n".join([size, *(_member_rule(line, locale) for line in rule.members)])


def _member_rule(line: MemberRule, locale: str) -> str:
    kind = KINDS[line.kind].of(locale) if line.kind in KINDS else line.kind
    seat = say.SITTING.of(locale).format(territory=territories(line.territory)) if line.territory else ""
    return say.MEMBERS.of(locale).format(minimum=line.minimum, kind=kind) + seat


def _regime(content: CallContent, locale: str) -> str:
    contract = say.CONTRACT.of(locale) if content.regime.republican_contract else ""
    return "\n".join(filter(None, (say.REGIMES[content.regime.aid].of(locale), contract)))


def _criterion(line: RubricLine, locale: str) -> Data:
    below = say.BELOW.of(locale).format(mark=line.threshold) if line.threshold is not None else ""
    return {
        "label": line.label.of(locale),
        "weight": percent(line.weight, locale),
        "scale": say.MARKS.of(locale).format(most=line.scale),
        "notes": [note for note in (line.help.of(locale), below) if note],
        "marks": [(str(mark), anchor.of(locale)) for mark, anchor in enumerate(line.anchors) if anchor],
    }


def _minimum(scoring: Scoring, locale: str) -> str:
    if scoring.minimum is None:
        return ""
    return say.MINIMUM.of(locale).format(score=number_text(scoring.minimum, locale))


def _eligibility(content: CallContent, locale: str) -> list[Data]:
    return [
        {
            "question": question.question.of(locale),
            "because": say.EXPECTED[question.expected].of(locale).format(because=question.because.of(locale)),
            "ask": say.ASK.of(locale) if question.otherwise is Otherwise.ASK else "",
        }
        for question in content.eligibility
    ]


def _alliance(rule: AllianceRule, locale: str) -> Data:
    """An empty table of members, the lead first, with room for those that the rule wants."""
    wanted = max(rule.minimum, sum(line.minimum for line in rule.members), MEMBER_ROWS_LEAST)
    return {
        "columns": [column.of(locale) for column in say.MEMBER_COLUMNS],
        "rows": min(wanted, rule.maximum, MEMBER_ROWS_MOST),
    }


def _budget(rule: BudgetRule, locale: str) -> Data:
    """The plan in two columns, charges beside products, and contributions in kind below the totals."""
    accounts = offered_accounts(rule).values()
    return {
        "rows": _side_by_side([account for account in accounts if not account.is_in_kind], locale),
        "in-kind": _side_by_side([account for account in accounts if account.is_in_kind], locale),
    }


def _side_by_side(accounts: list[Account], locale: str) -> list[list[Data | None]]:
    charges, products = (list(_lines(accounts, side, locale)) for side in (Side.CHARGES, Side.PRODUCTS))
    return [list(pair) for pair in zip_longest(charges, products)]


def _lines(accounts: list[Account], side: Side, locale: str) -> Iterator[Data]:
    for account in accounts:
        if account.side is not side:
            continue
        label = f"{account.code} {account.label.of(locale)}"
        yield {"label": label, "chapter": account.code == account.chapter}
        if account.code == GRANTS:
            yield {"label": say.FUND_LINE.of(locale), "chapter": False}


def _documents(content: CallContent, paper: Paper, locale: str) -> Data:
    return {
        "columns": [column.of(locale) for column in say.DOCUMENT_COLUMNS],
        "rows": [
            {
                "label": rule.label.of(locale),
                "required": rule.required,
                "help": rule.help.of(locale),
                "condition": paper.document_condition(rule.show_if),
                "each": say.PER_MEMBER.of(locale) if rule.per_member else "",
                "files": file_kinds(rule.files, locale),
            }
            for rule in content.documents
        ],
    }
