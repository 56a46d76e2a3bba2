"""The life of the index beside a real database: rebuild, catch up, sweep, a killed writer, an outage."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest
from engine_samples import NOW, TODAY, line, stored
from sqlalchemy import delete
from sqlalchemy.orm import Session

import directory.models as models
from directory.clock import FixedClock
from directory.db import Base, connect, sessions, writing_sessions
from directory.store import provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import ProviderRecord
from search import indexing
from search.documents import document
from search.engines.elastic import ElasticEngine
from search.engines.embedded import EmbeddedEngine
from search.errors import SearchUnavailable
from search.finding import find, rank_ids
from search.types import Found, SearchQuery

CLOCK = FixedClock(NOW)


class World:
    """A database and an embedded index of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._engine = connect(f"sqlite:///{folder / 'test.sqlite3'}")
        Base.metadata.create_all(self._engine)
        self.reading: Callable[[], AbstractContextManager[Session]] = sessions(self._engine)
        self._writing = writing_sessions(self._engine)
        self.engine = EmbeddedEngine(folder / "index")

    def unit_of_work(self) -> UnitOfWork:
        return UnitOfWork(self._writing, now=CLOCK.now, audit_key="key")

    def put(self, *records: ProviderRecord) -> list[int]:
        with self.unit_of_work() as uow:
            ids = provider_writes.put(uow, list(records), now=CLOCK.now())
            uow.commit()
        return ids

    def find(self, text: str = "", **more: object) -> Found:
        with self.reading() as session:
            return find(SearchQuery(text, **more), engine=self.engine, session=session, today=TODAY)  # type: ignore[arg-type]

    def refs(self, text: str = "", **more: object) -> list[str]:
        return [hit.record.ref for hit in self.find(text, **more).hits]

    def rebuild(self) -> None:
        indexing.rebuild(self.engine, self.reading, clock=CLOCK)

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def record(number: int, name: str, **more: object) -> ProviderRecord:
    return stored(number, name, **more).record


def changed(of: ProviderRecord, **more: object) -> ProviderRecord:
    return msgspec.structs.replace(of, **more)


CEDAR, WILLOW = record(1, "Cedar Lantern", service_lines=[line()]), record(2, "Willow Bridge")


def test_before_the_first_index_the_database_answers(world: World) -> None:
    world.put(CEDAR, WILLOW)
    found = world.find("cedar")
    assert found.degraded
    assert [hit.record.ref for hit in found.hits] == ["T1"]
    assert found.facets == {}


def test_worker_builds_the_first_index_then_follows(world: World) -> None:
    world.put(CEDAR, WILLOW)
    ((_, step),) = indexing.worker_steps(world.engine, world.reading, clock=CLOCK)
    step()
    assert not world.find().degraded
    assert world.refs("cedar") == ["T1"]
    world.put(changed(CEDAR, name={"en": "Heron Gate"}))
    assert world.refs("heron") == []
    step()
    assert world.refs("heron") == ["T1"] and world.refs("cedar") == []
    assert len(world.engine.generations()) == 1


def test_suspended_or_unpublished_is_gone_before_the_index_knows(world: World) -> None:
    world.put(CEDAR, WILLOW)
    world.rebuild()
    world.put(
        changed(WILLOW, state="unpublished"),
        changed(
            CEDAR,
            service_lines=record(1, "x", service_lines=[line(vetting={"state": "suspended"})]).service_lines,
        ),
    )
    found = world.find()
    assert (found.hits, found.total) == ((), 0)
    indexing.catch_up(world.engine, world.reading)
    current = world.engine.current()
    assert current is not None and current.standing().documents == 0


def test_catching_up_twice_changes_nothing(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()
    world.put(WILLOW)
    assert indexing.catch_up(world.engine, world.reading) == 1
    assert indexing.catch_up(world.engine, world.reading) == 0
    current = world.engine.current()
    assert current is not None
    with world.reading() as session:
        current.apply(
            [built for each in providers.by_ids(session, [1, 2]).values() if (built := document(each))],
            [],
            cursor=0,
        )
    indexing.catch_up(world.engine, world.reading)
    assert world.find().total == 2


def test_row_that_vanished_leaves_the_index(world: World) -> None:
    (first, _) = world.put(CEDAR, WILLOW)
    world.rebuild()
    with world.unit_of_work() as uow:
        uow.session.execute(delete(models.Provider).where(models.Provider.id == first))
        uow.touch([first])
        uow.commit()
    indexing.catch_up(world.engine, world.reading)
    assert world.refs() == ["T2"]


def test_rebuild_keeps_the_generation_before_and_drops_older_ones(world: World) -> None:
    world.put(CEDAR)
    for _ in range(4):
        world.rebuild()
    generations = world.engine.generations()
    current = world.engine.current()
    assert len(generations) == 2
    assert current is not None and generations[-1].name == current.name


def test_edits_made_during_a_rebuild_are_in_it(world: World) -> None:
    world.put(*(record(number, f"Cedar {number}") for number in range(1, 1300)))
    edits = iter([changed(record(7, "Cedar 7"), name={"en": "Heron Gate"}), record(5000, "Latecomer")])

    def edit(_count: int) -> None:
        each = next(edits, None)
        if each is not None:
            world.put(each)

    indexing.rebuild(world.engine, world.reading, clock=CLOCK, progress=edit)
    assert world.refs("heron") == ["T7"]
    assert world.refs("latecomer") == ["T5000"]
    assert world.find().total == 1300
    assert indexing.status(world.engine, world.reading).lag == 0


def test_failed_rebuild_leaves_the_old_index_in_place(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()

    def fail(_count: int) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        indexing.rebuild(world.engine, world.reading, clock=CLOCK, progress=fail)
    assert world.refs() == ["T1"]
    assert len(world.engine.generations()) == 1


def test_other_fields_or_synonyms_call_for_a_rebuild(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()
    assert not indexing.is_outdated(world.engine)
    generation = world.engine.create("g000009", "made by another table of fields")
    generation.load([], cursor=0, now=NOW)
    world.engine.activate("g000009")
    assert indexing.is_outdated(world.engine)
    indexing.keep_up(world.engine, world.reading, clock=CLOCK)
    assert not indexing.is_outdated(world.engine)
    assert world.refs() == ["T1"]


def test_sweep_finds_and_repairs_what_is_missing_stale_or_orphan(world: World) -> None:
    world.put(CEDAR, WILLOW, record(3, "Quiet Heron"))
    world.rebuild()
    current = world.engine.current()
    assert current is not None
    extra = document(stored(99, "Nobody"))
    assert extra is not None
    with world.unit_of_work() as uow:  # changes that the change log does not tell of
        row = uow.session.get(models.Provider, 2)
        assert row is not None
        row.row_version += 1
        row.record = provider_writes.snapshot(changed(WILLOW, name={"en": "Otter Gate"}))
        uow.commit()
    current.apply([extra], [(1, None)], cursor=current.standing().cursor)
    drift = indexing.sweep(world.engine, world.reading, clock=CLOCK, repair=False)
    assert (drift.missing, drift.stale, drift.orphan) == ((1,), (2,), (99,))
    assert not drift.repaired
    assert indexing.sweep(world.engine, world.reading, clock=CLOCK).repaired
    assert indexing.sweep(world.engine, world.reading, clock=CLOCK).is_none
    assert world.refs("otter") == ["T2"] and world.refs("cedar") == ["T1"] and world.refs("nobody") == []


def test_sweep_builds_anew_when_the_database_went_back_in_time(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()
    current = world.engine.current()
    future = document(stored(1, "Cedar of the future", version=9))
    assert current is not None and future is not None
    current.apply([future], [], cursor=current.standing().cursor)
    assert indexing.sweep(world.engine, world.reading, clock=CLOCK).stale == (1,)
    assert indexing.sweep(world.engine, world.reading, clock=CLOCK).is_none
    assert world.refs("future") == []


def test_broken_index_is_an_engine_that_is_down_and_can_be_built_again(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()
    current = world.engine.current()
    assert current is not None
    for path in (world.folder / "index" / current.name / "tantivy").iterdir():
        path.unlink()
    world.engine.close()
    found = world.find("cedar")
    assert found.degraded and [hit.record.ref for hit in found.hits] == ["T1"]
    world.rebuild()
    assert not world.find("cedar").degraded


def test_another_process_sees_an_edit_at_once(world: World) -> None:
    world.put(CEDAR)
    world.rebuild()
    reader = EmbeddedEngine(world.folder / "index")
    with world.reading() as session:
        assert find(SearchQuery("willow"), engine=reader, session=session, today=TODAY).total == 0
    world.put(WILLOW)
    indexing.catch_up(world.engine, world.reading)
    with world.reading() as session:
        assert find(SearchQuery("willow"), engine=reader, session=session, today=TODAY).total == 1


WRITER = """
    import itertools, sys
    from pathlib import Path
    sys.path[:0] = sys.argv[2:]
    from engine_samples import documents, stored
    from search.engines.embedded import EmbeddedEngine

    generation = EmbeddedEngine(Path(sys.argv[1])).current()
    print("ready", flush=True)
    for version in itertools.count(2):
        firms = [stored(n, f"Cedar {n}", version=version) for n in range(1, 40)]
        generation.apply(documents(firms), [], cursor=version)
"""


def test_killed_writer_leaves_an_index_that_answers_and_can_be_written(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    generation = engine.create("g000001", "fingerprint")
    generation.load(
        [built for n in range(1, 40) if (built := document(stored(n, f"Cedar {n}")))], cursor=1, now=NOW
    )
    engine.activate("g000001")
    root = Path(__file__).parents[2]
    for pause in (0.03, 0.1, 0.17, 0.24, 0.31, 0.38):
        with subprocess.Popen(
            [
                sys.executable,
                "-c",
                textwrap.dedent(WRITER),
                str(tmp_path / "index"),
                str(root),
                str(root / "tests"),
            ],
            stdout=subprocess.PIPE,
        ) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(pause)
            os.kill(writer.pid, signal.SIGKILL)
        assert len(list(generation.versions())) == 39
        assert len(_ids(engine, "cedar")) == 39
    version = 1 + max(held for _, held in generation.versions())
    willow = document(stored(1, "Willow Bridge", version=version))
    assert willow is not None
    generation.apply([willow], [], cursor=2)
    assert _ids(engine, "willow") == [1]
    assert len(_ids(engine, "cedar")) == 38


def _ids(engine: EmbeddedEngine, text: str) -> list[int]:
    return rank_ids(engine, text, {}, 100, today=TODAY)


def test_candidates_come_from_a_text_of_any_length(world: World) -> None:
    world.put(CEDAR, WILLOW)
    world.rebuild()
    text = "Dear sirs, we look for somebody like Cedar for our filings. " * 400
    assert rank_ids(world.engine, text, {}, 10, today=TODAY)[0] == 1


def test_outage_of_elasticsearch_gives_a_degraded_answer_and_fails_no_edit(world: World) -> None:
    world.put(CEDAR, WILLOW)
    down = ElasticEngine("http://127.0.0.1:9")
    with world.reading() as session:
        found = find(SearchQuery("cedar"), engine=down, session=session, today=TODAY)
    assert found.degraded and [hit.record.ref for hit in found.hits] == ["T1"]
    with pytest.raises(SearchUnavailable):
        indexing.keep_up(down, world.reading, clock=CLOCK)
    world.put(record(3, "Quiet Heron"))


def test_nothing_found_says_what_each_filter_takes_away(world: World) -> None:
    world.put(CEDAR, WILLOW)
    world.rebuild()
    found = world.find("cedar", filters={"office": ("US",), "kind": ("lawyer",)})
    assert found.total == 0
    assert [(each.filter, each.total) for each in found.removals] == [("office=US", 1), ("kind=lawyer", 0)]
    assert found.as_json()["removals"] == [
        {"filter": "office=US", "total": 1},
        {"filter": "kind=lawyer", "total": 0},
    ]


def test_a_name_one_letter_away_is_offered(world: World) -> None:
    world.put(CEDAR, WILLOW)
    world.rebuild()
    assert world.find("wilow brige").did_you_mean == "Willow Bridge"
    assert world.find("willow").did_you_mean is None


def test_status_tells_lag_and_generations(world: World) -> None:
    world.put(CEDAR)
    before = indexing.status(world.engine, world.reading)
    assert (before.current, before.outdated, before.lag, before.providers) == (None, True, 1, 1)
    world.rebuild()
    world.put(WILLOW)
    after = indexing.status(world.engine, world.reading)
    assert after.current is not None
    assert (after.current.documents, after.outdated, after.lag, after.providers) == (1, False, 1, 2)
    assert after.current.built_at == dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
