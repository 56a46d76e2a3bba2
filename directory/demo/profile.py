"""What is settled about a provider before its details are drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, TypeAlias

from directory.demo.vocabulary import City, Field, Home, SubKind, Triple

Record: TypeAlias = dict[str, Any]
"""A part of a provider in the exchange format, ready for JSON."""


@dataclass(slots=True)
class Profile:
    """Who a provider is and what it works on; the rest of the record follows from it."""

    rng: Random
    index: int
    as_of: dt.date
    city: City
    home: Home
    sub_kinds: tuple[SubKind, ...]
    individual: bool
    headcount: int
    founded: int
    fields: tuple[Field, ...]
    nice: tuple[int, ...]
    name: Triple
    languages: list[tuple[str, str]]

    @property
    def sub_kind(self) -> SubKind:
        """The first sub-kind, which names the provider."""
        return self.sub_kinds[0]

    @property
    def years(self) -> int:
        """Years in practice."""
        return self.as_of.year - self.founded


@lru_cache(maxsize=16_384)
def day(as_of: dt.date, offset_days: int) -> str:
    """The ISO date that lies `offset_days` after `as_of`."""
    return (as_of + dt.timedelta(days=offset_days)).isoformat()
