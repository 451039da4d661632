"""Bank details of organisations, files of transfers for the bank, and what the bank answered."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    exists,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from fund.bank.accounts import masked_iban
from fund.models.base import PERSONAL, Base, Id, Instant, Money, SubjectMixin, required_with, text_enum, utc_now
from fund.models.disbursement import Disbursement
from fund.models.document import Document
from fund.models.organisation import Organisation
from fund.models.person import Person
from fund.models.repayment import Repayment
from workflows.bank_account import BANK_ACCOUNT, BankAccountState, VerifiedHow
from workflows.disbursement import DisbursementState
from workflows.payment_file import PAYMENT_FILE, PaymentFileState
from workflows.permissions import Actor, Relation


class BankAccount(SubjectMixin, Base):
    """An account of an organisation. ``iban`` without spaces, ``bic`` of 8 or 11 characters.

    ``entered_by`` and ``verified_by`` are two people: the database refuses one. ``document`` is the bank's own
    paper (RIB). An organisation has at most one account in force and one that waits to be verified. The fund's own
    account is that of the call's funder.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'", name="iban_form"),
        CheckConstraint("bic ~ '^[A-Z0-9]{8}([A-Z0-9]{3})?$'", name="bic_form"),
        CheckConstraint(
            "entered_by_id IS DISTINCT FROM verified_by_id OR verified_by_id IS NULL", name="two_people"
        ),
        required_with(
            "state",
            (BankAccountState.VERIFIED, BankAccountState.CLOSED),
            ("verified_by_id", "verified_at", "verified_how"),
            "verified_whole",
        ),
        Index(
            "uq_bank_accounts_in_force",
            "organisation_id",
            unique=True,
            postgresql_where=text("state = 'verified'"),
        ),
        Index(
            "uq_bank_accounts_proposed",
            "organisation_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_bank_accounts_organisation", "organisation_id", "id"),
        Index("ix_bank_accounts_state", "state", "id"),
    )
    workflow = BANK_ACCOUNT
    reference_prefix = "CB"

    state: Mapped[BankAccountState] = mapped_column(text_enum(BankAccountState, "state_known"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    holder: Mapped[str] = mapped_column(String(140), info=PERSONAL)
    iban: Mapped[str] = mapped_column(String(34), info=PERSONAL)
    bic: Mapped[str] = mapped_column(String(11), info=PERSONAL)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    verified_at: Mapped[datetime | None]
    verified_how: Mapped[VerifiedHow | None] = mapped_column(text_enum(VerifiedHow, "verified_how_known"))
    verified_note: Mapped[str] = mapped_column(default="", info=PERSONAL)

    organisation: Mapped[Organisation] = relationship(back_populates="bank_accounts")
    document: Mapped[Document | None] = relationship()
    entered_by: Mapped[Person | None] = relationship(foreign_keys=[entered_by_id])
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])

    @property
    def masked(self) -> str:
        """The IBAN but for its end: enough to tell one account from another."""
        return masked_iban(self.iban)

    def relations(self, actor: Actor) -> frozenset[Relation]:
        """Whoever writes a funded file that the organisation leads answers for its account."""
        from fund.models.alliance import Collaborator, Right
        from fund.models.application import Application
        from fund.models.award import Award

        session = object_session(self)
        if actor.person_id is None or session is None:
            return frozenset()
        writes = exists().where(
            Award.beneficiary_id == self.organisation_id,
            Application.id == Award.application_id,
            Collaborator.application_id == Application.id,
            Collaborator.person_id == actor.person_id,
            Collaborator.right.in_((Right.WRITE, Right.SIGN)),
        )
        return frozenset({Relation.AUTHOR}) if session.scalar(select(writes)) else frozenset()

    def is_interested(self, actor: Actor) -> bool:
        """Whoever keeps off a file that the organisation leads does not handle its account.

        Its own people do; the fund's own people handle the account of the fund, which leads none.
        """
        from fund.models.application import Application
        from fund.models.interest import files_kept_from

        session = object_session(self)
        if actor.person_id is None or session is None:
            return False
        led = select(Application.id).where(
            Application.lead_id == self.organisation_id, Application.id.in_(files_kept_from(actor.person_id))
        )
        return session.scalar(led.limit(1)) is not None


class PaymentFile(SubjectMixin, Base):
    """One file of transfers (pain.001.001.09), kept byte for byte: a second download is the same file.

    ``total`` in euros. ``message_id`` is by what the bank names it.
    """

    __tablename__ = "payment_files"
    __table_args__ = (
        CheckConstraint("count > 0 AND total > 0", name="not_empty"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        required_with("state", (PaymentFileState.TRANSMITTED,), ("transmitted_at",), "transmitted_dated"),
        Index("ix_payment_files_moved", "moved_at", "id"),
    )
    workflow = PAYMENT_FILE
    reference_prefix = "FV"

    state: Mapped[PaymentFileState] = mapped_column(text_enum(PaymentFileState, "state_known"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    message_id: Mapped[str] = mapped_column(String(35), unique=True)
    execution_on: Mapped[date]
    count: Mapped[int]
    total: Mapped[Money]
    sha256: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    transmitted_at: Mapped[datetime | None]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    debtor: Mapped[BankAccount] = relationship()
    made_by: Mapped[Person] = relationship()
    orders: Mapped[list["PaymentOrder"]] = relationship(back_populates="file", order_by="PaymentOrder.id")

    def count_unanswered(self) -> int:
        return sum(order.is_unanswered for order in self.orders)

    @property
    def has_answers(self) -> bool:
        return any(not order.is_unanswered for order in self.orders)

    def relations(self, actor: Actor) -> frozenset[Relation]:  # noqa: ARG002 - the same for every actor
        return frozenset()

    def is_interested(self, actor: Actor) -> bool:  # noqa: ARG002 - each tranche in it was judged
        return False


class PaymentOrder(Base):
    """One transfer of a file, with what it was made of: later changes of an account do not reach it.

    ``ordered_by`` and ``approved_by`` are the two people who asked for it, whoever asks again later.
    ``answered_on`` is when the bank carried it out or returned it; ``return_code`` is why it came back.
    """

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        # A tranche is in one file at a time, also when two people make one at once.
        Index(
            "uq_payment_orders_open",
            "disbursement_id",
            unique=True,
            postgresql_where=text("answered_on IS NULL AND cancelled_at IS NULL"),
        ),
        Index("ix_payment_orders_file", "file_id", "id"),
        Index("ix_payment_orders_disbursement", "disbursement_id", "id"),
    )

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("payment_files.id"))
    disbursement_id: Mapped[int] = mapped_column(ForeignKey("disbursements.id"))
    ordered_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    end_to_end_id: Mapped[str] = mapped_column(String(35), unique=True)
    amount: Mapped[Money]
    creditor_name: Mapped[str] = mapped_column(String(140))
    creditor_iban: Mapped[str] = mapped_column(String(34))
    creditor_bic: Mapped[str] = mapped_column(String(11), default="")
    remittance: Mapped[str] = mapped_column(String(140))
    answered_on: Mapped[date | None]
    return_code: Mapped[str | None] = mapped_column(String(10))
    cancelled_at: Mapped[datetime | None]

    file: Mapped[PaymentFile] = relationship(back_populates="orders")
    disbursement: Mapped[Disbursement] = relationship(back_populates="payment_orders")
    ordered_by: Mapped[Person] = relationship(foreign_keys=[ordered_by_id])
    approved_by: Mapped[Person] = relationship(foreign_keys=[approved_by_id])

    @property
    def is_unanswered(self) -> bool:
        """The tranche may also have been noted as paid by hand."""
        return (
            self.answered_on is None
            and self.cancelled_at is None
            and self.disbursement.state is DisbursementState.SENT
        )


class LineStanding(StrEnum):
    """What became of a line of a bank statement."""

    MATCHED = "matched"  # by its end-to-end id, or chosen by a person
    PROPOSED = "proposed"  # something fits, nobody has said so yet
    OPEN = "open"  # nothing fits
    IGNORED = "ignored"  # it is none of the fund's grants; a person said so


class LineCause(StrEnum):
    """Why the program left a line to a person, although something fits."""

    AMOUNT_DIFFERS = "amount_differs"  # from what was ordered, or from what is still to be paid back
    NO_REFERENCE = "no_reference"  # the bank names no order: only the amount fits
    SEVERAL_FIT = "several_fit"
    ANSWERED_BEFORE = "answered_before"  # a second debit, or a second return, of one order
    ORDER_CANCELLED = "order_cancelled"  # its file was taken back
    RETURN_UNSAID = "return_unsaid"  # money came with an order's reference, but not said to be a return
    REPAYMENT = "repayment"  # what comes back is always confirmed by a person
    KEPT_OFF = "kept_off"  # whoever read the statement has an interest in the file
    REFUSED = "refused"  # the tranche, or the repayment, does not stand where this could be noted


class BankStatement(Base):
    """One statement of a camt.053 file of the bank; the same bytes are taken once.

    ``number`` is its place in the file, which may hold several. ``known`` movements had come with another
    statement, ``pending`` ones were not booked yet: neither is taken from this one.
    """

    __tablename__ = "bank_statements"
    __table_args__ = (UniqueConstraint("sha256", "number", name="uq_bank_statements_file"),)

    id: Mapped[Id]
    sha256: Mapped[str]
    number: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    identification: Mapped[str] = mapped_column(String(70))
    account_iban: Mapped[str] = mapped_column(String(34))
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    pending: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    imported_at: Mapped[Instant] = mapped_column(default=utc_now)

    imported_by: Mapped[Person] = relationship()
    lines: Mapped[list["BankLine"]] = relationship(back_populates="statement", order_by="BankLine.id")


class BankLine(Base):
    """One movement on the fund's account. ``amount`` in euros, always positive; ``is_credit``: money came in.

    ``cause`` is why a line that something fits awaits a person; ``note`` is a person's own word.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        # The bank's own number of a movement: the same movement in two files is taken once.
        Index(
            "uq_bank_lines_movement",
            "account_iban",
            "fingerprint",
            unique=True,
        ),
        Index("ix_bank_lines_standing", "standing", "id"),
        Index("ix_bank_lines_statement", "statement_id", "id"),
        Index("ix_bank_lines_order", "order_id"),
    )

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"))
    account_iban: Mapped[str] = mapped_column(String(34))
    fingerprint: Mapped[str]
    booked_on: Mapped[date]
    amount: Mapped[Money]
    is_credit: Mapped[bool]
    end_to_end_id: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str] = mapped_column(default="")
    counterpart_name: Mapped[str] = mapped_column(default="")
    counterpart_iban: Mapped[str] = mapped_column(default="")
    remittance: Mapped[str] = mapped_column(default="")
    bank_reference: Mapped[str] = mapped_column(default="")
    return_code: Mapped[str | None] = mapped_column(String(10))
    standing: Mapped[LineStanding] = mapped_column(text_enum(LineStanding, "standing_known"))
    cause: Mapped[LineCause | None] = mapped_column(text_enum(LineCause, "cause_known"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("payment_orders.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("payment_files.id"))
    repayment_id: Mapped[int | None] = mapped_column(ForeignKey("repayments.id"))
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    settled_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")

    statement: Mapped[BankStatement] = relationship(back_populates="lines")
    order: Mapped[PaymentOrder | None] = relationship()
    file: Mapped[PaymentFile | None] = relationship()
    repayment: Mapped[Repayment | None] = relationship()
    settled_by: Mapped[Person | None] = relationship()
