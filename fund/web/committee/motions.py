"""The forms of a vote: what is put to it, and how it is closed."""

from typing import Any

from flask_babel import gettext
from wtforms import RadioField, SelectChoice

from fund.edge.fields import field_label
from fund.edge.labels import label
from fund.models import AgendaItem
from fund.schemas.sittings import ClosingInput, MotionInput
from fund.web.forms import SchemaForm, form_of, written
from workflows.voting import DECISIONS, Choice, Method, Outcome

MotionForm = SchemaForm
ClosingForm = SchemaForm


def motion_form(item: AgendaItem) -> MotionForm:
    """A proposal on this file; it begins with what is proposed, else with granting what is asked."""
    form = sent_motion()
    money = MotionInput().fields["amount"]
    form.outcome.data = (item.proposed_outcome or Outcome.FUNDED).value
    form.amount.data = written(item.suggested_amount, money)
    form.method.data = Method.BALLOT.value
    form.secret.data = item.session.secret_ballot
    return form


def sent_motion() -> MotionForm:
    """The form as it was sent."""
    body: dict[str, Any] = {
        "outcome": RadioField(
            gettext("Proposed decision"),
            choices=[SelectChoice(member.value, label(member)) for member in DECISIONS],
            validate_choice=False,
        ),
        "method": RadioField(
            field_label("method"),
            choices=[SelectChoice(member.value, label(member)) for member in Method],
            validate_choice=False,
        ),
    }
    form: MotionForm = type("MotionForm", (form_of(MotionInput),), body)()
    for name in ("conditions", "motivation"):
        form[name].render_kw = {**(form[name].render_kw or {}), "rows": 3}
    return form


def closing_form() -> ClosingForm:
    choices = [SelectChoice(choice.value, label(choice)) for choice in (Choice.FOR, Choice.AGAINST)]
    body: dict[str, Any] = {
        "casting": RadioField(field_label("casting"), choices=choices, validate_choice=False),
    }
    form: ClosingForm = type("ClosingForm", (form_of(ClosingInput),), body)()
    return form
