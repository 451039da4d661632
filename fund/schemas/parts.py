"""Parts of a file and contents of calls, as the API shows and takes them."""

from typing import Any

from marshmallow import fields

from fund.forms.fields import Input, Instant, Text, Whole, list_of
from fund.schemas.views import View


class PartInput(Input):
    """``answers`` are raw values by field, as a person would type them; those left out stay as they are."""

    base = Whole(required=True)
    answers = fields.Dict(keys=Text(maximum=40, blank=False), values=fields.Raw(allow_none=True), required=True)


class PartProblemView(View):
    path = Text(maximum=200, required=True)
    detail = Text(maximum=1_000, required=True)


class PartView(View):
    """One part of a file; ``number`` counts its savings, and goes back as ``base``."""

    part = Text(maximum=40, required=True)
    number = Whole(required=True)
    answers = fields.Dict(keys=Text(maximum=40), values=fields.Raw(allow_none=True), required=True)
    edited_at = Instant(required=True, allow_none=True)
    problems: Any = list_of(fields.Nested(PartProblemView), 1_000, required=True)


class ContentView(View):
    """A call's whole content: form, rules of alliance and budget, documents, rubric. ``digest`` is its SHA-256."""

    version = Whole(required=True, allow_none=True)
    digest = Text(maximum=64, required=True)
    content = fields.Dict(keys=Text(maximum=40), values=fields.Raw(allow_none=True), required=True)
