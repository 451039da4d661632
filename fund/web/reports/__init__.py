"""Reports on the use of a grant, ``/comptes-rendus``: staff reads them all, an alliance writes its own by parts.

``desk`` is the list, ``reading`` one report for everybody who may see it, the others are the alliance's: the parts
with fields, the account, the documents, the handing in. ``overdue`` is the officer's waiver on a file's page.
"""

from fund.web.reports import account_part, desk, documents, handing_in, overdue, reading, sheets, writing
from fund.web.reports.own import blueprint

__all__ = [
    "account_part",
    "blueprint",
    "desk",
    "documents",
    "handing_in",
    "overdue",
    "reading",
    "sheets",
    "writing",
]
