"""The versions of a call on its page, and calls as YAML files."""

import io
import re

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from fund.db import SessionFactory, unit_of_work
from fund.forms.content import digest, read_yaml, write_yaml
from fund.models import Call
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.call_writing import EXAMPLE, SignIn, Written, edit, example, part
from tests.web.call_writing import draft as draft
from tests.web.call_writing import officer as officer
from tests.web.call_writing import published as published
from tests.web.call_writing import written as written
from tests.web.conftest import Browser
from tests.web.reading import sent_of

UPLOAD = "/gestion/appels/importer"


def upload(browser: Browser, path: str, text: str | bytes, name: str = "appel.yaml") -> TestResponse:
    token = browser.token(path)
    raw = text.encode() if isinstance(text, str) else text
    return browser.client.post(path, data={"csrf_token": token, "file": (io.BytesIO(raw), name)})


def confirm(browser: Browser, path: str, page: str) -> TestResponse:
    return browser.client.post(path, data={**sent_of(page), "confirmed": "1"})


def count_calls(factory: SessionFactory) -> int:
    with factory() as session:
        return session.scalar(select(func.count()).select_from(Call)) or 0


def test_every_version_is_listed_with_its_author_digest_and_changes(
    officer: Browser, sign_in: SignIn, published: str, factory: SessionFactory
) -> None:
    edit(officer, part(published, "regles"), feedback="none")
    hub = f"/gestion/appels/{published}/modifier"
    version = sent_of(officer.get(hub).text)["version"][0]
    officer.post(f"/gestion/appels/{published}/publier", {"version": version}, on=hub)
    with factory() as session:
        call = session.scalars(select(Call).where(Call.reference == published)).one()
        digests = [version.digest for version in call.versions]
        assert digests == [digest(version.read()) for version in call.versions]
    for name in ("officer", "auditor"):
        page = sign_in(name).get(f"/gestion/appels/{published}/versions").text
        assert page.index(digests[1]) < page.index(digests[0])
        assert "Officer" in page
        assert "/versions/1.yaml" in page
    assert sign_in("applicant").get(f"/gestion/appels/{published}/versions").status_code == 403


def test_a_version_and_what_is_written_are_files_that_read_back_exactly(
    officer: Browser, published: str, written: Written
) -> None:
    edit(officer, part(published, "regles"), feedback="none")
    first = officer.get(f"/gestion/appels/{published}/versions/1.yaml")
    assert first.mimetype == "application/yaml"
    assert read_yaml(first.text) == example()
    work = officer.get(f"/gestion/appels/{published}/travail.yaml")
    assert f'filename="{published}.yaml"' in work.headers["Content-Disposition"]
    assert read_yaml(work.text) == written(published) != example()
    assert officer.get(f"/gestion/appels/{published}/versions/2.yaml").status_code == 404


def test_a_new_call_is_read_from_a_file_once_confirmed(
    officer: Browser, factory: SessionFactory, world: World
) -> None:
    before = count_calls(factory)
    page = upload(officer, UPLOAD, EXAMPLE.read_bytes())
    assert page.status_code == 200, page.text
    assert example().title.en in page.text
    assert count_calls(factory) == before
    answer = confirm(officer, UPLOAD, page.text)
    assert answer.status_code == 303
    with factory() as session:
        made = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert made is not None
        assert made.content == example()
        assert made.funder_id == session.get_one(Call, world.call_id).funder_id


def test_a_file_into_a_call_shows_what_it_changes_first(
    officer: Browser, published: str, written: Written
) -> None:
    path = f"/gestion/appels/{published}/importer"
    text = write_yaml(example()).replace("Alliances d’intérêt général 2027", "Par le fichier")
    page = upload(officer, path, text)
    assert "Par le fichier" in page.text
    assert written(published) == example()
    assert confirm(officer, path, page.text).status_code == 303
    assert written(published).title.fr == "Par le fichier"
    same = upload(officer, path, write_yaml(written(published)))
    assert "confirmed" not in same.text


def test_a_call_changed_while_the_differences_were_read_is_not_overwritten(
    officer: Browser, sign_in: SignIn, draft: str, written: Written
) -> None:
    path = f"/gestion/appels/{draft}/importer"
    text = write_yaml(example()).replace("Alliances d’intérêt général 2027", "Par le fichier")
    page = upload(officer, path, text)
    edit(sign_in("officer2"), part(draft, "regles"), feedback="none")
    answer = confirm(officer, path, page.text)
    assert answer.status_code == 409
    assert written(draft).feedback == "none"
    # The page now shows that the file would take the other's change back; confirming it is a decision.
    assert confirm(officer, path, answer.text).status_code == 303
    assert written(draft).title.fr == "Par le fichier"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "file"),
        ("title: [", "YAML"),
        ("a: &x 1\nb: *x", "YAML"),
        ("- 1", ""),
        (b"\xff\xfe\x00t", "UTF-8"),
        (b"PK\x03\x04" + b"\x00" * 100, ""),
        ("title:\n  fr: <script>alert(1)</script>\n", "summary"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_changes_nothing(
    officer: Browser, factory: SessionFactory, world: World, text: str | bytes, said: str
) -> None:
    before = count_calls(factory)
    answer = upload(officer, UPLOAD, text)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert said in answer.text
    assert "<script>alert" not in answer.text
    assert count_calls(factory) == before


def test_each_fault_of_a_file_has_its_path_and_its_place_in_words(officer: Browser, draft: str) -> None:
    text = write_yaml(example())
    text = text.replace("show_if: has_site == yes", "show_if: has_nothing == yes").replace(
        "weight: 35", "weight: 36"
    )
    answer = upload(officer, f"/gestion/appels/{draft}/importer", text)
    page = answer.text
    assert "form.sections.0.fields.7.show_if" in page
    assert "Adresse de ce lieu" in page
    assert "has_nothing" in page
    assert "101" in page


def test_a_file_may_not_move_the_dates_of_an_open_call(
    officer: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    path = f"/gestion/appels/{call_reference}/importer"
    answer = confirm(officer, path, upload(officer, path, EXAMPLE.read_bytes()).text)
    assert answer.status_code == 409
    with factory() as session:
        assert session.get_one(Call, world.call_id).revision is None


def test_only_officers_read_files(sign_in: SignIn, draft: str) -> None:
    for name in ("auditor", "applicant"):
        person = sign_in(name)
        assert person.get(UPLOAD).status_code == 403
        assert person.get(f"/gestion/appels/{draft}/importer").status_code == 403
    assert sign_in("applicant").get(f"/gestion/appels/{draft}/travail.yaml").status_code == 403


def test_a_closed_calls_versions_remain_readable(
    officer: Browser, factory: SessionFactory, world: World, call_reference: str
) -> None:
    with unit_of_work(factory) as session:
        call = session.get_one(Call, world.call_id)
        take_step(session, world["officer"], call, "cancel", inputs={"reason": "Essai."})
    assert officer.get(f"/gestion/appels/{call_reference}/versions").status_code == 200
    assert officer.get(f"/gestion/appels/{call_reference}/importer").status_code == 404


def test_the_journal_tells_what_was_prepared_and_published(officer: Browser, published: str) -> None:
    edit(officer, part(published, "regles"), feedback="none")
    edit(officer, part(published, "textes"), title__fr="Titre du journal")
    hub = f"/gestion/appels/{published}/modifier"
    version = sent_of(officer.get(hub).text)["version"][0]
    officer.post(f"/gestion/appels/{published}/publier", {"version": version}, on=hub)
    page = officer.get(f"/journal/call/{published}")
    assert page.status_code == 200
    for action in ("call.prepare_revision", "call.publish_revision"):
        assert action not in page.text  # each has its words
    assert "[&#39;" not in page.text  # no list as Python writes it
    with_digest = re.findall(r"\b[0-9a-f]{64}\b", page.text)
    assert len(with_digest) >= 3
