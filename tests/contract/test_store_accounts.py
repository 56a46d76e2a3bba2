"""Accounts, tries, mails and the audit trail, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from directory.actions import colleagues, sign_in
from directory.actions.accounts import NewAccount, SignUp, create_account, sign_up
from directory.actions.auditing import NAME, note_audit_head, verify_audit_trail
from directory.actions.mailing import send_waiting
from directory.clock import FixedClock
from directory.db import Base, connect, sessions, writing_sessions
from directory.errors import InvalidInput, TooMany
from directory.mail.letters import Writer
from directory.mail.sending import SendingFailed
from directory.models import Account, AuditEvent, OutgoingMail, RateCount
from directory.store import accounts, limits, mail
from directory.store.unit_of_work import UnitOfWork
from directory.types import COMMAND_LINE, SYSTEM

NOW = dt.datetime(2026, 12, 1, 12, 7, tzinfo=dt.UTC)
KEY = "audit key"
PASSWORD = "violet gravel 88 umbrella"
WRITER = Writer("https://directory.example")
WINDOW = dt.timedelta(minutes=15)


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


@pytest.fixture
def uow(engine: Engine) -> UnitOfWork:
    return unit_of_work(engine)


def unit_of_work(engine: Engine) -> UnitOfWork:
    return UnitOfWork(writing_sessions(engine), now=lambda: NOW, audit_key=KEY)


def make(engine: Engine, email: str = "ada@works.example", role: str = "owner") -> int:
    command = NewAccount(email=email, name="Ada Invented", role=role, password=PASSWORD)
    return create_account(command, actor=COMMAND_LINE, uow=unit_of_work(engine), clock=FixedClock(NOW))


# Tries


def charge(engine: Engine, now: dt.datetime = NOW, limit: int = 3) -> bool:
    with unit_of_work(engine) as uow:
        try:
            limits.charge(uow.session, "k", now=now, window=WINDOW, limit=limit)
        except TooMany:
            return False
        uow.commit()
        return True


def test_tries_are_counted_by_window_and_refused_ones_are_not(engine):
    assert [charge(engine) for _ in range(6)] == [True] * 3 + [False] * 3
    with sessions(engine)() as session:
        assert session.scalar(select(RateCount.count)) == 3
    assert charge(engine, NOW + WINDOW)


def test_the_wait_ends_with_the_window(engine):
    charge(engine, limit=1)
    with unit_of_work(engine) as uow, pytest.raises(TooMany) as refused:
        limits.charge(uow.session, "k", now=NOW, window=WINDOW, limit=1)
    assert refused.value.retry_seconds == 8 * 60


def test_a_good_try_is_taken_back_and_old_counts_are_dropped(engine):
    for _ in range(9):
        assert charge(engine)
        with unit_of_work(engine) as uow:
            limits.take_back(uow.session, "k", now=NOW, window=WINDOW)
            uow.commit()
    charge(engine, NOW + dt.timedelta(days=2))
    with sessions(engine)() as session:
        assert session.scalars(select(RateCount.window_start)).all() == [
            dt.datetime(2026, 12, 3, 12, tzinfo=dt.UTC)
        ]


def test_tries_made_at_once_are_all_counted(engine):
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: charge(engine, limit=5), range(16)))
    assert sum(passed) == 5


# Accounts and links


def test_one_address_has_one_account_even_when_asked_for_at_once(engine):
    def ask(number: int) -> None:
        command = SignUp(
            "ada@works.example", f"Ada {number} Invented", PASSWORD, "firm", "", "en", f"10.0.0.{number}"
        )
        try:
            sign_up(command, uow=unit_of_work(engine), clock=FixedClock(NOW), writer=WRITER)
        except InvalidInput as refused:
            assert "just being registered" in refused.fields["email"]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    with sessions(engine)() as session:
        assert session.scalars(select(Account.email)).all() == ["ada@works.example"]


def test_an_address_that_is_taken_cannot_be_set(engine, uow):
    first, second = make(engine), make(engine, "bob@works.example")
    with uow:
        assert not accounts.set_email(uow.session, accounts.row(uow.session, second), "ada@works.example")
        uow.commit()
    with sessions(engine)() as session:
        assert session.get(Account, second).email == "bob@works.example"
        assert session.get(Account, first).email == "ada@works.example"


def test_a_link_is_used_once_even_by_two_at_once(engine, uow):
    number = make(engine)
    with uow:
        token = accounts.issue_token(uow.session, "reset", number, now=NOW, lasts=WINDOW)
        uow.commit()

    def use(_: int) -> bool:
        with unit_of_work(engine) as own:
            used = accounts.use_token(own.session, "reset", token, now=NOW)
            own.commit()
            return used is not None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_link_is_good_for_its_purpose_and_time_only(engine, uow):
    number = make(engine)
    with uow:
        token = accounts.issue_token(uow.session, "reset", number, now=NOW, lasts=WINDOW, value="v")
        assert accounts.use_token(uow.session, "confirm", token, now=NOW) is None
        assert accounts.find_token(uow.session, "reset", token, now=NOW + WINDOW) is None
        assert accounts.use_token(uow.session, "reset", token, now=NOW) == (number, "v")
        assert accounts.use_token(uow.session, "reset", "\ud800", now=NOW) is None
        assert accounts.use_token(uow.session, "reset", "", now=NOW) is None


def test_sign_ins_end(engine, uow):
    number = make(engine)
    with uow:
        token = accounts.add_sign_in(uow.session, number, now=NOW, lasts=WINDOW)
        other = accounts.add_sign_in(uow.session, number, now=NOW, lasts=WINDOW, second_factor_at=NOW)
        assert accounts.sign_in_by_token(uow.session, token, now=NOW).second_factor is False
        assert accounts.sign_in_by_token(uow.session, other, now=NOW).second_factor is True
        assert accounts.sign_in_by_token(uow.session, token, now=NOW + WINDOW) is None
        assert accounts.end_sign_ins(uow.session, number, but=token) == 1
        assert accounts.sign_in_count(uow.session, number, now=NOW) == 1
        accounts.end_sign_in(uow.session, token)
        assert accounts.sign_in_by_token(uow.session, token, now=NOW) is None


@pytest.mark.parametrize("text", ["a\0b", "x" * 5000, "名\u2028字 \r\n", "\ud800"])
def test_any_text_can_be_given(engine, text):
    """Each is taken or refused by name; none breaks the database."""
    command = SignUp(text, text, text, "owner", text, text, text)
    with pytest.raises(InvalidInput):
        sign_up(command, uow=unit_of_work(engine), clock=FixedClock(NOW), writer=WRITER)
    credentials = sign_in.Credentials(text, text, text)
    with pytest.raises(InvalidInput):
        sign_in.sign_in(credentials, uow=unit_of_work(engine), clock=FixedClock(NOW), writer=WRITER)
    with sessions(engine)() as session, pytest.raises(InvalidInput):
        colleagues.invitation(session, text, now=NOW)


# Mails


class Post:
    """A transport that keeps what it is given, or refuses it."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.sent: list[tuple[str, str, str]] = []

    def send(self, recipient: str, subject: str, body: str) -> None:
        if self.broken:
            raise SendingFailed("the server is away")
        self.sent.append((recipient, subject, body))


def enqueue(uow: UnitOfWork, key: str = "k", subject: str = "Subject") -> None:
    with uow:
        mail.enqueue(uow.session, key=key, recipient="a@b.example", subject=subject, body="Text", now=NOW)
        uow.commit()


def test_a_mail_asked_for_twice_is_sent_once_and_then_forgotten(engine, uow):
    post, clock = Post(), FixedClock(NOW)
    enqueue(uow, subject="Two\r\nlines")
    enqueue(uow)
    assert send_waiting(post, uow=uow, clock=clock) == 1
    assert send_waiting(post, uow=uow, clock=clock) == 0
    assert post.sent == [("a@b.example", "Two lines", "Text")]
    with sessions(engine)() as session:
        assert session.execute(select(OutgoingMail.body, OutgoingMail.attempts)).all() == [("", 1)]
        assert mail.waiting(session, now=clock.now()) == []
    clock.set(NOW + dt.timedelta(days=31))
    enqueue(uow, "other")
    send_waiting(post, uow=uow, clock=clock)
    with sessions(engine)() as session:
        assert session.scalars(select(OutgoingMail.key)).all() == ["other"]


def test_a_failed_mail_is_tried_again_later_and_at_last_given_up(engine, uow):
    enqueue(uow)
    clock, broken, tries = FixedClock(NOW), Post(broken=True), []
    for minute in range(600):
        clock.set(NOW + dt.timedelta(minutes=minute))
        with sessions(engine)() as session:
            if mail.waiting(session, now=clock.now()):
                tries.append(minute)
        send_waiting(broken, uow=uow, clock=clock)
    assert tries == [0, 1, 3, 7, 15, 31, 63, 127]
    with sessions(engine)() as session:
        assert session.scalar(select(OutgoingMail.last_error)) == "the server is away"


def test_one_bad_mail_does_not_hold_up_the_others(engine, uow):
    enqueue(uow, "first")
    enqueue(uow, "second")

    class Picky(Post):
        def send(self, recipient: str, subject: str, body: str) -> None:
            self.broken = not self.broken
            super().send(recipient, subject, body)

    assert send_waiting(Picky(), uow=uow, clock=FixedClock(NOW)) == 1


# The audit trail


@pytest.fixture
def trail(engine, uow) -> list[int]:
    for number in range(6):
        with uow:
            uow.record(SYSTEM, "tried", "thing", f"T{number}", number=number, text="验证", at=NOW.isoformat())
            uow.record(SYSTEM, "tried again", "thing", f"T{number}", nested={"b": [1, None], "a": True})
            uow.commit()
    with sessions(engine)() as session:
        return list(session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))


def verdict(engine: Engine, folder: Path):
    with sessions(engine)() as session:
        return verify_audit_trail(session, folder, audit_key=KEY)


def meddle(engine: Engine, *statements) -> None:
    with writing_sessions(engine)() as session:
        for statement in statements:
            session.execute(statement)
        session.commit()


def test_a_whole_trail_verifies(engine, trail, tmp_path):
    assert verdict(engine, tmp_path) == (12, None, None)
    with sessions(engine)() as session:
        assert note_audit_head(session, tmp_path)
        assert not note_audit_head(session, tmp_path)
    assert verdict(engine, tmp_path).bad_id is None


@pytest.mark.parametrize(
    "values",
    [
        {"verb": "x"},
        {"detail": {"number": 2.0}},
        {"actor": "nobody"},
        {"at": NOW + WINDOW},
        {"hash": "0" * 64},
    ],
)
def test_an_edited_row_is_named(engine, trail, tmp_path, values):
    meddle(engine, update(AuditEvent).where(AuditEvent.id == trail[4]).values(**values))
    assert verdict(engine, tmp_path).bad_id == trail[4]


def test_a_deleted_row_shows_in_the_next(engine, trail, tmp_path):
    meddle(engine, delete(AuditEvent).where(AuditEvent.id == trail[4]))
    assert verdict(engine, tmp_path).bad_id == trail[5]


def test_two_rows_exchanged_show(engine, trail, tmp_path):
    first, second = trail[4], trail[5]
    meddle(
        engine,
        update(AuditEvent).where(AuditEvent.id == first).values(id=999_999),
        update(AuditEvent).where(AuditEvent.id == second).values(id=first),
        update(AuditEvent).where(AuditEvent.id == 999_999).values(id=second),
    )
    assert verdict(engine, tmp_path).bad_id == first


def test_another_key_fits_nothing(engine, trail):
    with sessions(engine)() as session:
        assert verify_audit_trail(session, Path("nowhere"), audit_key="another").bad_id == trail[0]


def test_a_cut_tail_shows_against_the_noted_head(engine, trail, tmp_path):
    with sessions(engine)() as session:
        note_audit_head(session, tmp_path)
    meddle(engine, delete(AuditEvent).where(AuditEvent.id > trail[8]))
    found = verdict(engine, tmp_path)
    assert found.bad_id == trail[-1]
    assert "missing" in found.reason
    meddle(engine, delete(AuditEvent))
    assert verdict(engine, tmp_path).bad_id == trail[-1]


def test_a_noted_head_that_was_meddled_with_shows(engine, trail, tmp_path):
    (tmp_path / NAME).write_text("{")
    assert verdict(engine, tmp_path).bad_id is not None


def test_the_trail_outlives_its_accounts(engine, tmp_path):
    number = make(engine)
    meddle(engine, delete(Account).where(Account.id == number))
    assert verdict(engine, tmp_path) == (1, None, None)


def test_an_account_cannot_be_stored_without_its_address(engine, uow):
    with uow, pytest.raises(IntegrityError):
        uow.session.add(Account(name="", role="owner", password_hash="", created_at=NOW))
        uow.session.flush()
