"""The time, as an argument: whoever needs to know "now" is handed a Clock."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> dt.datetime:
        """The present moment, timezone-aware, UTC."""
        ...

    def today(self) -> dt.date:
        """The present day in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The present moment, timezone-aware, UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """The present day in UTC."""
        return self.now().date()


class FixedClock:
    """A clock that stands where it is put: for `--as-of DATE`, replays and tests.

    Parameters
    ----------
    at : datetime or date
        A date stands for noon UTC of that day.
    """

    def __init__(self, at: dt.datetime | dt.date) -> None:
        self.set(at)

    def set(self, at: dt.datetime | dt.date) -> None:
        """Move the clock to `at`."""
        if not isinstance(at, dt.datetime):
            at = dt.datetime.combine(at, dt.time(12), tzinfo=dt.UTC)
        self._at = at

    def now(self) -> dt.datetime:
        """The moment the clock was put to."""
        return self._at

    def today(self) -> dt.date:
        """The day of that moment."""
        return self._at.date()
