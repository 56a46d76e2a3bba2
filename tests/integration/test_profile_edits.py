"""A firm edits its profile: what is live at once, what waits, who may, and what is written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, select

from directory.actions.profiles import (
    EditProfile,
    StartProfile,
    edit_profile,
    own_profile,
    start_profile,
    withdraw_waiting,
)
from directory.clock import FixedClock
from directory.db import Base, connect, sessions, writing_sessions
from directory.demo import market_1
from directory.errors import IllegalTransition, InvalidInput, NotAllowed, NotFound, StaleEdit
from directory.models import Account, AuditEvent, ChangeLog, ProfileRevision, ProviderMember
from directory.rules.profile import WantedLine, as_wanted
from directory.store import profile_revisions, provider_writes, providers
from directory.store.unit_of_work import UnitOfWork
from directory.types import (
    ANYBODY,
    Actor,
    CredentialRecord,
    LanguageSkill,
    ProviderRecord,
    ServiceLineRecord,
    StoredProvider,
)

CLOCK = FixedClock(dt.date(2026, 12, 1))
FIRM, OTHER_FIRM = Actor("account 1", "firm", 1), Actor("account 2", "firm", 2)
ADMINISTRATOR = Actor("account 3", "administrator", 3, second_factor=True)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Market-1; account 1 acts for P1, account 2 for P2."""
    made = connect(f"sqlite:///{tmp_path / 'directory.sqlite3'}")
    Base.metadata.create_all(made)
    with unit_of_work(made) as uow:
        for number in range(1, 4):
            values = {"name": "N", "role": "firm", "password_hash": "", "created_at": CLOCK.now()}
            uow.session.add(Account(id=number, email=f"{number}@firm.example", **values))
        records = [msgspec.convert(data, ProviderRecord) for data in market_1.load(CLOCK.today()).providers]
        first, second, *_ = provider_writes.put(uow, records, now=CLOCK.now())
        uow.session.flush()
        for provider, account in ((first, 1), (second, 2)):
            uow.session.add(ProviderMember(provider_id=provider, account_id=account, role="owner"))
        uow.commit()
    yield made
    made.dispose()


def unit_of_work(engine: Engine) -> UnitOfWork:
    return UnitOfWork(writing_sessions(engine), now=CLOCK.now, audit_key="key")


def shared(engine: Engine, actor: Actor = FIRM) -> dict:
    return {"actor": actor, "uow": unit_of_work(engine), "clock": CLOCK}


def stored(engine: Engine, ref: str = "P1") -> StoredProvider:
    with sessions(engine)() as session:
        return providers.by_refs(session, [ref])[ref]


def edit(
    engine: Engine, actor: Actor = FIRM, *, version: int | None = None, ref: str = "P1", **changes: object
):
    version = stored(engine, ref).version if version is None else version
    return edit_profile(EditProfile(ref=ref, version=version, **changes), **shared(engine, actor))  # type: ignore[arg-type]


def lines_with(engine: Engine, place: int, **values: object) -> list[WantedLine]:
    lines = as_wanted(stored(engine).record.service_lines)
    lines[place] = msgspec.structs.replace(lines[place], **values)
    return lines


def test_small_fields_are_live_with_revision_audit_event_and_change_in_one(engine: Engine):
    before = stored(engine)
    waiting = edit(
        engine,
        summary={"en": "New words"},
        languages=[LanguageSkill(code="de", level="plead")],
        industries=["energy"],
        accepts_new=False,
        website="https://firm.example/ip",
        service_lines=lines_with(engine, 1, fee_max_minor=7_000_000, fields=[1]),
    )
    assert not waiting
    after = stored(engine)
    assert after.version == before.version + 1
    assert (after.record.summary, after.record.website) == ({"en": "New words"}, "https://firm.example/ip")
    line, line_before = after.record.service_lines[1], before.record.service_lines[1]
    assert (line.fee_max_minor, line.fields, line.vetting) == (7_000_000, [1], line_before.vetting)
    with sessions(engine)() as session:
        (revision,) = session.scalars(select(ProfileRevision))
        (event,) = session.scalars(select(AuditEvent))
        changes = session.scalars(select(ChangeLog.provider_id)).all()
        assert provider_writes.compose(session, [after.id])[after.id] == after.record
    assert (revision.number, revision.state, revision.made_by) == (1, "live", 1)
    assert revision.record["website"] == "https://firm.example/ip"
    assert (event.verb, event.subject_ref, event.detail["after"]["website"]) == (
        "edit_profile",
        "P1",
        "https://firm.example/ip",
    )
    assert changes.count(after.id) == 2


def test_material_changes_wait_and_the_public_profile_stays(engine: Engine):
    public = stored(engine).record
    credentials = [*public.credentials, CredentialRecord(register="DPMA", number="99", offices=["DE"])]
    waiting = edit(engine, service_lines=lines_with(engine, 0, offices=["CN", "US"]), credentials=credentials)
    assert stored(engine).record == public
    assert waiting.service_lines is not None
    assert waiting.service_lines[0].offices == ["CN", "US"]
    assert waiting.credentials == credentials
    with sessions(engine)() as session:
        assert own_profile(session, "P1", FIRM).waiting == waiting
        assert own_profile(session, "P1", ADMINISTRATOR).waiting == waiting


def test_a_small_edit_leaves_what_waits_and_later_words_replace_it(engine: Engine):
    edit(engine, service_lines=lines_with(engine, 0, offices=["US"]))
    waiting = edit(engine, accepts_new=False)
    assert waiting.service_lines is not None
    assert stored(engine).record.accepts_new is False
    assert not edit(engine, service_lines=as_wanted(stored(engine).record.service_lines))
    with sessions(engine)() as session:
        states = [
            (one.number, one.state) for one in profile_revisions.of_provider(session, stored(engine).id)
        ]
    assert states == [(3, "live"), (2, "superseded"), (1, "superseded")]


def test_new_and_removed_lines_wait(engine: Engine):
    public = stored(engine).record
    lines = as_wanted(public.service_lines)
    new = WantedLine(service="OPPO", right="design", offices=["CN"])
    waiting = edit(engine, service_lines=[*lines[1:], new])
    assert waiting.service_lines is not None
    assert [line.of for line in waiting.service_lines] == [*range(1, len(lines)), None]
    assert stored(engine).record == public


def test_what_waits_can_be_taken_back_once(engine: Engine):
    edit(engine, credentials=[])
    withdraw_waiting("P1", stored(engine).version, **shared(engine))
    with sessions(engine)() as session:
        assert not own_profile(session, "P1", FIRM).waiting
    with pytest.raises(IllegalTransition):
        withdraw_waiting("P1", stored(engine).version, **shared(engine))


def test_an_edit_of_an_older_version_is_refused_and_shows_the_newer(engine: Engine):
    version = stored(engine).version
    edit(engine, version=version, service_lines=lines_with(engine, 0, offices=["US"]))  # only waits
    for late in ({"accepts_new": False}, {"credentials": []}):
        with pytest.raises(StaleEdit) as error:
            edit(engine, version=version, **late)
        assert error.value.current == stored(engine)
    with pytest.raises(StaleEdit):
        withdraw_waiting("P1", version, **shared(engine))


def test_to_others_the_profile_does_not_exist(engine: Engine):
    for actor in (
        OTHER_FIRM,
        ANYBODY,
        Actor("account 3", "administrator", 3),
        Actor("account 9", "owner", 9),
    ):
        with pytest.raises(NotFound):
            edit(engine, actor, accepts_new=False)
        with pytest.raises(NotFound), sessions(engine)() as session:
            own_profile(session, "P1", actor)
    with pytest.raises(NotFound):
        edit_profile(EditProfile(ref="none", version=1), **shared(engine))
    edit(engine, ADMINISTRATOR, accepts_new=False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "//evil.example"}, "website"),
        ({"website": "https://a:b@firm.example"}, "website"),
        ({"summary": {"en": "x" * 20_001}}, "summary.en"),
        ({"summary": {"en": "\0"}}, "summary.en"),
        ({"languages": [LanguageSkill(code="klingon")]}, "languages[0].code"),
        ({"industries": ["wizardry"]}, "industries[0]"),
        (
            {"service_lines": [WantedLine(service="PROS", right="patent", offices=["ZZ"])]},
            "service_lines[0].offices[0]",
        ),
        ({"service_lines": [WantedLine(service="PROS", right="patent", of=99)]}, "service_lines[0].of"),
        (
            {"service_lines": [WantedLine(service="PROS", right="patent", fee_min_minor=1)]},
            "service_lines[0].currency",
        ),
        ({"credentials": [CredentialRecord(register="NOPE", number="1")]}, "credentials[0].register"),
        ({"credentials": [CredentialRecord(register="DPMA", number="x" * 81)]}, "credentials[0].number"),
    ],
)
def test_what_cannot_be_taken_is_named_by_field_and_nothing_is_written(
    engine: Engine, changes: dict, field: str
):
    before = stored(engine)
    with pytest.raises(InvalidInput) as error:
        edit(engine, **changes)
    assert field in error.value.fields
    assert stored(engine) == before


def test_a_new_firm_writes_its_draft_freely_and_nobody_else_sees_it(engine: Engine):
    command = StartProfile(
        name={"en": "New Firm", "zh-Hans": " "}, form="organisation", kind="lawyer", country="DE"
    )
    ref = start_profile(command, **shared(engine))
    assert stored(engine, ref).record.name == {"en": "New Firm"}
    lines = [WantedLine(service="PROS", right="patent", offices=["DE"])]
    waiting = edit(
        engine, ref=ref, service_lines=lines, credentials=[CredentialRecord(register="DPMA", number="99")]
    )
    assert not waiting
    record = stored(engine, ref).record
    assert record.state == "draft"
    assert record.service_lines == [ServiceLineRecord(service="PROS", right="patent", offices=["DE"])]
    assert record.credentials == [CredentialRecord(register="DPMA", number="99")]
    with pytest.raises(NotFound):
        edit(engine, OTHER_FIRM, ref=ref, accepts_new=False)
    with pytest.raises(NotAllowed):
        start_profile(command, **shared(engine, ADMINISTRATOR))
    with pytest.raises(InvalidInput):
        start_profile(msgspec.structs.replace(command, name={"en": " "}), **shared(engine))
