"""What makes a PDF unfit: it is cut off, or it does things by itself."""

import re
import zlib

from fund.storage.kinds import Unfit, UnfitFile

# ISO 32000-1, 12.6.4: the actions that run scripts and start programs. Forms that compute are among them.
ACTIVE = re.compile(rb"/(JavaScript|Launch)(?![A-Za-z0-9])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
INFLATED_LIMIT = 64 * 1024 * 1024


def check_pdf(data: bytes) -> None:
    """Raises UnfitFile for a PDF without its end, or with JavaScript or launch actions.

    A look at names, not a full reading: names are seen written with escapes, and inside compressed object
    streams. A virus scan looks deeper.
    """
    if b"startxref" not in data:
        raise UnfitFile(Unfit.DAMAGED)
    if _is_active(data) or any(_is_active(objects) for objects in _object_streams(data)):
        raise UnfitFile(Unfit.ACTIVE_PDF)


def _is_active(data: bytes) -> bool:
    plain = ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), data)
    return ACTIVE.search(plain) is not None


def _object_streams(data: bytes) -> list[bytes]:
    """The inflated object streams. Each byte is looked at once, however the markers are strewn."""
    found, total, position = [], 0, 0
    while (marker := data.find(b"/ObjStm", position)) >= 0 and (word := data.find(b"stream", marker)) >= 0:
        start = word + len(b"stream")
        start += 2 if data[start : start + 2] == b"\r\n" else 1
        end = data.find(b"endstream", start)
        position = len(data) if end < 0 else end
        inflated = _inflated(data[start:position], INFLATED_LIMIT - total)
        total += len(inflated)
        if total >= INFLATED_LIMIT:
            raise UnfitFile(Unfit.BOMB)
        found.append(inflated)
    return found


def _inflated(data: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        return b""  # another filter, or none: what is not compressed was looked at already
