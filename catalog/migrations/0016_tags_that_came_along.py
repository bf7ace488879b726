"""Tags that came along lineage have a table; they count where producers' tags do."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import MD5

HARVESTED = """
SELECT d.id AS dataset_id, t."column", t.name{also}
FROM catalog_dataset d
JOIN catalog_facettag t ON t.facet_id = d.tags_facet_id
WHERE NOT EXISTS (
  SELECT FROM catalog_proposalverdict v
  JOIN catalog_dataset n ON n.id = v.dataset_id
  WHERE n.canonical_id = d.canonical_id AND v.recorded_to IS NULL
    AND v.aspect = 'tag' AND NOT v.is_accepted
    AND v.content = t.name AND v."column" = t."column"
)
"""
DROP = "DROP VIEW catalog_harvested_on_dataset"
WITH_PROPAGATED = f"""
CREATE VIEW catalog_harvested_on_dataset AS
{HARVESTED.format(also=", false AS is_propagated")}
UNION ALL
SELECT c.dataset_id, c."column", t.name::varchar, true
FROM catalog_columntag c
JOIN catalog_tag t ON t.id = c.tag_id
WHERE c.hops > 0 AND NOT c.is_suggested AND c."column" <> ''
"""
AS_BEFORE = "CREATE VIEW catalog_harvested_on_dataset AS" + HARVESTED.format(also="")
# Search shows them, too; a statement may write many, of few datasets.
NOTE = """
CREATE FUNCTION catalog_note_column_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
    SELECT DISTINCT 1, dataset_id, false FROM moved WHERE hops > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER unfound_new AFTER INSERT ON catalog_columntag
    REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_column_tags();
CREATE TRIGGER unfound_changed AFTER UPDATE ON catalog_columntag
    REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_column_tags();
CREATE TRIGGER unfound_gone AFTER DELETE ON catalog_columntag
    REFERENCING OLD TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_column_tags();
"""
NO_NOTE = """
DROP TRIGGER unfound_new ON catalog_columntag;
DROP TRIGGER unfound_changed ON catalog_columntag;
DROP TRIGGER unfound_gone ON catalog_columntag;
DROP FUNCTION catalog_note_column_tags();
"""


def key(model):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="column_tags",
        to=f"catalog.{model}",
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_found_without_tagged_columns")]

    operations = [
        migrations.CreateModel(
            name="ColumnTag",
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
                ("hops", models.IntegerField()),
                ("is_suggested", models.BooleanField()),
                ("since", models.DateTimeField()),
                ("dataset", key("dataset")),
                ("tag", key("tag")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        F("dataset"), F("tag"), MD5("column"), name="column_tag_once"
                    )
                ],
                "indexes": [
                    models.Index(fields=["tag", "dataset"], name="column_tag_reach"),
                    models.Index(
                        condition=Q(is_suggested=True),
                        fields=["dataset"],
                        name="column_tag_suggested",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "harvestedondataset", "is_propagated", models.BooleanField()
        ),
        migrations.RunSQL([DROP, WITH_PROPAGATED], [DROP, AS_BEFORE]),
        migrations.RunSQL(NOTE, NO_NOTE),
    ]
