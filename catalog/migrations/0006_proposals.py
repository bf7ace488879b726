"""What producers say and people could take up has a table; triggers keep it current."""

import django.db.models.deletion
from django.db import migrations, models

# Events come in at another rate than people's acts: the conditions keep what proposals
# do not show from a call.
CHANGED = (
    "OLD.facets IS DISTINCT FROM NEW.facets"
    " OR (OLD.first_seen IS NULL) <> (NEW.first_seen IS NULL)"
    " OR OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    " OR (NEW.hidden_at IS NOT NULL AND OLD.updated_at <> NEW.updated_at)"
)
RENAMED = "OLD.canonical_id <> NEW.canonical_id"
CREATE = [
    """
CREATE FUNCTION catalog_note_harvest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'catalog_job' THEN
        INSERT INTO catalog_unharvested (job_id) VALUES (NEW.id);
    ELSE
        INSERT INTO catalog_unharvested (dataset_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
""",
    """
CREATE FUNCTION catalog_note_harvest_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_unharvested (dataset_id)
    VALUES (OLD.canonical_id), (NEW.canonical_id);
    RETURN NULL;
END $$;
""",
    *(
        f"""
CREATE TRIGGER unharvested_new AFTER INSERT ON catalog_{table} FOR EACH ROW
    WHEN (NEW.facets <> '{{}}') EXECUTE FUNCTION catalog_note_harvest();
CREATE TRIGGER unharvested_changed AFTER UPDATE ON catalog_{table} FOR EACH ROW
    WHEN ({CHANGED}) EXECUTE FUNCTION catalog_note_harvest();
"""
        for table in ("dataset", "job")
    ),
    f"""
CREATE TRIGGER unharvested_renamed AFTER UPDATE ON catalog_dataset FOR EACH ROW
    WHEN ({RENAMED}) EXECUTE FUNCTION catalog_note_harvest_renamed();
""",
    # What is there already.
    "INSERT INTO catalog_unharvested (dataset_id) SELECT id FROM catalog_dataset",
    "INSERT INTO catalog_unharvested (job_id) SELECT id FROM catalog_job",
]
DROP = [
    "DROP TRIGGER unharvested_renamed ON catalog_dataset",
    *(
        f"DROP TRIGGER unharvested_{when} ON catalog_{table}"
        for table in ("dataset", "job")
        for when in ("new", "changed")
    ),
    "DROP FUNCTION catalog_note_harvest()",
    "DROP FUNCTION catalog_note_harvest_renamed()",
]
ASPECTS = [("owner", "owner"), ("tag", "tag"), ("description", "description")]


def key(model, **options):
    return models.ForeignKey(
        db_constraint=False,
        on_delete=django.db.models.deletion.CASCADE,
        to=f"catalog.{model}",
        **options,
    )


def identity():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_search")]

    operations = [
        migrations.CreateModel(
            name="Unharvested",
            fields=[
                ("id", identity()),
                ("dataset_id", models.BigIntegerField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", identity()),
                ("column", models.TextField(blank=True, default="")),
                ("aspect", models.CharField(choices=ASPECTS, max_length=16)),
                ("content", models.TextField()),
                ("word", models.TextField(blank=True, default="")),
                ("excerpt", models.TextField()),
                ("producer", models.TextField()),
                ("is_pending", models.BooleanField(default=True)),
                (
                    "dataset",
                    key("dataset", null=True, db_index=False, related_name="proposals"),
                ),
                ("job", key("job", null=True, related_name="proposals")),
                ("namespace", key("namespace", db_index=False, related_name="+")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_pending", True)),
                        fields=["namespace", "dataset", "job", "id"],
                        name="proposal_pending",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dataset__isnull", False), ("job", None)),
                            models.Q(("dataset", None), ("job__isnull", False)),
                            _connector="OR",
                        ),
                        name="proposal_subject",
                    ),
                    models.UniqueConstraint(
                        fields=("dataset", "job", "column", "aspect", "content"),
                        name="proposal_identity",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
