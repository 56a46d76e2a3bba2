"""Points as they are shown, the order they give, and its replay."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from directory.rules.eligibility import Verdict
from directory.types import Brief, ProviderRecord
from matching.candidates import places, seed, tie
from matching.features import FAMILIES, FEATURES
from matching.ranker import policy
from matching.shortlisting import rank, replay, shown_weights
from matching.types import Candidate, Case, Fact, Measured

values = st.lists(st.none() | st.floats(0, 1), min_size=len(FEATURES), max_size=len(FEATURES))


def candidate(ref: str, row: list[float | None]) -> Candidate:
    record = ProviderRecord(ref=ref, form="organisation", kind="lawyer", name={"en": ref}, country="CN")
    case = Case(record, Verdict(None), Brief(), dt.date(2026, 12, 1))
    measured = {
        feature.name: Measured(float("nan") if value is None else value, Fact(""))
        for feature, value in zip(FEATURES, row, strict=True)
    }
    return Candidate(1, 1, (), case, measured)


@given(values)
def test_shown_points_add_up_to_the_shown_score(row):
    [found] = rank([candidate("A", row)], need="N", ranker=policy())
    exact = float(policy().predict([[float("nan") if value is None else value for value in row]])[0])
    assert round(sum(found.points.values()), 6) == round(found.score, 6)
    assert abs(found.score - exact) <= 0.05 + 1e-9
    of = shown_weights(policy())
    assert all(0 <= found.points[family.name] <= of[family.name] + 0.1 for family in FAMILIES)


@given(st.lists(values, min_size=1, max_size=8))
def test_replay_gives_the_same_order(rows):
    ranked = rank(
        [candidate(f"P{number}", row) for number, row in enumerate(rows)], need="N", ranker=policy()
    )
    inputs = {
        "need": "N",
        "features": [feature.name for feature in FEATURES],
        "neutral": [feature.neutral for feature in FEATURES],
        "weights": [feature.weight for feature in FEATURES],
        "candidates": [
            {"provider": f"P{number}", "values": row} for number, row in reversed(list(enumerate(rows)))
        ],
    }
    assert replay(inputs) == [each.ref for each in ranked]


def test_ties_fall_by_need_and_provider_and_favour_no_name():
    row = [0.5] * len(FEATURES)
    refs = [f"P{number}" for number in range(12)]

    def order(need: str) -> list[str]:
        return [each.ref for each in rank([candidate(ref, row) for ref in refs], need=need, ranker=policy())]

    assert order("N1") == sorted(refs, key=lambda ref: tie("N1", ref)) != refs
    assert order("N1") != order("N2")


def test_nobody_to_rank():
    assert rank([], need="N", ranker=policy()) == []


def test_every_element_has_places_until_there_are_too_many():
    brief = Brief(services=["DRAFT", "PROS"], rights=["patent"], offices=["CN", "EP"])
    assert len(places(brief)) == 4
    many = Brief(services=["DRAFT", "PROS", "OPPO"], rights=["patent"], offices=[f"A{n}" for n in range(20)])
    assert places(many)[:2] == (("*", "*", "A0"), ("*", "*", "A1"))
    assert places(Brief(services=["PROS", "VAL"], offices=[f"A{n}" for n in range(60)])) == (("*", "*", "*"),)


def test_seeds_differ_by_need_and_stay():
    assert seed("N1") == seed("N1") != seed("N2")
