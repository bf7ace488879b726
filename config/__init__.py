"""What holds the apps together: settings, addresses, servers, and their supervisor."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
