"""Needs: what their owners do with them and who may read them, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select

from directory.actions import needs as actions
from directory.actions.imports import import_judgements, import_needs, import_providers
from directory.actions.needs import SubmitNeed
from directory.clock import FixedClock
from directory.db import Base, connect, sessions, writing_sessions
from directory.demo import market_1
from directory.errors import IllegalTransition, InvalidInput, NotAllowed, NotFound, StaleEdit
from directory.models import Account, AuditEvent, Judgement, Need, Owner, OwnerMember
from directory.rules.exchange import Row
from directory.store import judgements, needs
from directory.store.conflicts import Seal
from directory.store.unit_of_work import UnitOfWork
from directory.types import ANYBODY, COMMAND_LINE, Actor

CLOCK = FixedClock(dt.date(2026, 12, 1))
OWNER, READER, STRANGER = (Actor(f"account {n}", "owner", n) for n in (1, 2, 3))
ADMINISTRATOR = Actor("account 4", "administrator", 4, second_factor=True)
WITHOUT_CODE = Actor("account 4", "administrator", 4)
ASKED = SubmitNeed(text="想在中国申请专利", language="zh-Hans", stated={"offices": ["CN"], "deadline": None})


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('needs') / 'directory.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    made = connect(url)
    Base.metadata.create_all(made)
    yield made
    Base.metadata.drop_all(made)
    made.dispose()


@pytest.fixture(autouse=True)
def people(engine: Engine) -> None:
    """Two owners; accounts 1 (editor) and 2 (reader) act for the first, 3 for the second, 4 administers."""
    now = CLOCK.now()
    with writing_sessions(engine)() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        for number in range(1, 5):
            values = {"email": f"{number}@power.example", "name": "N", "role": "owner", "password_hash": ""}
            session.add(Account(id=number, created_at=now, **values))
        session.add_all(
            [Owner(id=901, name="One", created_at=now), Owner(id=902, name="Two", created_at=now)]
        )
        session.flush()
        for owner, account, role in ((901, 1, "editor"), (901, 2, "reader"), (902, 3, "editor")):
            session.add(OwnerMember(owner_id=owner, account_id=account, role=role))
        session.commit()


def shared(engine: Engine, actor: Actor) -> dict:
    uow = UnitOfWork(writing_sessions(engine), now=CLOCK.now, audit_key="key")
    return {"actor": actor, "uow": uow, "clock": CLOCK}


def submit(engine: Engine, actor: Actor = OWNER, command: SubmitNeed = ASKED) -> str:
    return actions.submit_need(command, **shared(engine, actor))


def read(engine: Engine, ref: str, actor: Actor = OWNER) -> needs.StoredNeed:
    with sessions(engine)() as session:
        return needs.visible(session, ref, actor)


def test_a_need_is_stored_as_it_was_said(engine: Engine):
    need = read(engine, submit(engine))
    assert (need.text, need.language, need.stated) == (ASKED.text, ASKED.language, ASKED.stated)
    assert (need.state, need.version, need.owner_name, need.created_by) == ("open", 1, "One", 1)
    assert need.administrators_may_read is False


def test_only_members_of_the_owner_may_read_it_and_administrators_with_consent(engine: Engine):
    ref = submit(engine)
    assert read(engine, ref, READER).ref == ref
    for actor in (STRANGER, ADMINISTRATOR, COMMAND_LINE, ANYBODY, Actor("firm", "firm", 3)):
        with pytest.raises(NotFound):
            read(engine, ref, actor)
    actions.set_consent(ref, True, **shared(engine, OWNER))
    assert read(engine, ref, ADMINISTRATOR).ref == ref
    for actor in (STRANGER, WITHOUT_CODE, ANYBODY):
        with pytest.raises(NotFound):
            read(engine, ref, actor)
    actions.set_consent(ref, False, **shared(engine, OWNER))
    with pytest.raises(NotFound):
        read(engine, ref, ADMINISTRATOR)


def test_an_unknown_need_looks_like_anothers(engine: Engine):
    with pytest.raises(NotFound):
        read(engine, "no-such-need")


def test_an_account_sees_the_needs_of_its_owners_only(engine: Engine):
    mine, other = submit(engine), submit(engine, STRANGER)
    with sessions(engine)() as session:
        assert [need.ref for need in needs.of_account(session, 2)] == [mine]
        assert [need.ref for need in needs.of_account(session, 3)] == [other]


def test_only_an_editor_writes(engine: Engine):
    for actor in (READER, ADMINISTRATOR, ANYBODY):
        with pytest.raises(NotAllowed):
            submit(engine, actor)
    with pytest.raises(NotAllowed):
        submit(engine, OWNER, SubmitNeed(text="t", language="en", owner_id=902))
    ref = submit(engine)
    with pytest.raises(NotAllowed):
        actions.withdraw_need(ref, **shared(engine, READER))
    with pytest.raises(NotFound):
        actions.withdraw_need(ref, **shared(engine, STRANGER))
    actions.set_consent(ref, True, **shared(engine, OWNER))
    with pytest.raises(NotAllowed):
        actions.edit_need(ref, 2, ASKED, **shared(engine, ADMINISTRATOR))


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (SubmitNeed(text="  ", language="en"), "text"),
        (SubmitNeed(text="x" * 20_001, language="en"), "text"),
        (SubmitNeed(text="a\0b", language="en"), "text"),
        (SubmitNeed(text="\ud800", language="en"), "text"),
        (SubmitNeed(text="t", language="klingon"), "language"),
        (SubmitNeed(text="t", language="en", stated={"offices": ["ZZ"]}), "offices"),
        (SubmitNeed(text="t", language="en", stated={"deadline": "soon"}), "deadline"),
        (SubmitNeed(text="t", language="en", stated={"surprise": 1}), "surprise"),
    ],
)
def test_what_cannot_be_taken_is_named_by_field(engine: Engine, command: SubmitNeed, field: str):
    with pytest.raises(InvalidInput) as error:
        submit(engine, OWNER, command)
    assert list(error.value.fields) == [field]


def test_of_two_edits_of_one_version_the_second_is_stale_and_shows_the_first(engine: Engine):
    ref = submit(engine)
    actions.edit_need(ref, 1, SubmitNeed(text="first", language="en"), **shared(engine, OWNER))
    with pytest.raises(StaleEdit) as error:
        actions.edit_need(ref, 1, SubmitNeed(text="second", language="en"), **shared(engine, OWNER))
    assert isinstance(error.value.current, needs.StoredNeed)
    assert error.value.current.text == "first"
    assert (read(engine, ref).text, read(engine, ref).version) == ("first", 2)


def test_what_is_over_is_over(engine: Engine):
    for end in (
        lambda ref: actions.withdraw_need(ref, **shared(engine, OWNER)),
        lambda ref: actions.close_need(ref, None, **shared(engine, OWNER)),
    ):
        ref = submit(engine)
        end(ref)
        assert read(engine, ref).state in ("withdrawn", "closed")
        with pytest.raises(IllegalTransition):
            actions.edit_need(ref, 2, ASKED, **shared(engine, OWNER))
        with pytest.raises(IllegalTransition):
            end(ref)


def test_whom_the_owner_engaged_is_kept_when_he_exists(engine: Engine):
    import_market(engine)
    ref = submit(engine)
    with pytest.raises(InvalidInput):
        actions.close_need(ref, "nobody", **shared(engine, OWNER))
    actions.close_need(ref, "P1", **shared(engine, OWNER))
    assert (read(engine, ref).state, read(engine, ref).engaged_ref) == ("closed", "P1")


def test_the_audit_trail_holds_no_word_of_a_need(engine: Engine):
    ref = submit(engine)
    actions.edit_need(ref, 1, ASKED, **shared(engine, OWNER))
    with sessions(engine)() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.verb, event.subject_ref) for event in events] == [("submit_need", ref), ("edit_need", ref)]
    assert not any(ASKED.text in str(event.detail) for event in events)


# Imports


def rows(records: list[dict]) -> list[Row]:
    return [Row(number, data) for number, data in enumerate(records, start=1)]


def import_market(engine: Engine) -> market_1.Market1:
    found = market_1.load(CLOCK.today())
    arguments = shared(engine, COMMAND_LINE)
    import_providers(rows(found.providers), **arguments, taken=set(), seal=Seal("key"))
    assert import_needs(rows(found.needs), **arguments, taken=set()).new == 13
    return found


def test_an_imported_need_goes_to_an_owner_nobody_acts_for(engine: Engine):
    """Who signed up under the name of an owner must not come by the needs that are imported for it."""
    record = {"ref": "N1", "owner": "One", "text": "secret"}
    import_needs(rows([record]), **shared(engine, COMMAND_LINE), taken=set())
    with pytest.raises(NotFound):
        read(engine, "N1", OWNER)
    import_needs(
        rows([record, {"ref": "N2", "owner": "One", "text": "t"}]),
        **shared(engine, COMMAND_LINE),
        taken=set(),
    )
    with sessions(engine)() as session:
        first, second = (needs.by_ref(session, ref) for ref in ("N1", "N2"))
    assert first is not None
    assert second is not None
    assert first.owner_id == second.owner_id != 901


def test_needs_are_imported_once(engine: Engine):
    found = import_market(engine)
    again = import_needs(rows(found.needs), **shared(engine, COMMAND_LINE), taken=set())
    assert (again.new, again.changed, again.unchanged) == (0, 0, 13)
    changed = import_needs(
        rows([{"ref": "S1", "brief": {"offices": []}}]), **shared(engine, COMMAND_LINE), taken=set()
    )
    assert changed.changed == 1
    with sessions(engine)() as session:
        need = needs.by_ref(session, "S1")
    assert need is not None
    assert (need.stated, need.version, need.text) == ({"offices": []}, 2, found.needs[0]["text"])


def test_judgements_are_kept_by_need_provider_source_and_judge(engine: Engine):
    found = import_market(engine)
    arguments = shared(engine, COMMAND_LINE)
    assert import_judgements(rows(found.judgements), **arguments, taken=set()).new == 24
    assert import_judgements(rows(found.judgements), **arguments, taken=set()).unchanged == 24
    first = found.judgements[0]
    other = [first | {"grade": 0}, first | {"judge": "a2"}]
    report = import_judgements(rows(other), **arguments, taken=set())
    assert (report.new, report.changed) == (1, 1)
    with sessions(engine)() as session:
        assert len(session.scalars(select(Judgement)).all()) == 25
        grades = {
            one.judge: one.grade
            for one in judgements.of_need(session, first["need"])
            if one.provider == first["provider"]
        }
    assert grades == {"a1": 0, "a2": first["grade"]}


def test_a_judgement_of_what_does_not_exist_is_a_row_error(engine: Engine):
    import_market(engine)
    good = {"need": "S1", "provider": "P1", "grade": 4, "source": "administrator", "judge": "a1"}
    report = import_judgements(
        rows([good | {"need": "none"}, good | {"provider": "none"}, good, good]),
        **shared(engine, COMMAND_LINE),
        taken=set(),
    )
    assert (report.new, report.failed) == (1, 3)
    assert [(problem.line, problem.key) for problem in report.problems] == [
        (1, "need"),
        (2, "provider"),
        (4, "need, provider, source, judge"),
    ]


def test_only_administrators_import(engine: Engine):
    for actor in (OWNER, WITHOUT_CODE, ANYBODY):
        with pytest.raises(NotAllowed):
            import_needs(rows([{"ref": "N", "text": "t"}]), **shared(engine, actor), taken=set())
    with sessions(engine)() as session:
        assert session.scalars(select(Need)).all() == []
