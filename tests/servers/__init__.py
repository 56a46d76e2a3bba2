"""Real servers for tests: Elasticsearch and PostgreSQL in temporary folders, stopped with their parent.

Standard library only, because `run` imports this package before anything is installed. Each context
manager yields a running `Server`; `Unavailable` says in one line why there is none and what would help.
Nothing fetched here is committed or passed on: Elasticsearch is under the Elastic License 2.0.
"""

from servers.elastic import URL_VARIABLES, elasticsearch, elasticsearch_cluster
from servers.postgresql import postgres
from servers.processes import Server, Unavailable, free_port, install_debian

__all__ = [
    "URL_VARIABLES",
    "Server",
    "Unavailable",
    "elasticsearch",
    "elasticsearch_cluster",
    "free_port",
    "install_debian",
    "postgres",
]
