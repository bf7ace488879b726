"""Write down the tags of the facets that there are, and whose facets they are."""

from django.db import migrations

from catalog.harvesting import tags_said

AT_ONCE = 1000
OF_ASSETS = [
    f"""
UPDATE catalog_{table} AS a SET tags_facet_id = f.id
FROM catalog_facet f
WHERE f.id = ANY(a.facets) AND f.scope = {scope} AND f.key = 'tags'
  AND NOT f.is_deleted
"""
    for table, scope in (("dataset", 3), ("job", 2))
]


def fill(apps, schema_editor):
    facets = apps.get_model("catalog", "Facet").objects.filter(
        key="tags", scope__in=(2, 3), is_deleted=False
    )
    tags = apps.get_model("catalog", "FacetTag").objects
    rows = facets.order_by("pk").values_list("pk", "body").iterator(chunk_size=AT_ONCE)
    tags.bulk_create(
        (
            tags.model(facet_id=pk, column=column, name=name)
            for pk, body in rows
            for column, name in sorted(tags_said(body))
        ),
        batch_size=AT_ONCE,
    )


def clear(apps, schema_editor):
    apps.get_model("catalog", "FacetTag").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_harvested_tags")]

    operations = [
        migrations.RunPython(fill, clear),
        migrations.RunSQL(OF_ASSETS, migrations.RunSQL.noop),
    ]
