"""The applicant's desk: versions of calls, parts of files, consents, links, documents, threads, receipts, subsidies.

A call published before has no frozen version until it is next changed; its files go by the call as it stands.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261123_applicants_desk"
down_revision: str | None = "20261122_refusals"
branch_labels: None = None
depends_on: None = None

FROZEN = """
CREATE FUNCTION refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a call is frozen: % refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'call_version_frozen';
END $$;

CREATE TRIGGER call_versions_frozen BEFORE UPDATE ON call_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_version_change();
"""

# A word about a field becomes a kind of fault and a word.
CORRECTIONS_UP = """
UPDATE applications SET corrections = (
    SELECT jsonb_object_agg(key, jsonb_build_object('kind', 'wrong', 'reason', value))
    FROM jsonb_each_text(corrections)
) WHERE corrections <> '{}'
"""
CORRECTIONS_DOWN = """
UPDATE applications SET corrections = (
    SELECT jsonb_object_agg(key, value -> 'reason') FROM jsonb_each(corrections)
) WHERE corrections <> '{}'
"""
DEADLINES = "recipient_id IS NULL AND state = 'pending'"
DEADLINES_WITHOUT_LINKS = "recipient_id IS NULL AND link_id IS NULL AND state = 'pending'"
CONTRIBUTION = "contribution >= 0"
CONTRIBUTIONS = "contribution >= 0 AND in_kind >= 0 AND skills >= 0"


def upgrade() -> None:
    op.create_table(
        "subsidies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("funder_name", sa.Text(), nullable=False),
        sa.Column("funder_siret", sa.Text(), nullable=True),
        sa.Column("beneficiary_name", sa.Text(), nullable=False),
        sa.Column("beneficiary_siret", sa.Text(), nullable=True),
        sa.Column(
            "beneficiary_siren",
            sa.Text(),
            sa.Computed("left(beneficiary_siret, 9)", persisted=True),
            nullable=True,
        ),
        sa.Column("beneficiary_rna", sa.Text(), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_digest", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("beneficiary_rna ~ '^W[0-9A-Z]{9}$'", name=op.f("ck_subsidies_rna_form")),
        sa.CheckConstraint("beneficiary_siret ~ '^[0-9]{14}$'", name=op.f("ck_subsidies_siret_form")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_subsidies_amount_positive")),
        sa.CheckConstraint(
            "num_nonnulls(beneficiary_siret, beneficiary_rna) > 0",
            name=op.f("ck_subsidies_beneficiary_identified"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_subsidies_fingerprint")),
    )
    op.create_index(op.f("ix_subsidies_beneficiary_rna"), "subsidies", ["beneficiary_rna"], unique=False)
    op.create_index(op.f("ix_subsidies_beneficiary_siren"), "subsidies", ["beneficiary_siren"], unique=False)
    op.create_table(
        "call_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_call_versions_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_versions")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_call_versions_call_id_number")),
    )
    op.create_index(op.f("ix_call_versions_call_id"), "call_versions", ["call_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "scan",
            sa.Enum(
                "not_scanned",
                "clean",
                "infected",
                name="scan_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("threat", sa.Text(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_documents_sha256_form")),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_size_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_documents_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["people.id"], name=op.f("fk_documents_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint(
            "application_id", "slot", "number", name=op.f("uq_documents_application_id_slot_number")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_documents_reference")),
    )
    op.create_index(
        "ix_documents_unscanned",
        "documents",
        ["id"],
        unique=False,
        postgresql_where=sa.text("scan = 'not_scanned'"),
    )
    op.create_index(
        "uq_documents_present",
        "documents",
        ["application_id", "slot"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL AND removed_at IS NULL AND slot NOT LIKE 'message.%'"),
    )
    op.create_table(
        "endorsements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "given",
                "declined",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("signed_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'given' OR (words <> '' AND signed_name <> '')", name=op.f("ck_endorsements_given_signed")
        ),
        sa.CheckConstraint(
            "status = 'asked' OR answered_at IS NOT NULL", name=op.f("ck_endorsements_answer_dated")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_endorsements_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_endorsements_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsements")),
        sa.UniqueConstraint("application_id", "person_id", name=op.f("uq_endorsements_application_id_person_id")),
    )
    op.create_index("ix_endorsements_person_id_id", "endorsements", ["person_id", "id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signatory_name", sa.Text(), nullable=False),
        sa.Column("signatory_function", sa.Text(), nullable=False),
        sa.Column("deposited", postgresql.JSONB(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("journal_hash", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("content_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_receipts_sha256_form")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_receipts_application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("application_id", "number", name=op.f("uq_receipts_application_id_number")),
    )
    op.create_table(
        "section_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_section_versions_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["saved_by_id"], ["people.id"], name=op.f("fk_section_versions_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_versions")),
        sa.UniqueConstraint(
            "application_id", "key", "number", name=op.f("uq_section_versions_application_id_key_number")
        ),
    )
    op.create_table(
        "sections",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("stamps", postgresql.JSONB(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_sections_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edited_by_id"], ["people.id"], name=op.f("fk_sections_edited_by_id")),
        sa.PrimaryKeyConstraint("application_id", "key", name=op.f("pk_sections")),
    )
    op.create_table(
        "thread_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("from_fund", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("body <> ''", name=op.f("ck_thread_messages_body_written")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_thread_messages_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_thread_messages_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_messages")),
    )
    op.create_index(
        "ix_thread_messages_application_id_id", "thread_messages", ["application_id", "id"], unique=False
    )
    op.create_table(
        "thread_reads",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("from_fund", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_thread_reads_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_thread_reads_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("application_id", "person_id", name=op.f("pk_thread_reads")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "confirmed",
                "change_asked",
                "declined",
                name="answer_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("part", postgresql.JSONB(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer <> 'change_asked' OR note <> ''", name=op.f("ck_consents_change_is_named")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_consents_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_member_id"), "consents", ["member_id"], unique=False)
    op.create_table(
        "personal_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "consent",
                "co_author",
                "register",
                "password",
                name="purpose_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "right",
            sa.Enum(
                "read", "write", "sign", name="right_known", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose <> 'consent' OR member_id IS NOT NULL", name=op.f("ck_personal_links_consent_of_member")
        ),
        sa.CheckConstraint(
            "purpose <> 'password' OR person_id IS NOT NULL", name=op.f("ck_personal_links_password_of_person")
        ),
        sa.CheckConstraint(
            "purpose <> 'co_author' OR (application_id IS NOT NULL AND \"right\" IS NOT NULL)",
            name=op.f("ck_personal_links_author_of_file"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_personal_links_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_personal_links_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_personal_links_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_links")),
    )
    op.create_index(op.f("ix_personal_links_application_id"), "personal_links", ["application_id"], unique=False)
    op.create_index(op.f("ix_personal_links_member_id"), "personal_links", ["member_id"], unique=False)
    op.create_index(op.f("ix_personal_links_person_id"), "personal_links", ["person_id"], unique=False)
    op.add_column("applications", sa.Column("version_id", sa.BigInteger(), nullable=True))
    op.add_column("applications", sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("applications", "is_test", server_default=None)
    op.create_index(op.f("ix_applications_version_id"), "applications", ["version_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_applications_version_id"), "applications", "call_versions", ["version_id"], ["id"]
    )
    op.add_column("calls", sa.Column("definition", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("calls", "definition", server_default=None)
    op.add_column("calls", sa.Column("revision", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column(
        "members", sa.Column("in_kind", sa.Numeric(precision=14, scale=2), nullable=False, server_default="0")
    )
    op.alter_column("members", "in_kind", server_default=None)
    op.add_column(
        "members", sa.Column("skills", sa.Numeric(precision=14, scale=2), nullable=False, server_default="0")
    )
    op.alter_column("members", "skills", server_default=None)
    op.add_column("members", sa.Column("skills_note", sa.String(length=500), nullable=False, server_default=""))
    op.alter_column("members", "skills_note", server_default=None)
    op.add_column("members", sa.Column("territory", sa.Text(), nullable=True))
    op.add_column(
        "members", sa.Column("representative_name", sa.String(length=200), nullable=False, server_default="")
    )
    op.alter_column("members", "representative_name", server_default=None)
    op.add_column(
        "members", sa.Column("representative_email", sa.String(length=254), nullable=False, server_default="")
    )
    op.alter_column("members", "representative_email", server_default=None)
    op.add_column(
        "members", sa.Column("representative_function", sa.String(length=200), nullable=False, server_default="")
    )
    op.alter_column("members", "representative_function", server_default=None)
    op.add_column("members", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("link_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outbox_link_id"), "outbox", "personal_links", ["link_id"], ["id"], ondelete="CASCADE"
    )
    op.add_column(
        "people", sa.Column("territories", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}")
    )
    op.alter_column("people", "territories", server_default=None)
    op.create_index("ix_outbox_link", "outbox", ["link_id"], postgresql_where=sa.text("link_id IS NOT NULL"))
    _index_deadlines(DEADLINES_WITHOUT_LINKS)
    _check_contributions(CONTRIBUTIONS)
    op.execute(FROZEN)
    op.execute(CORRECTIONS_UP)


def downgrade() -> None:
    op.execute(CORRECTIONS_DOWN)
    # Messages by link have no place in the former table.
    op.execute("DELETE FROM outbox WHERE link_id IS NOT NULL")
    op.execute("DROP FUNCTION refuse_version_change() CASCADE")
    _check_contributions(CONTRIBUTION)
    _index_deadlines(DEADLINES)
    op.drop_column("people", "territories")
    op.drop_column("outbox", "link_id")
    op.drop_column("members", "asked_at")
    op.drop_column("members", "representative_function")
    op.drop_column("members", "representative_email")
    op.drop_column("members", "representative_name")
    op.drop_column("members", "territory")
    op.drop_column("members", "skills_note")
    op.drop_column("members", "skills")
    op.drop_column("members", "in_kind")
    op.drop_column("calls", "revision")
    op.drop_column("calls", "definition")
    op.drop_column("applications", "is_test")
    op.drop_column("applications", "version_id")
    op.drop_table("personal_links")
    op.drop_table("consents")
    op.drop_table("thread_reads")
    op.drop_table("thread_messages")
    op.drop_table("sections")
    op.drop_table("section_versions")
    op.drop_table("receipts")
    op.drop_table("endorsements")
    op.drop_table("documents")
    op.drop_table("call_versions")
    op.drop_table("subsidies")


def _index_deadlines(condition: str) -> None:
    op.drop_index("uq_outbox_deadline", "outbox")
    columns = ["topic", "subject_type", "subject_id", "available_at"]
    op.create_index("uq_outbox_deadline", "outbox", columns, unique=True, postgresql_where=sa.text(condition))


def _check_contributions(condition: str) -> None:
    op.drop_constraint(op.f("ck_members_contribution_positive"), "members")
    op.create_check_constraint(op.f("ck_members_contribution_positive"), "members", condition)
