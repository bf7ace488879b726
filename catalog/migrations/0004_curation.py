"""What people declare: changes, vocabulary and statements, all dated."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_job_lineage_event"),
        ("policies", "0006_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
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
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("page", "a page"),
                            ("bulk", "a bulk action"),
                            ("api", "the API"),
                            ("admin", "the admin"),
                            ("csv", "a CSV file"),
                            ("marquez", "an import from Marquez"),
                            ("system", "the system"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("summary", models.TextField()),
                ("statement_count", models.IntegerField()),
                ("recorded_at", models.DateTimeField(db_index=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="catalog.change",
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Domain",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.domain",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DataProduct",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                ("purpose", models.TextField(blank=True)),
                ("freshness_seconds", models.BigIntegerField(null=True)),
                ("quality", models.TextField(blank=True)),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.domain",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ComplianceDeclaration",
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
                (
                    "aspect",
                    models.CharField(
                        choices=[
                            ("purpose", "purpose"),
                            ("legal_basis", "legal basis"),
                            ("data_subjects", "data subjects"),
                            ("categories", "categories of data"),
                            ("recipients", "recipients"),
                            ("transfers", "transfers to third countries"),
                            ("retention", "retention period"),
                            ("measures", "technical and organisational measures"),
                            ("controller", "controller"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="catalog.domain",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Placement",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="catalog.domain",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
            ],
        ),
        migrations.CreateModel(
            name="ProductOutput",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outputs",
                        to="catalog.dataproduct",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PropertyDefinition",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "text"),
                            ("number", "a number"),
                            ("boolean", "yes or no"),
                            ("date", "a date"),
                            ("url", "a link"),
                            ("choice", "one of a list"),
                        ],
                        default="text",
                        max_length=16,
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list
                    ),
                ),
                ("pattern", models.TextField(blank=True)),
                (
                    "applies_to",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), default=list
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="property_name_ci",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PropertyValue",
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
                ("value", models.JSONField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="values",
                        to="catalog.propertydefinition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposalVerdict",
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
                (
                    "aspect",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("tag", "tag"),
                            ("description", "description"),
                        ],
                        max_length=16,
                    ),
                ),
                ("content", models.TextField()),
                ("is_accepted", models.BooleanField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
            ],
        ),
        migrations.CreateModel(
            name="Revision",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("domain", "domain"),
                            ("tag", "tag"),
                            ("term", "glossary term"),
                            ("dataproduct", "data product"),
                            ("propertydefinition", "property"),
                            ("source", "source"),
                        ],
                        max_length=32,
                    ),
                ),
                ("entry_id", models.BigIntegerField()),
                ("body", models.JSONField()),
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
                    "opened_in",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Source",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                ("type", models.TextField()),
                ("connection_url", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("name",), name="source_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.tag",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TagAssignment",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                        related_name="assignments",
                        to="catalog.tag",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Term",
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
                ("name", models.TextField()),
                ("description", models.TextField(blank=True)),
                ("is_retired", models.BooleanField(default=False)),
                (
                    "synonyms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list
                    ),
                ),
                (
                    "related",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="catalog.domain",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Ownership",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("business", "business"),
                            ("technical", "technical"),
                            ("steward", "steward"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.TextField(blank=True, default="")),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="catalog.domain",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="policies.group",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                    "principal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="catalog.dataproduct",
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="catalog.term",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TermLink",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="catalog.term",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attribute",
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
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("lifecycle", "lifecycle"),
                            ("environment", "environment"),
                            ("tier", "tier"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.CharField(max_length=64)),
                (
                    "dataset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
                    ),
                ),
                (
                    "successor_dataset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "successor_job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.job",
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
                    "opened_in",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
            ],
            options={
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
                        name="attribute_recorded_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", True),
                                ("namespace__isnull", False),
                            ),
                            models.Q(
                                ("dataset__isnull", False),
                                ("job__isnull", True),
                                ("namespace__isnull", True),
                            ),
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", False),
                                ("namespace__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="attribute_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("column", ""), ("dataset__isnull", False), _connector="OR"
                        ),
                        name="attribute_column",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to", None)),
                        fields=("namespace", "dataset", "job", "column", "name"),
                        name="attribute_standing_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("successor_dataset", None), ("successor_job", None)
                            ),
                            models.Q(("name", "lifecycle"), ("value", "deprecated")),
                            _connector="OR",
                        ),
                        name="attribute_successor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeTicket",
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
                ("ticket", models.TextField()),
                ("url", models.TextField(blank=True, default="")),
                ("definition", models.CharField(blank=True, default="", max_length=64)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
            ],
            options={
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
                        name="changeticket_recorded_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", True),
                                ("namespace__isnull", False),
                            ),
                            models.Q(
                                ("dataset__isnull", False),
                                ("job__isnull", True),
                                ("namespace__isnull", True),
                            ),
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", False),
                                ("namespace__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="changeticket_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("column", ""), ("dataset__isnull", False), _connector="OR"
                        ),
                        name="changeticket_column",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to", None)),
                        fields=(
                            "namespace",
                            "dataset",
                            "job",
                            "column",
                            "ticket",
                            "definition",
                        ),
                        name="changeticket_standing_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Description",
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
                ("text", models.TextField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.job",
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="catalog.namespace",
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
            ],
            options={
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
                        name="description_recorded_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", True),
                                ("namespace__isnull", False),
                            ),
                            models.Q(
                                ("dataset__isnull", False),
                                ("job__isnull", True),
                                ("namespace__isnull", True),
                            ),
                            models.Q(
                                ("dataset__isnull", True),
                                ("job__isnull", False),
                                ("namespace__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="description_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("column", ""), ("dataset__isnull", False), _connector="OR"
                        ),
                        name="description_column",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to", None)),
                        fields=("namespace", "dataset", "job", "column"),
                        name="description_standing_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="domain_name_ci"
            ),
        ),
        migrations.AddConstraint(
            model_name="dataproduct",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"),
                name="dataproduct_name_ci",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataproduct",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("freshness_seconds", None),
                    ("freshness_seconds__gt", 0),
                    _connector="OR",
                ),
                name="dataproduct_freshness",
            ),
        ),
        migrations.AddConstraint(
            model_name="compliancedeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="compliancedeclaration_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="compliancedeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="compliancedeclaration_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="compliancedeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="compliancedeclaration_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="compliancedeclaration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "domain", "column", "aspect"),
                name="compliancedeclaration_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="placement_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="placement_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="placement_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column"),
                name="placement_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="productoutput",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="productoutput_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="productoutput",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="productoutput_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="productoutput",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="productoutput_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="productoutput",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column", "product"),
                name="productoutput_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="propertyvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="propertyvalue_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="propertyvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="propertyvalue_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="propertyvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="propertyvalue_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="propertyvalue",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column", "property"),
                name="propertyvalue_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="proposalverdict_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="proposalverdict_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="proposalverdict_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalverdict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column", "aspect", "content"),
                name="proposalverdict_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["kind", "entry_id"], name="revision_entry"),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="revision_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("kind", "entry_id"),
                name="revision_standing_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(fields=("name",), name="tag_name"),
        ),
        migrations.AddConstraint(
            model_name="tagassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="tagassignment_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="tagassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="tagassignment_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="tagassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="tagassignment_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="tagassignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column", "tag"),
                name="tagassignment_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="term_name_ci"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="ownership_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                        ("product__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                        ("product__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                        ("product__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                        ("product__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                        ("product__isnull", False),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("domain__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                        ("product__isnull", True),
                        ("term__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="ownership_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="ownership_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=(
                    "namespace",
                    "dataset",
                    "job",
                    "domain",
                    "product",
                    "term",
                    "column",
                    "kind",
                    "principal",
                    "group",
                    "name",
                ),
                name="ownership_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("group", None), ("name", ""), ("principal__isnull", False)
                    ),
                    models.Q(
                        ("group__isnull", False), ("name", ""), ("principal", None)
                    ),
                    models.Q(
                        ("group", None),
                        ("principal", None),
                        models.Q(("name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ownership_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="termlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="termlink_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="termlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", True),
                        ("namespace__isnull", False),
                    ),
                    models.Q(
                        ("dataset__isnull", False),
                        ("job__isnull", True),
                        ("namespace__isnull", True),
                    ),
                    models.Q(
                        ("dataset__isnull", True),
                        ("job__isnull", False),
                        ("namespace__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="termlink_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="termlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("column", ""), ("dataset__isnull", False), _connector="OR"
                ),
                name="termlink_column",
            ),
        ),
        migrations.AddConstraint(
            model_name="termlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("namespace", "dataset", "job", "column", "term"),
                name="termlink_standing_once",
                nulls_distinct=False,
            ),
        ),
    ]
