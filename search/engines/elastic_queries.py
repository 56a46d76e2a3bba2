"""From a checked query to the body of a search. Pure: a query in, a dictionary out.

Words are the query and filters the post filter, so that each facet can be counted under all filters but its
own; filters on service lines go into one nested query, and their facets are counted in lines
and brought back to providers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directory import taxonomy
from directory.rules.listing import TIERS
from search.engines.elastic_schema import LINES
from search.fields import (
    EXACT,
    FILTERS,
    LOOSE_FROM,
    NEAR_NAME,
    NEAR_PERSON,
    SHORTEST_FUZZY,
    TEXT_FIELDS,
    TIE_BREAKER,
    TextField,
    loosely,
)
from search.text import bigrams, is_han, pieces
from search.types import EngineQuery, ParsedText, Unit

Body = dict[str, Any]

MOST_OPEN_VALUES = 10_000
"""Values counted of a list that is not closed; counts are exact up to so many."""

_EMPTY: Body = {"match_none": {}}


# Words


def text_query(text: ParsedText, *, nearly: bool = False) -> Body:
    """What the words ask for; nearly: names that are one letter away instead of the words as typed."""
    if text.is_empty:
        return {"match_all": {}}
    unwanted = [_unit(unit) for unit in text.excluded]
    if not text.units:
        return {"bool": {"must": {"match_all": {}}, "must_not": unwanted}}
    unit = _near_unit if nearly else _unit
    words = {"bool": {"should": [unit(each) for each in text.units], "minimum_should_match": text.required}}
    either = {"bool": {"should": [words, *_names(text)], "minimum_should_match": 1}}
    return {"bool": {"must": either, "must_not": unwanted}}


def _names(text: ParsedText) -> list[Body]:
    """Whole and near names, each worth a constant far above what words can add up to."""
    found = []
    for name in text.names:
        found.append(_constant({"term": {EXACT.name: name}}, EXACT.weight))
        for words_field, han_field, worth in (
            ("name", "name_zh", NEAR_NAME),
            ("people", "people_zh", NEAR_PERSON),
        ):
            side_by_side = _side_by_side(words_field, han_field, name)
            if side_by_side is not None:
                found.append(_constant(side_by_side, worth))
    return found


def _constant(query: Body, score: float) -> Body:
    return {"constant_score": {"filter": query, "boost": score}}


def _side_by_side(words_field: str, han_field: str, name: str) -> Body | None:
    found = pieces(name)
    words = [piece for piece in found if not is_han(piece)]
    parts = [_phrase(words_field, words)] if words else []
    parts.extend(_pairs(han_field, piece) for piece in found if is_han(piece) and len(piece) > 1)
    return _all(parts) if parts else None


def _phrase(field: str, tokens: Sequence[str]) -> Body:
    return {"match_phrase": {field: " ".join(tokens)}}


def _pairs(field: str, run: str) -> Body:
    return _phrase(field, bigrams(run))


def _all(queries: list[Body]) -> Body:
    return queries[0] if len(queries) == 1 else {"bool": {"must": queries}}


def _unit(unit: Unit) -> Body:
    found = []
    for field in TEXT_FIELDS:
        query = _in_field(field, unit)
        if query is not None:
            found.append({"bool": {"must": query, "boost": field.weight}})
    return {"dis_max": {"queries": found, "tie_breaker": TIE_BREAKER}} if found else _EMPTY


def _in_field(field: TextField, unit: Unit) -> Body | None:
    name = field.name
    if field.analysis == "codes":
        return (
            {"dis_max": {"queries": [{"term": {name: code}} for code in unit.codes]}} if unit.codes else None
        )
    if field.analysis == "bigrams" and unit.han and not unit.words:
        return _all([_run(name, run, unit.phrase) for run in unit.han])
    if field.analysis in ("words", "stemmed") and unit.words:
        if unit.phrase or unit.codes:
            parts = [_phrase(name, unit.words)]
        else:
            parts = [{"match": {name: {"query": " ".join(unit.words), "operator": "and"}}}]
        parts.extend(_run(f"{name}_zh", run, True) for run in unit.han)
        return _all(parts)
    return None


def _run(field: str, run: str, phrase: bool) -> Body:
    if len(run) == 1:
        return {"prefix": {field: run}}
    tokens = bigrams(run)
    if phrase or len(tokens) < LOOSE_FROM:
        return _phrase(field, tokens)
    terms = [{"term": {field: token}} for token in tokens]
    return {"bool": {"should": terms, "minimum_should_match": loosely(len(tokens))}}


def _near_unit(unit: Unit) -> Body:
    parts = [
        {"dis_max": {"queries": [_near_word(field, word) for field in ("name", "people")]}}
        for word in unit.words
    ]
    parts.extend(
        {"dis_max": {"queries": [_run(field, run, True) for field in ("name_zh", "people_zh")]}}
        for run in unit.han
    )
    return _all(parts)


def _near_word(field: str, word: str) -> Body:
    if len(word) < SHORTEST_FUZZY:
        return {"term": {field: word}}
    return {"fuzzy": {field: {"value": word, "fuzziness": 1, "transpositions": True}}}


# Filters


def tier_query(tier: str, day: int) -> Body:
    """Providers whose best state is `tier` on a day number."""
    outcomes: Body = {"range": {"outcomes_until": {"gte": day}}}
    vetted: Body = {"range": {"vetted_until": {"gte": day}}}
    if tier == "vetted_outcomes":
        return outcomes
    if tier == "vetted":
        return {"bool": {"filter": vetted, "must_not": outcomes}}
    return {"bool": {"filter": {"term": {"standing": tier}}, "must_not": [outcomes, vetted]}}


def _provider_filter(key: str, codes: Sequence[str], day: int) -> Body:
    if key == "tier":
        return {"bool": {"should": [tier_query(code, day) for code in codes], "minimum_should_match": 1}}
    return {"terms": {key: list(codes)}}


def _line_terms(filters: Mapping[str, Sequence[str]], but: str = "") -> list[Body]:
    return [
        {"terms": {f"{LINES}.{key}": list(codes)}}
        for key, codes in filters.items()
        if FILTERS[key].on_line and key != but
    ]


def filter_queries(
    filters: Mapping[str, Sequence[str]], day: int, but: str = "", *, lines: bool = True
) -> list[Body]:
    """The filters, all but one; those on lines together, or left aside if so asked."""
    found = [
        _provider_filter(key, codes, day)
        for key, codes in filters.items()
        if not FILTERS[key].on_line and key != but
    ]
    terms = _line_terms(filters) if lines else []
    if terms:
        found.append({"nested": {"path": LINES, "query": {"bool": {"filter": terms}}}})
    return found


# Counts


def facet(key: str, filters: Mapping[str, Sequence[str]], day: int) -> Body:
    """The aggregation of one facet, under every filter but its own."""
    if FILTERS[key].on_line:
        counted: Body = {
            "nested": {"path": LINES},
            "aggs": {
                "passing": {
                    "filter": {"bool": {"filter": _line_terms(filters, but=key)}},
                    "aggs": {
                        "codes": {
                            "terms": {"field": f"{LINES}.{key}", "size": _size(key)},
                            "aggs": {"providers": {"reverse_nested": {}}},
                        }
                    },
                }
            },
        }
        return {"filter": _under(filter_queries(filters, day, lines=False)), "aggs": {"lines": counted}}
    if key == "tier":
        counted = {"filters": {"filters": {tier: tier_query(tier, day) for tier in TIERS}}}
    else:
        counted = {"terms": {"field": key, "size": _size(key)}}
    return {"filter": _under(filter_queries(filters, day, but=key)), "aggs": {"codes": counted}}


def _under(filters: list[Body]) -> Body:
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def _size(key: str) -> int:
    vocabulary = FILTERS[key].vocabulary
    return len(taxonomy.codes(vocabulary)) if vocabulary else MOST_OPEN_VALUES


def read_facet(key: str, answer: Body) -> list[tuple[str, int]]:
    """(code, providers) of one facet of an answer, zero counts left out."""
    if FILTERS[key].on_line:
        buckets = answer["lines"]["passing"]["codes"]["buckets"]
        pairs = [(bucket["key"], bucket["providers"]["doc_count"]) for bucket in buckets]
    elif key == "tier":
        pairs = [(tier, bucket["doc_count"]) for tier, bucket in answer["codes"]["buckets"].items()]
    else:
        pairs = [(bucket["key"], bucket["doc_count"]) for bucket in answer["codes"]["buckets"]]
    return [(code, count) for code, count in pairs if count]


# The whole


def body(query: EngineQuery, *, nearly: bool = False) -> Body:
    """The body of a search."""
    day = query.today.toordinal()
    if query.sort == "name":
        order: list[Body] = [{"sort_name": "asc"}]
    elif query.text.is_empty:
        order = []
    else:
        order = [{"_score": "desc"}]
    return {
        "query": text_query(query.text, nearly=nearly),
        "post_filter": _under(filter_queries(query.filters, day)),
        "from": query.offset,
        "size": query.limit,
        "sort": [*order, {"tie": "asc"}, {"provider": "asc"}],
        "track_total_hits": True,
        "_source": False,
        "aggs": {
            # how many match the words, whatever the filters leave of them
            "words": {"filter": {"match_all": {}}},
            **{key: facet(key, query.filters, day) for key in query.facets},
        },
    }
