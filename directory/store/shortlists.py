"""Shortlists as they were shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from directory.models import Shortlist


class StoredShortlist(msgspec.Struct, frozen=True):
    """A shortlist: `inputs` is all that is needed to compute it again, `result` what was shown."""

    id: int
    need_id: int
    need_version: int
    made_at: dt.datetime
    model_name: str
    model_version: str
    methodology: str
    inputs: Any
    result: Any


def save(
    session: Session,
    *,
    need_id: int,
    need_version: int,
    made_at: dt.datetime,
    model_name: str,
    model_version: str,
    methodology: str,
    inputs: Any,
    result: Any,
) -> int:
    """Keep a shortlist.

    Returns
    -------
    int
        Its id.
    """
    values = {
        "need_id": need_id,
        "need_version": need_version,
        "made_at": made_at,
        "model_name": model_name,
        "model_version": model_version,
        "methodology": methodology,
        "inputs": inputs,
        "result": result,
    }
    return session.execute(insert(Shortlist).values(values).returning(Shortlist.id)).scalar_one()


def by_id(session: Session, shortlist_id: int) -> StoredShortlist | None:
    """A shortlist; None when there is none of this id."""
    return _stored(session.get(Shortlist, shortlist_id))


def latest(session: Session, need_id: int) -> StoredShortlist | None:
    """The newest shortlist of a need; None when none was made."""
    query = select(Shortlist).where(Shortlist.need_id == need_id).order_by(Shortlist.id.desc()).limit(1)
    return _stored(session.scalar(query))


class MadeShortlist(msgspec.Struct, frozen=True):
    """A shortlist in a list of them: which, of which version of the need, when and by which model."""

    id: int
    need_version: int
    made_at: dt.datetime
    model_name: str
    model_version: str


def of_need(session: Session, need_id: int) -> list[MadeShortlist]:
    """The shortlists of a need, newest first."""
    columns = (getattr(Shortlist, name) for name in MadeShortlist.__struct_fields__)
    query = select(*columns).where(Shortlist.need_id == need_id).order_by(Shortlist.id.desc())
    return [MadeShortlist(*row) for row in session.execute(query)]


def _stored(row: Shortlist | None) -> StoredShortlist | None:
    if row is None:
        return None
    return StoredShortlist(**{name: getattr(row, name) for name in StoredShortlist.__struct_fields__})
