"""Parts of a whole in whole cents: percents as people write them, shared out so that nothing is lost."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Final

CENT: Final = Decimal("0.01")


def share_out(total: Decimal, weights: Sequence[Fraction]) -> list[Decimal]:
    """The total, in euros, in proportion to the weights, by the largest remainder of cents.

    Each part is its exact share rounded down to the cent, or one cent more: the cents that are left go to the
    largest remainders, of equal ones to the first. They sum exactly to the total.
    """
    whole = sum(weights, Fraction(0))
    exact = [Fraction(total) * weight / whole for weight in weights]
    cents = [int(share * 100) for share in exact]
    left = int((total / CENT).to_integral_value(ROUND_FLOOR)) - sum(cents)
    order = sorted(range(len(exact)), key=lambda place: (cents[place] - exact[place] * 100, place))
    for place in order[:left]:
        cents[place] += 1
    return [CENT * count for count in cents]
