"""The forms of the officer's desk that no step of a workflow has: assigning, extending, asking for corrections."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from fund.edge.sentences import problem_sentence
from fund.forms.fields import Input, Instant, Text
from fund.schemas.forms import AssignmentInput
from fund.schemas.steps import CORRECTION_LENGTH, REASON_LENGTH, ReturnInput
from fund.web.forms import SchemaForm


class AssignForm(SchemaForm):
    schema = AssignmentInput
    due_at = StringField(_l("Review due by"), widget=DateTimeLocalInput())


class ExtensionInput(Input):
    """More time for one file."""

    until = Instant(required=True)
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class ExtensionForm(SchemaForm):
    schema = ExtensionInput
    until = StringField(_l("New deadline"), widget=DateTimeLocalInput(), render_kw={"required": True})
    reason = TextAreaField(_l("Reason"), render_kw={"required": True, "rows": 4, "maxlength": REASON_LENGTH})


class DraftExtensionInput(ExtensionInput):
    """The same for a draft, which only its authors see: they give its reference to the officer."""

    reference = Text(maximum=20, required=True, blank=False)


class DraftExtensionForm(ExtensionForm):
    schema = DraftExtensionInput
    reference = StringField(
        _l("Reference of the draft"), render_kw={"required": True, "autocomplete": "off", "maxlength": 20}
    )


class ReturnForm(SchemaForm):
    """The message and its deadline; the page draws the marks, and finds what is wrong with each by its place."""

    schema = ReturnInput
    return_due_at = StringField(
        _l("Corrections due by"), widget=DateTimeLocalInput(), render_kw={"required": True}
    )
    reason = TextAreaField(
        _l("Message to the alliance"), render_kw={"required": True, "rows": 5, "maxlength": REASON_LENGTH}
    )
    reason_maximum = CORRECTION_LENGTH
    mark_problems: Mapping[str, dict[str, str]] = {}

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        rest = dict(problems)
        marks = rest.pop("corrections", {})
        if isinstance(marks, Mapping):
            self.mark_problems = {
                path: {name: problem_sentence(found[0]) for name, found in entry.get("value", {}).items()}
                for path, entry in marks.items()
            }
        else:  # the service's own: a place that is gone
            rest["corrections"] = marks
        super().show_problems(rest)
