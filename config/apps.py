"""What is asked once all apps are loaded."""

from django.apps import AppConfig
from django.core import checks

from config.exposure import check_exposure


class ConfigConfig(AppConfig):
    """Refuses to run what would be open to strangers."""

    name = "config"

    def ready(self) -> None:
        checks.register(check_exposure)
