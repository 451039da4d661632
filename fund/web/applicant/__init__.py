"""The applicant's space, ``/mes-dossiers``: own files, writing them, submitting them, following them."""

from fund.web.applicant import (
    beginning,
    budget,
    copying,
    files,
    money,
    revision,
    submitting,
    versions,
    writing,
)
from fund.web.applicant.own import blueprint

__all__ = [
    "beginning",
    "blueprint",
    "budget",
    "copying",
    "files",
    "money",
    "revision",
    "submitting",
    "versions",
    "writing",
]
