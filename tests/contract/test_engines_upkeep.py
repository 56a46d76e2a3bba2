"""What both engines promise about changes: upserts, deletes, versions, generations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from engine_samples import ENGINES, NOW, Index, documents, line, opened, stored

from search.engines.base import SearchEngine
from search.errors import SearchUnavailable
from search.fields import FILTER_KEYS


@pytest.fixture(scope="session", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchEngine]:
    with opened(request, tmp_path_factory.mktemp("index")) as made:
        yield made


@pytest.fixture(scope="session")
def one_index(engine: SearchEngine) -> Index:
    with pytest.raises(SearchUnavailable):
        engine.check()
    assert engine.current() is None
    generation = engine.create("g000001", "a fingerprint")
    generation.load([], cursor=5, now=NOW)
    engine.activate("g000001")
    engine.check()
    return Index(engine, generation)


_bases = itertools.count(10_000, 10_000)


@pytest.fixture
def base() -> int:
    """Ids above this are the test's own: Elasticsearch remembers the version of a deleted one for a while."""
    return next(_bases)


@pytest.fixture
def index(one_index: Index) -> Index:
    one_index.clear()
    return one_index


def test_empty_index_answers(index: Index) -> None:
    answer = index.ask("cedar", {"office": ["CN"]}, facets=FILTER_KEYS)
    assert (answer.ids, answer.total) == ((), 0)
    assert set(answer.facets) == set(FILTER_KEYS)


def test_upsert_is_seen_at_once(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern"))
    assert index.ids("cedar") == [base + 1]


def test_upsert_twice_is_one_document(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern"), stored(base + 2, "Quiet Heron"))
    index.put(stored(base + 1, "Cedar Lantern"))
    index.put(stored(base + 1, "Cedar Lantern", version=2))
    assert index.ask().total == 2
    assert list(index.generation.versions()) == [(base + 1, 2), (base + 2, 1)]
    assert index.generation.standing().documents == 2


def test_upsert_replaces_words_filters_and_counts(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern", service_lines=[line("PROS", "patent", ["CN"])]))
    index.put(
        stored(
            base + 1, "Willow Bridge", version=2, service_lines=[line("OPPO", "design", ["EM"], fields=[3])]
        )
    )
    assert index.ids("cedar") == []
    assert index.ids("willow", {"service": ["OPPO"], "office": ["EM"]}) == [base + 1]
    assert index.ids("", {"office": ["CN"]}) == []
    answer = index.ask(facets=("service", "office", "field"))
    assert {key: [(each.code, each.count) for each in answer.facets[key]] for key in answer.facets} == {
        "service": [("OPPO", 1)],
        "office": [("EM", 1)],
        "field": [("3", 1)],
    }


def test_older_version_does_not_replace_a_newer_one(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Willow Bridge", version=7))
    index.put(stored(base + 1, "Cedar Lantern", version=6))
    assert index.ids("cedar") == []
    assert index.ids("willow") == [base + 1]


def test_delete_is_seen_at_once_and_may_be_repeated(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern"), stored(base + 2, "Cedar Heron"))
    for _ in range(3):
        index.generation.apply([], [(base + 1, 1), (base + 77, None)], cursor=0)
        assert index.ids("cedar") == [base + 2]
        assert index.ask(facets=("kind",)).facets["kind"][0].count == 1


def test_delete_of_an_older_version_leaves_the_newer_one(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern", version=4))
    index.generation.apply([], [(base + 1, 3)], cursor=0)
    assert index.ids("cedar") == [base + 1]


def test_deleted_comes_back_with_its_next_version(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern", version=4))
    index.generation.apply([], [(base + 1, 5)], cursor=0)
    index.put(stored(base + 1, "Cedar Lantern", version=6))
    assert index.ids("cedar") == [base + 1]


def test_values_that_are_new_to_an_open_list_are_found(index: Index, base: int) -> None:
    index.put(stored(base + 1, "Cedar Lantern", city="Ostwind am See"))
    index.put(stored(base + 2, "Quiet Heron", city="Westwind am See"))
    assert index.ids("", {"city": ["Westwind am See"]}) == [base + 2]
    assert [each.code for each in index.ask(facets=("city",)).facets["city"]] == [
        "Ostwind am See",
        "Westwind am See",
    ]


def test_many_changes_in_one_go(index: Index, base: int) -> None:
    index.put(*(stored(number, f"Cedar {number}") for number in range(base + 1, base + 1201)))
    assert index.ask("cedar").total == 1200
    index.generation.apply(
        documents([stored(number, f"Willow {number}", version=2) for number in range(base + 1, base + 601)]),
        [(number, None) for number in range(base + 601, base + 1001)],
        cursor=0,
    )
    assert index.ask("willow").total == 600
    assert index.ask("cedar").total == 200
    assert len(list(index.generation.versions())) == 800


def test_cursor_moves_with_and_without_changes(index: Index, base: int) -> None:
    index.generation.apply(documents([stored(base + 1, "Cedar Lantern")]), [], cursor=11)
    assert index.generation.standing().cursor == 11
    index.generation.apply([], [], cursor=12)
    assert index.generation.standing().cursor == 12
    assert index.ids("cedar") == [base + 1]


def test_another_handle_sees_the_change_with_its_next_search(
    index: Index, base: int, engine: SearchEngine
) -> None:
    index.put(stored(base + 1, "Cedar Lantern"))
    current = engine.current()
    assert current is not None
    assert index.ids("willow") == []
    current.apply(documents([stored(base + 2, "Willow Bridge")]), [], cursor=0)
    assert index.ids("willow") == [base + 2]


def test_new_generation_answers_only_once_it_is_put_in_place(
    index: Index, base: int, engine: SearchEngine
) -> None:
    index.put(stored(base + 1, "Cedar Lantern"))
    generation = engine.create("g000002", "another fingerprint")
    assert generation.load(documents([stored(base + 2, "Willow Bridge")]), cursor=9, now=NOW) == 1
    assert index.ids("cedar") == [base + 1] and index.ids("willow") == []
    engine.activate("g000002")
    assert index.ids("cedar") == [] and index.ids("willow") == [base + 2]
    assert [each.name for each in engine.generations()] == ["g000001", "g000002"]
    standing = engine.generations()[1]
    assert (standing.fingerprint, standing.cursor, standing.documents) == ("another fingerprint", 9, 1)
    assert standing.built_at == NOW
    engine.activate("g000001")
    engine.drop("g000002")
    assert [each.name for each in engine.generations()] == ["g000001"]
    assert index.ids("cedar") == [base + 1]
