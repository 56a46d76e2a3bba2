"""Where a need is to be met: offices and the owner's country, told apart by the words around a place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from directory import taxonomy
from matching.brief.cues import contexts, cue_table, plain_terms
from matching.brief.folding import FoldedText
from matching.brief.scope import Scope
from matching.brief.terms import Hit

EUROPE = "Europe"
_BENELUX = "Benelux"
_VAGUE = frozenset(term for section, term in plain_terms("place_words") if section == "vague regions")
"""Regions too wide to name offices: the owner is asked instead."""

_UPPER_CODES = re.compile(
    r"(?<![A-Za-z$])(US|EP|EU|UK|CN|JP|KR|DE|FR|AU|CA|NZ|SG|HK|TW|BR|GB|MX|CH|NL|ES|RU|VN|TH|MY|ZA|"
    r"IL)(?![A-Za-z$0-9-])"
)
_ALIAS = {"EU": EUROPE, "UK": "GB"}
_AROUND = contexts("places")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a folded text and what the text says of it.

    `role` is live, excluded, finished, owner or other (somebody's seat); `led_to`
    says that a word such as "in" or "进" leads to the place.
    """

    code: str
    start: int
    end: int
    role: str
    confidence: float
    led_to: bool


def mentions(folded: FoldedText, scope: Scope, hits: Iterable[Hit]) -> list[Mention]:
    """Every place of the text with its role; `code` is an office, "Europe" or "Benelux"."""
    text = folded.text
    found: list[Mention] = []
    for start, end, codes, sure in _candidates(folded, hits):
        role = _role(text, start, end, scope)
        led_to = _AROUND["led_to"].search(text[max(0, start - 24) : start]) is not None
        found += [Mention(code, start, end, role, sure, led_to) for code in codes]
    return found


def _candidates(folded: FoldedText, hits: Iterable[Hit]) -> list[tuple[int, int, tuple[str, ...], float]]:
    text = folded.text
    found: list[tuple[int, int, tuple[str, ...], float]] = []
    for cue in cue_table("offices").find(text):
        found.append((cue.start, cue.end, tuple(cue.code.split()), 0.9))
    found += _abbreviations(text)
    shouting = folded.original.isupper()
    for match in _UPPER_CODES.finditer(text.upper() if not shouting else ""):
        if folded.words(match.start(), match.end()) == match[1]:
            found.append((match.start(), match.end(), (_ALIAS.get(match[1], match[1]),), 0.9))
    taken = [(start, end) for start, end, _, _ in found]
    for hit in hits:
        codes = _codes(hit)
        if not any(start <= hit.start and hit.end <= end for start, end in taken) and _is_place(folded, hit):
            found.append((hit.start, hit.end, codes, 0.95 if hit.name == "office" else 0.85))
    return [place for place in _longest(found) if place[2]]


def _longest(
    found: list[tuple[int, int, tuple[str, ...], float]],
) -> list[tuple[int, int, tuple[str, ...], float]]:
    """Of overlapping places the longest, e.g. "European patent" over "European"."""
    kept: list[tuple[int, int, tuple[str, ...], float]] = []
    for place in sorted(found, key=lambda item: (item[0] - item[1], item[0])):
        if not any(place[0] < other[1] and other[0] < place[1] for other in kept):
            kept.append(place)
    return sorted(kept)


def _codes(hit: Hit) -> tuple[str, ...]:
    if hit.name == "office":
        if set(hit.codes) & {"EP", "EM", "QZ"} and (
            len(hit.codes) > 1 or hit.term in ("eu", "european union", "欧盟")
        ):
            return (EUROPE,)
        return tuple(code for code in hit.codes if code not in ("WO", "IB"))[:1]
    codes: list[str] = []
    for code in hit.codes[:1]:
        if code in _VAGUE:
            continue
        if code in ("Europe", "European Union"):
            codes.append(EUROPE)
        elif code == _BENELUX:
            codes.append(_BENELUX)
        elif code == "North America":
            codes += ["US", "CA"]
        elif code == "Gulf states":
            codes.append("GC")
        elif code == "Nordic":
            codes += ["SE", "NO", "DK", "FI"]
        else:
            codes += taxonomy.entries("place")[code].extra["offices"].split()
    return tuple(codes)


def _is_place(folded: FoldedText, hit: Hit) -> bool:
    text = folded.text
    before, after = text[max(0, hit.start - 24) : hit.start], text[hit.end : hit.end + 24]
    if hit.term in (
        "us",
        "nice",
        "bath",
        "reading",
        "mobile",
        "cork",
        "split",
        "essen",
        "sfc",
        "sip",
        "sg",
        "tipo",
        "dip",
        "id",
    ):
        if hit.term == "nice" and re.match(r" (?:class|agreement|goods)", after):
            return False
        return (
            folded.words(hit.start, hit.end)[:1].isupper()
            and re.search(r"(?:in|at|from|of) $", before) is not None
        )
    if (
        hit.term.isascii()
        and not folded.words(hit.start, hit.end)[:1].isupper()
        and not folded.original.islower()
    ):
        return hit.name == "office" and len(hit.term) > 4
    if re.match(r"\s?(?:\$|dollars?|元|币|圆|pounds?)", after) or re.match(r"(?:语|文|話|话|菜|料理)", after):
        return False
    if hit.term in ("国内", "海外") and after.startswith("外"):
        return False
    return not _is_language(before, after, hit)


_ADJECTIVES = frozenset(term for section, term in plain_terms("place_words") if section == "adjectives")
_ADJECTIVE_ENDS = re.compile(
    rf" ?(?:[,.;:!?)]|$| (?:and|or|/) (?:{'|'.join(sorted(_ADJECTIVES))})(?:[,.;:!?)]|$))"
)


def _is_language(before: str, after: str, hit: Hit) -> bool:
    if hit.term not in _ADJECTIVES:
        return False
    if _ADJECTIVE_ENDS.match(after):
        return True
    if hit.term == "english" and not re.match(r" (?:courts?|patents?|mark|high|judge|market|registr)", after):
        return True
    if re.match(
        r"(?: |-)?(?:speak|language|native|translation|text|documents?|email|and english|or english|"
        r"/english|interpret|version)",
        after,
    ):
        return True
    if re.match(
        r" (?:\w+ )?(?:patent|market|court|customs|trade ?mark|mark|application|registration|law|"
        r"lawyer|company|design|utility|office|agent|attorney|part|side|filing|competitor|factory|"
        r"subsidiary|priority)",
        after,
    ):
        return False
    return (
        re.search(
            r"(?:speaks?|speaking|in|into|from|fluent in|reads?|understands?|knows?|writes?|"
            r"english(?:,| and| or|/)|(?:in|speaks?|into) \w+(?:,| and| or)) ?$",
            before,
        )
        is not None
    )


@cache
def _short_names() -> dict[str, str]:
    return {
        entry.extra["short_zh"]: code
        for code, entry in taxonomy.entries("office").items()
        if len(entry.extra.get("short_zh", "")) == 1 and code not in ("EM", "QZ")
    }


def _abbreviations(text: str) -> list[tuple[int, int, tuple[str, ...], float]]:
    """Runs of one-character names: "中美欧三地", "日韩专利"; one alone means nothing."""
    names = _short_names()
    common = "".join(set(names) & set("中美欧日韩英德法俄加澳印港澳台新"))
    found = []
    for match in re.finditer(rf"(?<![一-龥])?[{common}]{{2,8}}", text):
        run = match.group()
        if run in (
            "中文",
            "中国",
            "日本",
            "中加",
            "中日",
            "英德",
            "新加",
            "德法",
        ) and not _AROUND["cjk_run_after"].match(text, match.end()):
            continue
        if len(set(run)) == len(run) and _AROUND["cjk_run_after"].match(text, match.end()):
            codes = tuple(
                EUROPE
                if names[c] == "EP"
                else "MO"
                if c == "澳" and "港" in run
                else "AU"
                if c == "澳"
                else names[c]
                for c in run
            )
            found.append((match.start(), match.end(), codes, 0.85))
    return found


def _role(text: str, start: int, end: int, scope: Scope) -> str:
    sentence_start, sentence_end = scope.sentence(start)
    before, after = text[sentence_start:start], text[end:sentence_end]
    if scope.excluded.cover(start, end):
        return "excluded"
    seat = _seat(before, after)
    if seat:
        return seat
    if _AROUND["priority_after"].match(after) or _AROUND["priority_before"].search(before):
        return "finished"
    return "finished" if scope.is_finished(start, end) else "live"


def _seat(before: str, after: str) -> str | None:
    """ "owner" or "other" where the place only says where somebody is."""
    if _AROUND["issues"].match(after):
        return "other"
    if _AROUND["target"].search(before):
        return None
    if _AROUND["providers_en"].match(after) or _AROUND["providers_zh"].match(after):
        return None
    if _AROUND["seat_of_other_en"].search(before):
        return "other"
    if (
        _AROUND["opens_with_firm_en"].search(before)
        or _AROUND["led_to_seat_en"].search(before)
        or _AROUND["organisation_after"].match(after)
    ):
        return "owner"
    if _AROUND["led_to_seat_zh"].search(before) and _AROUND["seat_ends_zh"].match(after):
        return "owner"
    if _AROUND["others_en"].match(after) or _AROUND["others_zh"].match(after):
        return None if _AROUND["goes_to_zh"].search(before) and not after.startswith("的") else "other"
    if re.search(r"(?:^|[ (])in (?:the |mainland )?$", before):
        return None
    if re.search(r"(?:给|向|与|跟|同|被|由|从|卖|找|和)(?:一家|某|了)?$", before) and _AROUND[
        "seat_zh"
    ].match(after):
        return "other"
    if _AROUND["copies_made_there"].match(after):
        return None
    firm = _AROUND["seat_en"].match(after) or _AROUND["seat_zh"].match(after)
    if not firm or (_AROUND["goes_to_zh"].search(before) and not after.startswith("的")):
        return None
    if _AROUND["attacks"].match(after, firm.end()) or re.search(
        r"(?:对手|竞争对手|被告|对方|competitor|against|告|诉|由)(?:是|为|:| is)?(?:一家|某|an?| the)?\s?$",
        before,
    ):
        return "other"
    return "owner"


def offices_for(code: str, rights: Collection[str], services: Collection[str]) -> tuple[str, ...]:
    """The offices that a place stands for: Europe and Benelux depend on the right."""
    if code == EUROPE:
        offices = []
        if {"patent", "spc", "utility_model"} & set(rights) or not rights:
            offices.append("EP")
        if {"trademark", "design", "gi"} & set(rights) or (
            rights and not {"patent", "spc", "utility_model", "plant_variety"} & set(rights)
        ):
            offices.append("EM")
        if "plant_variety" in rights:
            offices.append("QZ")
        return tuple(offices)
    if code == _BENELUX:
        return ("BX",) if {"trademark", "design"} & set(rights) or not rights else ("NL", "BE", "LU")
    return (code,) if taxonomy.is_code("office", code) else ()
