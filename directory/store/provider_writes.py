"""Writing providers in bulk: rows, snapshot, row version and change log together."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Row, Table, bindparam, delete, func, select, text, update
from sqlalchemy.orm import Session

from directory.store import provider_rows as rows
from directory.store.provider_rows import compose
from directory.store.unit_of_work import UnitOfWork
from directory.types import CredentialRecord, PersonRecord, ProviderRecord

_T = TypeVar("_T")

Inserts: TypeAlias = dict[Table, list[rows.Values]]
"""Rows that wait to be inserted, by table."""

__all__ = ["bump", "compose", "lock", "put", "refresh"]

_AT_ONCE = 500
"""Keys in one IN list; SQLite compiled with its old limits takes 999 parameters."""

_INSERT_ORDER = (
    rows.PROVIDER, rows.PERSON, rows.AFFILIATION, rows.LANGUAGE, rows.LINE, rows.LINE_OFFICE, rows.CREDENTIAL,
    rows.CREDENTIAL_OFFICE, rows.MATTER, rows.OUTCOME, rows.REFERENCE,
)  # fmt: skip

_REPLACED = (
    rows.LANGUAGE, rows.LINE_OFFICE, rows.CREDENTIAL, rows.AFFILIATION, rows.MATTER, rows.OUTCOME,
    rows.REFERENCE,
)  # fmt: skip
"""Children that are written anew with their provider; service lines keep their ids and are not among them."""

_STORED = (rows.PROVIDER.c.id, rows.PROVIDER.c.ref, rows.PROVIDER.c.row_version, rows.PROVIDER.c.record)


def snapshot(record: ProviderRecord) -> str:
    """The record as the JSON text that `Provider.record` holds."""
    return msgspec.json.encode(record).decode()


def put(uow: UnitOfWork, records: Sequence[ProviderRecord], *, now: dt.datetime) -> list[int]:
    """Insert providers, or replace those whose ref exists, each wholly by its record.

    A provider whose record is what is stored already is not written at all. A service line keeps its
    id while its service and right stay (the n-th line of a pair is the n-th again). A person is one
    person wherever his ref stands: what the last record says of him holds, and the other providers
    he works at are refreshed. Conflict parties are not written here (`store.conflicts`).

    Parameters
    ----------
    uow : UnitOfWork
        An open one; the caller commits.
    records : sequence of ProviderRecord
        Validated (`rules.exchange`); each ref once. Some hundred at a time keep memory low.
    now : datetime
        The moment of the change.

    Returns
    -------
    list of int
        The providers' ids in the order of `records`.

    Raises
    ------
    ValueError
        When a ref stands twice in `records`.
    """
    records = [rows.canonical(record) for record in records]
    refs = [record.ref for record in records]
    if len(set(refs)) < len(refs):
        raise ValueError("a ref stands twice among the records")
    session = uow.session
    stored: dict[str, Row[Any, Any, Any, Any]] = {}
    for part in _parts(refs):
        # in one order, so that two writers wait for each other and never both
        query = select(*_STORED).where(rows.PROVIDER.c.ref.in_(part)).order_by(rows.PROVIDER.c.id)
        stored.update((row.ref, row) for row in session.execute(query.with_for_update()))
    new_ids = iter(_new_ids(session, rows.PROVIDER, len(refs) - len(stored)))
    ids = {ref: stored[ref].id if ref in stored else next(new_ids) for ref in refs}
    texts = {record.ref: snapshot(record) for record in records}
    changed = [
        record
        for record in records
        if record.ref not in stored or stored[record.ref].record != texts[record.ref]
    ]
    if not changed:
        return list(ids.values())

    inserts: Inserts = defaultdict(list)
    provider_updates = []
    for record in changed:
        values = rows.provider_values(record) | {"record": texts[record.ref], "updated_at": now}
        if record.ref in stored:
            version = stored[record.ref].row_version + 1
            provider_updates.append(values | {"key": ids[record.ref], "row_version": version})
        else:
            inserts[rows.PROVIDER].append(
                values | {"id": ids[record.ref], "row_version": 1, "created_at": now}
            )
    replaced = [ids[record.ref] for record in changed if record.ref in stored]
    if replaced:
        _update(session, rows.PROVIDER, provider_updates)
        _delete(session, _REPLACED, "provider_id", replaced)
    people, redefined = _put_people(session, changed, inserts, now)
    _put_lines(session, changed, ids, replaced, inserts)
    _put_children(session, changed, ids, people, inserts)
    for table in _INSERT_ORDER:
        if inserts[table]:
            session.connection().execute(table.insert(), inserts[table])
    uow.touch(ids[record.ref] for record in changed)
    if redefined:
        refresh(uow, _providers_of(session, [people[ref] for ref in redefined]), now=now)
    return list(ids.values())


def refresh(uow: UnitOfWork, ids: Iterable[int], *, now: dt.datetime) -> None:
    """Write anew the snapshots that no longer say what the rows say, and mark those providers as changed."""
    for part in _parts(list(ids)):
        composed = compose(uow.session, part)
        query = select(*_STORED).where(rows.PROVIDER.c.id.in_(part))
        updates = [
            {"key": row.id, "record": text_now, "row_version": row.row_version + 1, "updated_at": now}
            for row in uow.session.execute(query.with_for_update()).all()
            if (text_now := snapshot(composed[row.id])) != row.record
        ]
        _update(uow.session, rows.PROVIDER, updates)
        uow.touch(each["key"] for each in updates)


def lock(session: Session, ref: str) -> None:
    """Hold off other changes of a provider until this transaction ends, so that its version stands."""
    session.execute(select(rows.PROVIDER.c.id).where(rows.PROVIDER.c.ref == ref).with_for_update())


def bump(uow: UnitOfWork, provider_id: int, *, now: dt.datetime) -> None:
    """Raise a provider's row version, because something beside its record changed."""
    query = update(rows.PROVIDER).where(rows.PROVIDER.c.id == provider_id)
    uow.session.execute(query.values(row_version=rows.PROVIDER.c.row_version + 1, updated_at=now))
    uow.touch([provider_id])


def _put_people(
    session: Session,
    records: Sequence[ProviderRecord],
    inserts: Inserts,
    now: dt.datetime,
) -> tuple[dict[str, int], list[str]]:
    """Ids of the persons by ref, and the refs of those of whom a stored snapshot says otherwise."""
    wanted: dict[str, PersonRecord] = {}
    redefined: dict[str, None] = {}
    for record in records:
        for person in record.people:
            other = wanted.get(person.ref)
            if other is not None and _differ(other, person):
                redefined[person.ref] = None
            wanted[person.ref] = person
    ids: dict[str, int] = {}
    for part in _parts(list(wanted)):
        query = select(rows.PERSON.c.ref, rows.PERSON.c.id).where(rows.PERSON.c.ref.in_(part))
        ids.update((row.ref, row.id) for row in session.execute(query))
    known = list(ids)
    new = [person for ref, person in wanted.items() if ref not in ids]
    ids.update(zip((person.ref for person in new), _new_ids(session, rows.PERSON, len(new)), strict=True))
    inserts[rows.PERSON] += [
        {"id": ids[person.ref], "ref": person.ref, "name": person.name, "created_at": now} for person in new
    ]
    changed = []
    for part in _parts(known):
        stored = rows.compose_people(session, [ids[ref] for ref in part])
        changed += [wanted[ref] for ref in part if _differ(stored[ref], wanted[ref])]
    redefined.update(dict.fromkeys(person.ref for person in changed))
    _update(session, rows.PERSON, [{"key": ids[person.ref], "name": person.name} for person in changed])
    _delete(session, (rows.CREDENTIAL,), "person_id", [ids[person.ref] for person in changed])
    _put_credentials(
        session,
        [({"person_id": ids[person.ref]}, each) for person in new + changed for each in person.credentials],
        inserts,
    )
    return ids, list(redefined)


def _differ(one: PersonRecord, other: PersonRecord) -> bool:
    """Whether two records say different things of the person himself."""
    return (one.name, one.credentials) != (other.name, other.credentials)


def _put_lines(
    session: Session,
    records: Sequence[ProviderRecord],
    ids: dict[str, int],
    replaced: Sequence[int],
    inserts: Inserts,
) -> None:
    """Note the lines to insert; update those that stay under their id, delete those that are gone."""
    stored: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for part in _parts(replaced):
        query = select(*rows.LINE.c["id", "provider_id", "service", "right"]).where(
            rows.LINE.c.provider_id.in_(part)
        )
        for row in session.execute(query.order_by(rows.LINE.c.position)):
            stored[row.provider_id, row.service, row.right].append(row.id)
    kept = []
    new = []
    for record in records:
        provider_id = ids[record.ref]
        for position, line in enumerate(record.service_lines):
            same = stored.get((provider_id, line.service, line.right))
            if not same:
                new.append((provider_id, position, line))
                continue
            line_id = same.pop(0)
            kept.append(rows.line_values(line_id, provider_id, position, line) | {"key": line_id})
            inserts[rows.LINE_OFFICE] += rows.line_office_values(line_id, provider_id, line)
    for line_id, (provider_id, position, line) in zip(
        _new_ids(session, rows.LINE, len(new)), new, strict=True
    ):
        inserts[rows.LINE].append(rows.line_values(line_id, provider_id, position, line))
        inserts[rows.LINE_OFFICE] += rows.line_office_values(line_id, provider_id, line)
    _update(session, rows.LINE, kept)
    _delete(session, (rows.LINE,), "id", [line_id for left in stored.values() for line_id in left])


def _put_children(
    session: Session,
    records: Sequence[ProviderRecord],
    ids: dict[str, int],
    people: dict[str, int],
    inserts: Inserts,
) -> None:
    held: list[tuple[rows.Values, CredentialRecord]] = []
    for record in records:
        provider_id = ids[record.ref]
        inserts[rows.LANGUAGE] += rows.language_values(provider_id, record)
        inserts[rows.AFFILIATION] += [
            {
                "provider_id": provider_id,
                "person_id": people[person.ref],
                "position": position,
                "confirmed": person.affiliation_confirmed,
            }
            for position, person in enumerate(record.people)
        ]
        held += [({"provider_id": provider_id}, credential) for credential in record.credentials]
        for table, values in rows.track_record_values(provider_id, record).items():
            inserts[table] += values
    _put_credentials(session, held, inserts)


def _put_credentials(
    session: Session,
    held: Sequence[tuple[rows.Values, CredentialRecord]],
    inserts: Inserts,
) -> None:
    # ids are drawn after those that wait to be inserted, which the table does not show yet
    new_ids = _new_ids(session, rows.CREDENTIAL, len(held), waiting=len(inserts[rows.CREDENTIAL]))
    for credential_id, (holder, credential) in zip(new_ids, held, strict=True):
        inserts[rows.CREDENTIAL].append(rows.credential_values(credential_id, credential, **holder))
        inserts[rows.CREDENTIAL_OFFICE] += rows.credential_office_values(credential_id, credential)


def _providers_of(session: Session, person_ids: Sequence[int]) -> list[int]:
    found: dict[int, None] = {}
    for part in _parts(person_ids):
        query = select(rows.AFFILIATION.c.provider_id).where(rows.AFFILIATION.c.person_id.in_(part))
        found.update(dict.fromkeys(session.scalars(query)))
    return list(found)


def _new_ids(session: Session, table: Table, n: int, *, waiting: int = 0) -> Sequence[int]:
    """Keys for rows that are about to be inserted: known before, so that children go in the same batch."""
    if n == 0:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        draw = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)")
        return list(session.scalars(draw, {"table": table.description, "n": n}))
    # SQLite: safe because a unit of work holds the write lock from its beginning
    last = (session.scalar(select(func.max(table.c.id))) or 0) + waiting
    return range(last + 1, last + n + 1)


def _update(session: Session, table: Table, updates: Sequence[rows.Values]) -> None:
    if updates:
        session.connection().execute(update(table).where(table.c.id == bindparam("key")), updates)


def _delete(session: Session, tables: Iterable[Table], column: str, ids: Sequence[int]) -> None:
    for part in _parts(ids):
        for table in tables:
            session.execute(delete(table).where(table.c[column].in_(part)))


def _parts(items: Sequence[_T]) -> Iterable[Sequence[_T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
