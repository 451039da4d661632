"""What the tests of writing share: a page's form as a browser without JavaScript would send it back."""

from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from fund.db import SessionFactory
from fund.models import Application
from fund.services.writing import raw_answers
from tests.web.conftest import Browser


class FormReader(HTMLParser):
    """The controls of the page's form of writing, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self._inside = False
        self._textarea: str | None = None
        self._select: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "writing-form" in given.get("class", "")
        if not self._inside:
            return
        if tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.fields.add(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._textarea, self._text = given["name"], ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and "selected" in given:
            self.fields.add(self._select, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._textarea is not None:
            self.fields.add(self._textarea, self._text.removeprefix("\n"))
            self._textarea = None
        elif tag == "select":
            if self._select and self._select not in self.fields:
                self.fields.add(self._select, "")
            self._select = None


def form_on(page: str) -> MultiDict[str, str]:
    reader = FormReader()
    reader.feed(page)
    assert reader.fields, "the page has no form of writing"
    return reader.fields


class Writer:
    """One person at one part of a file: ``open`` it, ``type`` into it, ``save`` all that the page shows."""

    def __init__(self, browser: Browser, reference: str, part: str) -> None:
        self.browser = browser
        self.path = f"/mes-dossiers/{reference}/ecrire/{part}"
        self.page = ""
        self.fields: MultiDict[str, str] = MultiDict()

    def open(self, query: str = "") -> "Writer":
        answer = self.browser.client.get(self.path + query)
        assert answer.status_code == 200, answer.text
        self.take(answer.text)
        return self

    def take(self, page: str) -> None:
        self.page, self.fields = page, form_on(page)

    def type(self, **typed: str | list[str]) -> "Writer":
        """``partners__0__name`` stands for ``partners-0-name``; a list for boxes that are ticked."""
        for name, value in typed.items():
            self.fields.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
        return self

    def send(self, **buttons: str) -> TestResponse:
        return self.browser.client.post(
            self.path, data=MultiDict([*self.fields.items(multi=True), *buttons.items()])
        )

    def save(self, **buttons: str) -> "Writer":
        """Save, and be where the answer leads."""
        answer = self.send(**buttons)
        assert answer.status_code == 303, answer.text
        return self.open()

    def autosave(self, *names: str, **typed: str) -> TestResponse:
        """What the page's script sends: these answers, with what it saw of each."""
        self.type(**typed)
        wanted = {*names, *(name.replace("__", "-") for name in typed)}
        always = {"csrf_token", "_number", "_person"}
        data = [
            (name, value)
            for name, value in self.fields.items(multi=True)
            if name in always | wanted or name.removeprefix("_seen-") in wanted
        ]
        return self.browser.client.post(self.path, data=MultiDict(data), headers={"Accept": "application/json"})


def recorded(factory: SessionFactory, reference: str, part: str = "need") -> dict[str, Any]:
    """The raw answers of a part as they are in the database."""
    with factory() as session:
        file = session.scalars(select(Application).where(Application.reference == reference)).one()
        return raw_answers(file, part)
