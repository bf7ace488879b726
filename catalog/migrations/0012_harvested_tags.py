"""What tags producers put on things can be asked of the database.

Each tag of a `tags` facet has a row beside the facet; an asset knows the facet that is
in force; two views join them, without what stewards reject.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

VIEWS = [
    """
CREATE VIEW catalog_harvested_on_dataset AS
SELECT d.id AS dataset_id, t."column", t.name
FROM catalog_dataset d
JOIN catalog_facettag t ON t.facet_id = d.tags_facet_id
WHERE NOT EXISTS (
  SELECT FROM catalog_proposalverdict v
  JOIN catalog_dataset n ON n.id = v.dataset_id
  WHERE n.canonical_id = d.canonical_id AND v.recorded_to IS NULL
    AND v.aspect = 'tag' AND NOT v.is_accepted
    AND v.content = t.name AND v."column" = t."column"
)
""",
    """
CREATE VIEW catalog_harvested_on_job AS
SELECT j.id AS job_id, t."column", t.name
FROM catalog_job j
JOIN catalog_facettag t ON t.facet_id = j.tags_facet_id
WHERE NOT EXISTS (
  SELECT FROM catalog_proposalverdict v
  WHERE v.job_id = j.id AND v.recorded_to IS NULL
    AND v.aspect = 'tag' AND NOT v.is_accepted
    AND v.content = t.name AND v."column" = t."column"
)
""",
]
NO_VIEWS = [
    "DROP VIEW catalog_harvested_on_job",
    "DROP VIEW catalog_harvested_on_dataset",
]


def tags_facet(related_name):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="catalog.facet",
    )


def view(name, holder):
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(
                    holder,
                    "column",
                    "name",
                    blank=True,
                    editable=False,
                    primary_key=True,
                    serialize=False,
                ),
            ),
            ("column", models.TextField()),
            ("name", models.TextField()),
            (
                holder,
                models.ForeignKey(
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="harvested",
                    to=f"catalog.{holder}",
                ),
            ),
        ],
        options={
            "abstract": False,
            "db_table": f"catalog_harvested_on_{holder}",
            "managed": False,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_policy_scopes")]

    operations = [
        migrations.CreateModel(
            name="FacetTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("column", models.TextField()),
                ("name", models.CharField(max_length=300)),
                (
                    "facet",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tags_said",
                        to="catalog.facet",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            F("name"), name="varchar_pattern_ops"
                        ),
                        name="facet_tag_name",
                    )
                ],
            },
        ),
        migrations.AddField("dataset", "tags_facet", tags_facet("tagged_datasets")),
        migrations.AddField("job", "tags_facet", tags_facet("tagged_jobs")),
        migrations.AddIndex(
            "dataset",
            models.Index(
                condition=Q(tags_facet__isnull=False),
                fields=["tags_facet"],
                name="dataset_by_tags",
            ),
        ),
        migrations.AddIndex(
            "job",
            models.Index(
                condition=Q(tags_facet__isnull=False),
                fields=["tags_facet"],
                name="job_by_tags",
            ),
        ),
        migrations.RunSQL(VIEWS, NO_VIEWS),
        view("HarvestedOnDataset", "dataset"),
        view("HarvestedOnJob", "job"),
    ]
