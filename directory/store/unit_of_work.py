"""A change, its audit events and its change-log rows: one transaction or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterable
from types import TracebackType

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from directory.models import AuditEvent, ChangeLog
from directory.types import Actor

_LOG_LOCK = 4_102_001
"""Key of PostgreSQL's advisory lock. It is taken just before ids of the log are drawn and held to the commit,
so that ids become visible in commit order and no follower's cursor passes one that is still to come."""


class Event(msgspec.Struct, frozen=True):
    """An audit event that waits for the commit."""

    actor: Actor
    verb: str
    subject_type: str
    subject_ref: str
    detail: dict[str, object]


class UnitOfWork:
    """One transaction. Rolled back unless `commit` was called.

    Parameters
    ----------
    sessions : sessionmaker
        From `db.writing_sessions`.
    now : callable
        Gives the moment that events are dated with (a clock's `now`).
    audit_key : str
        Key of the audit chain's hashes, kept outside the database.
    on_commit : callable
        Called after a commit that changed a provider; nudges the indexer. It must not raise.
    """

    session: Session

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        now: Callable[[], dt.datetime],
        audit_key: str,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._audit_key = audit_key.encode()
        self._on_commit = on_commit
        self._events: list[Event] = []
        self._touched: dict[int, None] = {}

    def __enter__(self) -> UnitOfWork:
        self.session = self._sessions()
        self._events.clear()
        self._touched.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def touch(self, provider_ids: Iterable[int]) -> None:
        """Note that these providers change in this transaction, so that the index re-reads them."""
        self._touched.update(dict.fromkeys(provider_ids))

    def record(self, actor: Actor, verb: str, subject_type: str, subject_ref: str, **detail: object) -> None:
        """Note an audit event; it is written by the commit, chained to the last one."""
        self._events.append(Event(actor, verb, subject_type, subject_ref, detail))

    def commit(self) -> None:
        """Write the noted events and change-log rows, and make everything permanent."""
        self.session.flush()
        changed = bool(self._touched)
        if self._events or changed:
            if self.session.get_bind().dialect.name == "postgresql":
                self.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOG_LOCK})
            self._write_events()
            if changed:
                self.session.execute(insert(ChangeLog), [{"provider_id": each} for each in self._touched])
        self.session.commit()
        self._events.clear()
        self._touched.clear()
        if changed:
            self._on_commit()

    def _write_events(self) -> None:
        if not self._events:
            return
        last = self.session.scalar(select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)) or ""
        rows = []
        for event in self._events:
            row: dict[str, object] = {
                "at": self._now(),
                "actor_id": event.actor.account_id,
                "actor": event.actor.name,
                "verb": event.verb,
                "subject_type": event.subject_type,
                "subject_ref": event.subject_ref,
                "detail": event.detail,
            }
            last_before, last = last, chain_hash(self._audit_key, last, row)
            rows.append(row | {"previous_hash": last_before, "hash": last})
        self.session.execute(insert(AuditEvent), rows)


def chain_hash(key: bytes, previous: str, row: dict[str, object]) -> str:
    """The hash of an audit row: HMAC-SHA256 over the former hash and the row's values, in hexadecimal."""
    content = msgspec.json.encode([previous, *(row[name] for name in sorted(row))], order="sorted")
    return hmac.new(key, content, hashlib.sha256).hexdigest()
