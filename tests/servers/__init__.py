"""Real servers and a real browser for tests; servers live in temporary folders and stop with their parent.

Standard library only, because `run` imports this package before anything is installed. Each context
manager yields a running `Server`; `Unavailable` says in one line why there is none and what would help.
Nothing fetched here is committed or passed on: Elasticsearch is under the Elastic License 2.0.
"""

from servers.browser import LAUNCH_ARGUMENTS, browser
from servers.elastic import URL_VARIABLES, elasticsearch, elasticsearch_cluster
from servers.postgresql import postgres
from servers.processes import Server, Unavailable, free_port, install_debian

__all__ = [
    "LAUNCH_ARGUMENTS",
    "URL_VARIABLES",
    "Server",
    "Unavailable",
    "browser",
    "elasticsearch",
    "elasticsearch_cluster",
    "free_port",
    "install_debian",
    "postgres",
]
