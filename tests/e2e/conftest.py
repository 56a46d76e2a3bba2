"""The whole application over a migrated SQLite file, with a clock that stands."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from wsgi import create_app

from directory.actions.accounts import NewAccount, create_account
from directory.clock import FixedClock
from directory.mail.letters import Writer
from directory.migrations import upgrade
from directory.models import OutgoingMail
from directory.settings import Settings
from directory.types import COMMAND_LINE

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
PASSWORD = "violet gravel 88 umbrella"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Site:
    """A running application and the ways a test looks at it from outside."""

    def __init__(self, app: Flask, clock: FixedClock) -> None:
        self.app = app
        self.clock = clock
        self.services = app.extensions["services"]

    def browser(self, **environ: str) -> Visitor:
        """A visitor with cookies of his own."""
        client = self.app.test_client()
        client.environ_base.update(environ)
        return Visitor(client)

    def later(self, **interval: float) -> None:
        """Let time pass."""
        self.clock.set(self.clock.now() + dt.timedelta(**interval))

    def account(self, email: str, role: str = "owner", **values: object) -> int:
        """Make a confirmed account with `PASSWORD`."""
        command = NewAccount(email=email, name="Ada Invented", role=role, password=PASSWORD, **values)
        return create_account(
            command, actor=COMMAND_LINE, uow=self.services.unit_of_work(), clock=self.clock
        )

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

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **values: object):
        """Open an address."""
        return self.client.get(path, **values)

    def post(self, path: str, data: dict[str, object] | None = None, *, page: str | None = None):
        """Send a form of `page` (the same address when not given) with its CSRF token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page or path).text)
        assert found, f"{page or path} has no form"
        return self.client.post(path, data={"csrf_token": found.group(1)} | (data or {}))

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


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock) -> Site:
    app = create_app(Settings(data_dir=tmp_path, demo=True), clock=clock)
    app.testing = True
    upgrade(app.extensions["services"].engine)
    return Site(app, clock)


@pytest.fixture
def writer() -> Writer:
    return Writer("https://directory.example")
