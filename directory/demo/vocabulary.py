"""The words and weights of the invented market, read once from the data files in `market/`.

Every text is a triple (English, Simplified Chinese, Traditional Chinese); the last is converted
here, so that providers in Hong Kong, Macao and Taiwan write as they would.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Generic, TypeAlias, TypeVar

from opencc import OpenCC

from directory import taxonomy

Item = TypeVar("Item")

SCRIPTS = ("en", "zh-Hans", "zh-Hant")
"""The languages of a `Triple`, in its order."""

Triple: TypeAlias = tuple[str, str, str]
"""One text in the languages of `SCRIPTS`."""

Convert: TypeAlias = Callable[[str, str], Triple]


class Weighted(Generic[Item]):
    """A draw from `items` in proportion to `weights`, from one random number."""

    def __init__(self, items: Sequence[Item], weights: Sequence[float]) -> None:
        self.items = tuple(items)
        self._bounds = list(accumulate(weights))

    def pick(self, rng: Random) -> Item:
        """One item."""
        return self.items[bisect_right(self._bounds, rng.random() * self._bounds[-1])]


@dataclass(frozen=True, slots=True)
class Home:
    """A jurisdiction in which providers sit, and what is usual there.

    `price` is the level of fees against China (1.0); `special_rights` are the rights that are only
    granted in some places; `registers` are those that a firm of a role is on.
    """

    office: str
    label: Triple
    currency: str
    price: float
    languages: tuple[tuple[str, str], ...]
    neighbours: tuple[str, ...]
    wider: tuple[str, ...]
    culture: str
    registers: Mapping[str, tuple[str, ...]]
    special_rights: frozenset[str]


@dataclass(frozen=True, slots=True)
class City:
    """A place of business: its code in the list `place`, its name, and its home."""

    code: str
    label: Triple
    home: Home


@dataclass(frozen=True, slots=True)
class SubKind:
    """A sub-kind and what its providers offer, in the order in which they usually offer it.

    `homes` are the only places that know it; empty is everywhere.
    """

    code: str
    kind: str
    lines: tuple[tuple[str, str], ...]
    role: str
    individual_share: float
    fee_models: tuple[str, ...]
    scope: str
    purposes: tuple[str, ...]
    names: str
    homes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Field:
    """A technology field with its neighbours and its terms, each with an IPC symbol."""

    code: int
    label: Triple
    neighbours: tuple[int, ...]
    industries: tuple[str, ...]
    terms: tuple[tuple[str, Triple], ...]


@dataclass(frozen=True, slots=True)
class Register:
    """A register: who holds its numbers, how an invented one looks, and for which offices."""

    code: str
    held_by_firm: bool
    number: str
    offices: tuple[str, ...]
    by_right: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """The pattern of a case: title, text, and whether it speaks of a technology or of goods."""

    title: Triple
    text: Triple
    technical: bool
    of_goods: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the market is drawn from."""

    homes: Mapping[str, Home]
    cities: Weighted[City]
    cities_of: Mapping[str, Weighted[City]]
    sub_kinds: Weighted[SubKind]
    siblings: Mapping[str, Weighted[SubKind]]
    fields: Mapping[int, Field]
    field_draw: Weighted[Field]
    goods: tuple[Triple, ...]
    industries: Mapping[str, Triple]
    languages: Mapping[str, Triple]
    registers: Mapping[str, Register]
    sentences: Mapping[str, Mapping[str, tuple[Triple, ...]]]
    matters: Mapping[str, tuple[Matter, ...]]
    first_words: tuple[Triple, ...]
    second_words: tuple[Triple, ...]
    forms: Mapping[tuple[str, str], tuple[Triple, ...]]
    people: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]]


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one data file of the market."""
    with (files("directory.demo") / "market" / f"{name}.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The vocabulary, read and converted once."""
    traditional = OpenCC("s2tw").convert

    def triple(english: str, chinese: str) -> Triple:
        return english, chinese, traditional(chinese)

    homes = {row["office"]: _home(row, triple) for row in rows("homes")}
    cities = [
        City(
            row["city"],
            triple(row["city"], taxonomy.label("place", row["city"], "zh-Hans")),
            homes[row["office"]],
        )
        for row in rows("cities")
    ]
    sub_kinds = {row["sub_kind"]: (_sub_kind(row), float(row["weight"])) for row in rows("sub_kinds")}
    fields = {field.code: (field, weight) for field, weight in _fields(triple)}
    words = [(row["part"], triple(row["en"], row["zh"])) for row in rows("firm_words")]
    return Vocabulary(
        homes=homes,
        cities=_by_rank(cities),
        cities_of={
            sub_kind.code: _by_rank([city for city in cities if city.home.office in sub_kind.homes])
            for sub_kind, _ in sub_kinds.values()
            if sub_kind.homes
        },
        sub_kinds=Weighted(*zip(*sub_kinds.values(), strict=True)),
        siblings={
            kind: Weighted(*zip(*(pair for pair in sub_kinds.values() if pair[0].kind == kind), strict=True))
            for kind in taxonomy.codes("kind")
        },
        fields={code: field for code, (field, _) in fields.items()},
        field_draw=Weighted(*zip(*fields.values(), strict=True)),
        goods=tuple(triple(row["en"], row["zh"]) for row in rows("goods")),
        industries={row["industry"]: triple(row["en"], row["zh"]) for row in rows("industries")},
        languages=_languages(triple),
        registers={row["register"]: _register(row) for row in rows("registers")},
        sentences={kind: _sentences(kind, triple) for kind in taxonomy.codes("kind")},
        matters=_matters([sub_kind for sub_kind, _ in sub_kinds.values()], triple),
        first_words=tuple(word for part, word in words if part == "first"),
        second_words=tuple(word for part, word in words if part == "second"),
        forms=_forms([sub_kind for sub_kind, _ in sub_kinds.values()], homes, triple),
        people={
            row["culture"]: (_names(row["family"]), _names(row["given"])) for row in rows("person_names")
        },
    )


def _by_rank(cities: Sequence[City]) -> Weighted[City]:
    """Cities by rank with Zipf's law: the second is about half the first, and so on down."""
    return Weighted(cities, [1 / (rank + 1) for rank in range(1, len(cities) + 1)])


def _home(row: Mapping[str, str], triple: Convert) -> Home:
    languages = (skill.split(":") for skill in row["languages"].split())
    return Home(
        office=row["office"],
        label=triple(row["en"], row["zh"]),
        currency=row["currency"],
        price=float(row["price"]),
        languages=tuple((code, level) for code, level in languages),
        neighbours=tuple(row["neighbours"].split()),
        wider=tuple(row["wider"].split()),
        culture=row["culture"],
        registers={role: tuple(row[role].split()) for role in ("patent", "trademark", "law")},
        special_rights=frozenset(row["special_rights"].split()),
    )


def _sub_kind(row: Mapping[str, str]) -> SubKind:
    lines = (line.split("/") for line in row["lines"].split())
    return SubKind(
        code=row["sub_kind"],
        kind=row["kind"],
        lines=tuple((service, right) for service, right in lines),
        role=row["role"],
        individual_share=int(row["individual_percent"]) / 100,
        fee_models=tuple(row["fee_models"].split()),
        scope=row["scope"],
        purposes=tuple(row["purposes"].split()),
        names=row["names"],
        homes=frozenset(
            office for named in row["homes"].split() for office in (named, *taxonomy.covers(named))
        ),
    )


def _fields(triple: Convert) -> Iterator[tuple[Field, float]]:
    terms: dict[int, list[tuple[str, Triple]]] = {}
    for row in rows("terms"):
        terms.setdefault(int(row["field"]), []).append((row["ipc"], triple(row["en"], row["zh"])))
    for row in rows("fields"):
        code = int(row["field"])
        neighbours = tuple(int(neighbour) for neighbour in row["neighbours"].split())
        yield (
            Field(
                code,
                triple(row["en"], row["zh"]),
                neighbours,
                tuple(row["industries"].split()),
                tuple(terms[code]),
            ),
            float(row["weight"]),
        )


def _languages(triple: Convert) -> dict[str, Triple]:
    """What people call a language in a sentence: Chinese, whichever script it is written in."""
    return {
        code: triple("Chinese", "中文") if code.startswith("zh") else triple(entry.label_en, entry.label_zh)
        for code, entry in taxonomy.entries("language").items()
    }


def _register(row: Mapping[str, str]) -> Register:
    offices: set[str] = set()
    for entitlement in taxonomy.entitlements():
        if entitlement.register == row["register"]:
            offices |= entitlement.offices
    held_by_firm = row["holder"] == "organisation"
    return Register(
        row["register"], held_by_firm, row["number"], tuple(sorted(offices)), row["by_right"] == "yes"
    )


def _sentences(kind: str, triple: Convert) -> dict[str, tuple[Triple, ...]]:
    """The sentence patterns of a kind by what they are about; those of `any` belong to every kind."""
    patterns: dict[str, tuple[Triple, ...]] = {}
    for name in (f"sentences_{kind}", "sentences_any"):
        for row in rows(name):
            patterns[row["about"]] = (*patterns.get(row["about"], ()), triple(row["en"], row["zh"]))
    for about in [about for about in patterns if "/" in about]:
        patterns[about] += patterns.get(about.split("/")[0], ())
    return patterns


def _matters(sub_kinds: Sequence[SubKind], triple: Convert) -> dict[str, tuple[Matter, ...]]:
    """The patterns of cases by what they are about: those of the pair, then those of the service."""
    patterns: dict[str, list[Matter]] = {}
    for row in rows("matters"):
        both = row["title_en"] + row["text_en"]
        patterns.setdefault(row["about"], []).append(
            Matter(
                title=triple(row["title_en"], row["title_zh"]),
                text=triple(row["text_en"], row["text_zh"]),
                technical="{term}" in both,
                of_goods="{goods}" in both,
            )
        )
    keys = {f"{service}/{right}" for sub_kind in sub_kinds for service, right in sub_kind.lines} | set(
        patterns
    )
    return {key: (*patterns.get(key, ()), *patterns.get(key.split("/")[0], ())) for key in keys if "/" in key}


def _forms(
    sub_kinds: Sequence[SubKind], homes: Mapping[str, Home], triple: Convert
) -> dict[tuple[str, str], tuple[Triple, ...]]:
    """What a firm calls itself, by sub-kind and home; a local form is used as often as a general one."""
    patterns = [
        (row["used_by"], frozenset(row["offices"].split()), triple(row["en"], row["zh"]))
        for row in rows("firm_forms")
    ]
    return {
        (sub_kind.code, office): tuple(
            form
            for used_by, offices, form in patterns
            if used_by in (sub_kind.code, sub_kind.names) and (not offices or office in offices)
        )
        for sub_kind in sub_kinds
        for office in homes
    }


def _names(cell: str) -> tuple[tuple[str, str], ...]:
    """Names of people as (Latin letters, own script or "")."""
    pairs = (name.partition(":") for name in cell.split())
    return tuple((latin.replace("_", " "), script) for latin, _, script in pairs)
