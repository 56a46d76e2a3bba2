"""What counts in the score, and how much: one table of features, each in 0 to 1, each the better the greater.

`table` names them with their published weights, `measures` reads them from a record, `evidence` holds the
thresholds by which evidence counts. Payment, views, size, counts, age, fame and anything personal are not
read here at all; tests change each and find the score unmoved.
"""

from matching.features.measures import MEASURES, measure, need_words
from matching.features.table import FAMILIES, FEATURES, NEUTRAL, WEIGHTS, Family, Feature

__all__ = [
    "FAMILIES",
    "FEATURES",
    "MEASURES",
    "NEUTRAL",
    "WEIGHTS",
    "Family",
    "Feature",
    "measure",
    "need_words",
]
