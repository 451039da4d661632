"""Saving what a form sent: whatever refuses it, the page comes back with the reason and all that was typed."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask_babel import gettext
from sqlalchemy.orm import Session

from fund.edge.requests import writing
from fund.edge.sentences import conflict_sentence, reason_sentence
from fund.errors import Conflict, InvalidInput, StaleVersion
from fund.services.perform import NotEditable
from workflows.engine import Refused, StepForbidden

REFUSED, UNUSABLE = 409, 422


class Shown(Protocol):
    """A form on its page, which bears the sentences of a refusal."""

    form_errors: list[str]

    def show_problems(self, problems: Mapping[str, Any], /) -> None: ...


def save(form: Shown, act: Callable[[Session], object]) -> int | None:
    """Run ``act`` as one unit of work. None when it is done, else the status of the page that shows the refusal.

    The form then bears the sentences. The page is drawn with the subject's present version, so that whoever reads
    what changed meanwhile can send the form again as it stands. Raises StepForbidden and NotPermitted.
    """
    try:
        with writing() as session:
            act(session)
    except StaleVersion:
        form.form_errors.append(
            gettext(
                "Somebody changed this meanwhile, so nothing was saved. What you typed is kept below: look at "
                "what changed, then send it again."
            )
        )
        return REFUSED
    except StepForbidden:
        raise
    except Refused as refusal:
        form.show_problems({reason.field or "_schema": [reason_sentence(reason)] for reason in refusal.reasons})
        return REFUSED
    except NotEditable as refusal:
        form.form_errors.append(reason_sentence(refusal.reason))
        return REFUSED
    except Conflict as conflict:
        form.form_errors.append(conflict_sentence(conflict.code))
        return REFUSED
    except InvalidInput as refusal:
        form.show_problems(_by_field(refusal.errors))
        return UNUSABLE
    return None


def _by_field(errors: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The first part of each path (``scores.3.value``) names the part of the form."""
    found: dict[str, list[Any]] = {}
    for path, problems in errors.items():
        found.setdefault(path.partition(".")[0], []).extend(problems)
    return found
