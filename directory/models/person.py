"""Persons: practitioners."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class Person(Base):
    """A practitioner, wherever he works."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[dt.datetime]
