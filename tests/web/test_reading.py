"""A file in words: for who judges it, at no greater cost for a longer one; and what changed between two texts."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from fund.db import SessionFactory, unit_of_work
from fund.forms.project import BUDGET
from fund.services import committee, reviews
from fund.services.steps import take_step
from fund.services.writing import save_part
from fund.web.comparison import Op, word_changes
from tests.filling import DECLARED, complete_draft, open_call
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


def test_officers_reviewers_and_committee_read_everything_that_was_deposited(
    sign_in: SignIn, factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        call = open_call(session, world)
        draft = complete_draft(session, world, call)
        take_step(session, world["applicant"], draft, "submit", inputs=DECLARED)
        for name in ("reviewer", "reviewer2"):
            reviews.assign(session, world["officer"], draft, world.person(session, name))
        take_step(session, world["officer"], draft, "start_review")
        review = draft.reviews[0].reference
        for reading in draft.reviews:
            world.score(session, reading)
        take_step(session, world["officer"], draft, "conclude_review")
        sitting = world.sitting(session, call.id)
        committee.put_on_agenda(session, world["officer"], sitting, draft)
        reference, sitting_reference = draft.reference, sitting.reference
    pages = {
        "officer": f"/dossiers/{reference}/depot",
        "reviewer": f"/evaluations/{review}",
        "member": f"/comite/{sitting_reference}/dossiers/{reference}",
    }
    for name, path in pages.items():
        page = sign_in(name).get(path).text
        for words in (
            "Tous les habitants",
            "Étude de terrain",
            "piece.pdf",
            "Dominique Essai",
            'class="financing"',
        ):
            assert words in page, (name, words)
        assert ("contact@essai.example" in page.split('id="lu-practical"')[0]) == (name == "officer")


def test_a_long_file_costs_no_more_statements(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        call = open_call(session, world)
        short, long = (complete_draft(session, world, call) for _ in range(2))
        rows = [{"step": f"Étape {n}", "until": "2027-06-30", "pilot": "Nous"} for n in range(10)]
        save_part(session, world["applicant"], long, "partnership", {"steps": rows}, base=99)
        charges = [{"account": "604", "label": f"Étude {n}", "amount": "1000"} for n in range(40)]
        save_part(session, world["applicant"], long, BUDGET, {"charges": charges}, base=99)
        references = [short.reference, long.reference]
    browser = sign_in("applicant")
    counted = []
    for reference in references:
        statements: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any, kept: list[str] = statements) -> None:
            kept.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert browser.get(f"/mes-dossiers/{reference}/depot").status_code == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counted.append(len(statements))
    assert counted[0] == counted[1] > 0


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "Un mot"),
        ("Un mot", ""),
        ("Nous touchons 40 personnes.", "Nous touchons environ 60 personnes par an."),
        ("une\ndeux\ntrois", "une\ntrois\nquatre"),
        ("a " * 4_000, "b " * 4_000),
    ],
)
def test_the_pieces_of_a_change_are_both_texts(before: str, after: str) -> None:
    pieces = word_changes(before, after)
    assert "".join(text for op, text in pieces if op is not Op.INSERTED) == before
    assert "".join(text for op, text in pieces if op is not Op.DELETED) == after


def test_what_stays_is_told_apart_from_what_changed() -> None:
    pieces = word_changes("Nous touchons 40 personnes.", "Nous touchons 60 personnes.")
    assert pieces == (
        (Op.KEPT, "Nous touchons "),
        (Op.DELETED, "40"),
        (Op.INSERTED, "60"),
        (Op.KEPT, " personnes."),
    )
