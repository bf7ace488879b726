"""Reasons of held changes as long as they come; a revocation that is held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0012_retired_and_closed_by"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heldchange",
            name="reason",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="reviewitem",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("kept", "kept"),
                    ("revoked", "revoked"),
                    ("gone", "was gone already"),
                    ("held", "waits for a second person"),
                    ("refused", "could not be revoked"),
                ],
                max_length=8,
            ),
        ),
    ]
