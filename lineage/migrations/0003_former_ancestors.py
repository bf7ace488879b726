"""Remember which runs a run was contained in once, for when it is refolded."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lineage", "0002_raw_events")]

    operations = [
        migrations.AddField(
            "run",
            "former_ancestors",
            ArrayField(models.BigIntegerField(), null=True),
        ),
        migrations.AddIndex(
            "run",
            GinIndex(
                fields=["former_ancestors"],
                condition=models.Q(former_ancestors__isnull=False),
                name="run_former_children",
            ),
        ),
    ]
