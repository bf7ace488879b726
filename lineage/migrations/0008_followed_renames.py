"""Renames that statements were carried over for, and an index that finds the others."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_curation"),
        ("lineage", "0007_streaming_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarriedOver",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "dataset_id",
                        "former_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "dataset",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.dataset",
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.change",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="datasetalias",
            index=models.Index(
                condition=models.Q(("kind", 3)),
                fields=["first_at"],
                name="dataset_renames",
            ),
        ),
    ]
