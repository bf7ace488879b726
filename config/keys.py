"""Where does a secret of this installation come from, and who else can read it?"""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_make(path: Path) -> str:
    """The secret in `path`, made at the first call: 256 bits, readable by us alone.

    Safe when two processes call at once: both get the one that came first.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)  # unlike a rename, refuses to replace
        except FileExistsError:
            pass
        finally:
            aside.unlink()
        return path.read_text().strip()


def read(path: str) -> str:
    """The secret in a file that somebody else keeps; "" for no file."""
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read: {error.strerror}."
        ) from None
