"""The forms of assignment; files and reviewers are boxes that the pages draw."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.widgets import DateTimeLocalInput

from fund.forms.fields import Input, Instant, Text, Whole, list_of
from fund.web.forms import SchemaForm

READERS_MAXIMUM = 2_000
FILES_MAXIMUM = 100
NUMERIC = {"required": True, "inputmode": "numeric", "autocomplete": "off"}


class GivingInput(Input):
    files = list_of(Text(maximum=20), FILES_MAXIMUM, load_default=list)
    readers = list_of(Text(maximum=20), READERS_MAXIMUM, load_default=list)
    due_at = Instant(required=True)


class GivingForm(SchemaForm):
    schema = GivingInput
    due_at = StringField(_l("Reviews due by"), widget=DateTimeLocalInput(), render_kw={"required": True})


class SendingInput(Input):
    due_at = Instant(required=True)


class SendingForm(SchemaForm):
    schema = SendingInput
    due_at = StringField(_l("Reviews due by"), widget=DateTimeLocalInput(), render_kw={"required": True})


class ProposalInput(Input):
    """What the optimiser is asked for. Weights from 0 to 100; only their proportions count for the fit."""

    needed = Whole(minimum=1, maximum=20, required=True)
    cap = Whole(minimum=1, maximum=200, allow_none=True, load_default=None)
    competence = Whole(maximum=100, required=True)
    territory = Whole(maximum=100, required=True)
    balance = Whole(maximum=100, required=True)
    readers = list_of(Text(maximum=20), READERS_MAXIMUM, load_default=list)


class ProposalForm(SchemaForm):
    schema = ProposalInput
    needed = StringField(_l("Reviewers per file, in all"), render_kw=NUMERIC)
    cap = StringField(
        _l("New files for each reviewer, at most"), render_kw={"inputmode": "numeric", "autocomplete": "off"}
    )
    competence = StringField(_l("Competence"), render_kw=NUMERIC)
    territory = StringField(_l("Nearness"), render_kw=NUMERIC)
    balance = StringField(_l("Even loads"), render_kw=NUMERIC)
