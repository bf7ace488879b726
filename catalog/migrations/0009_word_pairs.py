"""Phrases are found by pairs of words, of which everything is indexed anew."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

NOTE_EVERYTHING = """
INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
SELECT kind, thing_id, false FROM catalog_findable ORDER BY id
"""


def index(*fields):
    return migrations.AddIndex(
        "findable",
        django.contrib.postgres.indexes.GinIndex(
            fields=["words", "name", *fields],
            gin_pending_list_limit=512,
            name="findable_found",
            opclasses=["tsvector_ops", "gin_trgm_ops", *["array_ops"] * len(fields)],
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_sources_of_old")]

    operations = [
        migrations.RemoveIndex("findable", "findable_found"),
        migrations.AddField(
            "findable",
            "pairs",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=list
            ),
        ),
        index("marks", "pairs"),
        migrations.RunSQL(NOTE_EVERYTHING, migrations.RunSQL.noop),
    ]
