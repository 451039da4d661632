"""What can go wrong in the terms of the program; each edge maps these to its own answer.

The texts of exceptions are for logs. Sentences for people are made at the edge from the codes
(``fund.i18n.sentences``).
"""

from collections.abc import Mapping
from typing import Any


class FundError(Exception):
    """The base of the errors that people cause or can lift."""


class NotFound(FundError):
    """The thing does not exist, or not for this actor: the two are not told apart."""


class StaleVersion(FundError):
    """Somebody else changed the thing since it was read."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(f"expected version {expected}, found {actual}")
        self.expected = expected
        self.actual = actual


class Conflict(FundError):
    """The database refused, or somebody else was there first; ``code`` names a sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @classmethod
    def from_constraint(cls, name: str) -> "Conflict":
        return cls(name or "constraint")


class InvalidInput(FundError):
    """Input that cannot be used; ``errors`` maps a field path (``members.0.siret``) to codes or sentences."""

    def __init__(self, errors: Mapping[str, list[Any]]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


class EngineAway(FundError):
    """PostgreSQL or Redis does not answer; the request was not carried out."""

    def __init__(self, engine: str) -> None:
        super().__init__(f"{engine} is away")
        self.engine = engine


class JournalBroken(FundError):
    """A chain of the journal does not verify."""
