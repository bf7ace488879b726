"""How does a benchmark come to use the product's own modules? By importing this first.

It connects to no database: a home of its own keeps it from any other.
"""

import atexit
import os
import shutil
import tempfile

import django

_home = tempfile.mkdtemp(prefix="headwater-bench-django-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["HEADWATER_HOME"] = _home
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
