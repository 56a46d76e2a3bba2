"""The change log, as the index follows it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.models import ChangeLog


def after(session: Session, cursor: int, limit: int) -> list[tuple[int, int]]:
    """(change id, provider id) of changes after a cursor, oldest first, at most `limit`."""
    query = (
        select(ChangeLog.id, ChangeLog.provider_id)
        .where(ChangeLog.id > cursor)
        .order_by(ChangeLog.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def latest(session: Session) -> int:
    """Id of the newest change; 0 when there is none."""
    return session.scalar(select(func.max(ChangeLog.id))) or 0


def count_after(session: Session, cursor: int) -> int:
    """How many changes wait after a cursor."""
    return session.scalar(select(func.count()).select_from(ChangeLog).where(ChangeLog.id > cursor)) or 0
