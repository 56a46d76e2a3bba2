"""Searching and the index on the command line: `flask search`, `flask index`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import click
import msgspec
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext as _

from directory.web.services import services
from search import indexing
from search.errors import InvalidQuery, SearchError
from search.finding import find
from search.types import Found, SearchQuery

FAILED = 1
UNUSABLE = 2


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(search)
    app.cli.add_command(index)


def refuse(message: str) -> NoReturn:
    """Say in one line why the call cannot be used, and end."""
    click.echo(message, err=True)
    sys.exit(UNUSABLE)


def _filters(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`office=CN office=EP kind=lawyer` as filters; repeating a key means any of its values."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, sign, code = pair.partition("=")
        if not sign:
            raise InvalidQuery("Write a filter as key=value, not %(text)s", text=pair[:80])
        found[key] = (*found.get(key, ()), code)
    return found


def _found(query: SearchQuery) -> Found:
    with services().reading() as session:
        return find(
            query, engine=current_app.extensions["search"], session=session, today=services().clock.today()
        )


@click.command("search")
@click.argument("text", metavar="QUERY", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False),
    help="Queries, one JSON object a line: ref, q, filters.",
)
@click.option(
    "--filter", "pairs", metavar="KEY=VALUE", multiple=True, help="A filter, e.g. office=CN; may be repeated."
)
@click.option("--page", type=int, default=1, show_default=True)
@click.option("--limit", type=int, default=20, show_default=True, help="Results a page.")
@click.option("--sort", type=click.Choice(["relevance", "name"]), default="relevance", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def search(
    *,
    text: str | None,
    path: str | None,
    pairs: tuple[str, ...],
    page: int,
    limit: int,
    sort: str,
    as_json: bool,
) -> None:
    """Search the directory, as the search page does.

    With --file: one result a line, in the order of the file.
    """
    if path is not None:
        sys.exit(_search_file(path, limit))
    try:
        query = SearchQuery(text=text or "", filters=_filters(pairs), page=page, limit=limit, sort=sort)  # type: ignore[arg-type]
        found = _found(query)
    except InvalidQuery as error:
        refuse(_(error.message, **error.values))
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _print(found)


def _print(found: Found) -> None:
    if found.degraded:
        click.echo(
            _("The search index does not answer: names and filters only, in alphabetical order."), err=True
        )
    click.echo(_("%(total)s found", total=found.total))
    first = (found.query.page - 1) * found.query.limit + 1
    for place, hit in enumerate(found.hits, start=first):
        record = hit.record
        click.echo(
            f"{place:4}  {record.ref:12}  {record.display_name('en')}  ({record.city or record.country})"
        )


def _search_file(path: str, limit: int) -> int:
    """Answer every line of a file and give the exit code; a bad line does not stop the others."""
    try:
        with click.open_file(path, "rb") as source:
            lines = source.read().splitlines()
    except OSError as error:
        refuse(f"{path}: {error.strerror}")
    failed = False
    for number, line in enumerate(lines, start=1):
        if not line.strip(b"\xef\xbb\xbf \t\r"):
            continue
        try:
            ref, query = _file_query(line, limit)
            result = {"ref": ref, **_found(query).as_json()}
        except (SearchError, ValueError) as error:
            failed = True
            click.echo(f"{path}:{number}: {error}", err=True)
            continue
        click.echo(json.dumps(result, ensure_ascii=False))
    return FAILED if failed else 0


class _FileQuery(msgspec.Struct, forbid_unknown_fields=True):
    ref: str
    q: str = ""
    filters: dict[str, list[str | int]] = {}


def _file_query(line: bytes, limit: int) -> tuple[str, SearchQuery]:
    asked = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=_FileQuery)
    filters = {key: tuple(str(value) for value in values) for key, values in asked.filters.items()}
    return asked.ref, SearchQuery(text=asked.q, filters=filters, limit=limit)


index = AppGroup("index", help="The search index: build, keep up, compare.")


def _parts() -> tuple[Any, Any]:
    return current_app.extensions["search"], services().reading


def _report(result: msgspec.Struct, as_json: bool, lines: Mapping[str, object]) -> None:
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        for name, value in lines.items():
            click.echo(f"{name}: {value}")


def _progress() -> Callable[[int], None]:
    """Prints how far a rebuild is, at most once in five seconds, where it disturbs no output."""
    last = time.monotonic()

    def show(count: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 5:
            last = time.monotonic()
            click.echo(_("%(count)s providers read", count=count), err=True)

    return show


def _or_fail(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except SearchError as error:
        click.echo(_(error.message, **error.values), err=True)
        sys.exit(FAILED)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@index.command("rebuild")
@as_json_option
def rebuild(as_json: bool) -> None:
    """Build the index anew beside the old one and put it in its place."""
    engine, reading = _parts()
    clock = services().clock
    began = time.monotonic()
    standing = _or_fail(lambda: indexing.rebuild(engine, reading, clock=clock, progress=_progress()))
    seconds = round(time.monotonic() - began, 1)
    _report(
        standing,
        as_json,
        {_("Generation"): standing.name, _("Providers"): standing.documents, _("Seconds"): seconds},
    )


@index.command("catch-up")
@as_json_option
def catch_up(as_json: bool) -> None:
    """Apply what changed since the index was last brought up to date."""
    applied = _or_fail(lambda: indexing.catch_up(*_parts()))
    click.echo(json.dumps({"applied": applied}) if as_json else _("%(count)s changes applied", count=applied))


@index.command("sweep")
@click.option("--dry-run", is_flag=True, help="Only say what differs.")
@as_json_option
def sweep(dry_run: bool, as_json: bool) -> None:
    """Compare index and database both ways and repair what differs; exit code 1 when something did."""
    engine, reading = _parts()
    drift = _or_fail(lambda: indexing.sweep(engine, reading, clock=services().clock, repair=not dry_run))
    counts = {"missing": len(drift.missing), "stale": len(drift.stale), "orphan": len(drift.orphan)}
    _report(
        drift,
        as_json,
        {_("Missing"): counts["missing"], _("Stale"): counts["stale"], _("Orphan"): counts["orphan"]},
    )
    sys.exit(0 if drift.is_none else FAILED)


@index.command("status")
@as_json_option
def status(as_json: bool) -> None:
    """Say which generation answers and how far it is behind; exit code 1 when there is something to do."""
    state = _or_fail(lambda: indexing.status(*_parts()))
    current = state.current
    _report(
        state,
        as_json,
        {
            _("Engine"): state.engine,
            _("Generation"): current.name if current else "-",
            _("Providers in the index"): current.documents if current else 0,
            _("Providers in the database"): state.providers,
            _("Changes waiting"): state.lag,
            _("Must be rebuilt"): _("yes") if state.outdated else _("no"),
        },
    )
    sys.exit(FAILED if state.outdated or state.lag else 0)
