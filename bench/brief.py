"""How well needs are read: precision, recall and F1 of each field, by language, and the time taken.

    python bench/brief.py [--half tune|test] [--errors]

The labels are in tests/relevance/briefs.jsonl. The rules were written from the "tune" half;
the "test" half was labelled before they first read it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from directory.types import BRIEF_KEYS
from matching.brief import read

TODAY = dt.date(2026, 12, 1)
LABELS = Path(__file__).parent.parent / "tests" / "relevance" / "briefs.jsonl"
FIELDS = tuple(key for key in BRIEF_KEYS if key != "min_tier")


def labelled(half: str | None = None) -> list[dict[str, object]]:
    """The labelled texts, of one half or all."""
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half in (None, row["half"])]


def value_set(value: object) -> set[str]:
    """The values of a field as a set; empty, null and false are nothing."""
    values = value if isinstance(value, list) else [value]
    return {str(one) for one in values if one not in (None, "", False)}


def compare(rows: Iterable[dict[str, object]]) -> Iterator[tuple[dict[str, object], str, set[str], set[str]]]:
    """(row, field, labelled values, values read) of each text and field."""
    for row in rows:
        found = read(str(row["text"]), today=TODAY).values()
        for field in FIELDS:
            yield row, field, value_set(row["brief"].get(field)), value_set(found[field])  # type: ignore[attr-defined]


def scores(rows: Iterable[dict[str, object]]) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Micro precision, recall and F1 by (field, language), language "all" too."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row, field, wanted, found in compare(rows):
        for language in (str(row["language"]), "all"):
            counter = counts.setdefault((field, language), Counter())
            counter.update(right=len(wanted & found), wanted=len(wanted), found=len(found))
    return {key: _measures(counter) for key, counter in counts.items()}


def _measures(counter: Counter[str]) -> tuple[float, float, float]:
    precision = counter["right"] / counter["found"] if counter["found"] else 1.0
    recall = counter["right"] / counter["wanted"] if counter["wanted"] else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("tune", "test"))
    parser.add_argument(
        "--errors", action="store_true", help="print each text that is read otherwise than labelled"
    )
    arguments = parser.parse_args()
    rows = labelled(arguments.half)
    if arguments.errors:
        print_errors(rows)
    table = scores(rows)
    languages = [*sorted({str(row["language"]) for row in rows}), "all"]
    print(f"{len(rows)} texts; precision/recall/F1")
    print(f"{'':18}" + "".join(f"{language:>18}" for language in languages))
    for field in FIELDS:
        cells = ("/".join(f"{measure:.2f}" for measure in table[field, language]) for language in languages)
        print(f"{field:18}" + "".join(f"{cell:>18}" for cell in cells))
    took = [_took_ms(str(row["text"])) for row in rows]
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"ms a text: p50 {statistics.median(took):.1f}, p95 {p95:.1f}, max {max(took):.1f}")


def print_errors(rows: list[dict[str, object]]) -> None:
    """Each text with a wrong field: what is missing (-) and what is too much (+)."""
    wrong: dict[str, list[str]] = {}
    for row, field, wanted, found in compare(rows):
        if wanted != found:
            signs = [f"-{value}" for value in sorted(wanted - found)] + [
                f"+{value}" for value in sorted(found - wanted)
            ]
            wrong.setdefault(f"{row['ref']} {row['text']}", []).append(f"{field}: {' '.join(signs)}")
    for text, problems in wrong.items():
        print(text, *problems, sep="\n    ")


def _took_ms(text: str) -> float:
    start = time.perf_counter()
    read(text, today=TODAY)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
