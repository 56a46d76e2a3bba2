"""The measures of an order, against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from matching.evaluation import measures, ndcg, summary


def test_ndcg_with_exponential_gains():
    grades = {"a": 3, "b": 2, "c": 0, "d": 1}
    ideal = 7 + 3 / math.log2(3) + 1 / 2
    assert ndcg(["a", "b", "d", "c"], grades, 5) == 1
    assert ndcg(["b", "a", "c", "d"], grades, 5) == pytest.approx(
        (3 + 7 / math.log2(3) + 1 / math.log2(5)) / ideal
    )
    assert ndcg(["x", "y"], grades, 5) == 0


def test_who_is_not_judged_counts_as_nothing():
    found = measures(["x", "a"], {"a": 4})
    assert found == {
        "ndcg@5": pytest.approx(1 / math.log2(3)),
        "ndcg@10": pytest.approx(1 / math.log2(3)),
        "mrr": 0.5,
        "recall@10": 1.0,
        "recall@200": 1.0,
    }


def test_needs_without_anybody_good_enough():
    assert measures(["a"], {"a": 0}) is None
    found = measures(["a"], {"a": 2})
    assert found["ndcg@5"] == 1
    assert math.isnan(found["mrr"])


def test_the_interval_holds_the_mean_and_stays_the_same():
    rows = [measures(order, {"a": 4, "b": 1}) for order in (["a", "b"], ["b", "a"], ["a"], ["b"])]
    found = summary(rows)
    assert found == summary(rows)
    for cell in found.values():
        assert cell["low"] <= cell["mean"] <= cell["high"]
        assert cell["needs"] == 4


def test_agrees_with_ir_measures():
    ir_measures = pytest.importorskip("ir_measures")
    grades = {"a": 4, "b": 0, "c": 2, "d": 3}
    order = ["c", "a", "b", "d"]
    qrels = [ir_measures.Qrel("q", ref, 2**grade - 1) for ref, grade in grades.items()]
    run = [ir_measures.ScoredDoc("q", ref, -place) for place, ref in enumerate(order)]
    theirs = ir_measures.calc_aggregate([ir_measures.nDCG @ 5], qrels, run)[ir_measures.nDCG @ 5]
    assert ndcg(order, grades, 5) == pytest.approx(theirs)
