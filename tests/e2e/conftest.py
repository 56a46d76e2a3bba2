"""Fixtures of the whole application, empty (`site`) or with the open invented market (`market`)."""

import shutil

import msgspec
import pytest
from website import NOW, Site, clock, migrated, site, start  # noqa: F401

from directory.clock import FixedClock
from directory.demo import market_1
from directory.store.provider_writes import put
from directory.types import ProviderRecord


@pytest.fixture(scope="session")
def market_folder(tmp_path_factory, migrated):  # noqa: F811
    """A data folder with Market-1 on its own day, indexed; made once, because that takes longest."""
    folder = tmp_path_factory.mktemp("market")
    made = start(folder, FixedClock(NOW), migrated)
    records = [msgspec.convert(each, ProviderRecord) for each in market_1.load(NOW.date()).providers]
    with made.services.unit_of_work() as uow:
        put(uow, records, now=NOW)
        uow.commit()
    made.app.extensions["index_rebuild"]()
    made.services.engine.dispose()
    return folder


@pytest.fixture
def market(tmp_path, clock, market_folder) -> Site:  # noqa: F811
    """The application over Market-1."""
    folder = tmp_path / "market"
    shutil.copytree(market_folder, folder)
    return start(folder, clock, folder / "directory.sqlite3")
