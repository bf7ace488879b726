"""Print the OpenAPI document, as it stands in docs/openapi.yaml."""

from typing import Any

from django.core.management.base import BaseCommand

from config.api_docs import as_yaml


class Command(BaseCommand):
    help = "Print the OpenAPI document of /api/v1 as YAML."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_yaml(), ending="")
