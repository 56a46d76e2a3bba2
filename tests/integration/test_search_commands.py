"""`flask search` and `flask index`, as they are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from engine_samples import NOW, line, stored
from flask import Flask

from directory import migrations
from directory.clock import FixedClock
from directory.settings import Settings
from directory.store import provider_writes
from wsgi import create_app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings(data_dir=tmp_path, demo=True), clock=FixedClock(NOW))
    services = made.extensions["services"]
    migrations.upgrade(services.engine)
    with services.unit_of_work() as uow:
        records = [
            stored(1, "Cedar Lantern", service_lines=[line(fields=[8])]).record,
            stored(
                2, {"zh-Hans": "青杉商标事务所"}, service_lines=[line("OPPO", "trademark", ["EM"])]
            ).record,
        ]
        provider_writes.put(uow, records, now=NOW)
        uow.commit()
    yield made
    services.engine.dispose()


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def built(app: Flask) -> Flask:
    assert run(app, "index", "rebuild").exit_code == 0
    return app


def test_index_is_built_and_then_up_to_date(app: Flask) -> None:
    before = run(app, "index", "status", "--json")
    assert before.exit_code == 1
    assert json.loads(before.stdout)["outdated"] is True
    rebuilt = run(app, "index", "rebuild", "--json")
    assert rebuilt.exit_code == 0
    assert json.loads(rebuilt.stdout)["documents"] == 2
    assert run(app, "index", "status").exit_code == 0
    assert json.loads(run(app, "index", "catch-up", "--json").stdout) == {"applied": 0}
    swept = run(app, "index", "sweep", "--json")
    assert swept.exit_code == 0
    assert json.loads(swept.stdout)["missing"] == []


def test_sweep_reports_by_its_exit_code_what_it_repaired(built: Flask) -> None:
    current = built.extensions["search"].current()
    current.apply([], [(1, None)], cursor=current.standing().cursor)
    assert run(built, "index", "sweep", "--dry-run").exit_code == 1
    assert run(built, "index", "sweep").exit_code == 1
    assert run(built, "index", "sweep").exit_code == 0


def test_catching_up_without_an_index_fails_in_one_line(app: Flask) -> None:
    result = run(app, "index", "catch-up")
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1] == "There is no search index yet"


def test_search_gives_the_format_of_the_exchange_formats(built: Flask) -> None:
    result = run(built, "search", "cedar", "--filter", "office=CN", "--filter", "office=EP", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["total"] == 1
    assert answer["hits"] == [{"provider": "T1", "rank": 1}]
    assert answer["facets"]["field"] == [{"code": "8", "count": 1}]
    assert (answer["read"], answer["did_you_mean"], answer["relaxed"], answer["removals"]) == (
        {},
        None,
        [],
        [],
    )
    assert answer["degraded"] is False


def test_second_page_goes_on_counting(built: Flask) -> None:
    pages = [run(built, "search", "--limit", "1", "--page", page, "--json") for page in ("1", "2", "3")]
    hits = [json.loads(page.stdout)["hits"] for page in pages]
    assert [hit["rank"] for page in hits for hit in page] == [1, 2]
    assert {hit["provider"] for page in hits for hit in page} == {"T1", "T2"}


def test_search_for_people_to_read(built: Flask) -> None:
    result = run(built, "search", "商標")
    assert result.exit_code == 0
    assert "T2" in result.stdout and "青杉商标事务所" in result.stdout


def test_search_without_an_index_answers_from_the_database(app: Flask) -> None:
    result = run(app, "search", "cedar", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["degraded"] is True and answer["hits"] == [{"provider": "T1", "rank": 1}]


@pytest.mark.parametrize(
    "arguments",
    [
        ["x" * 1001],
        ["a", "--filter", "office"],
        ["a", "--filter", "colour=red"],
        ["a", "--filter", "office=QQQ"],
        ["a", "--page", "0"],
        ["a", "--page", "501"],
        ["a", "--limit", "0"],
        ["a", "--sort", "paid"],
        ["--file", "/nowhere/queries.jsonl"],
        ["--file", "/"],
    ],
)
def test_unusable_call_is_one_line_and_exit_code_2(built: Flask, arguments: list[str]) -> None:
    result = run(built, "search", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_file_gives_a_line_for_each_query_and_names_the_bad_ones(built: Flask, tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"ref": "one", "q": "cedar"}\r\n'
        b"\n"
        b'{"ref": "two", "q": "", "filters": {"field": [8], "office": ["CN"]}}\n'
        b'{"ref": "three", "filters": {"colour": ["red"]}}\n'
        b"not json\n"
        b'["ref"]\n'
        b'{"q": "no ref"}\n'
        b'{"ref": "four", "q": "a", "more": 1}\n'
        b'{"ref": "\xff"}\n'
        b'{"ref": "five", "q": "\\ud800"}\n'
        b'{"ref": "six", "q": "\xe5\x95\x86\xe6\xa0\x87"}\n'
    )
    result = run(built, "search", "--file", str(path), "--json")
    answers = [json.loads(each) for each in result.stdout.splitlines()]
    assert [(each["ref"], each["total"]) for each in answers] == [("one", 1), ("two", 1), ("six", 1)]
    assert result.exit_code == 1
    for number in (4, 5, 6, 7, 8, 9, 10):
        assert f"{path}:{number}: " in result.stderr


def test_file_of_good_queries_is_a_success(built: Flask, tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"ref": "one", "q": "cedar"}', encoding="utf-8")
    assert run(built, "search", "--file", str(path)).exit_code == 0
