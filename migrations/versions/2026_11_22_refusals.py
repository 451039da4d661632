"""What the database refuses by itself: a rewritten journal, awards beyond the envelope, an unbalanced schedule.

The guards of the workflows give the sentence; these give the truth when two people race or somebody writes SQL.
"""

from alembic import op

revision: str = "20261122_refusals"
down_revision: str | None = "20261122_whole_path"
branch_labels: None = None
depends_on: None = None

JOURNAL = """
CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'journal_append_only';
END $$;

CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_journal_change();
CREATE TRIGGER audit_events_keep BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

-- Rows of personal data may be deleted one by one (a request for erasure), never edited nor swept away.
CREATE TRIGGER audit_personal_no_edit BEFORE UPDATE ON audit_personal
    FOR EACH ROW EXECUTE FUNCTION refuse_journal_change();
CREATE TRIGGER audit_personal_keep BEFORE TRUNCATE ON audit_personal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();
"""

# The call's row lock orders concurrent awards; the sum is read after the lock, by a statement of its own, so it
# sees what the others committed.
ENVELOPE = """
CREATE FUNCTION check_envelope(the_call bigint) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION check_envelope_of_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_envelope(NEW.call_id);
    RETURN NULL;
END $$;

CREATE FUNCTION check_envelope_of_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_envelope(NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER awards_within_envelope_insert AFTER INSERT ON awards
    FOR EACH ROW EXECUTE FUNCTION check_envelope_of_award();
CREATE TRIGGER awards_within_envelope_update AFTER UPDATE ON awards
    FOR EACH ROW WHEN (
        NEW.amount > OLD.amount OR NEW.call_id <> OLD.call_id
        OR (OLD.state IN ('refused', 'cancelled') AND NEW.state NOT IN ('refused', 'cancelled'))
    ) EXECUTE FUNCTION check_envelope_of_award();
CREATE TRIGGER calls_keep_envelope AFTER UPDATE ON calls
    FOR EACH ROW WHEN (NEW.envelope < OLD.envelope) EXECUTE FUNCTION check_envelope_of_call();
"""

# Deferred to the commit: a schedule is rewritten tranche by tranche and needs to balance only at the end.
SCHEDULE = """
CREATE FUNCTION check_schedule(the_award bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    granted numeric;
    stage text;
    planned numeric;
BEGIN
    -- The award's row lock orders two people who rewrite one schedule.
    SELECT amount, state INTO granted, stage FROM awards WHERE id = the_award FOR NO KEY UPDATE;
    IF stage IS NULL OR stage NOT IN ('offered', 'active', 'suspended', 'closed') THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO planned
        FROM disbursements WHERE award_id = the_award AND state <> 'cancelled';
    IF planned <> granted THEN
        RAISE EXCEPTION 'tranches of % for an award of %', planned, granted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tranches_equal_award';
    END IF;
END $$;

CREATE FUNCTION check_schedule_of_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_schedule(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION check_schedule_of_tranche() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM check_schedule(OLD.award_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM check_schedule(NEW.award_id);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER awards_equal_tranches AFTER INSERT OR UPDATE OF amount, state ON awards
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_schedule_of_award();
CREATE CONSTRAINT TRIGGER tranches_equal_award
    AFTER INSERT OR DELETE OR UPDATE OF amount, award_id, state ON disbursements
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_schedule_of_tranche();
"""

FUNCTIONS = (
    "check_schedule_of_tranche()",
    "check_schedule_of_award()",
    "check_schedule(bigint)",
    "check_envelope_of_call()",
    "check_envelope_of_award()",
    "check_envelope(bigint)",
    "refuse_journal_change()",
)


def upgrade() -> None:
    for statements in (JOURNAL, ENVELOPE, SCHEDULE):
        op.execute(statements)


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function} CASCADE")
