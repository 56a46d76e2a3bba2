"""The mapping of the Elasticsearch index, derived from the table of fields, and documents in its shape."""

from __future__ import annotations

from typing import Any

from search.fields import LINE_KEYS, PROVIDER_KEYS, TEXT_FIELDS, Analysis, TextField
from search.types import Document

LINES = "lines"

ANALYZERS: dict[Analysis, str] = {
    "words": "whitespace",
    "stemmed": "stemmed",
    "bigrams": "whitespace",
    "codes": "whitespace",
}


def settings() -> dict[str, Any]:
    """Settings of an index while it is loaded: one shard, so that scores compare; not refreshed meanwhile."""
    return {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        "analysis": {
            # the same stemmer as tantivy's "english" is Snowball's second English one
            "filter": {"english_stems": {"type": "stemmer", "language": "porter2"}},
            "analyzer": {
                "stemmed": {"type": "custom", "tokenizer": "whitespace", "filter": ["english_stems"]}
            },
        },
    }


def _text(field: TextField) -> dict[str, Any]:
    if field.analysis == "whole":
        return {"type": "keyword"}
    mapping: dict[str, Any] = {"type": "text", "analyzer": ANALYZERS[field.analysis]}
    if field.analysis == "codes":
        mapping["index_options"] = "docs"
    return mapping


def mapping(meta: dict[str, Any]) -> dict[str, Any]:
    """Every field, strictly; `meta` carries what is known of the generation."""
    keyword = {"type": "keyword"}
    return {
        "dynamic": "strict",
        "_source": {"enabled": False},
        "_meta": meta,
        "properties": {
            "provider": {"type": "long"},
            "version": {"type": "long"},
            "tie": {"type": "long"},
            "sort_name": keyword,
            "outcomes_until": {"type": "integer"},
            "vetted_until": {"type": "integer"},
            "standing": keyword,
            **dict.fromkeys(PROVIDER_KEYS, keyword),
            LINES: {"type": "nested", "properties": dict.fromkeys(LINE_KEYS, keyword)},
            **{field.name: _text(field) for field in TEXT_FIELDS},
        },
    }


def source(document: Document) -> dict[str, Any]:
    """The document as it is sent."""
    return {
        "provider": document.id,
        "version": document.version,
        "tie": document.tie,
        "sort_name": document.sort_name,
        "outcomes_until": document.outcomes_until,
        "vetted_until": document.vetted_until,
        "standing": document.standing,
        LINES: [{key: list(codes) for key, codes in line.items()} for line in document.lines],
        **{key: list(codes) for key, codes in document.values.items()},
        **document.wholes,
        **document.texts,
    }
