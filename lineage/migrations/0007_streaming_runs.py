"""Let the streams of a job be found among its many runs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lineage", "0006_explicit_edges_in_force")]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("is_streaming", True)),
                fields=["job", "-started_at"],
                name="run_streaming",
            ),
        )
    ]
