"""Giving out what is stored, in the exchange formats."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from directory.db import Session
from directory.rules.exchange import whole
from directory.store import providers


def export_providers(session: Session) -> Iterator[bytes]:
    """Every provider as a line of providers.jsonl, newline included, in the order in which they came in.

    Every key is there, so that importing the lines elsewhere gives the same records, except conflict
    parties, which are never given out.
    """
    for batch in providers.stream(session):
        for stored in batch:
            yield msgspec.json.encode(whole(stored.record)) + b"\n"
