"""An award in shares sums exactly to the award, to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.forms.shares import share_out

AMOUNTS = st.decimals(min_value="0.01", max_value="999999999.99", places=2)
WEIGHTS = st.lists(st.fractions(min_value=Fraction(1, 10_000), max_value=100), min_size=1, max_size=24)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("100.00", (1, 1, 1), ("33.34", "33.33", "33.33")),
        ("0.01", (1, 1), ("0.01", "0.00")),
        ("100.00", (40, 40, 20), ("40.00", "40.00", "20.00")),
        ("10.00", (1, 2), ("3.33", "6.67")),
    ],
)
def test_the_cents_that_are_left_go_to_the_largest_remainders(
    total: str, weights: tuple[int, ...], parts: tuple[str, ...]
) -> None:
    assert [str(part) for part in share_out(Decimal(total), [Fraction(one) for one in weights])] == list(parts)


@given(AMOUNTS, WEIGHTS)
def test_nothing_is_lost_and_each_part_is_right_to_the_cent(total: Decimal, weights: list[Fraction]) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total) * weight / sum(weights)
        assert abs(Fraction(part) - exact) < Fraction(1, 100)
        assert part >= 0
