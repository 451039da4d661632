"""The account of a grant beside its plan: compared, added up and judged, by hand and at random."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fund.forms.account import (
    Account,
    Compared,
    awarded_plan,
    load_account,
    plain_plan,
    starting_rows,
    use_of_grant,
)
from fund.forms.accounts import Side, plan

Raw = dict[str, list[dict[str, str]]]
FUND = {"account": "74", "label": "Fonds ODD 17", "fund": "yes"}

# A plan of 50,000 €: the fund gives 20,000 €. 604 and 606 stand in one chapter.
PLANNED: Raw = {
    "charges": [
        {"account": "604", "label": "Étude", "amount": "8000"},
        {"account": "606", "label": "Papeterie", "amount": "2000"},
        {"account": "641", "label": "Coordination", "amount": "30 000"},
        {"account": "625", "label": "Déplacements", "amount": "10000"},
        {"account": "864", "label": "Bénévoles", "amount": "3000"},
    ],
    "products": [
        {**FUND, "amount": "20000"},
        {"account": "742", "label": "Région", "amount": "25000", "status": "granted"},
        {"account": "756", "label": "Cotisations", "amount": "5000"},
        {"account": "870", "label": "Bénévoles", "amount": "3000"},
    ],
}
# What was spent: 44,000 €. Chapter 60 as planned although its accounts are not; 62 a fifth less, exactly at the
# threshold; 64 a seventh less; 66 was not planned at all.
REALISED: Raw = {
    "charges": [
        {"account": "604", "amount": "6 500,00 €"},
        {"account": "606", "amount": "3500"},
        {"account": "641", "amount": "25950"},
        {"account": "625", "amount": "8000"},
        {"account": "66", "label": "Intérêts", "amount": "50"},
        {"account": "864", "amount": "3600"},
    ],
    "products": [
        {"account": "74", "fund": "yes", "amount": "14000"},
        {"account": "742", "amount": "25000"},
        {"account": "756", "amount": "5000"},
        {"account": "870", "amount": "3600"},
    ],
}
EXPLAINED = {"66": "Découvert de deux semaines."}


def read(
    realised: Any = REALISED,
    explanations: Any = EXPLAINED,
    *,
    planned: Any = PLANNED,
    threshold: str = "20",
    has_plan: bool = True,
    final: bool = True,
    complete: bool = True,
) -> Account:
    return load_account(
        planned,
        realised,
        explanations,
        threshold=Decimal(threshold),
        has_plan=has_plan,
        final=final,
        complete=complete,
    )


def found(account: Account) -> list[tuple[str, str]]:
    return [(path, str(problem)) for path, problem in account.problems]


def without(*accounts: str) -> Raw:
    return {side: [row for row in rows if row["account"] not in accounts] for side, rows in REALISED.items()}


def test_a_whole_account_is_compared_by_account_and_by_chapter() -> None:
    account = read()
    assert account.problems == ()
    assert [
        (chapter.key, str(chapter.amounts.difference), str(chapter.amounts.percent), chapter.is_beyond)
        for chapter in account.chapters
    ] == [
        ("60", "0.00", "0.0", False),
        ("62", "-2000.00", "-20.0", False),
        ("64", "-4050.00", "-13.5", False),
        ("66", "50.00", "None", True),
        ("86", "600.00", "20.0", False),
        ("74", "-6000.00", "-13.3", False),
        ("75", "0.00", "0.0", False),
        ("87", "600.00", "20.0", False),
    ]
    purchases = account.chapters[0]
    assert [(entry.account, entry.labels, str(entry.amounts.percent)) for entry in purchases.entries] == [
        ("604", ("Étude",), "-18.8"),
        ("606", ("Papeterie",), "75.0"),
    ]
    assert account.charges == Compared(Decimal(50_000), Decimal(44_000))
    assert account.products == Compared(Decimal(50_000), Decimal(44_000))
    assert (account.in_kind_charges, account.in_kind_products) == (Compared(Decimal(3_000), Decimal(3_600)),) * 2
    assert (account.spent, account.fund_share) == (Decimal(44_000), Decimal(14_000))


def test_the_line_of_this_fund_stands_apart_from_other_grants_of_its_account() -> None:
    other = {**REALISED, "products": [*REALISED["products"], {"account": "74", "amount": "10"}]}
    grants = next(chapter for chapter in read(other).chapters if chapter.key == "74")
    assert [(entry.account, entry.fund, str(entry.amounts.realised)) for entry in grants.entries] == [
        ("74", True, "14000.00"),
        ("74", False, "10.00"),
        ("742", False, "25000.00"),
    ]


def test_only_what_lies_beyond_the_threshold_is_explained() -> None:
    assert [chapter.key for chapter in read(threshold="19.99").to_explain] == ["62", "66", "86", "87"]
    assert [chapter.key for chapter in read(threshold="100").to_explain] == ["66"]
    missing = ("explanations.66", "explanation_missing")
    assert found(read(explanations={})) == [missing]
    assert found(read(explanations={"66": "  "})) == [missing]
    assert found(read(explanations=None)) == [missing]
    # Nothing need be said of an account that moved within its chapter, nor of what is gone.
    assert read(explanations=EXPLAINED | {"61": "De trop."}).problems == ()
    # A difference is judged before it is rounded: 20.004 % is beyond 20 %.
    assert Compared(Decimal(50_000), Decimal(60_002)).percent == Decimal("20.0")
    assert Compared(Decimal(50_000), Decimal(60_002)).is_beyond(Decimal(20))


def test_half_way_nothing_is_explained_and_nothing_balances() -> None:
    interim = read({"charges": [{"account": "604", "amount": "10"}], "products": []}, {}, final=False)
    assert (interim.problems, interim.to_explain) == ((), ())
    assert found(read({}, {}, final=False)) == [("charges", "account_without_charges")]


def test_what_is_missing_is_named_where_it_is_missing() -> None:
    assert found(read(without("756"))) == [
        ("products", "account_products_short"),
        ("explanations.75", "explanation_missing"),
    ]
    assert found(read(without("66"))) == [("charges", "account_products_above")]
    assert found(read(without("870"))) == [
        ("products", "in_kind_unequal"),
        ("explanations.87", "explanation_missing"),
    ]
    unmarked = {**REALISED, "products": [{**row, "fund": ""} for row in REALISED["products"]]}
    # The grant was planned on a line of its own, in the same chapter: nothing but the mark is missing.
    assert found(read(unmarked)) == [("products", "account_without_fund_line")]
    blank = {**REALISED, "charges": [*REALISED["charges"], {"account": "604"}, {"label": "Divers", "amount": "0"}]}
    assert found(read(blank)) == [("charges.6.amount", "required"), ("charges.7.account", "required")]
    assert read(blank, complete=False).problems == ()


def test_what_cannot_be_read_is_refused_once() -> None:
    wrong = {**REALISED, "charges": [*REALISED["charges"], {"account": "604", "amount": "beaucoup"}]}
    assert found(read(wrong)) == [("charges.6.amount", "not_an_amount")]
    assert found(read(REALISED, {"66": ["a"]})) == [("explanations.66", "not_a_text")]
    assert found(read(REALISED, {"66": "a" * 2_001})) == [("explanations.66", "too_long")]
    strange = {"charges": [{"account": "zz", "amount": "1"}, {"account": "742", "amount": "2"}]}
    account = read(strange, complete=False)
    assert [problem for _, problem in found(account)] == ["unknown_account"] * 2
    # What stands in no account of its side is still counted, so that totals say what was typed.
    assert account.charges.realised == Decimal(3)


def test_the_grant_is_a_ceiling_a_share_of_expenses_and_no_more_than_is_needed() -> None:
    awarded = Decimal(20_000)
    needed = use_of_grant(read(), awarded=awarded, paid=Decimal(16_000), rate=Decimal(70))
    assert (needed.by_rate, needed.earned, needed.unspent, needed.left) == (
        Decimal("30800.00"),
        Decimal(14_000),
        Decimal(2_000),
        Decimal(0),
    )
    by_rate = use_of_grant(read(), awarded=awarded, paid=Decimal(10_000), rate=Decimal("33.33"))
    assert (by_rate.by_rate, by_rate.earned) == (Decimal("14665.20"), Decimal(14_000))
    low = use_of_grant(read(), awarded=awarded, paid=Decimal(10_000), rate=Decimal("25.01"))
    assert (low.earned, low.left, low.unspent) == (Decimal("11004.40"), Decimal("1004.40"), Decimal(0))
    ceiling = use_of_grant(read(), awarded=Decimal(12_000), paid=Decimal(12_000), rate=Decimal(70))
    assert (ceiling.earned, ceiling.unspent, ceiling.left) == (Decimal(12_000), Decimal(0), Decimal(0))


def test_a_third_is_rounded_down_to_the_cent() -> None:
    raw = {"charges": [{"account": "604", "amount": "100"}], "products": [{**FUND, "amount": "100"}]}
    use = use_of_grant(read(raw), awarded=Decimal(100), paid=Decimal(0), rate=Decimal("33.333"))
    assert use.earned == Decimal("33.33")


def test_without_a_plan_each_side_is_one_whole() -> None:
    planned = plain_plan(Decimal(30_000), Decimal(12_000))
    realised = {
        "charges": [{"amount": "20000"}],
        "products": [{"fund": "yes", "amount": "9000"}, {"amount": "11000"}],
    }
    account = read(realised, {}, planned=planned, has_plan=False)
    assert [(c.key, c.amounts.planned, c.amounts.realised) for c in account.chapters] == [
        ("charges", Decimal(30_000), Decimal(20_000)),
        ("products", Decimal(30_000), Decimal(20_000)),
    ]
    assert found(account) == [
        ("explanations.charges", "explanation_missing"),
        ("explanations.products", "explanation_missing"),
    ]
    assert account.fund_share == Decimal(9_000)
    assert plain_plan(None, Decimal(12_000)) == {
        "charges": [{"amount": "12000"}],
        "products": [{"amount": "12000", "fund": "yes"}],
    }


def test_the_plan_has_what_was_awarded_in_the_place_of_what_was_asked() -> None:
    given = awarded_plan(PLANNED, Decimal("17500.00"))
    assert given["products"][0] == {**FUND, "amount": "17500.00"}
    assert (given["charges"], given["products"][1:]) == (PLANNED["charges"], PLANNED["products"][1:])
    assert PLANNED["products"][0]["amount"] == "20000"


def test_the_account_begins_with_the_lines_of_the_plan_and_no_amounts() -> None:
    rows = starting_rows(PLANNED)
    assert rows["charges"][0] == {"account": "604", "label": "Étude"}
    assert rows["products"][:2] == [FUND, {"account": "742", "label": "Région"}]
    assert {path.rpartition(".")[2] for path, _ in read(rows).problems} >= {"amount"}


AMOUNTS = st.decimals(0, 100_000, places=2).map(str)
ROWS = {
    side: st.lists(
        st.fixed_dictionaries(
            {"account": st.sampled_from([code for code, a in plan().items() if a.side is side]), "amount": AMOUNTS}
        ),
        max_size=12,
    )
    for side in Side
}
SHEETS = st.fixed_dictionaries({side.value: rows for side, rows in ROWS.items()})


@given(planned=SHEETS, realised=SHEETS, threshold=st.decimals(0, 100, places=2))
def test_chapters_and_accounts_add_up_to_the_totals(planned: Raw, realised: Raw, threshold: Decimal) -> None:
    account = read(realised, {}, planned=planned, threshold=str(threshold))
    keys = [(chapter.side, chapter.key) for chapter in account.chapters]
    assert len(set(keys)) == len(keys)
    for side, plain, in_kind in (
        (Side.CHARGES, account.charges, account.in_kind_charges),
        (Side.PRODUCTS, account.products, account.in_kind_products),
    ):
        typed = sum(Decimal(row["amount"]) for row in realised[side.value])
        assert plain.realised + in_kind.realised == typed
        assert sum(c.amounts.planned for c in account.of_side(side)) == plain.planned + in_kind.planned
    for chapter in account.chapters:
        assert sum(entry.amounts.realised for entry in chapter.entries) == chapter.amounts.realised
        share = abs(chapter.amounts.difference)
        assert chapter.is_beyond == (share > chapter.amounts.planned * threshold / 100)


@given(
    awarded=st.decimals(0, 100_000, places=2),
    paid=st.decimals(0, 100_000, places=2),
    rate=st.decimals("0.01", 100, places=2),
    realised=SHEETS,
)
def test_no_cent_is_earned_beyond_the_award_the_expenses_or_the_need(
    awarded: Decimal, paid: Decimal, rate: Decimal, realised: Raw
) -> None:
    account = read(realised)
    use = use_of_grant(account, awarded=awarded, paid=paid, rate=rate)
    assert 0 <= use.earned <= min(awarded, account.spent)
    assert use.paid + use.left - use.unspent == use.earned
    assert use.unspent == 0 or use.left == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["charges", "products", "account", "amount", "fund", "66"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_whatever_was_stored_is_read(planned: Any, realised: Any, explanations: Any) -> None:
    account = read(realised, explanations, planned=planned)
    assert all(path is not None and str(problem) for path, problem in account.problems)
