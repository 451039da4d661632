"""The kinds of file that are taken, and why others are not."""

from dataclasses import dataclass
from enum import StrEnum

from fund.errors import FundError


class Group(StrEnum):
    """What a call's form can ask for (``files`` of a question or a document rule)."""

    PDF = "pdf"
    IMAGE = "image"
    OFFICE = "office"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Kind:
    """``extension`` is written without its dot; ``media_type`` is what a download says it is."""

    group: Group
    extension: str
    media_type: str


OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."

KINDS = {
    kind.extension: kind
    for kind in (
        Kind(Group.PDF, "pdf", "application/pdf"),
        Kind(Group.IMAGE, "png", "image/png"),
        Kind(Group.IMAGE, "jpg", "image/jpeg"),
        Kind(Group.IMAGE, "webp", "image/webp"),
        Kind(Group.IMAGE, "gif", "image/gif"),
        Kind(Group.OFFICE, "docx", f"{OOXML}wordprocessingml.document"),
        Kind(Group.OFFICE, "pptx", f"{OOXML}presentationml.presentation"),
        Kind(Group.OFFICE, "odt", f"{ODF}text"),
        Kind(Group.OFFICE, "odp", f"{ODF}presentation"),
        Kind(Group.SHEET, "xlsx", f"{OOXML}spreadsheetml.sheet"),
        Kind(Group.SHEET, "ods", f"{ODF}spreadsheet"),
        Kind(Group.SHEET, "csv", "text/csv"),
    )
}


class Unfit(StrEnum):
    """Why a content is not taken; each has its sentence at the edge."""

    EMPTY = "empty"
    EXECUTABLE = "executable"
    MARKUP = "markup"  # HTML, SVG, XML: a browser would run what is in it
    ARCHIVE = "archive"  # a ZIP, RAR, 7z … that is no office file
    MACROS = "macros"
    BOMB = "bomb"  # unpacks to far more than it says or than anybody needs
    ENCRYPTED = "encrypted"  # an office file behind a password
    ACTIVE_PDF = "active_pdf"  # a PDF that runs JavaScript or starts programs
    LEGACY = "legacy"  # Word, Excel or PowerPoint as before 2007
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


class UnfitFile(FundError):
    """A content that is not taken; ``code`` names the sentence."""

    def __init__(self, code: Unfit) -> None:
        super().__init__(code.value)
        self.code = code
