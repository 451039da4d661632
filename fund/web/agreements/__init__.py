"""Agreements and their amendments, and the schedule of an award.

``overview`` shows them all with who signed; ``schedule`` and ``amendments`` are where terms are written;
``sending`` is what officers do to have them signed, ``signing`` what the lead's signatory does with an account (by
link: ``fund.web.links.agreement``); ``papers`` are the text as a page and as a PDF.
"""

from fund.web.agreements import amendments, overview, papers, schedule, sending, signing
from fund.web.agreements.own import blueprint

__all__ = ["amendments", "blueprint", "overview", "papers", "schedule", "sending", "signing"]
