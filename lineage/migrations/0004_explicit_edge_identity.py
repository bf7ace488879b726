"""Take explicit edges of any length; find them by their facet."""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import MD5


class Migration(migrations.Migration):
    dependencies = [("lineage", "0003_former_ancestors")]

    operations = [
        migrations.RemoveConstraint("explicitedge", "explicit_edge_identity"),
        migrations.AddConstraint(
            "explicitedge",
            models.UniqueConstraint(
                F("facet"),
                F("job"),
                F("target_dataset"),
                F("target_job"),
                F("source_dataset"),
                F("source_job"),
                MD5("target_field"),
                MD5("source_field"),
                MD5("type"),
                MD5("subtype"),
                nulls_distinct=False,
                name="explicit_edge_identity",
            ),
        ),
    ]
