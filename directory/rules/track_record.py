"""What may be said of outcomes and references: one table of thresholds, and the words that follow from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from directory.types import OutcomeRecord, ReferenceRecord

# The thresholds below are the product's own decision (product specification, "Quality, not quantity").
FEWEST_SHOWN = 5
"""Cases below which an outcome is not shown at all."""
FEWEST_FOR_RATE = 20
"""Cases from which an outcome is shown as a rate with its interval."""
FEWEST_REFERENCES = 3
"""References from independent clients from which their mean is shown."""
Z_80 = 1.2815515655446004
"""Normal quantile of a two-sided 80 % interval."""


@dataclass(frozen=True)
class ShownOutcome:
    """An outcome as shown; `rate`, `low`, `high` (0 to 1) are None below `FEWEST_FOR_RATE` cases."""

    outcome: OutcomeRecord
    rate: float | None
    low: float | None
    high: float | None


def wilson(successes: int, n: int, z: float = Z_80) -> tuple[float, float]:
    """The interval of a rate, by Wilson's score method.

    Parameters
    ----------
    successes, n : int
        0 <= successes <= n, n > 0.
    z : float
        Normal quantile; the default gives 80 %.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22.
    """
    rate, square = successes / n, z * z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def shown_outcomes(outcomes: Sequence[OutcomeRecord]) -> list[ShownOutcome]:
    """The outcomes that may be shown, in their order."""
    shown = []
    for outcome in outcomes:
        if outcome.n < FEWEST_SHOWN:
            continue
        if outcome.n < FEWEST_FOR_RATE:
            shown.append(ShownOutcome(outcome, None, None, None))
            continue
        low, high = wilson(outcome.successes, outcome.n)
        shown.append(ShownOutcome(outcome, outcome.successes / outcome.n, low, high))
    return shown


@dataclass(frozen=True)
class ReferenceSummary:
    """References for one service: how many, and their mean out of 10 (None below `FEWEST_REFERENCES`)."""

    service: str
    n: int
    mean: float | None


def reference_summaries(references: Sequence[ReferenceRecord]) -> list[ReferenceSummary]:
    """One summary a service, over references whose engagement was verified, in the order of first mention."""
    scores: dict[str, list[float]] = {}
    for each in references:
        if each.engagement_verified and each.scale > 0:
            scores.setdefault(each.service, []).append(10 * each.score / each.scale)
    return [
        ReferenceSummary(
            service, len(values), sum(values) / len(values) if len(values) >= FEWEST_REFERENCES else None
        )
        for service, values in scores.items()
    ]
