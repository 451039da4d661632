"""Forms made from the schemas of ``fund.schemas``: WTForms draws them, marshmallow alone judges what comes back.

So a page refuses exactly what the API refuses, in the same sentences, and a refused page keeps what was typed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import gettext
from flask_wtf import FlaskForm
from marshmallow import ValidationError
from marshmallow.fields import Field as SchemaField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput, DateTimeLocalInput

from fund.edge.fields import field_label
from fund.edge.labels import label
from fund.edge.sentences import problem_sentence
from fund.forms.fields import Choice, Commune, Day, Email, Input, Instant, Money, Rna, Siret, Text, Whole, YesNo
from workflows.engine import PARIS

LONG_TEXT = 300  # a text that may be longer than this gets a field of several lines
CONTROLS = (Text, Money, Day, Instant, Whole, YesNo, Choice)


class SchemaForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form whose answers are judged by ``schema``."""

    schema: ClassVar[type[Input]]

    def read(self, extra: Mapping[str, Any] | None = None, *, partial: bool = False) -> dict[str, Any] | None:
        """The answers as the services take them, or None: then each field bears its sentence.

        ``extra`` adds answers that the form does not draw itself (rows). The CSRF token was checked before.
        """
        given = {name: _sent(field, self.schema().fields[name]) for name, field in self.drawn().items()}
        answers = {name: value for name, value in given.items() if value is not _ABSENT}
        try:
            loaded: dict[str, Any] = self.schema().load({**answers, **(extra or {})}, partial=partial)
        except ValidationError as error:
            self.show_problems(error.messages_dict)
            return None
        return loaded

    def drawn(self) -> dict[str, Field]:
        """The fields that the schema knows, by name."""
        known = self.schema().fields
        return {field.name: field for field in self if field.name in known}

    def show_problems(self, problems: Mapping[str, Any]) -> None:
        """Put each problem beside its field; what belongs to no field of the form stands above it."""
        fields = {field.name: field for field in self}
        for name, found in problems.items():
            sentences = list(_sentences(found))
            if name in fields:
                fields[name].errors = sentences
            else:
                prefix = "" if name == "_schema" else field_label(name) + gettext(": ")
                self.form_errors.extend(prefix + sentence for sentence in sentences)

    def fill(self, source: Any) -> None:
        """Show what is recorded: the attributes of a model."""
        for name, field in self.drawn().items():
            field.data = written(getattr(source, name, None), self.schema().fields[name])


def form_of(schema: type[Input], only: Iterable[str] | None = None) -> type[SchemaForm]:
    """The form of a schema's simple fields; rows and objects are drawn by the page itself."""
    names = [name for name, field in schema().fields.items() if isinstance(field, CONTROLS)]
    wanted = names if only is None else [name for name in only if name in names]
    body: dict[str, Any] = {name: control_of(name, schema().fields[name]) for name in wanted}
    return type(f"{schema.__name__}Form", (SchemaForm,), {**body, "schema": schema})


def control_of(name: str, field: SchemaField[Any]) -> Any:  # noqa: C901 - a table: one line a kind of field
    """The control that draws one field of a schema."""
    text = field_label(name)
    # Never asked to judge (marshmallow does): it marks the control, and the label that then is not "optional".
    known = [InputRequired()] if field.required else []
    match field:
        case YesNo():
            return BooleanField(text)
        case Choice():
            choices = [SelectChoice(member.value, label(member)) for member in field.enum]
            return SelectField(
                text,
                choices=[SelectChoice("", gettext("Choose…")), *choices],
                validators=known,
                validate_choice=False,
            )
        case Day():
            return StringField(text, known, widget=DateInput())
        case Instant():
            return StringField(text, known, widget=DateTimeLocalInput())
        case Money():
            return StringField(text, known, render_kw={"inputmode": "decimal", "autocomplete": "off"})
        case Whole():
            return StringField(text, known, render_kw={"inputmode": "numeric", "autocomplete": "off"})
        case Email():
            return StringField(text, known, render_kw={"type": "email", "autocomplete": "email"})
        case Siret() | Rna() | Commune():
            return StringField(text, known, render_kw={"autocomplete": "off", "spellcheck": "false"})
        case Text(maximum=maximum) if maximum > LONG_TEXT:
            return TextAreaField(text, known, render_kw={"maxlength": maximum, "rows": 6})
        case Text(maximum=maximum):
            return StringField(text, known, render_kw={"maxlength": maximum})
    raise TypeError(f"{name}: no control draws a {type(field).__name__}")


def written(value: Any, field: SchemaField[Any]) -> Any:
    """A value as its control shows it."""
    match value:
        case None:
            return ""
        case bool():
            return value
        case Decimal():
            return f"{value:.2f}".replace(".", ",")
        case datetime():
            return value.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")
        case date():
            return value.isoformat()
    return value.value if isinstance(field, Choice) else str(value)


def read_rows(form: MultiDict[str, str], prefix: str, names: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a repeated part of a form: fields ``members-0-siret``, ``members-1-siret`` and so on.

    A row in which nothing is written is left out: pages offer spare rows, so that none needs JavaScript.
    """
    indexes = sorted(
        {
            int(parts[1])
            for key in form
            if len(parts := key.split("-")) == 3
            and parts[0] == prefix
            and parts[1].isdecimal()
            and len(parts[1]) < 4
        }
    )
    rows = [{name: form.get(f"{prefix}-{index}-{name}", "").strip() for name in names} for index in indexes]
    return [row for row in rows if any(row.values())]


def sent_version(form: MultiDict[str, str]) -> int | None:
    """The version of the subject that the page showed; None when it was tampered with beyond use."""
    text = form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


_ABSENT = object()


def _sent(field: Field, known: SchemaField[Any]) -> Any:
    """What the browser sent, in the schema's terms: an empty control is nothing, not an empty text."""
    if isinstance(known, YesNo):
        return bool(field.data)
    text = field.data if isinstance(field.data, str) else ""
    if isinstance(known, Text) or text.strip():
        return text
    if known.required:
        return _ABSENT
    return None if known.allow_none else _ABSENT


def _sentences(found: Any) -> Iterable[str]:
    if isinstance(found, Mapping):
        for inner in found.values():
            yield from _sentences(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from _sentences(inner)
    else:
        yield problem_sentence(found)
