"""Letting accounts act for an owner or a provider, by an administrator's word."""

from __future__ import annotations

from directory.clock import Clock
from directory.db import Session
from directory.errors import NotAllowed, NotFound
from directory.store import accounts, needs, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import Actor


def join_owner_of_need(
    need_ref: str, email: str, role: str, *, actor: Actor, uow: UnitOfWork, clock: Clock
) -> None:
    """Make an account a member of the owner of an imported need, which is how its owner comes by it.

    Parameters
    ----------
    role : str
        "reader" or "editor".

    Raises
    ------
    NotAllowed
        When the actor is no administrator.
    NotFound
        When there is no such need or account.
    """
    _only_administrators(actor)
    with uow:
        need = needs.by_ref(uow.session, need_ref)
        if need is None:
            raise NotFound(need_ref)
        account_id = _account(uow.session, email)
        accounts.set_owner_member(uow.session, need.owner_id, account_id, role)
        uow.record(actor, "join_owner", "account", str(account_id), owner=need.owner_id, role=role)
        uow.commit()


def join_provider(ref: str, email: str, role: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Make an account act for a provider as owner, editor or delegate; raises as the other does."""
    _only_administrators(actor)
    with uow:
        provider = providers.by_refs(uow.session, [ref]).get(ref)
        if provider is None:
            raise NotFound(ref)
        account_id = _account(uow.session, email)
        accounts.set_provider_member(uow.session, provider.id, account_id, role)
        uow.record(actor, "join_provider", "provider", ref, account=account_id, role=role)
        uow.commit()


def _only_administrators(actor: Actor) -> None:
    if not actor.is_administrator:
        raise NotAllowed("only administrators say who acts for whom")


def _account(session: Session, email: str) -> int:
    account = accounts.row_by_email(session, email)
    if account is None:
        raise NotFound(email)
    return account.id
