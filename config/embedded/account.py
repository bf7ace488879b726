"""Which user runs the embedded database, since PostgreSQL refuses to run as root?"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from config.embedded.places import EmbeddedServerError

SYSTEM_USER = "headwater-db"


@dataclass(frozen=True)
class Account:
    """The user that database programs run as; `uid` None is whoever we are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen_options(self) -> dict[str, Any]:
        """What makes `subprocess` start a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def database_account() -> Account:
    """The current user, or for root a system user of ours, made if there is none."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = make_system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def make_system_user() -> pwd.struct_passwd:
    """Add the system user, with whichever of the two usual programs there is."""
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [useradd, "-r", "-M", "-U", "-d", "/nonexistent"]
        command += ["-s", "/usr/sbin/nologin", SYSTEM_USER]
    elif adduser := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [adduser, "-S", "-D", "-H", "-s", "/sbin/nologin", SYSTEM_USER]
    else:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and there is no useradd to make the user "
            f"{SYSTEM_USER} for it. Run Headwater as an ordinary user, or set "
            "DATABASE_URL to a PostgreSQL of your own."
        )
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)  # another process may have been faster
    except KeyError:
        raise EmbeddedServerError(
            f"The user {SYSTEM_USER}, which runs the database, cannot be made: "
            f"{done.stderr.strip()}. Run Headwater as an ordinary user, or set "
            "DATABASE_URL to a PostgreSQL of your own."
        ) from None
