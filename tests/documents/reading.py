"""A paper as others read it: its text through the fonts' own tables, and its claims."""

import re
from io import BytesIO
from typing import Any

import pikepdf

HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]+>|\[[^\]]*\])")


class Paper:
    """A PDF that was rendered."""

    def __init__(self, content: bytes) -> None:
        self.pdf = pikepdf.open(BytesIO(content))

    @property
    def root(self) -> Any:
        return self.pdf.Root

    @property
    def pages(self) -> int:
        return len(self.pdf.pages)

    @property
    def text(self) -> str:
        """All text in the order of drawing, every run of space as one (no-break spaces too)."""
        pieces = [piece for page in self.pdf.pages for piece in _pieces(page)]
        return re.sub(r"\s+", " ", "".join(pieces))

    def fonts(self) -> list[Any]:
        """The descriptors of every font that a page uses."""
        return [
            font.DescendantFonts[0].FontDescriptor
            for page in self.pdf.pages
            for font in page.resources.get("/Font", {}).values()
        ]

    def tags(self) -> list[str]:
        """The structure, flattened: ``/H1``, ``/Table`` …"""
        return list(_tags(self.root.StructTreeRoot))


def _pieces(page: Any) -> list[str]:
    tables = {name: _unicode(font) for name, font in page.resources.get("/Font", {}).items()}
    pieces: list[str] = []
    table: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands: Any = instruction.operands
        operator = instruction.operator
        if str(operator) == "Tf":
            table = tables[str(operands[0])]
        elif str(operator) == "Tj":
            pieces.append(_shown(bytes(operands[0]), table))
        elif str(operator) == "TJ":
            pieces += [_shown(bytes(part), table) for part in operands[0] if isinstance(part, pikepdf.String)]
        elif str(operator) == "ET":
            pieces.append(" ")
    return pieces


def _shown(codes: bytes, table: dict[int, str]) -> str:
    return "".join(table.get(int.from_bytes(codes[at : at + 2]), "") for at in range(0, len(codes), 2))


def _unicode(font: Any) -> dict[int, str]:
    """A font's table from codes to text."""
    source = font.ToUnicode.read_bytes()
    table: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        found = HEX.findall(block)
        table |= {int(code, 16): _utf16(text) for code, text in zip(found[::2], found[1::2], strict=True)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, target in RANGE.findall(block):
            texts = HEX.findall(target)
            for place, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                table[code] = _utf16(texts[place]) if len(texts) > 1 else chr(ord(_utf16(texts[0])) + place)
    return table


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")


def _tags(element: Any) -> list[str]:
    if not isinstance(element, pikepdf.Dictionary):
        return []
    found = [str(element.S)] if "/S" in element else []
    children: Any = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        found += _tags(child)
    return found


def assert_archival(paper: Paper, *, title: str, language: str) -> None:
    """It may be archived (PDF/A-2a) and read aloud (PDF/UA-1): tagged, titled, in its language, fonts embedded."""
    with paper.pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == title
    assert paper.root.MarkInfo.Marked is True
    assert str(paper.root.Lang) == language
    assert paper.tags().count("/H1") == 1
    assert all(set(font) & {"/FontFile2", "/FontFile3"} for font in paper.fonts())
