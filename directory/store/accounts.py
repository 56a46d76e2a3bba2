"""Accounts, sign-ins and mailed links. Tokens come in clear and are kept only as hashes."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.models import Account, LoginSession, Need, Owner, OwnerMember, ProviderMember, SingleUseToken
from directory.types import Role


class StoredAccount(NamedTuple):
    """An account, as pages and actions may know it: no secrets."""

    id: int
    email: str
    name: str
    role: Role
    language: str
    confirmed: bool
    disabled: bool
    closed: bool
    has_second_factor: bool

    @property
    def actor_name(self) -> str:
        """What the audit trail calls the account: a number, so that the trail outlives the person's data."""
        return f"account {self.id}"


class SignIn(NamedTuple):
    """A sign-in that holds: whose, and whether the second factor was checked."""

    account: StoredAccount
    second_factor: bool


class Member(NamedTuple):
    """Somebody who acts for an owner."""

    account_id: int
    name: str
    email: str
    role: str


def digest(token: str) -> str:
    """What is stored of a token: SHA-256, 64 hexadecimal digits. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def stored(account: Account) -> StoredAccount:
    """The account without its secrets."""
    return StoredAccount(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,  # type: ignore[arg-type]
        language=account.language,
        confirmed=account.confirmed_at is not None,
        disabled=account.disabled_at is not None,
        closed=account.closed_at is not None,
        has_second_factor=account.totp_secret is not None,
    )


def row(session: Session, account_id: int) -> Account | None:
    """The row of an account, for changing it."""
    return session.get(Account, account_id)


def row_by_email(session: Session, email: str) -> Account | None:
    """The row of the account with this address (in lower case), closed accounts excepted."""
    return session.scalar(select(Account).where(Account.email == email, Account.closed_at.is_(None)))


def add(session: Session, account: Account) -> bool:
    """Store a new account; False when another took its address in the meantime."""
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        return False
    return True


def set_email(session: Session, account: Account, email: str) -> bool:
    """Give an account another address; False when another account has it."""
    try:
        with session.begin_nested():
            account.email = email
    except IntegrityError:
        session.refresh(account)
        return False
    return True


# Sign-ins


def sign_in_by_token(session: Session, token: str, *, now: dt.datetime) -> SignIn | None:
    """The sign-in a cookie's token stands for; None when it is unknown, over, or its account was shut."""
    query = (
        select(Account, LoginSession.second_factor_at)
        .join(LoginSession, LoginSession.account_id == Account.id)
        .where(LoginSession.token_hash == digest(token), LoginSession.expires_at > now)
        .where(Account.disabled_at.is_(None), Account.closed_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    return None if found is None else SignIn(stored(found[0]), found[1] is not None)


def add_sign_in(
    session: Session,
    account_id: int,
    *,
    now: dt.datetime,
    lasts: dt.timedelta,
    second_factor_at: dt.datetime | None = None,
) -> str:
    """Begin a sign-in; its token, which only the cookie will know."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    session.add(
        LoginSession(
            token_hash=digest(token),
            account_id=account_id,
            created_at=now,
            expires_at=now + lasts,
            second_factor_at=second_factor_at,
        )
    )
    return token


def end_sign_in(session: Session, token: str) -> None:
    """End one sign-in."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == digest(token)))


def end_sign_ins(session: Session, account_id: int, *, but: str | None = None) -> int:
    """End every sign-in of an account, `but` the one of this token; how many ended."""
    query = delete(LoginSession).where(LoginSession.account_id == account_id)
    if but is not None:
        query = query.where(LoginSession.token_hash != digest(but))
    return session.execute(query).rowcount  # type: ignore[attr-defined, no-any-return]


def sign_in_count(session: Session, account_id: int, *, now: dt.datetime) -> int:
    """How many sign-ins of an account hold."""
    query = select(func.count()).select_from(LoginSession)
    return (
        session.scalar(query.where(LoginSession.account_id == account_id, LoginSession.expires_at > now)) or 0
    )


# Mailed links


def issue_token(
    session: Session,
    purpose: str,
    account_id: int,
    *,
    now: dt.datetime,
    lasts: dt.timedelta,
    value: str | None = None,
    replace: bool = True,
) -> str:
    """A new single-use token; with `replace`, earlier ones of the account for this purpose die."""
    if replace:
        revoke_tokens(session, account_id, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        SingleUseToken(
            token_hash=digest(token),
            purpose=purpose,
            account_id=account_id,
            value=value,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return token


def revoke_tokens(session: Session, account_id: int, *purposes: str) -> None:
    """Make links unusable: those of the given purposes, or all."""
    query = delete(SingleUseToken).where(SingleUseToken.account_id == account_id)
    session.execute(query.where(SingleUseToken.purpose.in_(purposes)) if purposes else query)


def find_token(
    session: Session, purpose: str, token: str, *, now: dt.datetime
) -> tuple[int, str | None] | None:
    """Account and value of a token that could be used now; the token stays unused."""
    query = select(SingleUseToken.account_id, SingleUseToken.value).where(
        SingleUseToken.token_hash == digest(token),
        SingleUseToken.purpose == purpose,
        SingleUseToken.used_at.is_(None),
        SingleUseToken.expires_at > now,
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def use_token(
    session: Session, purpose: str, token: str, *, now: dt.datetime
) -> tuple[int, str | None] | None:
    """Like `find_token`, but takes the token: of two requests at once, only one gets it."""
    found = find_token(session, purpose, token, now=now)
    if found is None:
        return None
    taken = session.execute(
        update(SingleUseToken)
        .where(SingleUseToken.token_hash == digest(token), SingleUseToken.used_at.is_(None))
        .values(used_at=now)
    )
    return found if taken.rowcount == 1 else None  # type: ignore[attr-defined]


# Whom an account acts for


def add_owner(session: Session, name: str, *, now: dt.datetime) -> int:
    """A new owner; its id."""
    owner = Owner(name=name, created_at=now)
    session.add(owner)
    session.flush()
    return owner.id


def owner_of(session: Session, account_id: int) -> tuple[int, str] | None:
    """Id and name of the owner an account acts for; the first when there are several."""
    query = (
        select(Owner.id, Owner.name)
        .join(OwnerMember, OwnerMember.owner_id == Owner.id)
        .where(OwnerMember.account_id == account_id)
        .order_by(Owner.id)
    )
    found = session.execute(query.limit(1)).one_or_none()
    return None if found is None else (found[0], found[1])


def owner_name(session: Session, owner_id: int) -> str | None:
    """The name of an owner; None when there is none."""
    return session.scalar(select(Owner.name).where(Owner.id == owner_id))


def membership(session: Session, owner_id: int, account_id: int) -> str | None:
    """The role of an account at an owner; None when it is no member."""
    return session.scalar(
        select(OwnerMember.role).where(OwnerMember.owner_id == owner_id, OwnerMember.account_id == account_id)
    )


def members(session: Session, owner_id: int) -> list[Member]:
    """Who acts for an owner, in order of joining."""
    query = (
        select(Account.id, Account.name, Account.email, OwnerMember.role)
        .join(OwnerMember, OwnerMember.account_id == Account.id)
        .where(OwnerMember.owner_id == owner_id)
        .order_by(Account.id)
    )
    return [Member(*found) for found in session.execute(query)]


def set_owner_member(session: Session, owner_id: int, account_id: int, role: str) -> None:
    """Make an account a member of an owner, or change its role there."""
    session.merge(OwnerMember(owner_id=owner_id, account_id=account_id, role=role))


def set_provider_member(session: Session, provider_id: int, account_id: int, role: str) -> None:
    """Make an account a member of a provider, or change its role there."""
    session.merge(ProviderMember(provider_id=provider_id, account_id=account_id, role=role))


def leave_owner(session: Session, owner_id: int, account_id: int) -> None:
    """Take an account out of one owner."""
    session.execute(
        delete(OwnerMember).where(OwnerMember.owner_id == owner_id, OwnerMember.account_id == account_id)
    )


def leave_all(session: Session, account_id: int) -> None:
    """Take an account out of every owner and provider."""
    session.execute(delete(OwnerMember).where(OwnerMember.account_id == account_id))
    session.execute(delete(ProviderMember).where(ProviderMember.account_id == account_id))


def withdraw_needs_nobody_else_can_see(session: Session, account_id: int, *, now: dt.datetime) -> list[str]:
    """Withdraw the open needs of every owner whose only member is this account; their refs."""
    alone = (
        select(OwnerMember.owner_id)
        .group_by(OwnerMember.owner_id)
        .having(func.count() == 1, func.min(OwnerMember.account_id) == account_id)
    )
    open_needs = (Need.owner_id.in_(alone), Need.state.in_(("draft", "open")))
    refs = list(session.scalars(select(Need.ref).where(*open_needs).order_by(Need.id)))
    session.execute(
        update(Need).where(*open_needs).values(state="withdrawn", version=Need.version + 1, updated_at=now)
    )
    return refs
