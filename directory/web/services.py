"""What a request or a command works with: settings, clock, database. `wsgi.create_app` makes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from flask import current_app

from directory.clock import Clock
from directory.db import Engine, Session, sessions, writing_sessions
from directory.settings import Settings
from directory.store.unit_of_work import UnitOfWork
from directory.web.security import current_actor

__all__ = ["Services", "current_actor", "services"]


@dataclass
class Services:
    """The parts that pages and commands share.

    Attributes
    ----------
    wake : threading.Event
        Set when something waits for the worker; a worker in this process need not wait for its next round.
    """

    settings: Settings
    clock: Clock
    engine: Engine
    audit_key: str
    wake: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def _reading(self):
        return sessions(self.engine)

    @cached_property
    def _writing(self):
        return writing_sessions(self.engine)

    def unit_of_work(self) -> UnitOfWork:
        """A transaction for one action."""
        return UnitOfWork(self._writing, now=self.clock.now, audit_key=self.audit_key, on_commit=self.nudge)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; whatever happens in it is rolled back."""
        with self._reading() as session:
            yield session

    def nudge(self) -> None:
        """Tell a worker in this process that there is something to do."""
        self.wake.set()


def services() -> Services:
    """The parts of the running application."""
    return current_app.extensions["services"]
