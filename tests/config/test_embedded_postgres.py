"""The embedded PostgreSQL starts, stops, and survives what happens to processes."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from config.embedded.places import EmbeddedServerError
from config.embedded.postgres import SUPERUSER, Postgres
from config.embedded.processes import wait_until

ATTACH = """
import sys, pathlib
from config.embedded.postgres import Postgres
Postgres(pathlib.Path(sys.argv[1])).attach()
print("attached", flush=True)
sys.stdin.readline()
"""


def count_rows(postgres):
    with psycopg.connect(postgres.url(SUPERUSER)) as database:
        return database.execute("SELECT count(*) FROM kept").fetchone()[0]


@pytest.fixture
def kept_row(postgres):
    """One committed row in the running server."""
    postgres.start()
    with psycopg.connect(postgres.url(SUPERUSER)) as database:
        database.execute("DROP TABLE IF EXISTS kept")
        database.execute("CREATE TABLE kept AS SELECT 1")


def test_the_application_logs_in_as_a_role_without_privileges(postgres):
    postgres.start()
    with psycopg.connect(postgres.url()) as database:
        row = database.execute(
            "SELECT current_user, rolsuper, rolcreatedb, rolcreaterole "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("CREATE TABLE mine ()")

    assert row == ("headwater", False, False, False)


def test_it_writes_to_disk_before_it_says_committed(postgres):
    postgres.start()
    with psycopg.connect(postgres.url()) as database:
        told = [
            database.execute(f"SHOW {name}").fetchone()[0]
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        ]
        checksums = database.execute("SHOW data_checksums").fetchone()[0]

    assert told == ["on", "on", "on"]
    assert checksums == "on"


def test_it_listens_on_no_network_and_shows_its_files_to_nobody(postgres):
    postgres.start()
    with psycopg.connect(postgres.url()) as database:
        listening = database.execute("SHOW listen_addresses").fetchone()[0]

    assert listening == ""
    assert postgres.cluster.stat().st_mode & 0o077 == 0


def test_a_second_start_keeps_the_data_and_takes_seconds(postgres, kept_row):
    postgres.stop()
    assert not postgres.is_running()

    began = time.monotonic()
    postgres.start()

    assert time.monotonic() - began < 10
    assert count_rows(postgres) == 1


def test_starting_a_running_server_changes_nothing(postgres):
    postgres.start()
    process = postgres.process_id()

    postgres.start()

    assert postgres.process_id() == process


def test_a_killed_server_comes_back_with_what_was_committed(postgres, kept_row):
    process = postgres.process_id()
    os.kill(process, signal.SIGKILL)
    assert wait_until(lambda: postgres.process_id() is None, 10)

    postgres.start()

    assert postgres.process_id() != process
    assert count_rows(postgres) == 1


def test_a_lock_file_whose_number_is_another_process_by_now_is_no_obstacle(postgres):
    postgres.start()
    lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    owner = postgres.data.stat()
    postgres.stop()
    # A process of the same user, as after the restart of a container.
    stranger = subprocess.Popen(["sleep", "60"], user=owner.st_uid)
    stale = postgres.data / "postmaster.pid"
    stale.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    os.chown(stale, owner.st_uid, owner.st_gid)

    try:
        assert not postgres.is_running()
        postgres.start()
    finally:
        stranger.kill()
        stranger.wait()

    assert postgres.is_running()


def test_first_starts_at_the_same_moment_make_one_server(home, start_python):
    holders = [start_python("-c", ATTACH, str(home)) for _ in range(3)]

    assert [holder.stdout.readline() for holder in holders] == ["attached\n"] * 3
    with psycopg.connect(Postgres(home).url()) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


def test_the_last_holder_to_leave_stops_the_server(postgres, start_python):
    postgres.stop()
    first = start_python("-c", ATTACH, str(postgres.home))
    assert first.stdout.readline() == "attached\n"
    second = start_python("-c", ATTACH, str(postgres.home))
    assert second.stdout.readline() == "attached\n"

    first.communicate("\n")
    assert postgres.is_running()
    second.communicate("\n")
    assert not postgres.is_running()


def test_a_killed_holder_leaves_the_server_to_the_next(postgres, start_python):
    postgres.stop()
    holder = start_python("-c", ATTACH, str(postgres.home))
    assert holder.stdout.readline() == "attached\n"
    process = postgres.process_id()
    holder.kill()
    holder.wait()
    assert postgres.process_id() == process

    heir = start_python("-c", ATTACH, str(postgres.home))
    assert heir.stdout.readline() == "attached\n"
    assert postgres.process_id() == process
    heir.communicate("\n")

    assert not postgres.is_running()


def test_a_home_with_a_long_path_gets_a_short_socket(home):
    deep = home.parent / ("long" * 20) / "home"
    postgres = Postgres(deep)
    try:
        postgres.start()
        with psycopg.connect(postgres.url()) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        assert postgres.sockets.parent == Path("/tmp")
        assert postgres.sockets.stat().st_mode & 0o077 == 0
    finally:
        postgres.stop()
        shutil.rmtree(postgres.sockets)


def test_data_of_another_version_is_refused_with_a_remedy(home):
    postgres = Postgres(home)
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("14\n")

    with pytest.raises(
        EmbeddedServerError, match="written by PostgreSQL 14"
    ) as refusal:
        postgres.start()

    assert "Upgrading PostgreSQL" in str(refusal.value)


def test_a_home_that_only_we_may_enter_is_served_without_opening_it(home):
    home.mkdir()
    home.parent.chmod(0o700)
    postgres = Postgres(home)

    postgres.start()

    assert home.parent.stat().st_mode & 0o777 == 0o700
    assert (home / "postgres").resolve() == postgres.place
    is_inside = postgres.place.is_relative_to(home)
    assert is_inside == (os.geteuid() != 0)  # root's server runs as another user
    with psycopg.connect(postgres.url()) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


def test_a_socket_directory_that_somebody_else_made_is_refused(home):
    deep = home.parent / ("long" * 20) / "home"
    postgres = Postgres(deep)
    postgres.sockets.symlink_to("/var/tmp")

    try:
        with pytest.raises(EmbeddedServerError, match="is not ours"):
            postgres.start()
    finally:
        postgres.sockets.unlink()


def test_a_new_home_at_the_path_of_an_old_one_starts_empty(home):
    home.parent.chmod(0o700)
    old = Postgres(home)
    old.start()
    with psycopg.connect(old.url(SUPERUSER)) as database:
        database.execute("CREATE TABLE kept ()")
    old.stop()
    old_place = old.place
    home.rename(home.with_name("old"))

    new = Postgres(home)
    new.start()

    with psycopg.connect(new.url(SUPERUSER)) as database:
        found = database.execute("SELECT to_regclass('kept')").fetchone()
    assert found == (None,)
    shutil.rmtree(old_place, ignore_errors=True)
