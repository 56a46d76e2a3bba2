"""Who may use a route. Each package's web room declares its routes; wsgi.py joins them."""

from __future__ import annotations

from enum import Enum

from directory.types import Actor


class Access(Enum):
    """Who may reach a route at all. Which objects he then sees is each action's own check."""

    PUBLIC = "anybody"
    SIGNED_IN = "any account"
    OWNER = "owners' accounts"
    FIRM = "firms' accounts"
    ADMINISTRATOR = "administrators, after the second factor"


def allowed(access: Access, actor: Actor) -> bool:
    """Whether `actor` may reach a route that is declared with `access`."""
    match access:
        case Access.PUBLIC:
            return True
        case Access.SIGNED_IN:
            return actor.account_id is not None
        case Access.OWNER:
            return actor.role == "owner"
        case Access.FIRM:
            return actor.role == "firm"
        case Access.ADMINISTRATOR:
            return actor.is_administrator
