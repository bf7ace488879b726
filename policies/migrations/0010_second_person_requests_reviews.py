"""The second person's word, access requests, and reviews of access."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0009_signing_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRule",
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
                    "reach",
                    models.CharField(
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
                ("namespace_glob", models.CharField(blank=True, max_length=1024)),
                ("asset_kind", models.CharField(blank=True, max_length=16)),
                ("scope_id", models.BigIntegerField(blank=True, null=True)),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("covers_emergencies", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "recorded_from",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("recorded_to", models.DateTimeField(editable=False, null=True)),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_from", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HeldChange",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "gives a grant"),
                            ("revoke_deny", "revokes a deny"),
                            ("share", "shares an asset"),
                            ("add_member", "adds to a group"),
                            ("remove_member", "takes out of a group"),
                            ("nest", "nests a group"),
                            ("unnest", "ends a nesting"),
                            ("change_role", "changes a role"),
                            ("set_rule", "asks for a second person"),
                            ("lift_rule", "lifts the second person"),
                            ("break_glass", "breaks the glass"),
                        ],
                        max_length=16,
                    ),
                ),
                ("facts", models.JSONField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved", "approved"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gainer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_gaining",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gaining_group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_gaining",
                        to="policies.group",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="policies.grant",
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_held",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held",
                        to="policies.approvalrule",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AccessRequest",
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
                    "about",
                    models.CharField(
                        choices=[
                            ("dataset", "a dataset"),
                            ("job", "a job"),
                            ("namespace", "a namespace"),
                            ("domain", "a domain"),
                            ("everything", "everything"),
                        ],
                        max_length=16,
                    ),
                ),
                ("namespace", models.CharField(blank=True, max_length=1024)),
                ("name", models.CharField(blank=True, max_length=1024)),
                ("fingerprint", models.CharField(max_length=64)),
                ("days", models.IntegerField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for an answer"),
                            ("held", "waiting for a second person"),
                            ("granted", "granted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired unanswered"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="policies.grant",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="policies.role",
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="policies.heldchange",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewCampaign",
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
                    "reach",
                    models.CharField(
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
                ("namespace_glob", models.CharField(blank=True, max_length=1024)),
                ("asset_kind", models.CharField(blank=True, max_length=16)),
                ("scope_id", models.BigIntegerField(blank=True, null=True)),
                (
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("name", models.CharField(max_length=150)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("where", models.TextField()),
                (
                    "on_undecided",
                    models.CharField(
                        choices=[("keep", "stays"), ("revoke", "is revoked")],
                        max_length=8,
                    ),
                ),
                (
                    "frozen_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("item_count", models.IntegerField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-frozen_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewItem",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "grant"),
                            ("group_grant", "grant of a group"),
                            ("membership", "membership"),
                            ("share", "share"),
                            ("ownership", "ownership"),
                        ],
                        max_length=16,
                    ),
                ),
                ("path", models.JSONField(default=list)),
                ("asset_kind", models.CharField(blank=True, max_length=16)),
                ("asset_id", models.BigIntegerField(null=True)),
                ("statement_id", models.BigIntegerField(null=True)),
                ("action", models.CharField(blank=True, max_length=64)),
                ("what", models.TextField()),
                ("where", models.TextField()),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("denies", models.IntegerField(default=0)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("keep", "keep"), ("revoke", "revoke")],
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("kept", "kept"),
                            ("revoked", "revoked"),
                            ("gone", "was gone already"),
                            ("refused", "could not be revoked"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="policies.reviewcampaign",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="policies.grant",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="policies.group",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewed_access",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewReminder",
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
                ("undecided", models.IntegerField()),
                (
                    "sent_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="policies.reviewcampaign",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
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
                name="approvalrule_reach",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to", None)),
                fields=("reach", "namespace_glob", "asset_kind", "scope_id"),
                name="approvalrule_standing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_to", None),
                    ("recorded_to__gte", models.F("recorded_from")),
                    _connector="OR",
                ),
                name="approvalrule_recorded_range",
            ),
        ),
        migrations.AddIndex(
            model_name="heldchange",
            index=models.Index(fields=["state", "expires_at"], name="heldchange_state"),
        ),
        migrations.AddIndex(
            model_name="heldchange",
            index=models.Index(fields=["maker", "-made_at"], name="heldchange_of"),
        ),
        migrations.AddConstraint(
            model_name="heldchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("fingerprint",),
                name="heldchange_waiting_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="heldchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None), ("decided_by", None), ("state", "waiting")
                    ),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="heldchange_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="heldchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "declined"]), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("maker")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="heldchange_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="heldchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("gainer", None),
                    models.Q(("decided_by", models.F("gainer")), _negated=True),
                    _connector="OR",
                ),
                name="heldchange_not_who_gains",
            ),
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(
                fields=["state", "expires_at"], name="accessrequest_state"
            ),
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(
                fields=["requester", "-asked_at"], name="accessrequest_of"
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "held"])),
                fields=("requester", "fingerprint"),
                name="accessrequest_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accessrequest_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    ("state", "withdrawn"),
                    models.Q(("decided_by", models.F("requester")), _negated=True),
                    _connector="OR",
                ),
                name="accessrequest_not_oneself",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "granted"), _negated=True),
                    ("grant__isnull", False),
                    _connector="OR",
                ),
                name="accessrequest_granted",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("about__in", ["dataset", "job"]),
                        models.Q(("namespace", ""), _negated=True),
                        models.Q(("name", ""), _negated=True),
                    ),
                    models.Q(
                        ("about", "namespace"),
                        ("name", ""),
                        models.Q(("namespace", ""), _negated=True),
                    ),
                    models.Q(
                        ("about", "domain"),
                        ("namespace", ""),
                        models.Q(("name", ""), _negated=True),
                    ),
                    models.Q(("about", "everything"), ("name", ""), ("namespace", "")),
                    _connector="OR",
                ),
                name="accessrequest_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 1)), name="accessrequest_days"
            ),
        ),
        migrations.AddIndex(
            model_name="reviewcampaign",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_at"],
                name="reviewcampaign_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewcampaign",
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
                name="reviewcampaign_reach",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewcampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("frozen_at"))),
                name="reviewcampaign_due",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewitem",
            index=models.Index(
                condition=models.Q(("decision", "")),
                fields=["reviewer", "campaign"],
                name="reviewitem_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("holder__isnull", False), ("group__isnull", False), _connector="OR"
                ),
                name="reviewitem_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewer", None),
                    models.Q(
                        models.Q(
                            ("holder", None),
                            models.Q(("reviewer", models.F("holder")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("given_by", None),
                            models.Q(("reviewer", models.F("given_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="reviewitem_reviewer",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(
                        models.Q(
                            ("holder", None),
                            models.Q(("decided_by", models.F("holder")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("given_by", None),
                            models.Q(
                                ("decided_by", models.F("given_by")), _negated=True
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="reviewitem_not_oneself",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decision", ""), ("outcome", "")),
                    models.Q(
                        models.Q(("decision", ""), _negated=True),
                        ("decided_at__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="reviewitem_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewreminder",
            index=models.Index(
                fields=["campaign", "reviewer"], name="reviewreminder_of"
            ),
        ),
    ]
