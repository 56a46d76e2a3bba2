"""How text becomes what is looked up: words of alphabetic scripts, and pairs of Chinese characters.

Documents and queries go through the same functions, so both engines see the same tokens. A run of
Chinese has no spaces; its overlapping pairs find every word of two characters and more exactly, a
longer word being its pairs side by side. The last character of a run stands alone after them, so that a
single character can be found as the beginning of a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from operator import add

from directory import names
from directory.names import fold, fold_name

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_WORD = re.compile(rf"[^\W_{_HAN}]+")
_PIECE = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")

__all__ = ["bigrams", "fold", "fold_name", "is_han", "pieces", "pinyin", "split"]


def is_han(text: str) -> bool:
    """Whether `text` begins with a Chinese character."""
    return _HAN_RUN.match(text) is not None


def pieces(folded: str) -> list[str]:
    """Words and runs of Chinese in folded text, in order."""
    return _PIECE.findall(folded)


def bigrams(runs: Iterable[str]) -> str:
    """Tokens of folded runs of Chinese, separated by spaces: 芯片厂 -> "芯片 片厂 厂"."""
    return " ".join([token for run in runs for token in (*map(add, run, run[1:]), run[-1])])


def split(texts: Iterable[str]) -> tuple[str, str]:
    """Folded words and Chinese tokens of some texts, as the fields of a document want them.

    Parameters
    ----------
    texts : iterable of str
        Raw texts in any language.

    Returns
    -------
    tuple of str
        Words separated by spaces; tokens of `bigrams`.
    """
    words: list[str] = []
    runs: list[str] = []
    for text in texts:
        if text.isascii():
            words.extend(_WORD.findall(text.lower()))
            continue
        han = _HAN_RUN.findall(text)
        if han:
            # runs and words are folded apart: folding is linear, and most of a Chinese text is plain runs
            runs.extend(_simplified(han))
        plain = " ".join(_WORD.findall(text))
        words.extend(_WORD.findall(plain.lower() if plain.isascii() else fold(plain)))
    return " ".join(words), bigrams(runs)


def _simplified(runs: list[str]) -> list[str]:
    joined = " ".join(runs)
    return runs if _traditional().isdisjoint(joined) else fold(joined).split()


@cache
def _traditional() -> frozenset[str]:
    """Characters that folding changes; text without any of them needs no conversion."""
    han = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))]
    rare = [chr(code) for code in range(0x20000, 0x31350)]
    return frozenset(each for each in han + rare if fold(each) != each)


@lru_cache(maxsize=1 << 16)
def pinyin(name: str) -> tuple[str, ...]:
    """How a Chinese name is written in Latin letters; kept, because given names and surnames recur."""
    return names.pinyin(name)
