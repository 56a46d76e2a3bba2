"""Searching and the index on the command line: `flask search`, `flask index`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import click
import msgspec
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from directory.cli.shell import Unusable, as_json, print_json, progress, quiet, ready
from directory.store import providers
from search import indexing
from search.engines.base import SearchEngine
from search.errors import InvalidQuery, SearchError
from search.finding import find
from search.types import Found, SearchQuery, Sort

FAILED = 1

_Result = TypeVar("_Result")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(search)
    app.cli.add_command(index)


def _engine() -> SearchEngine:
    engine: SearchEngine = current_app.extensions["search"]
    return engine


def _found(query: SearchQuery) -> Found:
    parts = ready()
    with parts.reading() as session:
        return find(query, engine=_engine(), session=session, today=parts.clock.today())


@click.command("search")
@click.argument("text", metavar="QUERY", required=False)
@click.option("--file", "path", type=click.Path(path_type=Path), help="Queries, one a line: ref, q, filters.")
@click.option("--filter", "pairs", metavar="KEY=VALUE", multiple=True, help="Such as office=CN; repeatable.")
@click.option("--page", type=int, default=1, show_default=True)
@click.option("--limit", type=int, default=20, show_default=True, help="Results a page.")
@click.option("--sort", type=click.Choice(["relevance", "name"]), default="relevance", show_default=True)
@as_json
@with_appcontext
def search(
    *,
    text: str | None,
    path: Path | None,
    pairs: tuple[str, ...],
    page: int,
    limit: int,
    sort: Sort,
    as_json: bool,
) -> None:
    """Search the directory, as the search page does.

    With --file: one result as JSON a line, in the order of the file.
    """
    if path is not None:
        sys.exit(_search_file(path, limit))
    try:
        found = _found(
            SearchQuery(text=text or "", filters=_filters(pairs), page=page, limit=limit, sort=sort)
        )
    except InvalidQuery as error:
        raise Unusable(str(error)) from error
    if as_json:
        print_json(found.as_json())
    else:
        _print(found)


def _filters(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`office=CN office=EP kind=lawyer` as filters; repeating a key means any of its values."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, sign, code = pair.partition("=")
        if not sign:
            raise InvalidQuery("Write a filter as key=value, not %(text)s", text=pair[:80])
        found[key] = (*found.get(key, ()), code)
    return found


def _print(found: Found) -> None:
    if found.degraded:
        click.echo(
            "The search index does not answer: names and filters only, in alphabetical order.", err=True
        )
    click.echo(f"{found.total} found")
    first = (found.query.page - 1) * found.query.limit + 1
    for place, hit in enumerate(found.hits, start=first):
        record = hit.record
        click.echo(
            f"{place:4}  {record.ref:12}  {record.display_name('en')}  ({record.city or record.country})"
        )


class _FileQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a file of queries."""

    ref: str
    q: str = ""
    filters: dict[str, list[str | int]] = {}


def _search_file(path: Path, limit: int) -> int:
    """Answer every line of a file and give the exit code; a bad line does not stop the others."""
    failed = False
    try:
        for number, line in _lines(path):
            try:
                asked = msgspec.json.decode(line, type=_FileQuery)
                filters = {key: tuple(map(str, values)) for key, values in asked.filters.items()}
                found = _found(SearchQuery(text=asked.q, filters=filters, limit=limit))
            except InvalidQuery as error:
                failed = True
                click.echo(f"{path}:{number}: {error}", err=True)
            except ValueError as error:  # msgspec's own, and text that is no UTF-8
                failed = True
                click.echo(f"{path}:{number}: {error}", err=True)
            else:
                click.echo(msgspec.json.encode({"ref": asked.ref, **found.as_json()}).decode())
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    return FAILED if failed else 0


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number, content) of the lines of a file that are not blank, without a byte order mark."""
    with path.open("rb") as source:
        for number, line in enumerate(source, start=1):
            content = line.removeprefix(b"\xef\xbb\xbf").strip()
            if content:
                yield number, content


index = AppGroup("index", help="The search index: build, keep up, compare.")


def _or_fail(action: Callable[[], _Result]) -> _Result:
    """What `action` gives; an engine that is down ends the command with one line."""
    try:
        return action()
    except SearchError as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)


def _report(result: object, as_json: bool, lines: Mapping[str, object]) -> None:
    if as_json:
        print_json(result)
    else:
        for name, value in lines.items():
            click.echo(f"{name}: {value}")


@index.command("rebuild")
@as_json
@quiet
def rebuild(as_json: bool, quiet: bool) -> None:
    """Build the index anew beside the old one and put it in its place."""
    parts = ready()
    with parts.reading() as session:
        total = providers.count(session)
    began = time.monotonic()
    with progress("Building the index", total, hidden=quiet) as done:
        standing = _or_fail(
            lambda: indexing.rebuild(_engine(), parts.reading, clock=parts.clock, progress=done)
        )
    seconds = round(time.monotonic() - began, 1)
    _report(
        standing,
        as_json,
        {"Generation": standing.name, "Providers": standing.documents, "Seconds": seconds},
    )


@index.command("catch-up")
@as_json
def catch_up(as_json: bool) -> None:
    """Apply what changed since the index was last brought up to date."""
    parts = ready()
    applied = _or_fail(lambda: indexing.catch_up(_engine(), parts.reading))
    _report({"applied": applied}, as_json, {"Changes applied": applied})


@index.command("sweep")
@click.option("--dry-run", is_flag=True, help="Only say what differs.")
@as_json
def sweep(dry_run: bool, as_json: bool) -> None:
    """Compare index and database both ways and repair what differs; exit code 1 when something did."""
    parts = ready()
    drift = _or_fail(lambda: indexing.sweep(_engine(), parts.reading, clock=parts.clock, repair=not dry_run))
    _report(
        drift,
        as_json,
        {
            "Missing": len(drift.missing),
            "Stale": len(drift.stale),
            "Orphan": len(drift.orphan),
            "Repaired": "yes" if drift.repaired else "no",
        },
    )
    sys.exit(0 if drift.is_none else FAILED)


@index.command("status")
@as_json
def status(as_json: bool) -> None:
    """Say which generation answers and how far it is behind; exit code 1 when there is something to do."""
    parts = ready()
    state = _or_fail(lambda: indexing.status(_engine(), parts.reading))
    current = state.current
    _report(
        state,
        as_json,
        {
            "Engine": state.engine,
            "Generation": current.name if current else "-",
            "Providers in the index": current.documents if current else 0,
            "Providers in the database": state.providers,
            "Changes waiting": state.lag,
            "Must be rebuilt": "yes" if state.outdated else "no",
        },
    )
    sys.exit(FAILED if state.outdated or state.lag else 0)
