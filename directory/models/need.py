"""Needs and the shortlists that were made for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class Need(Base):
    """What an owner asks. `stated` holds the brief keys that are his own word; others stand in `text`."""

    __tablename__ = "need"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(80), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    stated: Mapped[Any] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20), default="open")
    """draft, open, withdrawn or closed"""
    engaged_ref: Mapped[str | None] = mapped_column(String(80))
    """The provider the owner says he engaged, when the need is closed."""
    administrators_may_read: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class Shortlist(Base):
    """A shortlist as it was shown, with all that is needed to compute it again to the same order."""

    __tablename__ = "shortlist"

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id", ondelete="CASCADE"), index=True)
    need_version: Mapped[int]
    made_at: Mapped[dt.datetime]
    model_name: Mapped[str] = mapped_column(String(40))
    model_version: Mapped[str] = mapped_column(String(80))
    methodology: Mapped[str] = mapped_column(String(40))
    inputs: Mapped[Any] = mapped_column(Json)
    result: Mapped[Any] = mapped_column(Json)
