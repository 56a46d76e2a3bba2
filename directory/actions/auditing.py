"""Guarding the audit trail: its newest row is noted outside the database and checked against."""

from __future__ import annotations

from pathlib import Path

import structlog

from directory.db import Session
from directory.files import audit_head
from directory.files.audit_head import AuditHead
from directory.store import audit
from directory.store.audit import Verdict

log = structlog.get_logger()

NAME = "audit-head.json"


def note_audit_head(session: Session, folder: Path) -> bool:
    """Note the newest row of the trail in `folder` and in the log; whether there was a new one.

    A step of the worker. The log is the second witness: whoever can write the folder may not reach it.
    """
    newest = audit.head(session)
    if newest is None:
        return False
    head = AuditHead(newest.id, newest.hash)
    path = folder / NAME
    if audit_head.read(path) == head:
        return False
    audit_head.note(path, head)
    log.info("audit head", row=head.id, hash=head.hash)
    return True


def verify_audit_trail(session: Session, folder: Path, *, audit_key: str) -> Verdict:
    """Whether every row of the trail is as it was written, and none is missing at its end."""
    noted = audit_head.read(folder / NAME)
    expected = [] if noted is None else [audit.Anchor(noted.id, noted.hash)]
    return audit.verify(session, audit_key=audit_key, anchors=expected)
