"""The reviewer's desk and the committee room: interests, profiles, discussions, advice, votes, letters, release.

Decisions taken before are in force already; minutes signed before were a page, and keep no facts. A reviewer who had
recused herself keeps off the file by a declared interest from now on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_committee_room"
down_revision: str | None = "20261123_applicants_desk"
branch_labels: None = None
depends_on: None = None

# What a decision grants weighs on the envelope from the vote on, though it comes into force with the release.
ENVELOPE = """
CREATE OR REPLACE FUNCTION check_envelope(the_call bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ceiling numeric;
    awarded numeric;
    decided numeric;
BEGIN
    SELECT envelope INTO ceiling FROM calls WHERE id = the_call FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO awarded
        FROM awards WHERE call_id = the_call AND state NOT IN ('refused', 'cancelled');
    SELECT coalesce(sum(item.amount), 0) INTO decided
        FROM agenda_items item JOIN committee_sessions sitting ON sitting.id = item.session_id
        WHERE sitting.call_id = the_call AND item.outcome = 'funded'
            AND item.in_force_at IS NULL AND item.lapsed_at IS NULL;
    IF awarded + decided > ceiling THEN
        RAISE EXCEPTION 'awards of % and decisions of % exceed the envelope of %', awarded, decided, ceiling
            USING ERRCODE = 'check_violation', CONSTRAINT = 'awards_within_envelope';
    END IF;
END $$;

CREATE FUNCTION check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked numeric;
    the_call bigint;
BEGIN
    SELECT requested_amount INTO asked FROM applications WHERE id = NEW.application_id;
    IF NEW.amount > asked THEN
        RAISE EXCEPTION 'a grant of % for % asked', NEW.amount, asked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_within_request';
    END IF;
    IF NEW.outcome = 'funded' AND NEW.in_force_at IS NULL AND NEW.lapsed_at IS NULL THEN
        SELECT call_id INTO the_call FROM committee_sessions WHERE id = NEW.session_id;
        PERFORM check_envelope(the_call);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER decisions_within_envelope AFTER INSERT OR UPDATE OF outcome, amount, in_force_at, lapsed_at
    ON agenda_items FOR EACH ROW WHEN (NEW.outcome IN ('funded', 'waitlisted'))
    EXECUTE FUNCTION check_decision();

CREATE FUNCTION check_award_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked numeric;
BEGIN
    SELECT requested_amount INTO asked FROM applications WHERE id = NEW.application_id;
    IF NEW.amount > asked THEN
        RAISE EXCEPTION 'an award of % for % asked', NEW.amount, asked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_within_request';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER awards_within_request AFTER INSERT OR UPDATE OF amount ON awards
    FOR EACH ROW WHEN (NOT NEW.imported) EXECUTE FUNCTION check_award_request();
"""
ENVELOPE_BEFORE = """
CREATE OR REPLACE FUNCTION check_envelope(the_call bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ceiling numeric;
    awarded numeric;
BEGIN
    SELECT envelope INTO ceiling FROM calls WHERE id = the_call FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO awarded
        FROM awards WHERE call_id = the_call AND state NOT IN ('refused', 'cancelled');
    IF awarded > ceiling THEN
        RAISE EXCEPTION 'awards of % exceed the envelope of %', awarded, ceiling
            USING ERRCODE = 'check_violation', CONSTRAINT = 'awards_within_envelope';
    END IF;
END $$;

DROP FUNCTION check_decision() CASCADE;
DROP FUNCTION check_award_request() CASCADE;
"""
# Signed minutes are what the chair signed, and a secret ballot says nothing of who chose what.
FROZEN = """
CREATE FUNCTION refuse_minutes_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'signed minutes are frozen'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'minutes_frozen';
END $$;

CREATE TRIGGER committee_sessions_minutes_frozen BEFORE UPDATE OF minutes, minutes_sha256, signed_at
    ON committee_sessions FOR EACH ROW
    WHEN (OLD.minutes IS NOT NULL AND (NEW.minutes, NEW.minutes_sha256, NEW.signed_at)
        IS DISTINCT FROM (OLD.minutes, OLD.minutes_sha256, OLD.signed_at))
    EXECUTE FUNCTION refuse_minutes_change();

CREATE FUNCTION keep_ballot_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.choice IS NOT NULL AND (SELECT secret FROM motions WHERE id = NEW.motion_id) THEN
        RAISE EXCEPTION 'the vote is secret'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_is_secret';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ballots_secret BEFORE INSERT OR UPDATE ON ballots
    FOR EACH ROW EXECUTE FUNCTION keep_ballot_secret();
"""
IN_FORCE = """
UPDATE agenda_items SET in_force_at = decided_at WHERE outcome IS NOT NULL AND outcome <> 'withdrawn';
UPDATE agenda_items SET lapsed_at = decided_at WHERE outcome = 'withdrawn';
UPDATE agenda_items item SET lapsed_at = now() FROM committee_sessions sitting
    WHERE sitting.id = item.session_id AND sitting.state = 'cancelled' AND item.outcome IS NULL;
UPDATE agenda_items SET rank = applications.waitlist_rank FROM applications
    WHERE applications.id = agenda_items.application_id AND agenda_items.outcome = 'waitlisted';
UPDATE agenda_items SET rank = coalesce(rank, id) WHERE outcome = 'waitlisted';
UPDATE agenda_items SET amount = applications.requested_amount FROM applications
    WHERE applications.id = agenda_items.application_id AND agenda_items.outcome = 'waitlisted' AND amount IS NULL;
"""
MINUTES = """
UPDATE committee_sessions SET minutes = '{"format": 0}', minutes_sha256 = encode(sha256('{"format": 0}'), 'hex')
    WHERE state = 'signed';
"""
RECUSED = """
INSERT INTO interests (application_id, person_id, kind, state, detail, found_at, reason)
    SELECT DISTINCT application_id, reviewer_id, 'declared', 'standing', '', now(), '' FROM reviews
    WHERE state = 'recused'
"""
REVIEWS_ONCE = "state NOT IN ('cancelled', 'declined', 'recused')"
REVIEWS_ONCE_BEFORE = "state NOT IN ('cancelled', 'declined')"
ITEMS_OPEN = "in_force_at IS NULL AND lapsed_at IS NULL"
ITEMS_OPEN_BEFORE = "outcome IS NULL"
SESSION_STATES_BEFORE = "state IN ('draft', 'convened', 'open', 'closed', 'signed', 'cancelled')"
SESSION_STATES = "state IN ('draft', 'convened', 'open', 'closed', 'signed', 'released', 'cancelled')"
PURPOSES_BEFORE = "purpose IN ('consent', 'co_author', 'register', 'password')"
PURPOSES = "purpose IN ('consent', 'co_author', 'register', 'password', 'invitation', 'advice')"
SIGNED = "state NOT IN ('signed', 'released') OR (signed_at IS NOT NULL AND minutes IS NOT NULL AND minutes_sha256 IS NOT NULL)"
CHECKS = (
    ("agenda_items", "grant_has_amount", "outcome NOT IN ('funded', 'waitlisted') OR (amount IS NOT NULL)"),
    ("agenda_items", "amount_positive", "amount > 0"),
    ("agenda_items", "waitlisted_has_rank", "outcome IS DISTINCT FROM 'waitlisted' OR rank > 0"),
    ("agenda_items", "in_force_is_decided", "in_force_at IS NULL OR (outcome IS NOT NULL AND lapsed_at IS NULL)"),
    ("committee_sessions", "quorum_is_share", "quorum_basis <> 'percent' OR quorum <= 100"),
    ("committee_sessions", "deputy_is_another", "deputy_id <> chair_id"),
    ("committee_sessions", "signed_whole", SIGNED),
    ("committee_sessions", "released_whole", "state NOT IN ('released') OR (releases_at IS NOT NULL)"),
    ("personal_links", "invitation_of_person", "purpose <> 'invitation' OR person_id IS NOT NULL"),
    ("personal_links", "advice_of_question", "purpose <> 'advice' OR advice_id IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "affiliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("siren ~ '^[0-9]{9}$'", name=op.f("ck_affiliations_siren_form")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_affiliations_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_affiliations_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliations")),
    )
    op.create_index("ix_affiliations_organisation_id", "affiliations", ["organisation_id"], unique=False)
    op.create_index("ix_affiliations_person_id", "affiliations", ["person_id"], unique=False)
    op.create_index("ix_affiliations_siren", "affiliations", ["siren"], unique=False)
    op.create_table(
        "assignment_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "computing",
                "ready",
                "applying",
                "applied",
                "discarded",
                "failed",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applied_count", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_assignment_plans_call_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_assignment_plans_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_plans")),
    )
    op.create_index("ix_assignment_plans_call_id_id", "assignment_plans", ["call_id", "id"], unique=False)
    op.create_index(
        "uq_assignment_plans_running",
        "assignment_plans",
        ["call_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('computing', 'applying')"),
    )
    op.create_table(
        "reviewer_profiles",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("sdgs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("levers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("territories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("away_until >= away_from", name=op.f("ck_reviewer_profiles_absence_in_order")),
        sa.CheckConstraint(
            "capacity >= 0 AND capacity <= 200", name=op.f("ck_reviewer_profiles_capacity_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_reviewer_profiles_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_reviewer_profiles")),
    )
    op.create_table(
        "simulations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("constraints", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(adopted_at IS NULL) = (adopted_by_id IS NULL)", name=op.f("ck_simulations_adoption_is_signed")
        ),
        sa.ForeignKeyConstraint(["adopted_by_id"], ["people.id"], name=op.f("fk_simulations_adopted_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_simulations_made_by_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["committee_sessions.id"], name=op.f("fk_simulations_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulations")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_simulations_session_id_number")),
    )
    op.create_table(
        "advices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expert_name", sa.String(length=200), nullable=False),
        sa.Column("expert_email", sa.String(length=254), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("documents", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR declined OR answer <> ''", name=op.f("ck_advices_answer_is_said")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_advices_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_advices_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advices")),
    )
    op.create_index("ix_advices_application_id", "advices", ["application_id"], unique=False)
    op.create_table(
        "discussions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.String(length=2000), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "consensus", "dissent", name="outcome_known", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.CheckConstraint(
            "closed_at IS NULL OR (outcome IS NOT NULL AND report <> '')",
            name=op.f("ck_discussions_closed_with_report"),
        ),
        sa.CheckConstraint("score >= 0 AND score <= 100", name=op.f("ck_discussions_score_in_scale")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_discussions_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["people.id"], name=op.f("fk_discussions_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussions")),
    )
    op.create_index("ix_discussions_application_id", "discussions", ["application_id"], unique=False)
    op.create_index(
        "uq_discussions_open",
        "discussions",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "declared",
                "noted",
                "organisation",
                "siren",
                "mail_domain",
                "named",
                "author",
                "endorser",
                "past_link",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "standing",
                "confirmed",
                "lifted",
                name="state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind <> 'declared' OR state <> 'lifted'", name=op.f("ck_interests_declared_stays")),
        sa.CheckConstraint(
            "state = 'standing' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL AND reason <> '')",
            name=op.f("ck_interests_decision_is_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_interests_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_interests_decided_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_interests_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    op.create_index(
        "uq_interests_found",
        "interests",
        ["application_id", "person_id", "kind", "detail"],
        unique=True,
        postgresql_where=sa.text("kind <> 'declared'"),
    )
    op.create_index(
        "uq_interests_declared",
        "interests",
        ["application_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'declared'"),
    )
    op.create_index(
        "ix_interests_person_id_application_id", "interests", ["person_id", "application_id"], unique=False
    )
    op.create_table(
        "discussion_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("discussion_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["discussion_id"],
            ["discussions.id"],
            name=op.f("fk_discussion_notes_discussion_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_discussion_notes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_notes")),
    )
    op.create_index(op.f("ix_discussion_notes_discussion_id"), "discussion_notes", ["discussion_id"], unique=False)
    op.create_table(
        "discussion_positions",
        sa.Column("discussion_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("dissent", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("agrees OR dissent <> ''", name=op.f("ck_discussion_positions_dissent_is_said")),
        sa.ForeignKeyConstraint(
            ["discussion_id"],
            ["discussions.id"],
            name=op.f("fk_discussion_positions_discussion_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_discussion_positions_person_id")),
        sa.PrimaryKeyConstraint("discussion_id", "person_id", name=op.f("pk_discussion_positions")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(checked_at IS NULL) = (checked_by_id IS NULL)", name=op.f("ck_letters_check_is_signed")
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (facts IS NULL)", name=op.f("ck_letters_sent_keeps_facts")),
        sa.CheckConstraint("sent_at IS NULL OR checked_at IS NOT NULL", name=op.f("ck_letters_sent_only_checked")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["people.id"], name=op.f("fk_letters_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_items.id"], name=op.f("fk_letters_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("item_id", name=op.f("uq_letters_item_id")),
    )
    op.create_table(
        "motions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("motivation", sa.Text(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("ballot", "hands", name="method_known", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=False),
        sa.Column("votes_against", sa.Integer(), nullable=False),
        sa.Column("votes_abstain", sa.Integer(), nullable=False),
        sa.Column("in_room", sa.Integer(), nullable=True),
        sa.Column("quorum", sa.Integer(), nullable=True),
        sa.Column(
            "casting",
            sa.Enum(
                "for",
                "against",
                "abstain",
                name="casting_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "result",
            sa.Enum(
                "adopted",
                "rejected",
                "no_quorum",
                "withdrawn",
                name="result_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("roll", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("motivation <> ''", name=op.f("ck_motions_motivated")),
        sa.CheckConstraint(
            "outcome NOT IN ('funded', 'waitlisted') OR (amount IS NOT NULL)",
            name=op.f("ck_motions_grant_has_amount"),
        ),
        sa.CheckConstraint(
            "result NOT IN ('adopted', 'rejected') OR (in_room IS NOT NULL)", name=op.f("ck_motions_settled_whole")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_motions_amount_positive")),
        sa.CheckConstraint("result IS NULL OR closed_at IS NOT NULL", name=op.f("ck_motions_closed_dated")),
        sa.CheckConstraint(
            "votes_for >= 0 AND votes_against >= 0 AND votes_abstain >= 0", name=op.f("ck_motions_counts_positive")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_items.id"], name=op.f("fk_motions_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["people.id"], name=op.f("fk_motions_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_motions")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_motions_item_id_number")),
    )
    op.create_index(
        "uq_motions_open", "motions", ["item_id"], unique=True, postgresql_where=sa.text("result IS NULL")
    )
    op.create_table(
        "review_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Boolean(), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_versions_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_versions")),
        sa.UniqueConstraint("review_id", "number", name=op.f("uq_review_versions_review_id_number")),
    )
    op.create_table(
        "ballots",
        sa.Column("motion_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "for",
                "against",
                "abstain",
                name="choice_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motions.id"], name=op.f("fk_ballots_motion_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ballots_person_id")),
        sa.PrimaryKeyConstraint("motion_id", "person_id", name=op.f("pk_ballots")),
    )
    op.add_column(
        "agenda_items",
        sa.Column(
            "proposed_outcome",
            sa.Enum(
                "funded",
                "waitlisted",
                "declined",
                "deferred",
                "withdrawn",
                name="proposed_outcome_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.add_column("agenda_items", sa.Column("proposed_amount", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("agenda_items", sa.Column("notes", sa.Text(), nullable=False, server_default=""))
    op.add_column("agenda_items", sa.Column("rank", sa.Integer(), nullable=True))
    op.add_column("agenda_items", sa.Column("conditions", sa.Text(), nullable=False, server_default=""))
    op.add_column("agenda_items", sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("agenda_items", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(
        "uq_agenda_items_position",
        "agenda_items",
        ["session_id", "position"],
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_index(
        "uq_agenda_items_rank",
        "agenda_items",
        ["session_id", "rank"],
        unique=True,
        postgresql_where=sa.text("outcome = 'waitlisted' AND lapsed_at IS NULL"),
    )
    op.create_index(
        "ix_applications_mail_domain",
        "applications",
        [sa.literal_column("split_part(lower(contact_email), '@', 2)")],
        unique=False,
    )
    op.add_column("committee_sessions", sa.Column("link", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "committee_sessions",
        sa.Column(
            "quorum_basis",
            sa.Enum(
                "people",
                "percent",
                name="quorum_basis_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="people",
        ),
    )
    op.add_column(
        "committee_sessions",
        sa.Column(
            "majority",
            sa.Enum(
                "simple",
                "absolute",
                "two_thirds",
                name="majority_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="simple",
        ),
    )
    op.add_column(
        "committee_sessions", sa.Column("secret_ballot", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(
        "committee_sessions", sa.Column("casting_vote", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("committee_sessions", sa.Column("deputy_id", sa.BigInteger(), nullable=True))
    op.add_column("committee_sessions", sa.Column("current_position", sa.Integer(), nullable=True))
    op.add_column("committee_sessions", sa.Column("notes", sa.Text(), nullable=False, server_default=""))
    op.add_column("committee_sessions", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("committee_sessions", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "committee_sessions",
        sa.Column("minutes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column("committee_sessions", sa.Column("minutes_sha256", sa.Text(), nullable=True))
    op.add_column("committee_sessions", sa.Column("releases_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_committee_sessions_deputy_id"), "committee_sessions", ["deputy_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_committee_sessions_deputy_id"), "committee_sessions", "people", ["deputy_id"], ["id"]
    )
    op.add_column("criteria", sa.Column("key", sa.Text(), nullable=False, server_default=""))
    op.add_column("criteria", sa.Column("help_fr", sa.Text(), nullable=False, server_default=""))
    op.add_column("criteria", sa.Column("help_en", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "criteria",
        sa.Column("anchors", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.add_column("criteria", sa.Column("threshold", sa.Integer(), nullable=True))
    op.create_index(
        "ix_members_mail_domain",
        "members",
        [sa.literal_column("split_part(lower(representative_email), '@', 2)")],
        unique=False,
    )
    op.create_index(
        "ix_applications_address", "applications", [sa.literal_column("lower(contact_email)")], unique=False
    )
    op.create_index(
        "ix_members_address", "members", [sa.literal_column("lower(representative_email)")], unique=False
    )
    op.create_index(
        "ix_people_mail_domain", "people", [sa.literal_column("split_part(lower(email), '@', 2)")], unique=False
    )
    op.add_column("personal_links", sa.Column("advice_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_personal_links_advice_id"), "personal_links", ["advice_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_personal_links_advice_id"), "personal_links", "advices", ["advice_id"], ["id"], ondelete="CASCADE"
    )
    for table, column in (
        ("agenda_items", "notes"),
        ("agenda_items", "conditions"),
        ("committee_sessions", "link"),
        ("committee_sessions", "quorum_basis"),
        ("committee_sessions", "majority"),
        ("committee_sessions", "secret_ballot"),
        ("committee_sessions", "casting_vote"),
        ("committee_sessions", "notes"),
        ("criteria", "key"),
        ("criteria", "help_fr"),
        ("criteria", "help_en"),
        ("criteria", "anchors"),
    ):
        op.alter_column(table, column, server_default=None)
    op.execute(IN_FORCE)
    op.execute(MINUTES)
    op.execute(RECUSED)
    op.drop_constraint("funded_has_amount", "agenda_items", type_="check")
    _replace_check("committee_sessions", "state_known", SESSION_STATES)
    _replace_check("personal_links", "purpose_known", PURPOSES)
    for table, name, condition in CHECKS:
        op.create_check_constraint(name, table, condition)
    _replace_open_items(ITEMS_OPEN)
    _replace_reviews_once(REVIEWS_ONCE)
    op.execute(ENVELOPE)
    op.execute(FROZEN)


def downgrade() -> None:
    op.execute(ENVELOPE_BEFORE)
    op.execute("DROP FUNCTION refuse_minutes_change() CASCADE")
    op.execute("DROP FUNCTION keep_ballot_secret() CASCADE")
    op.execute("DELETE FROM personal_links WHERE purpose IN ('invitation', 'advice')")
    op.execute("UPDATE committee_sessions SET state = 'signed' WHERE state = 'released'")
    _replace_open_items(ITEMS_OPEN_BEFORE)
    _replace_reviews_once(REVIEWS_ONCE_BEFORE)
    for table, name, _condition in CHECKS:
        op.drop_constraint(name, table, type_="check")
    _replace_check("committee_sessions", "state_known", SESSION_STATES_BEFORE)
    _replace_check("personal_links", "purpose_known", PURPOSES_BEFORE)
    op.create_check_constraint(
        "funded_has_amount", "agenda_items", "outcome IS DISTINCT FROM 'funded' OR amount > 0"
    )
    op.drop_constraint(op.f("fk_personal_links_advice_id"), "personal_links", type_="foreignkey")
    op.drop_index(op.f("ix_personal_links_advice_id"), table_name="personal_links")
    op.drop_column("personal_links", "advice_id")
    op.drop_index("ix_members_address", table_name="members")
    op.drop_index("ix_applications_address", table_name="applications")
    op.drop_index("ix_people_mail_domain", table_name="people")
    op.drop_index("ix_members_mail_domain", table_name="members")
    op.drop_column("criteria", "threshold")
    op.drop_column("criteria", "anchors")
    op.drop_column("criteria", "help_en")
    op.drop_column("criteria", "help_fr")
    op.drop_column("criteria", "key")
    op.drop_constraint(op.f("fk_committee_sessions_deputy_id"), "committee_sessions", type_="foreignkey")
    op.drop_index(op.f("ix_committee_sessions_deputy_id"), table_name="committee_sessions")
    op.drop_column("committee_sessions", "releases_at")
    op.drop_column("committee_sessions", "minutes_sha256")
    op.drop_column("committee_sessions", "minutes")
    op.drop_column("committee_sessions", "closed_at")
    op.drop_column("committee_sessions", "opened_at")
    op.drop_column("committee_sessions", "notes")
    op.drop_column("committee_sessions", "current_position")
    op.drop_column("committee_sessions", "deputy_id")
    op.drop_column("committee_sessions", "casting_vote")
    op.drop_column("committee_sessions", "secret_ballot")
    op.drop_column("committee_sessions", "majority")
    op.drop_column("committee_sessions", "quorum_basis")
    op.drop_column("committee_sessions", "link")
    op.drop_index("ix_applications_mail_domain", table_name="applications")
    op.drop_index(
        "uq_agenda_items_rank",
        table_name="agenda_items",
        postgresql_where=sa.text("outcome = 'waitlisted' AND lapsed_at IS NULL"),
    )
    op.drop_constraint("uq_agenda_items_position", "agenda_items", type_="unique")
    op.drop_column("agenda_items", "lapsed_at")
    op.drop_column("agenda_items", "in_force_at")
    op.drop_column("agenda_items", "conditions")
    op.drop_column("agenda_items", "rank")
    op.drop_column("agenda_items", "notes")
    op.drop_column("agenda_items", "proposed_amount")
    op.drop_column("agenda_items", "proposed_outcome")
    op.drop_table("ballots")
    op.drop_table("review_versions")
    op.drop_index("uq_motions_open", table_name="motions", postgresql_where=sa.text("result IS NULL"))
    op.drop_table("motions")
    op.drop_table("letters")
    op.drop_table("discussion_positions")
    op.drop_index(op.f("ix_discussion_notes_discussion_id"), table_name="discussion_notes")
    op.drop_table("discussion_notes")
    op.drop_index("ix_interests_person_id_application_id", table_name="interests")
    op.drop_table("interests")
    op.drop_index("uq_discussions_open", table_name="discussions", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("ix_discussions_application_id", table_name="discussions")
    op.drop_table("discussions")
    op.drop_index("ix_advices_application_id", table_name="advices")
    op.drop_table("advices")
    op.drop_table("simulations")
    op.drop_table("reviewer_profiles")
    op.drop_index(
        "uq_assignment_plans_running",
        table_name="assignment_plans",
        postgresql_where=sa.text("state IN ('computing', 'applying')"),
    )
    op.drop_index("ix_assignment_plans_call_id_id", table_name="assignment_plans")
    op.drop_table("assignment_plans")
    op.drop_index("ix_affiliations_siren", table_name="affiliations")
    op.drop_index("ix_affiliations_person_id", table_name="affiliations")
    op.drop_index("ix_affiliations_organisation_id", table_name="affiliations")
    op.drop_table("affiliations")


def _replace_check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, condition)


def _replace_open_items(condition: str) -> None:
    op.drop_index("uq_agenda_items_open", "agenda_items")
    op.create_index(
        "uq_agenda_items_open",
        "agenda_items",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text(condition),
    )


def _replace_reviews_once(condition: str) -> None:
    op.drop_index("uq_reviews_once", "reviews")
    op.create_index(
        "uq_reviews_once",
        "reviews",
        ["application_id", "reviewer_id"],
        unique=True,
        postgresql_where=sa.text(condition),
    )
