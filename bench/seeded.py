"""A seeded database for benches, kept between runs, and how figures are printed."""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import psutil
from sqlalchemy import Engine

from directory import migrations
from directory.clock import FixedClock
from directory.db import connect, sessions, writing_sessions
from directory.demo.market import generate
from directory.store import provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import ProviderRecord

DAY = dt.date(2026, 12, 1)
CLOCK = FixedClock(DAY)
BATCH = 1000


def folder_for(size: int) -> Path:
    """Where the data of a market of this size are kept."""
    root = os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "ip-services-directory-bench"
    folder = Path(root) / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def seeded(size: int, folder: Path) -> Engine:
    """A database with the invented market in it, seeded as far as it is not yet."""
    engine = connect(os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'directory.sqlite3'}")
    migrations.upgrade(engine)
    with sessions(engine)() as session:
        there = providers.count(session)
    began = time.monotonic()
    rows = islice(generate(size, 1, DAY), there, None)
    for number, batch in enumerate(_batches(rows), start=1):
        with UnitOfWork(writing_sessions(engine), now=CLOCK.now, audit_key="bench") as uow:
            provider_writes.put(uow, batch, now=CLOCK.now())
            uow.commit()
        print(f"\rseeding {there + number * BATCH} of {size}", end="", file=sys.stderr, flush=True)
    if there < size:
        print(f"\nseeded {size - there} providers in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return engine


def _batches(rows: Iterator[dict[str, object]]) -> Iterator[list[ProviderRecord]]:
    while batch := [msgspec.convert(row, ProviderRecord) for row in islice(rows, BATCH)]:
        yield batch


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB (Linux; what it holds now elsewhere)."""
    try:
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000
    except (OSError, StopIteration):
        return float(psutil.Process().memory_info().rss / 1e6)


def spread(took_ms: Sequence[float]) -> tuple[str, str, str]:
    """p50, p95 and the longest, as text."""
    low, high, most = np.percentile(took_ms, [50, 95, 100])
    return f"{low:.1f}", f"{high:.1f}", f"{most:.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
