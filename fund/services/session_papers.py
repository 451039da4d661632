"""What a member reads before a session, as facts; ``fund.documents.session_pack`` says their shape."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from config.communes import commune_label
from fund.models import Advice, AgendaItem, Application, CommitteeSession, Criterion, Discussion, Member, Review
from fund.services.journal import plain
from fund.services.minutes import describe_session
from fund.services.seats import interests_on
from fund.services.themes import Themes, themes_of
from workflows.permissions import Actor
from workflows.review import ReviewState

Facts = dict[str, Any]
TENTH = Decimal("0.1")


def describe_pack(session: Session, actor: Actor, sitting: CommitteeSession) -> Facts:
    """The packet for this reader: of a file in which she has an interest, its place and nothing else."""
    told = describe_session(session, sitting)
    numbers = [item.application_id for item in sitting.items]
    kept = interests_on(session, numbers, [actor.person_id or 0])
    open_to_her = [number for number in numbers if (actor.person_id, number) not in kept]
    files = _files(session, open_to_her)
    themes = themes_of(session, list(files.values()))
    advice = _advice(session, open_to_her)
    lines = {line["position"]: line for line in told["items"]}
    return {
        "format": told["format"],
        "session": told["session"],
        "members": [member["name"] for member in told["members"]],
        "envelope": {name: told["envelope"][name] for name in ("total", "remaining")},
        "items": [
            _sheet(
                item,
                lines[item.position],
                files[item.application_id],
                themes[item.application_id],
                [one for one in advice if one.application_id == item.application_id],
            )
            if item.application_id in files
            else {"position": item.position, "recused": True}
            for item in sitting.items
        ],
    }


def _files(session: Session, numbers: Sequence[int]) -> dict[int, Application]:
    query = (
        select(Application)
        .where(Application.id.in_(numbers))
        .options(
            joinedload(Application.call),
            selectinload(Application.call_version),
            selectinload(Application.members).joinedload(Member.organisation),
            selectinload(Application.reviews).selectinload(Review.scores),
            selectinload(Application.discussions),
        )
    )
    return {application.id: application for application in session.scalars(query)}


def _advice(session: Session, numbers: Sequence[int]) -> list[Advice]:
    query = select(Advice).where(Advice.application_id.in_(numbers), Advice.answer != "").order_by(Advice.id)
    return list(session.scalars(query))


def _sheet(
    item: AgendaItem, line: Facts, application: Application, themes: Themes, advice: Iterable[Advice]
) -> Facts:
    reviews = [review for review in application.reviews if review.state is ReviewState.SUBMITTED]
    return {
        "position": item.position,
        "recused": False,
        **{name: line[name] for name in ("reference", "title", "lead", "requested", "score")},
        "territory": commune_label(application.commune_code) if application.commune_code else "",
        "total_budget": plain(application.total_budget),
        "starts_on": plain(application.starts_on),
        "ends_on": plain(application.ends_on),
        "sdgs": sorted(themes.sdgs, key=int),
        "levers": sorted(themes.levers, key=int),
        "summary": application.summary,
        "members": [
            {"name": member.organisation.name, "kind": member.organisation.kind.value, "part": member.part}
            for member in application.members
        ],
        "criteria": [_criterion(criterion, reviews) for criterion in application.call.criteria],
        "comments": [review.comment for review in reviews if review.comment],
        "divergence": _divergence(application.discussions[-1], reviews) if application.discussions else None,
        "advice": [{"of": one.expert_name, "question": one.question, "answer": one.answer} for one in advice],
        "remark": "",
        "proposed": _proposed(item),
    }


def _criterion(criterion: Criterion, reviews: Iterable[Review]) -> Facts:
    given = [score for review in reviews for score in review.scores if score.criterion_id == criterion.id]
    marks = [score.value for score in given if score.value is not None]
    return {
        "label_fr": criterion.label_fr,
        "label_en": criterion.label_en,
        "weight": plain(criterion.weight),
        "scale": criterion.scale_max,
        "mean": plain((Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.01"))) if marks else None,
        "low": min(marks, default=None),
        "high": max(marks, default=None),
        "threshold": criterion.threshold,
        "comments": [score.comment for score in given if score.comment],
    }


def _divergence(discussion: Discussion, reviews: Iterable[Review]) -> Facts:
    scores = [review.score for review in reviews if review.score is not None]
    return {
        "spread": plain((max(scores) - min(scores)).quantize(TENTH)) if scores else "0",
        "outcome": discussion.outcome.value if discussion.outcome else "open",
        "text": discussion.report,
    }


def _proposed(item: AgendaItem) -> Facts | None:
    if item.proposed_outcome is None:
        return None
    return {"outcome": item.proposed_outcome.value, "amount": plain(item.proposed_amount), "rank": None}
