"""The budget of a need: amounts of money in a text, and which of them is what the owner will pay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from directory.taxonomy import minor_digits
from matching.brief.cues import cue_table
from matching.brief.numbers import CHINESE_NUMBER, DIGITS, chinese_number, decimal_number
from matching.brief.scope import Scope

_CURRENCIES = {
    "CNY": r"rmb|cny|renminbi|yuan|人民币|¥(?!\s?\d+\s?(?:jpy|yen))|元|块钱|块",
    "HKD": r"hkd|hk\$|港元|港币|港纸|hong kong dollars?",
    "TWD": r"twd|ntd|nt\$|新台币|台币",
    "MOP": r"mop\$?|澳门元|澳门币",
    "SGD": r"sgd|s\$|新加坡元|新元|新币|坡币|singapore dollars?",
    "AUD": r"aud|au\$|a\$|澳元|澳币|australian dollars?",
    "NZD": r"nzd|nz\$|新西兰元|纽币",
    "CAD": r"cad|ca\$|c\$|加元|加币|canadian dollars?",
    "USD": r"usd|us\$|us dollars?|美元|美金|dollars?|刀|bucks|\$",
    "EUR": r"eur|euros?|€|欧元",
    "GBP": r"gbp|pounds?(?: sterling)?|sterling|£|英镑",
    "JPY": r"jpy|yen|日元|日币|日圆|円",
    "KRW": r"krw|won|₩|韩元|韩币",
    "CHF": r"chf|swiss francs?|sfr\.?|瑞士法郎|瑞郎",
    "INR": r"inr|rupees?|₹|卢比",
    "MYR": r"myr|ringgit|马币|林吉特",
    "THB": r"thb|baht|泰铢",
    "AED": r"aed|dirhams?|迪拉姆",
    "BRL": r"brl|r\$|reais",
    "SEK": r"sek|瑞典克朗",
    "DKK": r"dkk|丹麦克朗",
    "NOK": r"nok|挪威克朗",
    "VND": r"vnd|越南盾",
    "IDR": r"idr|rupiah",
    "ZAR": r"zar|rand",
}
_MULTIPLIERS = {
    word: factor
    for factor, words in {
        100: "hundred",
        10**3: "thousand|k|k.|tsd.|tsd|千",
        10**4: "万|w",
        10**5: "hundred thousand|lakh|lakhs|十万",
        10**6: "million|millions|mio.|mio|mn|mm|m|mil|百万",
        10**7: "crore|千万",
        10**8: "亿",
        10**9: "billion|bn|b|十亿",
    }.items()
    for word in words.split("|")
}
_MULTIPLIER = "|".join(re.escape(word) for word in sorted(_MULTIPLIERS, key=len, reverse=True))
_NUMBER = rf"(?:{DIGITS}|{CHINESE_NUMBER}(?=[\s]?(?:万|亿|千|百|元|块|[a-z]*\$|美|欧|英|港|日|余|多)))"
_CURRENCY = "|".join(f"(?P<{{side}}_{code}>{words})" for code, words in _CURRENCIES.items())
_AMOUNT = re.compile(
    rf"(?:(?<![a-z])(?:{_CURRENCY.format(side='before')})\s?)?"
    rf"(?P<number>(?<![\d.a-z]){_NUMBER})(?P<times>\s?(?:{_MULTIPLIER})(?![a-z]))?(?:余|多|来|几)?"
    rf"(?:\s?(?:-|~|–|—|to|and|到|"
    rf"至)\s?(?:{_CURRENCY.format(side='between')})?\s?(?P<number2>{_NUMBER})(?P<times2>\s?(?:{_MULTIPLIER})(?![a-z]))?)?"
    rf"(?:\s?(?:{_CURRENCY.format(side='after')})(?![a-z]))?"
)
_NO_MONEY_AFTER = re.compile(
    r"\s?(?:件|个|家|人|年|月|日|天|周|号|类|项|位|页|字|倍|%|种|篇|台|名|套|平|吨|米|percent|years?|months?|days?|weeks?|"
    r"patents?|pages?|words?|classes|people)"
)
_LONGEST_WAY = 28  # characters between an amount and the words that say what it is for


@dataclass(frozen=True, slots=True)
class Budget:
    """What the owner will pay at most, in the minor unit; the folded spans it was read from."""

    amount_minor: int
    currency: str
    start: int
    end: int
    currency_span: tuple[int, int]
    firm: tuple[int, int] | None
    confidence: float


@dataclass(frozen=True, slots=True)
class _Amount:
    value: Decimal
    currency: str | None
    currency_span: tuple[int, int]
    start: int
    end: int


def _amounts(text: str) -> list[_Amount]:
    found: list[_Amount] = []
    for match in _AMOUNT.finditer(text):
        if not match["number"]:
            continue
        currency, span = _currency(match)
        times, times2 = (_multiplier(match[name]) for name in ("times", "times2"))
        number = match["number2"] or match["number"]
        times = times2 or times if match["number2"] else times
        if currency is None and (times is None or times < 1000 or _NO_MONEY_AFTER.match(text, match.end())):
            continue
        if (
            currency is not None
            and _NO_MONEY_AFTER.match(text, match.end())
            and span[0] >= match.end() - 1
            and span[1] - span[0] < 1
        ):
            continue
        value = _value(number)
        if value is None:
            continue
        found.append(_Amount(value * (times or 1), currency, span, match.start(), match.end()))
    return found


def _currency(match: re.Match[str]) -> tuple[str | None, tuple[int, int]]:
    for side in ("before", "between", "after"):
        for code in _CURRENCIES:
            if match[f"{side}_{code}"]:
                return code, match.span(f"{side}_{code}")
    return None, (match.start(), match.end())


def _multiplier(word: str | None) -> int | None:
    return _MULTIPLIERS[word.strip()] if word else None


def _value(number: str) -> Decimal | None:
    if number[0].isdecimal():
        return decimal_number(number) if len(number) <= 15 else None
    spelled = chinese_number(number)
    return None if spelled is None else Decimal(spelled)


def read_budget(scope: Scope, *, home_currency: str | None, lending: bool) -> Budget | None:
    """The highest amount that the owner will pay for the service, else None.

    Parameters
    ----------
    scope : Scope
        The folded text and what it takes back.
    home_currency : str or None
        What an amount without a currency is taken to be in ("预算20万"); None drops such amounts.
    lending : bool
        Whether the need is about money: then only an amount that is called a budget or a price is one.
    """
    cues = cue_table("money").by_code(scope.text)
    best: tuple[tuple[float, int], Budget] | None = None
    amounts = _amounts(scope.text)
    for amount in amounts:
        currency = amount.currency or home_currency
        if currency is None or amount.value <= 0:
            continue
        start, end = scope.sentence(amount.start)
        clause_start, clause_end = scope.clause(amount.start)
        confidence = 0.0
        for code, weight in (("budget", 0.95), ("soft", 0.6), ("other", -1.05)):
            distance = min(
                (
                    _distance(cue.start, cue.end, amount, scope.text)
                    for cue in cues.get(code, ())
                    if start <= cue.start < end
                ),
                default=_LONGEST_WAY + 1,
            )
            if distance <= _LONGEST_WAY:
                closeness = weight * (1 - distance / (4 * _LONGEST_WAY))
                confidence = closeness if abs(closeness) > abs(confidence) else confidence
        if confidence < 0 or scope.ignored.cover(amount.start, amount.end):
            continue
        if lending and confidence < 0.65:
            continue
        if confidence == 0.0:
            if amount.currency is None:
                continue
            confidence = 0.5
        firm = next(
            (
                (cue.start, cue.end)
                for cue in cues.get("firm", ())
                if start <= cue.start < end
                and _distance(cue.start, cue.end, amount, scope.text) <= 2 * _LONGEST_WAY
            ),
            None,
        )
        value = int((amount.value * 10 ** minor_digits(currency)).to_integral_value())
        budget = Budget(value, currency, amount.start, amount.end, amount.currency_span, firm, confidence)
        total = any(clause_start <= cue.start < clause_end for cue in cues.get("total", ()))
        key = (round(confidence, 1) + total, value)
        if value < 10**15 and (best is None or key > best[0]):
            best = (key, budget)
    return best[1] if best else None


def _distance(start: int, end: int, amount: _Amount, text: str) -> int:
    """Characters between, doubled over a comma: a word belongs to the amount in its own clause first."""
    between = text[end : amount.start] if end <= amount.start else text[amount.end : start]
    return len(between) * (2 if "," in between else 1) + (6 if end > amount.start else 0)
