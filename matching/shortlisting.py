"""From need to shortlist: candidates, features, scores, reasons, team, and who was not eligible."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeAlias

import msgspec

from directory.db import Session
from directory.rules.eligibility import LIFTABLE, judge
from directory.store import market, providers
from directory.taxonomy import Rate
from directory.types import Brief, StoredProvider, element_code
from matching import candidates as choosing
from matching import explain
from matching.candidates import tie
from matching.features import FAMILIES, FEATURES, measure, need_words
from matching.registry import POLICY
from matching.team import assemble
from matching.types import Candidate, Case, Model
from search.engines.base import SearchEngine

SHOWN = 10
"""Matches on a page and of the command, unless it is asked for more."""
NEAR = 20
"""Near misses that are named (exchange formats, "Who sees what")."""

Timer: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Wraps a stage of the work by its name, for the bench."""


class Ranker(Protocol):
    """What orders candidates: an additive estimator over the features of `features.FEATURES`."""

    weights_: Any

    def parts(self, X: Any) -> Any:
        """Points by feature, one row a candidate."""
        ...


class Shortlist(msgspec.Struct, frozen=True):
    """A shortlist, and all that is needed to compute its order again.

    Attributes
    ----------
    result : dict
        "Results, Shortlist" of the exchange formats.
    inputs : dict
        Brief, versions, and every candidate with its feature values and why it was one.
    """

    result: dict[str, Any]
    inputs: dict[str, Any]
    model: Model


def make_shortlist(
    session: Session,
    brief: Brief,
    *,
    need: str,
    text: str,
    today: dt.date,
    ranker: Ranker,
    engine: SearchEngine | None,
    model: Model = POLICY,
    limit: int = SHOWN,
    refusals: bool = True,
    name_all: bool = False,
    rates: Mapping[str, Rate] | None = None,
    timer: Timer = nullcontext,
) -> Shortlist:
    """The shortlist for a need.

    Parameters
    ----------
    session : Session
        For reading.
    brief : Brief
        As the owner stated it and the text was read.
    need : str
        The need's ref; ties fall by hash(need, provider).
    text : str
        What the owner wrote, "" when nothing.
    engine : SearchEngine or None
        Down or None, SQL alone chooses candidates; down is told as `degraded`.
    limit : int
        Matches in the result; all candidates are in the inputs.
    refusals : bool
        Whether to fill `not_eligible`. It goes over the whole market, so a page asks for it apart
        (`not_eligible`), to show the matches at once.
    name_all : bool
        Whether `not_eligible.all` names everybody: for administrators only.
    timer : callable
        Called with the name of each stage, gives a context manager around it.

    Returns
    -------
    Shortlist
        No candidate at all is a result too, with empty lists.
    """
    with timer("candidates"):
        chosen = choosing.choose(
            session, brief, need=need, text=text, today=today, engine=engine, rates=rates
        )
    with timer("records"):
        found = _judged(session, chosen.why, brief, text=text, today=today, rates=rates)
    with timer("features"):
        for candidate in found:
            candidate.measured = measure(candidate.case)
    with timer("scoring"):
        ranked = rank(found, need=need, ranker=ranker)
    of = shown_weights(ranker)
    weights = _weights(ranker)
    with timer("reasons"):
        matches = [
            _match(candidate, place, of, weights) for place, candidate in enumerate(ranked[:limit], start=1)
        ]
    with timer("team"):
        team = assemble(brief, ranked)
    refused: dict[str, Any] = {"counts": {}, "near": []}
    if refusals:
        with timer("refusals"):
            refused = not_eligible(
                session,
                brief,
                need=need,
                text=text,
                today=today,
                ranker=ranker,
                name_all=name_all,
                rates=rates,
            )
    head = {"need": need, "model": msgspec.to_builtins(model), "as_of": today.isoformat()}
    stated = msgspec.to_builtins({key: getattr(brief, key) for key in brief.__struct_fields__})
    result = head | {
        "degraded": chosen.degraded,
        "brief": stated,
        "matches": matches,
        "team": team,
        "not_eligible": refused,
        "sponsored": [],
    }
    inputs = head | {
        "text": text,
        "brief": stated,
        "degraded": chosen.degraded,
        "features": [feature.name for feature in FEATURES],
        "neutral": [feature.neutral for feature in FEATURES],
        "weights": [float(weight) for weight in ranker.weights_],
        "candidates": [
            {
                "provider": candidate.ref,
                "version": candidate.version,
                "why": list(candidate.why),
                "values": [_stored(candidate.measured[feature.name].value) for feature in FEATURES],
            }
            for candidate in ranked
        ],
    }
    return Shortlist(result, inputs, model)


def rank(found: Iterable[Candidate], *, need: str, ranker: Ranker) -> list[Candidate]:
    """Candidates by the score as it is shown, ties by hash(need, provider); fills in score and points."""
    ranked = list(found)
    if not ranked:
        return []
    values = [[candidate.measured[feature.name].value for feature in FEATURES] for candidate in ranked]
    for candidate, row in zip(ranked, ranker.parts(values), strict=True):
        candidate.points = _by_family(row)
        candidate.score = round(10 * sum(candidate.points.values())) / 10
    return sorted(ranked, key=lambda candidate: (-candidate.score, tie(need, candidate.ref)))


def replay(inputs: Mapping[str, Any]) -> list[str]:
    """The refs of a stored shortlist's candidates in the order that its inputs give.

    Parameters
    ----------
    inputs : mapping
        `Shortlist.inputs`, as stored.
    """
    families = {feature.name: feature.family for feature in FEATURES}

    def score(values: Sequence[float | None]) -> float:
        rows = zip(inputs["features"], inputs["weights"], inputs["neutral"], values, strict=True)
        points: dict[str, float] = {}
        for name, weight, neutral, value in rows:
            family = families.get(name, name)
            points[family] = points.get(family, 0.0) + weight * (neutral if value is None else value)
        return round(sum(points.values()), 1)

    scored = [
        (-score(each["values"]), tie(inputs["need"], each["provider"]), each) for each in inputs["candidates"]
    ]
    return [each["provider"] for _, _, each in sorted(scored, key=lambda row: row[:2])]


def not_eligible(
    session: Session,
    brief: Brief,
    *,
    need: str,
    text: str,
    today: dt.date,
    ranker: Ranker,
    name_all: bool = False,
    rates: Mapping[str, Rate] | None = None,
) -> dict[str, Any]:
    """Who was not eligible: counts by reason over the market, at most 20 near misses, and all if asked.

    Near misses would be eligible but for one step; they are in order of the score they would have, ties by
    hash. Who is suspended, restricted, removed, under review or unpublished is counted and never named.
    """
    counts = market.counts(session, brief, today, rates=rates)
    near: list[tuple[Candidate, str]] = []
    for reason in LIFTABLE:
        if not counts.get(reason):
            continue
        nearest = market.first_eligible(
            session,
            brief,
            today,
            choosing.places(brief),
            limit=NEAR,
            seed=choosing.seed(need),
            lacking=reason,
            rates=rates,
        )
        ids = dict.fromkeys(identity for found in nearest.values() for identity in found)
        found = _judged(
            session, dict.fromkeys(ids, ()), brief, text=text, today=today, rates=rates, skip=reason
        )
        for candidate in found:
            candidate.measured = measure(candidate.case)
        near += [(candidate, reason) for candidate in found]
    reasons = {candidate.ref: reason for candidate, reason in near}
    first = rank((candidate for candidate, _ in near), need=need, ranker=ranker)[:NEAR]
    named: dict[str, Any] = {
        "counts": counts,
        "near": [
            {
                "provider": candidate.ref,
                "reasons": [reasons[candidate.ref]],
                "lift": explain.lift(candidate, reasons[candidate.ref], brief),
            }
            for candidate in first
        ],
    }
    if name_all:
        named["all"] = [
            {"provider": ref, "reason": reason}
            for ref, reason in market.refusals(session, brief, today, rates=rates)
        ]
    return named


def explain_pair(
    stored: StoredProvider,
    brief: Brief,
    *,
    need: str,
    text: str,
    today: dt.date,
    ranker: Ranker,
) -> dict[str, Any]:
    """One provider as a match of a need, without place: score, parts, what is unknown and would change it.

    Raises
    ------
    ValueError
        When the provider is not eligible.
    """
    verdict = judge(stored.record, brief, today)
    if verdict.reason is not None:
        raise ValueError(f"{stored.record.ref} is not eligible: {verdict.reason}")
    case = Case(stored.record, verdict, brief, today, need_words(text))
    candidate = Candidate(stored.id, stored.version, (), case, measure(case))
    rank([candidate], need=need, ranker=ranker)
    told = _match(candidate, 1, shown_weights(ranker), _weights(ranker))
    del told["rank"]
    return told


def shown_weights(ranker: Ranker) -> dict[str, float]:
    """The most each family can add, in tenths that add up to 100."""
    return _by_family([float(weight) for weight in ranker.weights_])


def _weights(ranker: Ranker) -> dict[str, float]:
    return dict(zip((feature.name for feature in FEATURES), map(float, ranker.weights_), strict=True))


def _judged(
    session: Session,
    why: Mapping[int, tuple[str, ...]],
    brief: Brief,
    *,
    text: str,
    today: dt.date,
    rates: Mapping[str, Rate] | None,
    skip: str | None = None,
) -> list[Candidate]:
    """The records read now, and only those that the rule itself finds eligible (but for a skipped step)."""
    words = need_words(text)
    found = []
    for identity, stored in providers.by_ids(session, why).items():
        record = stored.record
        if skip is not None and judge(record, brief, today, rates=rates).reason != skip:
            continue
        verdict = judge(record, brief, today, rates=rates, skip=skip)
        if verdict.reason is None:
            case = Case(record, verdict, brief, today, words)
            found.append(Candidate(identity, stored.version, why[identity], case))
    return found


def _by_family(row: Sequence[float]) -> dict[str, float]:
    """Points by family in tenths that add up to the rounded sum: the largest remainders are rounded up."""
    exact = dict.fromkeys((family.name for family in FAMILIES), 0.0)
    for feature, points in zip(FEATURES, row, strict=True):
        exact[feature.family] += float(points)
    # a millionth hides the noise of adding floats, so that 12.0 never becomes 11.9
    tenths = {name: math.floor(10 * points + 1e-6) for name, points in exact.items()}
    missing = round(10 * sum(exact.values())) - sum(tenths.values())
    by_remainder = sorted(exact, key=lambda name: tenths[name] - 10 * exact[name])
    for name in by_remainder[: max(0, missing)]:
        tenths[name] += 1
    return {name: value / 10 for name, value in tenths.items()}


def _match(
    candidate: Candidate, place: int, of: Mapping[str, float], weights: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "provider": candidate.ref,
        "rank": place,
        "score": candidate.score,
        "parts": explain.parts(candidate, of),
        "unknown": explain.unknown(candidate),
        "would_change": explain.would_change(candidate, weights),
        "covers": [element_code(element) for element in candidate.case.verdict.covers],
        "exploration": False,
    }


def _stored(value: float) -> float | None:
    return None if math.isnan(value) else value
