"""From a provider to its document: everything the index may know, and nothing the public may not see.

Payment, size, age and fame never enter a document, so no order can follow them.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from directory import taxonomy
from directory.rules import listing
from directory.types import ProviderRecord, ServiceLineRecord, StoredProvider
from search.synonyms import code_token
from search.text import fold_name, pinyin, split
from search.types import FOREVER, Document

SORT_NAME_BYTES = 48
"""Bytes of a name that decide its place in alphabetical order, on both engines alike."""


def document(provider: StoredProvider) -> Document | None:
    """What the index holds of a provider; None when it may not be found at all."""
    record = provider.record
    if not listing.listable(record):
        return None
    lines = listing.shown_lines(record)
    offered = tuple(_line_values(line) for line in lines)
    values = _values(record, lines)
    texts, wholes = _texts(record)
    texts["codes"] = _codes(values, offered)
    return Document(
        id=provider.id,
        version=provider.version,
        tie=tie(record.ref),
        sort_name=sort_name(record),
        wholes=wholes,
        texts=texts,
        values=values,
        lines=offered,
        outcomes_until=_last_day(lines, "vetted_outcomes"),
        vetted_until=_last_day(lines, "vetted"),
        standing=_standing(lines),
    )


def tie(ref: str) -> int:
    """The place of a provider among its equals: a hash, so that nobody is favoured and it never moves."""
    return int.from_bytes(hashlib.blake2b(ref.encode(), digest_size=4).digest(), "big")


def sort_name(record: ProviderRecord) -> str:
    """The folded display name, cut to `SORT_NAME_BYTES` without splitting a character."""
    return fold_name(record.display_name("en")).encode()[:SORT_NAME_BYTES].decode(errors="ignore")


@lru_cache(maxsize=4096)
def _band(fee_minor: int, currency: str) -> str | None:
    return taxonomy.price_band(taxonomy.to_cny_minor(fee_minor, currency))


def _line_values(line: ServiceLineRecord) -> dict[str, tuple[str, ...]]:
    return {
        "service": (line.service,),
        "right": (line.right,),
        "office": tuple(line.offices),
        "field": tuple(map(str, line.fields)),
    }


def _values(record: ProviderRecord, lines: list[ServiceLineRecord]) -> dict[str, tuple[str, ...]]:
    nice: dict[int, None] = {}
    fee_models: dict[str, None] = {}
    bands: dict[str, None] = {}
    for line in lines:
        nice.update(dict.fromkeys(line.nice))
        if line.fee_model:
            fee_models[line.fee_model] = None
        if (
            line.fee_min_minor is not None
            and line.currency
            and (band := _band(line.fee_min_minor, line.currency))
        ):
            bands[band] = None
    return {
        "kind": (record.kind,),
        "sub_kind": tuple(record.sub_kinds),
        "nice": tuple(map(str, nice)),
        "language": tuple(skill.code for skill in record.languages),
        "industry": tuple(record.industries),
        "fee_model": tuple(fee_models),
        "price_band": tuple(bands),
        "city": (record.city,) if record.city else (),
        "country": (record.country,),
    }


def _codes(values: dict[str, tuple[str, ...]], lines: tuple[dict[str, tuple[str, ...]], ...]) -> str:
    found = {pair for line in lines for pair in line.items()}
    found.update(values.items())
    return " ".join({token for key, codes in found for token in _tokens(key, codes)})


@lru_cache(maxsize=1 << 16)
def _tokens(key: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Tokens of codes; kept, because the same few combinations recur."""
    return tuple(code_token(key, code) for code in codes)


def _texts(record: ProviderRecord) -> tuple[dict[str, str], dict[str, list[str]]]:
    names = [*record.name.values(), *record.aliases]
    name, name_zh = _name_tokens(names)
    people = [each for person in record.people for each in person.name.values()]
    person, person_zh = _name_tokens(people)
    prose = list(record.summary.values())
    for matter in record.matters:
        prose.append(matter.title)
        prose.append(matter.text)
    text, text_zh = split(prose)
    exact = dict.fromkeys(fold_name(each) for each in names)
    return (
        {
            "name": name,
            "name_zh": name_zh,
            "people": person,
            "people_zh": person_zh,
            "text": text,
            "text_zh": text_zh,
        },
        {"exact": [each for each in exact if each]},
    )


def _name_tokens(names: list[str]) -> tuple[str, str]:
    words, han = split(names)
    if han:
        words = " ".join([words, *(form for each in names if not each.isascii() for form in pinyin(each))])
    return words, han


def _last_day(lines: list[ServiceLineRecord], state: str) -> int:
    """The last day number on which a line is in `state`; 0 when none is."""
    days = [
        FOREVER if line.vetting.until is None else line.vetting.until.toordinal()
        for line in lines
        if line.vetting is not None and line.vetting.state == state
    ]
    return max(days, default=0)


def _standing(lines: list[ServiceLineRecord]) -> str | None:
    """The best tier once every dated vetting has lapsed."""
    states = {listing.stated(line) for line in lines}
    if states & listing.VETTED_STATES:
        states.add("expired")
    return next((each for each in listing.TIERS if each in states - listing.VETTED_STATES), None)
