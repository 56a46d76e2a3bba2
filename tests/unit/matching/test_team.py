"""The first team: fewest members, best mean score, fees, independence."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from directory.rules.eligibility import Verdict
from directory.types import Brief, ProviderRecord, ServiceLineRecord
from matching.team import assemble
from matching.types import Candidate, Case

TODAY = dt.date(2026, 12, 1)


def candidate(ref: str, score: float, *covers: tuple[str, str, str], brief: Brief, **changes) -> Candidate:
    fee = changes.pop("fee", None)
    record = ProviderRecord(
        ref=ref, form="organisation", kind="consultant", name={"en": f"{ref} Ltd"}, country="CN",
        service_lines=[
            ServiceLineRecord(
                service=service, right=right, offices=[office],
                **({"fee_min_minor": fee[0], "fee_max_minor": fee[1], "currency": "CNY"} if fee else {}),
            )
            for service, right, office in covers
        ],
        **changes,
    )  # fmt: skip
    verdict = Verdict(None, tuple(range(len(covers))), covers)
    return Candidate(1, 1, (), Case(record, verdict, brief, TODAY), score=score)


def element(service: str, office: str = "CN") -> tuple[str, str, str]:
    return (service, "patent", office)


def need(services, offices=("CN",), **more) -> Brief:
    return Brief(services=list(services), rights=["patent"], offices=list(offices), **more)


def team(brief: Brief, *members) -> dict:
    ranked = sorted(
        (candidate(ref, score, *covers, brief=brief, **more) for ref, score, covers, more in members),
        key=lambda each: -each.score,
    )
    return assemble(brief, ranked)


def test_one_who_covers_all_beats_two_who_score_better():
    found = team(
        need(["VAL", "FIN"]),
        ("A", 90, [element("VAL")], {}),
        ("B", 90, [element("FIN")], {}),
        ("C", 40, [element("VAL"), element("FIN")], {}),
    )
    assert found["members"] == ["C"]


def test_of_teams_of_one_size_the_better_mean_wins():
    found = team(
        need(["VAL", "FIN", "LIC"]),
        ("A", 80, [element("VAL"), element("FIN")], {}),
        ("B", 70, [element("FIN"), element("LIC")], {}),
        ("C", 60, [element("LIC")], {}),
        ("D", 50, [element("VAL")], {}),
    )
    assert found["members"] == ["A", "B"]
    assert found["covers"] == {"A": ["VAL:patent:CN", "FIN:patent:CN"], "B": ["LIC:patent:CN"]}


def test_what_nobody_covers_is_said():
    found = team(need(["VAL", "FIN"], ["CN", "KE"]), ("A", 80, [element("VAL")], {}))
    assert found["members"] == ["A"]
    assert found["uncovered"] == ["VAL:patent:KE", "FIN:patent:CN", "FIN:patent:KE"]


def test_large_teams_are_put_together_too():
    offices = [f"{a}{b}" for a, b in itertools.product("ABC", "XYZ")]
    found = team(need(["VAL"], offices), *((office, 50, [element("VAL", office)], {}) for office in offices))
    assert sorted(found["members"]) == sorted(offices)
    assert found["uncovered"] == []


def test_any_office_is_covered_by_one():
    brief = Brief(services=["VAL"])
    found = team(brief, ("A", 80, [element("VAL", "CN"), element("VAL", "JP")], {}))
    assert found["members"] == ["A"]
    assert found["uncovered"] == []
    assert found["covers"] == {"A": ["VAL:patent:CN", "VAL:patent:JP"]}


@pytest.mark.parametrize(("budget", "expected"), [(None, None), (500, None), (499, "upper"), (299, "all")])
def test_fees_are_summed_and_held_against_the_budget(budget, expected):
    found = team(
        need(["VAL", "FIN"], budget_max_minor=budget, currency="CNY"),
        ("A", 80, [element("VAL")], {"fee": (100, 200)}),
        ("B", 70, [element("FIN")], {"fee": (200, 300)}),
    )
    assert (found["fee_min_minor"], found["fee_max_minor"], found["currency"]) == (300, 500, "CNY")
    assert found["over_budget"] == expected
    assert found["warnings"] == []


def test_a_member_without_known_fee_is_named():
    found = team(
        need(["VAL", "FIN"]),
        ("A", 80, [element("VAL")], {"fee": (100, 200)}),
        ("B", 70, [element("FIN")], {}),
    )
    assert (found["fee_min_minor"], found["fee_max_minor"]) == (100, 200)
    assert found["warnings"] == [{"code": "fee_not_known", "members": ["B"]}]


@pytest.mark.parametrize(
    ("valuer", "lender", "dependent"),
    [
        ([], [], False),
        (["Lantern Holdings"], ["Other Holdings"], False),
        (["Lantern Holdings Ltd"], ["LANTERN HOLDINGS"], True),
        (["L Ltd"], [], True),  # the lender itself owns the valuer
        ([], ["V"], True),
    ],
)
def test_valuer_and_lender_must_be_independent(valuer, lender, dependent):
    found = team(
        need(["VAL", "FIN"]),
        ("V", 80, [element("VAL")], {"owned_by": valuer, "fee": (1, 1)}),
        ("L", 70, [element("FIN")], {"owned_by": lender, "fee": (1, 1)}),
    )
    expected = [{"code": "valuer_not_independent", "members": ["L", "V"]}] if dependent else []
    assert found["warnings"] == expected


def test_one_firm_that_values_and_lends_is_not_independent_of_itself():
    found = team(need(["VAL", "FIN"]), ("A", 80, [element("VAL"), element("FIN")], {"fee": (1, 1)}))
    assert found["warnings"] == [{"code": "valuer_not_independent", "members": ["A"]}]


def test_nobody():
    found = team(need(["VAL"]))
    assert found["members"] == []
    assert found["covers"] == {}
    assert found["fee_min_minor"] is None
