"""What an owner does with his needs. Nothing here is sent to any provider."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from directory.clock import Clock
from directory.db import Session
from directory.errors import IllegalTransition, InvalidInput, NotAllowed, StaleEdit
from directory.i18n import N_
from directory.rules.record_checks import LONGEST_TEXT, Findings, is_language, stated_findings
from directory.store import needs, owners, providers
from directory.store.needs import StoredNeed
from directory.store.unit_of_work import UnitOfWork
from directory.types import Actor

_WHAT_TO_ENTER = {
    "text": N_("Remove characters that are no text"),
    "budget_max_minor": N_("Enter an amount of money"),
    "deadline": N_("Enter a day, such as 2026-12-01"),
    "adverse_parties": N_("Enter names, one a line"),
}


class SubmitNeed(msgspec.Struct, frozen=True):
    """What an owner asks.

    Attributes
    ----------
    text : str
        In his own words; up to 20,000 characters. May be empty when something is stated.
    language : str
        BCP 47; the language of the text.
    stated : dict
        Brief keys that are his own word, in the types of `Brief`; empty and None are statements too
        ("any"). Keys that are absent are read from the text.
    owner_id : int, optional
        For which of his organisations; the first he may write for when not given.
    """

    text: str
    language: str
    stated: dict[str, Any] = {}
    owner_id: int | None = None


def submit_need(command: SubmitNeed, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> str:
    """Store a need.

    Returns
    -------
    str
        Its ref.

    Raises
    ------
    NotAllowed
        When the actor may not write for an owner organisation.
    InvalidInput
        By field: "text", "language", or a brief key.
    """
    _check(command)
    ref = f"need-{secrets.token_hex(6)}"
    now = clock.now()
    with uow:
        needs.add(
            uow.session,
            {
                "ref": ref,
                "owner_id": _owner(uow.session, actor, command.owner_id),
                "created_by": actor.account_id,
                "language": command.language,
                "text": command.text,
                "stated": command.stated,
                "created_at": now,
                "updated_at": now,
            },
        )
        uow.record(actor, "submit_need", "need", ref)
        uow.commit()
    return ref


def edit_need(
    ref: str, version: int, command: SubmitNeed, *, actor: Actor, uow: UnitOfWork, clock: Clock
) -> None:
    """Put new words and statements in the place of the old.

    Raises
    ------
    NotFound, NotAllowed
        When the need is not the actor's, or he may only read it.
    InvalidInput
        As in `submit_need`.
    StaleEdit
        When somebody saved another version; `current` is the StoredNeed.
    IllegalTransition
        When the need is withdrawn or closed.
    """
    _check(command)
    values = {"language": command.language, "text": command.text, "stated": command.stated}
    _change(ref, "edit_need", values, version=version, actor=actor, uow=uow, clock=clock)


def withdraw_need(ref: str, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Take a need back; raises as `edit_need` does."""
    _change(ref, "withdraw_need", {"state": "withdrawn"}, actor=actor, uow=uow, clock=clock)


def close_need(ref: str, engaged_ref: str | None, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Close a need, saying which provider was engaged, if any; raises as `edit_need` does.

    Raises
    ------
    InvalidInput
        When `engaged_ref` is no provider.
    """

    def engaged_exists(session: Session) -> None:
        if engaged_ref is not None and not providers.by_refs(session, [engaged_ref]):
            raise InvalidInput({"engaged_ref": N_("Choose a provider from the list")})

    values = {"state": "closed", "engaged_ref": engaged_ref}
    _change(ref, "close_need", values, actor=actor, uow=uow, clock=clock, check=engaged_exists)


def set_consent(ref: str, consent: bool, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Say whether administrators may read a need; raises as `edit_need` does."""
    verb = "consent_to_reading" if consent else "end_consent_to_reading"
    values = {"administrators_may_read": consent}
    _change(ref, verb, values, actor=actor, uow=uow, clock=clock, from_states=("open", "withdrawn", "closed"))


def _change(
    ref: str,
    verb: str,
    values: dict[str, Any],
    *,
    actor: Actor,
    uow: UnitOfWork,
    clock: Clock,
    version: int | None = None,
    from_states: tuple[str, ...] = ("open",),
    check: Callable[[Session], None] = lambda _session: None,
) -> None:
    with uow:
        need = needs.visible(uow.session, ref, actor)
        _must_edit(uow.session, actor, need)
        if need.state not in from_states:
            raise IllegalTransition(f"the need is {need.state}")
        check(uow.session)
        expected = need.version if version is None else version
        values = values | {"version": need.version + 1, "updated_at": clock.now()}
        if expected != need.version or not needs.change(uow.session, need.id, expected, values):
            raise StaleEdit(needs.by_ref(uow.session, ref))
        uow.record(actor, verb, "need", ref, version=need.version + 1)
        uow.commit()


def may_edit(session: Session, actor: Actor, need: StoredNeed) -> bool:
    """Whether the actor may change a need that he may read."""
    roles = {} if actor.account_id is None else owners.memberships(session, actor.account_id)
    return roles.get(need.owner_id) == "editor"


def _must_edit(session: Session, actor: Actor, need: StoredNeed) -> None:
    if not may_edit(session, actor, need):
        raise NotAllowed("only an editor of the owner changes a need")


def _owner(session: Session, actor: Actor, owner_id: int | None) -> int:
    roles = {} if actor.account_id is None else owners.memberships(session, actor.account_id)
    editable = [each for each, role in roles.items() if role == "editor" and owner_id in (None, each)]
    if not editable:
        raise NotAllowed("only an editor of an owner submits a need")
    return editable[0]


def _check(command: SubmitNeed) -> None:
    wrong: dict[str, str] = {}
    if len(command.text) > LONGEST_TEXT:
        wrong["text"] = N_("Shorten the text to %(longest)s characters")
    elif not command.text.strip() and not command.stated:
        wrong["text"] = N_("Describe what you need")
    if not is_language(command.language):
        wrong["language"] = N_("Choose the language of the text")
    found = Findings()
    stated_findings(found, command.stated, key="")
    found.storable("", {"text": command.text, **command.stated})
    for problem in found.problems:
        field = problem.key.lstrip(".").partition("[")[0]
        wrong.setdefault(field, _WHAT_TO_ENTER.get(field, N_("Choose from the list")))
    if wrong:
        raise InvalidInput(wrong, {"longest": LONGEST_TEXT})
