"""The commands of `run`, started as a stranger starts them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from servers import Unavailable, postgres

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "run"
STOPPED_WITHIN_S = 20.0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, RUN, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@contextmanager
def postgres_by_run() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`./run postgres` and the URL that it prints."""
    try:
        with postgres():
            pass
    except Unavailable as reason:
        pytest.skip(f"NOT TESTED: PostgreSQL: {reason}")
    with subprocess.Popen(
        [sys.executable, RUN, "postgres"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, process.stdout.readline().strip().replace("+psycopg", "")
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_help_lists_every_verb() -> None:
    result = run("help")
    assert result.returncode == 0
    for verb in ("demo", "test", "check", "elasticsearch", "postgres", "bench", "screenshots"):
        assert f"./run {verb} " in result.stdout


def test_an_unknown_verb_is_answered_by_the_known_ones() -> None:
    result = run("tset")
    assert result.returncode == 2
    assert "`tset`" in result.stdout
    assert "./run test " in result.stdout


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("demo", "--port", str(port))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {port} cannot be used")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_server_stops_with_its_command(number: signal.Signals) -> None:
    with postgres_by_run() as (process, url):
        assert answers(url)
        process.send_signal(number)
        process.wait(STOPPED_WITHIN_S)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while answers(url) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not answers(url)


def test_two_servers_do_not_meet() -> None:
    with postgres_by_run() as (_, one), postgres_by_run() as (_, other):
        assert one != other
        assert answers(one)
        assert answers(other)
