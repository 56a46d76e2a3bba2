"""The languages an owner asks his provider to speak; not those of the text, a mark or a document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matching.brief.cues import contexts
from matching.brief.scope import Scope
from matching.brief.terms import Hit

_AROUND = contexts("asked_languages")
_PAIRS = re.compile(r"(?:[中英日韩德法俄西葡意阿](?:文|语)?[、和与及/兼]?){2,4}(?=文|语|双语|三语|都)")
_ONE = {
    "中": "zh-Hans",
    "英": "en",
    "日": "ja",
    "韩": "ko",
    "德": "de",
    "法": "fr",
    "俄": "ru",
    "西": "es",
    "葡": "pt",
    "意": "it",
    "阿": "ar",
}


def read_languages(scope: Scope, hits: Iterable[Hit]) -> list[tuple[str, int, int, float]]:
    """(BCP 47 code, start, end, confidence) of each language asked for, by place in the text."""
    text = scope.text
    found: list[tuple[str, int, int, float]] = []
    for match in _PAIRS.finditer(text):
        end = match.end() + 1
        if _asks_zh(scope, match.start(), end) and not scope.excluded.cover(match.start(), end):
            found += [(_ONE[c], match.start(), end, 0.9) for c in match.group() if c in _ONE]
    for hit in hits:
        if scope.excluded.cover(hit.start, hit.end):
            continue
        asked = _asks_en(text, scope, hit) if hit.term.isascii() else _asks_zh(scope, hit.start, hit.end)
        if asked and len(hit.codes) == 1:
            found.append((hit.codes[0], hit.start, hit.end, 0.9))
    seen: dict[str, tuple[str, int, int, float]] = {}
    for item in sorted(found, key=lambda item: item[1]):
        seen.setdefault(item[0], item)
    if "zh-Hant" in seen and "zh-Hans" in seen and seen["zh-Hans"][2] >= seen["zh-Hant"][1] - 2:
        del seen["zh-Hans"]
    return list(seen.values())


def _asks_zh(scope: Scope, start: int, end: int) -> bool:
    text = scope.text
    clause_start, clause_end = scope.clause(start)
    if _AROUND["not_asked_zh"].match(text, end - 1) and not _AROUND["translation"].search(
        text[clause_start:clause_end]
    ):
        return False
    return _AROUND["asks_zh"].search(text[clause_start:clause_end]) is not None


def _asks_en(text: str, scope: Scope, hit: Hit) -> bool:
    start, end = scope.sentence(hit.start)
    if _AROUND["translation"].search(text[start:end]) and hit.end - hit.start > 2:
        return True
    if (
        _AROUND["not_asked_en"].match(text, hit.start)
        or hit.end - hit.start < 3
        or text.endswith("non ", 0, hit.start)
    ):
        return False
    before, after = text[max(0, hit.start - 40) : hit.start], text[hit.end : hit.end + 24]
    if _AROUND["asks_after"].match(after) or "speaking" in hit.term:
        return True
    if not _AROUND["asks_before"].search(before):
        return False
    sentence = text[start:end]
    if re.search(r"[讲说用会懂需和与及、或]\s?$", before):
        return _asks_zh(scope, hit.start, hit.end)
    if re.search(r"with\s?$", before):
        return re.match(r"(?: and \w+)?\s?(?:[,.;:)]|$)", text[hit.end : hit.end + 24]) is not None
    if re.search(r"(?:and|or|/|,|&)\s?$", before):
        return (
            re.search(
                r"speak|fluent|communicat|correspond|language|bilingual|translat|in (?:english|"
                r"chinese|mandarin|german)|work in|reply|write|talk|interpret|read|train|course|"
                r"workshop|with [a-z]+ and",
                sentence,
            )
            is not None
        )
    if re.search(r"(?:in|into|from)\s?(?:both )?$", before):
        return (
            re.search(
                r"speak|fluent|communicat|correspond|language|reply|replies|report|write|written|"
                r"talk|work|translat|interpret|email|advice|contact|update|call|explain|answer|"
                r"meeting|with (?:english|spanish|german|french|japanese|korean|mandarin|cantonese|"
                r"italian|dutch|russian)|hearing|proceeding|train|course|workshop|training|lecture|"
                r"held|conducted|given|taught|delivered|session",
                sentence,
            )
            is not None
        )
    return True
