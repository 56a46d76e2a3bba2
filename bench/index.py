"""How fast the index is built from the database, how large it gets, and how soon an edit is found.

./run bench index --providers N
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import msgspec

from bench.seeded import CLOCK, folder_for, peak_memory_mb, seeded, spread, table
from directory.db import sessions, writing_sessions
from directory.store import provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from search import indexing
from search.engines.base import SearchEngine
from search.engines.elastic import ElasticEngine
from search.engines.embedded import EmbeddedEngine

EDITS = 20


def engines(folder: Path) -> dict[str, SearchEngine]:
    """The embedded engine, and Elasticsearch when `ELASTICSEARCH_URL` names one."""
    found: dict[str, SearchEngine] = {"embedded": EmbeddedEngine(folder / "index")}
    if url := os.environ.get("ELASTICSEARCH_URL"):
        found["elasticsearch"] = ElasticEngine(url, alias="bench-providers")
    return found


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./run bench index", description=__doc__.splitlines()[0])
    parser.add_argument("--providers", type=int, default=20_000)
    size = parser.parse_args(arguments).providers
    folder = folder_for(size)
    database = seeded(size, folder)
    reading = sessions(database)
    rows = []
    for name, engine in engines(folder).items():
        began = time.monotonic()
        standing = indexing.rebuild(engine, reading, clock=CLOCK)
        seconds = time.monotonic() - began
        took = [_edit(engine, database, number) for number in range(EDITS)]
        rows.append(
            (
                name,
                f"{standing.documents:,}",
                f"{seconds:.1f}",
                f"{size / seconds:,.0f}",
                f"{(standing.bytes or 0) / 1e6:.0f}",
                f"{peak_memory_mb():.0f}",
                *spread(took)[:2],
            )
        )
    head = (
        "engine",
        "documents",
        "rebuild s",
        "rows/s",
        "size MB",
        "peak memory MB",
        "edit found p50 ms",
        "p95 ms",
    )
    table(head, rows)


def _edit(engine: SearchEngine, database: object, number: int) -> float:
    """Milliseconds from the commit of an edit to the index answering with it."""
    reading = sessions(database)  # type: ignore[arg-type]
    with reading() as session:
        ((_, stored),) = providers.by_ids(session, [1 + number * 7]).items()
    summary = stored.record.summary | {"en": f"Edited at {time.time_ns()}."}
    record = msgspec.structs.replace(stored.record, summary=summary)
    with UnitOfWork(writing_sessions(database), now=CLOCK.now, audit_key="bench") as uow:  # type: ignore[arg-type]
        provider_writes.put(uow, [record], now=CLOCK.now())
        uow.commit()
    began = time.perf_counter()
    indexing.catch_up(engine, reading)
    engine.check()
    return (time.perf_counter() - began) * 1000
