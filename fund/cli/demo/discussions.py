"""How reviewers whose readings lie far apart came to agree, in the demonstration."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast
from fund.models import Application, DiscussionOutcome
from fund.services.discussions import (
    add_note,
    close_discussion,
    open_discussion,
    report_digest,
    take_position,
    write_report,
)


def hold_discussion(cast: Cast, application: Application, told: Mapping[str, Any]) -> None:
    """Open the round, let each reviewer speak, report, agree, and close it by consensus."""
    session, officer = cast.session, cast.actors["officer"]
    first, *others = [review.reviewer_as_actor for review in application.reviews]
    discussion = open_discussion(session, officer, application, question=told["question"], due_at=None)
    for actor, words in zip((first, *others), told["notes"], strict=True):
        add_note(session, actor, discussion, words)
    score = Decimal(told["score"])
    seen = report_digest(discussion)
    write_report(session, first, discussion, report=told["report"], score=score, seen=seen)
    seen = report_digest(discussion)
    for actor in others:
        take_position(session, actor, discussion, agrees=True, seen=seen)
    close_discussion(session, officer, discussion, outcome=DiscussionOutcome.CONSENSUS, seen=seen)
