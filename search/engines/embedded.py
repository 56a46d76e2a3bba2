"""The embedded engine: tantivy for words, columns for filters and counts, files in one folder.

Any number of processes may read; one may write. The folder holds a pointer file and a folder for
each generation. A generation's state file is written before a commit (so that nobody meets a row without
columns) and after it (with the cursor); readers look at it before each search and reopen when it changed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import tantivy
from numpy.typing import NDArray

from search.engines.base import Gone, Standing
from search.engines.embedded_columns import (
    Builder,
    Columns,
    Numbers,
    Vocabulary,
    decode,
    encode,
    joined,
    vocabulary,
)
from search.engines.embedded_counts import Selection
from search.engines.embedded_queries import text_query
from search.engines.embedded_schema import register, schema, to_tantivy
from search.errors import SearchUnavailable
from search.text import fold_name
from search.types import Document, EngineAnswer, EngineQuery, Facets, ParsedText

KIND = f"tantivy {version('tantivy')}"
LOAD_HEAP_BYTES = 150_000_000
APPLY_HEAP_BYTES = 30_000_000
FOLD_IN_ROWS = 20_000
"""Rows of the small file from which it is folded into the large one, as rewriting it each time grows dear."""
OPEN_ATTEMPTS = 5
KEPT_TEXTS = 64
KEPT_COUNTS = 512

_Value = TypeVar("_Value")


class _State(msgspec.Struct, frozen=True):
    """The state file of a generation. `stamp` goes up with every change."""

    name: str
    fingerprint: str
    vocabulary: Vocabulary
    stamp: int = 0
    cursor: int = 0
    documents: int = 0
    columns: tuple[str, ...] = ()
    rows: int = 0
    built_at: dt.datetime | None = None


def _write_file(path: Path, content: bytes) -> None:
    """Put a file in its place in one step; a reader sees the old one or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_bytes(content)
    beside.replace(path)


def _read_state(folder: Path) -> _State:
    return msgspec.json.decode((folder / "state.json").read_bytes(), type=_State)


def _write_state(folder: Path, state: _State) -> None:
    _write_file(folder / "state.json", msgspec.json.encode(state))


@contextlib.contextmanager
def _unavailable_on_failure() -> Iterator[None]:
    """A broken or vanished index is an engine that is down, whatever tantivy calls it."""
    try:
        yield
    except (OSError, ValueError, msgspec.MsgspecError, RuntimeError) as error:
        raise SearchUnavailable(
            "The search index cannot be read: %(reason)s", reason=str(error)[:200]
        ) from error


class EmbeddedGeneration:
    """A generation in a folder; see `base.Generation`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self._folder.name

    def load(self, documents: Iterable[Document], *, cursor: int, now: dt.datetime) -> int:
        """Fill an empty generation and give the number of documents taken."""
        state = _read_state(self._folder)
        built = schema()
        writer = self._open(built).writer(LOAD_HEAP_BYTES, num_threads=1)
        codes = vocabulary()
        builder = Builder(codes)
        count = 0
        for document in documents:
            writer.add_document(to_tantivy(document, count, built))
            builder.add(document)
            count += 1
        (self._folder / "base-1.npz").write_bytes(encode(builder.arrays()))
        writer.commit()
        writer.wait_merging_threads()
        _write_state(
            self._folder,
            msgspec.structs.replace(
                state,
                vocabulary=codes,
                stamp=state.stamp + 1,
                cursor=cursor,
                documents=count,
                columns=("base-1.npz",),
                rows=count,
                built_at=now,
            ),
        )
        return count

    def apply(self, upserts: Sequence[Document], deletes: Sequence[Gone], *, cursor: int) -> None:
        """Put and take out documents, visible at once when this returns, then move the cursor."""
        state = _read_state(self._folder)
        if not upserts and not deletes:
            if cursor != state.cursor:
                _write_state(self._folder, msgspec.structs.replace(state, cursor=cursor))
            return
        built = schema()
        index = self._open(built)
        held = _held(index.searcher(), (*(each.id for each in upserts), *(each for each, _ in deletes)))
        fresh = [each for each in upserts if held.get(each.id, -1) < each.version]
        gone = [
            each for each, version in deletes if each in held and (version is None or version >= held[each])
        ]
        codes = {key: list(values) for key, values in state.vocabulary.items()}
        files = self._add_rows(state, fresh, codes)
        state = msgspec.structs.replace(
            state, vocabulary=codes, columns=files, rows=state.rows + len(fresh), stamp=state.stamp + 1
        )
        _write_state(self._folder, state)
        if fresh or gone:
            writer = index.writer(APPLY_HEAP_BYTES, num_threads=1)
            # a writer killed in its commit leaves files under the very names that this commit will use
            writer.garbage_collect_files()
            for identity in (*(each.id for each in fresh), *gone):
                writer.delete_documents_by_query(tantivy.Query.term_query(built, "id", str(identity)))
            for place, document in enumerate(fresh, start=state.rows - len(fresh)):
                writer.add_document(to_tantivy(document, place, built))
            writer.commit()
            writer.wait_merging_threads()
        index.reload()
        _write_state(
            self._folder,
            msgspec.structs.replace(
                state, stamp=state.stamp + 1, cursor=cursor, documents=index.searcher().num_docs
            ),
        )
        for path in self._folder.glob("*.npz"):
            if path.name not in files:
                path.unlink()

    def _open(self, built: tantivy.Schema) -> tantivy.Index:
        # opened anew for every batch: a writer made before another process's commit loses segments
        return register(tantivy.Index(built, path=str(self._folder / "tantivy")))

    def _add_rows(self, state: _State, fresh: list[Document], codes: Vocabulary) -> tuple[str, ...]:
        """The files that hold the rows once those of `fresh` are added."""
        if not fresh:
            return state.columns
        builder = Builder(codes)
        for document in fresh:
            builder.add(document)
        base, *rest = state.columns
        parts = [decode(self._folder / each) for each in rest] + [builder.arrays()]
        added = joined(parts)
        number = state.stamp + 1
        if len(added["id"]) < FOLD_IN_ROWS:
            name = f"added-{number}.npz"
            _write_file(self._folder / name, encode(added))
            return (base, name)
        name = f"base-{number}.npz"
        _write_file(self._folder / name, encode(joined([decode(self._folder / base), added])))
        return (name,)

    def versions(self) -> Iterator[tuple[int, int]]:
        """(id, row version) of every document, in order of id."""
        with _unavailable_on_failure():
            searcher = self._open(schema()).searcher()
            addresses = _addresses(searcher, tantivy.Query.all_query())
            ids = searcher.fast_field_values("provider", addresses)
            found = dict(zip(ids, searcher.fast_field_values("version", addresses), strict=True))
        return iter(sorted(found.items()))  # type: ignore[arg-type]

    def standing(self) -> Standing:
        """What is known of it now."""
        with _unavailable_on_failure():
            state = _read_state(self._folder)
            size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        return Standing(self.name, state.fingerprint, state.cursor, state.documents, size, state.built_at)


def _addresses(searcher: tantivy.Searcher, query: tantivy.Query) -> list[tantivy.DocAddress]:
    most = searcher.num_docs
    return [address for _, address in searcher.search(query, limit=most, count=False).hits] if most else []


def _rows(searcher: tantivy.Searcher, query: tantivy.Query) -> Numbers:
    """The rows that documents point to, ascending."""
    return np.sort(np.array(searcher.fast_field_values("row", _addresses(searcher, query)), dtype=np.int64))


def _held(searcher: tantivy.Searcher, ids: Iterable[int]) -> dict[int, int]:
    """The row versions of those providers that the index holds, by id."""
    held = {}
    for identity in ids:
        hits = searcher.search(tantivy.Query.term_query(schema(), "id", str(identity)), limit=1).hits
        if hits:
            held[identity] = int(searcher.fast_field_values("version", [hits[0][1]])[0])  # type: ignore[arg-type]
    return held


class _Kept:
    """The values computed last, by key; the one not used for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, compute: Callable[[], _Value]) -> _Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: _Value = self._values[key]
                return found
        value = compute()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


class _Snapshot:
    """A generation as it stood at one commit, with what was computed from it."""

    def __init__(self, index: tantivy.Index, columns: Columns) -> None:
        self.schema = index.schema
        self.searcher = index.searcher()
        self.columns = columns
        self._texts = _Kept(KEPT_TEXTS)
        self._counts = _Kept(KEPT_COUNTS)

    def rows(self, text: ParsedText) -> tuple[Numbers, NDArray[np.float32] | None, bool]:
        """Rows that match the words, ascending; their scores, None when all are equal; whether nearly."""
        if text.is_empty:
            return self._texts.get(
                None, lambda: (_rows(self.searcher, tantivy.Query.all_query()), None, False)
            )
        return self._texts.get(text, lambda: self._text_rows(text))

    @_unavailable_on_failure()
    def rows_with_name(self, beginning: str, limit: int) -> Numbers:
        """Rows with a folded name that begins so, ascending; of very many, those with the first names."""
        terms = [term for term, _ in self.searcher.terms_with_prefix("exact", beginning, limit=limit * 4)]
        if not terms:
            return np.zeros(0, dtype=np.int64)
        return _rows(self.searcher, tantivy.Query.term_set_query(self.schema, "exact", terms))

    @_unavailable_on_failure()
    def _text_rows(self, text: ParsedText) -> tuple[Numbers, NDArray[np.float32], bool]:
        nearly = False
        hits = self._hits(text_query(self.schema, text))
        if not hits and text.units:
            hits = self._hits(text_query(self.schema, text, nearly=True))
            nearly = bool(hits)
        rows = np.array(self.searcher.fast_field_values("row", [hit[1] for hit in hits]), dtype=np.int64)
        scores = np.fromiter((hit[0] for hit in hits), dtype=np.float32, count=len(hits))
        order = np.argsort(rows)
        return rows[order], scores[order], nearly

    def _hits(self, query: tantivy.Query) -> list[tuple[Any, tantivy.DocAddress]]:
        most = self.searcher.num_docs
        return self.searcher.search(query, limit=most, count=False).hits if most else []

    def facets(self, query: EngineQuery, selection: Selection) -> Facets:
        """Counts for the facets asked for; kept, because the next pages ask for the same."""
        filters = tuple((key, tuple(sorted(codes))) for key, codes in sorted(query.filters.items()))
        key = (query.text, filters, query.facets, query.today)
        return self._counts.get(key, lambda: selection.facets(query.facets))


class EmbeddedEngine:
    """The engine in a folder; see `base.SearchEngine`.

    Parameters
    ----------
    folder : Path
        Made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._snapshot: _Snapshot | None = None
        self._base: tuple[tuple[str, str], dict[str, NDArray[np.generic]]] | None = None

    @property
    def kind(self) -> str:
        """Name and version of the engine."""
        return KIND

    # Searching

    def search(self, query: EngineQuery) -> EngineAnswer:
        """Ids that match, best first, ties by `Document.tie`; the total; counts without the own filter."""
        snapshot = self._current_snapshot()
        rows, scores, nearly = snapshot.rows(query.text)
        selection = Selection(snapshot.columns, rows, query.filters, query.today.toordinal())
        places = selection.matching()
        ids = _in_order(snapshot.columns, rows, scores, places, query)
        facets = snapshot.facets(query, selection) if query.facets else {}
        return EngineAnswer(ids=ids, total=len(places), facets=facets, nearly=nearly)

    def suggest(self, beginning: str, limit: int = 10) -> tuple[int, ...]:
        """Ids of providers with a name that begins so, in alphabetical order."""
        folded = fold_name(beginning)
        if not folded:
            return ()
        snapshot = self._current_snapshot()
        rows = snapshot.rows_with_name(folded, limit)
        everything = EngineQuery(limit=limit, sort="name")
        return _in_order(snapshot.columns, rows, None, np.arange(len(rows)), everything)

    def check(self) -> None:
        """Return when a search would be answered."""
        self._current_snapshot()

    @_unavailable_on_failure()
    def _current_snapshot(self) -> _Snapshot:
        pointer = self._folder / "current"
        if not pointer.exists():
            raise SearchUnavailable("There is no search index yet")
        with self._lock:
            for attempt in range(OPEN_ATTEMPTS):
                name = pointer.read_text(encoding="ascii")
                try:
                    status = (self._folder / name / "state.json").stat()
                    seen = (name, status.st_mtime_ns, status.st_ino)
                    if self._snapshot is None or seen != self._seen:
                        self._snapshot = self._open(name)
                        self._seen = seen
                    return self._snapshot
                except (FileNotFoundError, ValueError):
                    # the writer replaced a file between our reading its name and opening it; tantivy says
                    # so with a ValueError
                    if attempt == OPEN_ATTEMPTS - 1:
                        raise
            raise AssertionError("the loop returns or raises")

    def _open(self, name: str) -> _Snapshot:
        folder = self._folder / name
        # the state first, then the index, and rows of columns never go away: at worst the index is the newer
        # one of the two, and then only by a commit whose rows the state held before
        state = _read_state(folder)
        index = register(tantivy.Index.open(str(folder / "tantivy")))
        base, *rest = state.columns
        if self._base is None or self._base[0] != (name, base):
            self._base = ((name, base), decode(folder / base))
        parts = [self._base[1], *(decode(folder / each) for each in rest)]
        return _Snapshot(index, Columns(joined(parts), state.vocabulary))

    # Generations

    def current(self) -> EmbeddedGeneration | None:
        """The generation that answers; None before the first."""
        pointer = self._folder / "current"
        if not pointer.exists():
            return None
        return EmbeddedGeneration(self._folder / pointer.read_text(encoding="ascii"))

    def create(self, name: str, fingerprint: str) -> EmbeddedGeneration:
        """A new, empty generation that does not answer yet."""
        folder = self._folder / name
        (folder / "tantivy").mkdir(parents=True)
        _write_state(folder, _State(name=name, fingerprint=fingerprint, vocabulary=vocabulary()))
        return EmbeddedGeneration(folder)

    def activate(self, name: str) -> None:
        """Let a generation answer from now on, in one step."""
        _write_file(self._folder / "current", name.encode("ascii"))

    def generations(self) -> tuple[Standing, ...]:
        """Every generation there is, oldest first."""
        if not self._folder.exists():
            return ()
        folders = sorted(path.parent for path in self._folder.glob("*/state.json"))
        return tuple(EmbeddedGeneration(folder).standing() for folder in folders)

    def drop(self, name: str) -> None:
        """Remove a generation that does not answer."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def close(self) -> None:
        """Let go of files."""
        with self._lock:
            self._snapshot = None
            self._base = None


def _in_order(
    columns: Columns, rows: Numbers, scores: NDArray[np.float32] | None, places: Numbers, query: EngineQuery
) -> tuple[int, ...]:
    """Ids of one page of the places, in the order asked for."""
    most = query.offset + query.limit
    chosen = rows[places]
    if query.sort == "name":
        names = columns.arrays["name"][chosen]
        # the first eight bytes as a number sort as the names do; the rest decides among the few that remain
        keys = np.ascontiguousarray(names.astype("S8")).view(">u8").astype(np.uint64)
    elif scores is None:
        keys = columns.arrays["tie"][chosen].astype(np.uint64)
    else:
        # the bits of a positive float sort as the float does
        falling = ~np.ascontiguousarray(scores[places]).view(np.uint32)
        keys = (falling.astype(np.uint64) << np.uint64(32)) | columns.arrays["tie"][chosen].astype(np.uint64)
    if len(keys) > most:
        last = np.partition(keys, most - 1)[most - 1]
        near = np.flatnonzero(keys <= last)
        chosen, keys = chosen[near], keys[near]
    ids = columns.arrays["id"][chosen]
    if query.sort == "name":
        order = np.lexsort((ids, columns.arrays["tie"][chosen], columns.arrays["name"][chosen]))
    else:
        order = np.lexsort((ids, keys))
    return tuple(ids[order][query.offset : most].tolist())
