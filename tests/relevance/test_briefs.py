"""Floors for reading needs, on the half of the labelled texts that the rules were not written from."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from matching.brief import read

TODAY = dt.date(2026, 12, 1)
ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "briefs.jsonl").read_text(encoding="utf-8").splitlines()
]
TEST = [row for row in ROWS if row["half"] == "test"]
LANGUAGES = ("zh-Hans", "zh-Hant", "en", "mixed")


def labelled(row, field):
    value = row["brief"].get(field)
    return set(value) if isinstance(value, list) else value


def micro_f1(rows, field):
    right = wanted = found = 0
    for row in rows:
        values = set(read(row["text"], today=TODAY).values()[field])
        labels = labelled(row, field) or set()
        right, wanted, found = right + len(values & labels), wanted + len(labels), found + len(values)
    return 2 * right / (wanted + found)


def share_exact(rows, *fields):
    def plain(value):
        return value.isoformat() if isinstance(value, dt.date) else value

    exact = 0
    for row in rows:
        values = read(row["text"], today=TODAY).values()
        exact += all(plain(values[field]) == row["brief"].get(field) for field in fields)
    return exact / len(rows)


def test_there_are_enough_texts_in_both_halves_and_every_language():
    assert len(ROWS) >= 120 and len({row["text"] for row in ROWS}) == len(ROWS)
    for language in LANGUAGES:
        assert sum(row["language"] == language for row in TEST) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", ["services", "rights", "offices"])
def test_what_is_asked_and_where_is_read(field, language):
    rows = [row for row in TEST if row["language"] == language]
    assert micro_f1(rows, field) >= 0.85


def test_the_need_type_is_read():
    assert share_exact(TEST, "need_type") >= 0.80


@pytest.mark.parametrize("rows", [TEST, ROWS], ids=["test half", "all"])
def test_budgets_and_deadlines_are_read_exactly(rows):
    assert share_exact(rows, "budget_max_minor", "currency") >= 0.95
    assert share_exact(rows, "deadline") >= 0.95


def test_a_firm_budget_is_told_from_a_soft_one():
    firm = {row["ref"] for row in ROWS if read(row["text"], today=TODAY).budget_firm.value}
    assert firm == {row["ref"] for row in ROWS if row["brief"].get("budget_firm")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["ref"])
def test_evidence_stands_in_the_text(row):
    for value in every_value(read(row["text"], today=TODAY)):
        assert value.evidence in row["text"]
        assert 0 < value.confidence <= 1


def every_value(found):
    for name in found.__struct_fields__:
        value = getattr(found, name)
        yield from value if isinstance(value, tuple) else [value] if value is not None else []
