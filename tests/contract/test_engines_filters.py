"""Filters and counts of both engines against a plain walk through every document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest
from engine_samples import (
    ENGINES,
    NOW,
    TIERED,
    TODAY,
    Index,
    counts,
    documents,
    drawn_filters,
    opened,
    passes,
)

from directory.demo.market import generate
from directory.types import ProviderRecord, StoredProvider
from search.fields import FILTER_KEYS
from search.types import Document

SIZE = 400
TIERS = {
    9001: None, 9002: "vetted", 9003: "expired", 9004: "vetted", 9005: "vetted_outcomes", 9006: "claimed",
    9007: "under_review", 9008: "listed", 9009: "listed", 9010: "listed",
}  # fmt: skip


@pytest.fixture(scope="session")
def market() -> list[Document]:
    providers = [
        StoredProvider(number, 1, msgspec.convert(row, ProviderRecord), NOW)
        for number, row in enumerate(generate(SIZE, 7, TODAY), start=1)
    ]
    return documents([*providers, *TIERED])


@pytest.fixture(scope="session", params=ENGINES)
def index(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, market: list[Document]
) -> Iterator[Index]:
    with opened(request, tmp_path_factory.mktemp("index")) as engine:
        generation = engine.create("g000001", "a fingerprint")
        generation.load(market, cursor=0, now=NOW)
        engine.activate("g000001")
        yield Index(engine, generation)


@pytest.mark.parametrize("seed", range(25))
def test_total_and_every_count_are_exact(index: Index, market: list[Document], seed: int) -> None:
    filters = drawn_filters(market, seed)
    answer = index.ask("", filters, limit=10_000, facets=FILTER_KEYS)
    expected = [built.id for built in market if passes(built, filters)]
    assert sorted(answer.ids) == sorted(expected)
    assert answer.total == len(expected)
    found = {key: {each.code: each.count for each in answer.facets[key]} for key in FILTER_KEYS}
    assert found == counts(market, filters)


@pytest.mark.parametrize("text", ["patent", "专利", "trademark filing", "-patent", "华"])
def test_counts_under_words_are_exact(index: Index, market: list[Document], text: str) -> None:
    filters = {"service": ("PROS", "OPPO"), "office": ("CN", "US")}
    matching = set(index.ids(text, limit=10_000))
    narrowed = [built for built in market if built.id in matching]
    answer = index.ask(text, filters, limit=10_000, facets=FILTER_KEYS)
    assert set(answer.ids) == {built.id for built in narrowed if passes(built, filters)}
    found = {key: {each.code: each.count for each in answer.facets[key]} for key in FILTER_KEYS}
    assert found == counts(narrowed, filters)


def test_line_filters_hold_on_one_line(index: Index) -> None:
    assert 9010 in index.ids("", {"service": ["LITI"], "right": ["trademark"], "office": ["CN"]}, limit=1000)
    assert 9010 not in index.ids("", {"service": ["LITI"], "right": ["patent"], "office": ["CN"]}, limit=1000)
    assert 9010 not in index.ids("", {"service": ["PROS"], "office": ["CN"]}, limit=1000)
    assert 9010 not in index.ids("", {"service": ["LITI"], "field": ["8"]}, limit=1000)


def test_two_values_of_two_line_filters_do_not_mix_lines(index: Index) -> None:
    both = index.ids(
        "", {"service": ["LITI", "PROS"], "right": ["domain", "patent"], "office": ["CN"]}, limit=1000
    )
    assert 9010 not in both


def test_hidden_line_is_neither_filtered_on_nor_counted(index: Index) -> None:
    assert 9009 in index.ids("", {"service": ["VAL"], "right": ["domain"]}, limit=1000)
    assert 9009 not in index.ids("", {"service": ["LITI"], "office": ["JP"]}, limit=1000)


@pytest.mark.parametrize("number", sorted(TIERS))
def test_tier_is_the_best_state_on_the_day(index: Index, number: int) -> None:
    for tier in ("vetted_outcomes", "vetted", "verified", "claimed", "listed", "expired", "under_review"):
        assert (number in index.ids("", {"tier": [tier]}, limit=10_000)) == (TIERS[number] == tier)


def test_tier_changes_with_the_day_and_no_new_document(index: Index) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    assert 9002 not in index.ids("", {"tier": ["vetted"]}, limit=10_000, today=tomorrow)
    assert 9002 in index.ids("", {"tier": ["expired"]}, limit=10_000, today=tomorrow)
    answer = index.ask("", today=tomorrow, facets=("tier",))
    before = index.ask("", facets=("tier",))
    assert answer.facets != before.facets


def test_counts_come_most_first_then_by_code(index: Index) -> None:
    found = index.ask(facets=("office",)).facets["office"]
    assert [(each.code, each.count) for each in found] == sorted(
        ((each.code, each.count) for each in found), key=lambda pair: (-pair[1], pair[0])
    )
    assert all(each.count > 0 for each in found)


def test_city_that_nobody_has_finds_nobody(index: Index) -> None:
    answer = index.ask("", {"city": ["Nowhere on Sea"]}, facets=("city", "kind"))
    assert answer.total == 0
    assert answer.facets["kind"] == []
    assert answer.facets["city"]


def test_equals_come_in_the_same_order_by_hash(index: Index, market: list[Document]) -> None:
    ties = {built.id: built.tie for built in market}
    ids = index.ids("", {"kind": ["lawyer"]}, limit=10_000)
    assert [ties[identity] for identity in ids] == sorted(ties[identity] for identity in ids)
    assert ids == index.ids("", {"kind": ["lawyer"]}, limit=10_000)


def test_alphabetical_order_of_all(index: Index, market: list[Document]) -> None:
    key = {built.id: (built.sort_name.encode(), built.tie) for built in market}
    ids = index.ids("", sort="name", limit=10_000)
    assert ids == sorted(ids, key=key.__getitem__)
