"""Where the exact bytes of events lie: by month of arrival, with a default."""

from django.db import migrations

# The bodies are compressed and encrypted: a second compression would only cost time.
CREATE = """
CREATE TABLE lineage_rawevent (
    recorded_at timestamptz NOT NULL,
    event_id bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (event_id, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER TABLE lineage_rawevent ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE lineage_rawevent_default PARTITION OF lineage_rawevent DEFAULT;

-- Acts as its owner: the application may ask for months, and make nothing else. What
-- the default partition took meanwhile stays there, and so does the month.
CREATE FUNCTION lineage_make_event_months(ahead integer) RETURNS integer
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
        name := 'lineage_rawevent_' || to_char(first, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.lineage_rawevent
                    FOR VALUES FROM (%L) TO (%L)',
                name,
                first AT TIME ZONE 'UTC',
                (first + interval '1 month') AT TIME ZONE 'UTC');
            made := made + 1;
        EXCEPTION
            WHEN check_violation OR duplicate_table THEN NULL;
        END;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION lineage_make_event_months(integer) FROM PUBLIC;
DO $$ BEGIN
    IF to_regrole('headwater') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION lineage_make_event_months(integer) TO headwater;
    END IF;
END $$;
SELECT lineage_make_event_months(2);
"""

DROP = """
DROP FUNCTION lineage_make_event_months(integer);
DROP TABLE lineage_rawevent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("lineage", "0001_initial"),
        ("policies", "0004_journal"),  # makes the role, where it is missing
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
