"""The money: agreements, bank details, payment files and statements, repayments, the ledger, accounts in reports.

Awards that were offered are drafts again, with an agreement to send; tranches that were paid back are paid, with a
repayment beside. Both are told in their chains. The ledger opens with what stands at that moment: its opening entries
have no event.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261125_money"
down_revision: str | None = "20261124_committee_room"
branch_labels: None = None
depends_on: None = None

FILLED = (
    ("applications", "overdue_waived_reason"),
    ("reports", "realised"),
    ("reports", "explanations"),
    ("reports", "answers"),
    ("reports", "reserve"),
    ("reports", "signatory_name"),
    ("reports", "signatory_function"),
)
STATES_BEFORE = (
    "state IN ('planned', 'due', 'held', 'ordered', 'approved', 'paid', 'failed', 'repaid', 'cancelled')"
)
STATES = "state IN ('planned', 'due', 'held', 'ordered', 'approved', 'sent', 'paid', 'failed', 'cancelled')"
PURPOSES_BEFORE = "purpose IN ('consent', 'co_author', 'register', 'password', 'invitation', 'advice')"
PURPOSES = "purpose IN ('consent', 'co_author', 'register', 'password', 'invitation', 'advice', 'agreement')"
PAID_BEFORE = "state NOT IN ('paid', 'repaid') OR (paid_on IS NOT NULL AND paid_amount IS NOT NULL)"
PAID = "state NOT IN ('paid') OR (paid_on IS NOT NULL AND paid_amount IS NOT NULL)"
BY_TWO = (
    "state NOT IN ('approved', 'sent') OR imported OR (ordered_by_id IS NOT NULL AND approved_by_id IS NOT NULL)"
)
CHECKS_BEFORE = (
    ("disbursements", "state_known"),
    ("disbursements", "paid_whole"),
    ("disbursements", "repaid_has_date"),
    ("personal_links", "purpose_known"),
)
CHECKS = (
    ("disbursements", "state_known", STATES),
    ("disbursements", "paid_whole", PAID),
    ("disbursements", "approved_by_two", BY_TWO),
    ("disbursements", "held_because", "(state = 'held') = (hold_cause IS NOT NULL)"),
    ("personal_links", "purpose_known", PURPOSES),
    (
        "personal_links",
        "agreement_of_member",
        "purpose <> 'agreement' OR (agreement_id IS NOT NULL AND member_id IS NOT NULL)",
    ),
)
RESTORED = (
    ("disbursements", "state_known", STATES_BEFORE),
    ("disbursements", "paid_whole", PAID_BEFORE),
    ("disbursements", "repaid_has_date", "state NOT IN ('repaid') OR (repaid_on IS NOT NULL)"),
    ("personal_links", "purpose_known", PURPOSES_BEFORE),
)

# Deferred to the commit: an entry is written line by line, and a step may write several entries.
LEDGER = """
CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_entry bigint;
    debits numeric;
    credits numeric;
BEGIN
    IF TG_TABLE_NAME = 'ledger_lines' THEN the_entry := NEW.entry_id; ELSE the_entry := NEW.id; END IF;
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO debits, credits
        FROM ledger_lines WHERE entry_id = the_entry;
    IF debits <> credits OR debits = 0 THEN
        RAISE EXCEPTION 'entry %: debits of %, credits of %', the_entry, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();
CREATE CONSTRAINT TRIGGER ledger_lines_balance AFTER INSERT ON ledger_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();

-- Paid <= ordered <= approved <= awarded: no account of an award gives what it does not have. (Awards within the
-- envelope: check_envelope.) The file's row lock orders those who book on one award.
CREATE FUNCTION check_award_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    IF NEW.award_id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT account INTO lacking
        FROM ledger_lines JOIN ledger_entries ON ledger_entries.id = ledger_lines.entry_id
        WHERE ledger_entries.award_id = NEW.award_id AND account NOT IN ('endowment', 'available')
        GROUP BY account HAVING sum(debit - credit) < 0 LIMIT 1;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'award %: account % below zero', NEW.award_id, lacking
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_accounts_positive';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_accounts_positive AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_award_accounts();

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: what is booked or signed stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only';
END $$;

CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_entries_keep BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_lines_append_only BEFORE UPDATE OR DELETE ON ledger_lines
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_lines_keep BEFORE TRUNCATE ON ledger_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER agreement_signatures_append_only BEFORE UPDATE OR DELETE ON agreement_signatures
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER agreement_signatures_keep BEFORE TRUNCATE ON agreement_signatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
"""
# A signed text, a file that the bank may have, and the amount of a tranche that somebody ordered do not change.
FROZEN = """
CREATE FUNCTION refuse_frozen_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is frozen', TG_ARGV[0], TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_ARGV[0];
END $$;

-- What was sent is frozen until it is taken back; what was signed, for ever.
CREATE TRIGGER agreements_frozen BEFORE UPDATE ON agreements FOR EACH ROW
    WHEN ((OLD.state IN ('sent', 'signed', 'refused') AND (NEW.facts, NEW.facts_sha256, NEW.terms)
            IS DISTINCT FROM (OLD.facts, OLD.facts_sha256, OLD.terms))
        OR (OLD.state = 'signed' AND NEW.signed_on IS DISTINCT FROM OLD.signed_on))
    EXECUTE FUNCTION refuse_frozen_change('agreement_is_signed');
CREATE TRIGGER payment_files_frozen BEFORE UPDATE ON payment_files FOR EACH ROW
    WHEN ((NEW.content, NEW.sha256, NEW.count, NEW.total, NEW.message_id)
        IS DISTINCT FROM (OLD.content, OLD.sha256, OLD.count, OLD.total, OLD.message_id))
    EXECUTE FUNCTION refuse_frozen_change('payment_file_is_made');
CREATE TRIGGER tranches_frozen BEFORE UPDATE OF amount ON disbursements FOR EACH ROW
    WHEN (NEW.amount <> OLD.amount AND OLD.state IN ('ordered', 'approved', 'sent', 'paid'))
    EXECUTE FUNCTION refuse_frozen_change('tranche_is_ordered');
"""
FUNCTIONS = (
    "check_entry_balances()",
    "check_award_accounts()",
    "refuse_ledger_change()",
    "refuse_frozen_change()",
)
REFUSE_DOWNGRADE = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM payment_files) OR EXISTS (SELECT 1 FROM repayments)
        OR EXISTS (SELECT 1 FROM agreements WHERE state = 'signed') THEN
        RAISE EXCEPTION 'payment files, repayments or signed agreements exist: the former version would lose them';
    END IF;
END $$;
"""
OPENING = """
WITH moves AS (
    SELECT 'call' AS kind, id, reference, id AS call_id, NULL::bigint AS award_id, opens_at::date AS day,
            'endowment' AS source, 'available' AS target, envelope AS amount
        FROM calls WHERE state NOT IN ('draft', 'cancelled')
    UNION ALL
    SELECT 'award', id, reference, call_id, id, created_at::date, 'available', 'committed', amount
        FROM awards WHERE state NOT IN ('refused', 'cancelled')
    UNION ALL
    SELECT 'disbursement', tranche.id, tranche.reference, awards.call_id, awards.id,
            greatest(coalesce(tranche.paid_on, awards.created_at::date), awards.created_at::date), 'committed',
            CASE tranche.state WHEN 'approved' THEN 'approved' ELSE 'paid' END, tranche.amount
        FROM disbursements tranche JOIN awards ON awards.id = tranche.award_id
        WHERE tranche.state IN ('approved', 'paid')
    UNION ALL
    SELECT 'repayment', repayments.id, repayments.reference, awards.call_id, awards.id, repayments.due_on,
            'paid', 'recovered', repayments.amount
        FROM repayments JOIN awards ON awards.id = repayments.award_id
), written AS (
    INSERT INTO ledger_entries
        (day, booked_at, action, subject_type, subject_id, subject_reference, call_id, award_id)
        SELECT day, now(), 'ledger.open', kind, id, reference, call_id, award_id FROM moves WHERE amount > 0
        RETURNING id, subject_type, subject_id
)
INSERT INTO ledger_lines (entry_id, account, debit, credit)
    SELECT written.id, side.account, side.debit, side.credit
    FROM written JOIN moves ON moves.kind = written.subject_type AND moves.id = written.subject_id,
        LATERAL (VALUES (moves.target, moves.amount, 0), (moves.source, 0, moves.amount)) side(account, debit, credit)
"""
CONDITIONS = """
INSERT INTO tranche_conditions (disbursement_id, kind, label, report_id, note)
    SELECT tranche.id, 'report_accepted', '', first.id, '' FROM disbursements tranche
    JOIN LATERAL (SELECT id FROM reports WHERE reports.award_id = tranche.award_id ORDER BY due_on LIMIT 1) first
        ON true
    WHERE tranche.needs_report
"""


def upgrade() -> None:
    op.create_table(
        "ledger_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_checks")),
    )
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("identification", sa.String(length=70), nullable=False),
        sa.Column("account_iban", sa.String(length=34), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("imported_by_id", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["imported_by_id"], ["people.id"], name=op.f("fk_bank_statements_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("sha256", "number", name="uq_bank_statements_file"),
    )
    op.create_table(
        "agreements",
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "signed",
                "refused",
                "dropped",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("every_member", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("fund_signatory", sa.String(length=200), nullable=False),
        sa.Column("fund_function", sa.String(length=200), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("facts_sha256", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("facts_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_agreements_sha256_form")),
        sa.CheckConstraint(
            "state <> 'signed' OR imported OR (facts IS NOT NULL AND signed_on IS NOT NULL)",
            name=op.f("ck_agreements_signed_whole"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent') OR (facts IS NOT NULL AND facts_sha256 IS NOT NULL AND sent_at IS NOT NULL)",
            name=op.f("ck_agreements_sent_whole"),
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_agreements_number_positive")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_agreements_award_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["documents.id"], name=op.f("fk_agreements_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("reference", name=op.f("uq_agreements_reference")),
    )
    op.create_index("ix_agreements_moved", "agreements", ["moved_at", "id"], unique=False)
    op.create_index(
        "uq_agreements_number",
        "agreements",
        ["award_id", "number"],
        unique=True,
        postgresql_where=sa.text("state <> 'dropped'"),
    )
    op.create_index(
        "uq_agreements_open",
        "agreements",
        ["award_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'sent')"),
    )
    op.create_table(
        "bank_accounts",
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "verified",
                "rejected",
                "closed",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=140), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "verified_how",
            sa.Enum(
                "call_back",
                "meeting",
                "bank",
                "letter",
                name="verified_how_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("verified_note", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("bic ~ '^[A-Z0-9]{8}([A-Z0-9]{3})?$'", name=op.f("ck_bank_accounts_bic_form")),
        sa.CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'", name=op.f("ck_bank_accounts_iban_form")),
        sa.CheckConstraint(
            "state NOT IN ('verified', 'closed') OR (verified_by_id IS NOT NULL AND verified_at IS NOT NULL AND verified_how IS NOT NULL)",
            name=op.f("ck_bank_accounts_verified_whole"),
        ),
        sa.CheckConstraint(
            "entered_by_id IS DISTINCT FROM verified_by_id OR verified_by_id IS NULL",
            name=op.f("ck_bank_accounts_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_bank_accounts_document_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["people.id"], name=op.f("fk_bank_accounts_entered_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_bank_accounts_organisation_id")
        ),
        sa.ForeignKeyConstraint(["verified_by_id"], ["people.id"], name=op.f("fk_bank_accounts_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("reference", name=op.f("uq_bank_accounts_reference")),
    )
    op.create_index("ix_bank_accounts_organisation", "bank_accounts", ["organisation_id", "id"], unique=False)
    op.create_index("ix_bank_accounts_state", "bank_accounts", ["state", "id"], unique=False)
    op.create_index(
        "uq_bank_accounts_in_force",
        "bank_accounts",
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'verified'"),
    )
    op.create_index(
        "uq_bank_accounts_proposed",
        "bank_accounts",
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_reference", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_ledger_entries_award_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_ledger_entries_call_id")),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_ledger_entries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_award_day", "ledger_entries", ["award_id", "day", "id"], unique=False)
    op.create_index("ix_ledger_entries_call_day", "ledger_entries", ["call_id", "day", "id"], unique=False)
    op.create_index("ix_ledger_entries_day", "ledger_entries", ["day", "id"], unique=False)
    op.create_index("ix_ledger_entries_event", "ledger_entries", ["event_id"], unique=False)
    op.create_index(
        "ix_ledger_entries_subject", "ledger_entries", ["subject_type", "subject_id", "id"], unique=False
    )
    op.create_table(
        "repayments",
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "received",
                "waived",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("received_amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state <> 'received' OR received_amount = amount", name=op.f("ck_repayments_received_whole")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_repayments_amount_positive")),
        sa.CheckConstraint(
            "received_amount >= 0 AND received_amount <= amount", name=op.f("ck_repayments_received_within_asked")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_repayments_asked_by_id")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_repayments_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayments")),
        sa.UniqueConstraint("reference", name=op.f("uq_repayments_reference")),
    )
    op.create_index("ix_repayments_award", "repayments", ["award_id", "id"], unique=False)
    op.create_index("ix_repayments_moved", "repayments", ["moved_at", "id"], unique=False)
    op.create_index("ix_repayments_state_due", "repayments", ["state", "due_on", "id"], unique=False)
    op.create_table(
        "agreement_signatures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("fund", "member", name="side_known", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("accepts_contract", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts_sha256", sa.Text(), nullable=False),
        sa.Column("journal_hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(side = 'member') = (member_id IS NOT NULL)", name=op.f("ck_agreement_signatures_member_of_alliance")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_signatures_agreement_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_agreement_signatures_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_agreement_signatures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_signatures")),
        sa.UniqueConstraint("agreement_id", "member_id", "facts_sha256", name="uq_agreement_signatures_once"),
    )
    op.create_table(
        "ledger_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "endowment",
                "available",
                "committed",
                "approved",
                "ordered",
                "paid",
                "to_recover",
                "recovered",
                name="account_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("debit", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("credit", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.CheckConstraint(
            "(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name=op.f("ck_ledger_lines_one_side")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_lines_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_lines")),
    )
    op.create_index(
        "ix_ledger_lines_entry",
        "ledger_lines",
        ["entry_id"],
        unique=False,
        postgresql_include=["account", "debit", "credit"],
    )
    op.create_table(
        "payment_files",
        sa.Column(
            "state",
            sa.Enum(
                "made",
                "transmitted",
                "settled",
                "cancelled",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("transmitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_payment_files_sha256_form")),
        sa.CheckConstraint(
            "state NOT IN ('transmitted') OR (transmitted_at IS NOT NULL)",
            name=op.f("ck_payment_files_transmitted_dated"),
        ),
        sa.CheckConstraint("count > 0 AND total > 0", name=op.f("ck_payment_files_not_empty")),
        sa.ForeignKeyConstraint(["debtor_id"], ["bank_accounts.id"], name=op.f("fk_payment_files_debtor_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_payment_files_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_files")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payment_files_message_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_files_reference")),
    )
    op.create_index("ix_payment_files_moved", "payment_files", ["moved_at", "id"], unique=False)
    op.create_table(
        "repayment_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("repayment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_repayment_receipts_amount_positive")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["people.id"], name=op.f("fk_repayment_receipts_noted_by_id")),
        sa.ForeignKeyConstraint(
            ["repayment_id"], ["repayments.id"], name=op.f("fk_repayment_receipts_repayment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment_receipts")),
    )
    op.create_index("ix_repayment_receipts_repayment", "repayment_receipts", ["repayment_id", "id"], unique=False)
    op.create_table(
        "tranche_conditions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("disbursement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "report_accepted",
                "cofinancing_proven",
                "expense_evidence",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'report_accepted') = (report_id IS NOT NULL)",
            name=op.f("ck_tranche_conditions_report_is_named"),
        ),
        sa.CheckConstraint(
            "(met_at IS NULL) = (met_by_id IS NULL)", name=op.f("ck_tranche_conditions_met_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["disbursement_id"],
            ["disbursements.id"],
            name=op.f("fk_tranche_conditions_disbursement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_tranche_conditions_document_id")),
        sa.ForeignKeyConstraint(["met_by_id"], ["people.id"], name=op.f("fk_tranche_conditions_met_by_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_tranche_conditions_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tranche_conditions")),
    )
    op.create_index(
        "ix_tranche_conditions_disbursement", "tranche_conditions", ["disbursement_id", "id"], unique=False
    )
    op.create_table(
        "payment_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("disbursement_id", sa.BigInteger(), nullable=False),
        sa.Column("ordered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("creditor_name", sa.String(length=140), nullable=False),
        sa.Column("creditor_iban", sa.String(length=34), nullable=False),
        sa.Column("creditor_bic", sa.String(length=11), nullable=False),
        sa.Column("remittance", sa.String(length=140), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("return_code", sa.String(length=10), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_orders_amount_positive")),
        sa.ForeignKeyConstraint(
            ["disbursement_id"], ["disbursements.id"], name=op.f("fk_payment_orders_disbursement_id")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["people.id"], name=op.f("fk_payment_orders_approved_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["payment_files.id"], name=op.f("fk_payment_orders_file_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["people.id"], name=op.f("fk_payment_orders_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_orders")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_payment_orders_end_to_end_id")),
    )
    op.create_index("ix_payment_orders_disbursement", "payment_orders", ["disbursement_id", "id"], unique=False)
    op.create_index("ix_payment_orders_file", "payment_orders", ["file_id", "id"], unique=False)
    op.create_index(
        "uq_payment_orders_open",
        "payment_orders",
        ["disbursement_id"],
        unique=True,
        postgresql_where=sa.text("answered_on IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("account_iban", sa.String(length=34), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("counterpart_name", sa.Text(), nullable=False),
        sa.Column("counterpart_iban", sa.Text(), nullable=False),
        sa.Column("remittance", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("return_code", sa.String(length=10), nullable=True),
        sa.Column(
            "standing",
            sa.Enum(
                "matched",
                "proposed",
                "open",
                "ignored",
                name="standing_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "amount_differs",
                "no_reference",
                "several_fit",
                "answered_before",
                "order_cancelled",
                "return_unsaid",
                "repayment",
                "kept_off",
                "refused",
                name="cause_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("repayment_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_lines_amount_positive")),
        sa.ForeignKeyConstraint(["file_id"], ["payment_files.id"], name=op.f("fk_bank_lines_file_id")),
        sa.ForeignKeyConstraint(["order_id"], ["payment_orders.id"], name=op.f("fk_bank_lines_order_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_bank_lines_repayment_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["people.id"], name=op.f("fk_bank_lines_settled_by_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
    )
    op.create_index("ix_bank_lines_order", "bank_lines", ["order_id"], unique=False)
    op.create_index("ix_bank_lines_standing", "bank_lines", ["standing", "id"], unique=False)
    op.create_index("ix_bank_lines_statement", "bank_lines", ["statement_id", "id"], unique=False)
    op.create_index("uq_bank_lines_movement", "bank_lines", ["account_iban", "fingerprint"], unique=True)
    op.add_column("applications", sa.Column("overdue_waived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("applications", sa.Column("overdue_waived_reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("awards", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("awards", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column(
        "disbursements",
        sa.Column(
            "hold_cause",
            sa.Enum(
                "officer",
                "late_report",
                "bank_details",
                name="hold_cause_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.add_column("disbursements", sa.Column("evidence_id", sa.BigInteger(), nullable=True))
    op.add_column("disbursements", sa.Column("return_code", sa.String(length=10), nullable=True))
    op.create_foreign_key(
        op.f("fk_disbursements_evidence_id"), "disbursements", "documents", ["evidence_id"], ["id"]
    )
    op.add_column("personal_links", sa.Column("agreement_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_personal_links_agreement_id"), "personal_links", ["agreement_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_personal_links_agreement_id"),
        "personal_links",
        "agreements",
        ["agreement_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "reports", sa.Column("planned", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True)
    )
    op.add_column(
        "reports",
        sa.Column("realised", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
    )
    op.add_column(
        "reports",
        sa.Column("explanations", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
    )
    op.add_column(
        "reports",
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
    )
    op.add_column("reports", sa.Column("reserve", sa.Text(), nullable=False, server_default=""))
    op.add_column("reports", sa.Column("signatory_name", sa.Text(), nullable=False, server_default=""))
    op.add_column("reports", sa.Column("signatory_function", sa.Text(), nullable=False, server_default=""))
    for table, column in FILLED:
        op.alter_column(table, column, server_default=None)
    for table, name in CHECKS_BEFORE:
        op.drop_constraint(name, table, type_="check")
    _carry_over(op.get_bind())
    op.drop_column("disbursements", "needs_report")
    op.drop_column("disbursements", "repaid_on")
    for table, name, condition in CHECKS:
        op.create_check_constraint(name, table, condition)
    for statements in (LEDGER, FROZEN):
        op.execute(statements)


def downgrade() -> None:
    # What a former version cannot hold is refused rather than lost.
    op.execute(REFUSE_DOWNGRADE)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function} CASCADE")
    for table, name, _condition in CHECKS:
        op.drop_constraint(name, table, type_="check")
    op.execute("DELETE FROM personal_links WHERE purpose = 'agreement'")
    op.drop_column("reports", "signatory_function")
    op.drop_column("reports", "signatory_name")
    op.drop_column("reports", "reserve")
    op.drop_column("reports", "answers")
    op.drop_column("reports", "explanations")
    op.drop_column("reports", "realised")
    op.drop_column("reports", "planned")
    op.drop_constraint(op.f("fk_personal_links_agreement_id"), "personal_links", type_="foreignkey")
    op.drop_index(op.f("ix_personal_links_agreement_id"), table_name="personal_links")
    op.drop_column("personal_links", "agreement_id")
    op.add_column("disbursements", sa.Column("repaid_on", sa.DATE(), nullable=True))
    op.add_column("disbursements", sa.Column("needs_report", sa.BOOLEAN(), nullable=False, server_default="false"))
    op.drop_constraint(op.f("fk_disbursements_evidence_id"), "disbursements", type_="foreignkey")
    op.drop_column("disbursements", "return_code")
    op.drop_column("disbursements", "evidence_id")
    op.drop_column("disbursements", "hold_cause")
    op.drop_column("awards", "ends_on")
    op.drop_column("awards", "starts_on")
    op.drop_column("applications", "overdue_waived_reason")
    op.drop_column("applications", "overdue_waived_at")
    op.drop_index("uq_bank_lines_movement", table_name="bank_lines")
    op.drop_index("ix_bank_lines_statement", table_name="bank_lines")
    op.drop_index("ix_bank_lines_standing", table_name="bank_lines")
    op.drop_index("ix_bank_lines_order", table_name="bank_lines")
    op.drop_table("bank_lines")
    op.drop_index(
        "uq_payment_orders_open",
        table_name="payment_orders",
        postgresql_where=sa.text("answered_on IS NULL AND cancelled_at IS NULL"),
    )
    op.drop_index("ix_payment_orders_file", table_name="payment_orders")
    op.drop_index("ix_payment_orders_disbursement", table_name="payment_orders")
    op.drop_table("payment_orders")
    op.drop_index("ix_tranche_conditions_disbursement", table_name="tranche_conditions")
    op.drop_table("tranche_conditions")
    op.drop_index("ix_repayment_receipts_repayment", table_name="repayment_receipts")
    op.drop_table("repayment_receipts")
    op.drop_index("ix_payment_files_moved", table_name="payment_files")
    op.drop_table("payment_files")
    op.drop_index(
        "ix_ledger_lines_entry", table_name="ledger_lines", postgresql_include=["account", "debit", "credit"]
    )
    op.drop_table("ledger_lines")
    op.drop_table("agreement_signatures")
    op.drop_index("ix_repayments_state_due", table_name="repayments")
    op.drop_index("ix_repayments_moved", table_name="repayments")
    op.drop_index("ix_repayments_award", table_name="repayments")
    op.drop_table("repayments")
    op.drop_index("ix_ledger_entries_subject", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_event", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_day", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_call_day", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_award_day", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index(
        "uq_bank_accounts_proposed", table_name="bank_accounts", postgresql_where=sa.text("state = 'proposed'")
    )
    op.drop_index(
        "uq_bank_accounts_in_force", table_name="bank_accounts", postgresql_where=sa.text("state = 'verified'")
    )
    op.drop_index("ix_bank_accounts_state", table_name="bank_accounts")
    op.drop_index("ix_bank_accounts_organisation", table_name="bank_accounts")
    op.drop_table("bank_accounts")
    op.drop_index(
        "uq_agreements_open", table_name="agreements", postgresql_where=sa.text("state IN ('draft', 'sent')")
    )
    op.drop_index("ix_agreements_moved", table_name="agreements")
    op.drop_table("agreements")
    op.drop_table("bank_statements")
    op.drop_table("ledger_checks")
    op.alter_column("disbursements", "needs_report", server_default=None)
    for table, name, condition in RESTORED:
        op.create_check_constraint(name, table, condition)


def _carry_over(connection: sa.Connection) -> None:
    """What stood before, in the terms of the new tables."""
    connection.execute(sa.text("UPDATE disbursements SET hold_cause = 'officer' WHERE state = 'held'"))
    connection.execute(
        sa.text(
            "UPDATE awards SET starts_on = applications.starts_on, ends_on = applications.ends_on"
            " FROM applications WHERE applications.id = awards.application_id"
        )
    )
    connection.execute(sa.text(CONDITIONS))
    for row in connection.execute(sa.text("SELECT * FROM disbursements WHERE state = 'repaid'")).mappings().all():
        _carry_repaid(connection, row)
    drafts = "SELECT * FROM awards WHERE state IN ('draft', 'offered') AND NOT imported"
    for row in connection.execute(sa.text(drafts)).mappings().all():
        _carry_award(connection, row)
    connection.execute(sa.text(OPENING))


def _carry_repaid(connection: sa.Connection, tranche: sa.RowMapping) -> None:
    connection.execute(sa.text("UPDATE disbursements SET state = 'paid' WHERE id = :id"), {"id": tranche["id"]})
    _append(connection, "disbursement", tranche, "disbursement.restate", {"state": ["repaid", "paid"]})
    amount = tranche["paid_amount"]
    fields = {
        "state": "received",
        "award_id": tranche["award_id"],
        "amount": amount,
        "received_amount": amount,
        "reason": tranche["reference"],
        "due_on": tranche["repaid_on"],
    }
    repayment = _insert(connection, "repayments", "RV", fields)
    _append(connection, "repayment", repayment, "repayment.create", {"amount": [None, str(amount)]})
    connection.execute(
        sa.text(
            "INSERT INTO repayment_receipts (repayment_id, amount, received_on, bank_reference, noted_at)"
            " VALUES (:repayment_id, :amount, :received_on, '', now())"
        ),
        {"repayment_id": repayment["id"], "amount": amount, "received_on": tranche["repaid_on"]},
    )


def _carry_award(connection: sa.Connection, award: sa.RowMapping) -> None:
    if award["state"] == "offered":
        connection.execute(sa.text("UPDATE awards SET state = 'draft' WHERE id = :id"), {"id": award["id"]})
        _append(connection, "award", award, "award.recall", {"state": ["offered", "draft"]})
    fields = {
        "state": "draft",
        "award_id": award["id"],
        "number": 0,
        "terms": "{}",
        "reason": "",
        "every_member": False,
        "locale": "fr",
        "fund_signatory": "",
        "fund_function": "",
    }
    agreement = _insert(connection, "agreements", "CV", fields)
    _append(connection, "agreement", agreement, "agreement.create", {"number": [None, 0]})


def _insert(connection: sa.Connection, table: str, prefix: str, fields: dict[str, Any]) -> sa.RowMapping:
    letters = "BCDFGHJKLMNPQRSTVWXZ23456789"
    code = "".join(secrets.choice(letters) for _ in range(8))
    values = {
        **fields,
        "reference": f"{prefix}-{code[:4]}-{code[4:]}",
        "version": 1,
        "imported": False,
        "journal_length": 0,
    }
    columns = ", ".join(values)
    given = ", ".join(f"CAST(:{name} AS jsonb)" if name == "terms" else f":{name}" for name in values)
    statement = (
        f"INSERT INTO {table} ({columns}, moved_at, created_at)"  # noqa: S608 - our own names of tables and columns
        f" VALUES ({given}, now(), now()) RETURNING *"
    )
    return connection.execute(sa.text(statement), values).mappings().one()


TABLES = {"disbursement": "disbursements", "award": "awards", "repayment": "repayments", "agreement": "agreements"}


def _append(
    connection: sa.Connection, kind: str, row: sa.RowMapping, action: str, changes: dict[str, Any]
) -> None:
    """One link of a chain, as the journal writes it (docs/journal.md)."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    head = row["journal_head"]
    body = {
        "format": 1,
        "subject": [kind, row["reference"]],
        "seq": row["journal_length"] + 1,
        "action": action,
        "actor": "system",
        "at": now,
        "recorded": now,
        "changes": changes,
        "previous": bytes(head).hex() if head else None,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    connection.execute(
        sa.text(
            "INSERT INTO audit_events (subject_type, subject_id, seq, body, hash)"
            " VALUES (:kind, :id, :seq, CAST(:body AS jsonb), :hash)"
        ),
        {"kind": kind, "id": row["id"], "seq": body["seq"], "body": text, "hash": digest},
    )
    connection.execute(
        sa.text(
            f"UPDATE {TABLES[kind]} SET journal_length = :seq, journal_head = :hash"  # noqa: S608 - from the table above
            " WHERE id = :id"
        ),
        {"seq": body["seq"], "hash": digest, "id": row["id"]},
    )
