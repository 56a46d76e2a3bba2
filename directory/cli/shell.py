"""What commands share: JSON, progress, the day that counts as today, and a database that can be used."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from directory import migrations
from directory.web.services import Services, services

SECONDS_BETWEEN_LINES = 5
"""Progress that goes to a file or a log: often enough to see that it lives, seldom enough to read."""


class Unusable(click.ClickException):
    """The call, a file or the database cannot be used: one line, exit code 2."""

    exit_code = 2


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
quiet = click.option("--quiet", is_flag=True, help="Show no progress.")


def _to_day(
    _context: click.Context, _parameter: click.Parameter, value: dt.datetime | None
) -> dt.date | None:
    return value.date() if value else None


as_of = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_to_day,
    metavar="DATE",
    help="The day to take for today (YYYY-MM-DD).",
)


def print_json(value: Any) -> None:
    """`value` as indented JSON on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def ready() -> Services:
    """The application's parts, once the database answers and is at the newest revision."""
    found = services()
    try:
        missing = migrations.pending(found.engine)
    except migrations.Unreachable as error:
        raise Unusable(f"The database cannot be used: {error}") from error
    if missing:
        raise Unusable("The database is not at the newest revision: run `flask db upgrade` first")
    return found


@contextmanager
def progress(label: str, total: int, *, hidden: bool = False) -> Iterator[Callable[[int], None]]:
    """A function to be told how much is done of `total`: a bar on a terminal, else a line now and then.

    Everything goes to standard error, so that standard output is the result alone.
    """
    if hidden or not total:
        yield lambda _done: None
    elif sys.stderr.isatty():
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield lambda done: bar.update(done - bar.pos)
    else:
        began = said = time.monotonic()

        def say(done: int) -> None:
            nonlocal said
            now = time.monotonic()
            if now - said >= SECONDS_BETWEEN_LINES:
                said = now
                left = (now - began) / max(done, 1) * (total - done)
                click.echo(f"{label}: {done * 100 // total} %, about {left:.0f} s left", err=True)

        yield say
