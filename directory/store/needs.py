"""Reading and writing needs. Who may read one is decided here, once (`visible`)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.orm import Session

from directory.errors import NotFound
from directory.models import Need, Owner, OwnerMember
from directory.types import Actor


class StoredNeed(msgspec.Struct, frozen=True):
    """A need as the database holds it.

    `stated` holds the brief keys that are the owner's own word, as they were given; every other one is
    read from `text`. `version` goes up with every change of either.
    """

    id: int
    ref: str
    owner_id: int
    owner_name: str
    language: str
    text: str
    stated: dict[str, Any]
    state: str
    version: int
    engaged_ref: str | None
    administrators_may_read: bool
    created_by: int | None
    created_at: dt.datetime
    updated_at: dt.datetime


_COLUMNS = (
    Need.id, Need.ref, Need.owner_id, Owner.name.label("owner_name"), Need.language, Need.text,
    Need.stated, Need.state, Need.version, Need.engaged_ref, Need.administrators_may_read, Need.created_by,
    Need.created_at, Need.updated_at,
)  # fmt: skip


def _select() -> Select[Any]:
    return select(*_COLUMNS).join(Owner, Owner.id == Need.owner_id)


def _stored(row: Row[Any]) -> StoredNeed:
    return StoredNeed(**row._mapping)


def by_ref(session: Session, ref: str) -> StoredNeed | None:
    """A need, whoever asks: for commands and the system; pages ask `visible`."""
    row = session.execute(_select().where(Need.ref == ref)).first()
    return None if row is None else _stored(row)


def visible(session: Session, ref: str, actor: Actor) -> StoredNeed:
    """A need, for somebody who may read it.

    Those are the members of the organisation that owns it, and administrators when it consented.

    Raises
    ------
    NotFound
        When there is none of this ref, or `actor` may not know of it.
    """
    need = by_ref(session, ref)
    if need is None or not _may_read(session, need, actor):
        raise NotFound(ref)
    return need


def of_account(session: Session, account_id: int) -> list[StoredNeed]:
    """The needs of every organisation the account acts for, newest first."""
    query = (
        _select()
        .join(OwnerMember, OwnerMember.owner_id == Need.owner_id)
        .where(OwnerMember.account_id == account_id)
        .order_by(Need.created_at.desc(), Need.id.desc())
    )
    return [_stored(row) for row in session.execute(query)]


def add(session: Session, values: dict[str, Any]) -> int:
    """Insert a need.

    Returns
    -------
    int
        Its id.
    """
    return session.execute(insert(Need).values(values).returning(Need.id)).scalar_one()


def change(session: Session, need_id: int, version: int, values: dict[str, Any]) -> bool:
    """Change a need if it still has `version`; whether it had."""
    changed = session.execute(
        update(Need).where(Need.id == need_id, Need.version == version).values(values).returning(Need.id)
    )
    return changed.first() is not None


def _may_read(session: Session, need: StoredNeed, actor: Actor) -> bool:
    if actor.is_administrator and need.administrators_may_read:
        return True
    if actor.account_id is None:
        return False
    return session.get(OwnerMember, (need.owner_id, actor.account_id)) is not None
