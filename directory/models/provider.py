"""Providers: what is listed, searched and matched."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class Provider(Base):
    """An organisation, or a person practising alone.

    `record` is the whole record as JSON in the exchange format, written in the same transaction as
    the rows it is made of (docs/decisions/0002): reading a provider is one row, and a rebuild of the
    index streams one column. `row_version` goes up with every change and orders index writes.
    """

    __tablename__ = "provider"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(80), unique=True)
    form: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    sort_name: Mapped[str] = mapped_column(String(300), index=True)
    name: Mapped[Any] = mapped_column(Json)
    aliases: Mapped[Any] = mapped_column(Json)
    summary: Mapped[Any] = mapped_column(Json)
    sub_kinds: Mapped[Any] = mapped_column(Json)
    industries: Mapped[Any] = mapped_column(Json)
    owned_by: Mapped[Any] = mapped_column(Json)
    city: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(8))
    website: Mapped[str | None] = mapped_column(String(500))
    register_domain: Mapped[str | None] = mapped_column(String(255))
    founded: Mapped[int | None]
    insurance_limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    insurance_currency: Mapped[str | None] = mapped_column(String(3))
    insurance_until: Mapped[dt.date | None]
    median_first_reply_hours: Mapped[float | None]
    replies_n: Mapped[int | None]
    accepts_new: Mapped[bool] = mapped_column(default=True)
    sponsored: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    record: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_provider_gates", "id", "state", "kind", "accepts_new"),)


class ProviderLanguage(Base):
    """A language a provider works in, with its level (speak < draft < plead)."""

    __tablename__ = "provider_language"

    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]


class ConflictEntry(Base):
    """One party of a provider's conflict list, sealed: only the provider's own screen can open it."""

    __tablename__ = "conflict_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
