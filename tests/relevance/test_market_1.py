"""Market-1 end to end: the shortlists of its needs against the judgements of its judge, with a floor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from directory.clock import FixedClock
from directory.db import Base, Session, connect, sessions, writing_sessions
from directory.demo import market_1
from directory.store import providers
from directory.store.provider_writes import put
from directory.store.unit_of_work import UnitOfWork
from directory.types import Brief, ProviderRecord
from matching.evaluation import measures, summary
from matching.ranker import policy
from matching.shortlisting import Shortlist, make_shortlist, replay
from search.engines.base import SearchEngine
from search.errors import SearchUnavailable

TODAY = market_1.FIXED_DAY
MARKET = market_1.load(TODAY)
NEEDS = {each["ref"]: each for each in MARKET.needs}
CLOCK = FixedClock(TODAY)
FLOOR = 0.95


class Down(SearchEngine):
    """A search engine that never answers."""

    def __getattribute__(self, name: str) -> object:
        raise SearchUnavailable(name)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('market') / 'market.sqlite3'}")
    Base.metadata.create_all(engine)
    with UnitOfWork(writing_sessions(engine), now=CLOCK.now, audit_key="k") as uow:
        put(uow, [msgspec.convert(each, ProviderRecord) for each in MARKET.providers], now=CLOCK.now())
        uow.commit()
    with sessions(engine)() as reading:
        yield reading
    engine.dispose()


def shortlist(session: Session, need: str, **more) -> Shortlist:
    given = {"engine": None, "limit": 20, "ranker": policy()} | more
    brief = given.pop("brief", None) or msgspec.convert(NEEDS[need]["brief"], Brief)
    return make_shortlist(session, brief, need=need, text=NEEDS[need]["text"], today=TODAY, **given)


def refs(made: Shortlist) -> list[str]:
    return [match["provider"] for match in made.result["matches"]]


def test_the_order_agrees_with_the_judge(session):
    per_need = []
    for need in NEEDS:
        grades = {each["provider"]: each["grade"] for each in MARKET.judgements if each["need"] == need}
        order = refs(shortlist(session, need))
        assert set(order) == set(grades)  # everybody eligible and nobody else
        per_need.append(measures(order, grades))
    found = summary([each for each in per_need if each])
    assert found["ndcg@5"]["mean"] >= FLOOR
    assert found["mrr"]["mean"] >= FLOOR
    assert found["recall@200"]["mean"] == 1.0


@pytest.mark.parametrize("need", NEEDS)
def test_every_match_is_explained(session, need):
    for place, match in enumerate(shortlist(session, need).result["matches"], start=1):
        assert match["rank"] == place
        assert match["score"] == pytest.approx(sum(part["points"] for part in match["parts"]), abs=1e-9)
        assert sum(part["of"] for part in match["parts"]) == 100
        for part in match["parts"]:
            assert 0 <= part["points"] <= part["of"] + 0.1
            assert set(part["reason"]) == {"en", "zh-Hans"}
            assert all(part["reason"].values())
        assert match["unknown"]
        assert set(match["would_change"]) == {"en", "zh-Hans"}


@pytest.mark.parametrize("need", NEEDS)
def test_the_counts_and_names_of_who_is_not_eligible(session, need):
    refused = shortlist(session, need, name_all=True).result["not_eligible"]
    expected = {each["provider"]: each["reason"] for each in MARKET.refusals if each["need"] == need}
    assert {each["provider"]: each["reason"] for each in refused["all"]} == expected
    assert sum(refused["counts"].values()) == len(expected)
    named = {each["provider"] for each in refused["near"]}
    assert named.isdisjoint({"P9", "P11"})  # suspended, under review
    assert all(each["reasons"] == [expected[each["provider"]]] for each in refused["near"])


class TestS2:
    def test_the_team_covers_china_and_europe(self, session):
        team = shortlist(session, "S2").result["team"]
        assert team["members"] == ["P1", "P7"]
        assert team["covers"] == {
            "P1": ["DRAFT:patent:CN", "PROS:patent:CN"],
            "P7": ["DRAFT:patent:EP", "PROS:patent:EP"],
        }
        assert team["uncovered"] == team["warnings"] == []
        assert (team["fee_min_minor"], team["fee_max_minor"], team["currency"]) == (
            8_000_000,
            21_000_000,
            "CNY",
        )
        assert team["over_budget"] == "upper"

    def test_who_is_named_and_who_is_not(self, session):
        result = shortlist(session, "S2", name_all=True).result
        assert refs(shortlist(session, "S2")) == ["P1", "P7", "P14"]
        near = {each["provider"]: each for each in result["not_eligible"]["near"]}
        assert near["P8"]["reasons"] == ["vetting_lapsed"]
        assert "21 Nov 2026" in near["P8"]["lift"]["en"]
        assert result["sponsored"] == []

    def test_nothing_tells_of_a_conflict_list(self, session):
        p14 = next(
            match for match in shortlist(session, "S2").result["matches"] if match["provider"] == "P14"
        )
        assert "conflicts" in p14["unknown"]
        assert "orthstar" not in msgspec.json.encode(p14).decode()


class TestS5:
    def test_valuation_and_guarantee_not_securitisation(self, session):
        result = shortlist(session, "S5").result
        assert result["team"]["members"] == ["P3", "P15"]
        assert refs(shortlist(session, "S5"))[-1] == "P5"
        assert result["matches"][-1]["covers"] == []


def test_the_same_input_gives_the_same_shortlist(session):
    assert shortlist(session, "S1").result == shortlist(session, "S1").result


@pytest.mark.parametrize("need", NEEDS)
def test_a_stored_shortlist_replays_to_the_same_order(session, need):
    made = shortlist(session, need)
    stored = msgspec.json.decode(msgspec.json.encode(made.inputs))
    assert replay(stored) == refs(made)


def test_an_engine_that_is_down_degrades_and_keeps_eligibility(session):
    made = shortlist(session, "S2", engine=Down())
    assert made.result["degraded"] is True
    assert refs(made) == refs(shortlist(session, "S2"))
    assert shortlist(session, "S2").result["degraded"] is False


def test_nobody_eligible_is_an_explained_result(session):
    brief = Brief(services=["LITI"], rights=["plant_variety"], offices=["KE"])
    result = shortlist(session, "S1", brief=brief).result
    assert result["matches"] == []
    assert result["team"]["members"] == []
    assert result["team"]["uncovered"] == ["LITI:plant_variety:KE"]
    assert sum(result["not_eligible"]["counts"].values()) == len(MARKET.providers)


def test_a_need_that_says_nothing_still_gets_an_answer(session):
    result = shortlist(session, "S1", brief=Brief()).result
    assert result["matches"]
    assert result["team"]["uncovered"] == []


def test_limit_shortens_the_list_and_not_the_inputs(session):
    made = shortlist(session, "S2", limit=1)
    assert refs(made) == ["P1"]
    assert [each["provider"] for each in made.inputs["candidates"]] == ["P1", "P7", "P14"]
    assert all(each["why"] for each in made.inputs["candidates"])


def test_a_record_that_changed_after_the_query_is_judged_again(session):
    stored = providers.by_refs(session, ["P1"])["P1"]
    assert stored.record.service_lines[0].vetting.until > TODAY
    tomorrow = stored.record.service_lines[0].vetting.until + dt.timedelta(1)
    made = make_shortlist(
        session, msgspec.convert(NEEDS["S2"]["brief"], Brief), need="S2", text="", today=tomorrow,
        ranker=policy(), engine=None,
    )  # fmt: skip
    assert "P1" not in refs(made)
