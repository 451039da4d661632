"""What a file is, told from its bytes: its name and what the browser says of it are never asked."""

import csv
import re
from itertools import islice
from typing import BinaryIO

import puremagic

from fund.storage.kinds import KINDS, Kind, Unfit, UnfitFile
from fund.storage.package import identify_package
from fund.storage.pdf import check_pdf

HEAD = 8192
CELL_LIMIT = 131_072  # characters
ROWS_READ = 1000

EXECUTABLES = (
    b"MZ",  # Windows
    b"\x7fELF",
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",  # macOS
    b"\xca\xfe\xba\xbe",  # Java, and macOS for several processors
    b"dex\n",  # Android
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",  # a Windows shortcut
    b"#!",
)  # fmt: skip
ARCHIVES = {".zip", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".cab", ".arj", ".lzh", ".zst"}
PICTURES = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
}
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LEGACY_STREAMS = ("WordDocument", "Workbook", "Book", "PowerPoint Document")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def identify(file: BinaryIO) -> Kind:
    """The kind of the content, read from its beginning; the file is left at its beginning.

    Raises UnfitFile for what is not taken. Reads the content whole: it is at most as long as the store allows.
    """
    file.seek(0)
    data = file.read()
    file.seek(0)
    if not data:
        raise UnfitFile(Unfit.EMPTY)
    if data.startswith(EXECUTABLES):
        raise UnfitFile(Unfit.EXECUTABLE)
    if data.startswith(b"%PDF-"):
        check_pdf(data)
        return KINDS["pdf"]
    if data.startswith(b"PK\x03\x04"):
        return identify_package(data)
    if data.startswith(COMPOUND):
        raise UnfitFile(_compound_fault(data))
    if picture := next((name for name, signature in PICTURES.items() if signature.match(data)), None):
        return KINDS[picture]
    if _is_archive(data[:HEAD]):
        raise UnfitFile(Unfit.ARCHIVE)
    return _table(data)


def _is_archive(head: bytes) -> bool:
    try:
        return puremagic.magic_string(head)[0].extension in ARCHIVES
    except puremagic.PureError:
        return False


def _compound_fault(data: bytes) -> Unfit:
    """What is wrong with an OLE compound file: the container of old office files and of encrypted new ones."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Unfit.ENCRYPTED
    if any(name.encode("utf-16-le") in data for name in LEGACY_STREAMS):
        return Unfit.LEGACY
    return Unfit.UNKNOWN


def _table(data: bytes) -> Kind:
    """CSV has no signature: it is text of at least two rows that one separator cuts into equally many cells."""
    text = _text(data)
    if text.lstrip().startswith("<"):
        raise UnfitFile(Unfit.MARKUP)
    if not any(_cut_evenly(text, separator) for separator in ";,\t"):
        raise UnfitFile(Unfit.UNKNOWN)
    return KINDS["csv"]


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROL.search(text):
            return text
    raise UnfitFile(Unfit.UNKNOWN)


def _cut_evenly(text: str, separator: str) -> bool:
    try:
        rows = [row for row in islice(csv.reader(text.splitlines(), delimiter=separator), ROWS_READ) if row]
    except csv.Error:
        return False
    # The reader's own limit belongs to the whole process, and anybody may have raised it.
    if any(len(cell) > CELL_LIMIT for row in rows for cell in row):
        return False
    widths = {len(row) for row in rows}
    return len(rows) > 1 and len(widths) == 1 and widths.pop() > 1
