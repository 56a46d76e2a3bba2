"""Profile revisions: every saved version of a profile, never changed afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class ProfileRevision(Base):
    """What a profile said after an edit: `record` is live, `waiting` has to pass vetting first."""

    __tablename__ = "profile_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    record: Mapped[Any] = mapped_column(Json)
    waiting: Mapped[Any] = mapped_column(Json, nullable=True)
    """Material values that are not live yet: {"service_lines": [...], "credentials": [...]}, or None."""
    state: Mapped[str] = mapped_column(String(20))
    """live, waiting (live in its small fields, its material ones waiting), superseded"""

    __table_args__ = (UniqueConstraint("provider_id", "number"),)
