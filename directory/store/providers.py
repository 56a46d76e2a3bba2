"""Reading and writing providers as whole records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.models import Provider
from directory.types import ProviderRecord, StoredProvider

_decoder = msgspec.json.Decoder(ProviderRecord)

_COLUMNS = (Provider.id, Provider.row_version, Provider.record, Provider.updated_at)


def _stored(row: Sequence[object]) -> StoredProvider:
    identity, version, record, updated_at = row
    return StoredProvider(identity, version, _decoder.decode(record), updated_at)  # type: ignore[arg-type]


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, StoredProvider]:
    """Providers by id, in the order asked for; ids that no longer exist are left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[int, StoredProvider] = {}
    for start in range(0, len(wanted), 500):
        query = select(*_COLUMNS).where(Provider.id.in_(wanted[start : start + 500]))
        found.update((row[0], _stored(row)) for row in session.execute(query))
    return {each: found[each] for each in wanted if each in found}


def by_refs(session: Session, refs: Iterable[str]) -> dict[str, StoredProvider]:
    """Providers by ref, in the order asked for; unknown refs are left out."""
    wanted = list(dict.fromkeys(refs))
    found: dict[str, StoredProvider] = {}
    for start in range(0, len(wanted), 500):
        query = select(*_COLUMNS).where(Provider.ref.in_(wanted[start : start + 500]))
        for row in session.execute(query):
            stored = _stored(row)
            found[stored.record.ref] = stored
    return {each: found[each] for each in wanted if each in found}


def stream(session: Session, *, after: int = 0, batch: int = 1000) -> Iterator[list[StoredProvider]]:
    """Every provider in order of id, in batches, each batch a query of its own.

    Parameters
    ----------
    after : int
        Only ids above this.
    batch : int
        Providers in one batch; bounds the memory used.
    """
    while True:
        query = select(*_COLUMNS).where(Provider.id > after).order_by(Provider.id).limit(batch)
        rows = [_stored(row) for row in session.execute(query)]
        if not rows:
            return
        yield rows
        after = rows[-1].id


def count(session: Session) -> int:
    """How many providers there are, in any state."""
    return session.scalar(select(func.count()).select_from(Provider)) or 0


def versions(session: Session, *, after: int = 0, batch: int = 10_000) -> Iterator[list[tuple[int, int]]]:
    """(id, row version) of every provider in order of id, in batches."""
    while True:
        query = (
            select(Provider.id, Provider.row_version)
            .where(Provider.id > after)
            .order_by(Provider.id)
            .limit(batch)
        )
        rows = [(row[0], row[1]) for row in session.execute(query)]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def latest_update(session: Session) -> dt.datetime | None:
    """When any provider was changed last; None in an empty directory."""
    return session.scalar(select(func.max(Provider.updated_at)))
