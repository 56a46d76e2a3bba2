"""Columns beside the embedded index: what filters and counts need, one row a provider and one a service line.

tantivy finds which providers match the words; it cannot hold filters on one service line
together. So every provider has a row here, and its index document carries the row's number. Codes
of closed lists are bits of masks; the bits' meaning is stored with them. Rows are only ever added: a
changed provider gets a new row and the old one is no longer pointed to. A generation keeps its bulk load in
one file and what came since in a second, small one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from directory import taxonomy
from directory.rules.listing import TIERS
from search.fields import FILTER_FIELDS, LINE_KEYS, PROVIDER_KEYS
from search.types import Document

Bools: TypeAlias = NDArray[np.bool_]
Masks: TypeAlias = NDArray[np.uint64]
Numbers: TypeAlias = NDArray[np.int64]

OPEN_KEYS: tuple[str, ...] = tuple(each.key for each in FILTER_FIELDS if each.vocabulary is None)
"""Keys whose values are numbered as they come; a provider has at most one."""

MASK_KEYS: tuple[str, ...] = tuple(key for key in PROVIDER_KEYS if key not in OPEN_KEYS)
_NAME_TYPE = "S48"

Vocabulary: TypeAlias = dict[str, list[str]]
"""The code that each bit or number stands for, by filter key."""


def vocabulary() -> Vocabulary:
    """The codes of the closed lists in their order, and empty lists for the open ones."""
    return {
        each.key: list(taxonomy.codes(each.vocabulary)) if each.vocabulary else []
        for each in FILTER_FIELDS
        if each.key != "tier"
    }


def words_for(codes: int) -> int:
    """64-bit words that hold a bit for each of so many codes."""
    return max(1, -(-codes // 64))


class Builder:
    """Collects rows and gives them as arrays.

    Parameters
    ----------
    codes : Vocabulary
        Open lists in it grow as values come.
    """

    def __init__(self, codes: Vocabulary) -> None:
        self._vocabulary = codes
        self._bits = {
            key: {code: 1 << place for place, code in enumerate(each)} for key, each in codes.items()
        }
        self._numbers = {key: {code: place for place, code in enumerate(codes[key])} for key in OPEN_KEYS}
        self._rows: dict[str, list[object]] = {name: [] for name in (*_SCALARS, *OPEN_KEYS)}
        self._masks: dict[str, list[int]] = {key: [] for key in (*MASK_KEYS, *LINE_KEYS)}
        self._parts: list[dict[str, NDArray[np.generic]]] = []

    def add(self, document: Document) -> None:
        """Take a row."""
        rows = self._rows
        rows["id"].append(document.id)
        rows["tie"].append(document.tie)
        rows["name"].append(document.sort_name.encode())
        rows["outcomes_until"].append(document.outcomes_until)
        rows["vetted_until"].append(document.vetted_until)
        rows["standing"].append(TIERS.index(document.standing) if document.standing else len(TIERS))
        rows["lines"].append(len(document.lines))
        for key in MASK_KEYS:
            self._masks[key].append(self._mask(key, document.values.get(key, ())))
        for key in OPEN_KEYS:
            rows[key].append(self._number(key, document.values.get(key, ())))
        for line in document.lines:
            for key in LINE_KEYS:
                self._masks[key].append(self._mask(key, line.get(key, ())))
        if len(rows["id"]) >= 10_000:
            self._pack()

    def _mask(self, key: str, codes: Iterable[str]) -> int:
        # a code outside the list has no bit: it cannot be asked for either
        bits = self._bits[key]
        mask = 0
        for code in codes:
            mask |= bits.get(code, 0)
        return mask

    def _number(self, key: str, codes: tuple[str, ...]) -> int:
        if not codes:
            return -1
        numbers = self._numbers[key]
        number = numbers.get(codes[0])
        if number is None:
            number = numbers[codes[0]] = len(numbers)
            self._vocabulary[key].append(codes[0])
        return number

    def _pack(self) -> None:
        """Lists of Python numbers take eight times the room of arrays; pack them before they grow."""
        part: dict[str, NDArray[np.generic]] = {
            name: np.array(values, dtype=_SCALARS.get(name, "i4")) for name, values in self._rows.items()
        }
        for key, masks in self._masks.items():
            words = words_for(len(self._vocabulary[key]))
            raw = b"".join([mask.to_bytes(8 * words, "little") for mask in masks])
            part[key] = np.frombuffer(raw, dtype="<u8").reshape(len(masks), words)
            masks.clear()
        for values in self._rows.values():
            values.clear()
        self._parts.append(part)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Every row taken, as arrays by name."""
        self._pack()
        return {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}


_SCALARS = {
    "id": "i8",
    "tie": "u4",
    "name": _NAME_TYPE,
    "outcomes_until": "i4",
    "vetted_until": "i4",
    "standing": "u1",
    "lines": "i4",
}


def encode(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Arrays as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def decode(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of an .npz file."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def joined(parts: list[dict[str, NDArray[np.generic]]]) -> dict[str, NDArray[np.generic]]:
    """Rows of several files, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass(eq=False)
class Columns:
    """Rows of a generation, as filters and counts read them. Never changed once made.

    Parameters
    ----------
    arrays : dict of str to ndarray
        From `joined`.
    vocabulary : Vocabulary
        What bits and numbers stand for.
    """

    arrays: dict[str, NDArray[np.generic]]
    vocabulary: Vocabulary
    _positions: dict[str, dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._positions = {
            key: {code: place for place, code in enumerate(codes)} for key, codes in self.vocabulary.items()
        }

    def __len__(self) -> int:
        return len(self.arrays["id"])

    @cached_property
    def ends(self) -> Numbers:
        """Where the lines of each row end among all lines, shape (rows,)."""
        return np.cumsum(self.arrays["lines"], dtype=np.int64)

    @cached_property
    def owners(self) -> NDArray[np.int32]:
        """The row that each line belongs to, shape (lines,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.arrays["lines"].astype(np.int64))

    def wanted(self, key: str, codes: Iterable[str]) -> Masks:
        """The bits of some codes as one mask, shape (words,)."""
        positions = self._positions[key]
        mask = sum(1 << positions[code] for code in set(codes) if code in positions)
        words = words_for(len(self.vocabulary[key]))
        return np.frombuffer(mask.to_bytes(8 * words, "little"), dtype="<u8")

    def numbers(self, key: str, codes: Iterable[str]) -> list[int]:
        """The numbers of some values of an open list; unknown ones have none."""
        return [self._positions[key][code] for code in codes if code in self._positions[key]]


def any_bit(masks: Masks, wanted: Masks) -> Bools:
    """Which rows of masks, shape (n, words), share a bit with `wanted`, shape (words,)."""
    found: Bools = np.zeros(len(masks), dtype=bool)
    for word in range(masks.shape[1]):
        if wanted[word]:
            found |= (masks[:, word] & wanted[word]) != 0
    return found


_BITS_OF_BYTE = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.int64)


def count_bits(masks: Masks) -> Numbers:
    """How many rows have each bit, shape (64 * words,): by the bytes' frequencies, not bit by bit."""
    octets = np.ascontiguousarray(masks).view(np.uint8).reshape(len(masks), 8 * masks.shape[1])
    counts = [
        np.bincount(octets[:, place], minlength=256) @ _BITS_OF_BYTE for place in range(octets.shape[1])
    ]
    return np.concatenate(counts)


def tiers_on(arrays: Mapping[str, NDArray[np.generic]], day: int) -> NDArray[np.uint8]:
    """The place in `TIERS` of each row on a day number; len(TIERS) where there is none."""
    standing = arrays["standing"]
    vetted = np.where(arrays["vetted_until"] >= day, TIERS.index("vetted"), standing)  # type: ignore[operator]
    best = np.where(arrays["outcomes_until"] >= day, TIERS.index("vetted_outcomes"), vetted)  # type: ignore[operator]
    return best.astype(np.uint8)
