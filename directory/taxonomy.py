"""The closed lists: codes, labels in English and Simplified Chinese, synonyms, and what hangs on them.

Each list is a file of the same name in `taxonomy/`; whoever adds a code adds a row there and
nothing here. Synonyms may belong to several codes (a cell is biology and a battery): callers
decide by context, and `ambiguous` names the terms that prove nothing alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from babel.numbers import get_currency_precision

from directory.names import fold

LISTS: tuple[str, ...] = (
    "kind", "sub_kind", "service", "right", "need_type", "industry", "office", "field", "nice", "language",
    "level", "fee_model", "price_band", "fee_unit", "purpose", "vetting_state", "provider_state", "form",
    "register", "credential_status", "outcome_measure", "judgement_source", "reason", "place",
)  # fmt: skip

RESERVED_SERVICES = frozenset({"DRAFT", "PROS", "OPPO", "LITI"})
RESERVED_RIGHTS = frozenset(
    {"patent", "utility_model", "design", "trademark", "plant_variety", "layout", "spc"}
)

_COLUMNS = ("code", "label_en", "label_zh", "synonyms_en", "synonyms_zh", "parent", "source")
_NUMBERED = frozenset({"field", "nice"})


class UnknownList(ValueError):
    """There is no list of this name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a list. `extra` holds the list's own columns, such as `ipc` of a field."""

    code: str
    label_en: str
    label_zh: str
    synonyms_en: tuple[str, ...]
    synonyms_zh: tuple[str, ...]
    parent: str | None
    source: str
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whom a register entitles to reserved work; `rights` None is every right."""

    register: str
    offices: frozenset[str]
    services: frozenset[str]
    rights: frozenset[str] | None
    note: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency (not its minor unit) is in CNY, on a day."""

    currency: str
    cny_per_unit: float
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class AmbiguousTerm:
    """A folded term that alone does not tell which code of a list is meant."""

    term: str
    codes: tuple[str, ...]
    note: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    path = files("directory") / "taxonomy" / f"{name}.csv"
    with path.open(encoding="utf-8") as source:
        yield from csv.DictReader(source)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, (term.strip() for term in cell.split("|"))))


@cache
def entries(name: str) -> Mapping[str, Entry]:
    """A list's entries by code, in the order of its file.

    Raises
    ------
    UnknownList
        When `name` is not in `LISTS`.
    """
    if name not in LISTS:
        raise UnknownList(name)
    found = {
        row["code"]: Entry(
            code=row["code"],
            label_en=row["label_en"],
            label_zh=row["label_zh"],
            synonyms_en=_split(row["synonyms_en"]),
            synonyms_zh=_split(row["synonyms_zh"]),
            parent=row["parent"] or None,
            source=row["source"],
            extra=MappingProxyType({key: value for key, value in row.items() if key not in _COLUMNS}),
        )
        for row in _rows(name)
    }
    return MappingProxyType(found)


@cache
def codes(name: str) -> tuple[str, ...]:
    """A list's codes in the order of its file."""
    return tuple(entries(name))


def is_code(name: str, value: object) -> bool:
    """Whether `value` is a code of the list; fields and Nice classes may be given as numbers too."""
    if name in _NUMBERED and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return isinstance(value, str) and value in entries(name)


def number_has_format(register: str, number: str) -> bool:
    """Whether `number` is written as numbers of the register are; true where its form is not known.

    A format is a check of typing, never a proof.
    """
    entry = entries("register").get(register)
    pattern = entry.extra.get("format") if entry else None
    return not pattern or re.fullmatch(pattern, number, re.ASCII) is not None


def label(name: str, code: str | int, language: str) -> str:
    """What people read for a code, in "en" or "zh-Hans"; an unknown code stands for itself."""
    entry = entries(name).get(str(code))
    if entry is None:
        return str(code)
    return entry.label_zh if language.startswith("zh") else entry.label_en


def seat(city: str | None, country: str, language: str) -> str:
    """Where somebody is seated: "Suzhou, China", "中国苏州"; the country alone where it names the city."""
    land = label("office", country, language)
    town = label("place", city, language) if city else ""
    if not town or land.endswith(town):
        return land
    if language.startswith("zh"):
        return f"{land} {town}" if town.isascii() else f"{land}{town}"
    return f"{town}, {land}"


@cache
def synonyms(name: str) -> Mapping[str, tuple[str, ...]]:
    """A list's words, labels included, in both languages: folded term -> the codes it may mean."""
    found: dict[str, list[str]] = {}
    for entry in entries(name).values():
        for term in (entry.label_en, entry.label_zh, *entry.synonyms_en, *entry.synonyms_zh):
            meanings = found.setdefault(fold(term), [])
            if entry.code not in meanings:
                meanings.append(entry.code)
    return MappingProxyType({term: tuple(meanings) for term, meanings in found.items()})


@cache
def ambiguous(name: str) -> Mapping[str, AmbiguousTerm]:
    """The folded terms of a list that need other words beside them before they are believed."""
    return MappingProxyType(
        {
            fold(row["term"]): AmbiguousTerm(fold(row["term"]), _split(row["codes"]), row["note"])
            for row in _rows("ambiguous")
            if row["list"] == name
        }
    )


def as_json(name: str) -> list[dict[str, object]]:
    """A list as `flask taxonomy NAME --json` prints it."""
    return [
        {
            "code": entry.code,
            "label": {"en": entry.label_en, "zh-Hans": entry.label_zh},
            "synonyms": {"en": list(entry.synonyms_en), "zh-Hans": list(entry.synonyms_zh)},
            "parent": entry.parent,
            "source": entry.source,
            **{key: value for key, value in entry.extra.items() if value},
        }
        for entry in entries(name).values()
    ]


# Technology fields by IPC

_IPC = re.compile(r"([A-H])\s*(?:(\d{2})\s*(?:([A-Z])\s*(?:0*(\d{1,4})\s*(?:/\s*(\d{1,6}))?)?)?)?", re.ASCII)


def _ipc_parts(symbol: str) -> tuple[str, str | None] | None:
    """Class or subclass, and the main group where there is one; None when it is no symbol."""
    found = _IPC.fullmatch(fold(symbol).upper())
    if found is None or found[2] is None:
        return None
    return f"{found[1]}{found[2]}{found[3] or ''}", found[4]


@cache
def _fields_by_ipc() -> Mapping[tuple[str, str | None], tuple[int, ...]]:
    table: dict[tuple[str, str | None], tuple[int, ...]] = {}
    for entry in entries("field").values():
        for prefix in re.findall(r"([A-H]\d\d[A-Z]?)(?: (\d+))?", entry.extra["ipc"]):
            key = (prefix[0], prefix[1] or None)
            table[key] = (*table.get(key, ()), int(entry.code))
    return table


def ipc_is_valid(symbol: str) -> bool:
    """Whether `symbol` has the form of an IPC or CPC class, subclass, group or subgroup (Y02 is a tag)."""
    return _ipc_parts(symbol) is not None


def fields_for_ipc(symbol: str) -> tuple[int, ...]:
    """The WIPO technology fields of an IPC or CPC symbol, the longest prefix that is known deciding.

    Parameters
    ----------
    symbol : str
        A class or longer, spaced and cased in any way: "H01L 29/78", "h10d30", "A61K8".

    Returns
    -------
    tuple of int
        One field for a subclass or group; for a class the fields of all its subclasses ("A61" -> 13, 14
        and 16); empty when the symbol is unknown. Where a subclass is divided, groups that no
        field names fall to the field of its bulk ("A61K 2300" -> 16).

    References
    ----------
    WIPO IPC-technology concordance. Newer than the table: H10 follows H01L, G06V follows G06K, H04N 23 and
    25 follow H04N 5; G16B, G16C, G16Z (to 6) and G16Y (to 4) are placed by us.
    """
    parts = _ipc_parts(symbol)
    if parts is None:
        return ()
    table = _fields_by_ipc()
    subclass, group = parts
    for key in ((subclass, group), (subclass, None), (subclass[:3], None)):
        if key in table:
            return table[key]
    if len(subclass) > 3:
        return ()
    below = {
        field for (prefix, _), fields in table.items() if prefix.startswith(subclass) for field in fields
    }
    return tuple(sorted(below))


# Offices


@cache
def _covers() -> Mapping[str, tuple[str, ...]]:
    return {row["office"]: tuple(row["covers"].split()) for row in _rows("office_covers")}


def covers(office: str) -> tuple[str, ...]:
    """The offices in whose territory a right of `office` can have effect: a hint, never a filter."""
    return _covers().get(office, ())


# Who may do reserved work


@cache
def entitlements() -> tuple[Entitlement, ...]:
    """Every row of the table of who may do reserved work where."""
    return tuple(
        Entitlement(
            register=row["register"],
            offices=frozenset(row["offices"].split()),
            services=frozenset(row["services"].split()),
            rights=None if row["rights"] == "*" else frozenset(row["rights"].split()),
            note=row["note"],
        )
        for row in _rows("entitlements")
    )


def is_reserved(service: str, right: str) -> bool:
    """Whether this is work that needs a credential where a register exists."""
    return service in RESERVED_SERVICES and right in RESERVED_RIGHTS


@cache
def entitling_registers(service: str, right: str, office: str) -> frozenset[str]:
    """The registers that entitle to this work; empty when none can be checked."""
    return frozenset(
        row.register
        for row in entitlements()
        if service in row.services and office in row.offices and (row.rights is None or right in row.rights)
    )


# Money


@cache
def reference_rates() -> Mapping[str, Rate]:
    """The shipped reference rates by currency, each with its day; administrators may edit theirs."""
    return MappingProxyType(
        {
            row["currency"]: Rate(
                row["currency"], float(row["cny_per_unit"]), dt.date.fromisoformat(row["as_of"])
            )
            for row in _rows("reference_rates")
        }
    )


def minor_digits(currency: str) -> int:
    """How many decimals the minor unit of a currency stands for (ISO 4217): CNY 2, JPY 0."""
    return get_currency_precision(currency)


def to_cny_minor(amount_minor: int, currency: str, rates: Mapping[str, Rate] | None = None) -> int | None:
    """An amount in fen (1/100 CNY), rounded to the nearest.

    Parameters
    ----------
    amount_minor : int
        In the currency's minor unit: 100 is CNY 1.00 or JPY 100.
    currency : str
        ISO 4217.
    rates : mapping of str to Rate, optional
        Instead of the shipped reference rates.

    Returns
    -------
    int or None
        None when there is no rate for the currency.
    """
    rate = (reference_rates() if rates is None else rates).get(currency)
    if rate is None:
        return None
    fen = Decimal(amount_minor) * Decimal(str(rate.cny_per_unit))
    return round(fen.scaleb(minor_digits("CNY") - minor_digits(currency)))


def price_band(fee_min_cny_minor: int | None) -> str | None:
    """The price band of a lowest fee in fen; None when the fee is unknown.

    References
    ----------
    Bands of the exchange formats: B1 below CNY 20,000, B2 to 60,000, B3 to 150,000, B4 to 500,000, B5 above.
    """
    if fee_min_cny_minor is None:
        return None
    for entry in entries("price_band").values():
        below = entry.extra["below_cny"]
        if not below or fee_min_cny_minor < int(below) * 10 ** minor_digits("CNY"):
            return entry.code
    raise AssertionError("the last price band has no upper end")
