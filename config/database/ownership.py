"""How do migrations come to act as the role that owns the tables?"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from config import roles


class NotTheOwner(Exception):
    """The tables belong to the owner role, and this login may not act as it."""


@contextmanager
def as_owner(connection: BaseDatabaseWrapper) -> Iterator[bool]:
    """Connect as the owner role within; yield whether there is one.

    Without the rights to have one, or over tables that were made without, everything is
    done as the user that logs in. Within a transaction nothing can be switched, so then
    nothing is.

    Raises NotTheOwner.
    """
    if connection.in_atomic_block:
        yield False
        return
    login = dict(connection.settings_dict)
    connection.close()
    # The database stays the one that is connected to, which may be a test's.
    owner = {**login, **settings.DATABASE_OWNER_LOGIN, "NAME": login["NAME"]}
    owner["OPTIONS"] = {**owner["OPTIONS"], "assume_role": None}
    connection.settings_dict.update(owner)
    try:
        connection.ensure_connection()
        separated = roles.separate(connection.connection)
        if separated and not roles.may_own(connection.connection):
            raise NotTheOwner(login["NAME"])
        connection.close()
        if separated:
            connection.settings_dict["OPTIONS"]["assume_role"] = roles.OWNER
        yield separated
    finally:
        connection.close()
        connection.settings_dict.update(login)
