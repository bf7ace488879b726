"""What can be found has an index of its own, and triggers tell what changed."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

KINDS = [
    (1, "dataset"),
    (2, "job"),
    (3, "namespace"),
    (4, "domain"),
    (5, "tag"),
    (6, "term"),
    (7, "product"),
]
FIELDS = [
    (1, "kind"),
    (2, "namespace"),
    (3, "domain"),
    (4, "tag"),
    (5, "owner"),
    (6, "tier"),
    (7, "lifecycle"),
    (8, "environment"),
    (9, "term"),
    (10, "product"),
]

# Events come in at another rate than people's acts, and change of an asset mostly what
# search does not show: the conditions keep such updates from a call.
ASSETS = (("dataset", 1), ("job", 2), ("namespace", 3))
ENTRIES = (("domain", 4), ("tag", 5), ("term", 6), ("dataproduct", 7))
STATEMENTS = (
    *("placement", "ownership", "tagassignment", "description", "attribute"),
    *("termlink", "productoutput", "proposalverdict"),
)
CHANGED = {
    "dataset": "OLD.facets IS DISTINCT FROM NEW.facets"
    " OR OLD.canonical_id <> NEW.canonical_id"
    " OR (OLD.first_seen IS NULL) <> (NEW.first_seen IS NULL)"
    " OR OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    " OR (NEW.hidden_at IS NOT NULL AND OLD.updated_at <> NEW.updated_at)",
    "job": "OLD.facets IS DISTINCT FROM NEW.facets"
    " OR (OLD.first_seen IS NULL) <> (NEW.first_seen IS NULL)"
    " OR OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    " OR (NEW.hidden_at IS NOT NULL AND OLD.updated_at <> NEW.updated_at)",
    "namespace": "(OLD.first_seen IS NULL) <> (NEW.first_seen IS NULL)"
    " OR OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    " OR (NEW.hidden_at IS NOT NULL AND OLD.updated_at <> NEW.updated_at)",
}
NOTE_ASSET = """
CREATE FUNCTION catalog_note_asset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
    VALUES (TG_ARGV[0]::smallint, NEW.id,
            TG_OP = 'UPDATE' AND NEW.hidden_at IS DISTINCT FROM OLD.hidden_at);
    RETURN NULL;
END $$;
"""
NOTE_RENAMED = """
CREATE FUNCTION catalog_note_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
    VALUES (1, OLD.canonical_id, false);
    RETURN NULL;
END $$;
"""
NOTE_ENTRY = """
CREATE FUNCTION catalog_note_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
    VALUES (TG_ARGV[0]::smallint, NEW.id, true);
    RETURN NULL;
END $$;
"""
# What a statement has no key for is null here. Of domains, terms and products some say
# that an asset belongs to them, and some are about them: owners.
NOTE_STATEMENT = """
CREATE FUNCTION catalog_note_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
    SELECT kind, (told ->> key)::bigint, true
    FROM (VALUES (1, 'dataset_id'), (2, 'job_id'), (3, 'namespace_id'),
                 (4, 'domain_id'), (6, 'term_id'), (7, 'product_id'))
        AS subject (kind, key)
    WHERE told ->> key IS NOT NULL
        AND (kind <= 3 OR TG_TABLE_NAME = 'catalog_ownership');
    RETURN NULL;
END $$;
"""


def create():
    yield NOTE_ASSET + NOTE_RENAMED + NOTE_ENTRY + NOTE_STATEMENT
    for table, kind in ASSETS:
        yield f"""
CREATE TRIGGER unfound_new AFTER INSERT ON catalog_{table} FOR EACH ROW
    WHEN (NEW.first_seen IS NOT NULL) EXECUTE FUNCTION catalog_note_asset({kind});
CREATE TRIGGER unfound_changed AFTER UPDATE ON catalog_{table} FOR EACH ROW
    WHEN ({CHANGED[table]}) EXECUTE FUNCTION catalog_note_asset({kind});
"""
    yield """
CREATE TRIGGER unfound_renamed AFTER UPDATE ON catalog_dataset FOR EACH ROW
    WHEN (OLD.canonical_id <> NEW.canonical_id)
    EXECUTE FUNCTION catalog_note_renamed();
"""
    for table, kind in ENTRIES:
        yield f"""
CREATE TRIGGER unfound_changed AFTER INSERT OR UPDATE ON catalog_{table} FOR EACH ROW
    EXECUTE FUNCTION catalog_note_entry({kind});
"""
    for table in STATEMENTS:
        yield f"""
CREATE TRIGGER unfound_changed AFTER INSERT OR UPDATE ON catalog_{table} FOR EACH ROW
    EXECUTE FUNCTION catalog_note_statement();
"""
    # What is there already.
    for table, kind in (*ASSETS, *ENTRIES):
        yield (
            "INSERT INTO catalog_unfound (kind, thing_id, is_urgent)"
            f" SELECT {kind}, id, false FROM catalog_{table};"
        )


def drop():
    for table in (*(t for t, _ in (*ASSETS, *ENTRIES)), *STATEMENTS):
        yield f"DROP TRIGGER unfound_changed ON catalog_{table};"
    for table, _ in ASSETS:
        yield f"DROP TRIGGER unfound_new ON catalog_{table};"
    yield "DROP TRIGGER unfound_renamed ON catalog_dataset;"
    for name in ("asset", "renamed", "entry", "statement"):
        yield f"DROP FUNCTION catalog_note_{name}();"


def key(model, **options):
    return models.ForeignKey(
        db_constraint=False,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=f"catalog.{model}",
        **options,
    )


def identity():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_curation")]

    operations = [
        # Trusted: whoever may create in the database may create it.
        TrigramExtension(),
        migrations.CreateModel(
            name="Findable",
            fields=[
                ("id", identity()),
                ("kind", models.SmallIntegerField(choices=KINDS)),
                ("thing_id", models.BigIntegerField()),
                ("subject_id", models.BigIntegerField()),
                ("name", models.TextField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField()
                    ),
                ),
                ("namespace", key("namespace")),
                ("dataset", key("dataset")),
                ("job", key("job", db_index=False)),
                ("alias", key("dataset", db_index=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["kind", "subject_id"], name="findable_subject"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["words", "name", "marks"],
                        gin_pending_list_limit=512,
                        name="findable_found",
                        opclasses=["tsvector_ops", "gin_trgm_ops", "array_ops"],
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "thing_id"), name="findable_identity"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FindableText",
            fields=[
                (
                    "findable",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="catalog.findable",
                    ),
                ),
                ("body", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("field", models.SmallIntegerField(choices=FIELDS)),
                ("value", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("field", "value"), name="mark_identity"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SpokenWord",
            fields=[
                ("word", models.TextField(primary_key=True, serialize=False)),
                (
                    "spellings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField()
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["spellings"],
                        gin_pending_list_limit=128,
                        name="spokenword_spellings",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"],
                        gin_pending_list_limit=128,
                        name="spokenword_trigrams",
                        opclasses=["gin_trgm_ops"],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unfound",
            fields=[
                ("id", identity()),
                ("kind", models.SmallIntegerField(choices=KINDS)),
                ("thing_id", models.BigIntegerField()),
                ("is_urgent", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_urgent", True)),
                        fields=["id"],
                        name="unfound_urgent",
                    )
                ],
            },
        ),
        # Statements of the triggers name no default of Django's.
        migrations.RunSQL(
            "ALTER TABLE catalog_unfound ALTER is_urgent SET DEFAULT false",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(list(create()), list(drop())),
    ]
