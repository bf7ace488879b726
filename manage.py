#!/usr/bin/env python
"""Run Headwater's commands: `manage.py help` lists them."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.embedded.places import EmbeddedServerError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EmbeddedServerError) as error:
        sys.exit(f"{error}")  # a sentence with its remedy; the way there says no more
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):
            raise  # said by a database that was reached
        sys.exit(f"The database does not answer: {error}")
