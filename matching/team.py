"""The smallest set of providers that covers a need, what it asks, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from directory.names import core_name
from directory.rules.eligibility import elements, fits_element
from directory.taxonomy import to_cny_minor
from directory.types import Brief, Element, ProviderRecord, element_code
from matching.features.fees import Fees, fees
from matching.types import Candidate

_TRIED_WHOLE = 3
"""Up to so many members every combination is tried; larger teams are put together one by one."""
_TRIED_SETS = 60
"""Different coverages that are tried in combination, the best scored of each."""


def assemble(brief: Brief, ranked: Sequence[Candidate]) -> dict[str, Any]:
    """A first team: fewest members that together cover as much as all candidates do, then best mean score.

    Parameters
    ----------
    brief : Brief
    ranked : sequence of Candidate
        In order of rank; of those who cover the same, only the first can be in the team.

    Returns
    -------
    dict
        "team" of the exchange format. Fees are the sum over the members in fen, as far as they are known.
    """
    wanted = elements(brief)
    reach: dict[frozenset[Element], Candidate] = {}
    for candidate in ranked:
        covered = frozenset(
            part for part in wanted if any(fits_element(own, part) for own in candidate.case.verdict.covers)
        )
        if covered:
            reach.setdefault(covered, candidate)
    members = _fewest(reach)
    given = _shares(members)
    team = [candidate for _, candidate in members]
    asked = [_fees_for(candidate, given[candidate.ref]) for candidate in team]
    known = [each for each in asked if each is not None]
    minimum = sum(each.minimum for each in known) if known else None
    maximum = sum(each.maximum for each in known) if known else None
    covered_by_all = frozenset[Element]().union(*(covered for covered, _ in members))
    warnings = _dependence(team)
    unknown = [
        candidate.ref
        for candidate, each in zip(team, asked, strict=True)
        if each is None or not each.complete
    ]
    if unknown:
        warnings.append({"code": "fee_not_known", "members": unknown})
    return {
        "members": [candidate.ref for candidate in team],
        "covers": {
            candidate.ref: [
                element_code(own)
                for own in candidate.case.verdict.covers
                if any(fits_element(own, part) for part in given[candidate.ref])
            ]
            for candidate in team
        },
        "uncovered": [element_code(part) for part in wanted if part not in covered_by_all],
        "fee_min_minor": minimum,
        "fee_max_minor": maximum,
        "currency": "CNY",
        "over_budget": _over_budget(brief, minimum, maximum),
        "warnings": warnings,
    }


_Member = tuple[frozenset[Element], Candidate]


def _fewest(reach: dict[frozenset[Element], Candidate]) -> list[_Member]:
    """Members in order of rank."""
    if not reach:
        return []
    everything = frozenset[Element]().union(*reach)
    useful = [
        (covered, candidate)
        for covered, candidate in reach.items()
        if not any(covered < other and mate.score >= candidate.score for other, mate in reach.items())
    ]
    for size in range(1, _TRIED_WHOLE + 1):
        teams = [
            team
            for team in combinations(useful[:_TRIED_SETS], size)
            if frozenset[Element]().union(*(covered for covered, _ in team)) == everything
        ]
        if teams:  # `useful` is in order of rank, so the first of equals is the better ranked
            return list(max(teams, key=lambda team: sum(candidate.score for _, candidate in team)))
    team: list[_Member] = []
    left = everything
    while left:
        best = max(useful, key=lambda member: (len(member[0] & left), member[1].score))
        team.append(best)
        left -= best[0]
    return [member for member in useful if member in team]


def _shares(members: Sequence[_Member]) -> dict[str, list[Element]]:
    """Which elements each member is in the team for: each element once, with the better ranked."""
    taken: set[Element] = set()
    shares = {}
    for covered, candidate in sorted(members, key=lambda member: -member[1].score):
        shares[candidate.ref] = sorted(covered - taken)
        taken |= covered
    return {candidate.ref: shares[candidate.ref] for _, candidate in members}


def _fees_for(candidate: Candidate, parts: Sequence[Element]) -> Fees | None:
    record = candidate.case.record
    lines = [
        position
        for position in candidate.case.verdict.lines
        if any(
            fits_element((line.service, line.right, office), part)
            for line in [record.service_lines[position]]
            for office in line.offices
            for part in parts
        )
    ]
    return fees(record, lines)


def _over_budget(brief: Brief, minimum: int | None, maximum: int | None) -> str | None:
    """None within the budget or when not known; "upper" when only the upper end is above it; else "all"."""
    if brief.budget_max_minor is None or brief.currency is None or minimum is None or maximum is None:
        return None
    limit = to_cny_minor(brief.budget_max_minor, brief.currency)
    if limit is None or maximum <= limit:
        return None
    return "upper" if minimum <= limit else "all"


def _dependence(team: Sequence[Candidate]) -> list[dict[str, Any]]:
    """A warning for each valuer and lender that are one firm, or belong together by ownership."""
    valuers = [candidate for candidate in team if _does(candidate, "VAL")]
    lenders = [candidate for candidate in team if _does(candidate, "FIN")]
    pairs = {
        frozenset({valuer.ref, lender.ref}): None
        for valuer in valuers
        for lender in lenders
        if valuer is lender or _related(valuer.case.record, lender.case.record)
    }
    return [{"code": "valuer_not_independent", "members": sorted(pair)} for pair in pairs]


def _does(candidate: Candidate, service: str) -> bool:
    return any(own[0] == service for own in candidate.case.verdict.covers)


def _related(one: ProviderRecord, other: ProviderRecord) -> bool:
    """Whether they share an owner, or one owns the other, by name."""
    owners = [{core_name(name) for name in record.owned_by} for record in (one, other)]
    names = [
        {core_name(name) for name in (*record.name.values(), *record.aliases)} for record in (one, other)
    ]
    return bool(owners[0] & owners[1] or owners[0] & names[1] or owners[1] & names[0])
