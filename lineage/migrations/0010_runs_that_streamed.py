"""Let the runs of a job be found that streamed at any time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lineage", "0009_manual_edges")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="has_streamed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("has_streamed", True)),
                fields=["job"],
                name="run_has_streamed",
            ),
        ),
    ]
