"""How are PostgreSQL's own programs called, and as whom?"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account
from config.embedded.places import EmbeddedServerError
from config.embedded.runtime import Runtime

START_SECONDS = 600  # a long recovery after a crash is no reason to give up
LOG_LINES_SHOWN = 15


@dataclass(frozen=True)
class Programs:
    """The programs of one runtime, run as the database's user."""

    runtime: Runtime
    account: Account

    def make_cluster(self, data: Path, superuser: str) -> None:
        """Make an empty cluster with checksums: aside, then renamed into its place."""
        aside = data.with_name("data.new")
        shutil.rmtree(aside, ignore_errors=True)
        locale = ["--locale=C.UTF-8"]
        if (
            self.runtime.major >= 17
        ):  # which have a locale that no system update changes
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Trust, because the socket lies in a directory of mode 0700.
        access: list[str | Path] = ["-U", superuser, "-A", "trust"]
        self._run("initdb", "-D", aside, "-E", "UTF8", "-k", *access, *locale)
        os.rename(aside, data)

    def start(self, data: Path, options: Mapping[str, str]) -> None:
        """Start the server and wait until it takes connections."""
        words = shlex.join(f"--{name}={value}" for name, value in options.items())
        log = data.parent / "log" / "start.log"
        command: list[str | Path] = [
            "-D",
            data,
            "-w",
            "-t",
            str(START_SECONDS),
            "-l",
            log,
            "-o",
            words,
        ]
        try:
            self._run("pg_ctl", *command, "start")
        except EmbeddedServerError as error:
            told = log.read_text(errors="replace") if log.exists() else ""
            tail = "\n".join(told.splitlines()[-LOG_LINES_SHOWN:])
            raise EmbeddedServerError(f"{error}\n{log} ends:\n{tail}") from error

    def _run(self, name: str, *words: str | Path) -> None:
        done = subprocess.run(
            [self.runtime.programs / name, *words],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0o077,
            **self.account.popen_options,
        )
        if done.returncode:
            raise EmbeddedServerError(f"{name} failed: {done.stdout.strip()}")
