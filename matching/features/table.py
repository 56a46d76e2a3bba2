"""The features with their published weights.

Weights of the families: docs/decisions and the product's matching anchor (fit of field 25, of service and
right 20, quality 20, local depth 10, budget 10, responsiveness 10, language 5). How a family's points are
shared among its features, and what stands for an unknown value, are our decisions, published with them.
"""

from __future__ import annotations

from dataclasses import dataclass

from directory.i18n import N_


@dataclass(frozen=True, slots=True)
class Family:
    """A part of the score as it is shown. `points` is its published weight."""

    name: str
    label: str
    points: float


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that is measured of a provider for a need.

    Attributes
    ----------
    name : str
    family : str
        The part of the score it belongs to.
    weight : float
        Points for the value 1.
    neutral : float
        Stands for an unknown value, in 0 to 1.
    label : str
        What people read, an English msgid.
    unit : str
        What the value is before it is brought to 0 to 1.
    source : str
        Whose word it rests on.
    """

    name: str
    family: str
    weight: float
    neutral: float
    label: str
    unit: str
    source: str


FAMILIES: tuple[Family, ...] = (
    Family("field_fit", N_("Technology and industry"), 25),
    Family("service_right_fit", N_("Service and IP right"), 20),
    Family("quality", N_("Quality evidence"), 20),
    Family("local_depth", N_("Depth at the office"), 10),
    Family("budget_fit", N_("Budget"), 10),
    Family("responsiveness", N_("Responsiveness"), 10),
    Family("language", N_("Languages"), 5),
)

FEATURES: tuple[Feature, ...] = (
    Feature("line_field", "field_fit", 11, 0.5, N_("fields or classes of the service"),
            N_("share of the fields or classes asked for"), "provider"),
    Feature("matter_field", "field_fit", 8, 0.4, N_("matters in the field"),
            N_("best likeness of a matter: section .25, class .5, subclass or field .75, group 1"),
            "provider"),
    Feature("industry", "field_fit", 3, 0.5, N_("industries"),
            N_("share of the industries asked for"), "provider"),
    Feature("words", "field_fit", 3, 0.3, N_("technical words in common"),
            N_("technical words of the need found in summary and matters, of at most 3"), "provider"),
    Feature("services", "service_right_fit", 12, 0.5, N_("services covered"),
            N_("share of the services asked for that he covers at one office"), "administrator"),
    Feature("offices", "service_right_fit", 5, 0.5, N_("offices covered"),
            N_("share of the offices asked for"), "administrator"),
    Feature("rights", "service_right_fit", 3, 0.5, N_("IP rights covered"),
            N_("share of the rights asked for"), "administrator"),
    Feature("tier", "quality", 8, 0.6, N_("vetting"),
            N_("vetted with outcome evidence 1, vetted .6, verified .2"), "administrator"),
    Feature("outcomes", "quality", 6, 0.5, N_("outcomes"),
            N_("rate of successes against the mean of its measure, which is .5; shrunk"), "administrator"),
    Feature("references", "quality", 6, 0.8, N_("client references"),
            N_("mean score of at least 3 references, shrunk"), "client"),
    Feature("seat", "local_depth", 4, 0.5, N_("seat in the territory"),
            N_("1 when seated where the office has effect"), "provider"),
    Feature("office_matter", "local_depth", 4, 0.3, N_("recent matters at the office"),
            N_("recency of the last matter there, falling to 1/e in 3 years"), "provider"),
    Feature("admission", "local_depth", 2, 0.5, N_("checked entry in the register"),
            N_("age of the last check: 1 to 90 days, .3 from a year on"), "register"),
    Feature("budget", "budget_fit", 10, 0.5, N_("fees against the budget"),
            N_("upper fee within the budget 1, lower fee within it .5 to 1, else falling"), "provider"),
    Feature("reply", "responsiveness", 10, 0.5, N_("time to first reply"),
            N_("median hours on a logarithmic scale from .5 to 168, shrunk"), "platform"),
    Feature("languages", "language", 5, 0.5, N_("languages"),
            N_("mean level over the languages asked for: plead 1, draft .8, speak .5"), "provider"),
)  # fmt: skip

WEIGHTS: tuple[float, ...] = tuple(feature.weight for feature in FEATURES)
NEUTRAL: tuple[float, ...] = tuple(feature.neutral for feature in FEATURES)
