"""Who acts for an owner organisation: inviting, joining, leaving."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from directory.actions.accounts import INVITATION_LASTS, UNCONFIRMED, actor_of, clean_email, clean_text, post
from directory.clock import Clock
from directory.db import Session
from directory.errors import InvalidInput, NotAllowed, NotFound
from directory.i18n import N_
from directory.mail.letters import Writer
from directory.models import Account
from directory.rules import passwords
from directory.store import accounts
from directory.store.accounts import stored
from directory.store.unit_of_work import UnitOfWork
from directory.types import LANGUAGES, Actor

ROLES = ("editor", "reader")


class Invitation(NamedTuple):
    """What a mailed invitation offers."""

    owner_id: int
    owner: str
    email: str
    role: str
    has_account: bool


class NewColleague(NamedTuple):
    """What an invited person without an account gives to get one."""

    name: str
    password: str
    language: str


def invite(email: str, role: str, *, actor: Actor, uow: UnitOfWork, clock: Clock, writer: Writer) -> None:
    """Invite somebody to act for the actor's organisation; he is mailed a link.

    Raises
    ------
    InvalidInput
        By field: email, role.
    NotAllowed
        When the actor is no editor of an organisation.
    """
    address = clean_email(email)
    wrong = {}
    if address is None:
        wrong["email"] = N_("Enter an email address in the form name@organisation.example")
    if role not in ROLES:
        wrong["role"] = N_("Choose what the colleague may do")
    if wrong or address is None:
        raise InvalidInput(wrong)
    now = clock.now()
    with uow:
        inviter, owner_id, owner = _editor(uow, actor)
        if any(member.email == address for member in accounts.members(uow.session, owner_id)):
            raise InvalidInput({"email": N_("This person belongs to your organisation already")})
        offer = f"{owner_id}:{role}:{address}"
        token = accounts.issue_token(
            uow.session,
            "invitation",
            inviter.id,
            now=now,
            lasts=INVITATION_LASTS,
            value=offer,
            replace=False,
        )
        letter = writer.invitation(inviter.language, token, inviter=inviter.name, owner=owner)
        # one mail a day to one address: an invitation must not become a way to pester somebody
        post(uow, f"invitation:{owner_id}:{accounts.digest(address)}:{now:%Y%m%d}", address, letter, clock)
        uow.record(actor, "colleague_invited", "owner", str(owner_id), role=role)
        uow.commit()


def _editor(uow: UnitOfWork, actor: Actor) -> tuple[Account, int, str]:
    account = None if actor.account_id is None else accounts.row(uow.session, actor.account_id)
    found = None if account is None else accounts.owner_of(uow.session, account.id)
    if account is None or found is None:
        raise NotFound
    if accounts.membership(uow.session, found[0], account.id) != "editor":
        raise NotAllowed
    return account, found[0], found[1]


def invitation(session: Session, token: str, *, now: dt.datetime) -> Invitation:
    """What a mailed invitation offers; reading it does not use it.

    Raises
    ------
    InvalidInput
        When the link is not good any more.
    """
    found = accounts.find_token(session, "invitation", token, now=now)
    if found is None:
        raise InvalidInput({"": UNCONFIRMED})
    number, role, email = (found[1] or "").split(":", 2)
    owner = accounts.owner_name(session, int(number))
    # the invitation is worth what its sender may do now
    if owner is None or accounts.membership(session, int(number), found[0]) != "editor":
        raise InvalidInput({"": UNCONFIRMED})
    account = accounts.row_by_email(session, email)
    return Invitation(
        int(number), owner, email, role, account is not None and account.confirmed_at is not None
    )


def join(token: str, *, actor: Actor, uow: UnitOfWork, clock: Clock, new: NewColleague | None = None) -> None:
    """Take an invitation: with the account that acts, or with a new one, whose address the link has proved.

    Raises
    ------
    InvalidInput
        By field: name, password; or "" when the link is not good any more.
    NotAllowed
        When the account that acts is another one than was invited, or no owner's.
    """
    now = clock.now()
    with uow:
        offer = invitation(uow.session, token, now=now)
        account = accounts.row_by_email(uow.session, offer.email)
        if account is None or account.confirmed_at is None:
            if new is None:
                raise NotAllowed
            account = _new_account(uow, account, offer, new, clock)
        elif account.id != actor.account_id or account.role != "owner":
            raise NotAllowed
        if accounts.use_token(uow.session, "invitation", token, now=now) is None:
            raise InvalidInput({"": UNCONFIRMED})
        accounts.set_owner_member(uow.session, offer.owner_id, account.id, offer.role)
        uow.record(
            actor_of(stored(account)), "colleague_joined", "owner", str(offer.owner_id), role=offer.role
        )
        uow.commit()


def _new_account(
    uow: UnitOfWork, pending: Account | None, offer: Invitation, new: NewColleague, clock: Clock
) -> Account:
    name = clean_text(new.name)
    wrong = {}
    if not 0 < len(name) <= 200:
        wrong["name"] = N_("Enter your name in at most 200 characters")
    bad = passwords.problem(new.password, own_words=(offer.email.partition("@")[0], name, offer.owner))
    if bad:
        wrong["password"] = bad
    if wrong:
        raise InvalidInput(wrong)
    account = pending or Account(email=offer.email, created_at=clock.now())
    if pending is not None:  # he had asked for an account of his own and never confirmed it
        accounts.leave_all(uow.session, pending.id)
        accounts.revoke_tokens(uow.session, pending.id)
    account.name, account.role = name, "owner"
    account.language = new.language if new.language in LANGUAGES else "en"
    account.password_hash = passwords.hash_password(new.password)
    account.confirmed_at = clock.now()
    if not accounts.add(uow.session, account):
        raise InvalidInput({"": UNCONFIRMED})
    return account


def remove_colleague(account_id: int, *, actor: Actor, uow: UnitOfWork) -> None:
    """Take somebody out of the actor's organisation; the last editor stays.

    Raises
    ------
    NotFound
        When he is no member of it.
    NotAllowed
        When the actor is no editor.
    InvalidInput
        When nobody could edit any more.
    """
    with uow:
        _, owner_id, _ = _editor(uow, actor)
        members = accounts.members(uow.session, owner_id)
        if account_id not in {member.account_id for member in members}:
            raise NotFound
        if not any(member.role == "editor" and member.account_id != account_id for member in members):
            raise InvalidInput({"": N_("The last editor cannot leave; invite another one first")})
        accounts.leave_owner(uow.session, owner_id, account_id)
        uow.record(actor, "colleague_removed", "owner", str(owner_id), account=account_id)
        uow.commit()
