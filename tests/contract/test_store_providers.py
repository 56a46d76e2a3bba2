"""Providers as rows and as snapshots, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import msgspec
import pytest
from cryptography.fernet import InvalidToken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from directory.db import Base, connect, sessions, writing_sessions
from directory.demo import market, market_1
from directory.models import AuditEvent, ChangeLog, ConflictEntry, Provider, ServiceLine
from directory.store import conflicts, provider_writes, providers
from directory.store.provider_rows import canonical
from directory.store.unit_of_work import UnitOfWork
from directory.types import (
    SYSTEM,
    ConflictParty,
    CredentialRecord,
    PersonRecord,
    ProviderRecord,
    ServiceLineRecord,
)

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
DAY = NOW.date()
MARKET_1 = [msgspec.convert(data, ProviderRecord) for data in market_1.load(DAY).providers]
INVENTED = [msgspec.convert(data, ProviderRecord) for data in market.generate(120, 3, DAY)]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'directory.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    made = connect(url)
    Base.metadata.create_all(made)
    yield made
    Base.metadata.drop_all(made)
    made.dispose()


@pytest.fixture(autouse=True)
def emptied(engine: Engine) -> None:
    with writing_sessions(engine)() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        session.commit()


def unit_of_work(engine: Engine) -> UnitOfWork:
    return UnitOfWork(writing_sessions(engine), now=lambda: NOW, audit_key="key")


def put(engine: Engine, records: list[ProviderRecord]) -> list[int]:
    with unit_of_work(engine) as uow:
        ids = provider_writes.put(uow, records, now=NOW)
        uow.commit()
    return ids


def read(engine: Engine, ids: list[int]) -> list[ProviderRecord]:
    """The snapshots, which must say what the rows say."""
    with sessions(engine)() as session:
        stored = providers.by_ids(session, ids)
        composed = provider_writes.compose(session, ids)
        assert {each: one.record for each, one in stored.items()} == composed
        return [stored[each].record for each in ids]


def versions(engine: Engine) -> dict[str, int]:
    with sessions(engine)() as session:
        return {
            row.ref: row.row_version for row in session.execute(select(Provider.ref, Provider.row_version))
        }


def changes(engine: Engine) -> list[int]:
    with sessions(engine)() as session:
        return list(session.scalars(select(ChangeLog.provider_id).order_by(ChangeLog.id)))


def test_what_is_put_is_read_again_without_conflict_parties(engine: Engine):
    ids = put(engine, MARKET_1)
    assert any(record.conflict_parties for record in MARKET_1)
    assert read(engine, ids) == [canonical(record) for record in MARKET_1]
    assert changes(engine) == ids


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, len(INVENTED) - 1)), min_size=1, max_size=12))
def test_rows_and_snapshot_agree_after_any_replacement(engine: Engine, draws: list[tuple[int, int]]):
    """A provider's record, and its people, may become any other's."""
    records = {
        place: msgspec.structs.replace(
            INVENTED[source],
            ref=f"R{place}",
            people=[
                msgspec.structs.replace(person, ref=f"person-{(source + number) % 7}")
                for number, person in enumerate(INVENTED[source].people[:6])
            ],
        )
        for place, source in draws
    }
    ids = put(engine, list(records.values()))
    read(engine, ids)
    with sessions(engine)() as session:
        every = list(session.scalars(select(Provider.id)))
        assert session.execute(text("SELECT count(*) FROM line_office")).scalar_one() == sum(
            len(line.offices)
            for one in providers.by_ids(session, every).values()
            for line in one.record.service_lines
        )
    read(engine, every)  # others who share a person were refreshed too


def test_the_same_records_again_write_nothing(engine: Engine):
    ids = put(engine, INVENTED)
    before = (versions(engine), changes(engine))
    assert put(engine, INVENTED) == ids
    assert (versions(engine), changes(engine)) == before


def test_only_what_changed_gets_a_new_version_and_a_change(engine: Engine):
    ids = put(engine, MARKET_1)
    changed = msgspec.structs.replace(MARKET_1[2], accepts_new=not MARKET_1[2].accepts_new)
    assert put(engine, [*MARKET_1[:2], changed]) == ids[:3]
    assert versions(engine) == {record.ref: 2 if record is MARKET_1[2] else 1 for record in MARKET_1}
    assert changes(engine) == [*ids, ids[2]]


def test_lines_keep_their_ids_by_service_right_and_count(engine: Engine):
    def record(*lines: tuple[str, str, list[str]]) -> ProviderRecord:
        made = [ServiceLineRecord(service=a, right=b, offices=c) for a, b, c in lines]
        return msgspec.structs.replace(MARKET_1[0], service_lines=made)

    def line_ids() -> list[int]:
        with sessions(engine)() as session:
            return list(session.scalars(select(ServiceLine.id).order_by(ServiceLine.position)))

    put(engine, [record(("PROS", "patent", ["CN"]), ("PROS", "patent", ["EP"]), ("LITI", "patent", ["CN"]))])
    first, second, litigation = line_ids()
    put(
        engine, [record(("LITI", "patent", []), ("PROS", "patent", ["US", "EP"]), ("OPPO", "patent", ["CN"]))]
    )
    after = line_ids()
    assert after[:2] == [litigation, first]
    assert after[2] not in (first, second, litigation)
    put(engine, [record(("OPPO", "patent", ["CN"]))])
    assert line_ids() == [after[2]]


def test_a_ref_twice_in_one_batch_is_refused(engine: Engine):
    with pytest.raises(ValueError, match="twice"), unit_of_work(engine) as uow:
        provider_writes.put(uow, [MARKET_1[0], MARKET_1[0]], now=NOW)


def test_a_person_is_one_person_wherever_he_works(engine: Engine):
    credential = CredentialRecord(register="EPO_LIST", number="99001", offices=["EP", "DE"])
    before = PersonRecord(ref="shared", name={"en": "Old Name"}, affiliation_confirmed=True)
    after = PersonRecord(ref="shared", name={"en": "New Name"}, credentials=[credential])
    one, other, third = (msgspec.structs.replace(record, people=[before]) for record in MARKET_1[:3])
    ids = put(engine, [one, other, msgspec.structs.replace(third, people=[])])
    put(engine, [msgspec.structs.replace(other, people=[after])])
    (seen,) = read(engine, ids)[0].people
    assert (seen.name, seen.credentials, seen.affiliation_confirmed) == (
        {"en": "New Name"},
        [credential],
        True,
    )
    assert versions(engine) == {one.ref: 2, other.ref: 2, third.ref: 1}
    assert set(changes(engine)[3:]) == set(ids[:2])


def test_of_two_records_in_one_batch_the_last_says_who_a_person_is(engine: Engine):
    people = [PersonRecord(ref="shared", name={"en": name}) for name in ("First", "Last")]
    records = [msgspec.structs.replace(MARKET_1[n], people=[people[n]]) for n in (0, 1)]
    assert [one.people[0].name for one in read(engine, put(engine, records))] == [{"en": "Last"}] * 2


def test_what_is_not_committed_never_was(engine: Engine):
    with unit_of_work(engine) as uow:
        provider_writes.put(uow, MARKET_1, now=NOW)
        uow.record(SYSTEM, "import_providers", "provider", "P1")
    assert (versions(engine), changes(engine)) == ({}, [])
    with sessions(engine)() as session:
        assert session.scalars(select(AuditEvent)).all() == []


def test_conflict_parties_are_sealed(engine: Engine):
    seal = conflicts.Seal("a key")
    parties = [
        ConflictParty(name="Northstar Semiconductor", aliases=["北星半导体"]),
        ConflictParty(name="Other"),
    ]
    (provider_id,) = put(engine, MARKET_1[:1])
    with unit_of_work(engine) as uow:
        conflicts.replace(uow.session, provider_id, parties, seal)
        uow.commit()
    with sessions(engine)() as session:
        assert conflicts.of_providers(session, [provider_id, 99], seal) == {provider_id: parties}
        raw = b"".join(session.scalars(select(ConflictEntry.sealed)))
        assert b"Northstar" not in raw
        with pytest.raises(InvalidToken):
            conflicts.of_providers(session, [provider_id], conflicts.Seal("another key"))


def test_streaming_gives_every_provider_once_in_order(engine: Engine):
    ids = put(engine, INVENTED)
    with sessions(engine)() as session:
        batches = list(providers.stream(session, batch=50))
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [one.id for batch in batches for one in batch] == sorted(ids)


def test_change_ids_become_visible_in_commit_order(engine: Engine):
    """While a change is drawn and not committed, no later one can be: a cursor never passes one."""
    first, second = put(engine, MARKET_1[:2])
    drawn, go_on = threading.Event(), threading.Event()

    def wait_before_commit(_session: Session) -> None:
        drawn.set()
        go_on.wait(10)

    def change(provider_id: int, *, slowly: bool) -> None:
        with unit_of_work(engine) as uow:
            provider_writes.bump(uow, provider_id, now=NOW)
            if slowly:
                event.listen(uow.session, "before_commit", wait_before_commit)
            uow.commit()

    slow = threading.Thread(target=change, args=(first,), kwargs={"slowly": True})
    quick = threading.Thread(target=change, args=(second,), kwargs={"slowly": False})
    slow.start()
    assert drawn.wait(10)
    quick.start()
    quick.join(0.5)
    assert quick.is_alive()
    assert changes(engine) == [first, second]
    go_on.set()
    slow.join(10)
    quick.join(10)
    assert changes(engine) == [first, second, first, second]
