"""External advice (avis): one question to an expert outside the fund, who answers by a personal link.

The link shows her the question, the project's title and summary, and of the documents only those chosen for it;
once she has answered, no document any more.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.vocabularies import public_mail_hosts
from fund.errors import Conflict, InvalidInput, NotFound
from fund.forms.fields import Problem
from fund.models import Advice, Application, Document, LinkPurpose, PersonalLink
from fund.models.base import utc_now
from fund.services import journal, outbox
from fund.services.links import LIFE, make_link, recheck_link, revoke_links
from fund.services.perform import NotEditable, NotPermitted, lock
from fund.services.registration import find_by_address
from workflows.application import ApplicationState
from workflows.engine import PARIS
from workflows.permissions import Actor, Permission, allows
from workflows.topics import Audience, Topic, tell

ADVISABLE = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.REVIEWED,
    ApplicationState.COMMITTEE,
)
"""While an answer can still serve the judgement of the file."""


def ask_advice(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    expert_name: str,
    expert_email: str,
    question: str,
    documents: Sequence[str] = (),
    due_on: date,
) -> Advice:
    """Ask an expert, and send her the link. ``documents`` are references of documents of this file.

    Raises NotPermitted, NotEditable, Conflict (``kept_off``; ``advice_awaited``: she was asked already),
    InvalidInput for an expert who belongs to the alliance, for a document that is not to be had, for a day past
    or beyond the life of the link.
    """
    lock(session, application)
    _require_asker(actor, application)
    _require_sensible(due_on)
    if _is_interested(session, application, expert_email):
        raise InvalidInput({"expert_email": ["expert_interested"]})
    known = {document.reference for document in documents_to_show(application)}
    if not known.issuperset(documents):
        raise InvalidInput({"documents": ["unknown_reference"]})
    asked = list_advices(session, application)
    if any(one.is_awaited and one.expert_email.casefold() == expert_email.casefold() for one in asked):
        raise Conflict("advice_awaited")
    advice = Advice(
        application=application,
        asked_by_id=actor.person_id,
        asked_at=utc_now(),
        expert_name=expert_name,
        expert_email=expert_email,
        question=question,
        documents=list(dict.fromkeys(documents)),
        due_on=due_on,
    )
    session.add(advice)
    session.flush()
    _send(session, advice, advice.asked_at)
    details = {"advice": advice.id, "documents": advice.documents, "due_on": due_on}
    _note(session, actor, advice, "application.ask_advice", advice.asked_at, details)
    return advice


def send_again(session: Session, actor: Actor, advice: Advice) -> None:
    """Send a new link in the place of one that was lost or has expired.

    Raises NotPermitted, NotEditable, Conflict (``kept_off``, ``advice_over``).
    """
    lock(session, advice.application)
    _require_asker(actor, advice.application)
    _require_awaited(advice)
    now = utc_now()
    revoke_links(session, now, advice_id=advice.id)
    _send(session, advice, now)
    _note(session, actor, advice, "application.ask_advice", now, {"advice": advice.id, "again": True})


def withdraw_advice(session: Session, actor: Actor, advice: Advice) -> None:
    """Ask no longer: the link is taken back. Raises NotPermitted, Conflict (``kept_off``, ``advice_over``)."""
    lock(session, advice.application)
    _require_officer(actor, advice.application)
    _require_awaited(advice)
    advice.withdrawn_at = utc_now()
    revoke_links(session, advice.withdrawn_at, advice_id=advice.id)
    _note(session, actor, advice, "application.withdraw_advice", advice.withdrawn_at, {"advice": advice.id})


def answer_advice(session: Session, link: PersonalLink, *, answer: str, declined: bool) -> Advice:
    """Record what the expert answers, once; whoever declines may say why.

    Raises InvalidInput where nothing is said, Conflict (``already_answered``; ``advice_too_late``: the file is
    decided), DeadLink where the question was withdrawn meanwhile.
    """
    advice = advice_of_link(session, link)
    lock(session, advice.application)
    recheck_link(session, link)
    if advice.answered_at is not None:
        raise Conflict("already_answered")
    if advice.application.state not in ADVISABLE:
        raise Conflict("advice_too_late")
    if not answer and not declined:
        raise InvalidInput({"answer": ["required"]})
    advice.answered_at, advice.answer, advice.declined = utc_now(), answer, declined
    expert = Actor(reference=f"link:{link.id}", name=advice.expert_name, roles=frozenset(), email=link.email)
    details = {
        "advice": advice.id,
        "declined": declined,
        "words_sha256": hashlib.sha256(answer.encode()).hexdigest(),
    }
    _note(session, expert, advice, "application.give_advice", advice.answered_at, details)
    outbox.write_messages(
        session,
        expert,
        advice.application,
        (tell(Audience.OFFICERS, Topic.ADVICE_GIVEN),),
        inputs={},
        facts={"expert": advice.expert_name, "declined": declined},
        at=advice.answered_at,
    )
    return advice


def list_advices(session: Session, application: Application) -> list[Advice]:
    """Everything that was asked on the file, the latest first: for those who ask."""
    query = select(Advice).where(Advice.application_id == application.id).order_by(Advice.id.desc())
    return list(session.scalars(query.options(joinedload(Advice.asked_by))))


def list_given(session: Session, application: Application) -> list[Advice]:
    """The answers, for everybody who judges the file: advice serves the reading, so it is shown at once."""
    query = select(Advice).where(
        Advice.application_id == application.id, Advice.answered_at.is_not(None), Advice.declined.is_(False)
    )
    return list(session.scalars(query.order_by(Advice.id)))


def find_advice(session: Session, application: Application, advice_id: int) -> Advice:
    """One question of the file. Raises NotFound."""
    advice = session.get(Advice, advice_id)
    if advice is None or advice.application_id != application.id:
        raise NotFound(f"advice {advice_id}")
    return advice


def documents_to_show(application: Application) -> list[Document]:
    """The documents of the file that an expert may be shown; never what is attached to messages."""
    return [d for d in application.documents if d.fills_its_place and d.is_of_deposit]


def documents_of(session: Session, advice: Advice) -> list[Document]:
    """The documents chosen for the question, as long as it is awaited. One replaced since is shown as it was."""
    if not advice.is_awaited:
        return []
    query = select(Document).where(
        Document.application_id == advice.application_id, Document.reference.in_(advice.documents)
    )
    return list(session.scalars(query.order_by(Document.id)))


def advice_of_link(session: Session, link: PersonalLink) -> Advice:
    """The question that the link leads to. Raises NotFound."""
    advice = session.get(Advice, link.advice_id) if link.advice_id is not None else None
    if advice is None:
        raise NotFound("advice")
    return advice


def _send(session: Session, advice: Advice, now: datetime) -> None:
    link = make_link(
        session,
        LinkPurpose.ADVICE,
        email=advice.expert_email,
        name=advice.expert_name,
        now=now,
        application_id=advice.application_id,
        advice_id=advice.id,
    )
    facts = {"question": advice.question, "due_on": advice.due_on}
    outbox.write_link_message(session, advice.application, Topic.ADVICE_ASKED, link, facts=facts, at=now)


def _note(
    session: Session, actor: Actor, advice: Advice, action: str, at: datetime, details: dict[str, Any]
) -> None:
    """Into the file's chain; whom was asked stands in the question's own row, out of the chain."""
    journal.append(session, actor, advice.application, action, at=at, details=details)
    session.flush()


def _require_asker(actor: Actor, application: Application) -> None:
    _require_officer(actor, application)
    if application.state not in ADVISABLE:
        raise NotEditable(application.state)


def _require_officer(actor: Actor, application: Application) -> None:
    if not allows(Permission.APPLICATION_PROCESS, actor, application.relations(actor)):
        raise NotPermitted(Permission.APPLICATION_PROCESS)
    if application.is_interested(actor):
        raise Conflict("kept_off")


def _require_awaited(advice: Advice) -> None:
    if not advice.is_awaited:
        raise Conflict("advice_over")


def _require_sensible(due_on: date) -> None:
    today = utc_now().astimezone(PARIS).date()
    last = today + LIFE[LinkPurpose.ADVICE]
    if due_on < today:
        raise InvalidInput({"due_on": ["deadline_behind"]})
    if due_on > last:
        raise InvalidInput({"due_on": [Problem("advice_due_too_late", last=last)]})


def _is_interested(session: Session, application: Application, address: str) -> bool:
    """Whether the address is one of the alliance's or shares its mail domain, or is a person's who is kept off."""
    own = address.casefold()
    addresses = {
        (application.contact_email or "").casefold(),
        *(member.representative_email.casefold() for member in application.members),
        *(author.person.email.casefold() for author in application.collaborators),
    }
    domain = own.rpartition("@")[2]
    domains = {known.rpartition("@")[2] for known in addresses} - public_mail_hosts()
    if own in addresses or domain in domains:
        return True
    person = find_by_address(session, address)
    return person is not None and application.is_interested(person.as_actor())
