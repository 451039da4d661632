"""Bank details: entered by one person, verified by another through another channel; a change freezes payments.

The account's own row is locked after the files of its organisation, whose tranches a change holds.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fund.bank.accounts import bic_of, read_bic, read_iban
from fund.bank.faults import BankFault
from fund.errors import Conflict, InvalidInput
from fund.models import Application, AuditEvent, Award, BankAccount, Call, Organisation
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.access import visible_to
from fund.services.documents import Desk, Upload, add_row, keep
from fund.services.holds import refresh_holds_of
from fund.services.perform import NotPermitted, amend, create, lock, perform
from fund.storage.kinds import Group
from workflows.bank_account import BankAccountState, BankAccountStep
from workflows.permissions import SYSTEM, Actor, Permission, Relation, allows
from workflows.topics import Audience, Topic, tell

TO_VERIFY = (tell(Audience.BANK_STAFF, Topic.BANK_ACCOUNT_PROPOSED),)
CHANGED = (tell(Audience.BANK_PARTIES, Topic.BANK_ACCOUNT_PROPOSED),)
CLOSED = (tell(Audience.BANK_PARTIES, Topic.BANK_ACCOUNT_CLOSED),)
PAPER_GROUPS = (Group.PDF, Group.IMAGE)
"""What the bank's own paper (RIB) may be."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The bank's own paper (RIB) as it came, and the file among whose documents it is kept."""

    application: Application
    upload: Upload
    desk: Desk


def propose(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    holder: str,
    iban: str,
    bic: str,
    paper: Paper | None = None,
) -> BankAccount:
    """Enter bank details, new or changed. Nothing is paid to the organisation until somebody else verified them.

    Without a BIC, the one that the list of banks knows for the IBAN is taken. Everybody who answers for the
    organisation's files is told, so that a change that nobody made is noticed.

    Raises InvalidInput (``iban``, ``bic``, ``holder``, ``file``), Conflict (``account_waits``,
    ``account_unchanged``, ``kept_off``), NotPermitted.
    """
    number, code = _read(iban, bic)
    if not holder.strip():
        raise InvalidInput({"holder": ["required"]})
    # Read, judged and stored before any row is locked: nobody else waits for an upload.
    kept = keep(session, paper.upload, PAPER_GROUPS, desk=paper.desk) if paper else None
    _lock_files(session, organisation)
    if organisation.has_unverified_account:
        raise Conflict("account_waits")
    current = organisation.bank_account
    if current is not None and (current.iban, current.bic, current.holder) == (number, code, holder.strip()):
        raise Conflict("account_unchanged")
    account = BankAccount(
        organisation_id=organisation.id,
        holder=holder.strip(),
        iban=number,
        bic=code,
        entered_by_id=actor.person_id,
    )
    _require_entry(session, actor, account)
    create(session, actor, account)
    if paper is not None and kept is not None:
        slot = f"bank.{account.id}"
        document = add_row(session, actor, paper.application, slot, kept, desk=paper.desk, at=utc_now())
        states, sets = (BankAccountState.PROPOSED,), {"document_id": document.id}
        amend(session, actor, account, "bank_account.attach", Permission.BANK_ENTER, states=states, sets=sets)
    session.expire(organisation, ["bank_accounts"])
    now = utc_now()
    outbox.write_messages(session, actor, account, CHANGED, inputs={}, at=now)
    outbox.write_messages(session, actor, account, TO_VERIFY, inputs={}, facts={"for_fund": True}, at=now)
    refresh_holds_of(session, organisation)
    return account


def _require_entry(session: Session, actor: Actor, account: BankAccount) -> None:
    """The organisation's own authors enter its details, and whoever of the fund keeps off none of its files."""
    with session.no_autoflush:
        session.add(account)
        relations = account.relations(actor)
        is_permitted = allows(Permission.BANK_ENTER, actor, relations)
        is_kept_off = Relation.AUTHOR not in relations and account.is_interested(actor)
        if not is_permitted or is_kept_off:
            session.expunge(account)
    if not is_permitted:
        raise NotPermitted(Permission.BANK_ENTER)
    if is_kept_off:
        raise Conflict("kept_off")


def _read(iban: str, bic: str) -> tuple[str, str]:
    try:
        number = read_iban(iban)
    except BankFault as fault:
        raise InvalidInput({"iban": [fault.code]}) from fault
    code = bic if bic.strip() else bic_of(number)
    if code is None:
        raise InvalidInput({"bic": ["bic_needed"]})
    try:
        return number, read_bic(code, number)
    except BankFault as fault:
        raise InvalidInput({"bic": [fault.code]}) from fault


def verify(session: Session, actor: Actor, account: BankAccount, **given: Any) -> AuditEvent:
    """Verify details by another channel (inputs ``verified_how``, ``verified_note``); they are in force now."""
    _lock_files(session, account.organisation)
    former = account.organisation.bank_account
    inputs = given.get("inputs") or {}
    sets = {
        "verified_by_id": actor.person_id,
        "verified_how": inputs.get("verified_how"),
        "verified_note": str(inputs.get("verified_note") or "").strip(),
    }
    # The former first: the database takes one account in force per organisation.
    if former is not None and account.state is BankAccountState.PROPOSED:
        perform(session, SYSTEM, former, BankAccountStep.CLOSE, inputs={"reason": account.reference})
    event = perform(session, actor, account, BankAccountStep.VERIFY, sets=sets, stamps="verified_at", **given)
    refresh_holds_of(session, account.organisation)
    return event


def reject(session: Session, actor: Actor, account: BankAccount, **given: Any) -> AuditEvent:
    """Refuse what was entered; the details before stay in force."""
    _lock_files(session, account.organisation)
    event = perform(session, actor, account, BankAccountStep.REJECT, **given)
    refresh_holds_of(session, account.organisation)
    return event


def close(session: Session, actor: Actor, account: BankAccount, **given: Any) -> AuditEvent:
    """The account cannot be used any more, as the bank said or the organisation; payments wait for another."""
    _lock_files(session, account.organisation)
    event = perform(session, actor, account, BankAccountStep.CLOSE, **given)
    outbox.write_messages(session, actor, account, CLOSED, inputs=given.get("inputs") or {}, at=utc_now())
    refresh_holds_of(session, account.organisation)
    return event


def _lock_files(session: Session, organisation: Organisation) -> None:
    """Files before accounts, in the order of their numbers: nobody waits for another who waits for her."""
    query = select(Award).where(Award.beneficiary_id == organisation.id, Award.imported.is_(False))
    for award in session.scalars(query.order_by(Award.application_id)).all():
        lock(session, award)


# --- what a verifier looks at ------------------------------------------------------------------------------


def accounts_of(session: Session, organisation: Organisation) -> list[BankAccount]:
    """Every account that the organisation ever gave, the latest first."""
    query = select(BankAccount).where(BankAccount.organisation_id == organisation.id)
    people = (joinedload(BankAccount.entered_by), joinedload(BankAccount.verified_by))
    query = query.options(*people, joinedload(BankAccount.document))
    return list(session.scalars(query.order_by(BankAccount.id.desc())))


def accounts_elsewhere(session: Session, actor: Actor, account: BankAccount) -> list[BankAccount]:
    """The same IBAN under the name of other organisations, which is worth a question; the latest first."""
    query = select(BankAccount).where(
        BankAccount.iban == account.iban,
        BankAccount.organisation_id != account.organisation_id,
        visible_to(actor, BankAccount),
    )
    query = query.options(joinedload(BankAccount.organisation))
    return list(session.scalars(query.order_by(BankAccount.id.desc())))


def funders(session: Session) -> list[Organisation]:
    """The organisations that give: each has its own account, from which a payment file pays."""
    query = select(Organisation).where(Organisation.id.in_(select(Call.funder_id).where(Call.imported.is_(False))))
    query = query.options(selectinload(Organisation.bank_accounts))
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))
