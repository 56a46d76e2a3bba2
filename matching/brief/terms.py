"""Finding the words of the closed lists in a folded text, all lists in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching.brief.folding import fold_term

_KEY_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """Words of the text that stand for codes of a list: the folded span and what it may mean."""

    start: int
    end: int
    name: str
    term: str
    codes: tuple[str, ...]


class TermMatcher:
    """A dictionary of terms that finds the longest at each place of a folded text.

    Latin terms match whole words, with or without a plural s; Chinese ones match anywhere.

    Parameters
    ----------
    terms : iterable of (name, term, code)
        The list's name, a term in any case and script, and a code it stands for; it may stand for several.
    """

    def __init__(self, terms: Iterable[tuple[str, str, str]]) -> None:
        self._codes: dict[str, dict[str, tuple[str, ...]]] = {}
        lengths: dict[str, set[int]] = {}
        for name, term, code in terms:
            folded = fold_term(term)
            if not folded:
                continue
            meanings = self._codes.setdefault(folded, {})
            if code not in meanings.get(name, ()):
                meanings[name] = (*meanings.get(name, ()), code)
            lengths.setdefault(folded[:_KEY_LENGTH], set()).add(len(folded))
        self._lengths = {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}

    def find(self, text: str) -> list[Hit]:
        """Every hit, by start; within one list no two overlap, the first and longest is kept."""
        hits: list[Hit] = []
        taken: dict[str, int] = {}
        for start in range(len(text)):
            if text[start].isascii() and start and _continues_word(text[start - 1], text[start]):
                continue
            for name, term, end in self._at(text, start):
                if taken.get(name, 0) <= start:
                    taken[name] = end
                    hits.append(Hit(start, end, name, term, self._codes[term][name]))
        return hits

    def _at(self, text: str, start: int) -> Iterator[tuple[str, str, int]]:
        for key_length in (_KEY_LENGTH, 1):
            for length in self._lengths.get(text[start : start + key_length], ()):
                if key_length == 1 and length > 1:
                    continue
                term = text[start : start + length]
                if term not in self._codes:
                    continue
                end = _word_end(text, start + len(term))
                if end:
                    for name in self._codes[term]:
                        yield name, term, end


def _continues_word(before: str, after: str) -> bool:
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def _word_end(text: str, end: int) -> int:
    """Where the word ends that the term ends in, plural included; 0 when the word goes on."""
    if end >= len(text) or not _continues_word(text[end - 1], text[end]):
        return end
    for plural in ("es", "s"):
        after = end + len(plural)
        if text.startswith(plural, end) and (after >= len(text) or not _continues_word("s", text[after])):
            return after
    return 0
