"""The picture of the financing: the same facts in the bar and in the table, and nothing that the policy blocks."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale

from fund.forms.accounts import Source
from fund.forms.budget import Slice, Status

SLICES = [
    Slice(Source.FUND, Decimal("10000.00"), Decimal("0.4000"), Status.ASKED),
    Slice(Source.PUBLIC, Decimal("14000.00"), Decimal("0.5600"), Status.GRANTED),
    Slice(Source.IN_KIND, Decimal("1000.00"), Decimal("0.0400"), None),
]
PAGE = (
    '{% extends "layout/page.html" %}{% from "components/budget.html" import financing_picture %}'
    "{% block content %}{{ financing_picture(slices) }}{% endblock %}"
)


@pytest.fixture(autouse=True)
def request_in_hand(shell: FlaskClient) -> Iterator[None]:
    with shell.application.test_request_context():
        yield


def picture(slices: list[Slice]) -> str:
    with force_locale("en"):
        page = render_template_string(PAGE, slices=slices)
    return page.partition("<main")[2].partition("</main>")[0]


def test_the_parts_lie_side_by_side_and_fill_the_bar() -> None:
    rects = re.findall(r'<rect x="([0-9.]+)%" y="2" width="([0-9.]+)%"', picture(SLICES))
    ends = [Decimal(start) + Decimal(width) for start, width in rects]
    assert [Decimal(start) for start, _ in rects] == [0, *ends[:-1]]
    assert ends[-1] == 100


def test_the_table_says_all_that_the_bar_shows() -> None:
    table = " ".join(re.sub(r"<[^>]+>", " ", picture(SLICES).partition("<table")[2]).split())
    for fact in ("A This fund asked €10,000.00 40%", "B Public co-financing granted €14,000.00 56%"):
        assert fact in table
    assert "C Contributions in kind €1,000.00 4%" in table
    assert "Total €25,000.00" in table


def test_a_part_too_narrow_for_its_letter_has_it_in_the_table_only() -> None:
    letters = re.findall(r"<text [^>]+>([A-Z])</text>", picture(SLICES))
    assert letters == ["A", "B"]


def test_nothing_is_styled_inline_and_an_empty_budget_has_no_picture() -> None:
    drawn = picture(SLICES)
    assert "<figure" in drawn
    assert "style" not in drawn
    assert "<script" not in drawn
    assert "<figure" not in picture([])
