"""The tables of the whole path, from a call to a closed report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261122_whole_path"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.Text(), sa.Computed("body ->> 'action'", persisted=True), nullable=False),
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("subject_type", "subject_id", "seq", name="uq_audit_events_link"),
    )
    op.create_index("ix_audit_events_transaction", "audit_events", ["transaction"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "local_authority",
                "association",
                "company",
                "research",
                "foundation",
                "other",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("rna", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rna ~ '^W[0-9A-Z]{9}$'", name=op.f("ck_organisations_rna_form")),
        sa.CheckConstraint("siren ~ '^[0-9]{9}$'", name=op.f("ck_organisations_siren_form")),
        sa.CheckConstraint("siret ~ '^[0-9]{14}$'", name=op.f("ck_organisations_siret_form")),
        sa.CheckConstraint(
            "siret IS NULL OR siren = left(siret, 9)", name=op.f("ck_organisations_siren_of_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("siret", name=op.f("uq_organisations_siret")),
    )
    op.create_index(
        "ix_organisations_name_trgm",
        "organisations",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_organisations_siren"), "organisations", ["siren"], unique=False)
    op.create_index(op.f("ix_organisations_rna"), "organisations", ["rna"], unique=False)
    op.create_index(
        "uq_organisations_rna",
        "organisations",
        ["rna"],
        unique=True,
        postgresql_where=sa.text("siret IS NULL"),
    )
    op.create_table(
        "audit_personal",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_audit_personal_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_personal")),
    )
    op.create_table(
        "calls",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "open",
                "closed",
                "settled",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("funder_id", sa.BigInteger(), nullable=False),
        sa.Column("title_fr", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("summary_fr", sa.Text(), nullable=False),
        sa.Column("summary_en", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("min_grant", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("max_grant", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("max_rate", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("required_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reviews_required", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("envelope >= 0", name=op.f("ck_calls_envelope_positive")),
        sa.CheckConstraint("max_rate > 0 AND max_rate <= 100", name=op.f("ck_calls_rate_is_percentage")),
        sa.CheckConstraint("min_grant >= 0 AND min_grant <= max_grant", name=op.f("ck_calls_grants_in_order")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_calls_dates_in_order")),
        sa.CheckConstraint("reviews_required >= 0", name=op.f("ck_calls_reviews_positive")),
        sa.ForeignKeyConstraint(["funder_id"], ["organisations.id"], name=op.f("fk_calls_funder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("reference", name=op.f("uq_calls_reference")),
    )
    op.create_index(op.f("ix_calls_funder_id"), "calls", ["funder_id"], unique=False)
    op.create_index(op.f("ix_calls_state"), "calls", ["state"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_people_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("reference", name=op.f("uq_people_reference")),
    )
    op.create_index(op.f("ix_people_organisation_id"), "people", ["organisation_id"], unique=False)
    op.create_index("uq_people_email", "people", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_api_tokens_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_person_id"), "api_tokens", ["person_id"], unique=False)
    op.create_table(
        "applications",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "in_review",
                "reviewed",
                "committee",
                "waitlisted",
                "funded",
                "reported",
                "ineligible",
                "declined",
                "withdrawn",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=4000), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("requested_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("total_budget", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrections", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("motivation", sa.Text(), nullable=True),
        sa.Column("waitlist_rank", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'returned', 'in_review', 'reviewed', 'committee', 'waitlisted', 'funded', 'reported', 'ineligible', 'declined', 'cancelled') OR (submitted_at IS NOT NULL AND requested_amount IS NOT NULL AND total_budget IS NOT NULL)",
            name=op.f("ck_applications_submitted_whole"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_applications_dates_in_order")),
        sa.CheckConstraint("requested_amount <= total_budget", name=op.f("ck_applications_request_within_budget")),
        sa.CheckConstraint("requested_amount > 0", name=op.f("ck_applications_request_positive")),
        sa.CheckConstraint("total_budget > 0", name=op.f("ck_applications_budget_positive")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_applications_call_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["organisations.id"], name=op.f("fk_applications_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("reference", name=op.f("uq_applications_reference")),
    )
    op.create_index(
        "ix_applications_amount",
        "applications",
        ["requested_amount", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'draft'"),
    )
    op.create_index(
        "ix_applications_call_state_moved", "applications", ["call_id", "state", "moved_at", "id"], unique=False
    )
    op.create_index(op.f("ix_applications_lead_id"), "applications", ["lead_id"], unique=False)
    op.create_index(
        "ix_applications_moved",
        "applications",
        ["moved_at", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'draft'"),
    )
    op.create_index(
        "uq_applications_waitlist_rank",
        "applications",
        ["call_id", "waitlist_rank"],
        unique=True,
        postgresql_where=sa.text("waitlist_rank IS NOT NULL"),
    )
    op.create_index("ix_applications_state_moved", "applications", ["state", "moved_at", "id"], unique=False)
    op.create_index(
        "ix_applications_title_trgm",
        "applications",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_table(
        "committee_sessions",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "convened",
                "open",
                "closed",
                "signed",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("chair_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("quorum >= 1", name=op.f("ck_committee_sessions_quorum_positive")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_committee_sessions_call_id")),
        sa.ForeignKeyConstraint(["chair_id"], ["people.id"], name=op.f("fk_committee_sessions_chair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_sessions")),
        sa.UniqueConstraint("reference", name=op.f("uq_committee_sessions_reference")),
    )
    op.create_index(op.f("ix_committee_sessions_call_id"), "committee_sessions", ["call_id"], unique=False)
    op.create_index(op.f("ix_committee_sessions_chair_id"), "committee_sessions", ["chair_id"], unique=False)
    op.create_index(op.f("ix_committee_sessions_state"), "committee_sessions", ["state"], unique=False)
    op.create_table(
        "criteria",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_fr", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("scale_max", sa.Integer(), nullable=False),
        sa.CheckConstraint("scale_max > 0", name=op.f("ck_criteria_scale_positive")),
        sa.CheckConstraint("weight > 0 AND weight <= 100", name=op.f("ck_criteria_weight_is_percentage")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_criteria_call_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
    )
    op.create_index(op.f("ix_criteria_call_id"), "criteria", ["call_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "enqueued",
                "done",
                "parked",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["people.id"], name=op.f("fk_outbox_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'enqueued')"),
    )
    op.create_index(
        "ix_outbox_inbox",
        "outbox",
        ["recipient_id", "id"],
        unique=False,
        postgresql_where=sa.text("recipient_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_parked", "outbox", ["id"], unique=False, postgresql_where=sa.text("state = 'parked'")
    )
    op.create_index(
        "ix_outbox_unread",
        "outbox",
        ["recipient_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_outbox_subject", "outbox", ["subject_type", "subject_id", "id"], unique=False)
    op.create_index(
        "uq_outbox_deadline",
        "outbox",
        ["topic", "subject_type", "subject_id", "available_at"],
        unique=True,
        postgresql_where=sa.text("recipient_id IS NULL AND state = 'pending'"),
    )
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "applicant",
                "partner",
                "catalyst",
                "reviewer",
                "committee",
                "chair",
                "officer",
                "finance",
                "auditor",
                "admin",
                "system",
                "import",
                name="role_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_index(op.f("ix_person_roles_role"), "person_roles", ["role"], unique=False)
    op.create_table(
        "agenda_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "funded",
                "waitlisted",
                "declined",
                "deferred",
                "withdrawn",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("motivation", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IS DISTINCT FROM 'funded' OR amount > 0", name=op.f("ck_agenda_items_funded_has_amount")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_agenda_items_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["committee_sessions.id"], name=op.f("fk_agenda_items_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
        sa.UniqueConstraint("session_id", "application_id", name="uq_agenda_items_once"),
    )
    op.create_index(op.f("ix_agenda_items_application_id"), "agenda_items", ["application_id"], unique=False)
    op.create_index(
        "uq_agenda_items_open",
        "agenda_items",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "awards",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "offered",
                "active",
                "suspended",
                "closed",
                "refused",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("beneficiary_id", sa.BigInteger(), nullable=False),
        sa.Column("beneficiary_name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=256), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("shared_total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("share", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("decision_reference", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("eu_notified", sa.Boolean(), nullable=False),
        sa.Column("aid_register", sa.String(length=5), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("payment_condition", sa.Text(), nullable=True),
        sa.Column("payment_from", sa.Date(), nullable=True),
        sa.Column("payment_to", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('active', 'suspended', 'closed') OR (signed_on IS NOT NULL)",
            name=op.f("ck_awards_signed_has_date"),
        ),
        sa.CheckConstraint("amount <= shared_total", name=op.f("ck_awards_amount_within_total")),
        sa.CheckConstraint("payment_to >= payment_from", name=op.f("ck_awards_period_in_order")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_awards_amount_positive")),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_awards_share_is_fraction")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_awards_application_id")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["organisations.id"], name=op.f("fk_awards_beneficiary_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_awards_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("application_id", name=op.f("uq_awards_application_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_awards_reference")),
    )
    op.create_index(op.f("ix_awards_beneficiary_id"), "awards", ["beneficiary_id"], unique=False)
    op.create_index(
        "ix_awards_call", "awards", ["call_id", "id"], unique=False, postgresql_include=["amount", "state"]
    )
    op.create_index("ix_awards_moved", "awards", ["moved_at", "id"], unique=False)
    op.create_index(
        "ix_awards_published",
        "awards",
        ["signed_on", "id"],
        unique=False,
        postgresql_where=sa.text("signed_on IS NOT NULL"),
    )
    op.create_index("ix_awards_state_moved", "awards", ["state", "moved_at", "id"], unique=False)
    op.create_table(
        "collaborators",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "right",
            sa.Enum(
                "read", "write", "sign", name="right_known", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_collaborators_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_collaborators_person_id")),
        sa.PrimaryKeyConstraint("application_id", "person_id", name=op.f("pk_collaborators")),
    )
    op.create_index(op.f("ix_collaborators_person_id"), "collaborators", ["person_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=500), nullable=False),
        sa.Column("contribution", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.CheckConstraint("contribution >= 0", name=op.f("ck_members_contribution_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_members_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("application_id", "organisation_id", name="uq_members_once"),
    )
    op.create_index(op.f("ix_members_organisation_id"), "members", ["organisation_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "assigned",
                "accepted",
                "submitted",
                "declined",
                "recused",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('submitted') OR (score IS NOT NULL AND submitted_at IS NOT NULL)",
            name=op.f("ck_reviews_submitted_whole"),
        ),
        sa.CheckConstraint("score >= 0 AND score <= 100", name=op.f("ck_reviews_score_in_scale")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_reviews_application_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["people.id"], name=op.f("fk_reviews_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("reference", name=op.f("uq_reviews_reference")),
    )
    op.create_index("ix_reviews_reviewer_state", "reviews", ["reviewer_id", "state", "id"], unique=False)
    op.create_index(
        "uq_reviews_once",
        "reviews",
        ["application_id", "reviewer_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('cancelled', 'declined')"),
    )
    op.create_table(
        "session_members",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_session_members_person_id")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["committee_sessions.id"],
            name=op.f("fk_session_members_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_session_members")),
    )
    op.create_index(op.f("ix_session_members_person_id"), "session_members", ["person_id"], unique=False)
    op.create_table(
        "disbursements",
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "due",
                "held",
                "ordered",
                "approved",
                "paid",
                "failed",
                "repaid",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("needs_report", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("ordered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_to", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("repaid_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('paid', 'repaid') OR (paid_on IS NOT NULL AND paid_amount IS NOT NULL)",
            name=op.f("ck_disbursements_paid_whole"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('repaid') OR (repaid_on IS NOT NULL)", name=op.f("ck_disbursements_repaid_has_date")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disbursements_amount_positive")),
        sa.CheckConstraint(
            "ordered_by_id IS DISTINCT FROM approved_by_id OR ordered_by_id IS NULL",
            name=op.f("ck_disbursements_two_people"),
        ),
        sa.CheckConstraint(
            "paid_amount IS NULL OR paid_amount <= amount", name=op.f("ck_disbursements_paid_within_ordered")
        ),
        sa.CheckConstraint("paid_to >= paid_on", name=op.f("ck_disbursements_period_in_order")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["people.id"], name=op.f("fk_disbursements_approved_by_id")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_disbursements_award_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["people.id"], name=op.f("fk_disbursements_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursements")),
        sa.UniqueConstraint("award_id", "position", name="uq_disbursements_position"),
        sa.UniqueConstraint("reference", name=op.f("uq_disbursements_reference")),
    )
    op.create_index("ix_disbursements_moved", "disbursements", ["moved_at", "id"], unique=False)
    op.create_index("ix_disbursements_state_due", "disbursements", ["state", "due_on", "id"], unique=False)
    op.create_table(
        "imported_rows",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_imported_rows_award_id")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_imported_rows")),
        sa.UniqueConstraint("award_id", name=op.f("uq_imported_rows_award_id")),
    )
    op.create_table(
        "reports",
        sa.Column(
            "state",
            sa.Enum(
                "expected",
                "submitted",
                "returned",
                "accepted",
                "waived",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("spent_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("people_reached", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'accepted') OR (spent_amount IS NOT NULL AND submitted_at IS NOT NULL)",
            name=op.f("ck_reports_submitted_whole"),
        ),
        sa.CheckConstraint("people_reached >= 0", name=op.f("ck_reports_people_positive")),
        sa.CheckConstraint("spent_amount >= 0", name=op.f("ck_reports_spent_positive")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_reports_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("reference", name=op.f("uq_reports_reference")),
    )
    op.create_index(op.f("ix_reports_award_id"), "reports", ["award_id"], unique=False)
    op.create_index("ix_reports_moved", "reports", ["moved_at", "id"], unique=False)
    op.create_index("ix_reports_state_due", "reports", ["state", "due_on", "id"], unique=False)
    op.create_table(
        "scores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_scores_value_positive")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criteria.id"], name=op.f("fk_scores_criterion_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_scores_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scores")),
        sa.UniqueConstraint("review_id", "criterion_id", name="uq_scores_once"),
    )
    op.create_index(op.f("ix_scores_criterion_id"), "scores", ["criterion_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_scores_criterion_id"), table_name="scores")
    op.drop_table("scores")
    op.drop_index("ix_reports_state_due", table_name="reports")
    op.drop_index("ix_reports_moved", table_name="reports")
    op.drop_index(op.f("ix_reports_award_id"), table_name="reports")
    op.drop_table("reports")
    op.drop_table("imported_rows")
    op.drop_index("ix_disbursements_state_due", table_name="disbursements")
    op.drop_index("ix_disbursements_moved", table_name="disbursements")
    op.drop_table("disbursements")
    op.drop_index(op.f("ix_session_members_person_id"), table_name="session_members")
    op.drop_table("session_members")
    op.drop_index(
        "uq_reviews_once", table_name="reviews", postgresql_where=sa.text("state NOT IN ('cancelled', 'declined')")
    )
    op.drop_index("ix_reviews_reviewer_state", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_members_organisation_id"), table_name="members")
    op.drop_table("members")
    op.drop_index(op.f("ix_collaborators_person_id"), table_name="collaborators")
    op.drop_table("collaborators")
    op.drop_index("ix_awards_state_moved", table_name="awards")
    op.drop_index("ix_awards_published", table_name="awards", postgresql_where=sa.text("signed_on IS NOT NULL"))
    op.drop_index("ix_awards_moved", table_name="awards")
    op.drop_index("ix_awards_call", table_name="awards")
    op.drop_index(op.f("ix_awards_beneficiary_id"), table_name="awards")
    op.drop_table("awards")
    op.drop_index("uq_agenda_items_open", table_name="agenda_items", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index(op.f("ix_agenda_items_application_id"), table_name="agenda_items")
    op.drop_table("agenda_items")
    op.drop_index(op.f("ix_person_roles_role"), table_name="person_roles")
    op.drop_table("person_roles")
    op.drop_index(
        "uq_outbox_deadline",
        table_name="outbox",
        postgresql_where=sa.text("recipient_id IS NULL AND state = 'pending'"),
    )
    op.drop_index("ix_outbox_unread", table_name="outbox", postgresql_where=sa.text("read_at IS NULL"))
    op.drop_index("ix_outbox_subject", table_name="outbox")
    op.drop_index("ix_outbox_parked", table_name="outbox", postgresql_where=sa.text("state = 'parked'"))
    op.drop_index("ix_outbox_inbox", table_name="outbox", postgresql_where=sa.text("recipient_id IS NOT NULL"))
    op.drop_index(
        "ix_outbox_due", table_name="outbox", postgresql_where=sa.text("state IN ('pending', 'enqueued')")
    )
    op.drop_table("outbox")
    op.drop_index(op.f("ix_criteria_call_id"), table_name="criteria")
    op.drop_table("criteria")
    op.drop_index(op.f("ix_committee_sessions_state"), table_name="committee_sessions")
    op.drop_index(op.f("ix_committee_sessions_chair_id"), table_name="committee_sessions")
    op.drop_index(op.f("ix_committee_sessions_call_id"), table_name="committee_sessions")
    op.drop_table("committee_sessions")
    op.drop_index(
        "ix_applications_title_trgm",
        table_name="applications",
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.drop_index(
        "uq_applications_waitlist_rank",
        table_name="applications",
        postgresql_where=sa.text("waitlist_rank IS NOT NULL"),
    )
    op.drop_index("ix_applications_state_moved", table_name="applications")
    op.drop_index("ix_applications_moved", table_name="applications", postgresql_where=sa.text("state <> 'draft'"))
    op.drop_index(op.f("ix_applications_lead_id"), table_name="applications")
    op.drop_index("ix_applications_call_state_moved", table_name="applications")
    op.drop_index(
        "ix_applications_amount", table_name="applications", postgresql_where=sa.text("state <> 'draft'")
    )
    op.drop_table("applications")
    op.drop_index(op.f("ix_api_tokens_person_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index("uq_people_email", table_name="people")
    op.drop_index(op.f("ix_people_organisation_id"), table_name="people")
    op.drop_table("people")
    op.drop_index(op.f("ix_calls_state"), table_name="calls")
    op.drop_index(op.f("ix_calls_funder_id"), table_name="calls")
    op.drop_table("calls")
    op.drop_table("audit_personal")
    op.drop_index(op.f("ix_organisations_siren"), table_name="organisations")
    op.drop_index(
        "ix_organisations_name_trgm",
        table_name="organisations",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_table("organisations")
    op.drop_index("ix_audit_events_transaction", table_name="audit_events")
    op.drop_table("audit_events")
