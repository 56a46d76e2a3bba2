"""Briefs, shortlists and the ranker on the command line: `flask brief`, `flask match`, `flask ranker`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from directory.cli.shell import Unusable, as_json, as_of, print_json, ready
from directory.db import Session
from directory.errors import InvalidInput, RowErrors, RowProblem
from directory.rules.eligibility import judge
from directory.rules.exchange import read_judgement, read_need, read_rows
from directory.store import needs, providers
from directory.types import BRIEF_KEYS, Brief, JudgementRecord, NeedRecord
from matching.brief import ReadBrief, ReadValue, merge, read
from matching.candidates import MOST
from matching.features import FAMILIES, FEATURES
from matching.registry import POLICY
from matching.shortlisting import SHOWN, Shortlist, explain_pair, make_shortlist

FAILED = 1

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands."""
    for command in (brief, match, ranker):
        app.cli.add_command(command)


@click.command()
@click.argument("text", required=False)
@click.option("--file", "path", type=_file, help="A text file, or a .jsonl of needs.")
@as_json
@as_of
@with_appcontext
def brief(text: str | None, path: Path | None, as_json: bool, as_of: dt.date | None) -> None:
    """Read a need's text into a structured brief, each value with the words it was read from.

    A .jsonl of needs gives one result a line, in order, with its ref; a need without a text gives an
    empty brief.
    """
    if (text is None) == (path is None):
        raise Unusable("Give a text, or --file with a text file or a .jsonl of needs")
    today = as_of or _today()
    if path is None:
        _print_brief(read(text or "", today=today), as_json)
    elif path.suffix == ".jsonl":
        failed = False
        for need in _needs(path):
            if isinstance(need, RowProblem):
                failed = _say_problem(path, need)
                continue
            found = read(need.text or "", today=today, language=need.language)
            if as_json:
                _print_line({"ref": need.ref, **found.as_json()})
            else:
                click.echo(need.ref)
                _print_brief(found, as_json)
        raise SystemExit(FAILED if failed else 0)
    else:
        _print_brief(read(_text_of(path), today=today), as_json)


@click.command()
@click.argument("need_ref", required=False)
@click.option("--file", "path", type=_file, help="A .jsonl of needs: one shortlist a line; stores nothing.")
@click.option("--limit", type=click.IntRange(0, MOST), help=f"Matches; {SHOWN}, with --file {MOST}.")
@click.option("--all", "name_all", is_flag=True, help="Name everybody who is not eligible, with the reason.")
@as_json
@as_of
@with_appcontext
def match(
    *,
    need_ref: str | None,
    path: Path | None,
    limit: int | None,
    name_all: bool,
    as_json: bool,
    as_of: dt.date | None,
) -> None:
    """The shortlist for a need, as its page shows it.

    A file needs no stored needs: a line has a ref and a text, a brief or both.
    """
    if (need_ref is None) == (path is None):
        raise Unusable("Give the ref of a need, or --file with a .jsonl of needs")
    found = ready()
    today = as_of or found.clock.today()
    with found.reading() as session:
        if path is not None:
            failed = False
            for need in _needs(path):
                if isinstance(need, RowProblem):
                    failed = _say_problem(path, need)
                    continue
                most = MOST if limit is None else limit
                made = _match(session, need, today, limit=most, name_all=name_all)
                if as_json:
                    _print_line(made.result)
                else:
                    _print_shortlist(made.result)
            raise SystemExit(FAILED if failed else 0)
        need, day = _stored_need(session, need_ref or "", as_of)
        most = SHOWN if limit is None else limit
        made = _match(session, need, today, limit=most, name_all=name_all, read_on=day)
    if as_json:
        print_json(made.result)
    else:
        _print_shortlist(made.result)


ranker = AppGroup("ranker", help="The model that orders shortlists.")


@ranker.command("show")
@as_json
def show(as_json: bool) -> None:
    """The model in use, its features and their published weights."""
    if as_json:
        features = [{name: getattr(feature, name) for name in feature.__slots__} for feature in FEATURES]
        print_json({"model": POLICY, "features": features})
        return
    click.echo(f"{POLICY.name} {POLICY.version}, methodology {POLICY.methodology}")
    for family in FAMILIES:
        click.echo(f"{family.points:5g}  {family.name}")
        for feature in FEATURES:
            if feature.family == family.name:
                click.echo(f"       {feature.weight:4g}  {feature.name}: {feature.unit}")


@ranker.command("explain")
@click.argument("need_ref")
@click.argument("provider_ref")
@as_json
@as_of
def explain_command(need_ref: str, provider_ref: str, as_json: bool, as_of: dt.date | None) -> None:
    """Why a provider scores what it scores for a need, or why it is not eligible."""
    found = ready()
    today = as_of or found.clock.today()
    with found.reading() as session:
        need, day = _stored_need(session, need_ref, as_of)
        stored = providers.by_refs(session, [provider_ref]).get(provider_ref)
    if stored is None:
        raise Unusable(f"There is no provider {provider_ref}")
    asked = _brief_of(need, day or today)
    reason = judge(stored.record, asked, today).reason
    told: dict[str, Any] = {"need": need_ref, "provider": provider_ref, "reason": reason}
    if reason is None:
        told |= explain_pair(
            stored, asked, need=need_ref, text=need.text or "", today=today, ranker=_policy()
        )
    if as_json:
        print_json(told)
    elif reason is not None:
        click.echo(f"{provider_ref} is not eligible for {need_ref}: {reason}")
    else:
        click.echo(f"{provider_ref} for {need_ref}: {told['score']:.1f}")
        _print_parts(told)


@ranker.command("evaluate")
@click.option("--needs", "needs_path", type=_file, required=True, help="A .jsonl of needs.")
@click.option("--judgements", "judgements_path", type=_file, required=True, help="A .jsonl of judgements.")
@as_json
@as_of
def evaluate(needs_path: Path, judgements_path: Path, as_json: bool, as_of: dt.date | None) -> None:
    """How well the model's orders agree with judgements, beside plain baselines.

    Providers are those of the database. Who is not judged counts as unsuitable. Several judgements of one
    pair count by their rounded mean.
    """
    found = ready()
    today = as_of or found.clock.today()
    grades = _grades(judgements_path)
    failed = False
    judged: list[NeedRecord] = []
    for need in _needs(needs_path):
        if isinstance(need, RowProblem):
            failed = _say_problem(needs_path, need)
        elif any(grades.get(need.ref, {}).values()):
            judged.append(need)
    if not judged:
        raise Unusable("None of the needs has a judgement above 0")
    from matching.evaluation import MEASURES, measures, orders, summary

    per_model: dict[str, list[dict[str, float]]] = {}
    with found.reading() as session:
        for need in judged:
            made = _match(session, need, today, limit=MOST, refusals=False)
            engine = current_app.extensions["search"]
            for name, order in orders(session, made, today=today, engine=engine).items():
                found_measures = measures(order, grades[need.ref])
                assert found_measures is not None
                per_model.setdefault(name, []).append(found_measures)
    table = {name: summary(values) for name, values in per_model.items()}
    if as_json:
        print_json({"as_of": today, "needs": len(judged), "models": table})
    else:
        click.echo(f"{len(judged)} needs; mean and 95 % interval over needs")
        for name, row in table.items():
            cells = (
                f"{measure} {cell['mean']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]"
                for measure in MEASURES
                if (cell := row[measure])["needs"]
            )
            click.echo(f"{name:12}  " + "  ".join(cells))
    raise SystemExit(FAILED if failed else 0)


def _today() -> dt.date:
    from directory.web.services import services

    return services().clock.today()


def _policy() -> Any:
    # scikit-learn takes a second to import, which no other command should wait for
    from matching.ranker import policy

    return policy()


def _match(
    session: Session,
    need: NeedRecord,
    today: dt.date,
    *,
    limit: int,
    name_all: bool = False,
    refusals: bool = True,
    read_on: dt.date | None = None,
) -> Shortlist:
    return make_shortlist(
        session,
        _brief_of(need, read_on or today),
        need=need.ref,
        text=need.text or "",
        today=today,
        ranker=_policy(),
        engine=current_app.extensions["search"],
        limit=limit,
        refusals=refusals,
        name_all=name_all,
    )


def _brief_of(need: NeedRecord, day: dt.date) -> Brief:
    text = read(need.text, today=day, language=need.language) if need.text else ReadBrief()
    return merge(text, need.brief or {})


def _stored_need(session: Session, ref: str, as_of: dt.date | None) -> tuple[NeedRecord, dt.date | None]:
    """A need of the database, and the day that its text counts from: when it was written, or `as_of`."""
    need = needs.by_ref(session, ref)
    if need is None:
        raise Unusable(f"There is no need {ref}")
    record = NeedRecord(ref=need.ref, language=need.language, text=need.text, brief=need.stated)
    return record, as_of or need.updated_at.date()


def _needs(path: Path) -> Iterator[NeedRecord | RowProblem]:
    with path.open("rb") as file:
        for row in read_rows(file):
            if isinstance(row, RowProblem):
                yield row
                continue
            try:
                need = read_need(row.data, None)
                merge(ReadBrief(), need.brief or {})
            except RowErrors as error:
                yield from (
                    RowProblem(each.key, each.value, each.reason, row.line) for each in error.problems
                )
            except InvalidInput as error:
                yield from (RowProblem(key, None, reason, row.line) for key, reason in error.fields.items())
            else:
                yield need


def _grades(path: Path) -> dict[str, dict[str, int]]:
    given: dict[tuple[str, str], list[int]] = {}
    with path.open("rb") as file:
        for row in read_rows(file):
            if isinstance(row, RowProblem):
                raise Unusable(f"{path.name}, line {row.line}: {row.reason}")
            try:
                judgement: JudgementRecord = read_judgement(row.data)
            except RowErrors as error:
                raise Unusable(f"{path.name}, line {row.line}: {error}") from error
            given.setdefault((judgement.need, judgement.provider), []).append(judgement.grade)
    grades: dict[str, dict[str, int]] = {}
    for (need, provider), values in given.items():
        grades.setdefault(need, {})[provider] = round(sum(values) / len(values))
    return grades


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"{path} is not UTF-8 at byte {error.start + 1}") from error


def _say_problem(path: Path, problem: RowProblem) -> bool:
    where = f"{path.name}, line {problem.line}: " + (f"{problem.key}: " if problem.key else "")
    click.echo(where + problem.reason, err=True)
    return True


def _print_line(value: Any) -> None:
    click.echo(msgspec.json.encode(value))


def _print_brief(found: ReadBrief, as_json: bool) -> None:
    if as_json:
        print_json(found.as_json())
        return
    for key in BRIEF_KEYS:
        values = getattr(found, key)
        for value in (values,) if isinstance(values, ReadValue) else values or ():
            click.echo(f"{key:18} {value.value!s:24} {value.confidence:.2f}  {value.evidence}".rstrip())


def _print_shortlist(result: dict[str, Any]) -> None:
    click.echo(f"{result['need']}, as of {result['as_of']}, {result['model']['version']}")
    if result["degraded"]:
        click.echo("The search index does not answer: candidates come from the database alone.", err=True)
    for found in result["matches"]:
        click.echo(
            f"{found['rank']:4}  {found['score']:5.1f}  {found['provider']:12}  {', '.join(found['covers'])}"
        )
    team = result["team"]
    if team["members"]:
        click.echo(
            f"team: {', '.join(team['members'])}; uncovered: {', '.join(team['uncovered']) or 'nothing'}"
        )
    for reason, count in result["not_eligible"]["counts"].items():
        click.echo(f"{count:8}  {reason}")
    for near in result["not_eligible"]["near"]:
        click.echo(f"    near  {near['provider']:12}  {near['lift']['en']}")
    for each in result["not_eligible"].get("all", ()):
        click.echo(f"     not  {each['provider']:12}  {each['reason']}")


def _print_parts(told: dict[str, Any]) -> None:
    for part in told["parts"]:
        click.echo(f"{part['points']:6.1f} of {part['of']:4.1f}  {part['feature']:18} {part['reason']['en']}")
