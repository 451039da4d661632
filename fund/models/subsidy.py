"""What other public funders published that they granted: beside our files, never part of their workflow."""

from datetime import date

from sqlalchemy import CheckConstraint, Computed, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from fund.models.base import Base, Id, Instant, Money, utc_now


class Subsidy(Base):
    """One row of a published SCDL file, as it was published. ``amount`` is the beneficiary's own part, in euros.

    It belongs to no organisation that we know: whoever joins an alliance later finds it by SIREN, or by RNA.
    ``fingerprint`` is the row's identity (its facts, and its rank among identical rows of one file): a second run
    takes nothing. ``source`` is the name of the file and ``source_digest`` the SHA-256 of its bytes. ``nature``
    and ``conditions`` are in the standard's words.
    """

    __tablename__ = "subsidies"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("beneficiary_siret ~ '^[0-9]{14}$'", name="siret_form"),
        CheckConstraint("beneficiary_rna ~ '^W[0-9A-Z]{9}$'", name="rna_form"),
        CheckConstraint("num_nonnulls(beneficiary_siret, beneficiary_rna) > 0", name="beneficiary_identified"),
    )

    id: Mapped[Id]
    funder_name: Mapped[str]
    funder_siret: Mapped[str | None]
    beneficiary_name: Mapped[str]
    beneficiary_siret: Mapped[str | None]
    beneficiary_siren: Mapped[str | None] = mapped_column(
        Computed("left(beneficiary_siret, 9)", persisted=True), index=True
    )
    beneficiary_rna: Mapped[str | None] = mapped_column(index=True)
    granted_on: Mapped[date]
    amount: Mapped[Money]
    object: Mapped[str]
    nature: Mapped[str]
    conditions: Mapped[str]
    source: Mapped[str]
    source_digest: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    imported_at: Mapped[Instant] = mapped_column(default=utc_now)
