from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from engine_samples import TODAY, line, stored

from directory import taxonomy
from directory.rules.listing import TIERS, listable, public_record, tier
from directory.types import ProviderRecord


def record(*vettings: object, **more: object) -> ProviderRecord:
    return stored(1, "Cedar Lantern", service_lines=[line(vetting=each) for each in vettings], **more).record


@pytest.mark.parametrize(
    ("states", "listed"),
    [
        ([], True), (["suspended"], False), (["removed"], False), (["suspended", "removed"], False),
        (["restricted"], True),
        (["suspended", "expired"], True), (["under_review"], True), (["removed", "listed"], True),
    ],
)  # fmt: skip
def test_listable_by_lines(states: list[str], listed: bool) -> None:
    assert listable(record(*({"state": state} for state in states))) is listed


@pytest.mark.parametrize("state", ["draft", "unpublished", "erased"])
def test_only_published_is_listable(state: str) -> None:
    assert not listable(record(state=state))


def test_public_record_hides_lines_and_says_what_lapsed() -> None:
    whole = record(
        {"state": "vetted", "until": "2026-11-30"},
        {"state": "suspended"},
        {"state": "restricted"},
        {"state": "removed"},
        {"state": "vetted", "until": "2026-12-01"},
        None,
        conflict_parties=[{"name": "Secretparty"}],
    )
    before = msgspec.json.encode(whole)
    public = public_record(whole, TODAY)
    states = [each.vetting and each.vetting.state for each in public.service_lines]
    assert states == ["expired", "vetted", None]
    assert public.service_lines[0].vetting is not None
    assert public.service_lines[0].vetting.until == dt.date(2026, 11, 30)
    assert public.conflict_parties == []
    assert msgspec.json.encode(whole) == before


def test_tier_is_the_best_shown_state() -> None:
    assert (
        tier(record({"state": "claimed"}, {"state": "verified"}, {"state": "removed"}), TODAY) == "verified"
    )
    assert tier(record({"state": "vetted", "until": "2026-11-30"}), TODAY) == "expired"
    assert tier(record({"state": "restricted"}), TODAY) is None
    assert tier(record(), TODAY) is None


def test_tiers_are_the_states_that_may_be_shown() -> None:
    hidden = {"suspended", "restricted", "removed"}
    assert set(TIERS) == set(taxonomy.codes("vetting_state")) - hidden
