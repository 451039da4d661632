"""The demonstration's committee sessions, and what follows a decision: agreements, payments, reports."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File, step
from fund.models import Award, CommitteeSession, Disbursement
from fund.models.base import utc_now
from fund.services import awards, committee, reports
from workflows.engine import paris_day

FUNDED = "L’alliance répond à un besoin partagé et chacun de ses membres y prend une part réelle."
DECISIONS: dict[str, tuple[str, dict[str, str]]] = {
    "declined": (
        "decline",
        {"motivation": "L’apport des partenaires n’est pas démontré. Le comité encourage à le préciser."},
    ),
    "waitlisted": ("waitlist", {"motivation": "Projet de qualité, retenu dès que l’enveloppe le permettra."}),
    "deferred": ("defer", {"reason": "Le comité attend l’avis du syndicat de rivière."}),
}
NARRATIVE = (
    "Les actions prévues ont été menées avec tous les membres de l’alliance. La fréquentation a dépassé les "
    "attentes ; l’achat de matériel a coûté un peu moins que prévu."
)


def hold_sittings(cast: Cast, files: list[File]) -> None:
    """Hold, prepare or call off the sessions, decide their files, and take the awards as far as they shall go."""
    of = {name: [f for f in files if f.project.get("sitting") == name] for name in TITLES}
    _plan(cast, "draft", "living", days=60)
    _convene(cast, _plan(cast, "convened", "living", days=20), of["convened"])
    called_off = _plan(cast, "cancelled", "living", days=5)
    _convene(cast, called_off, of["cancelled"])
    step(cast, "officer", called_off, "cancel", reason="Le quorum ne serait pas atteint à cette date.")
    for name, call in (("signed", "living"), ("closed", "living"), ("open", "living"), ("settled", "settled")):
        sitting = _plan(cast, name, call, days=0)
        _convene(cast, sitting, of[name])
        _open(cast, sitting)
        if name == "open":
            continue
        for file in of[name]:
            _decide(cast, file)
        step(cast, "chair", sitting, "close")
        if name != "closed":
            step(cast, "chair", sitting, "sign")
    for file in files:
        if file.application.award is not None:
            _follow(cast, file, file.application.award)
    step(cast, "officer", cast.calls["settled"], "settle")


TITLES = {
    "draft": "Comité de printemps",
    "convened": "Comité de la dernière session",
    "cancelled": "Comité extraordinaire",
    "signed": "Première session du comité",
    "closed": "Deuxième session du comité",
    "open": "Troisième session du comité",
    "settled": "Comité de l’appel « Réemploi et artisanat »",
}


def _plan(cast: Cast, name: str, call: str, *, days: int) -> CommitteeSession:
    return committee.plan_session(
        cast.session,
        cast.actors["officer"],
        cast.calls[call],
        members=[cast.people["committee"]],
        chair=cast.people["chair"],
        title=TITLES[name],
        place="Salle du conseil et visioconférence",
        # Convening asks for a date ahead; those of today begin in a few minutes.
        held_at=utc_now() + timedelta(days=days, minutes=5),
        quorum=2,
    )


def _convene(cast: Cast, sitting: CommitteeSession, files: list[File]) -> None:
    for file in files:
        committee.put_on_agenda(cast.session, cast.actors["officer"], sitting, file.application)
    step(cast, "officer", sitting, "convene")


def _open(cast: Cast, sitting: CommitteeSession) -> None:
    present = [cast.people["chair"].id, cast.people["committee"].id]
    committee.set_attendance(cast.session, cast.actors["chair"], sitting, present)
    step(cast, "chair", sitting, "open")


def _decide(cast: Cast, file: File) -> None:
    if file.outcome in DECISIONS:
        name, inputs = DECISIONS[file.outcome]
        step(cast, "chair", file.application, name, **inputs)
    else:
        granted = Decimal(file.project["granted"])
        step(cast, "chair", file.application, "fund", amount=granted, motivation=FUNDED)


def _follow(cast: Cast, file: File, award: Award) -> None:
    today = paris_day(utc_now())
    first = (award.amount * 60 / 100).quantize(Decimal(1))
    awards.set_schedule(
        cast.session,
        cast.actors["officer"],
        award,
        tranches=[
            {"amount": first, "due_on": today},
            {"amount": award.amount - first, "due_on": today, "needs_report": file.outcome in ("paid", "closed")},
        ],
    )
    if file.outcome == "award_draft":
        return
    step(cast, "officer", award, "offer")
    if file.outcome in ("offered", "refused"):
        AFTERMATHS[file.outcome](cast, file, award)
        return
    step(cast, file.author, award, "sign")
    AFTERMATHS[file.outcome](cast, file, award)


def _wait(_cast: Cast, _file: File, _award: Award) -> None:
    """The offer waits for its signature."""


def _refuse(cast: Cast, file: File, award: Award) -> None:
    why = "Le montant accordé ne permet pas de lancer le projet dans sa forme actuelle."
    step(cast, file.author, award, "refuse", reason=why)


def _cancel(cast: Cast, _file: File, award: Award) -> None:
    step(cast, "officer", award, "cancel", reason="L’association a renoncé au projet avant tout versement.")


def _release(cast: Cast, _file: File, award: Award) -> None:
    step(cast, "officer", award.live_tranches[0], "release")


def _order_and_hold(cast: Cast, _file: File, award: Award) -> None:
    first, second = award.live_tranches
    _ordered(cast, first)
    step(cast, "finance", second, "hold", reason="Les coordonnées bancaires ont changé et sont à vérifier.")


def _approve_and_fail(cast: Cast, _file: File, award: Award) -> None:
    first, second = award.live_tranches
    _ordered(cast, first)
    step(cast, "finance", first, "approve")
    step(cast, "finance", first, "fail", reason="Compte clôturé : la banque a rejeté le virement.")
    _ordered(cast, second)
    step(cast, "finance", second, "approve")


def _pay_and_report(cast: Cast, file: File, award: Award) -> None:
    _paid(cast, award.live_tranches[0])
    _report(cast, file, award)


def _suspend(cast: Cast, _file: File, award: Award) -> None:
    _paid(cast, award.live_tranches[0])
    step(cast, "officer", award, "suspend", reason="Le chantier est interrompu par un recours.")


def _repay(cast: Cast, file: File, award: Award) -> None:
    first, second = award.live_tranches
    _paid(cast, first)
    _paid(cast, second)
    _report(cast, file, award)
    why = "Le compte rendu ne dit rien de la moitié des dépenses. Joignez le détail par poste."
    step(cast, "officer", award.reports[0], "return", reason=why)
    today = paris_day(utc_now())
    step(cast, "finance", second, "repay", reason="Trop-perçu rendu par l’association.", repaid_on=today)


def _close(cast: Cast, file: File, award: Award) -> None:
    first, second = award.live_tranches
    _paid(cast, first)
    _report(cast, file, award)
    step(cast, "officer", award.reports[0], "accept")
    _paid(cast, second)
    step(cast, "officer", award, "close")


def _ordered(cast: Cast, tranche: Disbursement) -> None:
    step(cast, "officer", tranche, "release")
    step(cast, "officer", tranche, "order")


def _paid(cast: Cast, tranche: Disbursement) -> None:
    _ordered(cast, tranche)
    step(cast, "finance", tranche, "approve")
    paid: dict[str, Any] = {
        "paid_on": paris_day(utc_now()),
        "bank_reference": f"VIR-{tranche.reference}",
    }
    step(cast, "finance", tranche, "pay", **paid)


def _report(cast: Cast, file: File, award: Award) -> None:
    report = award.reports[0]
    reports.edit_report(
        cast.session,
        cast.actors[file.author],
        report,
        narrative=NARRATIVE,
        spent_amount=Decimal(file.project["budget"]) - 1_250,
        people_reached=420,
    )
    step(cast, file.author, report, "submit")


AFTERMATHS: dict[str, Callable[[Cast, File, Award], None]] = {
    "offered": _wait,
    "refused": _refuse,
    "cancelled": _cancel,
    "due": _release,
    "ordered": _order_and_hold,
    "approved": _approve_and_fail,
    "paid": _pay_and_report,
    "suspended": _suspend,
    "repaid": _repay,
    "closed": _close,
}
