"""What experts were asked in the demonstration, and what one of them answered by the link that was sent."""

from datetime import timedelta

from sqlalchemy import select

from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File
from fund.models import PersonalLink
from fund.models.base import utc_now
from fund.services.advice import answer_advice, ask_advice
from workflows.engine import paris_day


def ask_experts(cast: Cast, files: list[File]) -> None:
    """Ask what the files' descriptions say; where they hold an answer, the expert gives it."""
    for file in files:
        told = file.project.get("advice")
        if told is None:
            continue
        asked = ask_advice(
            cast.session,
            cast.actors["officer"],
            file.application,
            expert_name=told["name"],
            expert_email=told["email"],
            question=told["question"],
            due_on=paris_day(utc_now()) + timedelta(days=12),
        )
        if "answer" in told:
            link = cast.session.scalars(select(PersonalLink).where(PersonalLink.advice_id == asked.id)).one()
            answer_advice(cast.session, link, answer=told["answer"], declined=False)
