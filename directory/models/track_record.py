"""The track record of a provider: matters, outcomes and client references."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class Matter(Base):
    """A piece of past work, anonymised, as the provider tells it."""

    __tablename__ = "matter"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    ipc: Mapped[Any] = mapped_column(Json)
    locarno: Mapped[Any] = mapped_column(Json)
    nice: Mapped[Any] = mapped_column(Json)
    office: Mapped[str | None] = mapped_column(String(8))
    date: Mapped[dt.date | None]
    client_country: Mapped[str | None] = mapped_column(String(8))


class Outcome(Base):
    """Successes out of n for one measure of one service x right, with window and source."""

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    service: Mapped[str] = mapped_column(String(10))
    right: Mapped[str] = mapped_column(String(30))
    measure: Mapped[str] = mapped_column(String(40))
    successes: Mapped[int]
    n: Mapped[int]
    window: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(40))


class ClientReference(Base):
    """A client's word on one service, as a score on a scale."""

    __tablename__ = "client_reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    service: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    scale: Mapped[float]
    month: Mapped[str | None] = mapped_column(String(7))
    engagement_verified: Mapped[bool] = mapped_column(default=False)
