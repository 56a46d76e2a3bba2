"""The whole application over a migrated SQLite file, with a clock that stands: for tests of its pages.

A conftest.py takes the fixtures by importing them.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from directory.actions.accounts import NewAccount, create_account
from directory.clock import FixedClock
from directory.db import connect
from directory.migrations import upgrade
from directory.models import OutgoingMail
from directory.settings import Settings
from directory.types import COMMAND_LINE
from wsgi import create_app

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
PASSWORD = "violet gravel 88 umbrella"
NAME = "directory.sqlite3"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Site:
    """A running application and the ways a test looks at it from outside."""

    def __init__(self, app: Flask, clock: FixedClock) -> None:
        self.app = app
        self.clock = clock
        self.services = app.extensions["services"]

    def browser(self, *, at: str = "http://localhost", client: str = "127.0.0.1") -> Visitor:
        """A visitor with cookies of his own, who knows the site as `at` and comes from `client`."""
        return Visitor(self.app.test_client(), at, client)

    def later(self, **interval: float) -> None:
        """Let time pass."""
        self.clock.set(self.clock.now() + dt.timedelta(**interval))

    def account(self, email: str, role: str = "owner", **values: object) -> int:
        """Make a confirmed account with `PASSWORD`."""
        command = NewAccount(email=email, name="Ada Invented", role=role, password=PASSWORD, **values)
        return create_account(command, actor=COMMAND_LINE, uow=self.services.unit_of_work(), clock=self.clock)

    def signed_in(self, role: str, email: str | None = None) -> Visitor:
        """A visitor who signed in with a new account; an administrator has passed the second factor."""
        email = email or f"{role}@works.example"
        extra = {"totp_secret": TOTP_SECRET} if role == "administrator" else {}
        self.account(email, role, **({"organisation": "Invented Works"} if role == "owner" else extra))
        visitor = self.browser()
        visitor.sign_in(email)
        if role == "administrator":
            visitor.post("/account/second-factor", {"code": self.code()})
        return visitor

    def code(self, secret: str = TOTP_SECRET) -> str:
        """The code an authenticator shows now."""
        return pyotp.TOTP(secret).at(self.clock.now())

    def mails(self, recipient: str) -> list[str]:
        """The texts of the mails that wait for an address, oldest first."""
        with self.services.reading() as session:
            query = select(OutgoingMail).where(OutgoingMail.recipient == recipient).order_by(OutgoingMail.id)
            return [f"{mail.subject}\n\n{mail.body}" for mail in session.scalars(query)]

    def mailed_link(self, recipient: str) -> str:
        """The path of the link in the newest mail to an address."""
        return urlsplit(re.search(r"https?://\S+", self.mails(recipient)[-1]).group()).path


class Visitor:
    """A browser without script: follows forms as they stand on the page."""

    def __init__(self, client: FlaskClient, at: str, address: str) -> None:
        self.client = client
        self.at = at
        client.environ_base["REMOTE_ADDR"] = address

    def get(self, path: str, **values: object):
        """Open an address."""
        return self.client.get(path, base_url=self.at, **values)

    def post(self, path: str, data: dict[str, object] | None = None, *, page: str | None = None):
        """Send a form of `page` (the same address when not given) with its CSRF token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page or path).text)
        assert found, f"{page or path} has no form"
        form = {"csrf_token": found.group(1)} | (data or {})
        return self.client.post(
            path, data=form, base_url=self.at, headers={"Referer": self.at + (page or path)}
        )

    def sign_in(self, email: str, password: str = PASSWORD, **values: object):
        """Sign in with a password."""
        return self.post("/sign-in", {"email": email, "password": password} | values)

    def cookie(self) -> str | None:
        """The value of the session cookie."""
        found = self.client.get_cookie("session")
        return found.value if found else None


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file after the migrations, to be copied: running them for each test would take longest."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = connect(f"sqlite:///{folder / NAME}")
    upgrade(engine)
    engine.dispose()
    return folder / NAME


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock, migrated: Path) -> Site:
    """An empty directory, served without a server."""
    return start(tmp_path, clock, migrated)


def start(folder: Path, clock: FixedClock, migrated: Path, **settings: object) -> Site:
    """The application over a copy of `migrated` in `folder`, or over `migrated` itself when it lies there."""
    if migrated != folder / NAME:
        shutil.copy(migrated, folder / NAME)
    app = create_app(Settings(data_dir=folder, **({"demo": True} | settings)), clock=clock)
    app.testing = True
    return Site(app, clock)
