"""The Alembic chain, one for both databases, and what commands ask of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

import directory.models  # noqa: F401 - registers every table
from directory.db import Base
from directory.errors import DirectoryError

_LOCK = 4_102_000
"""Key of PostgreSQL's advisory lock: of two programs that start at once, one migrates and the other waits."""


class Unreachable(DirectoryError):
    """The database does not answer, or is none."""


def upgrade(engine: Engine) -> tuple[str, ...]:
    """Bring the database to the newest revision, in one transaction.

    On PostgreSQL a statement that has to wait for a lock gives up after five seconds, so that a
    migration never holds up a running service; run it again then.

    Returns
    -------
    tuple of str
        The revisions that were applied, oldest first; empty when there was nothing to do.
    """
    missing = pending(engine)
    if not missing:
        return ()
    with engine.execution_options(writes=True).connect() as connection:
        if engine.dialect.name == "sqlite":
            # a table that batch mode makes anew is dropped first; enforced keys would empty its children
            _raw(connection, "PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                    connection.execute(text("SET LOCAL statement_timeout = '15min'"))
                command.upgrade(_config(connection), "head")
                if engine.dialect.name == "sqlite":
                    _refuse_orphans(connection)
        finally:
            if engine.dialect.name == "sqlite":
                _raw(connection, "PRAGMA foreign_keys=ON")
    return missing


def pending(engine: Engine) -> tuple[str, ...]:
    """The revisions that the database still lacks, oldest first.

    Raises
    ------
    Unreachable
        When the database does not answer; the message is its driver's.
    """
    script = ScriptDirectory.from_config(_config())
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
    except DBAPIError as error:
        raise Unreachable(str(error.orig).strip().partition("\n")[0]) from error
    missing = [revision.revision for revision in script.iterate_revisions("heads", current or "base")]
    return tuple(reversed(missing))


def differences(engine: Engine) -> tuple[str, ...]:
    """What the models say otherwise than the database, in words; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return tuple(_in_words(each) for each in compare_metadata(context, Base.metadata))


def revise(engine: Engine, message: str) -> Path:
    """Write the revision that takes the database, which is at the newest, to what the models say.

    Returns
    -------
    Path
        The new file; read it before it is kept.
    """
    number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
    with engine.connect() as connection:
        made = command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04}")
    if made is None or isinstance(made, list):
        raise AssertionError("one revision was asked for")
    return Path(made.path)


def _config(connection: Connection | None = None) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _raw(connection: Connection, statement: str) -> None:
    """Run a statement outside any transaction, which SQLAlchemy would begin by itself."""
    raw: Any = connection.connection.driver_connection
    raw.execute(statement)


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    if orphans:
        raise RuntimeError(f"the migration would leave {len(orphans)} rows without their parent")


def _in_words(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_in_words(each) for each in difference)
    kind, *what = difference
    return f"{kind}: {' '.join(str(each) for each in what if each is not None)}"
