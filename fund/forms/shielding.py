"""Texts of people in files that a spreadsheet opens."""

import re


def shielded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    Names and objects come from applicants, and whoever opens the file in a spreadsheet would run
    ``=HYPERLINK(…)``. The mark is taken away exactly by ``unshielded``: a text that already has apostrophes
    before such a sign gets one more, so no two texts are written alike.
    """
    return f"'{text}" if re.match(r"'*[=+\-@]", text) else text


def unshielded(text: str) -> str:
    """The text as it was before ``shielded``."""
    return text[1:] if re.match(r"'+[=+\-@]", text) else text
