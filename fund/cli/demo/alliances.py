"""The demonstration's alliances in the call with a form of its own: as their members, and the fund, wrote them.

Each act is done by the person whose it is, members by the links that they were sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast, in_days
from fund.cli.demo.dossiers import read_dossier
from fund.cli.demo.papers import make_paper
from fund.cli.demo.rich_call import open_rich_call, revise
from fund.forms.project import BUDGET, PROJECT
from fund.models import Application, Call, ConsentAnswer, Member, Right
from fund.services import alliance, applications, consents, documents, endorsements, sharing, thread, writing
from fund.services.steps import take_step
from workflows.permissions import Actor

IDENTITY = ("name", "kind", "siret", "commune_code")


@dataclass(frozen=True, slots=True)
class Dossier:
    """A described file and what was made of it; ``members``, the lead among them, by their keys in the text."""

    told: Mapping[str, Any]
    application: Application
    author: Actor
    members: dict[str, Member]


def tell_alliances(cast: Cast) -> None:
    """A draft of two authors, one that is ready, one deposited, one returned, one corrected."""
    call = open_rich_call(cast)
    _discuss(cast, _write_together(cast, call))
    revise(cast, call)
    _write(cast, call, "2-pret")
    deposited = _write(cast, call, "3-depose")
    _ask_catalyst(cast, deposited)
    _endorse(cast, deposited)
    _deposit(cast, deposited, "submit")
    for name in ("4-retourne", "5-corrige"):
        returned = _write(cast, call, name)
        _deposit(cast, returned, "submit")
        _return(cast, returned)
        if "corrections" in returned.told:
            _discuss(cast, returned)
            _correct(cast, returned)


def _write_together(cast: Cast, call: Call) -> Dossier:
    """The draft: one invitation was taken up, another was not yet, and a catalyst was asked for a word."""
    dossier = _write(cast, call, "1-en-cours")
    author, application = dossier.author, dossier.application
    person = cast.people[dossier.told["co_author"]]
    link = sharing.invite(
        cast.session, author, application, email=person.email, name=person.name, right=Right.WRITE
    )
    sharing.join(cast.session, link, person)
    _answer(cast, person.as_actor(), application, dossier.told["sections_of_co_author"])
    invited = dossier.told["invited"]
    right = Right(invited["right"])
    sharing.invite(cast.session, author, application, email=invited["email"], name=invited["name"], right=right)
    _ask_catalyst(cast, dossier)
    return dossier


def _write(cast: Cast, call: Call, name: str) -> Dossier:
    """A file with everything of its description that its author writes, and its members' answers."""
    told = read_dossier(name)
    author, lead = cast.actors[told["author"]], cast.organisations[told["lead"]]
    application = applications.start_application(cast.session, author, call, lead, title=told["project"]["title"])
    dossier = Dossier(told, application, author, {told["lead"]: application.members[0]})
    _answer(cast, author, application, {PROJECT: told["project"], **told["sections"], BUDGET: told["budget"]})
    alliance.edit_member(
        cast.session, author, application, application.members[0], identity={}, share=_share(told["share"])
    )
    for key, line in told["members"].items():
        identity = {part: line[part] for part in IDENTITY}
        dossier.members[key] = alliance.add_member(
            cast.session, author, application, identity=identity, share=_share(line)
        )
    _hand_in(cast, dossier, told["documents"])
    _ask_members(cast, dossier)
    return dossier


def _share(line: Mapping[str, Any]) -> dict[str, Any]:
    share = {name: line[name] for name in alliance.MEMBER_FIELDS if name in line}
    return {name: Decimal(value) if name in alliance.AMOUNTS else value for name, value in share.items()}


def _answer(cast: Cast, actor: Actor, application: Application, answers: Mapping[str, Any]) -> None:
    for key, part in answers.items():
        base = writing.read_part(application, key).number
        writing.save_part(cast.session, actor, application, key, part, base=base)


def _hand_in(cast: Cast, dossier: Dossier, papers: Iterable[Mapping[str, str]]) -> None:
    for paper in papers:
        issuer = dossier.members[paper["of"]].organisation.name
        upload = make_paper(paper["piece"], organisation=issuer, name=paper["name"], date=paper.get("date"))
        slot = _place(dossier, paper["slot"])
        documents.hand_in(cast.session, dossier.author, dossier.application, slot, upload, desk=cast.desk)


def _place(dossier: Dossier, told: str) -> str:
    """The place as the file names it: a member by its number instead of its key."""
    head, _, key = told.rpartition(".")
    return f"{head}.{dossier.members[key].id}" if key in dossier.members else told


def _ask_members(cast: Cast, dossier: Dossier) -> None:
    """Every member is sent its link; those that the description lets answer do, by it."""
    application = dossier.application
    others = {key: member for key, member in dossier.members.items() if not member.is_lead}
    consents.ask_consents(cast.session, dossier.author, application, list(others.values()))
    links = consents.living_links(cast.session, application)
    for key, member in others.items():
        told = dossier.told["members"][key]
        if told["answer"] == "asked":
            continue
        consents.answer_consent(
            cast.session,
            links[member.id],
            email=member.representative_email,
            answer=ConsentAnswer(told["answer"]),
            seen=consents.digest_of_part(member),
            name=member.representative_name,
            function=member.representative_function,
            note=told.get("note", ""),
        )


def _ask_catalyst(cast: Cast, dossier: Dossier) -> None:
    reference = cast.people[dossier.told["catalyst"]].reference
    endorsements.ask_endorsement(cast.session, dossier.author, dossier.application, reference)


def _endorse(cast: Cast, dossier: Dossier) -> None:
    catalyst = cast.actors[dossier.told["catalyst"]]
    words = dossier.told["words"]
    endorsements.endorse(cast.session, catalyst, dossier.application, words=words, signed_name=catalyst.name)


def _discuss(cast: Cast, dossier: Dossier) -> None:
    """The alliance asks, the fund reads and answers; the answer is read only where the description says so."""
    application, officer = dossier.application, cast.actors["officer"]
    for actor, from_fund, words in ((dossier.author, False, "question"), (officer, True, "reply")):
        if from_fund:
            thread.mark_read(cast.session, officer, application, from_fund=True)
        body = dossier.told[words]
        thread.post_message(cast.session, actor, application, from_fund=from_fund, body=body, desk=cast.desk)
    if dossier.told.get("reply_is_read"):
        thread.mark_read(cast.session, dossier.author, application, from_fund=False)


def _deposit(cast: Cast, dossier: Dossier, step: str) -> None:
    signed = {
        "declared": True,
        "signatory_name": dossier.author.name,
        "signatory_function": dossier.told["share"]["representative_function"],
    }
    take_step(cast.session, dossier.author, dossier.application, step, inputs=signed)


def _return(cast: Cast, dossier: Dossier) -> None:
    inputs = {
        "reason": dossier.told["return_reason"],
        "return_due_at": in_days(14, time(18)),
        "corrections": {_place(dossier, path): mark for path, mark in dossier.told["marks"].items()},
    }
    take_step(cast.session, cast.actors["officer"], dossier.application, "return", inputs=inputs)


def _correct(cast: Cast, dossier: Dossier) -> None:
    corrected = dossier.told["corrections"]
    _answer(cast, dossier.author, dossier.application, corrected["sections"])
    _hand_in(cast, dossier, corrected["documents"])
    _deposit(cast, dossier, "resubmit")
