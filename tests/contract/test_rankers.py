"""What every ranker promises: scikit-learn's own checks, and what ours add to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from matching.features import FEATURES, NEUTRAL, WEIGHTS
from matching.ranker import AdditiveRanker, policy


@parametrize_with_checks([AdditiveRanker(), AdditiveRanker(strength=1.0, scale=2.0)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def _rows(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.random((n, len(FEATURES)))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows


def test_without_a_preference_the_prior_stands_exactly():
    fitted = AdditiveRanker(prior=WEIGHTS, neutral=NEUTRAL).fit(_rows(6), np.full(6, 2))
    assert fitted.weights_.tolist() == list(WEIGHTS)
    assert fitted.predict(_rows(6)).tolist() == policy().predict(_rows(6)).tolist()


def test_grades_of_different_queries_are_not_compared():
    fitted = AdditiveRanker(prior=WEIGHTS).fit(_rows(6), [0, 0, 0, 4, 4, 4], qid=[1, 1, 1, 2, 2, 2])
    assert fitted.weights_.tolist() == list(WEIGHTS)


def test_judgements_move_the_weights_towards_what_decides():
    rows = np.full((40, len(FEATURES)), 0.5)
    rows[::2, 3] = 1.0
    grades = np.where(np.arange(40) % 2 == 0, 4, 1)
    queries = np.arange(40) // 2
    fitted = AdditiveRanker(prior=WEIGHTS, neutral=NEUTRAL, strength=1.0).fit(rows, grades, qid=queries)
    assert fitted.weights_[3] > WEIGHTS[3] + 5
    assert fitted.weights_.sum() == pytest.approx(100)


def test_weights_never_turn_negative():
    rows = np.full((40, len(FEATURES)), 0.5)
    rows[::2, 0] = 1.0
    worse_for_it = np.where(np.arange(40) % 2 == 0, 0, 4)
    fitted = AdditiveRanker(prior=WEIGHTS, strength=0.01).fit(rows, worse_for_it, qid=np.arange(40) // 2)
    assert fitted.weights_[0] == 0
    assert (fitted.weights_ >= 0).all()


def test_parts_add_up_and_unknown_counts_by_its_neutral_value():
    ranker, rows = policy(), _rows(50)
    assert ranker.parts(rows).sum(axis=1) == pytest.approx(ranker.predict(rows), abs=1e-12)
    unknown = np.full((1, len(FEATURES)), np.nan)
    assert ranker.parts(unknown)[0] == pytest.approx(np.multiply(WEIGHTS, NEUTRAL))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(FEATURES) - 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_more_of_a_feature_never_lowers_the_score(feature, low, high, seed):
    rows = np.repeat(_rows(1, seed), 2, axis=0)
    rows[0, feature], rows[1, feature] = sorted((low, high))
    worse, better = policy().predict(rows)
    assert better >= worse


def test_the_same_data_give_the_same_weights():
    rows, grades = _rows(30), np.arange(30) % 5
    first = AdditiveRanker(prior=WEIGHTS).fit(rows, grades).weights_
    assert AdditiveRanker(prior=WEIGHTS).fit(rows, grades).weights_.tolist() == first.tolist()


@pytest.mark.parametrize(
    "arguments",
    [{"prior": [1.0]}, {"prior": [-1.0, 101.0]}, {"prior": [0.0, 0.0]}, {"neutral": [0.5, 0.5, 0.5]}],
)
def test_arguments_that_do_not_fit_the_features_are_refused(arguments):
    with pytest.raises(ValueError, match=r"weights|features"):
        AdditiveRanker(**arguments).fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])


def test_queries_must_match_the_rows():
    with pytest.raises(ValueError, match="qid"):
        AdditiveRanker().fit([[0.0], [1.0]], [0, 1], qid=[1])
