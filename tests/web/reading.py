"""What a browser would send of a page's form: every control with the value that it shows."""

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """The controls of the largest form of a page, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        match tag:
            case "form":
                self.forms.append({})
            case "input" if name and given.get("type") in ("checkbox", "radio"):
                if "checked" in given:
                    self._add(name, given.get("value", "on"))
            case "input" if name and given.get("type") != "file":
                self._add(name, given.get("value", ""))
            case "select":
                self._select, self._options = name, []
            case "option":
                self._options.append((given.get("value", ""), "selected" in given))
            case "textarea":
                self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = next((value for value, is_chosen in self._options if is_chosen), self._options[0][0])
            self._add(self._select, chosen)
        if tag == "textarea" and self._area:
            # The first line break after the tag is not part of the text.
            self._add(self._area, self._text.removeprefix("\n"))
            self._area = None

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def sent_of(page: str) -> dict[str, list[str]]:
    reader = FormReader()
    reader.feed(page)
    return max(reader.forms, key=len)
