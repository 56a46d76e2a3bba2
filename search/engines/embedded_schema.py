"""The schema of the embedded index, derived from the table of fields."""

from __future__ import annotations

import tantivy

from search.fields import TEXT_FIELDS, Analysis
from search.types import Document

TOKENIZERS: dict[Analysis, str] = {
    "whole": "raw",
    "words": "whitespace",
    "stemmed": "stemmed",
    "bigrams": "whitespace",
    "codes": "whitespace",
}

stemmer: tantivy.TextAnalyzer = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    .filter(tantivy.Filter.stemmer("english"))
    .build()
)


def schema() -> tantivy.Schema:
    """The id, as text too (deleting by a number deletes nothing), its row in the columns, the text fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for number in ("row", "provider", "version"):
        builder.add_unsigned_field(number, fast=True)
    for field in TEXT_FIELDS:
        positions = field.analysis in ("words", "stemmed", "bigrams")
        builder.add_text_field(
            field.name,
            tokenizer_name=TOKENIZERS[field.analysis],
            index_option="position" if positions else "basic",
        )
    return builder.build()


def register(index: tantivy.Index) -> tantivy.Index:
    """`index` with the tokenizers that are not tantivy's own; needed each time one is opened."""
    index.register_tokenizer("stemmed", stemmer)
    return index


def to_tantivy(document: Document, row: int, built: tantivy.Schema) -> tantivy.Document:
    """The document as tantivy takes it, built with the schema: a wrong type kills the writer."""
    return tantivy.Document.from_dict(
        {
            "id": str(document.id),
            "provider": document.id,
            "version": document.version,
            "row": row,
            **document.wholes,
            **document.texts,
        },
        built,
    )
