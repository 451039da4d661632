"""The grid of one review: a mark and a comment on each criterion of the rubric, and a word on the whole."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from fund.edge.sentences import problem_sentence
from fund.models import Review
from fund.schemas.forms import ScoresInput
from fund.web.forms import SchemaForm

COMMENT_LENGTH = 4_000
LONGEST_ROW = 10  # a longer scale is typed rather than picked from a row of buttons


class GridForm(SchemaForm):
    """What is typed on each criterion is kept under its number in the rubric, marks and comments as texts."""

    schema = ScoresInput
    comment = TextAreaField(_l("Overall comment"), render_kw={"rows": 5, "maxlength": 10_000})

    def show_review(self, review: Review) -> None:
        """Show what is recorded."""
        given = {score.criterion_id: score for score in review.scores}
        self.comment.data = review.comment
        self.lines = []
        for criterion in review.application.call.criteria:
            score = given.get(criterion.id)
            mark = "" if score is None or score.value is None else str(score.value)
            self._add_line(criterion, mark, score.comment if score else "")

    def read_grid(self, review: Review) -> dict[str, Any] | None:
        """The arguments of ``reviews.save_scores``, or None: then the form bears its sentences."""
        self.lines = []
        for criterion in review.application.call.criteria:
            mark = request.form.get(f"mark-{criterion.position}", "").strip()
            self._add_line(criterion, mark, request.form.get(f"comment-{criterion.position}", ""))
        rows = [
            {"criterion": line["number"], "value": line["mark"] or None, "comment": line["comment"]}
            for line in self.lines
        ]
        given = self.read({"scores": rows})
        if given is None or not self._within_scales(given):
            return None
        numbers = {line["number"]: line["criterion"].id for line in self.lines}
        return {
            "scores": {numbers[score.pop("criterion")]: score for score in given["scores"]},
            "comment": given.get("comment"),
        }

    def _add_line(self, criterion: Any, mark: str, comment: str) -> None:
        self.lines.append(
            {"criterion": criterion, "number": criterion.position, "mark": mark, "comment": comment, "error": None}
        )

    def _within_scales(self, given: dict[str, Any]) -> bool:
        for line, score in zip(self.lines, given["scores"], strict=True):
            if score["value"] is not None and score["value"] > line["criterion"].scale_max:
                line["error"] = problem_sentence("outside_scale")
        return not any(line["error"] for line in self.lines)

    def show_problems(self, problems: Any) -> None:
        """Put the problems of a criterion beside it."""
        others = dict(problems)
        rows = others.get("scores")
        if isinstance(rows, dict):
            del others["scores"]
            for index, found in rows.items():
                self.lines[index]["error"] = problem_sentence(next(iter(found.values()))[0])
        super().show_problems(others)

    lines: list[dict[str, Any]]
