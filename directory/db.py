"""The database: engine, sessions, the declarative base and the column types that both databases share."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

import msgspec
from sqlalchemy import DateTime, Engine, MetaData, Text, TypeDecorator, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

__all__ = ["Base", "Engine", "Json", "Session", "UtcDateTime", "connect", "sessions", "writing_sessions"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC: aware in Python on both databases; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC of an aware moment; SQLite keeps it without the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment, aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Json(TypeDecorator[Any]):
    """A small JSON value, kept as text in both databases so that one query serves both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """The value as JSON text."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value again, as plain lists, dicts and scalars."""
        return None if value is None else msgspec.json.decode(value)


class Base(DeclarativeBase):
    """Every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dt.datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads it from the class


def connect(url: str) -> Engine:
    """An engine for `url`, with SQLite set up to enforce keys, wait for locks and read while one writes."""
    if not url.startswith("sqlite"):
        # just-in-time compilation takes seconds for the long conditions of eligibility, and saves none here
        options = {"options": "-c jit=off"}
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10, connect_args=options)
    engine = create_engine(url, connect_args={"timeout": 15})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # pysqlite begins no transaction before SELECT and commits before DDL; SQLAlchemy then cannot
        # give savepoints or snapshots. Taking BEGIN over is SQLAlchemy's documented remedy.
        connection.isolation_level = None
        for pragma in (
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "cache_size=-65536",
            "mmap_size=134217728",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # a unit of work takes the write lock at once: a reader that turns writer halfway can only fail
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions for reading."""
    return sessionmaker(engine, expire_on_commit=False)


def writing_sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions that take the write lock when they begin (SQLite), for units of work."""
    return sessionmaker(engine.execution_options(writes=True), expire_on_commit=False)
