"""Credentials: what an official register says of a provider or a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.db import Base, Json


class Credential(Base):
    """A register entry of exactly one provider or person. Without `checked_on` it is his own word."""

    __tablename__ = "credential"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    register: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(80))
    status: Mapped[str | None] = mapped_column(String(20))
    rights: Mapped[Any] = mapped_column(Json)
    instructable: Mapped[bool | None]
    checked_on: Mapped[dt.date | None]
    grade: Mapped[str | None] = mapped_column(String(10))

    __table_args__ = (
        CheckConstraint("(provider_id IS NULL) <> (person_id IS NULL)", name="one_holder"),
        Index("ix_credential_register_number", "register", "number"),
    )


class CredentialOffice(Base):
    """An office that a credential names."""

    __tablename__ = "credential_office"

    credential_id: Mapped[int] = mapped_column(
        ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True
    )
    office: Mapped[str] = mapped_column(String(8), primary_key=True)
    position: Mapped[int]
