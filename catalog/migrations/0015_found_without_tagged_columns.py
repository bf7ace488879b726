"""Search knows datasets without their columns that have tags, too.

For those from whom some of these are hidden; the datasets that have such are noted.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.search
from django.db import migrations, models

NOTE = """
INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
SELECT 1, d.id, false FROM catalog_dataset d
WHERE d.id IN (
  SELECT dataset_id FROM catalog_tagassignment
  WHERE dataset_id IS NOT NULL AND "column" <> '' AND recorded_to IS NULL
  UNION
  SELECT d.id FROM catalog_facettag t
  JOIN catalog_dataset d ON d.tags_facet_id = t.facet_id
  WHERE t."column" <> ''
)
"""


def numbers():
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.IntegerField(), null=True, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0014_statements_found_by_value")]

    operations = [
        migrations.AddField(
            "findable",
            "bare_words",
            django.contrib.postgres.search.SearchVectorField(null=True),
        ),
        migrations.AddField("findable", "bare_marks", numbers()),
        migrations.AddField("findable", "bare_pairs", numbers()),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
