"""Files made here, as real programs would make them or as somebody with bad intent would."""

import secrets
import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO

import openpyxl
import pikepdf

OOXML = "application/vnd.openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", f"{OOXML}wordprocessingml.document.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{OOXML}presentationml.presentation.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OOXML}spreadsheetml.sheet.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
    "dotx": ("word/document.xml", f"{OOXML}wordprocessingml.template.main+xml"),
}
PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 40,
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1" + b"\0" * 40,
    "webp": b"RIFF\x20\0\0\0WEBPVP8 " + b"\0" * 40,
    "gif": b"GIF89a\1\0\1\0" + b"\0" * 40,
}
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8", b"%PDF-", b"PK\3\4")


def packed(entries: Mapping[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def ooxml(extension: str, more: Mapping[str, bytes] | Mapping[str, str] | None = None) -> bytes:
    part, content_type = MAIN[extension]
    types = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{content_type}"/></Types>'
    )
    return packed({"[Content_Types].xml": types, part: "<document/>", **(more or {})})


def odf(document: str, more: Mapping[str, bytes] | Mapping[str, str] | None = None) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{document}"
    manifest = "<manifest:manifest/>"
    return packed(
        {"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": "<office/>", **(more or {})}
    )


def workbook() -> bytes:
    buffer = BytesIO()
    book = openpyxl.Workbook()
    book.create_sheet().append(["Compte", "Montant"])
    book.save(buffer)
    return buffer.getvalue()


def pdf(action: str = "", *, object_streams: bool = False) -> bytes:
    """A PDF of one empty page; ``action`` is what it does on opening, in PDF syntax."""
    buffer = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        if action:
            document.Root.OpenAction = document.make_indirect(pikepdf.Object.parse(action.encode()))
        streams = pikepdf.ObjectStreamMode.generate if object_streams else pikepdf.ObjectStreamMode.disable
        document.save(buffer, object_stream_mode=streams)
    return buffer.getvalue()


def compound(stream: str) -> bytes:
    """The beginning of an OLE compound file, and in its directory one stream of that name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + stream.encode("utf-16-le") + b"\0" * 64


def with_flag(package: bytes, flag: int) -> bytes:
    """The package, with a general purpose flag set on every entry, as a packer with a password sets it."""
    changed = bytearray(package)
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = changed.find(signature)
        while place >= 0:
            (flags,) = struct.unpack_from("<H", changed, place + offset)
            struct.pack_into("<H", changed, place + offset, flags | flag)
            place = changed.find(signature, place + 4)
    return bytes(changed)


def overlapping(entries: int, kernel_size: int) -> bytes:
    """A package whose many entries are all one and the same kernel."""
    kernel = packed({"0": secrets.token_bytes(kernel_size)})
    place = kernel.find(b"PK\1\2")
    local, directory = kernel[:place], kernel[place : kernel.find(b"PK\5\6")]
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(directory) * entries, len(local), 0)
    return local + directory * entries + end
