"""How text becomes what is looked up: words of alphabetic scripts, and pairs of Chinese characters.

Documents and queries go through the same functions, so both engines see the same tokens. A run of
Chinese has no spaces; its overlapping pairs find every word of two characters and more exactly, a
longer word being its pairs side by side. The last character of a run stands alone after them, so that
a single character can be found as the beginning of a token.
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

__all__ = ["bigrams", "fold", "fold_name", "han_tokens", "is_han", "pieces", "pinyin", "split"]


def is_han(text: str) -> bool:
    """Whether `text` begins with a Chinese character."""
    return _HAN_RUN.match(text) is not None


def pieces(folded: str) -> list[str]:
    """Words and runs of Chinese in folded text, in order."""
    return _PIECE.findall(folded)


def bigrams(run: str) -> list[str]:
    """The pairs of a folded run of Chinese, in order: 芯片厂 -> 芯片, 片厂."""
    return list(map(add, run, run[1:]))


def han_tokens(runs: Iterable[str]) -> str:
    """Tokens of folded runs of Chinese, separated by spaces: 芯片厂, 商 -> "芯片 片厂 厂 商".

    Pairs are made over the runs joined by spaces, in one go: at each seam the last character of a run and
    the first of the next stand alone.
    """
    joined = " ".join(runs)
    return " ".join(map(add, joined, joined[1:] + " "))


def split(texts: Iterable[str]) -> tuple[str, str]:
    """Folded words and Chinese tokens of some texts, as the fields of a document want them.

    Parameters
    ----------
    texts : iterable of str
        Raw texts in any language.

    Returns
    -------
    tuple of str
        Words separated by spaces; tokens of `han_tokens`.
    """
    # most texts are plain Latin or plain simplified Chinese: words and runs are taken apart first, and only
    # what is neither goes the long way through folding
    plain: list[str] = []
    other: list[str] = []
    for each in texts:
        (plain if each.isascii() else other).append(each)
    words = _ascii_words(" ".join(plain))
    if not other:
        return words, ""
    text = "\n".join(other)
    han = " ".join(_HAN_RUN.findall(text))
    if not _traditional().isdisjoint(han):
        han = fold(han)
    rest = " ".join(_WORD.findall(text))
    rest = _ascii_words(rest) if rest.isascii() else " ".join(pieces(fold(rest)))
    return f"{words} {rest}", han_tokens([han]) if han else ""


_ASCII_WORDS = bytes(
    ord(chr(code).lower()) if chr(code).isascii() and chr(code).isalnum() else ord(" ") for code in range(256)
)


def _ascii_words(text: str) -> str:
    """The words of an ASCII text in lower case, spaces between."""
    return text.encode("ascii").translate(_ASCII_WORDS).decode("ascii")


@cache
def _traditional() -> frozenset[str]:
    """Characters that folding changes; text without any of them needs no conversion."""
    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x31350))
    every = [chr(code) for first, end in blocks for code in range(first, end)]
    # in one go, spaces between so that no two of them are read as a word
    folded = fold(" ".join(every)).split(" ")
    return frozenset(one for one, other in zip(every, folded, strict=True) if one != other)


@lru_cache(maxsize=1 << 16)
def pinyin(name: str) -> tuple[str, ...]:
    """How a Chinese name is written in Latin letters; kept, because given names and surnames recur."""
    return names.pinyin(name)
