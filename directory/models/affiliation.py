"""Affiliations: which person works at which provider."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base


class Affiliation(Base):
    """A person at a provider. Only a confirmed one is evidence of anything."""

    __tablename__ = "affiliation"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    confirmed: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[dt.date | None]

    __table_args__ = (UniqueConstraint("provider_id", "person_id"),)
