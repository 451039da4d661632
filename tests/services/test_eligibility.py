"""What a call's rules say of a few answers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fund.forms.definition import (
    AllianceRule,
    CallContent,
    Confirmations,
    EligibilityQuestion,
    GrantRule,
    MemberRule,
    OrganisationKind,
    Otherwise,
    Words,
)
from fund.services.eligibility import Answers, Unsaid, Verdict, check_eligibility
from workflows.reasons import ReasonCode

TOWN, ASSOCIATION, COMPANY = (
    OrganisationKind.LOCAL_AUTHORITY,
    OrganisationKind.ASSOCIATION,
    OrganisationKind.COMPANY,
)
CONTENT = CallContent(
    title=Words("Appel", "Call"),
    summary=Words("Résumé", "Summary"),
    opens_at=datetime(2027, 1, 1, tzinfo=UTC),
    closes_at=datetime(2027, 3, 1, tzinfo=UTC),
    envelope=Decimal(200_000),
    grant=GrantRule(Decimal(1_000), Decimal(60_000), Decimal(70)),
    alliance=AllianceRule(
        members=(MemberRule(TOWN), MemberRule(ASSOCIATION), MemberRule(COMPANY)),
        minimum=3,
        maximum=5,
        territory=("dep:31",),
        confirmations=Confirmations.ALL,
        endorsement=True,
    ),
    eligibility=(
        EligibilityQuestion("begun", Words("Déjà engagé ?"), Words("Trop tard."), expected=False),
        EligibilityQuestion("general", Words("Général ?"), Words("Écrivez-nous."), otherwise=Otherwise.ASK),
    ),
)
GOOD = Answers(
    own=ASSOCIATION,
    partners={TOWN: 1, COMPANY: 1},
    commune="31458",
    total_budget=Decimal(40_000),
    grant=Decimal(20_000),
    said={"begun": False, "general": True},
)


def codes(answers: Answers, content: CallContent = CONTENT) -> list[ReasonCode | None]:
    return [
        ground.reason.code if ground.reason else None for ground in check_eligibility(content, answers).grounds
    ]


def test_answers_within_the_rules_are_a_yes() -> None:
    found = check_eligibility(CONTENT, GOOD)
    assert (found.verdict, found.grounds, found.unsaid) == (Verdict.YES, (), ())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"partners": {TOWN: 2}}, ReasonCode.KIND_MISSING),
        ({"partners": {TOWN: 1, COMPANY: 5}}, ReasonCode.MEMBERS_TOO_MANY),
        ({"commune": "75056"}, ReasonCode.OUTSIDE_TERRITORY),
        ({"grant": Decimal("60000.01"), "total_budget": Decimal(100_000)}, ReasonCode.AMOUNT_OUT_OF_RANGE),
        ({"grant": Decimal("999.99")}, ReasonCode.AMOUNT_OUT_OF_RANGE),
        ({"grant": Decimal("28000.01")}, ReasonCode.RATE_TOO_HIGH),
        ({"grant": None, "total_budget": Decimal("1428.57")}, ReasonCode.BUDGET_TOO_SMALL),
    ],
)
def test_each_rule_that_is_broken_is_a_no_with_its_reason(changes: dict[str, object], code: ReasonCode) -> None:
    answers = replace(GOOD, **changes)  # type: ignore[arg-type]  # the table holds values of several types
    assert check_eligibility(CONTENT, answers).verdict is Verdict.NO
    assert codes(answers) == [code]


def test_the_limits_themselves_are_within() -> None:
    for grant, budget in ((1_000, 40_000), (60_000, 100_000), (28_000, 40_000)):
        answers = replace(GOOD, grant=Decimal(grant), total_budget=Decimal(budget))
        assert check_eligibility(CONTENT, answers).verdict is Verdict.YES, grant
    barely = replace(GOOD, grant=None, total_budget=Decimal("1428.58"))
    assert check_eligibility(CONTENT, barely).verdict is Verdict.YES


def test_every_reason_is_told_at_once() -> None:
    answers = Answers(own=COMPANY, grant=Decimal(5), said={"begun": True, "general": False})
    found = check_eligibility(CONTENT, answers)
    assert found.verdict is Verdict.NO
    assert codes(answers) == [
        ReasonCode.KIND_MISSING,
        ReasonCode.KIND_MISSING,
        ReasonCode.MEMBERS_TOO_FEW,
        ReasonCode.AMOUNT_OUT_OF_RANGE,
        None,
        None,
    ]
    assert [ground.words.fr for ground in found.grounds[-2:]] == ["Trop tard.", "Écrivez-nous."]


def test_a_doubt_is_ask_us_and_a_no_outweighs_it() -> None:
    doubtful = replace(GOOD, said={"begun": False, "general": False})
    assert check_eligibility(CONTENT, doubtful).verdict is Verdict.ASK
    both = replace(GOOD, said={"begun": True, "general": False})
    assert check_eligibility(CONTENT, both).verdict is Verdict.NO


def test_what_was_not_answered_remains_to_be_looked_at() -> None:
    silent = replace(GOOD, commune=None, grant=None, total_budget=None)
    found = check_eligibility(CONTENT, silent)
    assert (found.verdict, found.unsaid) == (Verdict.YES, (Unsaid.PLACE, Unsaid.GRANT))
    assert check_eligibility(CONTENT, replace(GOOD, total_budget=None)).unsaid == (Unsaid.RATE,)
    anywhere = replace(CONTENT, alliance=replace(CONTENT.alliance, territory=()))
    assert check_eligibility(anywhere, replace(GOOD, commune=None)).unsaid == ()


def test_where_a_kind_must_sit_somewhere_ones_own_seat_is_asked_about() -> None:
    rule = replace(CONTENT.alliance, members=(MemberRule(ASSOCIATION, 1, ("dep:31",)), MemberRule(TOWN)))
    content = replace(CONTENT, alliance=rule)
    found = check_eligibility(content, GOOD)
    assert found.verdict is Verdict.ASK
    assert codes(GOOD, content) == [ReasonCode.OWN_SEAT_UNKNOWN]
    counted = replace(GOOD, partners={**GOOD.partners, ASSOCIATION: 1})
    assert check_eligibility(content, counted).verdict is Verdict.YES
    none_there = replace(GOOD, own=COMPANY, partners={TOWN: 1, COMPANY: 1})
    assert codes(none_there, content) == [ReasonCode.KIND_TOO_FEW_THERE]


def test_a_call_without_rules_is_for_everybody() -> None:
    content = replace(CONTENT, alliance=AllianceRule(), eligibility=())
    assert check_eligibility(content, Answers(own=OrganisationKind.OTHER)).verdict is Verdict.YES
