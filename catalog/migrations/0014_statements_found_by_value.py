"""What stands of a domain, a tag, an owner or a fact is found without reading rows.

Rights are decided by these for every list. Beside them stand the names of datasets that
are not the canonical ones, few of all, and how few they are: PostgreSQL cannot guess
how often two columns are equal, but it can know how often a number is 0.
"""

from django.db import migrations, models
from django.db.models import Q

NAMES = """
CREATE STATISTICS dataset_apart ON (canonical_id - id) FROM catalog_dataset;
CREATE INDEX dataset_other_names ON catalog_dataset (canonical_id, id, namespace_id)
    WHERE (canonical_id - id) <> 0;
ANALYZE catalog_dataset;
"""
NO_NAMES = """
DROP INDEX dataset_other_names;
DROP STATISTICS dataset_apart;
"""


def said(name, *value):
    return migrations.AddIndex(
        model_name=name.partition("_")[0],
        index=models.Index(
            condition=Q(column="", recorded_to=None),
            fields=[*value, "dataset", "job", "namespace"],
            name=name,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_harvested_tags_of_old")]

    operations = [
        said("attribute_said", "name", "value"),
        said("ownership_said_of_principal", "principal"),
        said("ownership_said_of_group", "group"),
        said("placement_said", "domain"),
        said("tagassignment_said", "tag"),
        migrations.RunSQL(NAMES, NO_NAMES),
    ]
