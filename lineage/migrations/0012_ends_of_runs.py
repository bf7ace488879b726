"""Let the run of a job be found that had ended last at a past time."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lineage", "0011_runs_that_streamed_of_old")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind", 1), ("type__in", [3, 4, 5])),
                fields=["job", "event_time"],
                name="event_ends",
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("event_time__gt", models.F("recorded_at")),
                    ("kind", 1),
                    ("type__in", [3, 4, 5]),
                ),
                fields=["job", "event_time"],
                name="event_ends_foretold",
            ),
        ),
    ]
