"""A PostgreSQL for tests."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from servers.processes import (
    Server,
    Unavailable,
    checked,
    free_port,
    install_debian,
    server_process,
    succeeds,
    temporary_folder,
    unprivileged_user,
    wait_until_ready,
)


@contextlib.contextmanager
def postgres(*, fetch: bool = False) -> Iterator[Server]:
    """A PostgreSQL of its own with an empty database `directory`; with `fetch` it may be installed first."""
    programs = _postgres_programs()
    if programs is None and fetch:
        install_debian("postgresql")
        programs = _postgres_programs()
    if programs is None:
        raise Unavailable("PostgreSQL is not installed: apt install postgresql")
    user = unprivileged_user("postgres")
    with temporary_folder("postgres", user) as folder:
        data, port = folder / "data", free_port()
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "-U", "app"]
        checked([*initdb, "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"], user=user, cwd=folder)
        command = [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        command += ["-c", "fsync=off", "-c", "unix_socket_directories="]
        # The default of 100 is soon used up by parallel tests with pooled connections.
        command += ["-c", "max_connections=200"]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        with server_process(command, user=user, folder=folder, stop=signal.SIGINT) as process:
            address = ["-h", "127.0.0.1", "-p", str(port), "-U", "app"]
            wait_until_ready(
                "PostgreSQL",
                process,
                folder,
                lambda: succeeds([programs / "pg_isready", "-q", *address], user=user, cwd=folder),
            )
            checked([programs / "createdb", *address, "directory"], user=user, cwd=folder)
            url = f"postgresql+psycopg://app@127.0.0.1:{port}/directory"
            yield Server(url, "postgres", process, folder)


def _postgres_programs() -> Path | None:
    """The folder of the newest installed server; Debian keeps it off PATH."""
    installed = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None
