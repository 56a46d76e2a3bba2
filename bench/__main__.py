"""`./run bench NAME ...`: one module a bench, each with a `main` that takes its arguments."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != "seeded")


def main(arguments: list[str]) -> None:
    """Run the bench that is named first."""
    if not arguments or arguments[0] not in NAMES:
        sys.exit(f"Choose a bench: {', '.join(NAMES)}")
    importlib.import_module(f"bench.{arguments[0]}").main(arguments[1:])


main(sys.argv[1:])
