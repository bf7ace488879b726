"""Grants to groups, denies, conditions, scopes; nested groups; emergencies."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from policies.compiler.epochs import MovesPolicyEpoch


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0007_journal_found_by_request"),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakGlass",
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
                ("reason", models.TextField()),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Nesting",
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
                    "recorded_from",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("recorded_to", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_reach",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_standing_once",
        ),
        migrations.AddField(
            model_name="grant",
            name="asset_kind",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="grant",
            name="condition",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="effect",
            field=models.CharField(
                choices=[("allow", "allow"), ("deny", "deny")],
                default="allow",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to="policies.group",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="scope_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="grant",
            name="principal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="reach",
            field=models.CharField(
                choices=[
                    ("everything", "everything"),
                    ("domain", "a domain and those below it"),
                    ("namespace", "namespaces of a name or glob"),
                    ("tag", "what has a tag or one below it"),
                    ("asset", "one asset"),
                ],
                default="everything",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="token",
            name="reach",
            field=models.CharField(
                choices=[
                    ("everything", "everything"),
                    ("domain", "a domain and those below it"),
                    ("namespace", "namespaces of a name or glob"),
                    ("tag", "what has a tag or one below it"),
                    ("asset", "one asset"),
                ],
                default="everything",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("group__isnull", False), ("principal", None)),
                    models.Q(("group", None), ("principal__isnull", False)),
                    _connector="OR",
                ),
                name="grant_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("asset_kind", ""),
                        ("namespace_glob", ""),
                        ("reach", "everything"),
                        ("scope_id", None),
                    ),
                    models.Q(
                        ("asset_kind", ""),
                        ("reach", "namespace"),
                        ("scope_id", None),
                        models.Q(("namespace_glob", ""), _negated=True),
                    ),
                    models.Q(
                        ("asset_kind", ""),
                        ("namespace_glob", ""),
                        ("reach__in", ["domain", "tag"]),
                        ("scope_id__isnull", False),
                    ),
                    models.Q(
                        ("namespace_glob", ""),
                        ("reach", "asset"),
                        ("scope_id__isnull", False),
                        models.Q(("asset_kind", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="grant_reach",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=(
                    "principal",
                    "group",
                    "role",
                    "effect",
                    "reach",
                    "namespace_glob",
                    "asset_kind",
                    "scope_id",
                    "condition",
                ),
                name="grant_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="principal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="emergencies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="nesting",
            name="inner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="outer_nestings",
                to="policies.group",
            ),
        ),
        migrations.AddField(
            model_name="nesting",
            name="outer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inner_nestings",
                to="policies.group",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("principal",),
                name="breakglass_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("opened_at"))),
                name="breakglass_span",
            ),
        ),
        migrations.AddConstraint(
            model_name="nesting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("outer", "inner"),
                name="nesting_standing_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="nesting",
            constraint=models.CheckConstraint(
                condition=models.Q(("outer", models.F("inner")), _negated=True),
                name="nesting_of_another",
            ),
        ),
        MovesPolicyEpoch("policies_membership"),
        MovesPolicyEpoch("policies_nesting"),
        MovesPolicyEpoch("policies_breakglass"),
    ]
