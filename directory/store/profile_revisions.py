"""Reading and writing profile revisions, and who acts for a provider."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from directory.models import ProfileRevision, Provider, ProviderMember
from directory.rules.profile import Waiting, waiting_as_json, waiting_from_json
from directory.types import ProviderRecord


class StoredRevision(msgspec.Struct, frozen=True):
    """A saved version of a profile: what was live after it, and what waited."""

    number: int
    made_at: dt.datetime
    made_by: int | None
    record: ProviderRecord
    waiting: Waiting
    state: str


def latest(session: Session, provider_id: int) -> StoredRevision | None:
    """The newest revision; None when the profile was never edited here."""
    found = of_provider(session, provider_id, limit=1)
    return found[0] if found else None


def of_provider(session: Session, provider_id: int, *, limit: int = 50) -> list[StoredRevision]:
    """A provider's revisions, newest first."""
    query = select(ProfileRevision).where(ProfileRevision.provider_id == provider_id)
    rows = session.scalars(query.order_by(ProfileRevision.number.desc()).limit(limit))
    return [_stored(row) for row in rows]


def add(
    session: Session,
    provider_id: int,
    *,
    made_at: dt.datetime,
    made_by: int | None,
    record: ProviderRecord,
    waiting: Waiting,
) -> int:
    """Add a revision after the newest, which it supersedes.

    Returns
    -------
    int
        Its number, from 1.
    """
    last = latest(session, provider_id)
    session.execute(
        update(ProfileRevision)
        .where(ProfileRevision.provider_id == provider_id, ProfileRevision.state != "superseded")
        .values(state="superseded")
    )
    values: dict[str, Any] = {
        "provider_id": provider_id,
        "number": last.number + 1 if last else 1,
        "made_at": made_at,
        "made_by": made_by,
        "record": msgspec.to_builtins(record),
        "waiting": waiting_as_json(waiting),
        "state": "waiting" if waiting else "live",
    }
    session.execute(insert(ProfileRevision).values(values))
    number: int = values["number"]
    return number


def member_role(session: Session, provider_id: int, account_id: int | None) -> str | None:
    """As what an account acts for a provider (owner, editor, delegate); None when it does not."""
    if account_id is None:
        return None
    member = session.get(ProviderMember, (provider_id, account_id))
    return member.role if member else None


def provider_refs(session: Session, account_id: int) -> list[str]:
    """Refs of the providers an account acts for, in order of ref."""
    query = select(Provider.ref).join(ProviderMember, ProviderMember.provider_id == Provider.id)
    return list(session.scalars(query.where(ProviderMember.account_id == account_id).order_by(Provider.ref)))


def _stored(row: ProfileRevision) -> StoredRevision:
    return StoredRevision(
        number=row.number,
        made_at=row.made_at,
        made_by=row.made_by,
        record=msgspec.convert(row.record, ProviderRecord),
        waiting=waiting_from_json(row.waiting),
        state=row.state,
    )
