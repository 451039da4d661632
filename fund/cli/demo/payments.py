"""The demonstration's bank details and payments: invented accounts, by hand with their proof, or by a file."""

from collections.abc import Sequence

from schwifty import IBAN

from fund.cli.demo.cast import Cast
from fund.cli.demo.deposits import File, step
from fund.cli.demo.papers import make_paper
from fund.models import BankAccount, Disbursement, Organisation, PaymentFile
from fund.models.base import utc_now
from fund.services import bank_accounts, payment_files
from fund.services.tranche_documents import prove
from workflows.bank_account import BankAccountState, VerifiedHow
from workflows.disbursement import DisbursementState
from workflows.engine import paris_day

BANK = {"bank_code": "99999", "branch_code": "00001"}
"""No bank has this code: no transfer can reach these accounts."""
BIC = "DEMOFRPP"
MOVED = 1_000_000


def enter_account(cast: Cast, file: File | None, organisation: Organisation) -> None:
    """Bank details, entered by the alliance itself; those of the fund by an officer."""
    if organisation.bank_accounts:
        return
    bank_accounts.propose(
        cast.session,
        cast.actors[file.author if file else "officer"],
        organisation,
        holder=organisation.name,
        iban=_iban(organisation.id),
        bic=BIC,
    )


def change_account(cast: Cast, file: File, organisation: Organisation, *, reject: str | None = None) -> None:
    """Other bank details, which somebody else verifies, or rejects for that reason."""
    account = propose_account(cast, file, organisation)
    if reject:
        step(cast, "finance", account, "reject", reason=reject)
    else:
        verify_account(cast, organisation)


def propose_account(cast: Cast, file: File, organisation: Organisation) -> BankAccount:
    """Other bank details, which nobody has verified."""
    return bank_accounts.propose(
        cast.session,
        cast.actors[file.author],
        organisation,
        holder=organisation.name,
        iban=_iban(organisation.id + MOVED * len(organisation.bank_accounts)),
        bic=BIC,
    )


def verify_account(cast: Cast, organisation: Organisation) -> None:
    """Somebody else verifies what waits to be verified."""
    for account in organisation.bank_accounts:
        if account.state is BankAccountState.PROPOSED:
            how, note = VerifiedHow.CALL_BACK, "Appel au standard de l’organisme, numéro de son site."
            step(cast, "finance", account, "verify", verified_how=how, verified_note=note)


def _iban(number: int) -> str:
    return str(IBAN.generate("FR", account_code=f"{number:011d}", **BANK))


def order(cast: Cast, tranche: Disbursement) -> None:
    """First of the two people."""
    if tranche.state is DisbursementState.PLANNED:
        step(cast, "officer", tranche, "release")
    step(cast, "officer", tranche, "order")


def pay(cast: Cast, tranche: Disbursement) -> None:
    """Order, approve, and pay by hand with a paper of the bank as its proof."""
    order(cast, tranche)
    step(cast, "finance", tranche, "approve")
    today = paris_day(utc_now())
    paper = make_paper("avis", organisation="Banque Exemple", name="avis-de-virement.pdf")
    prove(cast.session, cast.actors["finance"], tranche, paper, desk=cast.desk)
    step(cast, "finance", tranche, "pay", paid_on=today, bank_reference=f"VIR-{tranche.reference}")


def make_file(cast: Cast, tranches: Sequence[Disbursement]) -> PaymentFile:
    """One file of transfers."""
    funder = tranches[0].award.call.funder
    enter_account(cast, None, funder)
    verify_account(cast, funder)
    first, _last = payment_files.execution_days(paris_day(utc_now()))
    return payment_files.make_file(cast.session, cast.actors["finance"], tranches, execution_on=first)
