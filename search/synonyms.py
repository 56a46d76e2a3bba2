"""What words stand for: the taxonomy's labels and synonyms as tokens of the `codes` field."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from directory import taxonomy
from search.text import fold, is_han, pieces

_LISTS = (
    "kind", "sub_kind", "service", "right", "office", "field", "nice", "language", "industry", "fee_model",
)  # fmt: skip

LONGEST_HAN = 12
"""Characters in the longest Chinese term that is looked for."""

LONGEST_WORDS = 7
"""Words in the longest term of an alphabetic script that is looked for."""


@cache
def stop_words() -> frozenset[str]:
    """Words, Chinese words and Chinese characters that say nothing of what is looked for."""
    return frozenset((files("search") / "stop_words.txt").read_text(encoding="utf-8").split())


@cache
def stop_pattern() -> re.Pattern[str]:
    """Stop words inside a run of Chinese: words anywhere, single characters only at its ends."""
    words = [word for word in sorted(stop_words(), key=len, reverse=True) if is_han(word)]
    characters = "".join(word for word in words if len(word) == 1)
    inside = "|".join(word for word in words if len(word) > 1)
    return re.compile(f"{inside}|^[{characters}]+|[{characters}]+$")


def code_token(key: str, code: str) -> str:
    """A code as a token of the `codes` field, e.g. ``office:CN``, ``city:new_york``."""
    return f"{key}:{code.replace(' ', '_').casefold()}"


def term_key(term: str) -> str:
    """A term as `terms` is keyed: folded, its pieces joined by single spaces."""
    return " ".join(pieces(fold(term)))


@cache
def terms() -> Mapping[str, tuple[str, ...]]:
    """Every term of the taxonomy, as `term_key` gives it -> tokens of the codes it may stand for."""
    found: dict[str, dict[str, None]] = {}

    def add(term: str, key: str, code: str) -> None:
        name = term_key(term)
        # one character or letter stands for nothing in particular
        if len(name) > 1:
            found.setdefault(name, {})[code_token(key, code)] = None

    for key in _LISTS:
        for term, codes in taxonomy.synonyms(key).items():
            for code in codes:
                add(term, key, code)
                if key == "office" and len(code) == 2:
                    add(term, "country", code)
    for entry in taxonomy.entries("place").values():
        for term in (entry.label_en, entry.label_zh, *entry.synonyms_en, *entry.synonyms_zh):
            if entry.extra.get("kind") == "region":
                for office in entry.extra.get("offices", "").replace("|", " ").split():
                    add(term, "country", office)
            else:
                add(term, "city", entry.code)
    return MappingProxyType({term: tuple(tokens) for term, tokens in found.items()})


@cache
def places() -> Mapping[str, str]:
    """Cities by any of their folded names: 上海 -> "Shanghai"."""
    return MappingProxyType(
        {
            term_key(term): entry.code
            for entry in taxonomy.entries("place").values()
            if entry.extra.get("kind") != "region"
            for term in (entry.code, entry.label_en, entry.label_zh)
        }
    )


@cache
def fingerprint() -> str:
    """A hash of the terms and of the order of codes: an index made with others must be built anew."""
    content = repr((sorted(terms().items()), [taxonomy.codes(name) for name in (*_LISTS, "price_band")]))
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
