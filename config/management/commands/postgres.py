"""Run one of PostgreSQL's programs on the database: a backup, a restore, a shell."""

import argparse
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.embedded.runtime import choose_runtime

VARIABLES = {
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "NAME": "PGDATABASE",
}


class Command(BaseCommand):
    """Logged in as the one who may do everything, found through libpq's variables."""

    help = (
        "Run a program of PostgreSQL's on the database, as one who may do everything."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("program", help="psql, pg_dump, pg_restore …")
        parser.add_argument("words", nargs=argparse.REMAINDER, metavar="argument")

    def handle(self, *args: Any, **options: Any) -> None:
        folders = os.environ.get("PATH", os.defpath)
        if postgres := settings.EMBEDDED_POSTGRES:
            postgres.attach()
            programs: Path = choose_runtime(postgres.data).programs
            folders = f"{programs}:{folders}"
        program = shutil.which(options["program"], path=folders)
        if program is None:
            raise CommandError(f"PostgreSQL's {options['program']} is not installed.")
        login = {**connection.settings_dict, **settings.DATABASE_OWNER_LOGIN}
        told = {name: str(login[key]) for key, name in VARIABLES.items() if login[key]}
        done = subprocess.run(
            [program, *options["words"]], env={**os.environ, **told, "PATH": folders}
        )
        raise SystemExit(done.returncode)
