"""The one table of fields: both engines derive their schema from it, documents fill it, queries weigh it.

Counting rules (formats.md): filters on service, right, office and field hold on *one* service
line; every other filter holds for the provider as a whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

Analysis = Literal["whole", "words", "stemmed", "bigrams", "codes"]
"""whole: one folded value is one term. words: words as they are. stemmed: English word stems.
bigrams: pairs of Chinese characters, made by `text.bigrams`. codes: tokens such as ``service:LITI``."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A field that words are looked up in; `weight` multiplies its BM25 score."""

    name: str
    analysis: Analysis
    weight: float


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field that is filtered on and counted.

    `on_line`: holds on one service line together with the other such filters. `vocabulary`: the
    taxonomy list that its codes come from; None when any value may occur.
    """

    key: str
    vocabulary: str | None
    on_line: bool = False


# Weights order the fields (a firm's name, then its people, then what it offers, then what it writes) and were
# set by the judged queries of tests/relevance; a change must keep those floors.
EXACT = TextField("exact", "whole", 1000.0)
TEXT_FIELDS: tuple[TextField, ...] = (
    EXACT,
    TextField("name", "words", 6.0),
    TextField("name_zh", "bigrams", 6.0),
    TextField("people", "words", 4.0),
    TextField("people_zh", "bigrams", 4.0),
    TextField("codes", "codes", 2.0),
    TextField("text", "stemmed", 1.0),
    TextField("text_zh", "bigrams", 1.0),
)

NEAR_NAME = 100.0
"""Added when the words stand side by side in a name: above any sum of BM25 scores, below an exact name."""
NEAR_PERSON = 50.0
"""The same for a person's name."""

TIE_BREAKER = 0.2
"""Share of the score of fields beside the best: a word that stands everywhere must not count thrice."""

SHORTEST_FUZZY = 4
"""Letters a word needs before one of them may be wrong: shorter words have too many neighbours."""

LOOSE_FROM = 4
"""Pairs of characters from which an unknown run of Chinese is no longer taken for one word."""


def loosely(pairs: int) -> int:
    """How many pairs of a long unknown run of Chinese must occur: two in three."""
    return pairs - pairs // 3


FILTER_FIELDS: tuple[FilterField, ...] = (
    FilterField("kind", "kind"),
    FilterField("sub_kind", "sub_kind"),
    FilterField("service", "service", on_line=True),
    FilterField("right", "right", on_line=True),
    FilterField("office", "office", on_line=True),
    FilterField("field", "field", on_line=True),
    FilterField("nice", "nice"),
    FilterField("language", "language"),
    FilterField("industry", "industry"),
    FilterField("fee_model", "fee_model"),
    FilterField("price_band", "price_band"),
    FilterField("tier", "vetting_state"),
    FilterField("city", None),
    FilterField("country", None),
)

FILTERS: dict[str, FilterField] = {field.key: field for field in FILTER_FIELDS}
FILTER_KEYS: tuple[str, ...] = tuple(FILTERS)
LINE_KEYS: tuple[str, ...] = tuple(field.key for field in FILTER_FIELDS if field.on_line)
PROVIDER_KEYS: tuple[str, ...] = tuple(
    field.key for field in FILTER_FIELDS if not field.on_line and field.key != "tier"
)
"""Keys whose values a document states; a tier depends on the day and is worked out when asked."""

DOCUMENT_FORMAT = 1
"""Goes up whenever documents are built otherwise, so that indexes are built anew."""


def fingerprint() -> str:
    """A hash of this table: an index made by another table must be built anew."""
    return hashlib.blake2b(
        repr((DOCUMENT_FORMAT, TEXT_FIELDS, FILTER_FIELDS)).encode(), digest_size=8
    ).hexdigest()
