"""The application owns nothing, whoever's PostgreSQL it is."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection

from config import roles
from config.embedded.postgres import SUPERUSER
from tests.conftest import url_of_test_database

OWNERS = """
    SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')"""


@pytest.mark.django_db
def test_migrations_leave_everything_to_the_owner_role():
    with connection.cursor() as cursor:
        cursor.execute(OWNERS)

        assert cursor.fetchall() == [(roles.OWNER,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE policies_token",
        "TRUNCATE policies_token CASCADE",
        "ALTER TABLE policies_token DISABLE TRIGGER ALL",
        "CREATE TABLE mine ()",
        f"SET ROLE {roles.OWNER}; DROP TABLE policies_token",
    ],
)
def test_the_application_may_not_change_tables(statement):
    with psycopg.connect(url_of_test_database()) as database:
        # As if it had logged in so: the tests' own login may take any role back.
        database.execute(f"SET SESSION AUTHORIZATION {roles.APPLICATION}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_connection_acts_as_the_application_whatever_it_logs_in_as():
    other = connection.copy()
    options = {**connection.settings_dict["OPTIONS"], "assume_role": roles.APPLICATION}
    other.settings_dict = {**connection.settings_dict, "OPTIONS": options}
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (roles.APPLICATION,)
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_migrated_database_can_be_migrated_again():
    call_command("migrate", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user")
        assert cursor.fetchone() == (True,)  # what was assumed is laid down


def test_as_application_is_refused_what_the_application_is(as_application):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        as_application(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE policies_token CASCADE")


@pytest.fixture
def foreign(postgres):
    """A database as an administrator hands it out, owned by a login of few rights."""
    postgres.start()
    with psycopg.connect(postgres.url(SUPERUSER), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS theirs")
        server.execute("DROP ROLE IF EXISTS landlord")
        server.execute("CREATE ROLE landlord LOGIN")
        server.execute("CREATE DATABASE theirs OWNER landlord")

        def connect(*, rights="", user="landlord"):
            if rights:
                server.execute(f"ALTER ROLE landlord {rights}")
            url = postgres.url(user, "theirs")
            return psycopg.connect(url, autocommit=True)

        yield connect
        with connect(user=SUPERUSER) as database:
            database.execute("DROP OWNED BY landlord")


def test_a_login_that_may_create_roles_separates_its_database(foreign):
    with foreign(rights="CREATEROLE") as database:
        # They exist already on this server, so membership is what it needs.
        with foreign(user=SUPERUSER) as server:
            server.execute(f"GRANT {roles.OWNER}, {roles.APPLICATION} TO landlord")
        assert roles.separate(database)
        assert roles.separate(database)

        database.execute(f"SET ROLE {roles.OWNER}")
        database.execute("CREATE TABLE kept (row int)")
        database.execute("RESET ROLE")
        database.execute(roles.ASSUME_APPLICATION)

        database.execute("INSERT INTO kept VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("DROP TABLE kept")


def test_a_login_without_rights_is_left_as_it_is(foreign):
    with foreign() as database:
        assert not roles.separate(database)

        database.execute(roles.ASSUME_APPLICATION)
        assert database.execute("SELECT current_user").fetchone() == ("landlord",)


def test_tables_made_without_the_roles_stay_with_their_owner(foreign):
    with foreign(user=SUPERUSER) as database:
        database.execute("CREATE TABLE theirs ()")

        assert not roles.separate(database)


def test_a_login_of_the_application_alone_may_not_migrate(foreign):
    with foreign(user=SUPERUSER) as database:
        assert roles.separate(database)
        assert roles.may_own(database)

    with foreign(user=roles.APPLICATION) as database:
        assert roles.is_separated(database)
        assert not roles.may_own(database)
