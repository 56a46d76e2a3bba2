"""Service lines: what a provider offers, service x right, and where. Vetting is per line."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class ServiceLine(Base):
    """One service for one IP right, with its fee and its vetting state."""

    __tablename__ = "service_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"))
    position: Mapped[int]
    service: Mapped[str] = mapped_column(String(10))
    right: Mapped[str] = mapped_column(String(30))
    fields: Mapped[Any] = mapped_column(Json)
    field_mask: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bit n-1 stands for technology field n, so that SQL can compare fields."""
    nice: Mapped[Any] = mapped_column(Json)
    fee_model: Mapped[str | None] = mapped_column(String(20))
    fee_min_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_max_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_unit: Mapped[str | None] = mapped_column(String(10))
    rate_percent: Mapped[float | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    purposes: Mapped[Any] = mapped_column(Json)
    state: Mapped[str | None] = mapped_column(String(20))
    """Vetting state; None = no vetting was ever given (works as not vetted)."""
    until: Mapped[dt.date | None]
    """Last day on which a vetting holds; None = no end."""

    __table_args__ = (
        # both answer from the index alone: "who offers this", and "what does each provider offer"
        Index("ix_service_line_offer", "service", "right", "state", "until", "field_mask", "provider_id"),
        Index("ix_service_line_gates", "provider_id", "service", "right", "state", "until"),
    )


class LineOffice(Base):
    """An office a line covers. What the line says of service, right, provider, vetting and fields stands
    here too, so that one index answers "who does this, for this right, there, with a current vetting, and
    how near is his field": a shortlist scans tens of thousands of these rows. Both are written together."""

    __tablename__ = "line_office"

    line_id: Mapped[int] = mapped_column(ForeignKey("service_line.id", ondelete="CASCADE"), primary_key=True)
    office: Mapped[str] = mapped_column(String(8), primary_key=True)
    position: Mapped[int]
    service: Mapped[str] = mapped_column(String(10))
    right: Mapped[str] = mapped_column(String(30))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    state: Mapped[str | None] = mapped_column(String(20))
    until: Mapped[dt.date | None]
    field_mask: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (
        Index(
            "ix_line_office_element",
            "service", "right", "office", "state", "until", "field_mask", "provider_id", "line_id",
        ),
    )  # fmt: skip
