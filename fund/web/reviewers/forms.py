"""The forms of the reviewers' pages."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.widgets import DateInput

from config.vocabularies import Term, levers, sdgs
from fund.forms.fields import Day, Email, Input, Problem, Siren, Text, Whole, YesNo, list_of
from fund.schemas.steps import REASON_LENGTH
from fund.web.forms import SchemaForm

CAPACITY_MAXIMUM = 200
NOTE_LENGTH = 2_000


def _term_of(vocabulary: Callable[[], Mapping[str, Term]]) -> Text:
    def check(code: str) -> None:
        if code not in vocabulary():
            raise ValidationError(Problem("not_an_option"))

    return Text(maximum=10, validate=check)


class InvitationInput(Input):
    name = Text(maximum=200, required=True, blank=False)
    email = Email(required=True, blank=False)
    reviewer = YesNo(load_default=False)
    committee = YesNo(load_default=False)

    @validates_schema
    def has_a_role(self, data: dict[str, Any], **_: Any) -> None:
        if not (data["reviewer"] or data["committee"]):
            raise ValidationError(Problem("role_missing"), "reviewer")


class InvitationForm(SchemaForm):
    schema = InvitationInput
    name = StringField(_l("Name"), render_kw={"required": True, "maxlength": 200, "autocomplete": "off"})
    email = StringField(_l("E-mail address"), render_kw={"required": True, "type": "email", "autocomplete": "off"})
    reviewer = BooleanField(_l("To read and score files, as a reviewer"))
    committee = BooleanField(_l("To decide on files, as a member of the committee"))


class ProfileInput(Input):
    """What a reviewer says of herself; goals and levers are boxes that the page draws."""

    sdgs = list_of(_term_of(sdgs), 17, load_default=list)
    levers = list_of(_term_of(levers), 7, load_default=list)
    capacity = Whole(required=True, maximum=CAPACITY_MAXIMUM)
    away_from = Day(allow_none=True, load_default=None)
    away_until = Day(allow_none=True, load_default=None)
    note = Text(maximum=NOTE_LENGTH, load_default="")

    @validates_schema
    def absence_in_order(self, data: dict[str, Any], **_: Any) -> None:
        begin, end = data.get("away_from"), data.get("away_until")
        if end is not None and begin is None:
            raise ValidationError(Problem("absence_begins_missing"), "away_from")
        if begin is not None and end is not None and end < begin:
            raise ValidationError(Problem("period_disordered"), "away_until")


class ProfileForm(SchemaForm):
    schema = ProfileInput
    capacity = StringField(
        _l("Files at a time, at most"), render_kw={"required": True, "inputmode": "numeric", "autocomplete": "off"}
    )
    away_from = StringField(_l("Away from"), widget=DateInput())
    away_until = StringField(_l("Away until"), widget=DateInput())
    note = TextAreaField(_l("What else the fund should know"), render_kw={"maxlength": NOTE_LENGTH, "rows": 3})


class TerritoryInput(Input):
    territory = Text(maximum=100, required=True)


class TerritoryForm(SchemaForm):
    schema = TerritoryInput
    territory = StringField(_l("Territory to add"), render_kw={"maxlength": 100})


class OrganisationInput(Input):
    """Nothing given: the person works for nobody."""

    name = Text(maximum=300, load_default="")
    siren = Siren(load_default="")


class OrganisationForm(SchemaForm):
    schema = OrganisationInput
    name = StringField(_l("Organisation"), render_kw={"maxlength": 300, "autocomplete": "organization"})
    siren = StringField(_l("SIREN or SIRET"), render_kw={"autocomplete": "off", "spellcheck": "false"})


class AffiliationInput(OrganisationInput):
    until = Day(allow_none=True, load_default=None)
    note = Text(maximum=500, load_default="")

    @validates_schema
    def names_something(self, data: dict[str, Any], **_: Any) -> None:
        if not (data.get("name") or data.get("siren")):
            raise ValidationError(Problem("required"), "name")


class AffiliationForm(OrganisationForm):
    schema = AffiliationInput
    until = StringField(_l("Until"), widget=DateInput())
    note = StringField(_l("What the link was"), render_kw={"maxlength": 500, "autocomplete": "off"})


class EndInput(Input):
    reason = Text(maximum=REASON_LENGTH, required=True, blank=False)


class EndForm(SchemaForm):
    schema = EndInput
    reason = TextAreaField(_l("Reason"), render_kw={"required": True, "rows": 3, "maxlength": REASON_LENGTH})


def apart(form: SchemaForm, prefix: str) -> SchemaForm:
    """Several forms stand on one page: give the controls of this one identifiers of their own."""
    for field in form:
        field.id = field.label.field_id = f"{prefix}-{field.name}"
    return form
