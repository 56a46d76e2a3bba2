"""The life of the index: built anew in generations, kept up with the change log, compared with the database.

The database is the truth; every document is read from it at the moment it is applied, so applying
twice is harmless and an index may be deleted at any time. One process writes.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import msgspec
import structlog

from directory.clock import Clock
from directory.db import Session
from directory.rules.listing import listable
from directory.settings import Settings
from directory.store import changes, listings, providers
from directory.types import StoredProvider
from search import fields, synonyms
from search.documents import document
from search.engines.base import Generation, Gone, SearchEngine, Standing
from search.engines.embedded import EmbeddedEngine
from search.errors import SearchError, SearchUnavailable
from search.types import Document

log = structlog.get_logger(__name__)

Reading: TypeAlias = Callable[[], AbstractContextManager[Session]]
"""Opens a session for reading; a new one sees what was committed meanwhile."""

BATCH = 500
KEPT_GENERATIONS = 2
"""The one that answers and the one before, to go back to."""
SAMPLE = 100


class IndexProblem(SearchError):
    """A generation does not hold what the database holds, so it was not put in place."""


class Drift(msgspec.Struct, frozen=True):
    """Where index and database differ: ids the index lacks, holds in an old version, or should not hold."""

    missing: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    orphan: tuple[int, ...] = ()
    repaired: bool = False

    @property
    def is_none(self) -> bool:
        """Whether both agree."""
        return not (self.missing or self.stale or self.orphan)


class IndexStatus(msgspec.Struct, frozen=True):
    """The state of the index beside the database.

    `lag` counts changes that are not applied yet; `outdated` means that the generation was made
    with other fields, synonyms or another engine, and waits for a rebuild.
    """

    engine: str
    current: Standing | None
    generations: tuple[Standing, ...]
    outdated: bool
    lag: int
    providers: int


def open_engine(settings: Settings) -> SearchEngine:
    """The engine the settings name: `SEARCH_URL`'s Elasticsearch, else the embedded one in `DATA_DIR`."""
    if settings.search_url is None:
        return EmbeddedEngine(settings.data_dir / "index")
    # imported only where it is used: the client takes longer to load than the rest of the program to start
    from search.engines.elastic import ElasticEngine

    key = settings.search_api_key
    return ElasticEngine(
        settings.search_url,
        ca_file=settings.search_ca_file,
        api_key=key.get_secret_value() if key else None,
    )


def fingerprint(engine: SearchEngine) -> str:
    """A hash of all that a document depends on beside its provider."""
    content = f"{engine.kind} {fields.fingerprint()} {synonyms.fingerprint()}"
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def rebuild(
    engine: SearchEngine,
    reading: Reading,
    *,
    clock: Clock,
    progress: Callable[[int], None] = lambda count: None,
) -> Standing:
    """A new generation, loaded from the database, checked, and put in place; the last one is kept.

    Searches and edits go on meanwhile: changes made during the load are caught up before the swap,
    and those made after it by the next `catch_up`.

    Parameters
    ----------
    engine : SearchEngine
        Whose index is built.
    reading : callable
        Opens sessions.
    clock : Clock
        Dates the generation.
    progress : callable
        Called with the number of providers read so far.

    Raises
    ------
    IndexProblem
        When the new generation does not hold what the database holds; the old one stays in place.
    SearchUnavailable
        When the engine does not answer.
    """
    generation = engine.create(_name(engine), fingerprint(engine))
    try:
        with reading() as session:
            cursor = changes.latest(session)
        with _collector_paused():
            generation.load(_documents(reading, progress), cursor=cursor, now=clock.now())
        while _follow(generation, reading):
            pass
        _check(generation, reading)
    except BaseException:
        engine.drop(generation.name)
        raise
    engine.activate(generation.name)
    log.info("index rebuilt", generation=generation.name, documents=generation.standing().documents)
    for old in engine.generations()[:-KEPT_GENERATIONS]:
        engine.drop(old.name)
    return generation.standing()


def _name(engine: SearchEngine) -> str:
    """A name that sorts after every other."""
    taken = [int(each.name.removeprefix("g")) for each in engine.generations()]
    return f"g{1 + max(taken, default=0):06d}"


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection: a load makes millions of small objects without cycles, and looking through them
    again and again takes a third of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _providers(reading: Reading) -> Iterator[list[StoredProvider]]:
    """Every provider in order of id, in batches, each read in a session of its own: one that stayed open for
    the whole of it would keep the database from tidying up behind the edits made meanwhile."""
    last = 0
    while True:
        with reading() as session:
            batch = next(providers.stream(session, after=last), [])
        if not batch:
            return
        yield batch
        last = batch[-1].id


def _documents(reading: Reading, progress: Callable[[int], None]) -> Iterator[Document]:
    count = 0
    for batch in _providers(reading):
        for provider in batch:
            built = document(provider)
            if built is not None:
                yield built
        count += len(batch)
        progress(count)


def _follow(generation: Generation, reading: Reading, batch: int = BATCH) -> int:
    """Apply the next batch of changes to a generation and give how many there were."""
    with reading() as session:
        waiting = changes.after(session, generation.standing().cursor, batch)
        if not waiting:
            return 0
        _apply(generation, session, [provider for _, provider in waiting], cursor=waiting[-1][0])
    return len(waiting)


def _apply(generation: Generation, session: Session, ids: Sequence[int], *, cursor: int) -> None:
    """Bring some providers in line with the database as it is now."""
    wanted = dict.fromkeys(ids)
    stored = providers.by_ids(session, wanted)
    upserts: list[Document] = []
    deletes: list[Gone] = [(each, None) for each in wanted if each not in stored]
    for provider in stored.values():
        built = document(provider)
        if built is None:
            deletes.append((provider.id, provider.version))
        else:
            upserts.append(built)
    generation.apply(upserts, deletes, cursor=cursor)


def catch_up(engine: SearchEngine, reading: Reading) -> int:
    """Apply every change since the current generation's cursor and give how many there were.

    Raises
    ------
    SearchUnavailable
        When there is no generation or the engine does not answer; nothing is lost: the cursor stays.
    """
    generation = _current(engine)
    applied = 0
    while count := _follow(generation, reading):
        applied += count
    return applied


def _current(engine: SearchEngine) -> Generation:
    generation = engine.current()
    if generation is None:
        raise SearchUnavailable("There is no search index yet")
    return generation


def is_outdated(engine: SearchEngine) -> bool:
    """Whether there is no generation, or one made with other fields, synonyms or another engine."""
    generation = engine.current()
    return generation is None or generation.standing().fingerprint != fingerprint(engine)


def keep_up(engine: SearchEngine, reading: Reading, *, clock: Clock) -> None:
    """The worker's step: build the index where there is none that fits, else apply what changed."""
    if is_outdated(engine):
        rebuild(engine, reading, clock=clock)
    else:
        catch_up(engine, reading)


def sweep(engine: SearchEngine, reading: Reading, *, clock: Clock, repair: bool = True) -> Drift:
    """Compare ids and versions of index and database both ways, and repair what differs.

    A document with a later version than its row (the database was restored from a backup) would
    refuse every repair: then the index is built anew.

    Parameters
    ----------
    engine : SearchEngine
        Whose current generation is compared.
    reading : callable
        Opens sessions.
    clock : Clock
        Dates the generation, should a new one be needed.
    repair : bool
        Whether differences are put right.
    """
    generation = _current(engine)
    drift, ahead = _drift(generation, reading)
    if drift.is_none or not repair:
        return drift
    if ahead:
        rebuild(engine, reading, clock=clock)
        return msgspec.structs.replace(drift, repaired=True)
    cursor = generation.standing().cursor
    ids = [*drift.missing, *drift.stale, *drift.orphan]
    for start in range(0, len(ids), BATCH):
        with reading() as session:
            _apply(generation, session, ids[start : start + BATCH], cursor=cursor)
    return msgspec.structs.replace(drift, repaired=True)


def _drift(generation: Generation, reading: Reading) -> tuple[Drift, bool]:
    """What differs, and whether a document is ahead of its row."""
    held = dict(generation.versions())
    missing: list[int] = []
    stale: list[int] = []
    ahead = False
    for batch in _providers(reading):
        for provider in batch:
            if not listable(provider.record):
                continue
            version = held.pop(provider.id, None)
            if version is None:
                missing.append(provider.id)
            elif version != provider.version:
                stale.append(provider.id)
                ahead = ahead or version > provider.version
    return Drift(tuple(missing), tuple(stale), tuple(held)), ahead


def _check(generation: Generation, reading: Reading) -> None:
    """Compare the number of documents, and a sample of versions, with the database."""
    held = dict(generation.versions())
    with reading() as session:
        cursor = generation.standing().cursor
        changed = {provider for _, provider in changes.after(session, cursor, BATCH)}
        ids = sorted(held)
        sample = ids[:: max(1, len(ids) // SAMPLE)]
        for key, provider in providers.by_ids(session, sample).items():
            if key not in changed and provider.version != held[key]:
                raise IndexProblem("Provider %(id)s is not in the index as it is stored", id=key)
        expected = listings.count(session)
    if abs(expected - len(held)) > len(changed):
        raise IndexProblem(
            "The new index holds %(held)s providers, the database lists %(expected)s",
            held=len(held),
            expected=expected,
        )


def status(engine: SearchEngine, reading: Reading) -> IndexStatus:
    """The state of the index beside the database."""
    generation = engine.current()
    current = generation.standing() if generation else None
    with reading() as session:
        return IndexStatus(
            engine=engine.kind,
            current=current,
            generations=engine.generations(),
            outdated=is_outdated(engine),
            lag=changes.count_after(session, current.cursor if current else 0),
            providers=providers.count(session),
        )


def check(engine: SearchEngine) -> tuple[bool, str]:
    """Whether the engine answers, and its kind or the reason, for `doctor` and the health page."""
    try:
        engine.check()
    except SearchUnavailable as error:
        return False, str(error)
    return True, engine.kind


def worker_steps(
    engine: SearchEngine, reading: Reading, *, clock: Clock
) -> list[tuple[str, Callable[[], None]]]:
    """What the worker does for searching, by name."""
    return [("index", lambda: keep_up(engine, reading, clock=clock))]
