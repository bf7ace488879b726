"""What people expect of datasets, incidents, and who was told of them."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0015_found_without_tagged_columns"),
        ("lineage", "0012_ends_of_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Expectation",
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
                ("identity", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fresh", "fresh"),
                            ("rows", "rows"),
                            ("size", "size"),
                            ("assertion", "assertion"),
                            ("columns", "columns"),
                        ],
                        max_length=16,
                    ),
                ),
                ("bound", models.BigIntegerField(null=True)),
                ("column", models.TextField(blank=True, default="")),
                ("assertion", models.TextField(blank=True, default="")),
                ("name", models.TextField(blank=True, default="")),
                ("definition", models.BinaryField(max_length=32, null=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("info", "info"),
                            ("warning", "warning"),
                            ("critical", "critical"),
                        ],
                        default="warning",
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expectations",
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
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "expectation",
            },
        ),
        migrations.CreateModel(
            name="Incident",
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
                ("identity", models.UUIDField()),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("info", "info"),
                            ("warning", "warning"),
                            ("critical", "critical"),
                        ],
                        max_length=16,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("since", models.DateTimeField(null=True)),
                ("facts", models.JSONField(default=dict)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledgement", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resolved", "resolved"),
                            ("closed", "closed by hand"),
                            ("withdrawn", "nobody expects it any more"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("is_silenced", models.BooleanField(default=False)),
                ("is_told", models.BooleanField(default=False)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "expectation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="lineage.expectation",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="IncidentNotice",
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
                    "why",
                    models.CharField(
                        choices=[
                            ("named", "named in the expectation"),
                            ("owner", "owner of the dataset"),
                            ("downstream", "owner of something downstream"),
                        ],
                        max_length=16,
                    ),
                ),
                ("told_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="lineage.incident",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_in", None), ("recorded_to", None)),
                    models.Q(
                        ("closed_in__isnull", False),
                        ("recorded_to__gte", models.F("recorded_from")),
                    ),
                    _connector="OR",
                ),
                name="expectation_recorded_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bound__gte", 1), ("kind__in", ["fresh", "rows", "size"])
                    ),
                    models.Q(("bound", None), ("kind__in", ["assertion", "columns"])),
                    _connector="OR",
                ),
                name="expectation_bound",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "assertion"),
                        models.Q(("assertion", ""), ("name", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("kind", "assertion"), _negated=True),
                        ("assertion", ""),
                        ("column", ""),
                        ("name", ""),
                    ),
                    _connector="OR",
                ),
                name="expectation_assertion",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("definition__isnull", False), ("kind", "columns")),
                    models.Q(
                        models.Q(("kind", "columns"), _negated=True),
                        ("definition", None),
                    ),
                    _connector="OR",
                ),
                name="expectation_definition",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("identity",),
                name="expectation_said_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectation",
            constraint=models.UniqueConstraint(
                models.F("dataset"),
                models.F("kind"),
                models.F("severity"),
                django.db.models.functions.text.MD5("column"),
                django.db.models.functions.text.MD5("assertion"),
                django.db.models.functions.text.MD5("name"),
                condition=models.Q(("recorded_to", None)),
                name="expectation_standing_once",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["-opened_at", "-id"], name="incident_latest"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("is_told", False)),
                fields=["id"],
                name="incident_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("ended_at", None), ("is_silenced", True), _connector="OR"
                ),
                fields=("identity",),
                name="incident_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ending", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        models.Q(("ending", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="incident_ending",
            ),
        ),
        migrations.AddConstraint(
            model_name="incidentnotice",
            constraint=models.UniqueConstraint(
                fields=("incident", "principal"), name="incident_told_once"
            ),
        ),
    ]
