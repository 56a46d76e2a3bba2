"""`flask demo` as a stranger starts it: it serves, says who may sign in, and ends when told."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def command(folder: Path, port: int, *options: str) -> list[str]:
    arguments = ["demo", "--port", str(port), "--data", str(folder), "--size", "30", *options]
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """A demo that serves; gives what it printed until then, and ends it."""
    environment = os.environ | {"DEMO": "true", "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command(folder, port),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Stop with Ctrl-C" in line:
                break
        yield said
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def status(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status


def test_the_demo_serves_and_starts_again_with_the_same_accounts(tmp_path: Path):
    folder, port = tmp_path / "demo", free_port()
    with running(folder, port) as first:
        assert f"http://127.0.0.1:{port}" in first
        assert len(re.findall(r"@\S+\.example", first)) == 8
        assert len(re.findall(r"TOTP secret [A-Z2-7]{32}", first)) == 3
        assert status(port, "/") == 200
    before = changes(folder)
    with running(folder, port) as second:
        assert status(port, "/") == 200
    assert accounts(second) == accounts(first)
    assert changes(folder) == before > 30  # nothing was loaded again


def changes(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "directory.sqlite3")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM change_log").fetchone()
    return count


def accounts(said: str) -> list[str]:
    return [line for line in said.splitlines() if "@" in line]


def refused(folder: Path, *arguments: str) -> str:
    """What a demo that cannot start says."""
    environment = os.environ | {"DATA_DIR": str(folder / "var")}
    ended = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path):
    (tmp_path / "letters.txt").write_text("mine")
    assert "left alone" in refused(tmp_path, *command(tmp_path, free_port(), "--fresh"))
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_a_taken_port_is_said_in_one_line(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused(tmp_path, *command(tmp_path / "demo", taken.getsockname()[1]))
    assert "choose another with --port" in said
