"""Eligibility over the whole market, in SQL: who may be matched to a need, how many may not, and why.

Says of every provider what `rules.eligibility.judge` says of him; a property test holds the two together.
`first_eligible` is the fast way to good candidates for one element; the others go through all providers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from directory.models import LineOffice, ServiceLine
from directory.rules.eligibility import ANY, PURPOSED_SERVICES
from directory.store.market_gates import (
    LINE,
    PROVIDER,
    RANKS,
    RIGHT_REASONS,
    Condition,
    Gates,
    among,
    there_is,
)
from directory.taxonomy import Rate, codes
from directory.types import Brief, Element

_LINE = cast_type("Table", ServiceLine.__table__).alias("source_line")
_LINE_OFFICE = cast_type("Table", LineOffice.__table__).alias("source_office")
_PURPOSED = cast_type("Table", ServiceLine.__table__).alias("purposed_line")

_OFFICE_MISSING, _RIGHT_MISSING, _SERVICE_MISSING = 10, 20, 30
"""How far a line came, as a number that follows on the ranks of why it is out."""

_NO_LIMIT = 1_000_000_000
_REACH = 4
"""So many times the providers wanted are put in order first: quicker than all, and mostly enough."""
SEEDS = 4_294_967_291
"""A prime. Multiplied by a seed below it and reduced by it, ids fall into an order that differs by seed."""


def counts(
    session: Session, brief: Brief, today: dt.date, *, rates: Mapping[str, Rate] | None = None
) -> dict[str, int]:
    """How many providers of the whole market are not eligible, by reason, commonest first."""
    reasons = _reasons(Gates(brief, today, rates=rates)).subquery()
    query = (
        select(reasons.c.reason, func.count())
        .where(reasons.c.reason.is_not(None))
        .group_by(reasons.c.reason)
        .order_by(func.count().desc(), reasons.c.reason)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def refusals(
    session: Session, brief: Brief, today: dt.date, *, rates: Mapping[str, Rate] | None = None
) -> list[tuple[str, str]]:
    """(ref, reason) of every provider that is not eligible, in order of ref; for administrators only."""
    reasons = _reasons(Gates(brief, today, rates=rates)).subquery()
    query = select(reasons.c.ref, reasons.c.reason).where(reasons.c.reason.is_not(None))
    return [(row.ref, row.reason) for row in session.execute(query.order_by(reasons.c.ref))]


def eligible(
    session: Session,
    brief: Brief,
    today: dt.date,
    *,
    within: Sequence[int] | None = None,
    rates: Mapping[str, Rate] | None = None,
) -> list[int]:
    """Ids of the eligible providers in order of id.

    Parameters
    ----------
    within : sequence of int, optional
        Ask of these ids only, at most some hundred; None is the whole market.
    """
    query = select(PROVIDER.c.id).where(Gates(brief, today, rates=rates).eligible(PROVIDER.c.id))
    if within is not None:
        query = query.where(PROVIDER.c.id.in_(within))
    return list(session.scalars(query.order_by(PROVIDER.c.id)))


def first_eligible(
    session: Session,
    brief: Brief,
    today: dt.date,
    wanted: Sequence[Element],
    *,
    limit: int,
    seed: int,
    lacking: str | None = None,
    rates: Mapping[str, Rate] | None = None,
) -> dict[Element, list[int]]:
    """Ids of eligible providers for each of some elements of the need, the nearest to it first.

    The lines of an element are put in order from one index alone; the dearer gates are then asked of
    one provider after another, only until `limit` have passed.

    Parameters
    ----------
    wanted : sequence of Element
        Of `elements(brief)`, or wider.
    limit : int
        At most so many ids for each element.
    seed : int
        Between 1 and `SEEDS`; decides ties, so that not the same providers come first for every need.
    lacking : str, optional
        A reason of `LIFTABLE`: then those who would be eligible but for the step of this reason.

    Returns
    -------
    dict of Element to list of int
        Providers whose purposes agree first; then by fields shared (an unknown field before a wrong one),
        then `vetted_outcomes`, then the spread of ties.
    """
    gates = Gates(brief, today, rates=rates, lacking=lacking)
    queries: dict[tuple[bool, ...], Select[int]] = {}
    found = {}
    for element in wanted:
        shape = (element[0] in PURPOSED_SERVICES, *(part == ANY for part in element))
        if shape not in queries:
            queries[shape] = _nearest_first(gates, element)
        values = dict(zip(("service", "right", "office"), element, strict=True))
        for reach in (_REACH * limit, _NO_LIMIT):
            ids = session.scalars(queries[shape], values | {"seed": seed, "most": limit, "reach": reach})
            found[element] = list(dict.fromkeys(ids))
            if len(found[element]) >= limit:
                break
    return found


def _nearest_first(gates: Gates, element: Element) -> Select[int]:
    """The query for an element of this shape; which element it is, are parameters."""
    lacking = gates.lacking
    any_office = element[2] == ANY or lacking == "office_not_covered"
    table, key = (_LINE, _LINE.c.id) if any_office else (_LINE_OFFICE, _LINE_OFFICE.c.line_id)
    source = table.c
    conditions = [gates.usable(source)]
    for part, name, column, stated, is_lacking in (
        (element[0], "service", source.service, gates.brief.services, lacking == "service_not_offered"),
        (element[1], "right", source.right, gates.brief.rights, lacking in RIGHT_REASONS),
    ):
        if part != ANY and not is_lacking:
            conditions.append(column == bindparam(name, type_=String))
        elif stated and not is_lacking:
            conditions.append(among(column, stated))
        elif not any_office:
            conditions.append(
                column.in_(codes(name))
            )  # any, yet named, so that the index serves for the office
    if not any_office:
        conditions.append(source.office == bindparam("office", type_=String))

    ranks: list[ColumnElement[Any]] = []
    if element[0] in PURPOSED_SERVICES:
        agrees = _purposes_agree(type_coerce(_PURPOSED.c.purposes, Text), gates.brief.purposes)
        ranks.append(case((there_is([_PURPOSED], _PURPOSED.c.id == key, agrees), 1), else_=0))
    if gates.brief.fields:
        ranks.append(_field_rank(source.field_mask, gates.brief.fields))
    ranks.append(case((source.state == "vetted_outcomes", 1), else_=0))
    seed = bindparam("seed", type_=BigInteger)
    spread = (type_coerce(source.provider_id, BigInteger) * seed) % SEEDS
    query = select(source.provider_id).where(*conditions)
    if ANY in element or lacking is not None:
        query = query.group_by(source.provider_id)
        ranks = [func.max(rank) for rank in ranks]
    # the limit is a fence: without it the gates would be asked of every row before it is put in order
    reach = bindparam("reach", type_=BigInteger)
    ordered = query.order_by(*(rank.desc() for rank in ranks), spread).limit(reach).subquery("nearest")
    provider = ordered.c.provider_id
    # as a CASE, PostgreSQL cannot turn the gates into a join, which would lose the order and ask them of all
    passes = case((gates.eligible(provider), 1), else_=0) == 1
    return select(provider).where(passes).limit(bindparam("most", type_=BigInteger))


def _field_rank(mask: ColumnElement[int], fields: Iterable[int]) -> ColumnElement[int]:
    """All fields shared, some, not known, none: the greater the better."""
    wanted = sum(1 << (number - 1) for number in set(fields))
    shared = mask.bitwise_and(literal(wanted, BigInteger))
    return case((shared == wanted, 3), (shared != 0, 2), (mask == 0, 1), else_=0)


def _purposes_agree(purposes: ColumnElement[str], wanted: Iterable[str]) -> Condition:
    shared = [purposes.contains(f'"{purpose}"') for purpose in wanted]
    return or_(*shared) if shared else purposes == "[]"


def _reasons(gates: Gates) -> Select[int, str, str]:
    """(id, ref, reason) of every provider; reason is NULL when eligible."""
    line = LINE.c
    rank = gates.out_rank(line)
    came = case(
        (not_(gates.wanted_service(line)), _SERVICE_MISSING),
        (not_(gates.wanted_right(line)), _RIGHT_MISSING),
        (not_(gates.at_wanted_office(line)), _OFFICE_MISSING),
        else_=rank,
    )
    lines = select(line.provider_id, func.min(rank).label("out"), func.min(came).label("came"))
    of = lines.group_by(line.provider_id).subquery()
    barred = and_(of.c.came == _RIGHT_MISSING, gates.is_barred())
    provider = PROVIDER.c.id
    why_unauthorised = case(
        (not_(gates.has_credential(provider)), "not_authorised"),
        (not_(gates.has_credential(provider, instructable=True)), "not_instructable"),
        else_="credential_not_active",
    )
    reason = case(
        (PROVIDER.c.state != "published", "not_published"),
        *((of.c.out == number, name) for name, number in RANKS.items()),
        (func.coalesce(of.c.came, _SERVICE_MISSING) == _SERVICE_MISSING, "service_not_offered"),
        (barred, "not_entitled_right"),
        (of.c.came == _RIGHT_MISSING, "right_not_offered"),
        (of.c.came == _OFFICE_MISSING, "office_not_covered"),
        *((of.c.came == number, name) for name, number in RANKS.items()),
        (not_(gates.has_line(provider)), why_unauthorised),
        (not_(gates.kind(PROVIDER.c.kind)), "kind_not_wanted"),
        (not_(gates.language(provider)), "language_not_shared"),
        (not_(gates.budget(provider)), "budget_firm"),
        (PROVIDER.c.accepts_new.is_(False), "not_accepting"),
        else_=null(),
    )
    query = select(PROVIDER.c.id, PROVIDER.c.ref, cast(reason, String(40)).label("reason"))
    joined = query.outerjoin(of, of.c.provider_id == PROVIDER.c.id)
    return joined.limit(_NO_LIMIT)  # a fence again: else each use of the reason would work it out anew
