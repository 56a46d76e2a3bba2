"""The list in SQL answers filters as the engines do: it takes their place when none answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from engine_samples import NOW, TIERED, TODAY, drawn_filters, passes
from sqlalchemy.orm import Session

from directory.db import Base, connect, sessions, writing_sessions
from directory.demo.market import generate
from directory.store import listings, provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import ProviderRecord
from search.documents import document
from search.types import Document

SIZE = 300


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("database")
    url = (
        f"sqlite:///{folder / 'test.sqlite3'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    engine = connect(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    records = [msgspec.convert(row, ProviderRecord) for row in generate(SIZE, 7, TODAY)]
    with UnitOfWork(writing_sessions(engine), now=lambda: NOW, audit_key="key") as uow:
        provider_writes.put(uow, [*records, *(each.record for each in TIERED)], now=NOW)
        uow.commit()
    with sessions(engine)() as opened:
        yield opened
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def market(session: Session) -> list[Document]:
    return [built for batch in providers.stream(session) for each in batch if (built := document(each))]


def test_every_listable_provider_is_listed_once_in_order(session: Session, market: list[Document]) -> None:
    ids, total = listings.page(session, filters={}, today=TODAY, limit=10_000)
    assert sorted(ids) == sorted(each.id for each in market)
    assert total == len(market) == listings.count(session)
    pages = [
        listings.page(session, filters={}, today=TODAY, offset=start, limit=50)[0]
        for start in range(0, 400, 50)
    ]
    assert [identity for page in pages for identity in page] == ids


@pytest.mark.parametrize("seed", range(20))
def test_filters_are_those_of_the_engines(session: Session, market: list[Document], seed: int) -> None:
    filters = drawn_filters(market, seed)
    ids, total = listings.page(session, filters=filters, today=TODAY, limit=10_000)
    assert sorted(ids) == sorted(each.id for each in market if passes(each, filters))
    assert total == len(ids)


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("tier", ["vetted", "expired"]), ("tier", ["listed"]), ("tier", ["vetted_outcomes"]),
        ("tier", ["claimed", "under_review"]),
        ("price_band", ["B1"]), ("price_band", ["B2", "B5"]), ("nice", ["9"]), ("nice", ["1", "25"]),
        ("sub_kind", ["valuer"]),
        ("industry", ["software"]), ("fee_model", ["hourly", "fixed"]), ("language", ["ja"]),
        ("city", ["Shanghai"]),
        ("country", ["DE", "JP"]), ("kind", ["administrator"]), ("field", ["8", "35"]),
    ],
)  # fmt: skip
def test_each_filter_alone(session: Session, market: list[Document], key: str, codes: list[str]) -> None:
    filters = {key: tuple(codes)}
    ids, _ = listings.page(session, filters=filters, today=TODAY, limit=10_000)
    assert sorted(ids) == sorted(each.id for each in market if passes(each, filters))


@pytest.mark.parametrize("word", ["%", "_", "\\", "'", '"'])
def test_words_are_taken_as_they_stand(session: Session, word: str) -> None:
    _, total = listings.page(session, filters={}, words=[word], today=TODAY)
    assert total < SIZE
