"""How well an order agrees with judgements: the measures, and their spread over needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from directory.db import Session
from directory.store import providers
from directory.types import StoredProvider
from matching.candidates import tie
from matching.shortlisting import Shortlist, replay
from search.engines.base import SearchEngine
from search.errors import SearchUnavailable
from search.finding import rank_ids

RELEVANT = 3
"""Grades from which a provider counts as right for MRR and recall: engaged, or judged excellent."""

MEASURES: tuple[str, ...] = ("ndcg@5", "ndcg@10", "mrr", "recall@10", "recall@200")

_DRAWS = 2000
_BY_WORDS = 1000


def measures(order: Sequence[str], grades: Mapping[str, int]) -> dict[str, float] | None:
    """The measures of one need's order.

    Parameters
    ----------
    order : sequence of str
        Refs of providers, best first.
    grades : mapping of str to int
        0 to 4 by ref; who is not judged counts as 0.

    Returns
    -------
    dict of str to float, or None
        In 0 to 1 by `MEASURES`; None when no judged provider has a grade above 0, and NaN for MRR and
        recall when none has 3 or more.

    References
    ----------
    Gains are 2**grade - 1, discounts 1 / log2(1 + rank) (ranking notes, D5).
    """
    if not any(grades.values()):
        return None
    right = {ref for ref, grade in grades.items() if grade >= RELEVANT}
    first = next((place for place, ref in enumerate(order, start=1) if ref in right), None)
    found = {
        "mrr": 1 / first if first else 0.0,
        **{f"recall@{k}": len(right.intersection(order[:k])) / max(1, len(right)) for k in (10, 200)},
    }
    return {f"ndcg@{k}": ndcg(order, grades, k) for k in (5, 10)} | (
        found if right else dict.fromkeys(found, float("nan"))
    )


def ndcg(order: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The discounted gain of the first k against the best that the grades allow; 0 when they allow none."""
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(ref, 0) for ref in order[:k]]) / best if best else 0.0


def orders(
    session: Session, made: Shortlist, *, today: dt.date, engine: SearchEngine
) -> dict[str, list[str]]:
    """The model's order of a need's candidates, beside plain ones of the same candidates.

    Returns
    -------
    dict of str to list of str
        The model by its version; "popularity" by the number of cases on record; "words" by how well the
        texts fit, left out when the engine does not answer; ties by hash.
    """
    need, text = made.inputs["need"], made.inputs["text"]
    ranked = replay(made.inputs)
    stored = providers.by_refs(session, ranked)

    def order(score: Callable[[StoredProvider], float]) -> list[str]:
        return sorted(ranked, key=lambda ref: (-score(stored[ref]), tie(need, ref)))

    found = {made.model.version: ranked}
    found["popularity"] = order(lambda each: sum(outcome.n for outcome in each.record.outcomes))
    if text.strip():
        with suppress(SearchUnavailable):
            ids = rank_ids(engine, text, {}, _BY_WORDS, today=today)
            place = {identity: number for number, identity in enumerate(ids)}
            found["words"] = order(lambda each: -place.get(each.id, len(ids)))
    return found


def _gain(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / np.log2(1 + place) for place, grade in enumerate(grades, start=1)))


def summary(per_need: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float | int | None]]:
    """Mean of each measure over needs with a 95 % percentile bootstrap interval over needs.

    Returns
    -------
    dict
        By measure: "mean", "low", "high" and "needs", the number of needs it is defined for. The same needs
        give the same interval.
    """
    found: dict[str, dict[str, float | int | None]] = {}
    for name in MEASURES:
        values = np.asarray([each[name] for each in per_need if not np.isnan(each[name])], dtype=np.float64)
        if len(values) == 0:
            found[name] = {"mean": None, "low": None, "high": None, "needs": 0}
            continue
        low, high = _interval(values)
        found[name] = {"mean": float(values.mean()), "low": low, "high": high, "needs": len(values)}
    return found


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    draws = np.random.default_rng(0).integers(0, len(values), size=(_DRAWS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
