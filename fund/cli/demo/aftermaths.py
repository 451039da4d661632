"""What follows a grant in the demonstration: agreements, payments, reports; some of it goes wrong."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fund.cli.demo.accounts import hand_in_report
from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File, step
from fund.cli.demo.payments import (
    change_account,
    enter_account,
    make_file,
    order,
    pay,
    propose_account,
    verify_account,
)
from fund.models import Award, Repayment
from fund.models.base import utc_now
from fund.services import agreement_terms, agreements, awards, repayments, signatures
from workflows.disbursement import ConditionKind
from workflows.engine import paris_day

LAST = Decimal(1_000)
LATER = {"award_draft": 300, "offered": 210, "paid": 120}
"""After how many days each later tranche is due; elsewhere at once, for whoever tries the steps of payments."""
WAITS_FOR_REPORT = [{"kind": ConditionKind.REPORT_ACCEPTED, "report": 1}]


def follow_award(cast: Cast, file: File, award: Award) -> None:
    """Take the award of a funded file as far as its project says."""
    today = paris_day(utc_now())
    first = (award.amount * 60 / 100).quantize(Decimal(1))
    # One is paid in four: a tranche came back, one is with the bank, one awaits it in a file, one is approved.
    rest = award.amount - first
    amounts = (first, rest - 2 * LAST, LAST, LAST) if file.outcome == "approved" else (first, rest)
    waits: list[dict[str, Any]] = WAITS_FOR_REPORT if file.outcome in ("paid", "closed") else []
    pause = timedelta(days=LATER.get(file.outcome, 0))
    awards.set_schedule(
        cast.session,
        cast.actors["officer"],
        award,
        tranches=[
            {"amount": amount, "due_on": today + place * pause, "conditions": waits if place else []}
            for place, amount in enumerate(amounts)
        ],
    )
    agreement = award.agreements[0]
    officer = cast.actors["officer"]
    agreements.edit(
        cast.session, officer, agreement, fund_signatory=cast.people["chair"].name, fund_function="Présidence"
    )
    if file.outcome == "award_draft":
        return
    step(cast, "officer", agreement, "send")
    if file.outcome not in ("offered", "refused"):
        _sign(cast, file, award)
        enter_account(cast, file, award.beneficiary)
        verify_account(cast, award.beneficiary)
    AFTERMATHS[file.outcome](cast, file, award)


def leave_details_unverified(cast: Cast, files: Sequence[File]) -> None:
    """One alliance has just changed its bank details: its payments wait for somebody to verify them."""
    for file in files:
        if file.outcome == "paid" and file.application.award is not None:
            propose_account(cast, file, file.application.award.beneficiary)


def _sign(cast: Cast, file: File, award: Award) -> None:
    """The lead's signatory signs with her account."""
    agreement = award.agreements[0]
    person = cast.people[file.author]
    signatures.sign_as(
        cast.session,
        cast.actors[file.author],
        agreement,
        agreement.signers[0],
        digest=agreement.facts_sha256 or "",
        name=person.name,
        function="Direction",
        accepts_contract=True,
    )


def _wait(_cast: Cast, _file: File, _award: Award) -> None:
    """What was offered waits for its signature."""


def _release(cast: Cast, _file: File, award: Award) -> None:
    step(cast, "officer", award.live_tranches[0], "release")


def _refuse(cast: Cast, file: File, award: Award) -> None:
    why = "Le montant accordé ne permet pas de lancer le projet dans sa forme actuelle."
    step(cast, file.author, award.agreements[0], "refuse", reason=why)


def _cancel(cast: Cast, file: File, award: Award) -> None:
    change_account(
        cast, file, award.beneficiary, reject="L’organisme ne connaît pas ce compte : demande frauduleuse."
    )
    step(cast, "officer", award, "cancel", reason="L’association a renoncé au projet avant tout versement.")


def _order_and_hold(cast: Cast, _file: File, award: Award) -> None:
    first, second = award.live_tranches
    order(cast, first)
    step(cast, "finance", second, "hold", reason="Le trésorier de l’association a changé : qui signe désormais ?")


def _send_and_fail(cast: Cast, _file: File, award: Award) -> None:
    """Two files of transfers; of the first, one came back, for the account is blocked."""
    first, second, third, _ = award.live_tranches
    for tranche in award.live_tranches:
        order(cast, tranche)
        step(cast, "finance", tranche, "approve")
    mistaken = make_file(cast, (first,))
    step(cast, "finance", mistaken, "cancel", reason="Fait sans le second versement.")
    step(cast, "finance", make_file(cast, (first, second)), "transmit")
    make_file(cast, (third,))
    step(cast, "finance", first, "fail", reason="Le compte du bénéficiaire est bloqué.", return_code="AC06")


def _pay_and_report(cast: Cast, file: File, award: Award) -> None:
    pay(cast, award.live_tranches[0])
    hand_in_report(cast, file, award.reports[0])


def _suspend(cast: Cast, _file: File, award: Award) -> None:
    pay(cast, award.live_tranches[0])
    officer = cast.actors["officer"]
    terms = agreement_terms.describe_terms(award)
    why = "Le chantier prend du retard : la fin du projet serait reportée."
    amendment = agreements.draft_amendment(cast.session, officer, award, terms=terms, reason=why)
    step(cast, "officer", amendment, "drop")
    step(cast, "officer", award, "suspend", reason="Le chantier est interrompu par un recours.")


def _ask_back(cast: Cast, file: File, award: Award) -> None:
    """All was paid, less was spent: a part is asked back, and half of it has come."""
    for tranche in award.live_tranches:
        pay(cast, tranche)
    report = award.reports[0]
    hand_in_report(cast, file, report)
    why = "Le compte rendu ne dit rien de la moitié des dépenses. Joignez le détail par poste."
    step(cast, "officer", report, "return", reason=why)
    today = paris_day(utc_now())
    _, second, third = (_demand(cast, award, Decimal(amount)) for amount in (1_200, 300, 15))
    demand = award.repayments[0]
    step(cast, "finance", demand, "receive_part", received_on=today, amount=Decimal(600))
    step(cast, "finance", second, "receive", received_on=today)
    step(cast, "finance", third, "waive", reason="Le recouvrement coûterait davantage.")


def _demand(cast: Cast, award: Award, amount: Decimal) -> Repayment:
    why = "Une partie de la subvention n’a pas été dépensée."
    return repayments.ask(cast.session, cast.actors["officer"], award, amount=amount, reason=why)


def _close(cast: Cast, file: File, award: Award) -> None:
    """Paid to the end, on a new account; the accounts close by themselves with the bank's last answer."""
    first, second = award.live_tranches
    pay(cast, first)
    change_account(cast, file, award.beneficiary)
    hand_in_report(cast, file, award.reports[0])
    step(cast, "officer", award.reports[0], "accept")
    order(cast, second)
    step(cast, "finance", second, "approve")
    make_file(cast, (second,))
    step(cast, "finance", second, "pay", paid_on=paris_day(utc_now()), bank_reference=f"VIR-{second.reference}")


AFTERMATHS: dict[str, Callable[[Cast, File, Award], None]] = {
    "offered": _wait,
    "refused": _refuse,
    "cancelled": _cancel,
    "due": _release,
    "ordered": _order_and_hold,
    "approved": _send_and_fail,
    "paid": _pay_and_report,
    "suspended": _suspend,
    "repaid": _ask_back,
    "closed": _close,
}
