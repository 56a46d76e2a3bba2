"""Signing in and out, the second factor, and passwords."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from directory.actions.accounts import UNCONFIRMED, actor_of, check_password, clean_email, own_account, post
from directory.clock import Clock
from directory.errors import IllegalTransition, InvalidInput, TooMany
from directory.i18n import N_
from directory.mail.letters import Writer
from directory.models import Account
from directory.rules import passwords, second_factor
from directory.store import accounts, limits
from directory.store.accounts import SignIn, stored
from directory.store.unit_of_work import UnitOfWork
from directory.types import Actor

LASTS = dt.timedelta(days=7)
"""A sign-in of owners and firms; NIST SP 800-63B-4, 2.1.3 allows up to 30 days at its first level."""

ADMINISTRATOR_LASTS = dt.timedelta(hours=12)
"""Of administrators; the same standard, 2.2.3, allows up to 24 hours at its second level."""

WINDOW = dt.timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
"""Wrong passwords in a window, from wherever (NIST SP 800-63B-4, 3.2.2 allows up to 100 in a row)."""
TRIES_PER_CLIENT = 50
"""Wrong passwords in a window from one network address, which an office may share."""
CODE_TRIES = 5
RESET_LASTS = dt.timedelta(hours=1)
RESETS_PER_HOUR = 5
"""Mails to one account; RESETS_PER_CLIENT bounds how many accounts one network address can bother."""
RESETS_PER_CLIENT = 30

WRONG = N_("The email address or the password is not right")


class Credentials(NamedTuple):
    """What somebody signs in with, and the network address he does it from."""

    email: str
    password: str
    client: str


class NewSignIn(NamedTuple):
    """A sign-in that has just begun: its token goes into the cookie and nowhere else."""

    token: str
    sign_in: SignIn


def sign_in(command: Credentials, *, uow: UnitOfWork, clock: Clock, writer: Writer) -> NewSignIn:
    """Begin a sign-in. A wrong password and an unknown address look and last the same.

    Raises
    ------
    InvalidInput
        When they do not fit, or the address was not confirmed yet (then a new link was mailed).
    TooMany
        After too many wrong passwords for this account or from this network address.
    """
    email, now = clean_email(command.email), clock.now()
    of_account = limits.key("sign-in", email or command.email)
    with uow:
        limits.charge(uow.session, of_account, now=now, window=WINDOW, limit=TRIES_PER_ACCOUNT)
        of_client = limits.key("sign-in from", command.client)
        limits.charge(uow.session, of_client, now=now, window=WINDOW, limit=TRIES_PER_CLIENT)
        account = None if email is None else accounts.row_by_email(uow.session, email)
        usable = account is not None and account.disabled_at is None
        right = passwords.matches(account.password_hash if account and usable else None, command.password)
        if account is None or not right:
            uow.commit()
            raise InvalidInput({"email": WRONG})
        limits.clear(uow.session, of_account)
        limits.take_back(uow.session, of_client, now=now, window=WINDOW)
        if account.confirmed_at is None:
            token = accounts.issue_token(
                uow.session, "confirm", account.id, now=now, lasts=dt.timedelta(hours=24)
            )
            key = f"confirm:{account.id}:{now:%Y%m%d%H%M}"
            post(uow, key, account.email, writer.confirm(account.language, token), clock)
            uow.commit()
            raise InvalidInput(
                {"email": N_("Confirm your email address first: we have mailed you a new link")}
            )
        if passwords.is_outdated(account.password_hash):
            account.password_hash = passwords.hash_password(command.password)
        token = accounts.add_sign_in(uow.session, account.id, now=now, lasts=_lasts(account))
        uow.record(actor_of(stored(account)), "signed_in", "account", str(account.id))
        uow.commit()
        return NewSignIn(token, SignIn(stored(account), second_factor=False))


def _lasts(account: Account) -> dt.timedelta:
    return ADMINISTRATOR_LASTS if account.role == "administrator" else LASTS


def give_code(code: str, token: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> NewSignIn:
    """Pass the second factor; the sign-in goes on under a new token, and `token` ends.

    Raises
    ------
    InvalidInput
        When the code is wrong or was used before.
    TooMany
        After five wrong codes in 15 minutes.
    IllegalTransition
        When the account has no second factor yet.
    """
    with uow:
        account = own_account(uow, actor)
        if account.totp_secret is None:
            raise IllegalTransition
        return _pass_second_factor(
            uow,
            account,
            secret=account.totp_secret,
            code=code,
            token=token,
            clock=clock,
            verb="second_factor_given",
        )


def enrol(secret: str, code: str, token: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> NewSignIn:
    """Set the second factor of an account that has none, proven by a first code.

    Raises
    ------
    InvalidInput
        When the code does not fit the secret.
    TooMany
        After five wrong codes in 15 minutes.
    IllegalTransition
        When the account has one already (only `reset_second_factor` takes it away) or is no administrator's.
    """
    with uow:
        account = own_account(uow, actor)
        if account.role != "administrator" or account.totp_secret is not None:
            raise IllegalTransition
        account.totp_last_step = None
        return _pass_second_factor(
            uow, account, secret=secret, code=code, token=token, clock=clock, verb="second_factor_enrolled"
        )


def _pass_second_factor(
    uow: UnitOfWork, account: Account, *, secret: str, code: str, token: str, clock: Clock, verb: str
) -> NewSignIn:
    now = clock.now()
    tries = limits.key("code", str(account.id))
    limits.charge(uow.session, tries, now=now, window=WINDOW, limit=CODE_TRIES)
    step = second_factor.matching_step(secret, code, now=now, after=account.totp_last_step)
    if step is None:
        uow.commit()
        raise InvalidInput(
            {"code": N_("Enter the six digits that your authenticator shows now; each works once")}
        )
    limits.clear(uow.session, tries)
    account.totp_secret, account.totp_last_step = secret, step
    accounts.end_sign_in(uow.session, token)
    new = accounts.add_sign_in(
        uow.session, account.id, now=now, lasts=ADMINISTRATOR_LASTS, second_factor_at=now
    )
    uow.record(actor_of(stored(account), second_factor=True), verb, "account", str(account.id))
    uow.commit()
    return NewSignIn(new, SignIn(stored(account), second_factor=True))


def sign_out(token: str, *, uow: UnitOfWork) -> None:
    """End this sign-in; its cookie is worth nothing from now on."""
    with uow:
        accounts.end_sign_in(uow.session, token)
        uow.commit()


def sign_out_everywhere(*, actor: Actor, uow: UnitOfWork) -> int:
    """End every sign-in of the account, this one included; how many there were."""
    with uow:
        account = own_account(uow, actor)
        ended = accounts.end_sign_ins(uow.session, account.id)
        uow.record(actor, "signed_out_everywhere", "account", str(account.id), ended=ended)
        uow.commit()
        return ended


def ask_reset(email: str, client: str, *, uow: UnitOfWork, clock: Clock, writer: Writer) -> None:
    """Mail a link for setting a new password, if there is such an account; nothing shows whether there is.

    Raises
    ------
    InvalidInput
        When it is no email address.
    TooMany
        When too many were asked for from one network address.
    """
    address = clean_email(email)
    if address is None:
        raise InvalidInput({"email": N_("Enter an email address in the form name@organisation.example")})
    now, hour = clock.now(), dt.timedelta(hours=1)
    with uow:
        limits.charge(
            uow.session, limits.key("reset from", client), now=now, window=hour, limit=RESETS_PER_CLIENT
        )
        account = accounts.row_by_email(uow.session, address)
        if account is not None and account.disabled_at is None and _may_mail_reset(uow, account, now):
            token = accounts.issue_token(uow.session, "reset", account.id, now=now, lasts=RESET_LASTS)
            key = f"reset:{accounts.digest(token)}"
            post(uow, key, account.email, writer.reset(account.language, token), clock)
        uow.commit()


def _may_mail_reset(uow: UnitOfWork, account: Account, now: dt.datetime) -> bool:
    try:
        limits.charge(
            uow.session,
            limits.key("reset", str(account.id)),
            now=now,
            window=dt.timedelta(hours=1),
            limit=RESETS_PER_HOUR,
        )
    except TooMany:
        return False
    return True


def reset_password(token: str, password: str, *, uow: UnitOfWork, clock: Clock, writer: Writer) -> None:
    """Set a new password by a mailed link. Every sign-in ends; the second factor stays.

    The link proves the address too, so an account that was not confirmed is now.

    Raises
    ------
    InvalidInput
        By field: password; or "" when the link is not good any more.
    """
    now = clock.now()
    with uow:
        found = accounts.find_token(uow.session, "reset", token, now=now)
        account = None if found is None else accounts.row(uow.session, found[0])
        if account is None or account.disabled_at is not None or account.closed_at is not None:
            raise InvalidInput({"": UNCONFIRMED})
        _check_new(account, password)
        if accounts.use_token(uow.session, "reset", token, now=now) is None:
            raise InvalidInput({"": UNCONFIRMED})
        account.password_hash = passwords.hash_password(password)
        account.confirmed_at = account.confirmed_at or now
        accounts.end_sign_ins(uow.session, account.id)
        accounts.revoke_tokens(uow.session, account.id, "reset", "confirm", "new_address")
        limits.clear(uow.session, limits.key("sign-in", account.email))
        key = f"password_changed:{accounts.digest(token)}"
        post(uow, key, account.email, writer.password_changed(account.language), clock)
        uow.record(actor_of(stored(account)), "password_reset", "account", str(account.id))
        uow.commit()


def change_password(
    present: str, new: str, token: str, *, actor: Actor, uow: UnitOfWork, clock: Clock, writer: Writer
) -> None:
    """Change the own password; every sign-in but this one (`token`) ends.

    Raises
    ------
    InvalidInput
        By field: password (the present one), new_password.
    TooMany
        After too many wrong present passwords.
    """
    with uow:
        account = own_account(uow, actor)
        check_password(uow, account, present, clock)
        _check_new(account, new, field="new_password")
        account.password_hash = passwords.hash_password(new)
        accounts.end_sign_ins(uow.session, account.id, but=token)
        accounts.revoke_tokens(uow.session, account.id, "reset")
        key = f"password_changed:{account.id}:{clock.now().isoformat()}"
        post(uow, key, account.email, writer.password_changed(account.language), clock)
        uow.record(actor, "password_changed", "account", str(account.id))
        uow.commit()


def _check_new(account: Account, password: str, field: str = "password") -> None:
    bad = passwords.problem(password, own_words=(account.email.partition("@")[0], account.name))
    if bad:
        raise InvalidInput({field: bad})
