"""How Django starts the app that says who may, and who did."""

import logging

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class PoliciesConfig(AppConfig):
    """Listens to sign-ins, and warns of a server that is open to anyone."""

    name = "policies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Its models are loaded after this module.
        import_string("policies.signing_in.sessions.connect")()
        if settings.HEADWATER_ANONYMOUS_ROLE:
            logger.warning(
                "HEADWATER_ANONYMOUS_ROLE is set: whoever reaches this server has the "
                "role %s without signing in.",
                settings.HEADWATER_ANONYMOUS_ROLE,
            )
