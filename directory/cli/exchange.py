"""`flask import`, `export`, `seed` and `taxonomy`: the exchange formats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
from flask.cli import with_appcontext

import directory.taxonomy
from directory.actions.exports import export_providers
from directory.actions.imports import Import, Report, import_judgements, import_needs, import_providers
from directory.cli.shell import as_json, as_of, print_json, progress, quiet, ready
from directory.demo import market
from directory.errors import RowProblem
from directory.rules.exchange import LONGEST_ROW, Row, read_rows, shown
from directory.store.conflicts import Seal
from directory.types import COMMAND_LINE
from directory.web.services import Services

_T = TypeVar("_T")

BATCH = 500
"""Rows of one transaction: what an import that is stopped loses at most."""


@click.command("import")
@click.argument("what", type=click.Choice(["providers", "needs", "judgements"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report what would change and write nothing.")
@click.option("--strict", is_flag=True, help="Write nothing when any row is bad.")
@as_json
@quiet
@with_appcontext
def import_(what: str, file: Path, *, dry_run: bool, strict: bool, as_json: bool, quiet: bool) -> None:
    """Take in a file of the exchange formats, one JSON object a line; the same file again changes nothing.

    Bad rows are named with line, key, value and reason, and stop no good one. Rows are
    committed in batches: an import that was stopped is simply run again.
    """
    found = ready()
    take = _import(what, found)
    read = partial(_import_file, found, take, file, hidden=quiet)
    report = read(dry_run=dry_run or strict)
    written = not dry_run and not (strict and report.failed)
    if strict and written:
        report = read(dry_run=False)
    if as_json:
        print_json(_as_json(report) | {"file": str(file), "written": written})
    else:
        for problem in report.problems:
            click.echo(_in_words(problem), err=True)
        for note in report.notes:
            click.echo(note, err=True)
        click.echo(_summary(report) + ("" if written else "; nothing was written"))
    raise SystemExit(1 if report.failed else 0)


def _import(what: str, found: Services) -> Import:
    if what == "providers":
        return provider_import(found)
    return import_needs if what == "needs" else import_judgements


def provider_import(found: Services) -> Import:
    """The import of providers, with the key that seals their conflict parties."""
    return partial(import_providers, seal=Seal(found.settings.key("conflicts_key")))


def _import_file(found: Services, take: Import, path: Path, *, dry_run: bool, hidden: bool) -> Report:
    report = Report()
    taken: set[object] = set()
    total = path.stat().st_size
    with path.open("rb") as file, progress(f"Reading {path.name}", total, hidden=hidden) as done:
        for batch in _batches(read_rows(_lines(file))):
            bad = [each for each in batch if isinstance(each, RowProblem)]
            rows = [each for each in batch if isinstance(each, Row)]
            part = take(
                rows,
                actor=COMMAND_LINE,
                uow=found.unit_of_work(),
                clock=found.clock,
                taken=taken,
                dry_run=dry_run,
            )
            part.add(Report(failed=len(bad), problems=bad))
            part.problems.sort(key=lambda problem: problem.line or 0)
            report.add(part)
            done(file.tell())
    return report


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The file's lines; of one that is too long only its beginning, the rest is passed over."""
    while piece := file.readline(LONGEST_ROW + 1):
        yield piece
        while len(piece) > LONGEST_ROW and not piece.endswith(b"\n"):
            piece = file.readline(LONGEST_ROW + 1)


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch


def _in_words(problem: RowProblem) -> str:
    where = f"line {problem.line}: " + (f"{problem.key}: " if problem.key else "")
    value = "" if problem.value is None else f" ({shown(problem.value)!r})"
    return f"{where}{problem.reason}{value}"


def _summary(report: Report) -> str:
    return f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, {report.failed} failed"


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "errors": [
            {"line": each.line, "key": each.key, "value": shown(each.value), "reason": each.reason}
            for each in report.problems
        ],
        "notes": report.notes,
    }


@click.command()
@click.argument("what", type=click.Choice(["providers"]))
@click.option("--json", "_as_json", is_flag=True, help="JSON lines, which it prints in any case.")
@with_appcontext
def export(what: str, _as_json: bool) -> None:
    """Print every provider as a line of providers.jsonl; conflict parties are never given out."""
    with ready().reading() as session:
        for line in export_providers(session):
            sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


@click.command()
@click.option(
    "--size", type=click.IntRange(min=0), default=2000, show_default=True, help="How many providers."
)
@click.option(
    "--seed", "number", type=click.IntRange(min=0), default=1, show_default=True, help="Which market."
)
@as_of
@as_json
@quiet
@with_appcontext
def seed(*, size: int, number: int, as_of: Any, as_json: bool, quiet: bool) -> None:
    """Fill the directory with an invented market; the same size, seed and day give the same bytes.

    Batches are committed as they come: a seeding that was stopped is simply run again.
    """
    found = ready()
    with progress(f"Seeding {size} providers", size, hidden=quiet) as done:
        report = seed_market(found, size, number, as_of or found.clock.today(), done)
    if as_json:
        print_json(_as_json(report))
    else:
        click.echo(_summary(report))
    raise SystemExit(1 if report.failed else 0)


def seed_market(found: Services, size: int, number: int, day: Any, done: Callable[[int], None]) -> Report:
    """Import the invented market; `done` is told how many providers are in."""
    rows = (Row(index, data) for index, data in enumerate(market.generate(size, number, day), start=1))
    return import_rows(found, provider_import(found), rows, done)


def import_rows(
    found: Services, take: Import, rows: Iterable[Row], done: Callable[[int], None] = lambda _count: None
) -> Report:
    """Import rows that are in memory or made on the way, in batches; `done` is told how many are in."""
    report = Report()
    taken: set[object] = set()
    for batch in _batches(rows):
        uow = found.unit_of_work()
        report.add(take(batch, actor=COMMAND_LINE, uow=uow, clock=found.clock, taken=taken))
        done(report.new + report.changed + report.unchanged + report.failed)
    return report


@click.command()
@click.argument("name", required=False, type=click.Choice(directory.taxonomy.LISTS), metavar="[NAME]")
@as_json
def taxonomy(name: str | None, as_json: bool) -> None:
    """Print the closed lists, or one of them, with labels in both languages."""
    names = (name,) if name else directory.taxonomy.LISTS
    if as_json:
        lists = {each: directory.taxonomy.as_json(each) for each in names}
        print_json(lists[name] if name else lists)
        return
    for each in names:
        click.echo(f"{each}:")
        for entry in directory.taxonomy.entries(each).values():
            click.echo(f"  {entry.code:<24} {entry.label_en} / {entry.label_zh}")
