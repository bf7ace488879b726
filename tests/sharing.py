"""How do the tests of a class or module share one world?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from policies.services import sync_built_in_roles


@contextmanager
def shared_world(blocker: Any) -> Iterator[None]:
    """What is made within is there for all tests, which undo their own changes of it.

    For a fixture of a wider scope than a test, with pytest-django's `django_db_blocker`
    and after its `django_db_setup`; the tests are marked `django_db`.
    """
    with blocker.unblock(), transaction.atomic():
        sync_built_in_roles()  # tests that commit leave empty tables behind them
        yield
        transaction.set_rollback(True)
