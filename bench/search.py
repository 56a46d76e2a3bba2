"""How long a search takes: the engine alone, and the whole request with all counts and rows read again.

./run bench search --providers N
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator

from bench.index import engines
from bench.seeded import CLOCK, DAY, folder_for, peak_memory_mb, seeded, spread, table
from directory.db import sessions
from search import indexing
from search.engines.base import SearchEngine
from search.fields import FILTER_KEYS
from search.finding import find
from search.parsing import check
from search.types import EngineQuery, SearchQuery

QUERIES = 200
# fmt: off
WORDS = (
    "patent attorney", "trade mark opposition", "freedom to operate lithium battery",
    "power semiconductor invalidation", "patent litigation Munich", "customs recordal",
    "annuity payments portal",
    "plant variety", "design registration EU", "licensing university spin-out", "valuation for a pledge loan",
    "Japanese translation chemistry", "software copyright", "antibody patent drafting",
    "takedown of counterfeit goods", '"prior art search"', "opposition -trademark",
    "Patent attorney firm for a university life sciences portfolio, drafting and prosecution, UK and EPO",
    "上海专利代理", "商标异议", "锂电池 防侵权检索", "专利质押融资评估", "外观设计申请 欧盟",
    "知识产权证券化",
    "海关备案", "年费管理", "我们需要在德国提出专利异议的代理人", "芯片布图设计登记",
    "商標註冊 香港", "集成电路",
    "慕尼黑 专利律师", "",
)
FILTERS: tuple[dict[str, tuple[str, ...]], ...] = (
    {}, {}, {"service": ("PROS",)}, {"service": ("PROS",), "right": ("patent",), "office": ("CN",)},
    {"office": ("CN", "EP"), "language": ("zh-Hans",)},
    {"kind": ("lawyer",), "tier": ("vetted", "vetted_outcomes")}, {"field": ("8", "1"), "office": ("CN",)},
    {"service": ("LITI", "OPPO"), "right": ("trademark",), "country": ("CN",)}, {"city": ("Shanghai",)},
    {"industry": ("semiconductors", "software"), "price_band": ("B1", "B2")},
)
# fmt: on


def queries(count: int = QUERIES) -> Iterator[SearchQuery]:
    """Mixed queries, the same every time: words of both languages, filters, pages, both orders."""
    draw = random.Random(1)
    for _ in range(count):
        yield SearchQuery(
            text=draw.choice(WORDS),
            filters=draw.choice(FILTERS),
            page=draw.choice((1, 1, 1, 2, 5)),
            sort=draw.choice(("relevance", "relevance", "relevance", "name")),
        )


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./run bench search", description=__doc__.splitlines()[0])
    parser.add_argument("--providers", type=int, default=20_000)
    size = parser.parse_args(arguments).providers
    folder = folder_for(size)
    reading = sessions(seeded(size, folder))
    rows = []
    for name, engine in engines(folder).items():
        if indexing.is_outdated(engine):
            indexing.rebuild(engine, reading, clock=CLOCK)
        indexing.catch_up(engine, reading)
        whole = [_whole_ms(engine, reading, query) for query in queries()]
        again = [_whole_ms(engine, reading, query) for query in queries()]
        # asked of a fresh handle, so that nothing is remembered from the requests above
        raw = [_raw_ms(fresh, query) for fresh in [engines(folder)[name]] for query in queries()]
        for what, took in (
            ("engine alone", raw),
            ("whole request", whole),
            ("whole request, asked again", again),
        ):
            rows.append((name, what, *spread(took), f"{peak_memory_mb():.0f}"))
    print(f"{QUERIES} queries over {size:,} providers, all {len(FILTER_KEYS)} facets counted, 20 a page")
    table(("engine", "what", "p50 ms", "p95 ms", "longest ms", "peak memory MB"), rows)


def _whole_ms(engine: SearchEngine, reading: indexing.Reading, query: SearchQuery) -> float:
    began = time.perf_counter()
    with reading() as session:
        find(query, engine=engine, session=session, today=DAY)
    return (time.perf_counter() - began) * 1000


def _raw_ms(engine: SearchEngine, query: SearchQuery) -> float:
    text, checked = check(query)
    asked = EngineQuery(
        text=text,
        filters=checked.filters,
        today=DAY,
        offset=(checked.page - 1) * checked.limit,
        limit=checked.limit,
        sort=checked.sort,
        facets=FILTER_KEYS,
    )
    began = time.perf_counter()
    engine.search(asked)
    return (time.perf_counter() - began) * 1000
