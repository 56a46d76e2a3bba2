"""The real parts, as fixtures. A missing one is skipped loudly, and fails the run with CI=true.

`./run test` starts the servers once and names them in the environment; a plain `pytest` starts its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from servers import LAUNCH_ARGUMENTS, Server, Unavailable, browser, elasticsearch, postgres

NOT_TESTED = "NOT TESTED: "


def missing(part: str, reason: object, *, optional: bool = False) -> NoReturn:
    """End a test that lacks a real part, by a skip that the summary repeats, or in CI by a failure."""
    message = f"{NOT_TESTED}{part}: {reason}"
    if os.environ.get("CI") == "true" and not optional:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of this test process's own, dropped at the end."""
    with _postgres_server() as server_url:
        # psycopg, for making the database, wants the URL without SQLAlchemy's name for the driver
        admin_url = server_url.replace("+psycopg", "", 1)
        name = f"test_{uuid4().hex}"
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        yield server_url.rpartition("/")[0] + f"/{name}"
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _postgres_server() -> Iterator[str]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with _started("PostgreSQL", postgres()) as server:
        yield server.url


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """A real Elasticsearch 8; it may be shared, so give each index a name of its own."""
    with _started("Elasticsearch 8", elasticsearch(8)) as server:
        yield server.url


@pytest.fixture(scope="session")
def elasticsearch_9_url() -> Iterator[str]:
    """A real Elasticsearch 9, where a JDK for it is; never needed in CI."""
    with _started("Elasticsearch 9", elasticsearch(9), optional=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """The path of an installed Chromium."""
    try:
        return browser()
    except Unavailable as reason:
        missing("browser", reason)


@pytest.fixture(scope="session")
def chromium(browser_path: Path) -> Iterator[Browser]:
    """One running Chromium; open a context of its own for each test."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser_path, args=list(LAUNCH_ARGUMENTS))
        yield launched
        launched.close()


@contextmanager
def _started(part: str, context, *, optional: bool = False) -> Iterator[Server]:
    try:
        server = context.__enter__()
    except Unavailable as reason:
        missing(part, reason, optional=optional)
    try:
        yield server
    finally:
        context.__exit__(None, None, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat at the end which real parts were not there, each once."""
    skipped = (report.longrepr for report in terminalreporter.stats.get("skipped", []))
    messages = {
        longrepr[2].removeprefix("Skipped: ")
        for longrepr in skipped
        if isinstance(longrepr, tuple) and NOT_TESTED in longrepr[2]
    }
    if messages:
        terminalreporter.section("not tested here", sep="!")
        for message in sorted(messages):
            terminalreporter.write_line(message)
