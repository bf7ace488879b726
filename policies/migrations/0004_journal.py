"""The journal: rows that are added, and read, and never touched again."""

from django.db import migrations, models

# Months are made ahead by policies_make_journal_months; the default partition takes
# what falls outside of them, so that no act ever fails for want of a month.
# No foreign key leads here or away: partitions come and go without asking other tables.
CREATE = """
-- Where nobody made the application's role yet, and whoever migrates may.
DO $$ BEGIN
    IF to_regrole('headwater') IS NULL THEN CREATE ROLE headwater NOLOGIN; END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE TABLE policies_journalentry (
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    act text NOT NULL,
    actor uuid,
    target_kind text NOT NULL,
    target_key text NOT NULL,
    request_id text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX policies_journal_time ON policies_journalentry (recorded_at);
CREATE INDEX policies_journal_act ON policies_journalentry (act, recorded_at);
CREATE INDEX policies_journal_actor ON policies_journalentry (actor, recorded_at);
-- Keys of assets are longer than a btree takes.
CREATE INDEX policies_journal_target ON policies_journalentry USING hash (target_key);

CREATE FUNCTION policies_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- A trigger of the parent does not hold for statements that name a partition, and an
-- ordinary one not for a session that calls itself a replica. So each table has its
-- own, and it fires always. The application may add rows and read them, through the
-- parent alone, and cannot choose when an entry was recorded.
CREATE FUNCTION policies_guard_journal(journal regclass, is_parent boolean) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER refuses_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
            FOR EACH STATEMENT EXECUTE FUNCTION policies_refuse_rewriting()', journal);
    EXECUTE format(
        'ALTER TABLE %s ENABLE ALWAYS TRIGGER refuses_rewriting', journal);
    IF to_regrole('headwater') IS NOT NULL THEN
        EXECUTE format('REVOKE ALL ON %s FROM headwater', journal);
        IF is_parent THEN
            EXECUTE format(
                'GRANT SELECT, INSERT (id, act, actor, target_kind, target_key,
                    request_id, body) ON %s TO headwater', journal);
        END IF;
    END IF;
END $$;

CREATE TABLE policies_journalentry_default PARTITION OF policies_journalentry DEFAULT;
SELECT policies_guard_journal('policies_journalentry', true);
SELECT policies_guard_journal('policies_journalentry_default', false);

-- Acts as its owner: the application may ask for months, and make nothing else.
CREATE FUNCTION policies_make_journal_months(ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET lock_timeout = '2s' AS $$
DECLARE
    this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    first timestamp;
    name text;
    made integer := 0;
BEGIN
    FOR month IN 0..ahead LOOP
        first := this_month + make_interval(months => month);
        name := 'policies_journalentry_' || to_char(first, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.policies_journalentry
                    FOR VALUES FROM (%L) TO (%L)',
                name,
                first AT TIME ZONE 'UTC',
                (first + interval '1 month') AT TIME ZONE 'UTC');
            PERFORM policies_guard_journal(('public.' || name)::regclass, false);
            made := made + 1;
        EXCEPTION
            WHEN check_violation THEN
                RAISE NOTICE 'the default partition keeps the entries of %', name;
            WHEN duplicate_table THEN
                NULL;  -- another process was quicker
        END;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION policies_make_journal_months(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION policies_guard_journal(regclass, boolean) FROM PUBLIC;
DO $$ BEGIN
    IF to_regrole('headwater') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION policies_make_journal_months(integer) TO headwater;
    END IF;
END $$;
SELECT policies_make_journal_months(2);
"""

DROP = """
DROP FUNCTION policies_make_journal_months(integer);
DROP FUNCTION policies_guard_journal(regclass, boolean);
DROP TABLE policies_journalentry;
DROP FUNCTION policies_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0003_built_in_roles")]

    operations = [
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("act", models.TextField()),
                ("actor", models.UUIDField(null=True)),
                ("target_kind", models.TextField()),
                ("target_key", models.TextField()),
                ("request_id", models.TextField()),
                ("body", models.BinaryField()),
            ],
            options={"managed": False, "db_table": "policies_journalentry"},
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
