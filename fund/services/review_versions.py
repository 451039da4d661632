"""What a review said, one version a sitting and one each time it was given.

A saving is not an event of the journal, a sitting is: the first saving, and each after a rest of ten minutes or a
giving-in, begins a version and appends an event. What is given in is hashed whole into the event of its step.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import AuditEvent, Review, ReviewVersion
from fund.services import journal
from fund.services.writing import SITTING
from workflows.permissions import Actor


def marks_of(review: Review) -> dict[str, Any]:
    """The marks and comments as they stand, by the criterion's position in the rubric."""
    scores = sorted(review.scores, key=lambda score: score.criterion.position)
    return {str(s.criterion.position): {"value": s.value, "comment": s.comment} for s in scores}


def answers_of_version(version: ReviewVersion) -> dict[str, str]:
    """The answers of a version by the names of the grid (``reviews.read_grid``), those that say something."""
    found = {"comment": version.comment}
    for position, line in version.marks.items():
        found[f"mark-{position}"] = "" if line["value"] is None else str(line["value"])
        found[f"comment-{position}"] = line["comment"]
    return {name: text for name, text in found.items() if text}


def keep_version(session: Session, actor: Actor, review: Review, *, at: datetime) -> AuditEvent | None:
    """Go on with the sitting's version, or begin one and tell the journal. The caller holds the lock."""
    last = review.versions[-1] if review.versions else None
    if last is not None and not last.submitted and at - last.saved_at < SITTING:
        last.marks, last.comment, last.saved_at = marks_of(review), review.comment, at
        return None
    version = _begin(review, at)
    details = {"number": version.number}
    # The words stand in the version: the first keystrokes of a sitting are no news for the chain.
    return journal.append(
        session, actor, review, "review.score", at=at, details=details, changes=journal.Changes()
    )


def describe_given(review: Review, score: Decimal | None) -> dict[str, Any]:
    """What the journal says of a review that is being given in: the version's number, and its content's hash."""
    last = review.versions[-1] if review.versions else None
    number = (last.number + 1 if last.submitted else last.number) if last is not None else 1
    return {"number": number, "sha256": content_sha256(marks_of(review), review.comment, score)}


def mark_given(review: Review, *, at: datetime) -> ReviewVersion:
    """Close the sitting: its version becomes the one that was given in, with the score."""
    last = review.versions[-1] if review.versions else None
    version = _begin(review, at) if last is None or last.submitted else last
    version.marks, version.comment, version.saved_at = marks_of(review), review.comment, at
    version.submitted, version.score = True, review.score
    return version


def content_sha256(marks: Mapping[str, Any], comment: str, score: Decimal | None) -> str:
    """What stands in the journal for the content of a version that was given in."""
    content = {"marks": marks, "comment": comment, "score": journal.plain(score)}
    return hashlib.sha256(journal.canonical(content)).hexdigest()


def reason_of_end(session: Session, review: Review) -> str | None:
    """Why the review was cancelled, declined or given back, as the journal has it."""
    query = select(AuditEvent.body["reason"].as_string()).where(
        AuditEvent.subject_type == review.workflow.name, AuditEvent.subject_id == review.id
    )
    return session.scalar(query.order_by(AuditEvent.seq.desc()).limit(1))


def _begin(review: Review, at: datetime) -> ReviewVersion:
    version = ReviewVersion(
        number=review.versions[-1].number + 1 if review.versions else 1,
        marks=marks_of(review),
        comment=review.comment,
        begun_at=at,
        saved_at=at,
    )
    review.versions.append(version)
    return version
