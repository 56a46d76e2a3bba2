"""The invented market: any number of believable providers, the same each time.

A provider depends on the seed and its own number, not on the size of the market, so that a larger
market begins with the smaller one; it depends on the day, because vetting, checks and cases have dates.
The shares are invented to look likely; only the shape is meant (few large cities and firms, many small).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from random import Random

from directory import taxonomy
from directory.demo.lines import Reach, outcomes, references, service_lines
from directory.demo.parties import (
    as_triple,
    credential,
    firm_name,
    firm_names,
    people,
    person_name,
    registers_of,
)
from directory.demo.profile import Profile, Record, day
from directory.demo.vocabulary import Field, Home, SubKind, Vocabulary, Weighted, vocabulary
from directory.demo.writing import matters, summary

_HEADCOUNT = Weighted(range(1, 41), [size**-1.78 for size in range(1, 41)])  # Zipf's law; the mean is about 3
_FIELD_COUNT = Weighted((1, 2, 3, 4), (25, 35, 26, 14))
_PROVIDER_STATE = Weighted(("published", "draft", "unpublished", "erased"), (95.5, 1.5, 2.5, 0.5))
_FOREIGN_LANGUAGES = (("ja", 0.1), ("de", 0.06), ("fr", 0.06), ("ko", 0.05), ("es", 0.04))
_LAST_CLASS_OF_GOODS = 34
_INDEX_BITS = 40


def generate(size: int, seed: int, as_of: dt.date) -> Iterator[Record]:
    """The providers of an invented market, one after the other.

    Parameters
    ----------
    size : int
        How many, 0 or more.
    seed : int
        0 or more; another seed gives another market.
    as_of : date
        The day on which the market stands.

    Yields
    ------
    dict
        A provider in the exchange format, ready for JSON, with refs X000001, X000002 and so on.

    Raises
    ------
    ValueError
        When `size` or `seed` is negative.
    """
    if size < 0 or seed < 0:
        raise ValueError("size and seed must not be negative")
    words = vocabulary()
    rng = Random()  # noqa: S311 - a market, not a secret
    for index in range(1, size + 1):
        rng.seed((seed << _INDEX_BITS) | index)
        yield _provider(words, rng, index, as_of)


def _provider(words: Vocabulary, rng: Random, index: int, as_of: dt.date) -> Record:
    random = rng.random
    profile, slug = _profile(words, rng, index, as_of)
    state = _PROVIDER_STATE.pick(rng)
    registers = registers_of(profile, words)
    reach = Reach(profile, words, frozenset(register.code for register, _ in registers))
    record: Record = {
        "ref": f"X{index:06d}",
        "form": "individual" if profile.individual else "organisation",
        "kind": profile.sub_kind.kind,
        "sub_kinds": [sub_kind.code for sub_kind in profile.sub_kinds],
        "name": firm_names(profile),
        "city": profile.city.code,
        "country": profile.home.office,
        "founded": profile.founded,
        "languages": [{"code": code, "level": level} for code, level in profile.languages],
        "industries": _industries(profile),
        "state": state,
    }
    if state == "erased":  # nothing is kept of who it was
        kept = ("ref", "form", "kind", "country", "state")
        return {**{key: record[key] for key in kept}, "name": {"en": "Erased", "zh-Hans": "已删除"}}
    staff = people(profile, words, registers)
    if profile.individual:
        record["name"] = staff[0]["name"]
    elif random() < 0.2:
        record["aliases"] = [_initials(profile)]
    lines = service_lines(profile, reach)
    response = _response(rng)
    record["summary"] = summary(profile, words, lines, response)
    if random() < 0.6:
        record["website"] = f"https://www.{slug}-{index}.example"
    if random() < 0.4:
        record["register_domain"] = f"{slug}-{index}.example"
    if random() < 0.03:
        record["owned_by"] = [_company(words, rng, "Holdings")]
    record["service_lines"] = lines
    held = [
        credential(profile, register, role, 0)
        for register, role in registers
        if register.held_by_firm and not profile.individual
    ]
    if held:
        record["credentials"] = held
    record["people"] = staff
    if random() < 0.65:
        record["insurance"] = _insurance(profile)
    record["matters"] = matters(profile, words, lines)
    record["outcomes"] = outcomes(profile, lines)
    record["references"] = references(profile, lines)
    if response:
        record["response"] = response
    record["accepts_new"] = random() < 0.94
    record["sponsored"] = random() < 0.02
    if random() < 0.03:
        record["conflict_parties"] = [
            {"name": _company(words, rng, trade)}
            for trade in ("Electronics", "Foods")[: 1 + int(random() * 2)]
        ]
    return record


def _profile(words: Vocabulary, rng: Random, index: int, as_of: dt.date) -> tuple[Profile, str]:
    """A provider's profile, and the Latin words of its web address."""
    random = rng.random
    first = words.sub_kinds.pick(rng)
    city = words.cities_of.get(first.code, words.cities).pick(rng)
    sub_kinds: tuple[SubKind, ...] = (first,)
    if random() < 0.3:
        second = words.siblings[first.kind].pick(rng)
        if second is not first and (not second.homes or city.home.office in second.homes):
            sub_kinds = (first, second)
    individual = random() < first.individual_share
    fields = _fields(words, rng)
    if individual:
        name = as_triple(person_name(words, city.home, rng))
        slug = name[0].lower().replace(" ", "-").encode("ascii", "ignore").decode()
    else:
        name, slug = firm_name(words, first, city, rng)
    profile = Profile(
        rng=rng,
        index=index,
        as_of=as_of,
        city=city,
        home=city.home,
        sub_kinds=sub_kinds,
        individual=individual,
        headcount=1 if individual else _HEADCOUNT.pick(rng),
        founded=as_of.year - 4 - int(random() ** 1.8 * 56),
        fields=fields,
        nice=_nice(rng),
        name=name,
        languages=_languages(city.home, rng),
    )
    return profile, slug


def _fields(words: Vocabulary, rng: Random) -> tuple[Field, ...]:
    """One field and up to three that lie near it."""
    first = words.field_draw.pick(rng)
    near = list(first.neighbours)
    rng.shuffle(near)
    return (first, *(words.fields[code] for code in near[: _FIELD_COUNT.pick(rng) - 1]))


def _nice(rng: Random) -> tuple[int, ...]:
    """One to six Nice classes in order, the first of goods."""
    goods = 1 + int(rng.random() * _LAST_CLASS_OF_GOODS)
    return tuple(sorted({goods, *(1 + int(rng.random() * 45) for _ in range(int(rng.random() * 6)))}))


def _languages(home: Home, rng: Random) -> list[tuple[str, str]]:
    """Languages with level: those of the place, then some that were learned."""
    random = rng.random
    found = dict(home.languages)
    if "en" not in found and random() < 0.8:
        found["en"] = "draft" if random() < 0.7 else "speak"
    if not any(code.startswith("zh") for code in found) and random() < 0.22:
        found["zh-Hans"] = "speak" if random() < 0.6 else "draft"
    for code, share in _FOREIGN_LANGUAGES:
        if code not in found and random() < share:
            found[code] = "speak" if random() < 0.6 else "draft"
    return list(found.items())


def _industries(profile: Profile) -> list[str]:
    industries = [industry for field in profile.fields for industry in field.industries[:2]]
    return list(dict.fromkeys(industries))[:4]


def _response(rng: Random) -> Record | None:
    """How fast the provider answered enquiries; a quarter has had none yet."""
    if rng.random() < 0.25:
        return None
    return {"median_first_reply_hours": 2 + int(rng.random() ** 2 * 70), "n": 1 + int(rng.random() ** 2 * 40)}


def _insurance(profile: Profile) -> Record:
    """Professional indemnity insurance, now and then out of date."""
    draw = profile.rng.random()
    until = -1 - int(draw * 2000) if draw < 0.05 else 10 + int(draw * 380)
    return {
        "limit_minor": _limit(profile),
        "currency": profile.home.currency,
        "until": day(profile.as_of, until),
    }


def _limit(profile: Profile) -> int:
    millions = (5, 5, 10, 20, 50)[int(profile.rng.random() * 5)]
    return millions * _million_minor(profile.home.currency)


def _company(words: Vocabulary, rng: Random, trade: str) -> str:
    """The invented name of a company outside the market."""
    first = words.first_words[int(rng.random() * len(words.first_words))][0]
    second = words.second_words[int(rng.random() * len(words.second_words))][0]
    return f"{first} {second} {trade}"


def _initials(profile: Profile) -> str:
    return "".join(word[0] for word in profile.name[0].split() if word[0].isalpha()).upper()


@cache
def _million_minor(currency: str) -> int:
    """What a million CNY is about in a currency: one digit, then zeros, in minor units."""
    rate = taxonomy.reference_rates()[currency].cny_per_unit
    whole = int(1_000_000 / rate)
    unit = 10 ** (len(str(whole)) - 1)
    return int(whole // unit * unit * 10 ** taxonomy.minor_digits(currency))
