"""What a text takes back or tells as done: which spans of it are no wishes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from matching.brief.cues import Cue, cue_table, plain_terms

_ABBREVIATED = "".join(rf"(?<!\b{word})" for _, word in plain_terms("abbreviations"))
_SENTENCE_END = re.compile(rf"[。;！？!?\n]|{_ABBREVIATED}\.(?=\s|$)")
_CLAUSE_END = re.compile(
    rf"[,;。！？!?\n]|{_ABBREVIATED}\.(?=\s|$)| - | – "
    r"|(?<= )(?=but (?!not)|however|although|though |while |whereas |only |just |and now|now |so |who |yet )"
    r"|(?= and (?:would|want|need|now|plan|wish|hope|like|intend|seek))"
    r"|(?=但|不过|而是|然而|只(?:要|想|做|需|是)|现(?:在)?(?:想|要|需|拟|准备|计划)|现拟|想(?!不)|希望|准备|打算|拟(?!制))"
)
_LIST_ITEM = re.compile(r"\s*(?:(?:and|or|nor)\s+)?[a-z]+(?:\s[a-z]+){0,3}\s*$")
_LIST_JOIN = re.compile(r"(?:^|\s)(?:or|nor|and)\s")
_LONGEST_LIST = 6


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of a text, for asking whether something lies in one."""

    pairs: tuple[tuple[int, int], ...]

    def cover(self, start: int, end: int) -> bool:
        """Whether the larger part of start..end lies in one of the stretches."""
        return any(
            min(end, stop) - max(start, begin) > (end - start) / 2
            for begin, stop in self.pairs
            if begin < end and start < stop
        )


class Scope:
    """Clauses of a folded text, and which stretches are excluded, finished or beside the point."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._sentences = _starts(_SENTENCE_END, text)
        self._clauses = _starts(_CLAUSE_END, text)
        cues = cue_table("scope").by_code(text)
        self.ignored = Spans(tuple((cue.start, cue.end) for cue in cues.get("ignore", ())))
        excluded = [(cue.start, cue.end) for cue in cues.get("inside", ())]
        excluded += [(cue.start, self._end_of_list(cue.end)) for cue in cues.get("after", ())]
        excluded += [(self._start_of_statement(cue.start), cue.end) for cue in cues.get("before", ())]
        self.excluded = Spans(tuple(excluded) + self.ignored.pairs)
        self.finished = Spans(tuple(self.clause(cue.start) for cue in cues.get("finished", ())))

    def sentence(self, position: int) -> tuple[int, int]:
        """Where the sentence around a position begins and ends."""
        return _around(self._sentences, position, len(self.text))

    def clause(self, position: int) -> tuple[int, int]:
        """Where the clause around a position begins and ends."""
        return _around(self._clauses, position, len(self.text))

    def is_live(self, cue: Cue) -> bool:
        """Whether a cue is neither taken back nor beside the point."""
        return not self.excluded.cover(cue.start, cue.end)

    def is_finished(self, start: int, end: int) -> bool:
        """Whether a span stands where the text tells what was done before."""
        return self.finished.cover(start, end)

    def live(self, cues: Iterable[Cue]) -> list[Cue]:
        """The cues that are neither taken back nor beside the point."""
        return [cue for cue in cues if self.is_live(cue)]

    def _start_of_statement(self, position: int) -> int:
        return self.clause(max(position - 1, 0))[0]

    def _end_of_list(self, position: int) -> int:
        """The end of the clause, or of the list a negation governs ("not litigation, customs or raids")."""
        if self.text[position - 1 : position] == ":":
            return self.sentence(position)[1]
        end = self.clause(position)[1]
        reach = end
        for _ in range(_LONGEST_LIST):
            if self.text[reach - 1] != ",":
                break
            start, stop = self.clause(reach)
            item = self.text[start:stop].rstrip(",.;\n ")
            if not _LIST_ITEM.match(item) and not _LIST_JOIN.search(item[:30]):
                break
            reach = stop
            if _LIST_JOIN.search(item):
                return reach if len(item.split()) <= 6 else end
        return end


def _starts(boundary: re.Pattern[str], text: str) -> list[int]:
    return [0, *(match.end() for match in boundary.finditer(text))]


def _around(starts: list[int], position: int, length: int) -> tuple[int, int]:
    index = bisect_right(starts, position) - 1
    end = starts[index + 1] if index + 1 < len(starts) else length
    return starts[index], end
