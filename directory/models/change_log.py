"""The change log: which provider changed, in commit order; the index follows it."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base


class ChangeLog(Base):
    """One row a change and provider; no payload, because the follower re-reads the provider."""

    __tablename__ = "change_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int]

    # AUTOINCREMENT: SQLite would otherwise give a deleted last id out again, and a cursor would skip it
    __table_args__ = (Index("ix_change_log_provider_id", "provider_id"), {"sqlite_autoincrement": True})
