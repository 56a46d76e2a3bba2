"""The additive ranker: weighted features in a sum, by published weights that judgements can move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from matching.features import NEUTRAL, WEIGHTS

Floats = npt.NDArray[np.float64]

POINTS = 100.0
"""What the weights add up to, so that a score of features in 0 to 1 lies in 0 to 100."""


class AdditiveRanker(BaseEstimator):  # type: ignore[misc]
    """Scores as a sum of features times non-negative weights; unknown features count by their neutral value.

    Fitted by pairwise logistic loss over the pairs of each query whose grades differ, with a squared
    penalty on leaving the prior weights: without judgements it is the prior, each judgement moves it.

    Parameters
    ----------
    prior : sequence of float, shape (n_features,), optional
        Published weights, not negative; equal ones when None.
    neutral : sequence of float, shape (n_features,), optional
        What stands for NaN, in 0 to 1; one half each when None.
    strength : float
        How many judged queries the prior is worth, above 0.
    scale : float
        Points of difference at which one order is e times as likely as the other, above 0.

    Attributes
    ----------
    weights_ : ndarray of shape (n_features,)
        Add up to 100, as the published ones do.
    n_features_in_ : int

    References
    ----------
    Ranking notes B3.5: below 150 judged needs a sign-constrained pairwise linear model is as good as any.
    """

    def __init__(
        self,
        prior: Sequence[float] | None = None,
        neutral: Sequence[float] | None = None,
        strength: float = 20.0,
        scale: float = 5.0,
    ) -> None:
        self.prior = prior
        self.neutral = neutral
        self.strength = strength
        self.scale = scale

    def fit(self, X: Any, y: Any, qid: Any = None) -> AdditiveRanker:
        """The ranker, its weights moved by grades.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features in 0 to 1; NaN is unknown.
        y : array-like of shape (n_samples,)
            Grades, greater is better.
        qid : array-like of shape (n_samples,), optional
            Which query a row belongs to; None is one query.

        Raises
        ------
        ValueError
            When lengths differ, or prior or neutral do not fit the features.
        """
        X, y = validate_data(self, X, y, ensure_all_finite="allow-nan", y_numeric=True)
        prior = self._of_features(self.prior, POINTS / X.shape[1])
        if (prior < 0).any() or prior.sum() <= 0:
            raise ValueError("prior weights must not be negative, nor all zero")
        queries = np.zeros(len(y)) if qid is None else np.asarray(qid)
        if len(queries) != len(y):
            raise ValueError(f"qid has {len(queries)} rows, X has {len(y)}")
        prior = prior * (POINTS / prior.sum())
        differences, importance = _pairs(self._filled(X), y, queries)
        self.weights_ = (
            prior.copy() if len(differences) == 0 else self._fitted(prior, differences, importance)
        )
        return self

    def predict(self, X: Any) -> Floats:
        """Scores, shape (n_samples,); for features in 0 to 1 they lie in 0 to 100."""
        # a sum row by row, so that a row's score does not depend on the others beside it
        return np.asarray(self.parts(X).sum(axis=1), dtype=np.float64)

    def parts(self, X: Any) -> Floats:
        """What each feature adds to each score, shape (n_samples, n_features); rows add up to `predict`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan")
        return np.asarray(self._filled(X) * self.weights_, dtype=np.float64)

    def __sklearn_tags__(self) -> Tags:
        """NaN is allowed, grades are needed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = True
        return tags

    def _of_features(self, given: Sequence[float] | None, otherwise: float) -> Floats:
        n = self.n_features_in_
        values = np.full(n, otherwise) if given is None else np.asarray(given, dtype=np.float64)
        if values.shape != (n,):
            raise ValueError(f"{n} features need {n} values, not {values.shape}")
        return values

    def _filled(self, X: Floats) -> Floats:
        return np.where(np.isnan(X), self._of_features(self.neutral, 0.5), X).astype(np.float64)

    def _fitted(self, prior: Floats, differences: Floats, importance: Floats) -> Floats:
        width = POINTS / len(prior)

        def loss(weights: Floats) -> tuple[float, Floats]:
            margins = differences @ weights / self.scale
            left = (weights - prior) / width
            value = importance @ np.logaddexp(0.0, -margins) + self.strength * (left @ left) / 2
            falling = importance * np.exp(-np.logaddexp(0.0, margins))
            slope = -(falling @ differences) / self.scale + self.strength * left / width
            return float(value), slope

        found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(prior))
        total = found.x.sum()
        return np.asarray(found.x * (POINTS / total) if total > 0 else prior, dtype=np.float64)


def _pairs(X: Floats, y: Floats, queries: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Differences of better and worse rows of one query, and their importance: 1 in all for each query."""
    differences, importance = [np.empty((0, X.shape[1]))], [np.empty(0)]
    for query in np.unique(queries):
        rows = np.flatnonzero(queries == query)
        better, worse = np.nonzero(y[rows, None] > y[None, rows])
        if len(better):
            differences.append(X[rows[better]] - X[rows[worse]])
            importance.append(np.full(len(better), 1.0 / len(better)))
    return np.concatenate(differences), np.concatenate(importance)


def policy() -> AdditiveRanker:
    """The published weights on the features of `features.FEATURES`, moved by nothing."""
    ranker = AdditiveRanker(prior=WEIGHTS, neutral=NEUTRAL)
    ranker.n_features_in_ = len(WEIGHTS)
    ranker.weights_ = np.asarray(WEIGHTS, dtype=np.float64)
    return ranker
