"""The languages that an owner asks his provider to speak; not those of the text, of a mark or of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matching.brief.scope import Scope
from matching.brief.terms import Hit

_ASKS_BEFORE = re.compile(
    r"(?:speak(?:s|ing)?|spoken|fluent(?:ly)?(?: in)?|communicat\w+(?: with us)?(?: in)?|"
    r"correspond\w*(?: in)?|work(?:s|ing)?(?: language(?:s)?)?(?: is| are| in|:)?|in|into|from|"
    r"reply(?: in)?|replies in|reports? in|"
    r"bilingual(?: in)?|native|proficien\w+(?: in)?|command of|knowledge of|understand(?:s)?|"
    r"read(?:s)?|writ\w+(?: in)?|talk(?:s)?(?: to us)?(?: in)?|language(?:s)?(?: is| are|:)?|"
    r"with|english(?:,| and| or|/| &)|(?:and|or|/|,|&)|[讲说用会懂需和与及、或])\s?(?:both |good |written |"
    r"spoken |business )*$"
)
_ASKS_AFTER = re.compile(
    r"(?: |-)?(?:讲|授课|沟通|交流|回复|汇报|speak\w*|(?:is |are )?(?:fine|ok|okay|enough|sufficient)|language|"
    r"native|correspondence|communication|bilingual|fluen\w+|skills?|preferred|required|is a must|is "
    r"essential)"
)
_ASKS_ZH = re.compile(
    r"沟通|交流|讲|说(?!明)|会(?!不会|计|议)|懂|能用|流利|汇报|双语|工作语言|对接|回复|语言|联系|服务|邮件|听|熟练|精通|母语|翻译|译|会议|书面|口头|往来|开会|"
    r"接待|写(?:信|邮件|报告)|报告|咨询|谈判|洽谈|即可|就行|都行|授课|上课|培训|需(?:要)?(?=[中英日韩德法].?[文语])|熟悉|熟练|具备|擅长"
)
_NOT_ASKED_ZH = re.compile(r"(?:文|语)(?:商标|名称|名字|品牌|标识|版本|文献|全文|专利|说明书|网站|包装|标签)")
_TRANSLATION = re.compile(r"translat|interpret|翻译|译|口译")
_NOT_ASKED_EN = re.compile(
    r"(?:chinese|english|german|french|japanese|korean|spanish) (?:patents?|market|courts?|customs|"
    r"trade ?marks?|marks?|applications?|registrations?|law|lawyers?|compan\w+|names?|characters?|"
    r"documents|literature|design|utility|office|agent|attorney|version|text|filing|priority)"
)
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
    if _NOT_ASKED_ZH.match(text, end - 1) and not _TRANSLATION.search(text[clause_start:clause_end]):
        return False
    return _ASKS_ZH.search(text[clause_start:clause_end]) is not None


def _asks_en(text: str, scope: Scope, hit: Hit) -> bool:
    start, end = scope.sentence(hit.start)
    if _TRANSLATION.search(text[start:end]) and hit.end - hit.start > 2:
        return True
    if _NOT_ASKED_EN.match(text, hit.start) or hit.end - hit.start < 3 or text.endswith("non ", 0, hit.start):
        return False
    before, after = text[max(0, hit.start - 40) : hit.start], text[hit.end : hit.end + 24]
    if _ASKS_AFTER.match(after) or "speaking" in hit.term:
        return True
    if not _ASKS_BEFORE.search(before):
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
