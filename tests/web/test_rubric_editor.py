"""The page of the rubric: what marks mean, and what still changes once files are being read by it."""

from typing import Any

from sqlalchemy import select

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Words
from fund.models import Call, Criterion, Score
from tests.scenario import World
from tests.web.call_writing import Written, edit, part
from tests.web.call_writing import draft as draft
from tests.web.call_writing import officer as officer
from tests.web.call_writing import published as published
from tests.web.call_writing import written as written
from tests.web.conftest import Browser
from tests.web.reading import sent_of


def test_a_new_criterion_has_room_for_its_marks_and_takes_its_key_from_its_name(
    officer: Browser, draft: str, written: Written
) -> None:
    path = part(draft, "grille")
    sent: dict[str, Any] = sent_of(edit(officer, path, act="add:rubric").text)
    assert [f"rubric.4.anchors.{mark}.fr" in sent for mark in range(7)] == [True] * 6 + [False]
    sent |= {"rubric.4.label.fr": "Coût du projet", "rubric.4.weight": "10", "rubric.4.scale": "3"}
    sent |= {"rubric.4.anchors.3.fr": "Justifié", "rubric.3.weight": "5"}
    assert officer.client.post(path, data=sent).status_code == 303
    added = written(draft).rubric[4]
    assert (added.key, added.scale) == ("cout_du_projet", 3)
    assert added.anchors == (Words(), Words(), Words(), Words("Justifié"))
    # A long scale has no room for words.
    page = edit(officer, path, act="add:rubric", **{"rubric.4.scale": "20", "rubric.4.anchors.3.fr": ""}).text
    assert "rubric.4.anchors.4.fr" not in page
    assert "rubric.5.anchors.5.fr" in page


def test_the_rubric_of_files_that_are_being_read_changes_in_words_alone(
    officer: Browser, browser: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        world.reviewed(session)
    path, hub = part(call_reference, "grille"), f"/gestion/appels/{call_reference}/modifier"
    refused = edit(officer, path, **{"rubric.0.weight": "70", "rubric.1.weight": "30", "rubric.0.help.fr": "Tapé"})
    assert refused.status_code == 422
    assert 'href="#rubric"' in refused.text
    kept = sent_of(refused.text)
    assert (kept["rubric.0.weight"], kept["rubric.0.help.fr"]) == (["70"], ["Tapé"])
    words = {"rubric.0.label.fr": "L’intérêt de tous", "rubric.0.anchors.5.fr": "Un bien pour tous"}
    assert edit(officer, path, **words).status_code == 303
    version = sent_of(officer.get(hub).text)["version"]
    answer = officer.post(f"/gestion/appels/{call_reference}/publier", {"version": version[0]}, on=hub)
    assert answer.status_code == 303
    public = browser.get(f"/appels/{call_reference}").text
    assert "L’intérêt de tous" in public
    assert "Un bien pour tous" in public
    with factory() as session:
        call = session.get_one(Call, world.call_id)
        assert [criterion.weight for criterion in call.criteria] == [60, 40]
        assert call.revision is None
        marks = select(Score.value).join(Score.criterion).where(Criterion.label_fr == "L’intérêt de tous")
        assert session.scalars(marks).all() == [4, 4]


def test_what_changes_in_a_rubric_is_named_by_criterion_and_mark(officer: Browser, published: str) -> None:
    words = {"rubric.1.anchors.0.en": "Nothing said.", "rubric.3.threshold": "1", "scoring.divergence": "27,5"}
    assert edit(officer, part(published, "grille"), **words).status_code == 303
    officer.get("/langue/en")
    page = officer.get(f"/gestion/appels/{published}/modifier").text
    assert "criterion “Answer to a need of the territory”, mark 0, in English" in page
    assert "criterion “Realistic calendar and budget”, Mark below which a file is discussed" in page
    assert "Use of the scores, Gap that is discussed (points)" in page
    assert "27.5" in page
