"""A text folded for reading, with the way back: every span of it is a span of the original.

`directory.names.fold` makes whole strings equal but forgets where each character came from. Here each
character is folded by itself (the same rules), so that the words a value was read from can be shown
exactly as they were written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from directory.names import fold

_HYPHEN_IN_WORD = re.compile(r"(?<=[a-z])-(?=[a-z])")
_KEPT = {"\u3002": "\u3002", "\uff61": "\u3002", "\u3001": "\u3001", "\uff64": "\u3001", "\n": "\n"}
"""Stops and listing commas of Chinese stay apart from "." and ",", which also stand in numbers."""


@lru_cache(maxsize=16384)
def _fold_character(character: str) -> str:
    """What one character becomes: "" when it only decorates, " " for any space."""
    if character in _KEPT:
        return _KEPT[character]
    if character.isspace() or not character.isprintable():
        return " " if character.isspace() or character == "\x00" else ""
    return fold(character)


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text, its folded form, and for each folded character where it began and ended in the text."""

    original: str
    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def words(self, start: int, end: int) -> str:
        """The original words of the folded span, without space at its ends."""
        if start >= end:
            return ""
        return self.original[self.starts[start] : self.ends[end - 1]].strip()


def fold_with_offsets(original: str) -> FoldedText:
    """`original` in lower case, simplified characters and plain punctuation, each character traceable.

    Runs of space become one space; a run with a blank line, or a line end next to Chinese, becomes
    one line end. Hyphens inside words become spaces ("cease-and-desist").
    """
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for position, character in enumerate(original):
        folded = _fold_character(character)
        if folded in (" ", "\n") and characters and characters[-1] in (" ", "\n"):
            if folded == "\n":
                characters[-1] = "\n"
            continue
        for part in folded:
            characters.append(part)
            starts.append(position)
            ends.append(position + 1)
    _join_wrapped_lines(characters, original, starts)
    text = _HYPHEN_IN_WORD.sub(" ", "".join(characters))
    return FoldedText(original, text, tuple(starts), tuple(ends))


def _join_wrapped_lines(characters: list[str], original: str, starts: list[int]) -> None:
    """Turn line ends that only wrap an English sentence into spaces, in place."""
    last = len(characters) - 1
    for index, character in enumerate(characters):
        if character != "\n" or index in (0, last):
            continue
        gap = original[starts[index] : starts[index + 1]]
        if gap.count("\n") < 2 and characters[index - 1].isascii() and characters[index + 1].islower():
            characters[index] = " " if characters[index + 1].isascii() else "\n"


def fold_term(term: str) -> str:
    """A word of a list, folded as a text is, so that it is found there."""
    return fold_with_offsets(term).text.strip()
