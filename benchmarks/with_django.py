"""How does a benchmark come to use the product's own modules? By importing this first.

It connects to no database: a home of its own keeps it from any other. `connect` leads
it to that of an installation that a benchmark has started.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
from django.db import connections

_home = tempfile.mkdtemp(prefix="headwater-bench-django-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["HEADWATER_HOME"] = _home
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config import settings  # noqa: E402 - once there is a home
from config.embedded.postgres import Postgres  # noqa: E402


def connect(home: Path) -> None:
    """Let Django ask the embedded database of a running installation."""
    told = settings.login(Postgres(home).url())
    connections["default"].settings_dict.update(told)
