"""Headwater's settings, but with a database of the tests' own, and its superuser.

Without DATABASE_URL that is an embedded server under .headwater/test. Django makes the
test database in it, and empties tables between tests, which the application may not.
"""

import os
from pathlib import Path

os.environ.setdefault(
    "HEADWATER_HOME", str(Path(__file__).resolve().parent.parent / ".headwater/test")
)
# A test database is worth no wait for the disk; crash tests start their own servers.
os.environ.setdefault(
    "HEADWATER_POSTGRES_OPTIONS",
    "fsync=off synchronous_commit=off full_page_writes=off",
)
os.environ.setdefault("HEADWATER_HASHED_STATIC", "0")  # nothing to collect beforehand

from config.settings import *  # noqa: F403
from config.settings import DATABASE_OWNER_LOGIN, DATABASES

DATABASES["default"].update(DATABASE_OWNER_LOGIN)
DATABASES["default"]["OPTIONS"]["assume_role"] = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
# Each test client would look through all static files first, a second's work; no page
# is served to a browser with these settings.
WHITENOISE_AUTOREFRESH = True
