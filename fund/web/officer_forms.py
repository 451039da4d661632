"""The forms of the officer's desk that no step of a workflow has: assigning, extending, asking for corrections."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from config.communes import commune_label
from fund.edge.fields import field_label
from fund.edge.formats import day, money
from fund.models import Application
from fund.schemas.fields import Input, Instant, Text
from fund.schemas.forms import AssignmentInput
from fund.schemas.steps import REASON_LENGTH, ReturnInput
from fund.web.forms import SchemaForm

# What corrections may be asked of, in the order of the applicant's form.
CORRECTABLE = (
    "title",
    "summary",
    "commune_code",
    "contact_name",
    "contact_email",
    "requested_amount",
    "total_budget",
    "starts_on",
    "ends_on",
    "members",
)
CORRECTION_LENGTH = 1_000


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
    schema = ReturnInput
    return_due_at = StringField(
        _l("Corrections due by"), widget=DateTimeLocalInput(), render_kw={"required": True}
    )
    reason = TextAreaField(
        _l("Message to the alliance"), render_kw={"required": True, "rows": 5, "maxlength": REASON_LENGTH}
    )


def correctable_fields(application: Application) -> list[dict[str, Any]]:
    """Each field that corrections may be asked of, with what stands in it now."""
    return [
        {"name": name, "label": field_label(name), "value": _present_value(application, name)}
        for name in CORRECTABLE
    ]


def _present_value(application: Application, name: str) -> str:
    value = getattr(application, name)
    if name == "members":
        return ", ".join(member.organisation.name for member in application.members)
    if value in (None, ""):
        return ""
    if name == "commune_code":
        return commune_label(value)
    if name in ("requested_amount", "total_budget"):
        return money(value)
    return day(value) if name in ("starts_on", "ends_on") else str(value)
