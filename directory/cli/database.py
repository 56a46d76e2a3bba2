"""`flask db`: migrations."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from directory import migrations
from directory.cli.shell import Unusable, as_json, print_json, ready
from directory.web.services import services

database = AppGroup("db", help="Migrate the database and compare it with the models.")


@database.command()
@as_json
def upgrade(as_json: bool) -> None:
    """Bring the database to the newest revision."""
    try:
        applied = migrations.upgrade(services().engine)
    except migrations.Unreachable as error:
        raise Unusable(f"The database cannot be used: {error}") from error
    if as_json:
        print_json({"applied": applied})
    else:
        click.echo(f"Applied {', '.join(applied)}" if applied else "The database is at the newest revision")


@database.command()
@as_json
def check(as_json: bool) -> None:
    """Fail when models and migrations differ, or revisions are pending."""
    engine = services().engine
    try:
        pending = migrations.pending(engine)
        differences = () if pending else migrations.differences(engine)
    except migrations.Unreachable as error:
        raise Unusable(f"The database cannot be used: {error}") from error
    if as_json:
        print_json({"pending": pending, "differences": differences})
    elif pending:
        click.echo(f"Pending: {', '.join(pending)}; run `flask db upgrade`")
    else:
        click.echo("\n".join(differences) or "Models and migrations agree")
    if pending or differences:
        raise SystemExit(1)


@database.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a new revision from what the models say otherwise than the database."""
    click.echo(migrations.revise(ready().engine, message))
