"""What a firm does with its own profile.

Small fields are live at once. What a line was vetted for, and credentials, wait for vetting; the
public profile stays as it was until then. Revision, audit event and change log are one commit.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from directory.clock import Clock
from directory.db import Session
from directory.errors import IllegalTransition, InvalidInput, NotAllowed, NotFound, RowProblem, StaleEdit
from directory.rules.profile import Waiting, WantedLine, moved, split_credentials, split_lines
from directory.rules.record_checks import Findings, credential_findings, line_findings, provider_problems
from directory.store import accounts, profile_revisions, provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import (
    Actor,
    CredentialRecord,
    LanguageSkill,
    ProviderRecord,
    ServiceLineRecord,
    StoredProvider,
    Texts,
)

_LIVE_AT_ONCE = ("summary", "languages", "industries", "accepts_new")


class EditProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A firm's edit. What is UNSET stays as it is.

    Attributes
    ----------
    ref : str
        The provider.
    version : int
        Its row version when the edit began (`StoredProvider.version`).
    service_lines : list of WantedLine
        All lines that shall be, each with the place of the one it changes (`rules.profile.as_wanted`).
    credentials : list of CredentialRecord
        All that shall be. Of a new one register, number, offices and rights are taken, no more.
    """

    ref: str
    version: int
    summary: Texts | UnsetType = UNSET
    languages: list[LanguageSkill] | UnsetType = UNSET
    industries: list[str] | UnsetType = UNSET
    accepts_new: bool | UnsetType = UNSET
    website: str | UnsetType | None = UNSET
    service_lines: list[WantedLine] | UnsetType = UNSET
    credentials: list[CredentialRecord] | UnsetType = UNSET


class StartProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A firm's first words about itself."""

    name: Texts
    form: str
    kind: str
    country: str
    city: str | None = None


class OwnProfile(msgspec.Struct, frozen=True):
    """A profile as those see it who act for the provider: what is public, and what waits."""

    stored: StoredProvider
    waiting: Waiting


def own_profile(session: Session, ref: str, actor: Actor) -> OwnProfile:
    """A profile with what waits, for its firm and for administrators.

    Raises
    ------
    NotFound
        To anybody else.
    """
    stored = _mine(session, ref, actor)
    revision = profile_revisions.latest(session, stored.id)
    if revision is None:
        return OwnProfile(stored, Waiting())
    then, now = revision.record.service_lines, stored.record.service_lines
    return OwnProfile(stored, moved(revision.waiting, then, now))


def start_profile(command: StartProfile, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> str:
    """Make a draft profile that the firm's account acts for; nobody else sees a draft.

    Returns
    -------
    str
        Its ref.

    Raises
    ------
    NotAllowed
        When the actor is no firm's account.
    InvalidInput
        By field.
    """
    if actor.role != "firm" or actor.account_id is None:
        raise NotAllowed("only a firm's account starts a profile")
    record = ProviderRecord(
        ref=f"firm-{secrets.token_hex(6)}",
        form=command.form,
        kind=command.kind,
        name={language: name for language, name in command.name.items() if name.strip()},
        country=command.country,
        city=command.city or None,
        state="draft",
    )
    _refuse(provider_problems(record))
    with uow:
        (provider_id,) = provider_writes.put(uow, [record], now=clock.now())
        accounts.set_provider_member(uow.session, provider_id, actor.account_id, "owner")
        _save_revision(uow, provider_id, record, Waiting(), actor=actor, clock=clock)
        uow.record(actor, "start_profile", "provider", record.ref)
        uow.commit()
    return record.ref


def edit_profile(command: EditProfile, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> Waiting:
    """Save an edit.

    Returns
    -------
    Waiting
        What of the profile waits for vetting now. A draft's parts never wait: nothing of it is public.

    Raises
    ------
    NotFound
        When the actor neither acts for the provider nor is an administrator.
    StaleEdit
        When the profile is newer than the edit; `current` is the StoredProvider.
    InvalidInput
        By field, with the places of lists as in files: "website", "service_lines[0].currency".
    """
    with uow:
        provider_writes.lock(uow.session, command.ref)
        own = own_profile(uow.session, command.ref, actor)
        if own.stored.version != command.version:
            raise StaleEdit(own.stored)
        record, waiting = _edited(own, command)
        _write(uow, own, record, waiting, actor=actor, clock=clock)
        changes = [name for name in command.__struct_fields__[2:] if getattr(command, name) is not UNSET]
        uow.record(
            actor,
            "edit_profile",
            "provider",
            command.ref,
            sections=changes,
            before=_changed_values(own.stored.record, record),
            after=_changed_values(record, own.stored.record),
            waiting=bool(waiting),
        )
        uow.commit()
    return waiting


def withdraw_waiting(ref: str, version: int, *, actor: Actor, uow: UnitOfWork, clock: Clock) -> None:
    """Take back what waits; the profile stays as it is public. Raises as `edit_profile` does.

    Raises
    ------
    IllegalTransition
        When nothing waits.
    """
    with uow:
        provider_writes.lock(uow.session, ref)
        own = own_profile(uow.session, ref, actor)
        if own.stored.version != version:
            raise StaleEdit(own.stored)
        if not own.waiting:
            raise IllegalTransition("nothing waits")
        _write(uow, own, own.stored.record, Waiting(), actor=actor, clock=clock)
        uow.record(actor, "withdraw_waiting", "provider", ref)
        uow.commit()


def _mine(session: Session, ref: str, actor: Actor) -> StoredProvider:
    stored = providers.by_refs(session, [ref]).get(ref)
    if stored is not None and (
        actor.is_administrator or profile_revisions.member_role(session, stored.id, actor.account_id)
    ):
        return stored
    raise NotFound(ref)


def _edited(own: OwnProfile, command: EditProfile) -> tuple[ProviderRecord, Waiting]:
    """The record that is live after the edit, and what waits then."""
    record = own.stored.record
    live: dict[str, Any] = {
        name: value for name in _LIVE_AT_ONCE if (value := getattr(command, name)) is not UNSET
    }
    if command.website is not UNSET:
        live["website"] = command.website or None
    waiting = own.waiting
    found = Findings()
    if command.service_lines is not UNSET:
        wanted = command.service_lines
        for place, line in enumerate(wanted):
            line_findings(found, f"service_lines[{place}]", line)
            if line.of is not None and not 0 <= line.of < len(record.service_lines):
                found.add(f"service_lines[{place}].of", line.of, "no such line")
        _refuse(found.problems)
        if record.state == "draft":
            live["service_lines"] = [_unvetted(line) for line in wanted]
            waiting = msgspec.structs.replace(waiting, service_lines=None)
        else:
            live["service_lines"], pending = split_lines(record.service_lines, wanted)
            waiting = msgspec.structs.replace(waiting, service_lines=pending)
    if command.credentials is not UNSET:
        credential_findings(found, "credentials", command.credentials)
        found.storable("credentials", msgspec.to_builtins(command.credentials))
        _refuse(found.problems)
        asked = split_credentials(record.credentials, command.credentials)
        if record.state == "draft" and asked is not None:
            live["credentials"], asked = asked, None
        waiting = msgspec.structs.replace(waiting, credentials=asked)
    edited = msgspec.structs.replace(record, **live)
    _refuse(provider_problems(edited))
    return edited, waiting


def _unvetted(line: ServiceLineRecord) -> ServiceLineRecord:
    values = {name: getattr(line, name) for name in ServiceLineRecord.__struct_fields__}
    return ServiceLineRecord(**values | {"vetting": None})


def _write(
    uow: UnitOfWork, own: OwnProfile, record: ProviderRecord, waiting: Waiting, *, actor: Actor, clock: Clock
) -> None:
    if record == own.stored.record:
        # only what waits changes: the version goes up all the same, so that two such edits are noticed
        provider_writes.bump(uow, own.stored.id, now=clock.now())
    else:
        provider_writes.put(uow, [record], now=clock.now())
    _save_revision(uow, own.stored.id, record, waiting, actor=actor, clock=clock)


def _save_revision(
    uow: UnitOfWork, provider_id: int, record: ProviderRecord, waiting: Waiting, *, actor: Actor, clock: Clock
) -> None:
    profile_revisions.add(
        uow.session,
        provider_id,
        made_at=clock.now(),
        made_by=actor.account_id,
        record=record,
        waiting=waiting,
    )


def _changed_values(record: ProviderRecord, other: ProviderRecord) -> dict[str, Any]:
    """The values of `record` that `other` has otherwise."""
    return {
        name: msgspec.to_builtins(getattr(record, name))
        for name in record.__struct_fields__
        if getattr(record, name) != getattr(other, name)
    }


def _refuse(problems: list[RowProblem]) -> None:
    if problems:
        raise InvalidInput({problem.key: problem.reason for problem in problems})
