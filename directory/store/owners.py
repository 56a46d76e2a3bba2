"""Owner organisations and who acts for them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from directory.models import Owner, OwnerMember
from directory.store.accounts import add_owner


def without_members(session: Session, name: str, *, now: dt.datetime) -> int:
    """The owner of this name that no account acts for; made when there is none.

    An import names owners by words alone, and a name proves nothing: whoever signed up under the
    same name must not come by needs that were imported for another.
    """
    members = exists().where(OwnerMember.owner_id == Owner.id)
    found = session.scalar(select(Owner.id).where(Owner.name == name, ~members).order_by(Owner.id).limit(1))
    return found if found is not None else add_owner(session, name, now=now)


def memberships(session: Session, account_id: int) -> dict[int, str]:
    """The owners an account acts for, oldest first, and as what: reader or editor."""
    query = select(OwnerMember.owner_id, OwnerMember.role).where(OwnerMember.account_id == account_id)
    return {row.owner_id: row.role for row in session.execute(query.order_by(OwnerMember.owner_id))}
