"""The sentences that say why a row of a published file was not taken in, and what to correct."""

from dataclasses import dataclass

from flask_babel import gettext

from fund.edge.scdl_words import SENTENCES
from fund.edge.sentences import conflict_sentence, reason_sentence
from fund.errors import Conflict
from fund.schemas.scdl import Refusal
from workflows.engine import StepRefused


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One fault of one row: the physical line, the column where there is one, the cell, and the sentence."""

    line: int
    column: str | None
    value: str
    sentence: str

    @classmethod
    def of_cell(cls, refusal: Refusal) -> "RefusedRow":
        sentence = str(SENTENCES[refusal.reason]) % dict(refusal.params)
        return cls(refusal.line, refusal.column, refusal.value, sentence)

    @classmethod
    def of_step(cls, line: int, error: StepRefused | Conflict) -> "RefusedRow":
        """A row that could be read and that a guard or the database refused."""
        if isinstance(error, Conflict):
            return cls(line, None, "", conflict_sentence(error.code))
        return cls(line, None, "", " ".join(reason_sentence(reason) for reason in error.reasons))

    def __str__(self) -> str:
        facts = {"line": self.line, "column": self.column, "value": self.value, "sentence": self.sentence}
        if self.column is None:
            return str(gettext("Line %(line)s: %(sentence)s", **facts))
        if not self.value:
            return str(gettext("Line %(line)s, column %(column)s: %(sentence)s", **facts))
        return str(gettext("Line %(line)s, column %(column)s, “%(value)s”: %(sentence)s", **facts))
