"""Filtering and counting on columns: exact, each facet blind to its own filter, lines held together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from directory.rules.listing import TIERS
from search.engines.embedded_columns import (
    OPEN_KEYS,
    Bools,
    Columns,
    Masks,
    Numbers,
    any_bit,
    count_bits,
    tiers_on,
)
from search.fields import FILTERS, LINE_KEYS
from search.types import FacetCount, Facets


class Selection:
    """The rows that the words of a query match, and what filters leave of them.

    Parameters
    ----------
    columns : Columns
        All rows.
    rows : ndarray of int64, shape (n,)
        Those that match the words, ascending.
    filters : mapping of str to sequence of str
        Checked codes by filter key.
    day : int
        Day number that tiers are for.
    """

    def __init__(
        self, columns: Columns, rows: Numbers, filters: Mapping[str, Sequence[str]], day: int
    ) -> None:
        self._columns = columns
        self._rows = rows
        self._filters = filters
        self._day = day
        # most rows chosen: the columns as they lie beat gathering from them
        self._whole = len(rows) == len(columns)

    def _column(self, name: str) -> NDArray[np.generic]:
        column = self._columns.arrays[name]
        return column if self._whole else column[self._rows]

    @cached_property
    def _line_places(self) -> Numbers:
        """Which lines belong to the rows, in order."""
        lengths = self._lengths
        ends = self._columns.ends[self._rows]
        first = ends - lengths
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(first - offsets, lengths) + np.arange(int(lengths.sum()))

    @cached_property
    def _lengths(self) -> Numbers:
        return self._column("lines").astype(np.int64)

    @cached_property
    def _owners(self) -> NDArray[np.int32]:
        """The place among the rows of each of their lines."""
        if self._whole:
            return self._columns.owners
        return np.repeat(np.arange(len(self._rows), dtype=np.int32), self._lengths)

    def _line_column(self, key: str) -> Masks:
        column: Masks = self._columns.arrays[key]  # type: ignore[assignment]
        return column if self._whole else column[self._line_places]

    @cached_property
    def _tiers(self) -> NDArray[np.uint8]:
        return tiers_on(
            {name: self._column(name) for name in ("standing", "vetted_until", "outcomes_until")}, self._day
        )

    @cached_property
    def _provider_passes(self) -> dict[str, Bools]:
        """For each filter that holds for the provider as a whole, which rows pass it."""
        return {
            key: self._passes(key, codes) for key, codes in self._filters.items() if not FILTERS[key].on_line
        }

    def _passes(self, key: str, codes: Sequence[str]) -> Bools:
        if key == "tier":
            return np.isin(self._tiers, [TIERS.index(code) for code in codes if code in TIERS])
        if key in OPEN_KEYS:
            return np.isin(self._column(key), self._columns.numbers(key, codes))
        return any_bit(self._column(key), self._columns.wanted(key, codes))  # type: ignore[arg-type]

    @cached_property
    def _line_passes(self) -> dict[str, Bools]:
        """For each filter that holds on a line, which lines pass it."""
        return {
            key: any_bit(self._line_column(key), self._columns.wanted(key, codes))
            for key, codes in self._filters.items()
            if FILTERS[key].on_line
        }

    @cached_property
    def _with_line(self) -> Bools | None:
        """Which rows have one line that passes every line filter; None when there is no such filter."""
        if not self._line_passes:
            return None
        return self._owning(np.logical_and.reduce(list(self._line_passes.values())))

    def _owning(self, lines: Bools) -> Bools:
        owning = np.zeros(len(self._rows), dtype=bool)
        owning[self._owners[lines]] = True
        return owning

    def _passing(self, but: str = "", *, lines: bool = True) -> Bools | None:
        """Which rows pass all filters but one, line filters left aside if so asked; None for all rows."""
        parts = [passes for key, passes in self._provider_passes.items() if key != but]
        if lines and self._with_line is not None:
            parts.append(self._with_line)
        return np.logical_and.reduce(parts) if parts else None

    def matching(self) -> Numbers:
        """Places among the rows that pass every filter, ascending."""
        passing = self._passing()
        return np.arange(len(self._rows)) if passing is None else np.flatnonzero(passing)

    def facets(self, keys: Sequence[str]) -> Facets:
        """Counts of providers by code for each key, most first, zero counts left out."""
        return {key: self._counted(key, self._counts(key)) for key in keys}

    def _counted(self, key: str, counts: Numbers) -> list[FacetCount]:
        codes = TIERS if key == "tier" else self._columns.vocabulary[key]
        found = [
            FacetCount(codes[place], int(counts[place])) for place in np.flatnonzero(counts[: len(codes)])
        ]
        return sorted(found, key=lambda each: (-each.count, each.code))

    def _counts(self, key: str) -> Numbers:
        if key in LINE_KEYS:
            return self._line_counts(key)
        passing = self._passing(but=key)
        if key == "tier":
            values = self._tiers if passing is None else self._tiers[passing]
            return np.bincount(values, minlength=len(TIERS) + 1)[: len(TIERS)]
        column = self._column(key)
        column = column if passing is None else column[passing]
        if key in OPEN_KEYS:
            # a missing value is -1 and falls into the first bin
            return np.bincount(column.astype(np.int64) + 1, minlength=len(self._columns.vocabulary[key]) + 1)[
                1:
            ]
        return count_bits(column)  # type: ignore[arg-type]

    def _line_counts(self, key: str) -> Numbers:
        """Providers by code of the lines that pass every other line filter."""
        others = [passes for each, passes in self._line_passes.items() if each != key]
        passing = self._passing(lines=False)
        if passing is not None:
            others.append(passing[self._owners])
        if others:
            chosen = np.flatnonzero(np.logical_and.reduce(others))
            owners = self._owners[chosen]
            masks = self._columns.arrays[key][chosen if self._whole else self._line_places[chosen]]
        else:
            owners = self._owners
            masks = self._line_column(key)
        if not len(masks):
            return np.zeros(64 * masks.shape[1], dtype=np.int64)
        # lines of one provider lie side by side: one mask a provider, so that it counts once for a code
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        return count_bits(np.bitwise_or.reduceat(masks, first, axis=0))
