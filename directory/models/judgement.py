"""Judgements: how well a provider suits a need, said by somebody who can know."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base


class Judgement(Base):
    """A grade of 0 to 4. Need and provider are kept by ref, so that re-importing them loses no judgement."""

    __tablename__ = "judgement"

    id: Mapped[int] = mapped_column(primary_key=True)
    need_ref: Mapped[str] = mapped_column(String(80), index=True)
    provider_ref: Mapped[str] = mapped_column(String(80), index=True)
    grade: Mapped[int]
    source: Mapped[str] = mapped_column(String(30))
    judge: Mapped[str] = mapped_column(String(80))
    made_on: Mapped[dt.date | None]

    __table_args__ = (UniqueConstraint("need_ref", "provider_ref", "source", "judge"),)
