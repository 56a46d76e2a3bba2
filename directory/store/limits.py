"""How often something may be tried: counted in the database, so that it holds over processes."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from directory.errors import TooMany
from directory.models import RateCount

_KEPT = dt.timedelta(days=1)
"""Counts older than this are of no window in use and are dropped."""


def key(what: str, whom: str) -> str:
    """The key of a count: what is tried, and a digest of whose tries they are, since that may be personal."""
    return f"{what}:{hashlib.sha256(whom.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def charge(session: Session, name: str, *, now: dt.datetime, window: dt.timedelta, limit: int) -> None:
    """Count one more try in the present window.

    The row stays locked to the end of the transaction, so that tries made at once are counted one by one.

    Parameters
    ----------
    name : str
        From `key`.
    limit : int
        Tries allowed in a window; a refused try is not counted, so that nobody is locked out for good.

    Raises
    ------
    TooMany
        When the limit was reached; says in how many seconds the window ends.
    """
    start = _start(now, window)
    session.execute(delete(RateCount).where(RateCount.window_start < now - _KEPT))
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(RateCount)
    counted = session.scalar(
        insert.values(key=name, window_start=start, count=1)
        .on_conflict_do_update(
            index_elements=[RateCount.key, RateCount.window_start], set_={"count": RateCount.count + 1}
        )
        .returning(RateCount.count)
    )
    if counted is not None and counted > limit:
        raise TooMany(max(1, int((start + window - now).total_seconds())))


def take_back(session: Session, name: str, *, now: dt.datetime, window: dt.timedelta) -> None:
    """Uncount one try of the present window, because it was a good one."""
    present = (RateCount.key == name, RateCount.window_start == _start(now, window), RateCount.count > 0)
    session.execute(update(RateCount).where(*present).values(count=RateCount.count - 1))


def _start(now: dt.datetime, window: dt.timedelta) -> dt.datetime:
    seconds = int(window.total_seconds())
    return dt.datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=dt.UTC)


def clear(session: Session, name: str) -> None:
    """Forget the tries of a key."""
    session.execute(delete(RateCount).where(RateCount.key == name))
