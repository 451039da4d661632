"""Organisations: members of alliances, beneficiaries, funders."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fund.forms.definition import OrganisationKind
from fund.models.base import Base, Id, Instant, text_enum, utc_now
from workflows.bank_account import BankAccountState

if TYPE_CHECKING:
    from fund.models.bank import BankAccount


class Organisation(Base):
    """A legal person. SIRET (14 digits) where it has one, else SIREN or RNA; several sites share a SIREN."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("siret ~ '^[0-9]{14}$'", name="siret_form"),
        CheckConstraint("siren ~ '^[0-9]{9}$'", name="siren_form"),
        CheckConstraint("rna ~ '^W[0-9A-Z]{9}$'", name="rna_form"),
        CheckConstraint("siret IS NULL OR siren = left(siret, 9)", name="siren_of_siret"),
        # An RNA is the whole association's, a SIRET one site's: only rows without SIRET are told apart by RNA.
        Index("uq_organisations_rna", "rna", unique=True, postgresql_where=text("siret IS NULL")),
        # The officer's search by organisation is a substring search.
        Index(
            "ix_organisations_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
    )

    id: Mapped[Id]
    kind: Mapped[OrganisationKind] = mapped_column(text_enum(OrganisationKind, "kind_known"))
    name: Mapped[str]
    siret: Mapped[str | None] = mapped_column(unique=True)
    siren: Mapped[str | None] = mapped_column(index=True)
    rna: Mapped[str | None] = mapped_column(index=True)
    commune_code: Mapped[str | None]
    created_at: Mapped[Instant] = mapped_column(default=utc_now)

    bank_accounts: Mapped[list["BankAccount"]] = relationship(
        back_populates="organisation", order_by="BankAccount.id"
    )

    @property
    def bank_account(self) -> "BankAccount | None":
        """The account in force, on which the organisation is paid."""
        return next((one for one in self.bank_accounts if one.state is BankAccountState.VERIFIED), None)

    @property
    def has_unverified_account(self) -> bool:
        """Whether a new account, or a change, waits to be verified: nothing is paid meanwhile."""
        return any(one.state is BankAccountState.PROPOSED for one in self.bank_accounts)
