"""The three flows of the directory in Chromium: finding, describing a need, editing a profile.

Each with script and without, in English and in Chinese. Parts of a page are found by their names and by
the taxonomy's labels, so that a test says the same in both languages.
"""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from e2e.browsing import sign_in
from playwright.sync_api import Page, expect
from website import PASSWORD

from directory.actions.memberships import join_provider
from directory.taxonomy import label
from directory.types import COMMAND_LINE

VISITORS = pytest.mark.parametrize(
    ("language", "script", "width"),
    [("en", True, 1280), ("en", False, 360), ("zh-Hans", True, 360), ("zh-Hans", False, 1280)],
)
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
FINDABLE_WITHIN_SECONDS = 2
"""What issue and product promise of an edit."""


def asked(page: Page) -> dict[str, list[str]]:
    """What stands in the address."""
    return parse_qs(urlsplit(page.url).query)


def total(page: Page) -> int:
    """How many providers were found."""
    return int(re.search(r"\d+", page.locator(".results-head h2").inner_text()).group())


def names(page: Page) -> list[str]:
    """The providers of a page of results, in order, once all of the page is there."""
    page.wait_for_load_state()
    return page.locator(".result-card h3 a").all_inner_texts()


def choose(page: Page, name: str, value: str) -> int:
    """Tick a filter; the count that stands beside it."""
    box = page.locator(f'input[name="{name}"][value="{value}"]')
    for disclosure in reversed(box.locator("xpath=ancestor::details[not(@open)]").all()):
        summary = disclosure.locator("> summary")
        if summary.is_visible():
            summary.click()
    box.check()
    return int(box.locator("xpath=..").locator(".option-count").inner_text())


def press(page: Page, selector: str) -> None:
    page.locator(selector).click()
    page.wait_for_load_state()


# --- Finding ------------------------------------------------------------------------------------------------


@VISITORS
def test_searching(town, language, script, width):
    with town.visitor(script=script, language=language, width=width) as page:
        page.goto("/")
        page.fill("#q", "专利" if language == "zh-Hans" else "patent")
        press(page, "main form[role=search] button")
        everything = total(page)
        assert everything > 40
        assert len(names(page)) == 20

        expected = choose(page, "office", "CN")
        press(page, ".filter-body > .btn")
        assert asked(page)["office"] == ["CN"]
        assert total(page) == expected < everything
        expected = choose(page, "service", "PROS")
        press(page, ".filter-body > .btn")
        assert total(page) == expected
        tags = page.locator(".tags .tag")
        assert {label("office", "CN", language), label("service", "PROS", language)} == {
            re.split("[:：] ?", text.removesuffix("×").strip())[-1] for text in tags.all_inner_texts()
        }

        tags.filter(has_text=label("service", "PROS", language)).locator("a").click()
        assert "service" not in asked(page)
        assert asked(page)["office"] == ["CN"]

        page.select_option("#sort", "name")
        press(page, ".sort button")
        assert asked(page)["sort"] == ["name"]
        by_name = names(page)
        assert len(by_name) == 20
        page.locator('.pager a[rel="next"]').click()
        assert asked(page)["page"] == ["2"]
        assert page.locator(".pager a[aria-current=page]").inner_text() == "2"
        assert not set(names(page)) & set(by_name)
        page.go_back()
        assert names(page) == by_name

        page.locator(".result-card h3 a").first.click()
        expect(page.locator("h1")).to_have_text(by_name[0])
        expect(page.locator("#lines-heading")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language
        page.go_back()
        assert names(page) == by_name
        assert page.locator('input[name="office"][value="CN"]').is_checked()


@SCRIPT
def test_nothing_found_offers_what_to_take_away(town, script):
    with town.visitor(script=script) as page:
        page.goto("/search?q=patent&office=CN&service=FIN&service=TRAIN&kind=administrator")
        assert total(page) == 0
        way_out = page.locator(".empty li").first
        promised = int(re.search(r"(\d+)", way_out.locator(".quiet").inner_text()).group())
        way_out.locator("a").click()
        assert total(page) == promised > 0


@SCRIPT
def test_the_language_is_chosen_and_stays(town, script):
    with town.visitor(script=script) as page:
        page.goto("/search?q=patent&office=CN")
        page.locator('.site-account a[hreflang="zh-Hans"]').click()
        assert asked(page) == {"q": ["patent"], "office": ["CN"]}
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        expect(page.locator(".tags .tag")).to_contain_text(label("office", "CN", "zh-Hans"))
        page.locator(".result-card h3 a").first.click()
        assert page.locator("html").get_attribute("lang") == "zh-Hans"


# --- A need is described ------------------------------------------------------------------------------------

S1 = "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通,对手是北星半导体"
OWNER = "owner@works.example"


def ticked(page: Page, name: str) -> list[str]:
    """The values that are ticked for a question, shown or folded away."""
    return [box.get_attribute("value") for box in page.locator(f'input[name="{name}"]:checked').all()]


@VISITORS
def test_describing_a_need(live_market, language, script, width):
    """From the owner's own words to a team, a ranking with reasons, and who only just is not eligible."""
    live_market.site.account(OWNER, organisation="Invented Works")
    with live_market.visitor(OWNER, script=script, language=language, width=width) as page:
        page.goto("/needs")
        press(page, 'main a.btn[href="/needs/new"]')
        page.fill("#text", S1)
        press(page, "main button.btn-primary")

        assert page.locator("#need_type").input_value() == "protect"
        assert ticked(page, "services") == ["DRAFT", "PROS"]
        assert ticked(page, "offices") == ["CN", "EP"]
        assert page.locator("#budget").input_value() == "200000"
        expect(page.locator(".read-from").first).to_be_visible()
        parties = page.locator("section.answer:has(#adverse_parties)")
        parties.locator("summary").click()
        page.fill("#adverse_parties", "北星半导体\nNorthstar Semiconductor")
        press(page, "main button.btn-primary[value=confirm]")

        assert urlsplit(page.url).path.endswith("/shortlist")
        team = page.locator(".team-members > li > strong a")
        assert [each.get_attribute("href") for each in team.all()] == ["/providers/P1", "/providers/P7"]
        expect(page.locator(".team .standing-verified")).to_be_visible()
        order = ranked(page)
        assert set(order) >= {"/providers/P1", "/providers/P7"}
        assert not {"/providers/P8", "/providers/P9", "/providers/P13"} & set(order)
        for match in page.locator(".match").all():
            assert match.locator(".reasons li").count() >= 3
            match.locator("summary").click()
            points = [float(each) for each in match.locator("tbody td:nth-child(2)").all_inner_texts()]
            shown = match.locator("tfoot td").first.inner_text()
            assert f"{sum(points):.1f}" == shown == match.locator(".match-score .figures").inner_text()
        page.reload()
        assert ranked(page) == order

        page.locator('main a[href$="/not-eligible"]').click()
        expect(page.locator(".counts tbody tr").first).to_be_visible()
        near = page.locator('.fact-items li:has(a[href="/providers/P8"])')
        expect(near).to_contain_text(label("reason", "vetting_lapsed", language))
        assert page.locator('a[href="/providers/P9"]').count() == 0, "who is suspended is never named"

        page.goto("/needs")
        expect(page.locator(".cards li")).to_have_count(1)


def ranked(page: Page) -> list[str]:
    """The providers of a shortlist, in order."""
    return [each.get_attribute("href") for each in page.locator(".match h3 a").all()]


# --- A profile is edited ------------------------------------------------------------------------------------


@VISITORS
def test_a_firm_signs_up_and_edits_its_profile(live_market, language, script, width):
    account, site = "firm@works.example", live_market.site
    with live_market.visitor(script=script, language=language, width=width) as page:
        page.goto("/sign-up")
        page.check("#role-firm")
        page.fill("#name", "Ada Invented")
        page.fill("#email", account)
        page.fill("#password", PASSWORD)
        press(page, "main button[type=submit]")
        assert urlsplit(page.url).path == "/account/check-mail"
        page.goto(live_market.mailed_link(account))
        press(page, "main button[type=submit]")
        sign_in(page, account)
        assert urlsplit(page.url).path == "/account"
        join_provider(
            "P1", account, "owner", actor=COMMAND_LINE, uow=site.services.unit_of_work(), clock=site.clock
        )

        page.locator('.site-nav a[href="/firm"]').click()
        page.locator('main a[href="/firm/P1"]').click()
        page.locator('main a[href="/firm/P1/about"]').click()
        page.fill(f"#summary_{language}", "We draft claims for gallium quokkatronics 专利撰写.")
        press(page, "main button[type=submit]")
        saved = time.monotonic()
        with live_market.visitor(script=script, language=language) as visitor:
            visitor.goto("/search?q=quokkatronics")
            while total(visitor) == 0 and time.monotonic() < saved + FINDABLE_WITHIN_SECONDS:
                visitor.reload()
            assert total(visitor) == 1
            visitor.locator(".result-card h3 a").click()
            expect(visitor.locator("article")).to_contain_text("quokkatronics")

            page.locator('main a[href="/firm/P1/lines/1"]').click()
            page.check("#offices-US")
            page.fill("#fee_min_minor", "25000")
            press(page, "main button[type=submit]")
            assert urlsplit(page.url).path == "/firm/P1"
            expect(page.locator(".notice .standing-expiring")).to_be_visible()
            expect(page.locator("main tbody tr").nth(1)).to_contain_text("US")
            visitor.reload()
            lines = visitor.locator("#lines-heading + .table-region tbody")
            expect(lines).to_contain_text("25,000")
            expect(lines).not_to_contain_text(label("office", "US", language))
