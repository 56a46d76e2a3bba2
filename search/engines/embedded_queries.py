"""From parsed text to tantivy queries, built from tokens: no text reaches tantivy's own query language."""

from __future__ import annotations

import re
from collections.abc import Iterable

import tantivy
from tantivy import Occur, Query

from search.engines.embedded_schema import stemmer
from search.fields import (
    EXACT,
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
from search.types import ParsedText, Unit


def text_query(schema: tantivy.Schema, text: ParsedText, *, nearly: bool = False) -> Query:
    """What the words ask for.

    Parameters
    ----------
    schema : tantivy.Schema
        Of the index that is searched.
    text : ParsedText
        Not empty.
    nearly : bool
        Take names that are one letter away instead of the words as typed.
    """
    unit = _near_unit if nearly else _unit
    wanted = [(Occur.Should, unit(schema, each)) for each in text.units]
    unwanted = [(Occur.MustNot, _unit(schema, each)) for each in text.excluded]
    if not wanted:
        return Query.boolean_query([(Occur.Must, Query.all_query()), *unwanted])
    words = Query.boolean_query(wanted, minimum_number_should_match=text.required)
    parts = [(Occur.Should, words), *((Occur.Should, each) for each in _names(schema, text))]
    return Query.boolean_query([(Occur.Must, Query.boolean_query(parts)), *unwanted])


def _names(schema: tantivy.Schema, text: ParsedText) -> list[Query]:
    """Whole and near names, each worth a constant far above what words can add up to."""
    found = []
    for name in text.names:
        found.append(Query.const_score_query(Query.term_query(schema, EXACT.name, name), EXACT.weight))
        side_by_side = _side_by_side(schema, "name", "name_zh", name)
        if side_by_side is not None:
            found.append(Query.const_score_query(side_by_side, NEAR_NAME))
        side_by_side = _side_by_side(schema, "people", "people_zh", name)
        if side_by_side is not None:
            found.append(Query.const_score_query(side_by_side, NEAR_PERSON))
    return found


def _side_by_side(schema: tantivy.Schema, words_field: str, han_field: str, name: str) -> Query | None:
    """The words of a name and its runs of Chinese, each in order; None for a single character."""
    found = pieces(name)
    words = [piece for piece in found if not is_han(piece)]
    runs = [piece for piece in found if is_han(piece) and len(piece) > 1]
    parts = [_phrase(schema, words_field, words)] if words else []
    parts.extend(_phrase(schema, han_field, bigrams(run)) for run in runs)
    return _all(parts) if parts else None


def _phrase(schema: tantivy.Schema, field: str, tokens: list[str]) -> Query:
    if len(tokens) == 1:
        return Query.term_query(schema, field, tokens[0])
    return Query.phrase_query(schema, field, list(tokens))


def _all(queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, each) for each in queries])


def _unit(schema: tantivy.Schema, unit: Unit) -> Query:
    """The unit in any field, or any of its codes; the best field counts, the others a little."""
    found: list[Query] = []
    for field in TEXT_FIELDS:
        query = _in_field(schema, field, unit)
        if query is not None:
            found.append(Query.boost_query(query, field.weight))
    return Query.disjunction_max_query(found, TIE_BREAKER) if found else Query.empty_query()


def _in_field(schema: tantivy.Schema, field: TextField, unit: Unit) -> Query | None:
    if field.analysis == "codes":
        return _any(Query.term_query(schema, field.name, code) for code in unit.codes) if unit.codes else None
    if field.analysis == "bigrams" and unit.han and not unit.words:
        return _all([_run(schema, field.name, run, unit.phrase) for run in unit.han])
    if field.analysis in ("words", "stemmed") and unit.words:
        tokens = stemmer.analyze(" ".join(unit.words)) if field.analysis == "stemmed" else list(unit.words)
        side_by_side = unit.phrase or unit.codes
        parts = (
            [_phrase(schema, field.name, tokens)]
            if side_by_side
            else [Query.term_query(schema, field.name, token) for token in tokens]
        )
        if unit.han:
            parts.extend(_run(schema, f"{field.name}_zh", run, True) for run in unit.han)
        return _all(parts)
    return None


def _run(schema: tantivy.Schema, field: str, run: str, phrase: bool) -> Query:
    """A run of Chinese: one character begins a token; a word is its pairs in a row; a longer run, most."""
    if len(run) == 1:
        return Query.regex_query(schema, field, f"{re.escape(run)}.?")
    tokens = bigrams(run)
    if phrase or len(tokens) < LOOSE_FROM:
        return _phrase(schema, field, tokens)
    return Query.boolean_query(
        [(Occur.Should, Query.term_query(schema, field, token)) for token in tokens],
        minimum_number_should_match=loosely(len(tokens)),
    )


def _any(queries: Iterable[Query]) -> Query:
    found = list(queries)
    return found[0] if len(found) == 1 else Query.disjunction_max_query(found)


def _near_unit(schema: tantivy.Schema, unit: Unit) -> Query:
    """The unit's words in names, one letter of each left out, put in, changed or swapped with the next."""
    parts = [
        _any(
            Query.fuzzy_term_query(schema, field, word, distance=1)
            if len(word) >= SHORTEST_FUZZY
            else Query.term_query(schema, field, word)
            for field in ("name", "people")
        )
        for word in unit.words
    ]
    parts.extend(
        _any(_run(schema, field, run, True) for field in ("name_zh", "people_zh")) for run in unit.han
    )
    return _all(parts)
