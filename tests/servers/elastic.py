"""An Elasticsearch for tests: one node, or a cluster whose nodes can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from servers.distributions import RELEASES, Release, cache_folder, cached_home, fetched_home, java_home
from servers.processes import (
    Server,
    Unavailable,
    answers,
    free_port,
    give,
    server_process,
    succeeds,
    temporary_folder,
    unprivileged_user,
    wait_until_ready,
)

URL_VARIABLES = {8: "ELASTICSEARCH_URL", 9: "ELASTICSEARCH_9_URL"}


@contextlib.contextmanager
def elasticsearch(major: int = 8, *, fetch: bool = False) -> Iterator[Server]:
    """One Elasticsearch: the one named in the environment, else an empty one of our own.

    With `fetch` it may be downloaded first; which ways were not used, and why, is in its notes.
    """
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
    with temporary_folder("elasticsearch", user) as folder, contextlib.ExitStack() as running:
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
            give(own, user)
            command, environment = _launch(home, java, own, release)
            process = running.enter_context(
                server_process(command, user=user, folder=own, cwd=home, env=environment)
            )
            servers.append(Server(f"http://127.0.0.1:{http}", name, process, own))
        for server in servers:
            health = f"{server.url}/_cluster/health?wait_for_nodes={count}&timeout=1s"
            wait_until_ready(
                f"Elasticsearch {release.version}",
                server.process,
                server.folder,
                lambda health=health: answers(health),
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


def _docker_missing() -> str | None:
    if not shutil.which("docker"):
        return "docker is not installed"
    if not succeeds(["docker", "info"]):
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
            with server_process([*command, image], user=None, folder=folder) as process:
                url = f"http://127.0.0.1:{port}"
                wait_until_ready(
                    image, process, folder, lambda: answers(f"{url}/_cluster/health"), within_s=600
                )
                yield Server(url, name, process, folder)
        finally:
            succeeds(["docker", "rm", "-f", name])
