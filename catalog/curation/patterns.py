"""Does a text fit a pattern, at a bounded cost, whatever the two are?

Python's regular expressions can take years over a line of text, and nothing stops them.
Those of PostgreSQL follow the length of the text, and a statement can be given up.
"""

import re

from django.db import DataError, OperationalError, connection, transaction

from catalog.curation.faults import Refused

LENGTH_MAX = 300
LIMIT = "2s"  # of one comparison
# What looks back to a group is the one thing that PostgreSQL is slow at, too.
LOOKS_BACK = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")
LIMITED = """SELECT current_setting('statement_timeout'),
set_config('statement_timeout', %s, true)"""
COMPARED = "SELECT %s ~ %s"


def checked_pattern(pattern: str) -> str:
    """A pattern that texts can be compared with. Raises Refused."""
    if len(pattern) > LENGTH_MAX:
        raise Refused(f"A pattern has {LENGTH_MAX} characters at most.")
    if LOOKS_BACK.search(pattern):
        raise Refused(r"A pattern does not refer to its own groups (\1).")
    for each in (pattern, _whole(pattern)):  # `a)|(b` is one within a group alone
        _compare("", each)
    return pattern


def is_fitting(text: str, pattern: str) -> bool:
    """Whether all of a text fits. Raises Refused if telling takes too long."""
    return _compare(text, _whole(pattern))


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _compare(text: str, pattern: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LIMITED, [LIMIT])
            [before, _] = cursor.fetchone()
            cursor.execute(COMPARED, [text, pattern])
            [found] = cursor.fetchone()
            cursor.execute(LIMITED, [before])
    except DataError as error:
        why = str(error).partition("\n")[0].partition("regular expression: ")[2]
        raise Refused(f"The pattern is no regular expression: {why}.") from None
    except OperationalError as error:
        if "timeout" not in str(error):
            raise
        raise Refused(
            "It takes too long to compare with the pattern. Define a simpler one."
        ) from None
    return bool(found)
