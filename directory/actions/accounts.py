"""The life of an account: asked for, confirmed, changed, shut."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Literal, NamedTuple

from email_validator import EmailNotValidError, validate_email

from directory.clock import Clock
from directory.errors import InvalidInput, NotAllowed, NotFound
from directory.i18n import N_
from directory.mail.letters import Letter, Writer
from directory.models import Account
from directory.rules import passwords
from directory.store import accounts, limits, mail
from directory.store.accounts import StoredAccount, stored
from directory.store.unit_of_work import UnitOfWork
from directory.types import LANGUAGES, Actor, Role

CONFIRM_LASTS = dt.timedelta(hours=24)
INVITATION_LASTS = dt.timedelta(days=7)
SIGN_UPS_PER_HOUR = 20
"""From one network address; an office behind one address stays below it (a rule of our own)."""

UNCONFIRMED = N_("This link was used, replaced or is too old. Ask for a new one.")


class SignUp(NamedTuple):
    """What a new account is asked for with. `client` is a network address; `organisation` names an owner."""

    email: str
    name: str
    password: str
    role: Literal["owner", "firm"]
    organisation: str
    language: str
    client: str


class NewAccount(NamedTuple):
    """A confirmed account that an administrator makes. Without a password, a link to set one is mailed."""

    email: str
    name: str
    role: Role
    password: str | None = None
    language: str = "en"
    organisation: str | None = None
    totp_secret: str | None = None


def actor_of(account: StoredAccount, *, second_factor: bool = False) -> Actor:
    """The account as the one who does something."""
    return Actor(account.actor_name, account.role, account.id, second_factor)


def clean_email(raw: str) -> str | None:
    """An address in the form it is kept in, lower case; None when it is none."""
    try:
        found = validate_email(raw.strip(), check_deliverability=False).normalized.lower()
    except (EmailNotValidError, UnicodeError):
        return None
    return found if len(found) <= 254 else None


def clean_text(raw: str) -> str:
    """One line of text: line breaks and control characters could forge headers or logs and become spaces."""
    kept = (
        "".join(" " if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") else each for each in raw)
    ).split()
    return " ".join(kept)


def post(uow: UnitOfWork, key: str, recipient: str, letter: Letter, clock: Clock) -> None:
    """Put a letter into the outbox, in the transaction of its cause."""
    mail.enqueue(
        uow.session, key=key, recipient=recipient, subject=letter.subject, body=letter.body, now=clock.now()
    )


def sign_up(command: SignUp, *, uow: UnitOfWork, clock: Clock, writer: Writer) -> None:
    """Ask for an account; its address is mailed a link. What the visitor sees never tells whether it had one.

    Raises
    ------
    InvalidInput
        By field: email, name, organisation, password, role.
    TooMany
        When too many accounts were asked for from one network address.
    """
    email, name, organisation = (
        clean_email(command.email),
        clean_text(command.name),
        clean_text(command.organisation),
    )
    wrong = {}  # in the order of the form, as the summary of errors shows them
    if command.role not in ("owner", "firm"):
        wrong["role"] = N_("Choose whether you look for help or offer it")
    wrong |= _wrong_name(name)
    if command.role == "owner" and not 0 < len(organisation) <= 300:
        wrong["organisation"] = N_("Enter a name for your organisation, or yours, in at most 300 characters")
    wrong |= _wrong_email(email)
    bad = passwords.problem(command.password, own_words=(command.email.partition("@")[0], name, organisation))
    if bad:
        wrong["password"] = bad
    if wrong or email is None:
        raise InvalidInput(wrong)
    language = command.language if command.language in LANGUAGES else "en"
    password_hash = passwords.hash_password(command.password)  # before the transaction: it takes its time
    now = clock.now()
    with uow:
        limits.charge(
            uow.session,
            limits.key("sign-up", command.client),
            now=now,
            window=dt.timedelta(hours=1),
            limit=SIGN_UPS_PER_HOUR,
        )
        account = accounts.row_by_email(uow.session, email)
        if account is not None and (account.confirmed_at is not None or account.disabled_at is not None):
            if account.disabled_at is None:
                key = f"already:{account.id}:{now:%Y%m%d%H}"  # one an hour, however often it is asked
                post(uow, key, email, writer.already_registered(account.language), clock)
            uow.commit()
            return
        if account is None:
            account = Account(email=email, created_at=now)
        else:  # asked for before and never confirmed: the newest asking holds, the links of the former die
            accounts.leave_all(uow.session, account.id)
        account.name, account.role, account.language = name, command.role, language
        account.password_hash = password_hash
        if not accounts.add(uow.session, account):
            raise InvalidInput({"email": N_("This address is just being registered; look into its mailbox")})
        if command.role == "owner":
            owner_id = accounts.add_owner(uow.session, organisation, now=now)
            accounts.set_owner_member(uow.session, owner_id, account.id, "editor")
        token = accounts.issue_token(uow.session, "confirm", account.id, now=now, lasts=CONFIRM_LASTS)
        post(uow, f"confirm:{accounts.digest(token)}", email, writer.confirm(language, token), clock)
        uow.record(
            actor_of(stored(account)), "account_asked_for", "account", str(account.id), role=command.role
        )
        uow.commit()


def _wrong_name(name: str) -> dict[str, str]:
    return {} if 0 < len(name) <= 200 else {"name": N_("Enter your name in at most 200 characters")}


def _wrong_email(email: str | None) -> dict[str, str]:
    message = N_("Enter an email address in the form name@organisation.example")
    return {"email": message} if email is None else {}


def confirm_account(token: str, *, uow: UnitOfWork, clock: Clock) -> StoredAccount:
    """Confirm the address of a new account by the link that was mailed to it.

    Raises
    ------
    InvalidInput
        When the link is not good any more.
    """
    with uow:
        account = _account_of_link(uow, "confirm", token, clock)
        account.confirmed_at = clock.now()
        uow.record(actor_of(stored(account)), "account_confirmed", "account", str(account.id))
        uow.commit()
        return stored(account)


def _account_of_link(uow: UnitOfWork, purpose: str, token: str, clock: Clock) -> Account:
    used = accounts.use_token(uow.session, purpose, token, now=clock.now())
    account = None if used is None else accounts.row(uow.session, used[0])
    if account is None or account.disabled_at is not None or account.closed_at is not None:
        raise InvalidInput({"": UNCONFIRMED})
    return account


def create_account(
    command: NewAccount, *, actor: Actor, uow: UnitOfWork, clock: Clock, writer: Writer | None = None
) -> int:
    """Make an account at once, confirmed; its number.

    Parameters
    ----------
    writer : Writer, optional
        Needed when no password is given: the account is then mailed a link to set one.

    Raises
    ------
    NotAllowed
        When the actor is no administrator.
    InvalidInput
        By field: email, name, password.
    """
    if not actor.is_administrator:
        raise NotAllowed
    email, name = clean_email(command.email), clean_text(command.name)
    wrong = _wrong_email(email) | _wrong_name(name)
    bad = command.password is not None and passwords.problem(
        command.password, own_words=(command.email.partition("@")[0], name)
    )
    if bad:
        wrong["password"] = bad
    if command.role not in ("owner", "firm", "administrator"):
        wrong["role"] = N_("Choose owner, firm or administrator")
    if wrong or email is None:
        raise InvalidInput(wrong)
    now = clock.now()
    with uow:
        account = Account(
            email=email,
            name=name,
            role=command.role,
            language=command.language if command.language in LANGUAGES else "en",
            password_hash=passwords.hash_password(command.password) if command.password is not None else "",
            confirmed_at=now,
            totp_secret=command.totp_secret,
            created_at=now,
        )
        if accounts.row_by_email(uow.session, email) is not None or not accounts.add(uow.session, account):
            raise InvalidInput({"email": N_("There is an account with this address already")})
        if command.organisation:
            owner_id = accounts.add_owner(uow.session, clean_text(command.organisation), now=now)
            accounts.set_owner_member(uow.session, owner_id, account.id, "editor")
        if command.password is None and writer is not None:
            token = accounts.issue_token(
                uow.session, "reset", account.id, now=now, lasts=dt.timedelta(hours=1)
            )
            post(
                uow,
                f"reset:{accounts.digest(token)}",
                email,
                writer.set_password(account.language, token),
                clock,
            )
        uow.record(actor, "account_created", "account", str(account.id), role=command.role)
        uow.commit()
        return account.id


def set_language(language: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Choose the language of an account's pages and mails."""
    if language not in LANGUAGES:
        raise InvalidInput({"language": N_("Choose one of the languages")})
    with uow:
        own_account(uow, actor).language = language
        uow.commit()


def own_account(uow: UnitOfWork, actor: Actor) -> Account:
    """The row of the account that acts."""
    account = None if actor.account_id is None else accounts.row(uow.session, actor.account_id)
    if account is None or account.closed_at is not None:
        raise NotFound
    return account


def ask_new_address(
    email: str, password: str, *, actor: Actor, uow: UnitOfWork, clock: Clock, writer: Writer
) -> None:
    """Ask to use another address; it is mailed a link, and holds only once that was opened.

    Raises
    ------
    InvalidInput
        By field: email, password.
    TooMany
        After too many wrong passwords.
    """
    new = clean_email(email)
    if new is None:
        raise InvalidInput({"email": N_("Enter an email address in the form name@organisation.example")})
    with uow:
        account = own_account(uow, actor)
        check_password(uow, account, password, clock)
        if new == account.email:
            raise InvalidInput({"email": N_("This is the address of your account already")})
        other = accounts.row_by_email(uow.session, new)
        if other is None:
            token = accounts.issue_token(
                uow.session, "new_address", account.id, now=clock.now(), lasts=CONFIRM_LASTS, value=new
            )
            letter = writer.new_address(account.language, token)
            post(uow, f"new_address:{accounts.digest(token)}", new, letter, clock)
        else:  # the page says the same in both cases; only the mailbox learns the difference
            key = f"already:{other.id}:{clock.now():%Y%m%d%H}"
            post(uow, key, new, writer.already_registered(other.language), clock)
        uow.commit()


def check_password(uow: UnitOfWork, account: Account, password: str, clock: Clock) -> None:
    """Pass only with the account's present password; wrong ones are counted.

    Raises
    ------
    InvalidInput
        When it is wrong; the try is stored then.
    TooMany
        After ten wrong ones in 15 minutes.
    """
    name = limits.key("password", str(account.id))
    limits.charge(uow.session, name, now=clock.now(), window=dt.timedelta(minutes=15), limit=10)
    if not passwords.matches(account.password_hash, password):
        uow.commit()
        raise InvalidInput({"password": N_("Enter your present password; this one is not right")})
    limits.clear(uow.session, name)


def confirm_new_address(token: str, *, uow: UnitOfWork, clock: Clock, writer: Writer) -> StoredAccount:
    """Change the address of an account by the link that was mailed to the new one; the old one is told.

    Raises
    ------
    InvalidInput
        When the link is not good any more, or the address was taken meanwhile.
    """
    with uow:
        found = accounts.find_token(uow.session, "new_address", token, now=clock.now())
        account = _account_of_link(uow, "new_address", token, clock)
        old, new = account.email, (found[1] if found else None) or ""
        if not accounts.set_email(uow.session, account, new):
            raise InvalidInput({"": UNCONFIRMED})
        accounts.revoke_tokens(uow.session, account.id, "reset")
        letter = writer.address_changed(account.language, new)
        post(uow, f"address_changed:{accounts.digest(token)}", old, letter, clock)
        uow.record(actor_of(stored(account)), "address_changed", "account", str(account.id))
        uow.commit()
        return stored(account)


def close_account(password: str, *, actor: Actor, uow: UnitOfWork, clock: Clock, writer: Writer) -> None:
    """Close the own account: nobody can use it, and its personal data are gone.

    What colleagues need stays. Needs that nobody else can see are withdrawn.

    Raises
    ------
    InvalidInput
        When the password is wrong.
    TooMany
        After too many wrong passwords.
    """
    with uow:
        account = own_account(uow, actor)
        check_password(uow, account, password, clock)
        now = clock.now()
        for ref in accounts.withdraw_needs_nobody_else_can_see(uow.session, account.id, now=now):
            uow.record(actor, "need_withdrawn", "need", ref, because="account closed")
        mail.forget(uow.session, account.email)
        post(uow, f"closed:{account.id}", account.email, writer.closed(account.language), clock)
        _shut(uow, account)
        accounts.leave_all(uow.session, account.id)
        account.closed_at = now
        account.email, account.name = f"closed-{account.id}@account.invalid", ""
        account.password_hash, account.totp_secret = "", None
        uow.record(actor, "account_closed", "account", str(account.id))
        uow.commit()


def _shut(uow: UnitOfWork, account: Account) -> None:
    accounts.end_sign_ins(uow.session, account.id)
    accounts.revoke_tokens(uow.session, account.id)


def disable_account(email: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> int:
    """Shut somebody out: his sign-ins end at once. The account's number.

    Raises
    ------
    NotAllowed
        When the actor is no administrator.
    NotFound
        When there is no such account.
    """
    with uow:
        account = _account_for_administrator(uow, email, actor)
        account.disabled_at = account.disabled_at or clock.now()
        _shut(uow, account)
        uow.record(actor, "account_disabled", "account", str(account.id))
        uow.commit()
        return account.id


def reset_second_factor(email: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> int:
    """Let an administrator who lost his device enrol anew at his next sign-in. The account's number.

    Raises
    ------
    NotAllowed
        When the actor is no administrator.
    NotFound
        When there is no such account.
    """
    with uow:
        account = _account_for_administrator(uow, email, actor)
        account.totp_secret, account.totp_last_step = None, None
        _shut(uow, account)
        uow.record(actor, "second_factor_reset", "account", str(account.id), at=clock.now().isoformat())
        uow.commit()
        return account.id


def _account_for_administrator(uow: UnitOfWork, email: str, actor: Actor) -> Account:
    if not actor.is_administrator:
        raise NotAllowed
    account = accounts.row_by_email(uow.session, clean_email(email) or "")
    if account is None:
        raise NotFound(f"there is no account with the address {email}")
    return account
