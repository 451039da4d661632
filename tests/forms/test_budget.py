"""The budget in the Cerfa plan: read whatever was typed, added up exactly, judged in full only when asked."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.forms.accounts import Side, Source, offered_accounts, plan
from fund.forms.budget import MAX_LINES, Budget, Cofinancing, Status, financing_of, load_budget
from fund.forms.definition import BudgetRule, GrantRule

GRANT = GrantRule(minimum=Decimal(1_000), maximum=Decimal(60_000), rate=Decimal(50))
RULE = BudgetRule(evidence=True)


def charge(account: str, amount: str) -> dict[str, str]:
    return {"account": account, "label": "", "amount": amount}


def product(account: str, amount: str, **rest: str) -> dict[str, str]:
    return {"account": account, "label": "", "amount": amount, "status": "", "evidence": "", "fund": "", **rest}


def sound() -> dict[str, list[dict[str, str]]]:
    """A budget of 20,000 € that lacks nothing, with 3,000 € in kind."""
    return {
        "charges": [charge("601", "4 500,50"), charge("641", "15 499,50 €"), charge("864", "3000")],
        "products": [
            product("74", "10000", fund="yes"),
            product("742", "6000", status="granted", evidence="DOC-1"),
            product("749", "1500", status="asked"),
            product("756", "2500"),
            product("870", "3000"),
        ],
    }


def read(raw: Any, *, rule: BudgetRule = RULE, complete: bool = True) -> Budget:
    return load_budget(raw, rule, GRANT, complete=complete)


def found(raw: Any, *, rule: BudgetRule = RULE, complete: bool = True) -> list[tuple[str, str]]:
    return [(path, str(problem)) for path, problem in read(raw, rule=rule, complete=complete).problems]


def test_a_sound_budget_is_added_up_to_the_cent() -> None:
    budget = read(sound())
    assert budget.problems == ()
    assert (budget.total_charges, budget.total_products) == (Decimal("20000.00"), Decimal("20000.00"))
    assert (budget.in_kind_charges, budget.in_kind_products) == (Decimal("3000.00"), Decimal("3000.00"))
    assert budget.requested == Decimal("10000.00")
    assert budget.rate == Decimal("50.00")
    assert budget.balance == 0
    assert budget.cofinancing == Cofinancing(asked=Decimal(1500), granted=Decimal(6000), own=Decimal(2500))


def test_lines_are_known_by_their_place() -> None:
    lines = {line.key: line for line in read(sound()).lines}
    assert next(iter(lines)) == "charges.0"
    granted = lines["products.1"]
    assert (granted.status, granted.evidence, granted.source) == (Status.GRANTED, "DOC-1", Source.PUBLIC)
    assert lines["products.0"].fund
    assert lines["products.0"].status is Status.ASKED
    assert lines["charges.2"].is_in_kind


def test_an_empty_budget_is_a_draft_without_faults_that_lacks_a_grant() -> None:
    blanks: list[dict[str, Any]] = [
        {},
        {"charges": [], "products": []},
        {"charges": None},
        {"products": [product("", " ")]},
    ]
    for nothing in blanks:
        assert found(nothing, complete=False) == []
        assert found(nothing) == [("products", "fund_line_missing")]
        assert read(nothing).rate is None


@pytest.mark.parametrize(
    ("side", "row", "path", "code"),
    [
        ("charges", {"account": "999", "amount": "1"}, "charges.0.account", "unknown_account"),
        ("charges", {"account": "742", "amount": "1"}, "charges.0.account", "unknown_account"),
        ("charges", {"account": "601", "amount": "-1"}, "charges.0.amount", "amount_too_small"),
        ("charges", {"account": "601", "amount": "douze"}, "charges.0.amount", "not_an_amount"),
        ("charges", {"account": "601", "amount": "1,005"}, "charges.0.amount", "too_many_decimals"),
        ("charges", {"account": "601", "label": "x" * 201}, "charges.0.label", "too_long"),
        ("charges", {"account": "601", "status": "asked"}, "charges.0.status", "unknown_field"),
        ("charges", "601", "charges.0", "not_an_object"),
        ("products", {"account": "742", "status": "perhaps"}, "products.0.status", "not_a_choice"),
        ("products", {"account": "74", "fund": "perhaps"}, "products.0.fund", "not_yes_or_no"),
        ("products", {"account": "70", "fund": "yes"}, "products.0.account", "fund_line_account"),
    ],
)
def test_a_fault_is_named_at_its_place_in_a_draft_already(side: str, row: Any, path: str, code: str) -> None:
    assert found({side: [row]}, complete=False) == [(path, code)]
    assert [where for where, _ in found({side: [row]})].count(path) == 1


def test_a_side_that_is_no_list_and_a_side_that_is_none() -> None:
    assert found([], complete=False) == [("", "not_an_object")]
    assert found({"charges": {}, "profits": []}, complete=False) == [
        ("profits", "unknown_field"),
        ("charges", "not_a_list"),
    ]
    rows = [charge("601", "1")] * (MAX_LINES + 1)
    assert found({"charges": rows}, complete=False) == [("charges", "too_many_rows")]
    assert read({"charges": rows}).total_charges == MAX_LINES


def test_the_difference_is_told_with_its_amount() -> None:
    raw = sound()
    raw["charges"][0]["amount"] = "5700.50"
    [(path, problem)] = read(raw).problems
    assert (path, problem, problem.params) == ("products", "products_short", {"difference": Decimal("1200.00")})
    raw["charges"][0]["amount"] = "4000.50"
    problems = dict(read(raw).problems)
    assert problems["charges"] == "charges_short"
    assert problems["charges"].params == {"difference": Decimal("500.00")}


def test_contributions_in_kind_must_be_equal_and_do_not_hide_a_difference() -> None:
    raw = sound()
    raw["charges"][2]["amount"] = "3500"
    assert found(raw) == [("products", "in_kind_unequal")]
    raw["charges"][1]["amount"] = "14999.50"  # the sum of all lines is equal again, the two parts are not
    assert ("charges", "charges_short") in found(raw)


def test_in_kind_does_not_raise_the_ceiling_of_the_grant() -> None:
    raw = sound()
    raw["products"][0]["amount"], raw["products"][3]["amount"] = "10000.01", "2499.99"
    [(path, problem)] = read(raw).problems
    assert (path, problem) == ("products.0.amount", "grant_above_rate")
    assert problem.params == {"rate": Decimal(50), "largest": Decimal("10000.00")}


@pytest.mark.parametrize("amount", ["999.99", "60000.01"])
def test_the_grant_keeps_within_the_limits_of_the_call(amount: str) -> None:
    raw = {
        "charges": [charge("60", "200000")],
        "products": [product("74", amount, fund="yes"), product("70", str(200000 - Decimal(amount)))],
    }
    assert found(raw) == [("products.0.amount", "grant_out_of_range")]


def test_exactly_one_line_is_asked_from_this_fund() -> None:
    raw = sound()
    raw["products"][0]["fund"] = ""
    assert found(raw) == [("products.0.status", "status_missing"), ("products", "fund_line_missing")]
    raw = sound()
    raw["products"][2]["fund"] = "yes"
    assert ("products.2.fund", "fund_line_twice") in found(raw, complete=False)


def test_another_funder_s_money_is_asked_or_granted_with_evidence() -> None:
    raw = sound()
    raw["products"][1]["evidence"] = ""
    assert found(raw) == [("products.1.evidence", "evidence_missing")]
    assert found(raw, rule=BudgetRule(evidence=False)) == []
    raw["products"][1]["status"] = ""
    assert found(raw) == [("products.1.status", "status_missing")]
    assert found(raw, complete=False) == []
    assert read(raw).cofinancing.asked == Decimal(7500)


def test_what_is_missing_in_a_line() -> None:
    raw = {"charges": [{"label": "papier"}]}
    assert found(raw, complete=False) == []
    assert found(raw)[:2] == [("charges.0.account", "required"), ("charges.0.amount", "required")]


def test_a_call_offers_what_its_rule_names() -> None:
    assert set(offered_accounts(BudgetRule())) == set(plan())
    few = offered_accounts(BudgetRule(accounts=("60", "641", "75"), in_kind=False))
    assert {code[:2] for code in few} == {"60", "64", "74", "75"}
    assert {"601", "641", "74", "741", "756"} <= set(few)
    assert not {"64", "645", "86", "87"} & set(few)
    rule = BudgetRule(accounts=("60",), in_kind=False)
    raw = {"charges": [charge("641", "1"), charge("86", "1")]}
    assert found(raw, rule=rule, complete=False) == [
        ("charges.0.account", "unknown_account"),
        ("charges.1.account", "unknown_account"),
    ]


def test_the_plan_is_that_of_the_form() -> None:
    chapters = {side: [code for code in plan() if len(code) == 2 and plan()[code].side is side] for side in Side}
    assert chapters[Side.CHARGES] == [*(str(code) for code in range(60, 70)), "86"]
    assert chapters[Side.PRODUCTS] == ["70", "73", "74", "75", "76", "77", "78", "79", "87"]
    for code, account in plan().items():
        assert account.chapter in plan()
        assert account.side is plan()[account.chapter].side
        assert account.label.fr
        assert account.label.en
        assert (account.source is None) is (account.side is Side.CHARGES), code


def test_the_picture_of_the_financing() -> None:
    slices = financing_of(read(sound()))
    assert [(part.source, part.amount, part.status) for part in slices] == [
        (Source.FUND, Decimal(10000), Status.ASKED),
        (Source.PUBLIC, Decimal(6000), Status.GRANTED),
        (Source.PRIVATE, Decimal(1500), Status.ASKED),
        (Source.OWN, Decimal(2500), None),
        (Source.IN_KIND, Decimal(3000), None),
    ]
    assert slices[0].share == Decimal("0.4348")
    assert financing_of(read({})) == []


@pytest.mark.parametrize(
    ("row", "source"),
    [
        (product("", "5"), (Source.OWN, None)),
        (product("748", "5"), (Source.PUBLIC, Status.ASKED)),
        (product("758", "5"), (Source.PRIVATE, Status.ASKED)),
    ],
)
def test_a_line_half_filled_is_in_the_picture_too(
    row: dict[str, str], source: tuple[Source, Status | None]
) -> None:
    [part] = financing_of(read({"products": [row]}))
    assert (part.source, part.status) == source
    assert part.share == 1


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = scalars | st.sampled_from(["601", "74", "742", "864", "87", "yes", "asked", "granted", "1 200,50"])
names = st.sampled_from(["account", "label", "amount", "status", "evidence", "fund"]) | st.text(max_size=3)
json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
rows = st.lists(st.dictionaries(names, values | json, max_size=6) | json, max_size=5)
budgets = json | st.dictionaries(st.sampled_from(["charges", "products", "other"]), rows | json, max_size=3)


@given(raw=budgets, complete=st.booleans(), evidence=st.booleans(), in_kind=st.booleans())
def test_no_json_can_make_it_raise(raw: Any, *, complete: bool, evidence: bool, in_kind: bool) -> None:
    budget = load_budget(raw, BudgetRule(in_kind=in_kind, evidence=evidence), GRANT, complete=complete)
    products = sum((line.amount or 0 for line in budget.lines if line.side is Side.PRODUCTS), Decimal(0))
    assert budget.total_products + budget.in_kind_products == products
    assert sum((part.amount for part in financing_of(budget)), Decimal(0)) == products
    assert all(isinstance(path, str) for path, _ in budget.problems)


amounts = st.decimals(min_value=0, max_value=Decimal("999999.99"), places=2)


@given(charges=st.lists(amounts, max_size=8), products=st.lists(amounts, max_size=8))
def test_the_balance_is_told_exactly_when_there_is_a_difference(
    charges: list[Decimal], products: list[Decimal]
) -> None:
    raw = {
        "charges": [charge("601", str(amount)) for amount in charges],
        "products": [product("70", str(amount)) for amount in products],
    }
    budget = read(raw)
    assert budget.balance == sum(products) - sum(charges)
    problems = {str(problem): problem for _, problem in budget.problems}
    assert ("products_short" in problems) is (budget.balance < 0)
    assert ("charges_short" in problems) is (budget.balance > 0)
