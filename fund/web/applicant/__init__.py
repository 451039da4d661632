"""The applicant's space, ``/mes-dossiers``: own files, writing them, submitting them, following them."""

from fund.web.applicant import files, submitting, writing
from fund.web.applicant.own import blueprint

__all__ = ["blueprint", "files", "submitting", "writing"]
