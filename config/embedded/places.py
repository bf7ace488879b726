"""Where do the embedded servers keep their files, sockets and locks?"""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SOCKET_PATH_MAX_BYTES = 107  # sun_path holds 108, with the closing NUL
SYSTEM_PLACE = Path("/var/lib/headwater")


class EmbeddedServerError(Exception):
    """An embedded server cannot do what was asked; the message says what would help."""


def short_name(path: Path) -> str:
    """A name for `path` that is short and no other path's."""
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return f"{path.name.strip('.')[:24]}-{digest[:8]}"


def make_home(home: Path) -> Path:
    """Make `home`, ours alone: the keys to everything stored lie in it.

    As root the system user that runs the database must pass through it to the data,
    so then it can be entered by all, and listed by none.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerError(
            f"{home} cannot be made: {error.strerror}. Set HEADWATER_HOME to a "
            "directory that can."
        ) from error
    if _is_of_another(home):
        raise EmbeddedServerError(
            f"{home} belongs to another user. Run as that user, or set HEADWATER_HOME "
            "to a directory of your own."
        )
    mode = 0o711 if os.geteuid() == 0 else 0o700
    if stat.S_IMODE(home.stat().st_mode) != mode:
        home.chmod(mode)
    return home


def _is_of_another(home: Path) -> bool:
    """Whether another user runs Headwater in `home`, or nobody but he may.

    Root may be given any directory, a mounted one say; so what counts is who made the
    locks in it.
    """
    us = os.geteuid()
    if us != 0:
        return home.stat().st_uid != us
    locks = (home / "up.lock", home / "postgres.lock")
    return any(lock.exists() and lock.stat().st_uid != us for lock in locks)


def is_open_to_all(directory: Path) -> bool:
    """Whether any user may pass through `directory` and everything above it."""
    chain = [directory, *directory.parents]
    return all(step.stat().st_mode & stat.S_IXOTH for step in chain if step.exists())


def private_directory(path: Path, *, uid: int | None = None) -> Path:
    """Make `path`, mode 0700, of the user `uid`; refuse one that somebody else made."""
    owner = os.geteuid() if uid is None else uid
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
            raise EmbeddedServerError(
                f"{path} is not ours. Run as the user who made it, or set "
                "HEADWATER_HOME elsewhere."
            ) from None
    if path.lstat().st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(0o700)
    return path


def socket_directory(place: Path, socket_name: str) -> Path:
    """Where a socket of this name can be: `place`, or a short path if that is too long.

    The short path lies in /tmp whatever TMPDIR says, so that all processes agree on it.
    """
    if len(os.fsencode(place / socket_name)) <= SOCKET_PATH_MAX_BYTES:
        return place
    return Path("/tmp") / f"headwater-{short_name(place)}"  # noqa: S108


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Hold the lock file `path` alone; wait for whoever holds it now."""
    with open_lock(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def open_lock(path: Path) -> IO[str]:
    """Open a lock file for `flock`, keeping what is written in it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "r+")
