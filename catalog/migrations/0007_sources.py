"""Keep beside a dataset in which source it lies; let a namespace be declared."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_proposals")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="data_source",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.facet",
            ),
        ),
        migrations.AddField(
            model_name="namespace",
            name="declared_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="dataset",
            index=models.Index(
                condition=models.Q(("data_source__isnull", False)),
                fields=["data_source"],
                name="dataset_of_source",
            ),
        ),
    ]
