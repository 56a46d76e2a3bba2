"""A wheel holds all that the program reads, and serves from a folder that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from servers import free_port

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("directory", "search", "matching", "templates")
ANSWERS_WITHIN_S = 30.0


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, because a build folder left in the tree would leak old files into it."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "wsgi.py"):
        shutil.copy(ROOT / name, copy)
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy]
    built = subprocess.run(command, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next((copy / "dist").glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, which is how a wheel of pure Python is installed."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def environment(installed: Path, tmp_path: Path) -> dict[str, str]:
    """What production sets, the wheel first on the path, nothing of this repository."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(installed),
        "DATA_DIR": str(tmp_path / "data"),
        "SECRET_KEY": "packaging-secret",
        "AUDIT_KEY": "packaging-audit",
        "CONFLICTS_KEY": "packaging-conflicts",
    }


def run(*arguments: str, environment: dict[str, str], folder: Path) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_source_file_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    expected = {
        str(path.relative_to(ROOT))
        for name in SOURCES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - packed == set()


@pytest.mark.parametrize(
    "part",
    [
        "templates/base.html",
        "templates/static/",
        "directory/taxonomy/",
        "directory/migrations/script.py.mako",
        "directory/migrations/versions/",
        "directory/translations/",
        "wsgi.py",
    ],
)
def test_the_wheel_holds(wheel: Path, part: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.startswith(part) for name in archive.namelist())


def test_the_wheel_carries_its_licence_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/"))]


def test_the_code_is_the_wheels_own(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    printed = run(
        "-c", "import directory; print(directory.__file__)", environment=environment, folder=tmp_path
    )
    assert Path(printed.strip()).is_relative_to(installed)


def test_commands_work_from_another_folder(environment: dict[str, str], tmp_path: Path) -> None:
    assert "/static/" in run(
        "-m", "flask", "--app", "wsgi", "routes", environment=environment, folder=tmp_path
    )


def test_the_start_page_is_served(environment: dict[str, str], tmp_path: Path) -> None:
    run("-m", "flask", "--app", "wsgi", "db", "upgrade", environment=environment, folder=tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", "wsgi:app"]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        page = answer(f"http://127.0.0.1:{port}/", server, tmp_path / "server.log")
        assert "<h1" in page
        assert answer(f"http://127.0.0.1:{port}/static/site.css", server, tmp_path / "server.log")
    finally:
        server.terminate()
        server.wait()


def answer(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    """The body at `url`, as soon as the server listens."""
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return response.read().decode("utf-8")
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"nothing was served:\n{log.read_text(encoding='utf-8')}")
