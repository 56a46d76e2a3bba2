"""Market-1: sixteen invented providers, thirteen needs and every judgement on their pairs.

It stands on a fixed day; `load` moves all its days so that this day becomes another one, and
whatever was ten days ago still is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias

FIXED_DAY = dt.date(2026, 12, 1)
"""The day on which the files stand."""

Record: TypeAlias = dict[str, Any]

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_MONTH = re.compile(r"\d{4}-\d\d")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ENGLISH_DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_ENGLISH_MONTHS)}) (\d{{4}})\b")
_CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


@dataclass(frozen=True, slots=True)
class Market1:
    """The market's records in the exchange formats; `refusals` are `{need, provider, reason}`."""

    providers: list[Record]
    needs: list[Record]
    judgements: list[Record]
    refusals: list[Record]


def load(as_of: dt.date) -> Market1:
    """Market-1 with its days moved so that it stands on `as_of`.

    Parameters
    ----------
    as_of : date
        Its day; 1 December 2026 leaves everything as it is in the files.

    Returns
    -------
    Market1
        The four lists in the order of the files.
    """
    shift = as_of - FIXED_DAY
    return Market1(
        providers=_read("providers", shift),
        needs=_read("needs", shift),
        judgements=_read("judgements", shift),
        refusals=_read("not_eligible", shift),
    )


def _read(name: str, shift: dt.timedelta) -> list[Record]:
    lines = (files("directory.demo") / "market_1" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_shifted(json.loads(line), shift) for line in lines]


def _shifted(value: Any, shift: dt.timedelta) -> Any:
    """`value` with every day in it moved: strings that are a day or a month, and days in texts."""
    if isinstance(value, dict):
        return {key: _shifted(item, shift) for key, item in value.items()}
    if isinstance(value, list):
        return [_shifted(item, shift) for item in value]
    if not isinstance(value, str):
        return value
    if _ISO_DAY.fullmatch(value):
        return (dt.date.fromisoformat(value) + shift).isoformat()
    if _ISO_MONTH.fullmatch(value):  # a month moves with its middle
        return f"{dt.date.fromisoformat(f'{value}-15') + shift:%Y-%m}"
    value = _ENGLISH_DAY.sub(lambda found: _english(_parsed(found.group(3, 2, 1)) + shift), value)
    return _CHINESE_DAY.sub(lambda found: _chinese(_parsed(found.group(1, 2, 3)) + shift), value)


def _parsed(parts: tuple[str | Any, ...]) -> dt.date:
    year, month, day = parts
    return dt.date(int(year), int(month) if month.isdecimal() else _ENGLISH_MONTHS.index(month) + 1, int(day))


def _english(day: dt.date) -> str:
    return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _chinese(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
