"""Say of the runs there are that they streamed; a rebuild finds what is left."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lineage", "0010_runs_that_streamed")]

    operations = [
        migrations.RunSQL(
            "UPDATE lineage_run SET has_streamed = true WHERE is_streaming",
            migrations.RunSQL.noop,
        )
    ]
