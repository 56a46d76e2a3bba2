"""Cue tables: the phrases by which a text says what it wants, kept as data in `cues/`.

A file has sections headed by what they mean, `[SRCH]`, then one pattern a line. A pattern is a regular
expression over folded text (lower case, simplified characters) with three conveniences: `…` is a short gap
within a sentence and `……` a longer one, `{name}` an alternation of `macros.txt`, and Latin words match whole
words, plural included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_GAP = r"[^.;。！？!?\n]{0,24}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_WIDE_GAP = r"[^.;。！？!?\n]{0,60}?"
_SECTION = re.compile(r"\[([^\]]+)\]")
_MACRO = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of a folded text that mean `code` in a cue table."""

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CueTable:
    """The patterns of one file by code, in the order of the file."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, text: str) -> list[Cue]:
        """Every cue of the table in a folded text, by start, then by length, longest first."""
        found = [
            Cue(code, match.start(), match.end())
            for code, pattern in self.patterns
            for match in pattern.finditer(text)
            if not _inside_word(text, match.start())
        ]
        return sorted(set(found), key=lambda cue: (cue.start, -cue.end, cue.code))

    def by_code(self, text: str) -> Mapping[str, list[Cue]]:
        """As `find`, grouped by code."""
        grouped: dict[str, list[Cue]] = {}
        for cue in self.find(text):
            grouped.setdefault(cue.code, []).append(cue)
        return grouped


def _inside_word(text: str, start: int) -> bool:
    before, first = text[start - 1 : start], text[start : start + 1]
    return before.isascii() and before.isalpha() and first.isascii() and first.isalpha()


def _lines(name: str) -> Iterator[str]:
    path = files("matching.brief") / "cues" / f"{name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


@cache
def _macros() -> Mapping[str, str]:
    macros: dict[str, str] = {}
    for line in _lines("macros"):
        name, _, alternation = line.partition(" = ")
        macros[name] = f"(?:{_expand(alternation, macros)})"
    return macros


def _expand(pattern: str, macros: Mapping[str, str]) -> str:
    return (
        _MACRO.sub(lambda found: macros[found[1]], pattern)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("……", _WIDE_GAP)
        .replace("…", _GAP)
    )


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A line of a cue table as a regular expression over folded text."""
    body, ahead = _split_lookahead(pattern)
    stem = body.rstrip(")?*+}")
    word_ends = (
        stem[-1:].isascii() and stem[-1:].isalpha() and stem[-2:-1] != "\\" and not ahead.startswith("(?=")
    )
    ending = r"(?:s|es)?(?![a-z0-9])" if word_ends else ""
    macros = _macros()
    return re.compile(f"(?:{_expand(body, macros)}){ending}{_expand(ahead, macros)}")


def _split_lookahead(pattern: str) -> tuple[str, str]:
    """A pattern without and its last lookahead: a word ends before it."""
    depth = 0
    for index in range(len(pattern) - 1, -1, -1):
        if not pattern.endswith(")"):
            break
        depth += {")": 1, "(": -1}.get(pattern[index], 0)
        if depth == 0:
            is_ahead = pattern.startswith(("(?=", "(?!"), index)
            return (pattern[:index], pattern[index:]) if is_ahead else (pattern, "")
    return pattern, ""


@cache
def cue_table(name: str) -> CueTable:
    """The cue table of the file `cues/NAME.txt`."""
    patterns: list[tuple[str, re.Pattern[str]]] = []
    code = ""
    for line in _lines(name):
        section = _SECTION.fullmatch(line)
        if section:
            code = section[1]
        else:
            patterns.append((code, compile_pattern(line)))
    return CueTable(tuple(patterns))


def plain_terms(name: str) -> Iterator[tuple[str, str]]:
    """(section, line) of a file whose lines are plain words, not patterns."""
    section = ""
    for line in _lines(name):
        heading = _SECTION.fullmatch(line)
        if heading:
            section = heading[1]
        else:
            yield section, line


@cache
def contexts(name: str) -> Mapping[str, re.Pattern[str]]:
    """The patterns of a file whose sections tell what stands around something, by section.

    The lines of a section are alternatives as they stand, without the conveniences of a cue table; a
    section may use the macros and the sections above it as `{name}`.
    """
    lines: dict[str, list[str]] = {}
    for section, line in plain_terms(name):
        lines.setdefault(section, []).append(line)
    known = dict(_macros())
    patterns: dict[str, re.Pattern[str]] = {}
    for section, alternatives in lines.items():
        expanded = _MACRO.sub(lambda found: known[found[1]], "|".join(alternatives))
        known[section] = f"(?:{expanded})"
        patterns[section] = re.compile(expanded)
    return patterns
