"""How evidence counts: the one table of thresholds, and the functions that apply it.

Quality, not quantity: counts are shrunk to a mean and capped, so that twice the volume at the same rate
moves a score by no more than two points (a test holds this).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which n evidence is shown and counts.

    References
    ----------
    The product's rules of vetting, "Quality, not quantity".
    """

    shown_from: int = 5
    """Below it an outcome is not shown; from it "5 of 7, not enough data for a rate"."""
    rate_from: int = 20
    """From it an outcome is shown as a rate with an interval."""
    pseudo_cases: int = 8
    """Cases at the mean that a rate is shrunk with."""
    ramp: tuple[int, int] = (2, 10)
    """n at which an outcome begins to count, and from which it counts in full."""
    references_from: int = 3
    """Independent clients from which their mean counts."""
    pseudo_references: int = 5
    reference_mean: float = 0.8
    half_weight_months: int = 24
    """References that are older count half."""
    pseudo_replies: int = 8


THRESHOLDS = Thresholds()

_REPLY_HOURS = (0.5, 168.0)
"""The best and the worst median that differ; between them the scale is logarithmic, from .9 down to .1."""


@cache
def outcome_means() -> dict[str, float]:
    """The mean rate of each outcome measure, against which a provider's own is held."""
    path = files("matching.features") / "outcome_means.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return {row["measure"]: float(row["mean"]) for row in csv.DictReader(lines)}


def ramp(n: int) -> float:
    """How much an outcome with n cases counts, 0 to 1."""
    first, full = THRESHOLDS.ramp
    return min(1.0, max(0.0, (n - first) / (full - first)))


def outcome_value(successes: int, n: int, mean: float) -> float:
    """A rate in 0 to 1, where .5 is the mean of its measure: shrunk, and drawn to .5 by small n.

    Parameters
    ----------
    successes, n : int
    mean : float
        Of the measure, above 0 and below 1.
    """
    pseudo = THRESHOLDS.pseudo_cases
    rate = (successes + pseudo * mean) / (n + pseudo)
    value = 0.5 + 0.5 * (rate - mean) / (1 - mean) if rate >= mean else 0.5 * rate / mean
    return 0.5 + ramp(n) * (value - 0.5)


def reference_value(scores: Sequence[tuple[float, float]]) -> float:
    """The shrunk mean of client references in 0 to 1.

    Parameters
    ----------
    scores : sequence of (score in 0 to 1, weight)
    """
    pseudo = THRESHOLDS.pseudo_references
    total = pseudo + sum(weight for _, weight in scores)
    return (pseudo * THRESHOLDS.reference_mean + sum(score * weight for score, weight in scores)) / total


def reply_value(hours: float, n: int) -> float:
    """How quick first replies are, 0 to 1; small n draws it to .5."""
    best, worst = _REPLY_HOURS
    place = math.log(min(worst, max(best, hours)) / best) / math.log(worst / best)
    value = 0.9 - 0.8 * place
    pseudo = THRESHOLDS.pseudo_replies
    return (n * value + pseudo * 0.5) / (n + pseudo)


def interval(successes: int, n: int, z: float = 1.2816) -> tuple[float, float]:
    """Wilson's interval of a rate; the default z leaves a tenth on either side (80 %)."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    middle = rate + z * z / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
