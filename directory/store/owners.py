"""Owner organisations and who acts for them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from directory.models import Owner, OwnerMember

OwnerRole = Literal["reader", "editor"]


def without_members(session: Session, name: str, *, now: dt.datetime) -> int:
    """The owner of this name that no account acts for; made when there is none.

    An import names owners by words alone, and a name proves nothing: whoever signed up under the
    same name must not come by needs that were imported for another.
    """
    members = exists().where(OwnerMember.owner_id == Owner.id)
    found = session.scalar(select(Owner.id).where(Owner.name == name, ~members).order_by(Owner.id).limit(1))
    return found if found is not None else add(session, name, now=now)


def add(session: Session, name: str, *, now: dt.datetime) -> int:
    """Insert an owner and give its id."""
    return session.execute(insert(Owner).values(name=name, created_at=now).returning(Owner.id)).scalar_one()


def memberships(session: Session, account_id: int) -> dict[int, str]:
    """The owners an account acts for, oldest first, and as what: reader or editor."""
    query = select(OwnerMember.owner_id, OwnerMember.role).where(OwnerMember.account_id == account_id)
    return {row.owner_id: row.role for row in session.execute(query.order_by(OwnerMember.owner_id))}


def add_member(session: Session, owner_id: int, account_id: int, role: OwnerRole) -> None:
    """Let an account act for an owner; nothing happens when it does already."""
    if session.get(OwnerMember, (owner_id, account_id)) is None:
        session.execute(insert(OwnerMember).values(owner_id=owner_id, account_id=account_id, role=role))
