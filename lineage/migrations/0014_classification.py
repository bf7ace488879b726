"""Tags that follow the data: rules, rejections, and notes of what is to be looked at.

Triggers write the notes, in the transaction that changes something, so that nothing is
missed whoever writes. Events mostly repeat what is known: the conditions keep those
from a call.
"""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

NOTE_DATASET = """
CREATE FUNCTION lineage_note_unclassified() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO lineage_unclassified (dataset_id, with_targets)
    VALUES ((told ->> TG_ARGV[0])::bigint, false);
    RETURN NULL;
END $$;
CREATE FUNCTION lineage_note_unclassified_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'lineage_columnsource' THEN
        INSERT INTO lineage_unclassified (dataset_id, with_targets)
        SELECT DISTINCT dataset_id, false FROM gone WHERE is_effective;
    ELSE
        INSERT INTO lineage_unclassified (dataset_id, with_targets)
        SELECT DISTINCT target_dataset_id, false FROM gone
        WHERE is_effective AND target_dataset_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION lineage_note_unclassified_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lineage_unclassified (dataset_id, with_targets)
    VALUES (OLD.canonical_id, true), (NEW.canonical_id, true);
    RETURN NULL;
END $$;
CREATE FUNCTION lineage_note_unclassified_tag() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO lineage_unclassified (tag_id, with_targets)
    VALUES ((told ->> TG_ARGV[0])::bigint, true);
    RETURN NULL;
END $$;
CREATE FUNCTION lineage_note_unclassified_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lineage_unclassified (with_targets) VALUES (true);
    RETURN NULL;
END $$;
"""
# (table, the event and its condition, the function and its argument)
TRIGGERS = (
    (
        "lineage_columnsource", "new", "AFTER INSERT", "NEW.is_effective",
        "lineage_note_unclassified('dataset_id')",
    ),
    (
        "lineage_columnsource", "changed", "AFTER UPDATE",
        "OLD.is_effective <> NEW.is_effective",
        "lineage_note_unclassified('dataset_id')",
    ),
    (
        "lineage_explicitedge", "new", "AFTER INSERT",
        "NEW.is_effective AND NEW.target_dataset_id IS NOT NULL",
        "lineage_note_unclassified('target_dataset_id')",
    ),
    (
        "lineage_explicitedge", "changed", "AFTER UPDATE",
        "OLD.is_effective <> NEW.is_effective AND NEW.target_dataset_id IS NOT NULL",
        "lineage_note_unclassified('target_dataset_id')",
    ),
    (
        "lineage_manualedge", "changed", "AFTER INSERT OR UPDATE",
        "NEW.target_field <> ''",
        "lineage_note_unclassified('target_dataset_id')",
    ),
    (
        "lineage_pathrejection", "changed", "AFTER INSERT OR UPDATE", "true",
        "lineage_note_unclassified('dataset_id')",
    ),
    (
        "catalog_tagassignment", "changed", "AFTER INSERT OR UPDATE",
        "NEW.dataset_id IS NOT NULL", "lineage_note_unclassified('dataset_id')",
    ),
    (
        "catalog_proposalverdict", "changed", "AFTER INSERT OR UPDATE",
        "NEW.dataset_id IS NOT NULL AND NEW.aspect = 'tag'",
        "lineage_note_unclassified('dataset_id')",
    ),
    (
        "catalog_dataset", "new", "AFTER INSERT", "NEW.tags_facet_id IS NOT NULL",
        "lineage_note_unclassified('id')",
    ),
    (
        "catalog_dataset", "changed", "AFTER UPDATE",
        "OLD.tags_facet_id IS DISTINCT FROM NEW.tags_facet_id",
        "lineage_note_unclassified('id')",
    ),
    (
        "catalog_dataset", "renamed", "AFTER UPDATE",
        "OLD.canonical_id <> NEW.canonical_id", "lineage_note_unclassified_names()",
    ),
    (
        "catalog_tag", "new", "AFTER INSERT", "true",
        "lineage_note_unclassified_tag('id')",
    ),
    (
        "catalog_tag", "changed", "AFTER UPDATE",
        "OLD.is_retired <> NEW.is_retired", "lineage_note_unclassified_tag('id')",
    ),
    # What lay below it, and what producers call so, lies elsewhere.
    (
        "catalog_tag", "renamed", "AFTER UPDATE", "OLD.name <> NEW.name",
        "lineage_note_unclassified_all()",
    ),
    (
        "lineage_tagrule", "changed", "AFTER INSERT OR UPDATE", "true",
        "lineage_note_unclassified_tag('tag_id')",
    ),
)  # fmt: skip
GONE = ("lineage_columnsource", "lineage_explicitedge")
FUNCTIONS = ("", "_gone", "_names", "_tag", "_all")


def create():
    yield NOTE_DATASET
    for table, name, when, condition, function in TRIGGERS:
        yield (
            f"CREATE TRIGGER unclassified_{name} {when} ON {table} FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION {function}"
        )
    for table in GONE:
        yield (
            f"CREATE TRIGGER unclassified_gone AFTER DELETE ON {table}"
            " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
            " EXECUTE FUNCTION lineage_note_unclassified_gone()"
        )
    # What is there already.
    yield "INSERT INTO lineage_unclassified (with_targets) VALUES (true)"


def drop():
    for table, name, *_ in TRIGGERS:
        yield f"DROP TRIGGER unclassified_{name} ON {table}"
    for table in GONE:
        yield f"DROP TRIGGER unclassified_gone ON {table}"
    for name in FUNCTIONS:
        yield f"DROP FUNCTION lineage_note_unclassified{name}()"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0016_tags_that_came_along"),
        ("lineage", "0013_quality"),
    ]

    operations = [
        migrations.CreateModel(
            name="Classification",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(
                        default=1, primary_key=True, serialize=False
                    ),
                ),
                ("looked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="classification_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unclassified",
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
                ("with_targets", models.BooleanField(default=False)),
                (
                    "dataset",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.tag",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PathRejection",
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
                ("recorded_from", models.DateTimeField(editable=False)),
                ("recorded_to", models.DateTimeField(editable=False, null=True)),
                ("column", models.TextField(blank=True, default="")),
                ("source", models.BigIntegerField()),
                ("source_column", models.TextField()),
                ("how", models.TextField()),
                (
                    "closed_in",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejected_paths",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "opened_in",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejected_paths",
                        to="catalog.tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejected way of a tag",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_in", None), ("recorded_to", None)),
                            models.Q(
                                ("closed_in__isnull", False),
                                ("recorded_to__gte", models.F("recorded_from")),
                            ),
                            _connector="OR",
                        ),
                        name="pathrejection_recorded_range",
                    ),
                    models.UniqueConstraint(
                        models.F("dataset"),
                        models.F("tag"),
                        models.F("source"),
                        django.db.models.functions.text.MD5("column"),
                        django.db.models.functions.text.MD5("source_column"),
                        django.db.models.functions.text.MD5("how"),
                        condition=models.Q(("recorded_to", None)),
                        name="pathrejection_standing_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagRule",
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
                ("recorded_from", models.DateTimeField(editable=False)),
                ("recorded_to", models.DateTimeField(editable=False, null=True)),
                (
                    "propagation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("follows", "follows the data"),
                            ("stays", "stays where it is put"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "aggregation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("keeps", "keeps it, but for counts"),
                            (
                                "values",
                                "keeps it where single values show: max, min, first",
                            ),
                            ("stops", "stops it"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "masking",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stops", "stops it"),
                            ("becomes", "makes it another tag"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "closed_in",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
                (
                    "masked_as",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.tag",
                    ),
                ),
                (
                    "opened_in",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules",
                        to="catalog.tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "propagation rule",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_in", None), ("recorded_to", None)),
                            models.Q(
                                ("closed_in__isnull", False),
                                ("recorded_to__gte", models.F("recorded_from")),
                            ),
                            _connector="OR",
                        ),
                        name="tagrule_recorded_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("masked_as__isnull", False), ("masking", "becomes")
                            ),
                            models.Q(
                                models.Q(("masking", "becomes"), _negated=True),
                                ("masked_as", None),
                            ),
                            _connector="OR",
                        ),
                        name="tagrule_masked_as",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to", None)),
                        fields=("tag",),
                        name="tagrule_standing_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(list(create()), list(drop())),
    ]
