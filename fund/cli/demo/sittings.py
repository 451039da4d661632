"""The demonstration's committee sessions: planned, called off, sitting now, closed, signed, released.

Every decision is voted on, and comes into force at its session's release, as everywhere.
"""

from datetime import time, timedelta
from decimal import Decimal

from fund.cli.demo.aftermaths import follow_award
from fund.cli.demo.cast import Cast, in_days
from fund.cli.demo.deposits import File, step
from fund.documents.letter_facts import draft_of
from fund.models import AgendaItem, CommitteeSession
from fund.models.base import utc_now
from fund.services import committee, interests, letters, voting
from fund.services.minutes import signature_of
from fund.services.release import release, schedule_release
from workflows.voting import Choice, Method, Outcome

FUNDED = "L’alliance répond à un besoin partagé et chacun de ses membres y prend une part réelle."
DECISIONS: dict[str, tuple[Outcome, str]] = {
    "declined": (
        Outcome.DECLINED,
        "L’apport des partenaires n’est pas démontré. Le comité encourage à le préciser.",
    ),
    "waitlisted": (Outcome.WAITLISTED, "Projet de qualité, retenu dès que l’enveloppe le permettra."),
    "deferred": (Outcome.DEFERRED, "Le comité attend l’avis du syndicat de rivière."),
}
"""What is decided of a file with such an outcome; every other that comes before a committee is funded."""
TITLES = {
    "draft": "Comité de printemps",
    "convened": "Comité de la dernière séance",
    "cancelled": "Comité extraordinaire",
    "first": "Première séance du comité",
    "second": "Deuxième séance du comité",
    "signed": "Troisième séance du comité",
    "closed": "Quatrième séance du comité",
    "open": "Cinquième séance du comité",
    "settled": "Comité de l’appel « Réemploi et artisanat »",
}
MEMBERS = ("committee", "committee2", "committee3")
VOTES = {
    "chair": Choice.FOR,
    "deputy": Choice.FOR,
    "committee": Choice.FOR,
    "committee2": Choice.ABSTAIN,
    "committee3": Choice.AGAINST,
}
ABSENT = {"second": "committee3"}


def hold_sittings(cast: Cast, files: list[File]) -> None:
    """Hold, prepare or call off the sessions, decide their files, and take the awards as far as they shall go."""
    of = {name: [file for file in files if file.project.get("sitting") == name] for name in TITLES}
    _plan(cast, "draft", "living", days=60)
    _convene(cast, _plan(cast, "convened", "living", days=20), of["convened"])
    called_off = _plan(cast, "cancelled", "living", days=5)
    _convene(cast, called_off, of["cancelled"])
    step(cast, "officer", called_off, "cancel", reason="Le quorum ne serait pas atteint à cette date.")
    for name, call in (("first", "living"), ("second", "living"), ("settled", "settled")):
        sitting = _decide_all(cast, name, call, of[name])
        _sign(cast, sitting)
        schedule_release(cast.session, cast.actors["officer"], sitting, utc_now())
        release(cast.session, sitting)
    for file in files:
        if file.application.award is not None:
            follow_award(cast, file, file.application.award)
    step(cast, "officer", cast.calls["settled"], "settle")
    awaiting = _decide_all(cast, "signed", "living", of["signed"])
    _sign(cast, awaiting)
    schedule_release(cast.session, cast.actors["officer"], awaiting, in_days(1, time(10)))
    _decide_all(cast, "closed", "living", of["closed"])
    _deliberate(cast, of["open"])


def _plan(cast: Cast, name: str, call: str, *, days: int) -> CommitteeSession:
    return committee.plan_session(
        cast.session,
        cast.actors["officer"],
        cast.calls[call],
        members=[cast.people[key] for key in MEMBERS],
        chair=cast.people["chair"],
        deputy=cast.people["deputy"],
        title=TITLES[name],
        place="Salle du conseil et visioconférence",
        # Convening asks for a date ahead; those of today begin in a few minutes.
        held_at=utc_now() + timedelta(days=days, minutes=5),
        quorum=3,
    )


def _convene(cast: Cast, sitting: CommitteeSession, files: list[File]) -> None:
    for file in files:
        committee.put_on_agenda(cast.session, cast.actors["officer"], sitting, file.application)
    step(cast, "officer", sitting, "convene")


def _begin(cast: Cast, name: str, call: str, files: list[File]) -> CommitteeSession:
    """A session of today that is open, with everybody there but who is absent."""
    sitting = _plan(cast, name, call, days=0)
    _convene(cast, sitting, files)
    present = [cast.people[key].id for key in VOTES if key != ABSENT.get(name)]
    committee.set_attendance(cast.session, cast.actors["chair"], sitting, present)
    step(cast, "chair", sitting, "open")
    return sitting


def _decide_all(cast: Cast, name: str, call: str, files: list[File]) -> CommitteeSession:
    """A session of today that decided its files and is closed."""
    sitting = _begin(cast, name, call, files)
    voters = [key for key in VOTES if key != ABSENT.get(name)]
    for file in files:
        _decide(cast, file, voters)
    step(cast, "chair", sitting, "close")
    return sitting


def _decide(cast: Cast, file: File, voters: list[str]) -> None:
    """Put the file's decision to the vote: by show of hands, or by a ballot, which may be secret."""
    outcome, motivation = DECISIONS.get(file.outcome, (Outcome.FUNDED, FUNDED))
    how = file.project.get("vote", "hands")
    motion = voting.open_motion(
        cast.session,
        cast.actors["chair"],
        _item_of(file),
        outcome=outcome,
        amount=Decimal(file.project["granted"]) if "granted" in file.project else None,
        conditions=file.project.get("conditions", ""),
        motivation=motivation,
        method=Method.HANDS if how == "hands" else Method.BALLOT,
        secret=how == "secret",
    )
    hands = None
    if how == "hands":
        hands = (len(voters) - 1, 0, 1)
    else:
        for key in voters:
            voting.cast_vote(cast.session, cast.actors[key], motion, VOTES[key])
    voting.close_motion(cast.session, cast.actors["chair"], motion, hands=hands)


def _sign(cast: Cast, sitting: CommitteeSession) -> None:
    """Sign the minutes; letters are written from their drafts and read over."""
    session, officer = cast.session, cast.actors["officer"]
    step(cast, "chair", sitting, "sign")
    signature, ranks = signature_of(session, sitting), letters.ranks_to_come(session, sitting)
    signer = signature["name"] if signature else ""
    texts = {}
    for item in letters.decisions_for(session, officer, sitting):
        told = letters.describe_letter(item, rank=ranks.get(item.id), signer=signer, released_at=None)
        texts[item.id] = draft_of(told, letters.language_of(item.application))
    letters.prepare_letters(session, officer, sitting, texts)
    files = [item.application.reference for item in sitting.items]
    letters.check_letters(session, officer, sitting, files)


def _deliberate(cast: Cast, files: list[File]) -> None:
    """The session that sits now: proposals made, a member out of the room for a file, a vote begun."""
    session, officer = cast.session, cast.actors["officer"]
    _begin(cast, "open", "living", files)
    for file in files:
        amount = Decimal(file.project["proposed"])
        committee.propose(session, officer, _item_of(file), outcome=Outcome.FUNDED, amount=amount)
        if "interest" in file.project:
            interests.declare(session, cast.actors["committee3"], file.application, file.project["interest"])
    voted_on = files[0]
    item = _item_of(voted_on)
    committee.write_notes(session, officer, item, voted_on.project["notes"])
    motion = voting.open_motion(
        session,
        cast.actors["chair"],
        item,
        outcome=Outcome.FUNDED,
        amount=Decimal(voted_on.project["proposed"]),
        motivation=FUNDED,
        secret=False,
    )
    voting.cast_vote(session, cast.actors["committee2"], motion, Choice.FOR)


def _item_of(file: File) -> AgendaItem:
    item = file.application.current_item
    if item is None:
        raise LookupError(file.application.title)
    return item
