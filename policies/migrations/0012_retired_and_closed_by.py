"""Since when roles and groups are out of use; who closed an emergency."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0011_frozen_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name="breakglass",
            name="closed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="group",
            name="retired_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="retired_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
