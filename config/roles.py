"""Which database role owns the tables, and which one does the application act as?"""

from typing import LiteralString

import psycopg

OWNER = "headwater_owner"  # owns every table, logs in nowhere; migrations act as it
APPLICATION = "headwater"  # owns nothing; what it may do was granted to it

# A database is separated when its schema belongs to the owner role: the mark that
# `separate` leaves and that every new connection looks at.
IS_SEPARATED = f"""
    SELECT nspowner = to_regrole('{OWNER}')::oid FROM pg_namespace
    WHERE nspname = 'public'"""

ASSUME_APPLICATION = f"""
    SELECT set_config('role', '{APPLICATION}', false) FROM pg_namespace
    WHERE nspname = 'public' AND nspowner = to_regrole('{OWNER}')::oid
    AND session_user <> '{APPLICATION}'"""

# Two first starts may race for the roles, which all databases of a server share.
CREATE_ROLE = """
    DO $$ BEGIN
        IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role} NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$"""

MAY_CREATE_ROLES = """
    SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"""

IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"

IS_MEMBER = f"""
    SELECT bool_and(pg_has_role(current_user, oid, 'MEMBER')) FROM pg_roles
    WHERE rolname IN ('{OWNER}', '{APPLICATION}') HAVING count(*) = 2"""

MAY_OWN = f"SELECT pg_has_role(session_user, '{OWNER}', 'MEMBER')"

OWNS_DATABASE = """
    SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database
    WHERE datname = current_database()"""

HAS_TABLES = """
    SELECT count(*) > 0 FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"""

# Default privileges, once and before the first table: a later GRANT on all tables would
# give back what the migration of an append-only table took away.
HAND_OVER = f"""
    DO $$ BEGIN
        EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO {OWNER}',
                       current_database());
    END $$;
    ALTER SCHEMA public OWNER TO {OWNER};
    GRANT USAGE ON SCHEMA public TO {APPLICATION};
    ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION};
    ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
        GRANT SELECT, USAGE ON SEQUENCES TO {APPLICATION}"""


def create_roles(server: psycopg.Connection) -> None:
    """Make both roles unless they exist, and the current user a member of both."""
    for role in (OWNER, APPLICATION):
        server.execute(CREATE_ROLE.format(role=role))
    if not _ask(server, IS_SUPERUSER):
        server.execute(f"GRANT {OWNER}, {APPLICATION} TO CURRENT_USER")


def let_application_log_in(server: psycopg.Connection) -> None:
    """Let the application's role log in itself: where the socket is the door."""
    server.execute(f"ALTER ROLE {APPLICATION} LOGIN")


def is_separated(database: psycopg.Connection) -> bool:
    """Whether this database's tables belong to the owner role."""
    return _ask(database, IS_SEPARATED)


def may_own(database: psycopg.Connection) -> bool:
    """Whether this login may act as the owner role, which must exist."""
    return _ask(database, MAY_OWN)


def separate(database: psycopg.Connection) -> bool:
    """Give this database's schema to the owner role, if that can be done.

    False if the current user may not, or if tables exist that were made without.
    Repeating it changes nothing.
    """
    if is_separated(database):
        return True
    if _ask(database, HAS_TABLES) or not _ask(database, OWNS_DATABASE):
        return False
    if not _ask(database, IS_MEMBER):
        if not _ask(database, MAY_CREATE_ROLES):
            return False
        create_roles(database)
    database.execute(HAND_OVER)
    return True


def _ask(connection: psycopg.Connection, question: LiteralString) -> bool:
    row = connection.execute(question).fetchone()
    return bool(row and row[0])
