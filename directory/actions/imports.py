"""Taking in rows of the exchange formats, one transaction a batch.

The same rows again change nothing, so an import that was stopped is simply run again. A bad row
is reported and the others are taken; who wants all or nothing checks with `dry_run` first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from directory.clock import Clock
from directory.db import Session
from directory.errors import NotAllowed, RowErrors, RowProblem
from directory.rules.exchange import Row, read_judgement, read_need, read_provider
from directory.store import conflicts, judgements, needs, owners, provider_writes, providers
from directory.store.provider_rows import canonical
from directory.store.unit_of_work import UnitOfWork
from directory.types import Actor, NeedRecord, ProviderRecord

_HAN = re.compile("[\u4e00-\u9fff]")


class Report(msgspec.Struct):
    """What an import did, or would do: rows by outcome, and what was wrong with the failed ones."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    problems: list[RowProblem] = []
    notes: list[str] = []

    def add(self, other: Report) -> None:
        """Count another batch in."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def refuse(self, row: Row, error: RowErrors) -> None:
        """Count a row as failed, its problems with its line."""
        self.failed += 1
        for problem in error.problems:
            self.problems.append(RowProblem(problem.key, problem.value, problem.reason, row.line))

    def count(self, stored: object, wanted: object) -> None:
        """Count a row that is taken."""
        if stored is None:
            self.new += 1
        elif stored == wanted:
            self.unchanged += 1
        else:
            self.changed += 1


class Import(Protocol):
    """An import of one batch of rows.

    `taken` holds the keys of rows taken from the same file before; those of this batch are added, and a
    row whose key is in it already is refused. A `dry_run` reports only.
    """

    def __call__(
        self,
        rows: Sequence[Row],
        *,
        actor: Actor,
        uow: UnitOfWork,
        clock: Clock,
        taken: set[object],
        dry_run: bool = False,
    ) -> Report: ...


def import_providers(
    rows: Sequence[Row],
    *,
    actor: Actor,
    uow: UnitOfWork,
    clock: Clock,
    taken: set[object],
    seal: conflicts.Seal,
    dry_run: bool = False,
) -> Report:
    """Insert or update providers by ref, some hundred at a time.

    Parameters
    ----------
    rows : sequence of Row
        The batch.
    actor : Actor
        An administrator or the command line.
    taken : set
        See `Import`.
    seal : Seal
        Closes the conflict parties. They are taken only while nobody acts for the provider.
    dry_run : bool
        Report only.

    Raises
    ------
    NotAllowed
        To anybody else.
    """
    _only_administrators(actor)
    report = Report()
    records: dict[str, ProviderRecord] = {}
    listed = []
    with uow:
        stored = providers.by_refs(uow.session, _refs(rows, "ref"))
        for row in rows:
            ref = row.data.get("ref")
            former = stored.get(ref) if isinstance(ref, str) else None
            try:
                record = read_provider(row.data, former.record if former else None)
                _first_time(taken, "ref", record.ref)
            except RowErrors as error:
                report.refuse(row, error)
                continue
            records[record.ref] = record
            report.count(former.record if former else None, canonical(record))
            if "conflict_parties" in row.data:
                listed.append(record)
        if not dry_run:
            written = provider_writes.put(uow, list(records.values()), now=clock.now())
            ids = dict(zip(records, written, strict=True))
            report.notes += _put_conflicts(uow.session, listed, ids, seal)
            _commit(uow, report, partial(uow.record, actor, "import_providers", "provider"), list(records))
    return report


def _put_conflicts(
    session: Session, records: Sequence[ProviderRecord], ids: Mapping[str, int], seal: conflicts.Seal
) -> list[str]:
    """Store the conflict parties of these records; a note for each provider that keeps its own list."""
    notes = []
    claimed = conflicts.claimed(session, [ids[record.ref] for record in records])
    stored = conflicts.of_providers(session, [ids[record.ref] for record in records], seal)
    for record in records:
        provider_id = ids[record.ref]
        if provider_id in claimed:
            if record.conflict_parties:
                notes.append(f"{record.ref}: conflict parties are not taken, the provider keeps its own list")
        elif record.conflict_parties != stored.get(provider_id, []):
            conflicts.replace(session, provider_id, record.conflict_parties, seal)
    return notes


def import_needs(
    rows: Sequence[Row],
    *,
    actor: Actor,
    uow: UnitOfWork,
    clock: Clock,
    taken: set[object],
    dry_run: bool = False,
) -> Report:
    """Insert or update needs by ref; the owner a row names is made when there is none without members.

    Parameters and errors are those of `import_providers`.
    """
    _only_administrators(actor)
    report = Report()
    refs = []
    with uow:
        for row in rows:
            ref = row.data.get("ref")
            former = needs.by_ref(uow.session, ref) if isinstance(ref, str) else None
            stored = None if former is None else _need_record(former)
            try:
                record = read_need(row.data, stored)
                _first_time(taken, "ref", record.ref)
            except RowErrors as error:
                report.refuse(row, error)
                continue
            record.language = record.language or ("zh-Hans" if _HAN.search(record.text or "") else "en")
            record.owner = record.owner or record.ref
            refs.append(record.ref)
            report.count(stored, record)
            if record != stored and not dry_run:
                _put_need(uow.session, former, record, clock.now())
        if not dry_run:
            _commit(uow, report, partial(uow.record, actor, "import_needs", "need"), refs)
    return report


def _need_record(need: needs.StoredNeed) -> NeedRecord:
    return NeedRecord(
        ref=need.ref,
        owner=need.owner_name,
        language=need.language,
        text=need.text or None,
        brief=need.stated or None,
    )


def _put_need(
    session: Session, former: needs.StoredNeed | None, record: NeedRecord, now: dt.datetime
) -> None:
    assert record.owner is not None
    values: dict[str, Any] = {
        "language": record.language,
        "text": record.text or "",
        "stated": record.brief or {},
        "updated_at": now,
    }
    if former is None or former.owner_name != record.owner:
        values["owner_id"] = owners.without_members(session, record.owner, now=now)
    if former is None:
        needs.add(session, values | {"ref": record.ref, "created_at": now})
    else:
        needs.change(session, former.id, former.version, values | {"version": former.version + 1})


def import_judgements(
    rows: Sequence[Row],
    *,
    actor: Actor,
    uow: UnitOfWork,
    clock: Clock,
    taken: set[object],
    dry_run: bool = False,
) -> Report:
    """Insert or update judgements by need, provider, source and judge. Need and provider must exist.

    Parameters and errors are those of `import_providers`.
    """
    _only_administrators(actor)
    report = Report()
    refs = []
    with uow:
        known = judgements.known_refs(uow.session, _refs(rows, "need"), _refs(rows, "provider"))
        for row in rows:
            try:
                record = read_judgement(row.data)
                _must_exist(known, need=record.need, provider=record.provider)
                key = (record.need, record.provider, record.source, record.judge)
                _first_time(taken, "need, provider, source, judge", key)
            except RowErrors as error:
                report.refuse(row, error)
                continue
            refs.append(record.need)
            stored = judgements.by_key(uow.session, record)
            report.count(stored, record)
            if stored != record and not dry_run:
                judgements.put(uow.session, record)
        if not dry_run:
            _commit(uow, report, partial(uow.record, actor, "import_judgements", "judgement"), refs)
    return report


def _must_exist(known: tuple[set[str], set[str]], *, need: str, provider: str) -> None:
    problems = [
        RowProblem(key, ref, f"there is no {key} of this ref")
        for key, ref, refs in (("need", need, known[0]), ("provider", provider, known[1]))
        if ref not in refs
    ]
    if problems:
        raise RowErrors(problems)


def _only_administrators(actor: Actor) -> None:
    if not actor.is_administrator:
        raise NotAllowed("only administrators import")


def _refs(rows: Iterable[Row], key: str) -> list[str]:
    return [ref for row in rows if isinstance(ref := row.data.get(key), str)]


def _first_time(taken: set[object], key: str, value: object) -> None:
    if value in taken:
        raise RowErrors([RowProblem(key, value, "stands twice in the file; the first was taken")])
    taken.add(value)


def _commit(uow: UnitOfWork, report: Report, record: Callable[..., None], refs: Sequence[str]) -> None:
    """Make a batch permanent, with one audit event if it changed anything."""
    if report.new + report.changed:
        record(refs[0], last=refs[-1], new=report.new, changed=report.changed)
    uow.commit()
