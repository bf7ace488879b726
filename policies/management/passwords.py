"""How does a command ask for a password?"""

from getpass import getpass

from django.core.management.base import CommandError


def ask_twice(prompt: str) -> str:
    """What was typed twice alike.

    Raises CommandError if the two differ, or nobody is there to type.
    """
    try:
        password = getpass(prompt)
        if password == getpass("The same again: "):
            return password
    except EOFError:
        raise CommandError(
            "Nobody types the password: run this on a terminal. Nothing is changed."
        ) from None
    raise CommandError("The two were not the same; nothing is changed.")
