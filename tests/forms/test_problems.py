"""Every refusal of this room has its sentence, with values as people write them."""

import re
from decimal import Decimal
from pathlib import Path

from flask import Flask
from flask_babel import Babel, force_locale

import fund.forms
from fund.edge.problem_words import PROBLEMS
from fund.edge.sentences import problem_sentence
from fund.forms.fields import Problem

ROOM = Path(fund.forms.__file__).parent
CODE = re.compile(r'(?:Problem|_refused|code = )\(?"([a-z_]+)"(?: if .* else "([a-z_]+)")?')


def test_every_problem_has_a_sentence() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))
    codes = {code for pair in CODE.findall(source) for code in pair if code}
    assert len(codes) > 60
    assert codes <= set(PROBLEMS)


def test_levels_and_limits_are_said_in_words() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context(), force_locale("en"):
        level = problem_sentence(Problem("territory_of_other_level", levels="dep,reg"))
        limit = problem_sentence(Problem("number_too_large", limit=Decimal("1250.5")))
    assert level == "Another kind of territory is asked for here: département, région."
    assert limit == "Give a number of at most 1,250.5."
