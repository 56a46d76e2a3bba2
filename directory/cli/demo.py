"""`flask demo`: the whole directory on this machine, with an invented market and sample accounts."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import pyotp
import waitress
from flask import Flask, current_app
from flask.cli import with_appcontext

from directory import migrations, worker
from directory.actions.accounts import NewAccount, create_account
from directory.actions.imports import Report, import_judgements, import_needs
from directory.actions.memberships import join_owner_of_need, join_provider
from directory.cli.exchange import import_rows, provider_import, seed_market
from directory.cli.shell import Unusable, progress
from directory.demo import market_1
from directory.rules.exchange import Row
from directory.settings import read_settings
from directory.types import COMMAND_LINE, Role
from directory.web.services import Services, services

SEED = 1
HOST = "127.0.0.1"
_NOTES = "demo.json"


class SampleAccount(msgspec.Struct, frozen=True):
    """An account to try the demo with. `of` is the need whose owner, or the provider, it acts for."""

    email: str
    name: str
    role: Role
    of: str | None = None
    as_what: str | None = None
    language: str = "en"


SAMPLE_ACCOUNTS = (
    SampleAccount("owner@power.example", "Ada Example", "owner", "S1", "editor"),
    SampleAccount("colleague@power.example", "Ben Example", "owner", "S1", "editor", "zh-Hans"),
    SampleAccount("reader@power.example", "Cleo Example", "owner", "S1", "reader"),
    SampleAccount("firm@pudong-chip.example", "Dan Example", "firm", "P1", "owner", "zh-Hans"),
    SampleAccount("firm@isar-photonics.example", "Eva Example", "firm", "P7", "owner"),
    SampleAccount("admin1@directory.example", "Fay Example", "administrator"),
    SampleAccount("admin2@directory.example", "Gil Example", "administrator", language="zh-Hans"),
    SampleAccount("admin3@directory.example", "Hal Example", "administrator"),
)


class Secrets(msgspec.Struct):
    """How to sign in with a sample account."""

    password: str
    totp_secret: str | None


class Notes(msgspec.Struct):
    """What a demo's folder holds, so that a second start has nothing to do.

    The market keeps the day on which it was first made: a vetting that lapses in ten days does lapse.
    """

    day: dt.date
    size: int = -1
    """Invented providers that are in; -1 until the first loading is complete."""
    accounts: dict[str, Secrets] = {}


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Its folder [default: DATA_DIR]."
)
@click.option(
    "--size", type=click.IntRange(min=0), default=2000, show_default=True, help="Invented providers."
)
@click.option("--fresh", is_flag=True, help="Begin again with an empty folder.")
@with_appcontext
def demo(*, port: int, data: Path | None, size: int, fresh: bool) -> None:
    """Serve pages and worker on 127.0.0.1 with Market-1, an invented market and sample accounts.

    Everything is in one folder; no setting can make it use another database or search server.
    """
    folder = (data or services().settings.data_dir).resolve()
    if fresh:
        _empty(folder)
    app = _application(folder, fresh=fresh)
    try:  # before the loading, which a taken port should not be waited for
        server = waitress.create_server(app, host=HOST, port=port, threads=8)
    except OSError as error:
        raise Unusable(
            f"Port {port} cannot be used ({error.strerror}): choose another with --port"
        ) from error
    with app.app_context():
        found = services()
        migrations.upgrade(found.engine)
        notes = _load(found, folder, size)
        for step, work in app.extensions["worker_steps"]:
            if step == "index":
                work()
        click.echo(_welcome(port, notes))
        _serve(server, app.extensions["worker_steps"], found.wake)


def _empty(folder: Path) -> None:
    if not folder.exists():
        return
    names = {path.name for path in folder.iterdir()}
    if _NOTES not in names and names - {"keys"}:  # keys: the application makes them before this command runs
        raise Unusable(f"{folder} is no demo's folder and is left alone: choose another with --data")
    shutil.rmtree(folder)


def _application(folder: Path, *, fresh: bool) -> Flask:
    """This application when it was made for the folder, else one that is."""
    settings = read_settings(demo=True, data_dir=folder, database_url=None, search_url=None)
    if settings == services().settings and not fresh:
        return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]
    made: Flask = current_app.extensions["create_app"](settings)
    return made


def _load(found: Services, folder: Path, size: int) -> Notes:
    """Load what the folder does not hold yet, and give its notes."""
    path = folder / _NOTES
    notes = Notes(day=found.clock.today())
    if path.exists():
        notes = msgspec.json.decode(path.read_bytes(), type=Notes)
    if size <= notes.size:
        return notes
    with progress(f"Making a market of {size} providers", size) as done:
        report = _import_market_1(found, notes.day)
        report.add(seed_market(found, size, SEED, notes.day, done))
    if report.failed:
        raise Unusable(f"{report.failed} rows of the market were refused, e.g. {report.problems[0].reason}")
    for sample in SAMPLE_ACCOUNTS:
        if sample.email not in notes.accounts:
            notes.accounts[sample.email] = _make_account(found, sample)
            _keep(path, notes)
    notes.size = size
    _keep(path, notes)
    return notes


def _keep(path: Path, notes: Notes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(notes)))


def _import_market_1(found: Services, day: dt.date) -> Report:
    market = market_1.load(day)
    report = Report()
    for take, records in (
        (provider_import(found), market.providers),
        (import_needs, market.needs),
        (import_judgements, market.judgements),
    ):
        rows = (Row(number, data) for number, data in enumerate(records, start=1))
        report.add(import_rows(found, take, rows))
    return report


def _make_account(found: Services, sample: SampleAccount) -> Secrets:
    made = Secrets(
        password=secrets.token_urlsafe(12),
        totp_secret=pyotp.random_base32() if sample.role == "administrator" else None,
    )
    shared: dict[str, Any] = {"actor": COMMAND_LINE, "clock": found.clock}
    command = NewAccount(
        email=sample.email,
        name=sample.name,
        role=sample.role,
        password=made.password,
        language=sample.language,
        totp_secret=made.totp_secret,
    )
    create_account(command, uow=found.unit_of_work(), **shared)
    if sample.of and sample.as_what:
        join = join_provider if sample.role == "firm" else join_owner_of_need
        join(sample.of, sample.email, sample.as_what, uow=found.unit_of_work(), **shared)
    return made


def _serve(server: Any, steps: Sequence[worker.Step], wake: threading.Event) -> None:
    """Answer requests, with the worker beside, until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    background = threading.Thread(target=worker.run, args=(steps,), kwargs={"stop": stop, "wake": wake})
    background.start()
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        stop.set()
        wake.set()
        background.join()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _welcome(port: int, notes: Notes) -> str:
    lines = [f"The directory is at http://{HOST}:{port}", "", "Sample accounts (address, password, what):"]
    for sample in SAMPLE_ACCOUNTS:
        how = notes.accounts[sample.email]
        what = sample.role if sample.of is None else f"{sample.role}, {sample.as_what} for {sample.of}"
        code = f", TOTP secret {how.totp_secret}" if how.totp_secret else ""
        lines.append(f"  {sample.email:<28} {how.password}  {what}{code}")
    lines += ["", f"The market stands on {notes.day}. Stop with Ctrl-C; `./run demo --fresh` begins again."]
    return "\n".join(lines)
