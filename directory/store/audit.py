"""The audit trail: reading it, and checking that nobody changed it."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from directory.models import AuditEvent
from directory.store.unit_of_work import chain_hash

_CHAINED = ("at", "actor_id", "actor", "verb", "subject_type", "subject_ref", "detail")


class Anchor(NamedTuple):
    """The head of the trail at some moment, kept outside the database so that a cut tail shows."""

    id: int
    hash: str


class Verdict(NamedTuple):
    """Whether the trail is whole: `bad_id` is the first row that is not, None when all are."""

    rows: int
    bad_id: int | None
    reason: str | None


class StoredEvent(NamedTuple):
    """One row of the trail."""

    id: int
    at: dt.datetime
    actor: str
    verb: str
    subject_type: str
    subject_ref: str
    detail: dict[str, object]


def events(
    session: Session,
    *,
    subject_type: str = "",
    subject_ref: str = "",
    verb: str = "",
    actor: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[StoredEvent]]:
    """How many events there are, and a page of them, newest first; an empty filter means any."""
    wanted: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (AuditEvent.subject_type, subject_type),
            (AuditEvent.subject_ref, subject_ref),
            (AuditEvent.verb, verb),
            (AuditEvent.actor, actor),
        )
        if value
    ]
    total = session.scalar(select(func.count()).select_from(AuditEvent).where(*wanted)) or 0
    query = select(*(getattr(AuditEvent, name) for name in StoredEvent._fields)).where(*wanted)
    rows = session.execute(query.order_by(AuditEvent.id.desc()).offset(offset).limit(limit))
    return total, [StoredEvent(*row) for row in rows]


def choices(session: Session) -> dict[str, list[str]]:
    """The kinds of subject and the verbs that occur, for the filters of the page."""
    return {
        name: list(
            session.scalars(select(getattr(AuditEvent, name)).distinct().order_by(getattr(AuditEvent, name)))
        )
        for name in ("subject_type", "verb")
    }


def head(session: Session) -> Anchor | None:
    """The newest row; None for an empty trail."""
    row = session.execute(
        select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else Anchor(*row)


def verify(session: Session, *, audit_key: str, anchors: list[Anchor] | None = None) -> Verdict:
    """Whether every row still hashes to what it was chained with.

    Parameters
    ----------
    audit_key : str
        The key the trail was written with.
    anchors : list of Anchor, optional
        Heads noted earlier outside the database; one that is gone or differs betrays a cut or rewritten tail.

    Returns
    -------
    Verdict
        With the first bad row: an edited one itself; for a deleted or swapped one, the first after it that
        does not follow from the row before.
    """
    key, previous, count = audit_key.encode(), "", 0
    expected = {anchor.id: anchor.hash for anchor in anchors or ()}
    query = select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)
    last_id = 0
    for event in session.scalars(query):
        content = {name: getattr(event, name) for name in _CHAINED}
        if event.previous_hash != previous:
            return Verdict(count, event.id, "does not follow from the row before it")
        if not hmac.compare_digest(event.hash, chain_hash(key, previous, content)):
            return Verdict(count, event.id, "was changed")
        if expected.pop(event.id, event.hash) != event.hash:
            return Verdict(count, event.id, "differs from the anchor noted for it")
        previous, last_id, count = event.hash, event.id, count + 1
    if expected:
        return Verdict(count, min(expected), f"is missing; the trail ends at row {last_id}")
    return Verdict(count, None, None)
