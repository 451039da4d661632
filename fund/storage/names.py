"""File names that cannot escape: not from a folder, not from a terminal, not from a list that shows them."""

import re
import unicodedata

from fund.storage.kinds import KINDS

LENGTH_MAXIMUM = 120
UNNAMED = "document"
# Separators of paths, and what Windows does not allow in a name.
FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
# Names of devices in Windows, whatever follows their first dot.
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
ALSO_KNOWN_AS = {"jpg": ("jpg", "jpeg")}


def safe_name(text: str, extension: str) -> str:
    """A file name like the given one, with the extension (``pdf``) of what the file is.

    At most 120 characters, in NFC. The extension of another kind that we take is replaced, any other is kept and
    followed. What has no name left is called ``document``.
    """
    stem = _stem(_plain(text), extension)[: LENGTH_MAXIMUM - len(extension) - 2].rstrip(" .") or UNNAMED
    if RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{extension}"


def _plain(text: str) -> str:
    # Categories C…: controls, format characters (among them those that turn the reading direction), surrogates,
    # private use, unassigned. Z…: spaces and separators of lines.
    visible = (" " if (category := unicodedata.category(char))[0] == "Z" or char in "\t\r\n" else
               "" if category[0] == "C" else char for char in text)  # fmt: skip
    composed = unicodedata.normalize("NFC", "".join(visible))
    return re.sub(r"\s+", " ", FORBIDDEN.sub("-", composed)).strip(" .")


def _stem(name: str, extension: str) -> str:
    stem, dot, last = name.rpartition(".")
    known = last.lower() in KINDS or last.lower() in ALSO_KNOWN_AS.get(extension, ())
    return stem.rstrip(" .") if dot and known else name
