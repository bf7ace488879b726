"""Say of the datasets that there are in which source each lies."""

from django.db import migrations

FILL = """
UPDATE catalog_dataset AS d SET data_source_id = f.id
FROM catalog_facet f
WHERE f.id = ANY(d.facets) AND f.scope = 3 AND f.key = 'dataSource'
  AND NOT f.is_deleted
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_sources")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
