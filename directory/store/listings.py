"""The public list in SQL: what is left of searching when no engine answers, and the A-Z list.

Exact filters, names and summaries that contain the words, alphabetical order. The rules are those of
`directory.rules.listing` and of the exchange formats' filter keys; a contract test holds them equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, false, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from directory import taxonomy
from directory.models import LineOffice, Provider, ProviderLanguage, ServiceLine
from directory.rules.listing import BARRING_STATES, HIDDEN_STATES, TIERS, VETTED_STATES

Condition = ColumnElement[bool]
Column = InstrumentedAttribute[Any]


def page(
    session: Session,
    *,
    filters: Mapping[str, Sequence[str]],
    words: Sequence[str] = (),
    today: dt.date,
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[int], int]:
    """Ids of listable providers in alphabetical order, and how many there are in all.

    Parameters
    ----------
    session : Session
        For reading.
    filters : mapping of str to sequence of str
        Checked codes by filter key: any of a key's, all of the keys. Service, right, office and
        field hold on one shown line.
    words : sequence of str
        Each must stand in the name, an alias or the summary.
    today : date
        The day that tiers are for.
    offset, limit : int
        The part of the list wanted.
    """
    conditions = [_listable(), *(_holds(word) for word in words), *_filtered(filters, today)]
    total = session.scalar(select(func.count()).select_from(Provider).where(*conditions)) or 0
    query = select(Provider.id).where(*conditions).order_by(Provider.sort_name, Provider.id)
    return list(session.scalars(query.offset(offset).limit(limit))), total


def count(session: Session) -> int:
    """How many providers are listable."""
    return session.scalar(select(func.count()).select_from(Provider).where(_listable())) or 0


def _listable() -> Condition:
    line = aliased(ServiceLine)
    any_line = exists().where(line.provider_id == Provider.id)
    open_line = any_line.where(or_(line.state.is_(None), line.state.not_in(BARRING_STATES)))
    return and_(Provider.state == "published", or_(~any_line, open_line))


def _shown(line: type[ServiceLine]) -> Condition:
    return or_(line.state.is_(None), line.state.not_in(HIDDEN_STATES))


def _holds(word: str) -> Condition:
    return or_(
        *(
            _text(column).icontains(word, autoescape=True)
            for column in (Provider.sort_name, Provider.name, Provider.aliases, Provider.summary)
        )
    )


def _text(column: Column) -> ColumnElement[str]:
    """A column as the text it is kept as: what it is compared with is not JSON."""
    return type_coerce(column, Text)


def _filtered(filters: Mapping[str, Sequence[str]], today: dt.date) -> list[Condition]:
    on_line = {key: codes for key, codes in filters.items() if key in ("service", "right", "office", "field")}
    whole = {key: codes for key, codes in filters.items() if key not in on_line}
    conditions = [_PROVIDER_FILTERS[key](codes, today) for key, codes in whole.items()]
    if on_line:
        line = aliased(ServiceLine)
        tests = [_LINE_FILTERS[key](line, codes) for key, codes in on_line.items()]
        conditions.append(exists().where(line.provider_id == Provider.id, _shown(line), *tests))
    return conditions


def _office(line: type[ServiceLine], codes: Sequence[str]) -> Condition:
    return exists().where(LineOffice.line_id == line.id, LineOffice.office.in_(codes))


def _field(line: type[ServiceLine], codes: Sequence[str]) -> Condition:
    mask = sum(1 << (int(code) - 1) for code in set(codes))
    return line.field_mask.bitwise_and(mask) != 0


_LINE_FILTERS: dict[str, Callable[[type[ServiceLine], Sequence[str]], Condition]] = {
    "service": lambda line, codes: line.service.in_(codes),
    "right": lambda line, codes: line.right.in_(codes),
    "office": _office,
    "field": _field,
}


def _some_line(test: Callable[[type[ServiceLine]], Condition]) -> Condition:
    line = aliased(ServiceLine)
    return exists().where(line.provider_id == Provider.id, _shown(line), test(line))


def _listed_in(column: Column, codes: Sequence[str]) -> Condition:
    """Whether a JSON list of strings, kept as text, holds one of the codes (which hold no quote)."""
    return or_(*(_text(column).contains(f'"{code}"', autoescape=True) for code in codes))


def _number_in(column: Column, codes: Sequence[str]) -> Condition:
    """The same for a JSON list of numbers."""
    patterns = ("[{}]", "[{},%", "%,{},%", "%,{}]")
    return or_(*(_text(column).like(pattern.format(int(code))) for code in codes for pattern in patterns))


def _in_band(line: type[ServiceLine], codes: Sequence[str]) -> Condition:
    bands = [entry for entry in taxonomy.entries("price_band").values() if entry.code in codes]
    tests = []
    for currency, rate in taxonomy.reference_rates().items():
        # amounts are compared in fen, rounded as taxonomy.to_cny_minor rounds them
        factor = rate.cny_per_unit * 10 ** (taxonomy.minor_digits("CNY") - taxonomy.minor_digits(currency))
        amount = func.round(line.fee_min_minor * factor)
        for band in bands:
            low, high = _limits(band.code)
            inside = [amount >= low] if high is None else [amount >= low, amount < high]
            tests.append(and_(line.currency == currency, *inside))
    return or_(false(), *tests)


def _limits(band: str) -> tuple[int, int | None]:
    """Lowest amount of a band and the lowest of the next, in fen."""
    fen = 10 ** taxonomy.minor_digits("CNY")
    low = 0
    for entry in taxonomy.entries("price_band").values():
        below = entry.extra["below_cny"]
        high = int(below) * fen if below else None
        if entry.code == band:
            return low, high
        low = high or 0
    raise KeyError(band)


def _tier(codes: Sequence[str], today: dt.date) -> Condition:
    """Whether the best current state of the shown lines is one of the codes."""

    def holds(state: str) -> Condition:
        if state in VETTED_STATES:
            return _some_line(
                lambda line: and_(line.state == state, or_(line.until.is_(None), line.until >= today))
            )
        if state == "expired":
            return _some_line(
                lambda line: or_(
                    line.state == "expired", and_(line.state.in_(VETTED_STATES), line.until < today)
                )
            )
        if state == "listed":
            return _some_line(lambda line: or_(line.state.is_(None), line.state == "listed"))
        return _some_line(lambda line: line.state == state)

    wanted = []
    for place, state in enumerate(TIERS):
        if state in codes:
            wanted.append(and_(holds(state), *(~holds(better) for better in TIERS[:place])))
    return or_(false(), *wanted)


def _speaks(codes: Sequence[str]) -> Condition:
    return exists().where(ProviderLanguage.provider_id == Provider.id, ProviderLanguage.code.in_(codes))


_PROVIDER_FILTERS: dict[str, Callable[[Sequence[str], dt.date], Condition]] = {
    "kind": lambda codes, _: Provider.kind.in_(codes),
    "sub_kind": lambda codes, _: _listed_in(Provider.sub_kinds, codes),
    "industry": lambda codes, _: _listed_in(Provider.industries, codes),
    "language": lambda codes, _: _speaks(codes),
    "nice": lambda codes, _: _some_line(lambda line: _number_in(line.nice, codes)),
    "fee_model": lambda codes, _: _some_line(lambda line: line.fee_model.in_(codes)),
    "price_band": lambda codes, _: _some_line(lambda line: _in_band(line, codes)),
    "tier": _tier,
    "city": lambda codes, _: Provider.city.in_(codes),
    "country": lambda codes, _: Provider.country.in_(codes),
}
