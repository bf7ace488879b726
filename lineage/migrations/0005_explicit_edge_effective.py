"""Tell explicit edges that are in force from former and attempted ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lineage", "0004_explicit_edge_identity")]

    operations = [
        migrations.AddField(
            "explicitedge", "is_effective", models.BooleanField(default=False)
        ),
        migrations.AddIndex(
            "explicitedge",
            models.Index(
                fields=["job"],
                condition=models.Q(is_effective=True),
                name="explicit_edge_effective",
            ),
        ),
    ]
