"""The published methodology: what the pages say is what the ranker uses."""

from __future__ import annotations

import pytest

from directory import taxonomy
from matching.features import FAMILIES, FEATURES
from matching.registry import METHODOLOGY


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_anybody_reads_it_in_his_language(site, language):
    answer = site.browser().get("/methodology", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert METHODOLOGY in answer.text


def test_every_weight_and_every_rule_stands_on_the_page(site):
    page = site.browser().get("/methodology").text
    for family in FAMILIES:
        assert f"<strong>{family.points:g}</strong>" in page
    for feature in FEATURES:
        assert feature.label in page
    for code in taxonomy.codes("reason"):
        assert taxonomy.label("reason", code, "en") in page
    assert "payment of any kind" in page


def test_programs_get_the_same_numbers(site):
    data = site.browser().get("/methodology.json").json
    assert data["version"] == METHODOLOGY
    assert sum(family["points"] for family in data["families"]) == 100
    for family in data["families"]:
        parts = [feature["weight"] for feature in data["features"] if feature["family"] == family["name"]]
        assert sum(parts) == family["points"]
    assert [rule["reason"] for rule in data["eligibility"]] == list(taxonomy.codes("reason"))
    assert data["payment_is_an_input"] is False
    assert set(data["features"][0]["label"]) == {"en", "zh-Hans"}


def test_the_footer_leads_there(site):
    assert 'href="/methodology"' in site.browser().get("/").text
