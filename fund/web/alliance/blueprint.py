"""What the pages of an alliance share."""

from collections.abc import Callable

from flask import Blueprint, flash
from sqlalchemy.orm import Session

from config.territories import territory_label
from fund.edge.requests import writing
from fund.edge.sentences import conflict_sentence, problem_sentence, reason_sentence
from fund.errors import Conflict, InvalidInput
from fund.models import Application
from fund.services.alliance import PART
from fund.services.perform import NotEditable
from fund.services.writing import is_open_to_writing
from fund.web.applicant.own import may_write

blueprint = Blueprint("alliance", __name__)
blueprint.add_app_template_filter(territory_label)


def may_change(application: Application) -> bool:
    """Whether the signed-in person may change the members now."""
    return may_write(application) and is_open_to_writing(application, PART)


def attempt(act: Callable[[Session], object]) -> bool:
    """Run what a single button asks for; a refusal becomes a message of the next page. Raises NotPermitted."""
    try:
        with writing() as session:
            act(session)
    except Conflict as conflict:
        flash(conflict_sentence(conflict.code), "danger")
    except NotEditable as refusal:
        flash(reason_sentence(refusal.reason), "danger")
    except InvalidInput as refusal:
        for problems in refusal.errors.values():
            flash(problem_sentence(problems[0]), "danger")
    else:
        return True
    return False
