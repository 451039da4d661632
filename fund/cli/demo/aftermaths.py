"""What follows a grant in the demonstration: agreements, payments, reports; some of it goes wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File, step
from fund.models import Award, Disbursement
from fund.models.base import utc_now
from fund.services import awards, reports
from workflows.engine import paris_day

NARRATIVE = (
    "Les actions prévues ont été menées avec tous les membres de l’alliance. La fréquentation a dépassé les "
    "attentes ; l’achat de matériel a coûté un peu moins que prévu."
)


def follow_award(cast: Cast, file: File, award: Award) -> None:
    """Take the award of a funded file as far as its project says."""
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
