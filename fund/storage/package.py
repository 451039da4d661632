"""Office files are ZIP packages: which one it is, and what makes a package unfit."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from defusedxml.ElementTree import ParseError, fromstring

from fund.storage.kinds import KINDS, ODF, OOXML, Kind, Unfit, UnfitFile

ENTRIES_LIMIT = 10_000
UNPACKED_LIMIT = 300 * 1024 * 1024
RATIO_LIMIT = 150  # XML packs about 10 to 50 times; deflate cannot do more than about 1030 times
RATIO_FROM = 10 * 1024 * 1024
DEPTH_LIMIT = 3  # a presentation, a document in it, and the sheet behind that one's chart
XML_LIMIT = 1024 * 1024

LOCAL_HEADER = 30  # bytes before an entry's name

ENTRY = b"PK\x01\x02"
PACKAGE = b"PK\x03\x04"
# A module of StarBasic, or a script in another language; libraries without modules are in harmless files too.
ODF_MACRO = re.compile(r"(?!.*-lb\.xml$)(Basic/[^/]+|Scripts)/.*[^/]")
OOXML_MACRO = re.compile(r"(.*/)?vbaProject\.bin|xl/macrosheets/.*|.*/activeX/.*", re.IGNORECASE)

OOXML_MAIN = {
    f"{OOXML}wordprocessingml.document.main+xml": KINDS["docx"],
    f"{OOXML}spreadsheetml.sheet.main+xml": KINDS["xlsx"],
    f"{OOXML}presentationml.presentation.main+xml": KINDS["pptx"],
}
ODF_TYPES = {kind.media_type: kind for kind in KINDS.values() if kind.media_type.startswith(ODF)}


def identify_package(data: bytes) -> Kind:
    """The kind of office file. Raises UnfitFile for any other ZIP, and for unfit office files."""
    try:
        _check_sizes(data, _Allowance(len(data)), depth=1)
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _kind(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        # Among the ValueErrors: XML with entities, which no office program writes.
        raise UnfitFile(Unfit.DAMAGED) from error


def _kind(archive: zipfile.ZipFile) -> Kind:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        return _ooxml_kind(archive, names)
    if "mimetype" in names:
        return _odf_kind(archive, names)
    raise UnfitFile(Unfit.ARCHIVE)


def _ooxml_kind(archive: zipfile.ZipFile, names: set[str]) -> Kind:
    types = _content_types(_part(archive, "[Content_Types].xml"))
    if any(OOXML_MACRO.fullmatch(name) for name in names) or any("macroEnabled" in each for each in types):
        raise UnfitFile(Unfit.MACROS)
    main = [OOXML_MAIN[each] for each in sorted(types) if each in OOXML_MAIN]
    if len(main) != 1:
        raise UnfitFile(Unfit.ARCHIVE)
    return main[0]


def _content_types(xml: bytes) -> set[str]:
    try:
        return {element.get("ContentType", "") for element in fromstring(xml)}
    except ParseError as error:
        raise UnfitFile(Unfit.DAMAGED) from error


def _odf_kind(archive: zipfile.ZipFile, names: set[str]) -> Kind:
    kind = ODF_TYPES.get(_part(archive, "mimetype").decode("ascii", "replace").strip())
    if kind is None:
        raise UnfitFile(Unfit.ARCHIVE)
    if "encrypted-package" in names or b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
        raise UnfitFile(Unfit.ENCRYPTED)
    if any(ODF_MACRO.fullmatch(name) for name in names):
        raise UnfitFile(Unfit.MACROS)
    return kind


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise UnfitFile(Unfit.DAMAGED)
    with archive.open(name) as part:
        return part.read(XML_LIMIT)


@dataclass(slots=True)
class _Allowance:
    """What a package and all the packages in it may unpack to; ``packed`` is the size of the outermost one."""

    packed: int
    unpacked: int = 0
    entries: int = 0

    def use(self, entries: list[zipfile.ZipInfo]) -> None:
        self.entries += len(entries)
        self.unpacked += sum(entry.file_size for entry in entries)
        dense = self.unpacked > RATIO_FROM and self.unpacked > RATIO_LIMIT * self.packed
        if dense or self.unpacked > UNPACKED_LIMIT or self.entries > ENTRIES_LIMIT:
            raise UnfitFile(Unfit.BOMB)


def _check_sizes(data: bytes, allowance: _Allowance, *, depth: int) -> None:
    """Raises UnfitFile for a bomb, and for entries behind a password.

    The sizes are those that the package states: zipfile never gives more than an entry states, and a package
    that states too little does not open.
    """
    if depth > DEPTH_LIMIT or data.count(ENTRY) > ENTRIES_LIMIT:  # counted before zipfile makes objects of them
        raise UnfitFile(Unfit.BOMB)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = archive.infolist()
        allowance.use(entries)
        if _overlap(entries):
            raise UnfitFile(Unfit.BOMB)
        if any(entry.flag_bits & 1 for entry in entries):
            raise UnfitFile(Unfit.ENCRYPTED)
        for entry in entries:
            with archive.open(entry) as part:
                nested = part.read(len(PACKAGE)) == PACKAGE
            if nested:
                _check_sizes(archive.read(entry), allowance, depth=depth + 1)


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether entries share bytes: how a small package states, truthfully, to unpack to a huge one."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size
    return False
