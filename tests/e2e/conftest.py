"""The whole application: empty (`site`), with the open invented market (`market`), and behind an address."""

import shutil
from pathlib import Path

import msgspec
import pytest
from e2e.browsing import live
from website import NOW, Site, clock, migrated, site, start  # noqa: F401

from directory.clock import FixedClock
from directory.demo import market as invented
from directory.demo import market_1
from directory.store.provider_writes import put
from directory.types import ProviderRecord
from directory.worker import run_once

TOWN = 70
"""Providers beside Market-1's where more than a page of results is wanted."""


def _filled(folder: Path, migrated: Path, rows: list[dict]) -> Path:  # noqa: F811
    """A data folder with these providers on Market-1's own day, indexed."""
    made = start(folder, FixedClock(NOW), migrated)
    with made.services.unit_of_work() as uow:
        put(uow, [msgspec.convert(row, ProviderRecord) for row in rows], now=NOW)
        uow.commit()
    assert run_once(made.app.extensions["worker_steps"]) == ()
    made.services.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def market_folder(tmp_path_factory, migrated):  # noqa: F811
    """Market-1; made once, because that takes longest."""
    return _filled(tmp_path_factory.mktemp("market"), migrated, market_1.load(NOW.date()).providers)


@pytest.fixture(scope="session")
def town_folder(tmp_path_factory, migrated):  # noqa: F811
    """Market-1 in the middle of a larger market."""
    rows = market_1.load(NOW.date()).providers + list(invented.generate(TOWN, 1, NOW.date()))
    return _filled(tmp_path_factory.mktemp("town"), migrated, rows)


def _copied(folder: Path, to: Path, clock: FixedClock) -> Site:  # noqa: F811
    shutil.copytree(folder, to)
    return start(to, clock, to / "directory.sqlite3")


@pytest.fixture
def market(tmp_path, clock, market_folder) -> Site:  # noqa: F811
    """The application over Market-1."""
    return _copied(market_folder, tmp_path / "market", clock)


@pytest.fixture
def live_market(market, chromium):
    """Market-1 behind a real address, with its worker."""
    with live(market, chromium, with_worker=True) as running:
        yield running


@pytest.fixture(scope="module")
def town(tmp_path_factory, town_folder, chromium):
    """The larger market behind a real address, shared by the tests of a file, which change nothing in it."""
    site = _copied(town_folder, tmp_path_factory.mktemp("served") / "town", FixedClock(NOW))  # noqa: F811
    with live(site, chromium) as running:
        yield running
