"""Choosing a password. It is hashed as it was typed: no schema reads it, which would trim it."""

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from fund.edge.sentences import conflict_sentence, problem_sentence
from fund.errors import Conflict, InvalidInput
from fund.web.saving import REFUSED, UNUSABLE

NAME_MAXIMUM = 200


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    password = PasswordField(
        _l("Password"),
        [InputRequired()],
        description=_l("At least 12 characters. Several words that only you put together are easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("The same password, again"), [InputRequired()], render_kw={"autocomplete": "new-password"}
    )

    def is_usable(self) -> bool:
        """Whether both are the same; else the second bears the sentence."""
        if self.password.data == self.again.data:
            return True
        self.again.errors = [problem_sentence("passwords_differ")]
        return False


class NewAccountForm(PasswordForm):
    name = StringField(
        _l("Your name"), [InputRequired()], render_kw={"autocomplete": "name", "maxlength": NAME_MAXIMUM}
    )

    def is_usable(self) -> bool:
        name = (self.name.data or "").strip()
        is_named = bool(name) and len(name) <= NAME_MAXIMUM and name.isprintable()
        if not is_named:
            self.name.errors = [problem_sentence("required")]
        return super().is_usable() and is_named


def save_password(form: PasswordForm, act: Callable[[], None]) -> int | None:
    """Do it; a refusal stands beside the field. None when done, else the status of the page."""
    try:
        act()
    except InvalidInput as refusal:
        for name, problems in refusal.errors.items():
            form[name].errors = [problem_sentence(problem) for problem in problems]
        return UNUSABLE
    except Conflict as conflict:
        form.form_errors.append(conflict_sentence(conflict.code))
        return REFUSED
    return None
