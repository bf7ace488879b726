"""The application that a WSGI server runs."""

import os

from django.core.wsgi import get_wsgi_application

from config.exposure import refuse_exposure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
refuse_exposure()
