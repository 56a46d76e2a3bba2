"""Small documents for tests of engines, and the plain answer that their filters and counts must equal."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from directory.types import ProviderRecord, StoredProvider
from search.documents import document
from search.engines.base import Generation, SearchEngine
from search.engines.elastic import ElasticEngine
from search.engines.embedded import EmbeddedEngine
from search.fields import FILTER_KEYS, FILTERS, LINE_KEYS
from search.parsing import check_filters, parse_text
from search.types import Document, EngineAnswer, EngineQuery

TODAY = dt.date(2026, 12, 1)
NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)


def line(
    service: str = "PROS", right: str = "patent", offices: Iterable[str] = ("CN",), **more: object
) -> dict:
    return {"service": service, "right": right, "offices": list(offices), **more}


def stored(number: int, name: str | dict[str, str], version: int = 1, **more: object) -> StoredProvider:
    """A published firm in Shanghai unless `more` says otherwise."""
    values: dict[str, object] = {
        "ref": f"T{number}",
        "form": "organisation",
        "kind": "lawyer",
        "name": {"en": name} if isinstance(name, str) else name,
        "country": "CN",
        "city": "Shanghai",
    }
    return StoredProvider(number, version, msgspec.convert(values | more, ProviderRecord), NOW)


def documents(providers: Iterable[StoredProvider]) -> list[Document]:
    return [built for built in map(document, providers) if built is not None]


ENGINES = ["embedded", "elasticsearch 8", "elasticsearch 9"]
"""Parameters of a fixture that gives each engine in turn."""


@contextmanager
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[SearchEngine]:
    """The engine of the fixture's parameter, without a generation; its generations go at the end."""
    if request.param == "embedded":
        engine: SearchEngine = EmbeddedEngine(folder)
    else:
        name = {"elasticsearch 8": "elasticsearch_url", "elasticsearch 9": "elasticsearch_9_url"}[
            request.param
        ]
        engine = ElasticEngine(request.getfixturevalue(name), alias=f"test-{secrets.token_hex(6)}")
    yield engine
    for each in engine.generations():
        engine.drop(each.name)
    engine.close()


class Index:
    """An engine with one generation in place, for asking in one line."""

    def __init__(self, engine: SearchEngine, generation: Generation) -> None:
        self.engine = engine
        self.generation = generation

    def ask(
        self, text: str = "", filters: Mapping[str, Iterable[str]] | None = None, **more: object
    ) -> EngineAnswer:
        query = EngineQuery(text=parse_text(text), filters=check_filters(filters or {}), today=TODAY)
        return self.engine.search(msgspec.structs.replace(query, **more))

    def ids(
        self, text: str = "", filters: Mapping[str, Iterable[str]] | None = None, **more: object
    ) -> list[int]:
        return list(self.ask(text, filters, **more).ids)

    def put(self, *providers: StoredProvider) -> None:
        self.generation.apply(documents(providers), [], cursor=0)

    def clear(self) -> None:
        """Documents go, the index stays: making one anew takes Elasticsearch a second."""
        self.generation.apply([], [(identity, None) for identity, _ in self.generation.versions()], cursor=0)


def tier_of(built: Document, today: dt.date = TODAY) -> str | None:
    if built.outcomes_until >= today.toordinal():
        return "vetted_outcomes"
    if built.vetted_until >= today.toordinal():
        return "vetted"
    return built.standing


def _codes(built: Document, key: str) -> set[str]:
    if key == "tier":
        tier = tier_of(built)
        return {tier} if tier else set()
    return set(built.values[key])


def _lines(
    built: Document, filters: Mapping[str, tuple[str, ...]], but: str = ""
) -> list[dict[str, tuple[str, ...]]]:
    wanted = {key: set(codes) for key, codes in filters.items() if key in LINE_KEYS and key != but}
    return [each for each in built.lines if all(codes & set(each[key]) for key, codes in wanted.items())]


def passes(built: Document, filters: Mapping[str, tuple[str, ...]], but: str = "") -> bool:
    """Whether a document passes all filters but one: line filters on one line, the others as a whole."""
    whole = all(
        set(codes) & _codes(built, key)
        for key, codes in filters.items()
        if not FILTERS[key].on_line and key != but
    )
    on_line = [key for key in filters if key in LINE_KEYS and key != but]
    return whole and (not on_line or bool(_lines(built, filters, but)))


def counts(
    all_documents: Iterable[Document], filters: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, int]]:
    """Every facet by going through every document."""
    found: dict[str, Counter[str]] = {key: Counter() for key in FILTER_KEYS}
    for built in all_documents:
        for key in FILTER_KEYS:
            if not passes(built, filters, but=key):
                continue
            if key in LINE_KEYS:
                found[key].update({code for each in _lines(built, filters, but=key) for code in each[key]})
            else:
                found[key].update(_codes(built, key))
    return {key: dict(counter) for key, counter in found.items()}


def drawn_filters(market: list[Document], seed: int) -> dict[str, tuple[str, ...]]:
    """One to four filters with one to three values each, line filters often, from codes that occur."""
    rng = random.Random(seed)
    occurring = counts(market, {})
    keys = rng.sample(LINE_KEYS, rng.randint(1, 3)) + rng.sample(FILTER_KEYS, rng.randint(0, 2))
    chosen = {
        key: tuple(rng.sample(codes, min(len(codes), rng.randint(1, 3))))
        for key in dict.fromkeys(keys)
        if (codes := sorted(occurring[key]))
    }
    return chosen


LAST_DAY = TODAY.isoformat()
DAY_BEFORE = (TODAY - dt.timedelta(days=1)).isoformat()

TIERED = [
    stored(9001, "No line at all"),
    stored(9002, "Vetted to the day", service_lines=[line(vetting={"state": "vetted", "until": LAST_DAY})]),
    stored(9003, "Lapsed yesterday", service_lines=[line(vetting={"state": "vetted", "until": DAY_BEFORE})]),
    stored(
        9004,
        "Lapsed with outcomes, still vetted",
        service_lines=[
            line(vetting={"state": "vetted_outcomes", "until": DAY_BEFORE}),
            line("OPPO", vetting={"state": "vetted"}),
        ],
    ),
    stored(9005, "Outcomes", service_lines=[line(vetting={"state": "vetted_outcomes"}), line("OPPO")]),
    stored(
        9006,
        "Claimed beside expired",
        service_lines=[line(vetting={"state": "expired"}), line(vetting={"state": "claimed"})],
    ),
    stored(9007, "Under review", service_lines=[line(vetting={"state": "under_review"})]),
    stored(9008, "Never vetted", service_lines=[line()]),
    stored(
        9009,
        "One line restricted",
        service_lines=[
            line("LITI", "trademark", ["JP"], vetting={"state": "restricted"}),
            line("VAL", "domain", ["SG"]),
        ],
    ),
    stored(
        9010,
        "Suits in China, filing in Europe",
        service_lines=[line("LITI", "trademark", ["CN"]), line("PROS", "patent", ["EP"], fields=[8])],
    ),
]
