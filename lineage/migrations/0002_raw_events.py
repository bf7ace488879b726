"""Where the exact bytes of events lie: by month of arrival, with a default partition."""

from django.db import migrations

CREATE = """
CREATE TABLE lineage_rawevent (
    recorded_at timestamptz NOT NULL,
    event_id bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (event_id, recorded_at)
) PARTITION BY RANGE (recorded_at);
-- The bodies are compressed and encrypted: a second compression only costs time.
ALTER TABLE lineage_rawevent ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE lineage_rawevent_default PARTITION OF lineage_rawevent DEFAULT;
ALTER TABLE lineage_rawevent_default ALTER COLUMN body SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [("lineage", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE lineage_rawevent")]
