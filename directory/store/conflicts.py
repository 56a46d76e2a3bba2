"""Providers' conflict lists: sealed, and opened only to screen an enquiry or for the provider himself."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

import msgspec
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from directory.models import ConflictEntry, ProviderMember
from directory.types import ConflictParty


class Seal:
    """Closes and opens conflict parties.

    Parameters
    ----------
    key : str
        CONFLICTS_KEY, of any length; the key of the cipher is derived from it (HKDF, RFC 5869).
    """

    def __init__(self, key: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"conflict parties").derive(key.encode())
        self._cipher = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, party: ConflictParty) -> bytes:
        """The party as bytes that only the key opens."""
        return self._cipher.encrypt(msgspec.json.encode(party))

    def open(self, sealed: bytes) -> ConflictParty:
        """The party again; raises cryptography's InvalidToken when the key is another."""
        return msgspec.json.decode(self._cipher.decrypt(sealed), type=ConflictParty)


def replace(session: Session, provider_id: int, parties: Sequence[ConflictParty], seal: Seal) -> None:
    """Put `parties` in the place of a provider's conflict list."""
    session.execute(delete(ConflictEntry).where(ConflictEntry.provider_id == provider_id))
    if parties:
        session.execute(
            insert(ConflictEntry),
            [{"provider_id": provider_id, "sealed": seal.close(party)} for party in parties],
        )


def of_providers(session: Session, provider_ids: Iterable[int], seal: Seal) -> dict[int, list[ConflictParty]]:
    """Conflict lists, opened, each in the order it was given, by provider; empty ones are left out."""
    found: dict[int, list[ConflictParty]] = {}
    query = select(ConflictEntry.provider_id, ConflictEntry.sealed)
    query = query.where(ConflictEntry.provider_id.in_(list(provider_ids))).order_by(ConflictEntry.id)
    for row in session.execute(query):
        found.setdefault(row.provider_id, []).append(seal.open(row.sealed))
    return found


def claimed(session: Session, provider_ids: Iterable[int]) -> set[int]:
    """Those of the providers that some account acts for; their conflict list is theirs alone to change."""
    query = select(ProviderMember.provider_id).where(ProviderMember.provider_id.in_(list(provider_ids)))
    return set(session.scalars(query))
