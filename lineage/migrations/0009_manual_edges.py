"""Edges that people declare where no producer reports any."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_curation"),
        ("lineage", "0008_followed_renames"),
    ]

    operations = [
        migrations.CreateModel(
            name="ManualEdge",
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
                ("source_field", models.TextField(blank=True, default="")),
                ("target_field", models.TextField(blank=True, default="")),
                ("reason", models.TextField()),
                ("expires_at", models.DateTimeField(null=True)),
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
                (
                    "source_dataset",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "source_job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.job",
                    ),
                ),
                (
                    "target_dataset",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "target_job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "manual edge",
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to", None)),
                        fields=["source_dataset"],
                        name="manualedge_from_dataset",
                    ),
                    models.Index(
                        condition=models.Q(("recorded_to", None)),
                        fields=["source_job"],
                        name="manualedge_from_job",
                    ),
                    models.Index(
                        condition=models.Q(("recorded_to", None)),
                        fields=["target_dataset"],
                        name="manualedge_to_dataset",
                    ),
                    models.Index(
                        condition=models.Q(("recorded_to", None)),
                        fields=["target_job"],
                        name="manualedge_to_job",
                    ),
                ],
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
                        name="manualedge_recorded_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("source_dataset__isnull", False), ("source_job", None)
                            ),
                            models.Q(
                                ("source_dataset", None), ("source_job__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="manualedge_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("target_dataset__isnull", False), ("target_job", None)
                            ),
                            models.Q(
                                ("target_dataset", None), ("target_job__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="manualedge_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source_job", None), ("target_job", None), _connector="OR"
                        ),
                        name="manualedge_not_between_jobs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source_field", ""), ("target_field", "")),
                            models.Q(
                                models.Q(("source_field", ""), _negated=True),
                                models.Q(("target_field", ""), _negated=True),
                                ("source_job", None),
                                ("target_job", None),
                            ),
                            _connector="OR",
                        ),
                        name="manualedge_columns",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source_dataset", None),
                            ("target_dataset", None),
                            models.Q(
                                ("source_dataset", models.F("target_dataset")),
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="manualedge_not_of_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="manualedge_reason",
                    ),
                    models.UniqueConstraint(
                        models.F("source_dataset"),
                        models.F("source_job"),
                        models.F("target_dataset"),
                        models.F("target_job"),
                        django.db.models.functions.text.MD5("source_field"),
                        django.db.models.functions.text.MD5("target_field"),
                        condition=models.Q(("recorded_to", None)),
                        name="manualedge_standing_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
    ]
