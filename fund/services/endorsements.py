"""Verbs on the word of a territorial catalyst for a file: asked by the alliance, given and signed, or declined."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.territories import covers
from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import Application, AuditEvent, Endorsement, EndorsementState, Person
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.people import list_people
from fund.services.perform import amend
from fund.services.writing import EDITABLE
from workflows.permissions import Actor, Permission, Role
from workflows.topics import Audience, Topic, tell

LIST_MAXIMUM = 200


def list_catalysts(session: Session, application: Application) -> list[Person]:
    """The catalysts whose territories cover the project's commune and who have no part in the file yet, by name.

    Who is an author, belongs to a member, reads the file as a reviewer or was asked already is none of them.
    """
    commune = application.commune_code
    if commune is None:
        return []
    reviewers = {review.reviewer_id for review in application.reviews}
    return [
        person
        for person in list_people(session, Role.CATALYST)
        if any(covers(code, commune) for code in person.territories)
        and person.id not in reviewers
        and not application.is_interested(person.as_actor())
    ]


def ask_endorsement(session: Session, actor: Actor, application: Application, reference: str) -> AuditEvent | None:
    """Ask a catalyst of the territory for a word; from now on she reads the file, and cannot review it.

    Raises Conflict (``trial_is_own``, ``endorsement_asked``), InvalidInput for who is no catalyst to be asked,
    NotPermitted, NotEditable.
    """

    def change() -> Mapping[str, Any]:
        if application.is_test:
            raise Conflict("trial_is_own")
        if any(endorsement.person.reference == reference for endorsement in application.endorsements):
            raise Conflict("endorsement_asked")
        found = (person for person in list_catalysts(session, application) if person.reference == reference)
        person = next(found, None)
        if person is None:
            raise InvalidInput({"catalyst": ["not_a_catalyst_here"]})
        now = utc_now()
        application.endorsements.append(Endorsement(person=person, asked_at=now))
        session.flush()
        outbox.write_message_to(session, person, application, Topic.ENDORSEMENT_ASKED, facts={}, at=now)
        return {"catalyst": person.reference}

    return amend(
        session,
        actor,
        application,
        "application.ask_endorsement",
        Permission.APPLICATION_WRITE,
        states=EDITABLE,
        change=change,
    )


def endorse(
    session: Session, actor: Actor, application: Application, *, words: str, signed_name: str
) -> AuditEvent | None:
    """Give the word that was asked for, under one's name. What was given or declined stands.

    Raises NotFound (not asked), Conflict (``endorsement_answered``), NotPermitted, NotEditable.
    """
    return _answer(session, actor, application, EndorsementState.GIVEN, words=words, signed_name=signed_name)


def decline_endorsement(session: Session, actor: Actor, application: Application) -> AuditEvent | None:
    """Decline to give a word. Raises what ``endorse`` raises."""
    return _answer(session, actor, application, EndorsementState.DECLINED)


def endorsement_of(application: Application, actor: Actor) -> Endorsement:
    """What the actor was asked for this file. Raises NotFound."""
    own = (endorsement for endorsement in application.endorsements if endorsement.person_id == actor.person_id)
    found = next(own, None) if actor.person_id is not None else None
    if found is None:
        raise NotFound("endorsement")
    return found


def list_own(session: Session, actor: Actor) -> list[Endorsement]:
    """What the actor was asked, the latest first."""
    of_file = joinedload(Endorsement.application)
    query = (
        select(Endorsement)
        .where(Endorsement.person_id == actor.person_id)
        .options(of_file.joinedload(Application.lead), of_file.joinedload(Application.call))
        .order_by(Endorsement.id.desc())
        .limit(LIST_MAXIMUM)
    )
    return list(session.scalars(query))


def _answer(
    session: Session,
    actor: Actor,
    application: Application,
    status: EndorsementState,
    *,
    words: str = "",
    signed_name: str = "",
) -> AuditEvent | None:
    """The words stay beside the chain, which keeps their digest: they are a person's own, and may be erased."""

    def change() -> Mapping[str, Any]:
        endorsement = endorsement_of(application, actor)
        if endorsement.status is not EndorsementState.ASKED:
            raise Conflict("endorsement_answered")
        endorsement.words, endorsement.signed_name = words, signed_name
        endorsement.status, endorsement.answered_at = status, utc_now()
        is_given = status is EndorsementState.GIVEN
        outbox.write_messages(
            session,
            actor,
            application,
            (tell(Audience.AUTHORS, Topic.ENDORSEMENT_ANSWERED),),
            inputs={},
            facts={"given": "yes" if is_given else "no", "catalyst": actor.name},
            at=endorsement.answered_at,
        )
        digest = {"words_sha256": hashlib.sha256(words.encode()).hexdigest()} if is_given else {}
        return {"endorsement": status, **digest}

    return amend(
        session,
        actor,
        application,
        "application.endorse",
        Permission.APPLICATION_ENDORSE,
        states=EDITABLE,
        change=change,
    )
