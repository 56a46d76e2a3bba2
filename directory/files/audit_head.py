"""The newest audit row, noted outside the database, so that a cut tail of the trail shows.

One row is enough: its hash stands for every row before it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class AuditHead(msgspec.Struct, frozen=True):
    """Number and hash of the row that was newest."""

    id: int
    hash: str


def note(path: Path, head: AuditHead) -> None:
    """Put `head` in place of the one noted before."""
    waiting = path.with_suffix(".new")
    waiting.write_bytes(msgspec.json.encode(head))
    waiting.replace(path)


def read(path: Path) -> AuditHead | None:
    """What was noted last; None when nothing was.

    A file that cannot be read counts as a head that no row has: somebody meddled with it.
    """
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=AuditHead)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return AuditHead(0, "unreadable")
