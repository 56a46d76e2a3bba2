"""The commands that take in and give out the exchange formats, as a shell calls them."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import Result

from directory.demo import market, market_1
from directory.settings import Settings
from directory.types import ProviderRecord
from wsgi import create_app

Run = Callable[..., Result]

GOOD = {"ref": "A", "form": "organisation", "kind": "lawyer", "name": {"en": "Amber Quill"}, "country": "CN"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def runner(folder: Path) -> Run:
    app = create_app(Settings(data_dir=folder))

    def run(*arguments: str | Path, code: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    made = runner(folder)
    made("db", "upgrade")
    yield made


def write(path: Path, *records: object) -> Path:
    lines = [
        each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode() for each in records
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture
def market_files(tmp_path: Path) -> dict[str, Path]:
    found = market_1.load(market_1.FIXED_DAY)
    return {
        name: write(tmp_path / f"{name}.jsonl", *getattr(found, name))
        for name in ("providers", "needs", "judgements")
    }


def imported(run: Run, *arguments: str | Path, code: int = 0) -> dict:
    return json.loads(run("import", *arguments, "--json", "--quiet", code=code).stdout)


def test_market_1_goes_in_once(run: Run, market_files: dict[str, Path]):
    for name, count in (("providers", 16), ("needs", 13), ("judgements", 24)):
        first = imported(run, name, market_files[name])
        assert (first["new"], first["changed"], first["failed"], first["errors"]) == (count, 0, 0, [])
        again = imported(run, name, market_files[name])
        assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, count)


def test_export_import_export_gives_the_same_bytes(run: Run, market_files: dict[str, Path], tmp_path: Path):
    run("import", "providers", market_files["providers"])
    run("seed", "--size", "60", "--as-of", "2026-12-01", "--quiet")
    first = run("export", "providers").stdout_bytes
    path = tmp_path / "export.jsonl"
    path.write_bytes(first)
    assert imported(run, "providers", path)["unchanged"] == 76
    other = runner(tmp_path / "other")
    other("db", "upgrade")
    assert imported(other, "providers", path)["new"] == 76
    assert other("export", "providers", "--json").stdout_bytes == first
    given = {data["ref"]: data for data in market_1.load(market_1.FIXED_DAY).providers}
    exported = [json.loads(line) for line in first.splitlines()[:16]]
    for data in exported:
        without = msgspec.structs.replace(
            msgspec.convert(given[data["ref"]], ProviderRecord), conflict_parties=[]
        )
        assert msgspec.convert(data, ProviderRecord) == without


def test_conflict_parties_are_in_no_export_and_in_no_column(
    run: Run, market_files: dict[str, Path], folder: Path
):
    assert "Northstar" in market_files["providers"].read_text("utf-8")
    run("import", "providers", market_files["providers"])
    exported = run("export", "providers").stdout
    assert "Northstar" not in exported
    assert "conflict_parties" not in exported
    connection = sqlite3.connect(folder / "directory.sqlite3")
    assert "Northstar" not in "\n".join(connection.iterdump())
    assert connection.execute("SELECT count(*) FROM conflict_entry").fetchone() != (0,)
    connection.close()


def test_an_absent_key_leaves_the_stored_value_and_null_clears_it(run: Run, tmp_path: Path):
    run("import", "providers", write(tmp_path / "a", GOOD | {"city": "Munich", "aliases": ["AQ"]}))
    assert imported(run, "providers", write(tmp_path / "b", {"ref": "A", "city": None}))["changed"] == 1
    data = json.loads(run("export", "providers").stdout)
    assert (data["city"], data["aliases"]) == (None, ["AQ"])


BAD = [
    (b'{"ref": "\xff"}', ""),
    (b"[]", ""),
    (b"{", ""),
    (b'{"ref": "B", "founded": 1e400}', ""),
    (b'{"ref": "B", "founded": NaN}', ""),
    (b'{"ref": "B", "founded": ' + b"9" * 5000 + b"}", None),
    (GOOD | {"ref": "B", "founded": 10**30}, "founded"),
    (GOOD | {"ref": "B", "surprise": 1}, "surprise"),
    (GOOD | {"ref": "B", "kind": "wizard"}, "kind"),
    (GOOD | {"ref": ["B"]}, "ref"),
    ({"form": "organisation"}, "kind"),
    (GOOD, "ref"),  # again in the same file
]


def test_bad_rows_are_named_and_stop_no_good_one(run: Run, tmp_path: Path):
    path = tmp_path / "mixed.jsonl"
    write(path, GOOD, b"", *(line for line, _ in BAD), GOOD | {"ref": "Z"})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    report = imported(run, "providers", path, code=1)
    assert (report["new"], report["failed"]) == (2, len(BAD))
    by_line: dict[int, list[str]] = {}
    for error in report["errors"]:
        assert error["reason"]
        by_line.setdefault(error["line"], []).append(error["key"])
    assert list(by_line) == list(range(3, 3 + len(BAD)))
    for number, (_, key) in enumerate(BAD, start=3):
        assert key is None or key in by_line[number]


def test_errors_are_words_on_the_error_stream(run: Run, tmp_path: Path):
    path = write(tmp_path / "bad", GOOD | {"country": "XX"})
    result = run("import", "providers", path, code=1)
    assert "line 1: country: not a two-letter code" in result.stderr
    assert "'XX'" in result.stderr
    assert result.stdout.strip() == "0 new, 0 changed, 0 unchanged, 1 failed"


def test_strict_writes_nothing_when_any_row_is_bad(run: Run, tmp_path: Path):
    path = write(tmp_path / "mixed", GOOD, GOOD | {"ref": "B", "kind": "wizard"})
    report = imported(run, "providers", path, "--strict", code=1)
    assert (report["written"], report["failed"]) == (False, 1)
    assert run("export", "providers").stdout == ""
    assert imported(run, "providers", write(path, GOOD), "--strict")["written"] is True
    assert json.loads(run("export", "providers").stdout)["ref"] == "A"


def test_a_dry_run_reports_and_writes_nothing(run: Run, market_files: dict[str, Path]):
    report = imported(run, "providers", market_files["providers"], "--dry-run")
    assert (report["new"], report["written"]) == (16, False)
    assert run("export", "providers").stdout == ""
    run("import", "providers", market_files["providers"])
    assert imported(run, "providers", market_files["providers"], "--dry-run")["unchanged"] == 16


def test_a_text_alone_is_a_need(run: Run, tmp_path: Path):
    path = write(
        tmp_path / "needs", {"ref": "T1", "owner": "Public buyer", "language": "en", "text": "Patent watch"}
    )
    assert imported(run, "needs", path)["new"] == 1


def test_unusable_calls_end_with_2(run: Run, tmp_path: Path, folder: Path):
    run("import", "providers", tmp_path / "missing", code=2)
    run("import", "providers", tmp_path, code=2)
    run("import", "wizards", tmp_path / "x", code=2)
    run("import", code=2)
    run("taxonomy", "wizards", code=2)
    run("seed", "--size", "-1", code=2)
    run("demo", "--port", "70000", code=2)
    run("seed", "--as-of", "yesterday", code=2)
    other = runner(tmp_path / "empty")
    assert "flask db upgrade" in other("export", "providers", code=2).stderr
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "directory.sqlite3").write_bytes(b"this is no database" * 100)
    assert "cannot be used" in runner(tmp_path / "broken")("export", "providers", code=2).stderr


def test_every_command_has_help(run: Run, folder: Path):
    app = create_app(Settings(data_dir=folder))
    names = [name for name in app.cli.commands if name not in ("run", "shell", "routes")]
    assert {
        "import",
        "export",
        "seed",
        "taxonomy",
        "db",
        "worker",
        "doctor",
        "users",
        "audit",
        "demo",
    } <= set(names)
    for name in names:
        assert "Usage" in run(name, "--help").stdout


def test_the_same_size_seed_and_day_give_the_same_bytes(run: Run, tmp_path: Path):
    call = ("seed", "--size", "40", "--seed", "5", "--as-of", "2026-12-01", "--json")
    assert json.loads(run(*call).stdout)["new"] == 40
    assert json.loads(run(*call).stdout)["unchanged"] == 40
    other = runner(tmp_path / "other")
    other("db", "upgrade")
    other(*call)
    assert other("export", "providers").stdout == run("export", "providers").stdout
    refs = [json.loads(line)["ref"] for line in run("export", "providers").stdout.splitlines()]
    assert refs == [data["ref"] for data in market.generate(40, 5, dt.date(2026, 12, 1))]


def test_the_taxonomy_prints_every_list_in_both_languages(run: Run):
    lists = json.loads(run("taxonomy", "--json").stdout)
    assert {"kind", "service", "right", "office", "reason"} <= set(lists)
    assert all(
        entry["label"]["en"] and entry["label"]["zh-Hans"] for entries in lists.values() for entry in entries
    )
    assert json.loads(run("taxonomy", "kind", "--json").stdout) == lists["kind"]
    assert "lawyer" in run("taxonomy", "kind").stdout


def test_migrations_and_health_have_exit_codes(folder: Path):
    made = runner(folder)
    assert json.loads(made("db", "check", "--json", code=1).stdout)["pending"] == ["0001"]
    found = {check["check"]: check["ok"] for check in json.loads(made("doctor", "--json", code=1).stdout)}
    assert found["migrations"] is False
    assert found["data folder"] is True
    made("db", "upgrade")
    assert "agree" in made("db", "check").stdout


def test_accounts_are_made_and_shut_by_command(run: Run):
    call = ("users", "create", "fay@directory.example", "--name", "Fay", "--role", "administrator", "--json")
    number = json.loads(run(*call).stdout)["account"]
    assert "already" in run(*call, code=2).stderr
    assert str(number) in run("users", "reset-mfa", "fay@directory.example").stdout
    run("users", "disable", "fay@directory.example")
    run("users", "disable", "nobody@directory.example", code=2)
    assert json.loads(run("audit", "verify", "--json").stdout)["bad_row"] is None


def test_a_changed_row_of_the_trail_is_named(run: Run, market_files: dict[str, Path], folder: Path):
    for name in ("providers", "needs", "judgements"):
        run("import", name, market_files[name])
    connection = sqlite3.connect(folder / "directory.sqlite3")
    with connection:
        connection.execute("UPDATE audit_event SET actor = 'somebody' WHERE id = 2")
    connection.close()
    assert "Row 2 " in run("audit", "verify", code=1).stdout


def test_a_cut_tail_of_the_trail_is_noticed(run: Run, market_files: dict[str, Path], folder: Path):
    for name in ("providers", "needs", "judgements"):
        run("import", name, market_files[name])
    run("worker", "--once")
    connection = sqlite3.connect(folder / "directory.sqlite3")
    with connection:
        connection.execute("DELETE FROM audit_event WHERE id = 3")
    connection.close()
    assert "Row 3 " in run("audit", "verify", code=1).stdout


def test_the_worker_takes_every_step_once(run: Run, market_files: dict[str, Path]):
    run("import", "providers", market_files["providers"])
    run("worker", "--once", "--as-of", "2026-12-01")
    run("worker", "--as-of", "2026-12-01", code=2)
    assert json.loads(run("doctor", "--json").stdout)
