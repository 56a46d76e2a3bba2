"""How long a shortlist takes, stage by stage, from the need's text to the stored result.

./run bench match --providers N
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from bench.index import engines
from bench.seeded import CLOCK, DAY, folder_for, peak_memory_mb, seeded, spread, table
from directory.actions.needs import SubmitNeed
from directory.db import Session, sessions, writing_sessions
from directory.store import market, needs, owners, shortlists
from directory.store.unit_of_work import UnitOfWork
from directory.types import Brief
from matching.brief import merge, read
from matching.candidates import places, seed
from matching.ranker import policy
from matching.shortlisting import Shortlist, make_shortlist, not_eligible
from search import indexing

NEEDS = 100
STAGES = ("brief", "candidates", "records", "features", "scoring", "reasons", "team", "storing")
# fmt: off
TEXTS: tuple[tuple[str, str], ...] = (
    ("zh-Hans", "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通"),
    ("en", "We need a patent attorney for a first filing in China on lithium batteries, in English."),
    ("en", "Prosecute a European patent application on image sensors before the EPO, budget EUR 15,000."),
    ("zh-Hans", "竞争对手对我们的一件IGBT专利提了无效,请找有半导体背景的代理师。"),
    ("en", "Opposition against a trade mark in the EU for cosmetics."),
    ("zh-Hans", "我们的茶饮品牌想申请商标,主要是茶饮料和门店服务。"),
    ("en", "SME, 7 invention patents, wants a RMB 8m pledge loan in Shanghai within 60 days"),
    (
        "en",
        "We hold about 400 patents and designs in Germany, the US, China, Japan, Britain and France, and "
        "want somebody to take over the annuities.",
    ),
    ("zh-Hans", "公司做激光雷达镜头,中国已经申请,优先权还有四个月,想进欧洲,希望对方能讲中文。"),
    ("en", "Sue a maker of copied handbags in China and stop the shipments at customs."),
    ("zh-Hans", "手里有三十多件无线通信和芯片专利用不上,想找人卖掉或许可出去。"),
    ("en", "University spin-out: find a licensee for an antibody patent in the US and Europe."),
    ("en", "Freedom to operate search for a drone battery in Germany and the US before launch."),
    ("zh-Hans", "需要在日本和韩国申请外观设计,产品是电动牙刷。"),
    ("en", "Patent filing in Kenya."),
)
# fmt: on


class Watch:
    """Collects how long each stage of each need took, in ms."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.took[stage].append((time.perf_counter() - began) * 1000)


def asked(count: int = NEEDS) -> Iterator[tuple[str, str, str]]:
    """(ref, language, text) of mixed needs, the same every time."""
    draw = random.Random(1)
    for number in range(count):
        language, text = draw.choice(TEXTS)
        yield f"B{number}", language, text


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./run bench match", description=__doc__.splitlines()[0])
    parser.add_argument("--providers", type=int, default=20_000)
    size = parser.parse_args(arguments).providers
    folder = folder_for(size)
    database = seeded(size, folder)
    reading = sessions(database)
    engine = engines(folder)["embedded"]
    if indexing.is_outdated(engine):
        indexing.rebuild(engine, reading, clock=CLOCK)
    indexing.catch_up(engine, reading)
    ranker = policy()
    writing = UnitOfWork(writing_sessions(database), now=CLOCK.now, audit_key="bench")
    need_id = _need(writing)
    watch, refused, chosen = Watch(), Watch(), Watch()
    gc.freeze()  # as the served application does when it has started
    found = 0
    for ref, language, text in asked():
        with watch("all but the page"):
            with watch("brief"):
                brief = merge(read(text, today=DAY, language=language), {})
            with reading() as session:
                made = make_shortlist(
                    session, brief, need=ref, text=text, today=DAY, ranker=ranker, engine=engine,
                    refusals=False, timer=watch,
                )  # fmt: skip
            with watch("storing"):
                _store(writing, need_id, made)
        found += len(made.result["matches"])
        with reading() as session:
            _eligibility_alone(session, brief, ref, chosen)
    for ref, language, text in asked(20):
        brief = merge(read(text, today=DAY, language=language), {})
        with reading() as session, refused("not eligible: counts and near misses"):
            not_eligible(session, brief, need=ref, text=text, today=DAY, ranker=ranker)
    rows = [(stage, *spread(watch.took[stage])) for stage in (*STAGES, "all but the page")]
    rows += [(stage, *spread(took)) for each in (chosen, refused) for stage, took in each.took.items()]
    print(f"{size} providers, {NEEDS} needs, {found} matches, peak memory {peak_memory_mb():.0f} MB\n")
    table(("stage", "p50 ms", "p95 ms", "longest ms"), rows)


def _eligibility_alone(session: Session, brief: Brief, ref: str, watch: Watch) -> None:
    """The SQL of the candidates by itself: eligible providers for each element."""
    parts = places(brief)
    with watch("(eligibility in SQL, part of candidates)"):
        market.first_eligible(session, brief, DAY, parts, limit=max(20, 400 // len(parts)), seed=seed(ref))


def _need(writing: UnitOfWork) -> int:
    command = SubmitNeed(text="bench", language="en")
    with writing as uow:
        values = msgspec.structs.asdict(command)
        del values["owner_id"]
        values |= {
            "ref": f"bench-{time.time_ns()}",
            "owner_id": owners.without_members(uow.session, "Bench", now=CLOCK.now()),
            "created_at": CLOCK.now(),
            "updated_at": CLOCK.now(),
        }
        need_id = needs.add(uow.session, values)
        uow.commit()
        return need_id


def _store(writing: UnitOfWork, need_id: int, made: Shortlist) -> None:
    with writing as uow:
        shortlists.save(
            uow.session, need_id=need_id, need_version=1, made_at=CLOCK.now(), model_name=made.model.name,
            model_version=made.model.version, methodology=made.model.methodology, inputs=made.inputs,
            result=made.result,
        )  # fmt: skip
        uow.commit()
