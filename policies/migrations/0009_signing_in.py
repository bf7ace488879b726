"""Live sessions, counted tries, and what the directory says of people and groups."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0008_access")]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_data", models.TextField(verbose_name="session data")),
                (
                    "expire_date",
                    models.DateTimeField(db_index=True, verbose_name="expire date"),
                ),
                (
                    "session_key",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "device",
                    models.CharField(blank=True, db_default="", max_length=200),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", max_length=64),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Tries",
            fields=[
                (
                    "key",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("since", models.DateTimeField(db_index=True)),
                ("count", models.IntegerField(default=0)),
                (
                    "principal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name_plural": "tries"},
        ),
        migrations.AddField(
            model_name="principal",
            name="must_change_password",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="principal",
            name="is_synchronised",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="principal",
            name="left_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="needs_second_factor",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="group",
            name="directory_name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                condition=models.Q(("directory_name", ""), _negated=True),
                fields=("directory_name",),
                name="group_directory_name",
            ),
        ),
    ]
