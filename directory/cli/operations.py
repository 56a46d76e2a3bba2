"""`flask worker`, `doctor`, `users` and `audit`: what keeps the directory running."""

from __future__ import annotations

import datetime as dt
import platform
import signal
import threading
import uuid
from importlib.metadata import version
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from directory import migrations
from directory import worker as loop
from directory.actions import accounts
from directory.actions.auditing import verify_audit_trail
from directory.cli.shell import Unusable, as_json, as_of, print_json, ready
from directory.clock import FixedClock
from directory.errors import DirectoryError, InvalidInput
from directory.mail.letters import Writer
from directory.types import COMMAND_LINE
from directory.web.services import services


@click.command()
@click.option("--once", is_flag=True, help="Take every step once and end.")
@as_of
@with_appcontext
def worker(*, once: bool, as_of: dt.date | None) -> None:
    """Keep the index in step, send mails, and do what falls due, until SIGTERM or Ctrl-C."""
    found = ready()
    if as_of is not None:
        if not once:
            raise click.UsageError("--as-of goes with --once")
        found.clock = FixedClock(as_of)
    steps = current_app.extensions["worker_steps"]
    if once:
        failed = loop.run_once(steps)
        if failed:
            click.echo(f"Failed: {', '.join(failed)}", err=True)
            raise SystemExit(1)
        return
    stop = threading.Event()

    def end(*_signal: object) -> None:
        stop.set()
        found.wake.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    loop.run(steps, stop=stop, wake=found.wake)


@click.command()
@as_json
@with_appcontext
def doctor(as_json: bool) -> None:
    """Check everything that the directory needs; exit code 1 when something fails."""
    versions = f"{version('ip-services-directory')} on Python {platform.python_version()}"
    checks: list[tuple[str, bool, str]] = [("version", True, versions)]
    for name, check in current_app.extensions["checks"].items():
        checks.append((name, *check()))
    checks.append(("migrations", *_migrations()))
    checks.append(("data folder", *_data_folder()))
    checks.append(("secrets", True, _secrets()))
    if as_json:
        print_json([{"check": name, "ok": ok, "says": says} for name, ok, says in checks])
    else:
        for name, ok, says in checks:
            click.echo(f"{'ok    ' if ok else 'FAILED'} {name}: {says}")
    raise SystemExit(0 if all(ok for _, ok, _ in checks) else 1)


def _migrations() -> tuple[bool, str]:
    try:
        pending = migrations.pending(services().engine)
    except migrations.Unreachable as error:
        return False, str(error)
    return not pending, f"pending: {', '.join(pending)}" if pending else "none pending"


def _data_folder() -> tuple[bool, str]:
    folder = services().settings.data_dir.resolve()
    trial = folder / f".writable-{uuid.uuid4().hex}"
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        return False, str(error)
    return True, str(folder)


def _secrets() -> str:
    """In words; no failure, because commands make do with keys of their own in the data folder."""
    missing = services().settings.missing_for_serving()
    return f"pages cannot be served until {', '.join(missing)} is set" if missing else "set"


users = AppGroup("users", help="Accounts: make one, shut one out, let an administrator enrol anew.")


@users.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(["owner", "firm", "administrator"]), required=True)
@click.option("--organisation", help="The owner organisation an owner's account acts for; it is made.")
@click.option("--language", type=click.Choice(["en", "zh-Hans"]), default="en", show_default=True)
@click.option("--ask-password", is_flag=True, help="Ask for a password instead of mailing a link to set one.")
@as_json
def create(*, email: str, as_json: bool, ask_password: bool, **values: Any) -> None:
    """Make an account. Unless a password is asked for, a link to set one is mailed to EMAIL."""
    found = ready()
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    command = accounts.NewAccount(email=email, password=password, **values)
    address = found.settings.public_url or "http://localhost:5000"
    number = _run(accounts.create_account, command, writer=Writer(address))
    _say(as_json, number, f"Made account {number}")


@users.command()
@click.argument("email")
@as_json
def disable(email: str, *, as_json: bool) -> None:
    """Shut an account out; all its sign-ins end at once."""
    number = _run(accounts.disable_account, email)
    _say(as_json, number, f"Disabled account {number}")


@users.command("reset-mfa")
@click.argument("email")
@as_json
def reset_mfa(email: str, *, as_json: bool) -> None:
    """Let an administrator who lost his device enrol anew at the next sign-in."""
    number = _run(accounts.reset_second_factor, email)
    _say(as_json, number, f"Account {number} enrols anew at its next sign-in")


def _run(action: Any, *arguments: Any, **named: Any) -> Any:
    """The action's result; what it refuses as one line and exit code 2."""
    found = ready()
    try:
        return action(*arguments, actor=COMMAND_LINE, uow=found.unit_of_work(), clock=found.clock, **named)
    except InvalidInput as error:
        lines = (message % error.values if error.values else message for message in error.fields.values())
        raise Unusable("; ".join(lines)) from error
    except DirectoryError as error:
        raise Unusable(str(error) or type(error).__name__) from error


def _say(as_json: bool, number: int, text: str) -> None:
    if as_json:
        print_json({"account": number})
    else:
        click.echo(text)


audit = AppGroup("audit", help="The audit trail.")


@audit.command("verify")
@as_json
def verify_(as_json: bool) -> None:
    """Check that no row of the trail was changed, removed or exchanged; names the first that was."""
    found = ready()
    with found.reading() as session:
        verdict = verify_audit_trail(session, found.settings.data_dir, audit_key=found.audit_key)
    if as_json:
        print_json({"rows": verdict.rows, "bad_row": verdict.bad_id, "reason": verdict.reason})
    elif verdict.bad_id is None:
        click.echo(f"{verdict.rows} rows, all as they were written")
    else:
        click.echo(
            f"Row {verdict.bad_id} {verdict.reason}; the {verdict.rows} before it are as they were written"
        )
    raise SystemExit(0 if verdict.bad_id is None else 1)
