"""The `flask` commands of this package. Each parses, calls one action and shows the result.

Exit codes: 0 done; 1 some rows failed, or something was found amiss; 2 unusable call, file or database.
"""

from __future__ import annotations

from flask import Flask

from directory.cli.database import database
from directory.cli.demo import demo
from directory.cli.exchange import export, import_, seed, taxonomy
from directory.cli.operations import audit, doctor, users, worker


def register(app: Flask) -> None:
    """Add the commands to the application."""
    for command in (database, import_, export, seed, taxonomy, worker, doctor, users, audit, demo):
        app.cli.add_command(command)
