"""What has to be known of this app before its models are?"""

from django.apps import AppConfig

from catalog import lookups  # noqa: F401 - registers what querysets may ask


class CatalogConfig(AppConfig):
    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
