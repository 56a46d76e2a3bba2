"""Numbers as they stand in folded text: digits in either convention, English and Chinese words."""

from __future__ import annotations

import re
from decimal import Decimal

_CHINESE_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE_MYRIADS = {"万": 10**4, "亿": 10**8}
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟俩", "一二三四五六七八九十百千两")
_ENGLISH = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_ENGLISH |= {"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14}
_ENGLISH |= {"fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40, "forty five": 45}
_ENGLISH |= {"fifty": 50, "sixty": 60, "eighty": 80, "ninety": 90, "hundred": 100}

ENGLISH_NUMBER = "|".join(sorted(_ENGLISH, key=len, reverse=True))
CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]+"
DIGITS = r"\d{1,3}(?:[ ',.]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
"""12,000.50, 12.000,50, 12 000, 12'000 or 1.5; at most two decimals follow grouped thousands."""

_GROUPED = re.compile(r"\d{1,3}(?:[ ',.]\d{3})+")


def chinese_number(text: str) -> int | None:
    """The number that Chinese numerals write ("三十五", "一百二", "八千"); None when they write none."""
    total = section = digit = 0
    last_unit = 1
    for character in text.translate(_FORMAL):
        if character in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[character]
        elif character in _CHINESE_UNITS:
            last_unit = _CHINESE_UNITS[character]
            section += (digit or 1) * last_unit
            digit = 0
        elif character in _CHINESE_MYRIADS:
            last_unit = _CHINESE_MYRIADS[character]
            total += (section + digit or 1) * last_unit
            section = digit = 0
        else:
            return None
    if digit and last_unit > 10:
        digit *= last_unit // 10
    return total + section + digit if text else None


def whole_number(text: str) -> int | None:
    """A count in digits, English or Chinese words; None when it is none."""
    if text.isdecimal():
        return int(text) if len(text) <= 9 else None
    return _ENGLISH.get(text) or chinese_number(text)


def decimal_number(text: str) -> Decimal:
    """What a run of `DIGITS` writes, in whichever convention: groups of three are thousands."""
    if grouped := _GROUPED.match(text):
        whole = re.sub(r"\D", "", grouped.group())
        rest = text[grouped.end() :].lstrip(".,")
        return Decimal(f"{whole}.{rest or 0}")
    return Decimal(text.replace(",", "."))
