"""The Alembic chain on both databases: from nothing to what the models say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from directory import migrations
from directory.db import connect


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path / 'directory.sqlite3'}")
    else:
        made = connect(request.getfixturevalue("postgres_url"))
        with made.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield made
    made.dispose()


def test_an_empty_database_becomes_what_the_models_say(engine: Engine):
    assert migrations.pending(engine)[0] == "0001"
    applied = migrations.upgrade(engine)
    assert applied == tuple(sorted(applied))
    assert migrations.pending(engine) == ()
    assert migrations.differences(engine) == ()
    assert migrations.upgrade(engine) == ()


def test_a_missing_column_is_a_difference(engine: Engine):
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE owner_member DROP COLUMN role"))
    (difference,) = migrations.differences(engine)
    assert "add_column" in difference
    assert "role" in difference


def test_of_two_that_start_at_once_both_end_well(engine: Engine):
    failures = []

    def upgrade() -> None:
        try:
            migrations.upgrade(engine)
        except Exception as error:  # whatever it is, the test shall show it
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert migrations.differences(engine) == ()


def test_keys_are_enforced_again_after_an_upgrade(engine: Engine):
    migrations.upgrade(engine)
    with engine.connect() as connection, pytest.raises(Exception, match=r"(?i)foreign key"):
        connection.execute(
            text("INSERT INTO owner_member (owner_id, account_id, role) VALUES (1, 1, 'editor')")
        )
        connection.commit()


def test_a_database_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path):
    with pytest.raises(migrations.Unreachable) as error:
        migrations.pending(connect(f"sqlite:///{tmp_path / 'missing' / 'file.sqlite3'}"))
    assert "\n" not in str(error.value)
