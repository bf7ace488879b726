"""Remember the JobEvent that tells a job's lineage."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_shares")]

    operations = [
        migrations.AddField("job", "lineage_event", models.BigIntegerField(null=True)),
    ]
