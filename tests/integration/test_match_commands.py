"""`flask brief`, `flask match` and `flask ranker`, as they are called, on Market-1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from flask import Flask

from directory import migrations
from directory.actions.imports import import_needs
from directory.clock import FixedClock
from directory.demo import market_1
from directory.rules.exchange import Row
from directory.settings import Settings
from directory.store import provider_writes
from directory.types import COMMAND_LINE, ProviderRecord
from wsgi import create_app

DAY = market_1.FIXED_DAY
MARKET = market_1.load(DAY)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), demo=True)
    made = create_app(settings, clock=FixedClock(DAY))
    parts = made.extensions["services"]
    migrations.upgrade(parts.engine)
    with parts.unit_of_work() as uow:
        records = [msgspec.convert(each, ProviderRecord) for each in MARKET.providers]
        provider_writes.put(uow, records, now=parts.clock.now())
        uow.commit()
    rows = [Row(number, each) for number, each in enumerate(MARKET.needs, start=1)]
    import_needs(rows, actor=COMMAND_LINE, uow=parts.unit_of_work(), clock=parts.clock, taken=set())
    assert made.test_cli_runner().invoke(args=["index", "rebuild"]).exit_code == 0
    yield made
    parts.engine.dispose()


def run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(each) for each in arguments])


@pytest.fixture
def needs_file(tmp_path: Path) -> Path:
    path = tmp_path / "needs.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in MARKET.needs), encoding="utf-8")
    return path


def test_a_stored_need(app):
    found = run(app, "match", "S2", "--json")
    assert found.exit_code == 0
    result = json.loads(found.stdout)
    assert [match["provider"] for match in result["matches"]] == ["P1", "P7", "P14"]
    assert result["degraded"] is False
    assert "all" not in result["not_eligible"]
    assert set(result) == {
        "need", "model", "as_of", "degraded", "brief", "matches", "team", "not_eligible", "sponsored",
    }  # fmt: skip


def test_all_names_everybody_and_limit_shortens(app):
    result = json.loads(run(app, "match", "S2", "--all", "--limit", "1", "--json").stdout)
    assert len(result["not_eligible"]["all"]) == 13
    assert len(result["matches"]) == 1


def test_as_of_another_day(app):
    result = json.loads(run(app, "match", "S2", "--as-of", "2026-11-01", "--json").stdout)
    assert result["as_of"] == "2026-11-01"
    assert "P8" not in [match["provider"] for match in result["matches"]]  # marked expired, whatever the day
    late = json.loads(run(app, "match", "S2", "--as-of", "2027-06-20", "--json").stdout)
    assert "P1" not in [match["provider"] for match in late["matches"]]


def test_a_file_gives_one_shortlist_a_line_in_order(app, needs_file):
    found = run(app, "match", "--file", needs_file, "--json")
    assert found.exit_code == 0
    results = [json.loads(line) for line in found.stdout.splitlines()]
    assert [result["need"] for result in results] == [each["ref"] for each in MARKET.needs]
    assert not any(match["exploration"] for result in results for match in result["matches"])
    again = run(app, "match", "--file", needs_file, "--json")
    assert again.stdout == found.stdout


def test_a_need_may_be_text_alone(app, tmp_path):
    path = tmp_path / "needs.jsonl"
    path.write_text(json.dumps({"ref": "T", "text": "想在中国申请半导体专利"}) + "\n", encoding="utf-8")
    [result] = [json.loads(line) for line in run(app, "match", "--file", path, "--json").stdout.splitlines()]
    assert result["brief"]["rights"] == ["patent"]
    assert result["matches"]


def test_bad_lines_are_named_and_stop_no_good_one(app, tmp_path):
    path = tmp_path / "needs.jsonl"
    lines = [
        '{"ref": "A"}',
        "nonsense",
        '{"ref": "B", "brief": {"services": ["NOPE"]}}',
        json.dumps(MARKET.needs[0]),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = run(app, "match", "--file", path, "--json")
    assert found.exit_code == 1
    assert [json.loads(line)["need"] for line in found.stdout.splitlines()] == ["S1"]
    assert [line.partition(":")[0] for line in found.stderr.splitlines()] == [
        "needs.jsonl, line 1", "needs.jsonl, line 2", "needs.jsonl, line 3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["match"],
        ["match", "NOPE"],
        ["match", "S1", "--file", "x.jsonl"],
        ["match", "--file", "/nowhere.jsonl"],
        ["match", "S1", "--limit", "201"],
        ["match", "S1", "--as-of", "soon"],
        ["brief"],
        ["ranker", "explain", "S1", "NOPE"],
    ],
)
def test_unusable_calls(app, arguments):
    found = run(app, *arguments)
    assert found.exit_code == 2
    assert "Traceback" not in found.output


def test_brief_of_a_text(app):
    found = json.loads(run(app, "brief", "想在日本申请专利,预算10万元", "--json").stdout)
    assert [each["value"] for each in found["offices"]] == ["JP"]
    assert found["budget_max_minor"]["value"] == 10_000_000


def test_brief_of_files(app, needs_file, tmp_path):
    lines = run(app, "brief", "--file", needs_file, "--json").stdout.splitlines()
    assert [json.loads(line)["ref"] for line in lines] == [each["ref"] for each in MARKET.needs]
    text = tmp_path / "need.txt"
    text.write_text("We want a patent in Japan", encoding="utf-8")
    found = json.loads(run(app, "brief", "--file", text, "--json").stdout)
    assert [each["value"] for each in found["offices"]] == ["JP"]


def test_the_ranker_is_shown_explained_and_evaluated(app, needs_file, tmp_path):
    shown = json.loads(run(app, "ranker", "show", "--json").stdout)
    assert sum(feature["weight"] for feature in shown["features"]) == 100
    told = json.loads(run(app, "ranker", "explain", "S2", "P7", "--json").stdout)
    assert told["reason"] is None
    assert told["score"] == pytest.approx(sum(part["points"] for part in told["parts"]))
    assert (
        json.loads(run(app, "ranker", "explain", "S2", "P8", "--json").stdout)["reason"] == "vetting_lapsed"
    )

    judgements = tmp_path / "judgements.jsonl"
    judgements.write_text("".join(f"{json.dumps(each)}\n" for each in MARKET.judgements), encoding="utf-8")
    evaluated = run(app, "ranker", "evaluate", "--needs", needs_file, "--judgements", judgements, "--json")
    assert evaluated.exit_code == 0
    models = json.loads(evaluated.stdout)["models"]
    assert set(models) == {shown["model"]["version"], "popularity", "words"}
    assert models[shown["model"]["version"]]["ndcg@5"]["mean"] >= models["popularity"]["ndcg@5"]["mean"]
