"""The minutes of a session: the facts as they are recorded, their hash, and the chair's signature under them.

What the facts hold is said in ``fund.documents.minutes``, which prints them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.analysis.severity import on_scale
from fund.errors import Conflict
from fund.models import (
    AgendaItem,
    Application,
    AuditEvent,
    CommitteeSession,
    Interest,
    InterestKind,
    Motion,
    Outcome,
    Person,
)
from fund.models.base import utc_now
from fund.models.interest import files_kept_from, live_links
from fund.services.journal import canonical, plain
from fund.services.perform import lock, perform
from fund.services.ranking import AdjustedScore, adjusted_scores
from fund.services.seats import interests_on
from workflows.committee import CommitteeState, CommitteeStep
from workflows.permissions import Actor

FORMAT = 1
NOT_SHOWN: Mapping[str, Any] = {
    **dict.fromkeys(("reference", "requested", "score", "withdrawn_at", "decision")),
    **dict.fromkeys(("title", "lead", "notes"), ""),
    "recused": [],
    "motions": [],
}
"""What is left of an item for whoever keeps off its file."""


def describe_session(session: Session, sitting: CommitteeSession) -> dict[str, Any]:
    """Everything that the minutes say, as plain data: one text for one session.

    Before the signature it is drawn from what is recorded; after it, it is what was signed. A vote that is still
    open is left out. Sessions of before the facts were kept (format 0) are drawn from what is recorded.
    """
    if sitting.minutes is not None and sitting.minutes["format"]:
        return dict(sitting.minutes)
    items = _items_of(session, sitting)
    recusals, scores = _recusals_of(session, sitting, items), adjusted_scores(session, sitting.call_id)
    call = sitting.call
    return {
        "format": FORMAT,
        "session": {
            "reference": sitting.reference,
            "title": sitting.title,
            "call": {"reference": call.reference, "title_fr": call.title_fr, "title_en": call.title_en},
            "place": sitting.place,
            "link": sitting.link,
            "held_at": plain(sitting.held_at),
            "opened_at": plain(sitting.opened_at),
            "closed_at": plain(sitting.closed_at),
            "chair": sitting.chair.name if sitting.chair else "",
            "deputy": sitting.deputy.name if sitting.deputy else "",
            "rules": {
                "quorum": sitting.quorum,
                "quorum_basis": sitting.quorum_basis.value,
                "majority": sitting.majority.value,
                "casting_vote": sitting.casting_vote,
                "secret_ballot": sitting.secret_ballot,
            },
        },
        "members": [
            {
                "name": member.person.name,
                "present": member.present,
                "role": _role_of(sitting, member.person_id),
            }
            for member in sitting.members
        ],
        "envelope": _describe_envelope(sitting),
        "simulation": describe_simulation(sitting),
        "items": [_describe_item(item, recusals, scores.get(item.application_id)) for item in items],
        "notes": sitting.notes,
    }


def minutes_for(session: Session, actor: Actor, sitting: CommitteeSession) -> dict[str, Any]:
    """The minutes as this reader may have them: of a file that she keeps off, its number and nothing else.

    Once the decisions are released she reads the outcome too. Before, the sums go with the file: what the others
    got would tell what it got.
    """
    facts = describe_session(session, sitting)
    hidden = _references_kept_from(session, actor, sitting)
    if not hidden:
        return facts
    simulation = facts["simulation"]
    seen = [line for line in simulation["differences"] if line["reference"] not in hidden]
    sums = (
        facts["envelope"]
        if sitting.is_released
        else {**dict.fromkeys(facts["envelope"]), "total": facts["envelope"]["total"]}
    )
    return {
        **facts,
        "envelope": sums,
        "simulation": {**simulation, "differences": seen},
        "items": [_withhold(item, sitting) if item["reference"] in hidden else item for item in facts["items"]],
    }


def _withhold(item: Mapping[str, Any], sitting: CommitteeSession) -> dict[str, Any]:
    decision = item["decision"]
    if decision is not None and sitting.is_released:
        decision = {
            "outcome": decision["outcome"],
            "amount": None,
            "rank": None,
            "conditions": "",
            "motivation": "",
        }
    else:
        decision = None
    return {"position": item["position"], **NOT_SHOWN, "decision": decision}


def _references_kept_from(session: Session, actor: Actor, sitting: CommitteeSession) -> frozenset[str]:
    if actor.person_id is None:
        return frozenset()
    query = (
        select(Application.reference)
        .join(AgendaItem, AgendaItem.application_id == Application.id)
        .where(AgendaItem.session_id == sitting.id, Application.id.in_(files_kept_from(actor.person_id)))
    )
    return frozenset(session.scalars(query))


def euros(amount: Decimal | None) -> str | None:
    """An amount with its cents: the same text before and after it went through the database."""
    return None if amount is None else format(amount, ".2f")


def digest_of(facts: Mapping[str, Any]) -> str:
    """The SHA-256, in hexadecimal, of the canonical text of the minutes."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def sign(
    session: Session,
    actor: Actor,
    sitting: CommitteeSession,
    *,
    inputs: Mapping[str, Any] | None = None,
    **given: Any,
) -> AuditEvent:
    """Sign the minutes as they were read: ``inputs["digest"]`` is the hash of the text that was shown.

    The facts are frozen with it, and the hash stands in the journal. Raises Conflict (``minutes_changed``) where
    something was noted since they were shown.
    """
    # The lock first: what is signed must be what is recorded, whoever writes notes at this moment.
    lock(session, sitting)
    facts = describe_session(session, sitting)
    digest = digest_of(facts)
    shown = str((inputs or {}).get("digest") or "")
    if sitting.state is CommitteeState.CLOSED and shown and shown != digest:
        raise Conflict("minutes_changed")
    sets = {"minutes": facts, "minutes_sha256": digest}
    return perform(
        session, actor, sitting, CommitteeStep.SIGN, inputs=inputs or {}, sets=sets, stamps="signed_at", **given
    )


def describe_simulation(sitting: CommitteeSession) -> dict[str, Any]:
    """Whether a proposed portfolio was adopted, edited, ignored, or none was made: worked out, not said."""
    if not sitting.simulations:
        return {"used": "none", "number": None, "differences": []}
    adopted = [simulation for simulation in sitting.simulations if simulation.adopted_at is not None]
    if not adopted:
        return {"used": "ignored", "number": sitting.simulations[-1].number, "differences": []}
    latest = max(adopted, key=lambda simulation: (simulation.adopted_at or utc_now(), simulation.number))
    proposed: Mapping[str, Any] = latest.result.get("amounts", {})
    differences = [
        {"reference": item.application.reference, "proposed": then, "decided": now}
        for item in sitting.items
        if (then := proposed.get(item.application.reference)) != (now := _granted_text(item))
    ]
    used = "edited" if differences else "adopted"
    return {"used": used, "number": latest.number, "differences": differences}


def _granted_text(item: AgendaItem) -> str | None:
    return euros(item.amount) if item.outcome is Outcome.FUNDED and item.lapsed_at is None else None


def _role_of(sitting: CommitteeSession, person_id: int) -> str:
    if person_id == sitting.chair_id:
        return "chair"
    return "deputy" if person_id == sitting.deputy_id else "member"


def _describe_envelope(sitting: CommitteeSession) -> dict[str, str | None]:
    """``before``: awards, and what other sessions decided; with ``decided`` and ``remaining`` it is the total."""
    decided = sum(
        (
            item.amount or Decimal(0)
            for item in sitting.items
            if item.outcome is Outcome.FUNDED and item.lapsed_at is None
        ),
        Decimal(0),
    )
    remaining = sitting.call.remaining_envelope()
    return {
        "total": euros(sitting.call.envelope),
        "before": euros(sitting.call.envelope - remaining - decided),
        "decided": euros(decided),
        "remaining": euros(remaining),
    }


def _items_of(session: Session, sitting: CommitteeSession) -> list[AgendaItem]:
    """The agenda with all that the minutes tell of it, in a fixed number of questions."""
    query = (
        select(AgendaItem)
        .where(AgendaItem.session_id == sitting.id)
        .options(joinedload(AgendaItem.application).joinedload(Application.lead))
        .options(selectinload(AgendaItem.motions))
        .order_by(AgendaItem.position)
    )
    return list(session.scalars(query))


Recusals = dict[int, list[dict[str, str | None]]]


def _recusals_of(session: Session, sitting: CommitteeSession, items: Iterable[AgendaItem]) -> Recusals:
    """Who left the room for each item, and why: as the last vote noted it, else as it stands now."""
    names = {member.person_id: member.person.name for member in sitting.members}
    ids = {member.person.reference: member.person_id for member in sitting.members}
    files = {item.application_id for item in items}
    standing, kinds = interests_on(session, files, names), _kinds_of(session, files, names)
    found: Recusals = {}
    for item in items:
        rolls = [motion.roll for motion in item.motions if motion.roll]
        if rolls:
            away = {ids[line["reference"]] for line in rolls[-1] if line["choice"] == "recused"}
        else:
            away = {person for person in names if (person, item.application_id) in standing}
        found[item.id] = sorted(
            ({"name": names[person], "because": kinds.get((person, item.application_id))} for person in away),
            key=lambda line: str(line["name"]),
        )
    return found


def _kinds_of(session: Session, files: Iterable[int], people: Iterable[int]) -> dict[tuple[int, int], str]:
    """Why each of these people keeps, or kept, off each of these files: the weightiest of the reasons."""
    links, wanted = live_links().c, (tuple(files), tuple(people))
    recorded = select(Interest.person_id, Interest.application_id, Interest.kind).where(
        Interest.application_id.in_(wanted[0]), Interest.person_id.in_(wanted[1])
    )
    seen = select(links.person_id, links.application_id, links.kind).where(
        links.application_id.in_(wanted[0]), links.person_id.in_(wanted[1])
    )
    order, kinds = list(InterestKind), {}
    rows = sorted(
        (order.index(InterestKind(kind)), person, file)
        for query in (recorded, seen)
        for person, file, kind in session.execute(query)
    )
    for weight, person, file in reversed(rows):
        kinds[person, file] = order[weight].value
    return kinds


def _describe_item(item: AgendaItem, recusals: Recusals, score: AdjustedScore | None) -> dict[str, Any]:
    application = item.application
    return {
        "position": item.position,
        "reference": application.reference,
        "title": application.title,
        "lead": application.lead.name,
        "requested": euros(application.requested_amount),
        "score": describe_score(score),
        "recused": recusals[item.id],
        "notes": item.notes,
        "motions": [_describe_motion(motion) for motion in item.motions if not motion.is_open],
        "withdrawn_at": plain(item.lapsed_at),
        "decision": _describe_decision(item),
    }


def describe_score(score: AdjustedScore | None) -> dict[str, Any] | None:
    """What the readings say of a file, as the committee's papers take it; None where nobody read it."""
    if score is None:
        return None
    points = {name: getattr(score, name) for name in ("raw", "adjusted", "low", "high", "agreed")}
    said = {name: None if value is None else format(on_scale(value), ".1f") for name, value in points.items()}
    return {**said, "reviews": score.reviews}


def _describe_motion(motion: Motion) -> dict[str, Any]:
    return {
        "number": motion.number,
        "outcome": motion.outcome.value,
        "amount": euros(motion.amount),
        "rank": motion.rank,
        "conditions": motion.conditions,
        "motivation": motion.motivation,
        "method": motion.method.value,
        "secret": motion.secret,
        "present": motion.in_room,
        "quorum": motion.quorum,
        "for": motion.votes_for,
        "against": motion.votes_against,
        "abstain": motion.votes_abstain,
        "casting": motion.casting.value if motion.casting else None,
        "result": motion.result.value if motion.result else None,
        "roll": [{"name": line["name"], "choice": line["choice"]} for line in motion.roll],
    }


def _describe_decision(item: AgendaItem) -> dict[str, Any] | None:
    if item.outcome is None:
        return None
    return {
        "outcome": item.outcome.value,
        "amount": euros(item.amount),
        "rank": item.rank,
        "conditions": item.conditions,
        "motivation": item.motivation,
    }


def signature_of(session: Session, sitting: CommitteeSession) -> dict[str, Any] | None:
    """Who signed, when, and the two hashes by which anybody can check it; None before the signature."""
    if sitting.signed_at is None:
        return None
    event = _signing_of(session, sitting)
    signer = None
    if event is not None:
        signer = session.scalar(select(Person).where(Person.reference == event.body["actor"]))
    return {
        "name": signer.name if signer else (sitting.chair.name if sitting.chair else ""),
        "instant": plain(sitting.signed_at),
        "sha256": sitting.minutes_sha256,
        "journal_hash": event.hash.hex() if event is not None else "",
    }


def verify_minutes(session: Session, reference: str, digest: str) -> CommitteeSession | None:
    """The session whose signed minutes have that fingerprint (of the facts or of the journal's entry), if genuine.

    Genuine are facts that still have the hash that was signed, and a signature that stands in the journal with it.
    """
    wanted = "".join(digest.split()).lower()
    query = select(CommitteeSession).where(CommitteeSession.reference == "".join(reference.split()).upper())
    sitting = session.scalar(query.options(joinedload(CommitteeSession.call)))
    if sitting is None or sitting.minutes is None or digest_of(sitting.minutes) != sitting.minutes_sha256:
        return None
    event = _signing_of(session, sitting)
    signed = event.body["changes"].get("minutes_sha256") if event is not None else None
    if event is None or signed != [None, sitting.minutes_sha256]:
        return None
    return sitting if wanted in (sitting.minutes_sha256, event.hash.hex()) else None


def _signing_of(session: Session, sitting: CommitteeSession) -> AuditEvent | None:
    return session.scalar(
        select(AuditEvent)
        .where(
            AuditEvent.subject_type == CommitteeSession.workflow.name,
            AuditEvent.subject_id == sitting.id,
            AuditEvent.action == CommitteeStep.SIGN.value,
        )
        .limit(1)
    )
