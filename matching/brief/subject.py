"""What a need is about: technology fields, IPC symbols, Nice classes and industries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from directory import taxonomy
from matching.brief.cues import cue_table, plain_terms
from matching.brief.folding import FoldedText, fold_term
from matching.brief.numbers import whole_number
from matching.brief.scope import Scope
from matching.brief.terms import Hit

Found = tuple[str | int, int, int, float]
"""A value, the folded span it was read from, and how sure the reading is."""

TECHNICAL = frozenset({"patent", "utility_model", "layout", "spc", "trade_secret"})

_IPC = re.compile(r"(?<![A-Za-z0-9])([A-H]\d{2}[A-Z])(?:\s?(\d{1,4})(?:/(\d{2,6}))?)?(?![A-Za-z0-9])")
_CLASSES = re.compile(
    r"(?:(?:nice |goods |in |international )?class(?:es)?:?|第|类别:?|"
    r"nice)\s?(?P<list>\d{1,2}(?:类)?(?:\s?(?:,|、|and|&|和|及|与|/|or|,\s?and|到|to|-)\s?(?:第|class "
    r")?\d{1,2}(?:类)?)*)\s?(?P<zh>类|大类)?"
    r"|(?<![\d.])(?P<bare>\d{1,2}(?:类)?(?:[、,和及与/]第?\d{1,2}(?:类)?)*)\s?类(?!似|型|别)|"
    r"第?(?P<words>[一二三四五六七八九十]{1,3})类(?!似|型|医疗|器械|别|新药)"
)
_LOCARNO = re.compile(r"locarno|洛迦诺|洛加诺|外观(?:分类)?")
_MOST_FIELDS = 3
"""A need about more fields than this is about none of them in particular."""
_BY_CUE, _BY_WORD = 0.85, 0.65
_ABOUT_GOODS = frozenset({"PROS", "SRCH", "OPPO", "LITI", "ADMENF", "CUST", "ONLN"})
_TOLD_BY_WORDS = frozenset(range(1, 35)) | {43, 44}
"""Classes that a word for goods may tell; the other services are too common in any text about anything."""
_MARK_RIGHTS = frozenset({"trademark"})


@cache
def _ignored_terms() -> frozenset[tuple[str, str]]:
    """(list, folded term) of words that are too common to tell a subject."""
    return frozenset((name, fold_term(term)) for name, term in plain_terms("too_common"))


def read_ipc(folded: FoldedText, scope: Scope) -> list[Found]:
    """IPC symbols that stand in the text, as written by the classification ("H01L 29/78")."""
    found: list[Found] = []
    for match in _IPC.finditer(folded.text.upper()):
        start, end = match.span()
        if not folded.words(start, end)[:1].isupper() or scope.excluded.cover(start, end):
            continue
        symbol = match[1] + (f" {int(match[2])}" if match[2] else "") + (f"/{match[3]}" if match[3] else "")
        if taxonomy.fields_for_ipc(symbol) and symbol not in [value for value, *_ in found]:
            found.append((symbol, start, end, 0.97))
    return found


def read_fields(
    scope: Scope, hits: Iterable[Hit], ipc: Iterable[Found], rights: Collection[str]
) -> list[Found]:
    """Technology fields of the matter, only where it is technical (a patent, a layout, no mark alone)."""
    if not (TECHNICAL & set(rights)) and rights:
        return []
    found: dict[int, Found] = {}
    for symbol, start, end, confidence in ipc:
        for field in taxonomy.fields_for_ipc(str(symbol)):
            found.setdefault(field, (field, start, end, confidence))
    if found:
        return list(found.values())
    told = list(_told(scope, "fields", hits))
    told_by_cue = {scope.clause(start) for _, start, _, confidence in told if confidence == _BY_CUE}
    sure = [item for item in told if item[3] == _BY_CUE or scope.clause(item[1]) not in told_by_cue]
    for code, start, end, confidence in sure[:_MOST_FIELDS]:
        found.setdefault(int(code), (int(code), start, end, confidence))
    return list(found.values())


def read_nice(
    scope: Scope, hits: Iterable[Hit], rights: Collection[str], services: Collection[str]
) -> list[Found]:
    """Nice classes, only for marks: those numbered in the text, else those of the goods it names."""
    if not (_MARK_RIGHTS & set(rights)):
        return []
    numbered: dict[int, Found] = {}
    for match in _CLASSES.finditer(scope.text):
        before = scope.text[max(0, match.start() - 24) : match.start()]
        if _LOCARNO.search(before) or scope.excluded.cover(*match.span()):
            continue
        listed = match["list"] or match["bare"] or match["words"]
        if match["list"] and not match["zh"] and match.group().startswith("第") and "类" not in match.group():
            continue
        for number in _numbers(listed):
            numbered.setdefault(number, (number, match.start(), match.end(), 0.97))
    if numbered:
        return list(numbered.values())
    if not _ABOUT_GOODS & set(services):
        return []
    found: dict[int, Found] = {}
    for code, start, end, confidence in _told(scope, "goods", hits):
        if confidence == _BY_CUE or (int(code) in _TOLD_BY_WORDS and not TECHNICAL & set(rights)):
            found.setdefault(int(code), (int(code), start, end, confidence))
    return list(found.values())


def _numbers(listed: str) -> list[int]:
    if not re.search(r"\d", listed):
        number = whole_number(listed)
        return [number] if number and 1 <= number <= 45 else []
    numbers: list[int] = []
    for first, last in re.findall(r"(\d{1,2})(?:\s?(?:-|to|到)\s?(\d{1,2}))?", listed):
        numbers += range(int(first), int(last or first) + 1)
    return [number for number in dict.fromkeys(numbers) if 1 <= number <= 45]


def read_industries(scope: Scope, hits: Iterable[Hit]) -> list[Found]:
    """Industries whose words stand in the text."""
    found: dict[str, Found] = {}
    for code, start, end, confidence in _told(scope, "industries", hits):
        found.setdefault(code, (code, start, end, confidence))
    return list(found.values())


def _told(scope: Scope, table: str, hits: Iterable[Hit]) -> Iterator[tuple[str, int, int, float]]:
    """(code, start, end, confidence): by the table's phrases, then by unambiguous words of the taxonomy."""
    own = scope.live(cue_table(table).find(scope.text))
    for cue in own:
        for code in cue.code.split():
            yield code, cue.start, cue.end, _BY_CUE
    for hit in hits:
        inside = any(cue.start < hit.end and hit.start < cue.end for cue in own)
        common = (hit.name, hit.term) in _ignored_terms()
        if len(hit.codes) == 1 and not inside and not common and not scope.excluded.cover(hit.start, hit.end):
            yield hit.codes[0], hit.start, hit.end, _BY_WORD
