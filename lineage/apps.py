"""How Django starts the app that says what happened."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class LineageConfig(AppConfig):
    name = "lineage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Its models are loaded after this module.
        import_string("lineage.finding.announce")()
