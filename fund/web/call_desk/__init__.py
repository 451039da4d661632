"""The desk of calls, ``/gestion/appels``: writing them, their versions, trying them out, announcing them.

Literal addresses (``nouveau``, ``importer``) are routed before references, whatever their order here.
"""

from fund.web.call_desk import desk, form_editor, parts, trying, versions
from fund.web.call_desk.own import blueprint

__all__ = ["blueprint", "desk", "form_editor", "parts", "trying", "versions"]
