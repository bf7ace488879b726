"""Headwater's settings, but with a database of the tests' own, and its superuser.

Without DATABASE_URL that is an embedded server under .headwater/test. Django makes the
test database in it, and empties tables between tests, which the application may not.
"""

import os
from pathlib import Path

os.environ.setdefault(
    "HEADWATER_HOME", str(Path(__file__).resolve().parent.parent / ".headwater/test")
)
# A test database is worth no wait for the disk; the crash tests start servers of their own.
os.environ.setdefault(
    "HEADWATER_POSTGRES_OPTIONS",
    "fsync=off synchronous_commit=off full_page_writes=off",
)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASE_OWNER_LOGIN, DATABASES  # noqa: E402

DATABASES["default"].update(DATABASE_OWNER_LOGIN)
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"]["OPTIONS"],
    "assume_role": None,
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
