from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from engine_samples import NOW, TODAY, line, stored, tier_of

from directory.types import ProviderRecord
from search.documents import SORT_NAME_BYTES, document, sort_name, tie
from search.fields import FILTER_KEYS
from search.types import FOREVER, Document


def built(**more: object) -> Document:
    found = document(stored(1, more.pop("name", "Cedar Lantern"), **more))  # type: ignore[arg-type]
    assert found is not None
    return found


SECRETS = {
    "conflict_parties": [{"name": "Secretparty Holding"}],
    "sponsored": True,
    "founded": 1871,
    "owned_by": ["Secretowner Group"],
    "register_domain": "secretdomain.example",
    "insurance": {"limit_minor": 987654321, "currency": "CNY"},
    "response": {"median_first_reply_hours": 7531.5, "n": 8642},
}


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_document_is_the_same_whatever_is_private_paid_or_large(key: str) -> None:
    assert built(**{key: SECRETS[key]}) == built()


@pytest.mark.parametrize(
    "more",
    [
        {"state": "draft"},
        {"state": "unpublished"},
        {"state": "erased"},
        {"service_lines": [line(vetting={"state": "suspended"})]},
        {"service_lines": [line(vetting={"state": "removed"}), line(vetting={"state": "suspended"})]},
    ],
)
def test_unlistable_has_no_document(more: dict[str, object]) -> None:
    assert document(stored(1, "Cedar Lantern", **more)) is None


def test_only_shown_lines_are_in_it() -> None:
    found = built(
        service_lines=[
            line("LITI", "trademark", ["JP"], nice=[9], fee_model="hourly", vetting={"state": "restricted"}),
            line("PROS", "patent", ["CN"], fields=[8], vetting={"state": "expired"}),
        ]
    )
    assert found.lines == ({"service": ("PROS",), "right": ("patent",), "office": ("CN",), "field": ("8",)},)
    assert found.values["nice"] == found.values["fee_model"] == ()
    assert "service:liti" not in found.texts["codes"].split()
    assert "office:jp" not in found.texts["codes"].split()


def test_all_lines_restricted_is_listed_without_lines() -> None:
    assert built(service_lines=[line(vetting={"state": "restricted"})]).lines == ()


def test_every_filter_key_is_stated() -> None:
    found = built(service_lines=[line()])
    assert {*found.values, *found.lines[0], "tier"} == set(FILTER_KEYS)


@pytest.mark.parametrize(
    ("fee", "currency", "band"),
    [
        (1_999_999, "CNY", "B1"),
        (2_000_000, "CNY", "B2"),
        (50_000_000, "CNY", "B5"),
        (100, "XXX", None),
        (None, "CNY", None),
    ],
)
def test_price_band_is_in_fen_by_the_reference_rates(
    fee: int | None, currency: str, band: str | None
) -> None:
    found = built(service_lines=[line(fee_min_minor=fee, currency=currency)])
    assert found.values["price_band"] == ((band,) if band else ())


@pytest.mark.parametrize(
    ("vettings", "until_outcomes", "until_vetted", "standing", "tier"),
    [
        ([None], 0, 0, "listed", "listed"),
        ([{"state": "vetted"}], 0, FOREVER, "expired", "vetted"),
        ([{"state": "vetted", "until": "2026-12-01"}], 0, TODAY.toordinal(), "expired", "vetted"),
        ([{"state": "vetted", "until": "2026-11-30"}], 0, TODAY.toordinal() - 1, "expired", "expired"),
        (
            [{"state": "vetted", "until": "2026-11-30"}, {"state": "verified"}],
            0,
            TODAY.toordinal() - 1,
            "verified",
            "verified",
        ),
        ([{"state": "under_review"}, {"state": "expired"}], 0, 0, "expired", "expired"),
        (
            [{"state": "vetted_outcomes", "until": "2027-01-01"}],
            (dt.date(2027, 1, 1)).toordinal(),
            0,
            "expired",
            "vetted_outcomes",
        ),
        ([], 0, 0, None, None),
    ],
)
def test_tier(
    vettings: list[object], until_outcomes: int, until_vetted: int, standing: str | None, tier: str | None
) -> None:
    found = built(service_lines=[line(vetting=each) for each in vettings])
    assert (found.outcomes_until, found.vetted_until, found.standing) == (
        until_outcomes,
        until_vetted,
        standing,
    )
    assert tier_of(found) == tier


def test_tie_is_a_hash_that_follows_the_ref_alone() -> None:
    assert tie("P1") == built(ref="P1").tie == built(ref="P1", name="Another Name").tie
    assert 0 <= tie("P1") < 2**32 and tie("P1") != tie("P2")


def test_sort_name_is_cut_between_characters() -> None:
    record = msgspec.convert(
        {
            "ref": "a",
            "form": "organisation",
            "kind": "lawyer",
            "name": {"zh-Hans": "青" * 40},
            "country": "CN",
        },
        ProviderRecord,
    )
    assert sort_name(record) == "青" * (SORT_NAME_BYTES // 3)


def test_people_are_found_by_name_pinyin_and_script() -> None:
    found = built(people=[{"ref": "a", "name": {"zh-Hans": "張清禾"}}])
    assert "张清" in found.texts["people_zh"].split()
    assert "zhangqinghe" in found.texts["people"].split()


def test_matters_are_in_the_text() -> None:
    found = built(matters=[{"title": "Zebrafish imaging", "text": "斑马鱼成像"}])
    assert "zebrafish" in found.texts["text"].split()
    assert "斑马" in found.texts["text_zh"].split()


def test_moment_of_storing_is_not_in_it() -> None:
    provider = stored(1, "Cedar Lantern")
    later = msgspec.structs.replace(provider, updated_at=NOW + dt.timedelta(days=1))
    assert document(provider) == document(later)
