"""The deadline of a need: the first date by which something must be done that can be computed from today."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from matching.brief.cues import contexts
from matching.brief.numbers import CHINESE_NUMBER, ENGLISH_NUMBER, whole_number
from matching.brief.scope import Scope

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
_MONTHS["sept"] = 9
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_COUNT = rf"(?:\d{{1,3}}|{ENGLISH_NUMBER}|{CHINESE_NUMBER}|半)"
_UNITS = {
    "day": "d",
    "week": "w",
    "fortnight": "f",
    "month": "m",
    "year": "y",
    "天": "d",
    "日": "d",
    "周": "w",
    "星期": "w",
    "礼拜": "w",
    "个月": "m",
    "年": "y",
    "月": "m",
    "hour": "h",
    "小时": "h",
}
_PRIORITY_MONTHS = {"patent": 12, "utility_model": 12, "trademark": 6, "design": 6}
"""Paris Convention, article 4 C."""

_ISO = re.compile(
    r"(?<!\d)(?P<y>20\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})(?!\d)\s?[日号]?"
)
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<mon>{_MONTH})\.?(?:,? (?P<y>20\d\d))?(?![a-z])"
)
_MONTH_DAY = re.compile(
    rf"(?<![a-z])(?P<mon>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y>20\d\d))?"
)
_SLASHED = re.compile(r"(?<!\d)(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>20\d\d)(?!\d)")
_ZH_DAY = re.compile(
    r"(?:(?P<rel>今年|明年|本年|后年)|(?P<y>20\d\d)\s?年)?(?P<m>\d{1,2}|"
    r"[一二三四五六七八九十]{1,2})\s?月\s?(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号]"
)
_ZH_MONTH = re.compile(
    r"(?:(?P<rel>今年|明年|本年|后年)|(?P<y>20\d\d)\s?年)?(?P<m>\d{1,2}|"
    r"[一二三四五六七八九十]{1,2})\s?月(?:份)?(?P<part>底|末|中旬|上旬|下旬|初)?(?!\d|[一二三四五六七八九十]{1,3}[日号])"
)
_ZH_DAY_OF_MONTH = re.compile(r"(?P<rel>本月|这个月|当月|下个?月)(?P<d>\d{1,2})\s?[日号]")
_ZH_PERIOD = re.compile(
    r"(?P<rel>今年|明年|本年|年|下个月|下月|本月|这个月|当月|本周|这周|下周|月|本季度|这个季度|下季度|(?:(?P<y>20\d\d)\s?年))(?P<part>底|末|"
    r"内(?!容)|年底|年末|年内|中旬|初|(?<=周)(?=(?:就)?(?:要|必须|需|前|之前|以前)))(?!\d)"
)
_QUARTER = re.compile(
    r"(?:(?:end of|by|in|before) )?(?:q(?P<q>[1-4])|(?P<name>first|second|third|fourth|last) "
    r"quarter)(?: of)?(?:,? (?P<y>20\d\d))?|(?:(?P<rel>今年|明年)|(?P<y2>20\d\d)年)?第?(?P<qz>[一二三四])季度"
)
_MONTH_ONLY = re.compile(
    rf"(?P<part>(?:the )?end of|late|mid|early|the beginning of|beginning of|start "
    rf"of)?\s?(?<![a-z])(?P<mon>{_MONTH})\.?(?: (?P<y>20\d\d))?(?![a-z]|\.? \d)"
)
_NAMED = re.compile(
    r"(?:the )?end of (?:the |this )?(?:current )?(?P<end>year|month|week|quarter)|year'?s? end|end "
    r"of (?P<y>20\d\d)|(?:end of )?next (?P<next>year|month|week)(?P<nextend>'s end)?|(?P<this>this "
    r"(?:year|month|week))|(?P<tomorrow>tomorrow|明天)|(?:next )?(?P<weekday>monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday)"
)
_RELATIVE = re.compile(
    rf"(?P<n>(?<![\d.a-z]){_COUNT})(?P<half>个半)?\s?(?P<zero>-| )?(?:个)?(?P<work>working |business |"
    rf"工作)?(?:calendar )?(?P<unit>days?|weeks?|fortnights?|months?|years?|hours?|天|日|周|星期|礼拜|个月|"
    rf"月|年|小时)(?P<tail>半)?(?![a-z]|份|初|底|末|\d|度|费|报)"
)
_AROUND = contexts("limits")
_LOOK_BEFORE, _LOOK_AFTER = 34, 22


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for a need and the folded span that says so."""

    day: dt.date
    start: int
    end: int
    confidence: float


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many calendar months on; the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _last_of_month(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def read_deadline(
    scope: Scope, *, today: dt.date, rights: tuple[str, ...], national_phase: bool
) -> Deadline | None:
    """The earliest deadline that is not past, else None.

    A date counts where words beside it make it a limit ("by", "within", "expires", "前", "截止"); dates
    of filing, of a fair, of a contract's term or of handing in offers do not.
    """
    found: list[Deadline] = []
    for start, end, day in _dates(scope.text, today):
        if day is None or day < today or scope.ignored.cover(start, end):
            continue
        weight = _limit(scope, start, end)
        if weight > 0:
            found.append(Deadline(day, start, end, weight))
    if not found and not national_phase:
        found += _from_priority(scope, today, rights)
    return min(found, key=lambda item: (item.day, item.start)) if found else None


def _limit(scope: Scope, start: int, end: int) -> float:
    text = scope.text
    sentence_start, sentence_end = scope.sentence(start)
    before = text[max(sentence_start, start - _LOOK_BEFORE) : start]
    after = text[end : min(sentence_end, end + _LOOK_AFTER)]
    if (
        (_RELATIVE.match(text, start) and _AROUND["past_after"].match(after))
        or _AROUND["no_limit_before"].search(before)
        or _AROUND["no_limit_after"].match(after)
        or _AROUND["offers"].search(text[max(sentence_start, start - 40) : start])
    ):
        return 0.0
    if _AROUND["limit_before"].search(before) or _AROUND["limit_after"].match(after):
        return 0.95
    if _AROUND["limit_near"].search(before) or _AROUND["limit_near"].search(after):
        return 0.8
    return 0.0


def _dates(text: str, today: dt.date) -> Iterator[tuple[int, int, dt.date | None]]:
    taken: list[tuple[int, int]] = []

    def free(match: re.Match[str]) -> bool:
        if any(match.start() < end and start < match.end() for start, end in taken):
            return False
        taken.append(match.span())
        return True

    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY, _SLASHED, _ZH_DAY):
        for match in pattern.finditer(text):
            if free(match):
                yield match.start(), match.end(), _full(match, today)
    for pattern, compute in (
        (_ZH_DAY_OF_MONTH, _zh_day_of_month),
        (_QUARTER, _quarter),
        (_ZH_PERIOD, _zh_period),
        (_ZH_MONTH, _zh_month),
        (_NAMED, _named),
        (_MONTH_ONLY, _month_only),
    ):
        for match in pattern.finditer(text):
            day = compute(match, today)
            if day is not None and free(match):
                yield match.start(), match.end(), day
    for match in _RELATIVE.finditer(text):
        if not free(match):
            continue
        if match["unit"] in ("月", "年", "日", "month", "year", "day") and match["zero"] == "-":
            continue
        yield match.start(), match.end(), _relative(match, today)


def _year_of(groups: dict[str, str | None], month: int, day: int, today: dt.date) -> int:
    if groups.get("y"):
        return int(groups["y"] or 0)
    rel = groups.get("rel")
    if rel in ("明年", "后年"):
        return today.year + (1 if rel == "明年" else 2)
    if rel in ("今年", "本年"):
        return today.year
    return today.year + ((month, day) < (today.month, today.day))


def _full(match: re.Match[str], today: dt.date) -> dt.date | None:
    groups = match.groupdict()
    month = _MONTHS[groups["mon"]] if groups.get("mon") else whole_number(groups["m"])
    day = whole_number(groups["d"])
    if month is None or day is None or not 1 <= month <= 12:
        return None
    try:
        return dt.date(_year_of(groups, month, day, today), month, day)
    except ValueError:
        return None


def _before(match: re.Match[str]) -> bool:
    """Whether the text says "before" this month, so that the month itself is too late."""
    return re.match(r"\s?(?:份)?(?:之|以)?前", match.string[match.end() : match.end() + 4]) is not None or (
        re.search(r"before (?:the )?$", match.string[: match.start()][-12:]) is not None
    )


def _part_of_month(year: int, month: int, part: str | None, before: bool) -> dt.date:
    part = (part or "").replace("the ", "")
    if part in ("中旬", "mid"):
        return dt.date(year, month, 15 if part == "mid" else 20)
    if part in ("上旬", "初", "early", "beginning of", "start of"):
        return dt.date(
            year, month, 10 if part == "上旬" else 1 if part in ("beginning of", "start of") else 5
        )
    if before and not part:
        return dt.date(year, month, 1) - dt.timedelta(days=1)
    return _last_of_month(year, month)


def _zh_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    month = whole_number(match["m"])
    if month is None or not 1 <= month <= 12:
        return None
    year = _year_of(match.groupdict(), month, 31, today)
    return _part_of_month(year, month, match["part"], _before(match))


def _zh_day_of_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    month = add_months(today.replace(day=1), 1 if match["rel"].startswith("下") else 0)
    last = _last_of_month(month.year, month.month)
    return month.replace(day=int(match["d"])) if 1 <= int(match["d"]) <= last.day else None


def _month_only(match: re.Match[str], today: dt.date) -> dt.date | None:
    if (
        match["mon"] in ("may", "march", "mar", "dec", "sun", "jan", "sep")
        and not match["y"]
        and not match["part"]
    ):
        before = match.string[max(0, match.start() - 8) : match.start()]
        if not re.search(r"(?:by|in|before|until|till|of|due|mid) $", before):
            return None
    month = _MONTHS[match["mon"]]
    return _part_of_month(_year_of(match.groupdict(), month, 31, today), month, match["part"], _before(match))


def _zh_period(match: re.Match[str], today: dt.date) -> dt.date | None:
    rel, part = match["rel"], match["part"]
    if match["y"]:
        return dt.date(int(match["y"]), 12, 31) if part in ("底", "末", "内", "年底", "年末") else None
    if rel in ("今年", "本年", "年", "明年"):
        if rel == "年" and (
            part in ("内", "初", "中旬") or match.string[max(0, match.start() - 1) : match.start()].isdigit()
        ):
            return None
        year = today.year + (rel == "明年")
        return (
            dt.date(year, 1, 31)
            if part == "初"
            else dt.date(year, 6, 30)
            if part == "中旬"
            else dt.date(year, 12, 31)
        )
    if rel in ("下个月", "下月", "本月", "这个月", "当月", "月"):
        if rel == "月" and (
            part == "内"
            or match.string[max(0, match.start() - 1) : match.start()]
            in tuple("0123456789一二三四五六七八九十个每")
        ):
            return None
        base = add_months(today.replace(day=1), 1 if rel.startswith("下") else 0)
        return _part_of_month(
            base.year, base.month, None if part in ("底", "末", "内") else part, before=False
        )
    if rel.endswith("周"):
        return _end_of_week(today, 1 if rel.startswith("下") else 0)
    return _end_of_quarter(today.year, (today.month - 1) // 3 + (2 if rel.startswith("下") else 1))


def _end_of_week(today: dt.date, weeks: int) -> dt.date:
    return today + dt.timedelta(days=6 - today.weekday() + 7 * weeks)


def _end_of_quarter(year: int, quarter: int) -> dt.date:
    year, quarter = (year + 1, quarter - 4) if quarter > 4 else (year, quarter)
    return _last_of_month(year, quarter * 3)


def _quarter(match: re.Match[str], today: dt.date) -> dt.date | None:
    names = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
    quarter = (
        int(match["q"])
        if match["q"]
        else names[match["name"]]
        if match["name"]
        else whole_number(match["qz"]) or 1
    )
    year = match["y"] or match["y2"]
    if year:
        return _end_of_quarter(int(year), quarter)
    if match["rel"] == "明年":
        return _end_of_quarter(today.year + 1, quarter)
    end = _end_of_quarter(today.year, quarter)
    return end if end >= today else _end_of_quarter(today.year + 1, quarter)


def _named(match: re.Match[str], today: dt.date) -> dt.date | None:
    if match["y"]:
        return dt.date(int(match["y"]), 12, 31)
    if match["tomorrow"]:
        return today + dt.timedelta(days=1)
    if match["weekday"]:
        ahead = (_WEEKDAYS[match["weekday"]] - today.weekday() - 1) % 7 + 1
        return today + dt.timedelta(days=ahead)
    what = match["end"] or match["next"] or (match["this"] or "year").removeprefix("this ")
    later = 1 if match["next"] else 0
    if what == "year":
        return dt.date(today.year + later, 12, 31)
    if what == "month":
        base = add_months(today.replace(day=1), later)
        return _last_of_month(base.year, base.month)
    if what == "week":
        return _end_of_week(today, later)
    return _end_of_quarter(today.year, (today.month - 1) // 3 + 1)


def _relative(match: re.Match[str], today: dt.date) -> dt.date | None:
    unit = match["unit"].rstrip("s") if match["unit"].isascii() else match["unit"]
    kind = _UNITS[unit]
    half = match["n"] == "半"
    count = 0 if half else whole_number(match["n"])
    if count is None or (kind == "m" and unit == "月" and not match.group().count("个")):
        return None
    if unit == "日" and match["work"] is None and match["n"].isdecimal() is False:
        return None
    if half or match["half"] or match["tail"]:
        extra_days, extra_months = {"m": (15, 0), "y": (0, 6)}.get(kind, (0, 0))
    else:
        extra_days = extra_months = 0
    if match["work"]:
        return _working_days(today, count)
    if kind == "m":
        day = add_months(today, count)
    elif kind == "y":
        day = add_months(today, 12 * count) if count <= 30 else None  # type: ignore[assignment]
    elif kind == "h":
        day = today + dt.timedelta(days=-(-count // 24))
    else:
        day = today + dt.timedelta(days=count * {"d": 1, "w": 7, "f": 14}[kind])
    if day is None:
        return None
    return add_months(day, extra_months) + dt.timedelta(days=extra_days)


def _working_days(today: dt.date, count: int) -> dt.date:
    """So many days on, Saturdays and Sundays not counted; public holidays are unknown here."""
    day = today
    while count > 0:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _from_priority(scope: Scope, today: dt.date, rights: tuple[str, ...]) -> Iterator[Deadline]:
    """The end of the priority period, where the text gives the priority date itself."""
    months = min((_PRIORITY_MONTHS[right] for right in rights if right in _PRIORITY_MONTHS), default=None)
    for start, end, _ in _dates(scope.text, today):
        before = scope.text[max(0, start - 24) : start]
        if months is None or not _AROUND["priority_date"].search(before):
            continue
        for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY, _SLASHED, _ZH_DAY):
            match = pattern.match(scope.text, start)
            day = _full(match, today) if match else None
            if match and day is not None:
                if not match.groupdict().get("y") and day > today:
                    day = add_months(day, -12)
                limit = add_months(day, months)
                if limit >= today:
                    yield Deadline(limit, start, end, 0.7)
                break
