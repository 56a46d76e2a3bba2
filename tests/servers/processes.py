"""Starting, watching and stopping a server process, as a user other than root."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

STARTED_WITHIN_S = 120.0
STOPPED_WITHIN_S = 20.0
FOLDERS = "ip-services-directory-tests"  # then the server's name, our process id, something random


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why and what to do."""


@dataclass
class Server:
    """A running server: its URL, and its process when we started it ourselves."""

    url: str
    name: str = ""
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    notes: list[str] = field(default_factory=list)

    def is_running(self) -> bool:
        return self.process is None or self.process.poll() is None

    def kill(self) -> None:
        """End it at once, as a power cut would; its folder stays until the context manager ends."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def unprivileged_user(name: str) -> pwd.struct_passwd | None:
    """Whom the server runs as: None (ourselves), or for root a system user, made when it is not there."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        checked(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name])
        return pwd.getpwnam(name)


def install_debian(*packages: str) -> None:
    """Install Debian packages when we may; otherwise say in one line what to install."""
    command = "apt install " + " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(f"missing on this machine: {command}")
    say(f"installing {' '.join(packages)} (apt)")
    # RUNLEVEL=1 keeps a newly installed service from being started.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        checked(["apt-get", "-qq", "update"], env=env)
        checked(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], env=env)
    except Unavailable as error:
        raise Unavailable(f"{command} failed: {error}") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def temporary_folder(name: str, user: pwd.struct_passwd | None) -> Iterator[Path]:
    """A folder of the server's own, owned by its user; what killed runs left behind goes too."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDERS}-*"):
        if not Path(f"/proc/{left.name.split('-')[-2]}").exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{FOLDERS}-{name}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        give(folder, user)
        yield folder


def give(folder: Path, user: pwd.struct_passwd | None) -> None:
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def _identity(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _end_with_parent(number: int) -> Callable[[], None]:
    """Runs in the child before exec: asks Linux to send it `number` when its parent dies, even by kill -9."""
    if sys.platform != "linux":
        return lambda: None
    prctl, set_parent_death_signal, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def ask() -> None:
        prctl(set_parent_death_signal, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


@contextlib.contextmanager
def server_process(
    command: list[object],
    *,
    user: pwd.struct_passwd | None,
    folder: Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process in a group of its own, stopped by its id on the way out."""
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd or folder,
            env=env,
            start_new_session=True,
            preexec_fn=_end_with_parent(stop),
            **_identity(user),
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until_ready(
    what: str,
    process: subprocess.Popen[bytes],
    folder: Path,
    ready: Callable[[], bool],
    within_s: float = STARTED_WITHIN_S,
) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            lines = (folder / "output.log").read_text(errors="replace").strip().splitlines()
            raise Unavailable(f"{what} did not start; its last lines: " + " | ".join(lines[-5:]))
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer).get("timed_out") is False
    except (OSError, ValueError):
        return False


def succeeds(command: list[object], user: pwd.struct_passwd | None = None, cwd: Path | None = None) -> bool:
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, capture_output=True, cwd=cwd, timeout=30, **_identity(user))
    return done.returncode == 0


def checked(
    command: list[object],
    user: pwd.struct_passwd | None = None,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, cwd=cwd, env=env, **_identity(user)
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{Path(words[0]).name}: {lines[-1] if lines else f'exit code {done.returncode}'}")
