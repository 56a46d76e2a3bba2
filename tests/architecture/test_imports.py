"""The dependency rules hold on the real tree, and each of them is able to fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", "setup.cfg"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code and its rules, to plant violations in."""
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    for package in ("directory", "search", "matching"):
        modules = [path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py")]
        for module in modules:
            (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / module, tmp_path / module)
    return tmp_path


def test_the_real_tree_keeps_the_rules(tree: Path) -> None:
    result = lint_imports(tree)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("planted_in", "line", "broken"),
    [
        ("directory/rules/planted.py", "import search.types", "Packages depend one way"),
        ("search/planted_types.py", "import matching", "Packages depend one way"),
        ("directory/rules/planted.py", "import directory.models", "Layers inside directory"),
        ("directory/rules/planted.py", "import directory.db", "Layers inside directory"),
        ("directory/unplaced.py", "", "Layers inside directory"),
        ("search/text.py", "import search.engines", "Layers inside search"),
        ("search/unplaced.py", "", "Layers inside search"),
        ("matching/errors.py", "import matching.brief", "Layers inside matching"),
        ("matching/unplaced.py", "", "Layers inside matching"),
        ("directory/rules/planted.py", "import wsgi", "Nothing imports wsgi"),
        ("directory/rules/planted.py", "import flask", "Flask stays in web and cli"),
        ("search/text.py", "from flask_babel import gettext", "Flask stays in web and cli"),
        ("directory/rules/planted.py", "import sqlalchemy", "SQLAlchemy stays in"),
        ("search/text.py", "from sqlalchemy.orm import Session", "SQLAlchemy stays in"),
        ("directory/store/planted.py", "import tantivy", "tantivy stays in"),
        ("search/engines/elastic.py", "import tantivy", "tantivy stays in"),
        ("search/engines/base.py", "import elasticsearch", "The Elasticsearch client stays in"),
        ("search/engines/embedded.py", "import sklearn.linear_model", "scikit-learn stays in"),
        ("search/text.py", "import numpy as np", "numpy stays in"),
    ],
)
def test_a_violation_is_found(tree: Path, planted_in: str, line: str, broken: str) -> None:
    planted = tree / planted_in
    for package in [parent for parent in planted.parents if parent.is_relative_to(tree) and parent != tree]:
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    with planted.open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    result = lint_imports(tree)

    assert result.returncode != 0
    verdict = next(row for row in result.stdout.splitlines() if row.startswith(broken))
    assert " BROKEN" in verdict, result.stdout
