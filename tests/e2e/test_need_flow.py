"""Describing a need through the real pages: own words, check what was read, keep it, change it, end it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from e2e.browsing import live
from sqlalchemy import select
from website import PASSWORD, TOTP_SECRET

from directory.models import Need
from directory.store import needs as store

S1 = "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通,对手是北星半导体"
S5 = "SME, 7 invention patents, wants a RMB 8m pledge loan in Shanghai within 60 days"
CONFIRMED_S1 = {
    "step": "confirm",
    "text": S1,
    "need_type": "protect",
    "services": ["DRAFT", "PROS"],
    "rights": ["patent"],
    "offices": ["CN", "EP"],
    "fields": ["8"],
    "industries": ["semiconductors"],
    "languages": ["zh-Hans", "en"],
    "budget": "200000",
    "currency": "CNY",
    "adverse_parties": "北星半导体\nNorthstar Semiconductor",
    "owner_country": "CN",
    "min_tier": "vetted",
}


def checked(page: str, name: str) -> list[str]:
    """The values that are ticked for a field of a page."""
    return re.findall(rf'name="{name}" value="([^"]*)" checked', page)


def selected(page: str, name: str) -> str:
    """The option that is chosen in a select of a page."""
    field = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S).group()
    found = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', field)
    return found.group(1) or found.group(2) if found else ""


def typed(page: str, name: str) -> str:
    """What stands in a text field of a page."""
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    return re.search(r'value="([^"]*)"', field.group()).group(1)


def kept(site) -> list:
    with site.services.reading() as session:
        return [store.by_ref(session, ref) for ref in session.scalars(select(Need.ref).order_by(Need.id))]


def submitted(visitor, **changes) -> str:
    """The ref of a need that was kept through the pages."""
    answer = visitor.post("/needs/check", CONFIRMED_S1 | changes)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].split("/")[2]


# Reading


def test_s1_is_read_into_the_brief_that_its_owner_meant(site):
    page = site.browser().post("/needs/check", {"step": "read", "text": S1}, page="/needs/new").text
    assert selected(page, "need_type") == "protect"
    assert checked(page, "services") == ["DRAFT", "PROS"]
    assert checked(page, "rights") == ["patent"]
    assert checked(page, "offices") == ["CN", "EP"]
    assert checked(page, "fields") == ["8"]
    assert sorted(checked(page, "languages")) == ["en", "zh-Hans"]
    assert (typed(page, "budget"), selected(page, "currency")) == ("200000", "CNY")
    assert re.search(r'name="adverse_parties"[^>]*>\s*北星半导体</textarea>', page)
    assert re.search("<q>[^<]*申请[^<]*</q>", page), "the words it was read from"
    assert "<q>20万元</q>" in page
    assert "sure" in page
    assert kept(site) == [], "nothing is kept before it is confirmed"


def test_s5_is_read_as_finance_and_valuation(site):
    page = site.browser().post("/needs/check", {"step": "read", "text": S5}, page="/needs/new").text
    assert sorted(checked(page, "services")) == ["FIN", "VAL"]
    assert checked(page, "rights") == ["patent"]
    assert checked(page, "offices") == ["CN"]
    assert typed(page, "deadline") == "2027-01-30"
    assert typed(page, "budget") == "", "the loan is no budget"


def test_the_page_warns_of_disclosure_and_says_that_nothing_is_sent(site):
    page = site.browser().get("/needs/new").text
    assert "Do not describe the invention itself" in page
    assert "not privileged" in page
    assert "Nothing is sent to any provider" in page


def test_a_form_serves_those_who_prefer_one(site):
    visitor = site.signed_in("owner")
    assert "Describe your need with a form" in visitor.get("/needs/check").text
    ref = submitted(visitor, text="")
    assert kept(site)[0].ref == ref
    assert kept(site)[0].text == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Describe what you need"),
        (" \n ", "Describe what you need"),
        ("很" * 20_001, "Shorten the text to 20000 characters"),
        ("patent\x00 in China", "Remove characters that are no text"),
    ],
)
def test_a_text_that_cannot_be_read_comes_back_as_it_was(site, text, words):
    answer = site.browser().post("/needs/check", {"step": "read", "text": text}, page="/needs/new")
    assert answer.status_code == 400
    assert words in answer.text
    assert "<title>Error: " in answer.text
    assert text.strip() in answer.text


def test_what_is_typed_is_never_markup(site):
    text = "patent </textarea><script>alert(1)</script> in China"
    page = site.browser().post("/needs/check", {"step": "read", "text": text}, page="/needs/new").text
    assert "<script>alert" not in page


# Confirming


def test_confirming_keeps_every_answer_as_the_owners_word(site):
    ref = submitted(site.signed_in("owner"))
    (need,) = kept(site)
    assert (need.ref, need.state, need.text, need.language) == (ref, "open", S1, "zh-Hans")
    assert need.stated == {
        "need_type": "protect",
        "services": ["DRAFT", "PROS"],
        "rights": ["patent"],
        "offices": ["CN", "EP"],
        "fields": [8],
        "ipc": [],
        "nice": [],
        "industries": ["semiconductors"],
        "languages": ["zh-Hans", "en"],
        "kinds": [],
        "budget_max_minor": 20_000_000,
        "currency": "CNY",
        "budget_firm": False,
        "deadline": None,
        "adverse_parties": ["北星半导体", "Northstar Semiconductor"],
        "must": [],
        "owner_country": "CN",
        "purposes": [],
        "min_tier": "vetted",
    }


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"services": ["PROS", "ALCHEMY"]}, "services", "Choose from the list"),
        ({"fields": ["8", "99"]}, "fields", "Choose from the list"),
        ({"fields": ["x" * 5000]}, "fields", "Choose from the list"),
        ({"languages": ["klingon"]}, "languages", "Choose from the list"),
        ({"min_tier": "best"}, "min_tier", "Choose from the list"),
        ({"owner_country": "Atlantis"}, "owner_country", "Choose from the list"),
        ({"ipc": "H01L 29, nonsense"}, "ipc", "Enter patent classes"),
        ({"budget": "a lot"}, "budget", "Enter the budget as a number"),
        ({"budget": "-5"}, "budget", "Enter the budget as a number"),
        ({"budget": "1e400"}, "budget", "Enter the budget as a number"),
        ({"budget": "NaN"}, "budget", "Enter the budget as a number"),
        ({"currency": "DOUBLOON"}, "currency", "Choose the currency"),
        ({"deadline": "next spring"}, "deadline", "Enter the deadline as year-month-day"),
        ({"adverse_parties": "x" * 301}, "adverse_parties", "at most 300 characters"),
        ({"adverse_parties": "a\x00b"}, "adverse_parties", "Remove characters that are no text"),
        ({"text": "很" * 20_001}, "text", "Shorten the text"),
    ],
)
def test_a_wrong_answer_is_named_at_its_field_and_nothing_is_lost(site, changes, field, words):
    visitor = site.signed_in("owner")
    answer = visitor.post("/needs/check", CONFIRMED_S1 | changes)
    assert answer.status_code == 400
    assert f'<a href="#{field}">' in answer.text
    assert words in answer.text
    assert f'id="{field}"' in answer.text
    assert S1 in answer.text or "text" in changes
    assert checked(answer.text, "offices") == ["CN", "EP"]
    assert kept(site) == []


def test_budgets_may_be_written_as_people_write_them(site):
    visitor = site.signed_in("owner")
    for written, minor in (("200,000", 20_000_000), ("20万", 20_000_000), ("１５00.50", 150_050)):
        submitted(visitor, budget=written)
        assert kept(site)[-1].stated["budget_max_minor"] == minor
    submitted(visitor, budget="200000", currency="JPY")
    assert kept(site)[-1].stated["budget_max_minor"] == 200_000


def test_nothing_said_at_all_is_no_need(site):
    answer = site.signed_in("owner").post("/needs/check", {"step": "confirm", "text": " "})
    assert answer.status_code == 400
    assert "Describe what you need, or choose at least one service" in answer.text


# Before signing in


def test_a_visitor_signs_in_on_the_page_and_loses_nothing(site):
    site.account("ada@works.example", organisation="Invented Works")
    visitor = site.browser()
    wrong = visitor.post("/needs/check", CONFIRMED_S1 | {"email": "ada@works.example", "password": "no"})
    assert wrong.status_code == 400
    assert "is not right" in wrong.text
    assert checked(wrong.text, "offices") == ["CN", "EP"]
    assert kept(site) == []
    right = visitor.post("/needs/check", CONFIRMED_S1 | {"email": "ada@works.example", "password": PASSWORD})
    assert right.status_code == 303
    assert kept(site)[0].owner_name == "Invented Works"
    assert visitor.get("/needs").status_code == 200


def test_a_page_left_open_while_its_owner_signed_in_comes_back_whole(site):
    site.account("ada@works.example", organisation="Invented Works")
    visitor = site.browser()
    page = visitor.post("/needs/check", {"step": "read", "text": S1}, page="/needs/new").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    visitor.sign_in("ada@works.example")
    answer = visitor.client.post("/needs/check", data=CONFIRMED_S1 | {"csrf_token": token})
    assert answer.status_code == 400
    assert "Send it once more" in answer.text
    assert S1 in answer.text
    assert checked(answer.text, "offices") == ["CN", "EP"]
    assert kept(site) == [], "a forged request changes nothing"


@pytest.mark.parametrize("role", ["firm", "administrator"])
def test_only_owners_keep_needs(site, role):
    extra = {"totp_secret": TOTP_SECRET} if role == "administrator" else {}
    site.account("x@works.example", role, **extra)
    visitor = site.browser()
    answer = visitor.post("/needs/check", CONFIRMED_S1 | {"email": "x@works.example", "password": PASSWORD})
    assert answer.status_code == 400
    assert "Only an owner" in answer.text
    assert kept(site) == []
    assert visitor.get("/account").status_code == 303, "and nobody is signed in by it"


@pytest.mark.parametrize(
    "path", ["/needs/check", "/needs/{}/edit", "/needs/{}/withdraw", "/needs/{}/close", "/needs/{}/consent"]
)
def test_every_form_needs_its_token(site, path):
    visitor = site.signed_in("owner")
    ref = submitted(visitor)
    before = kept(site)
    answer = visitor.client.post(path.format(ref), data=CONFIRMED_S1 | {"version": "1", "consent": "yes"})
    assert answer.status_code == 400
    assert kept(site) == before


# Who may read it


def test_nobody_outside_the_organisation_can_read_a_need(site):
    ref = submitted(site.signed_in("owner"))
    other = site.signed_in("owner", "other@elsewhere.example")
    firm = site.signed_in("firm")
    administrator = site.signed_in("administrator")
    for visitor in (other, firm, administrator):
        missing = visitor.get("/needs/need-000000000000")
        for path in (f"/needs/{ref}", f"/needs/{ref}/edit", f"/needs/{ref}/close"):
            answer = visitor.get(path)
            assert answer.status_code == 404
            assert S1 not in answer.text
        assert visitor.get(f"/needs/{ref}").text.count("\n") == missing.text.count("\n")
    assert S1 not in other.get("/needs").text
    assert site.browser().get(f"/needs/{ref}").status_code == 303


def test_administrators_read_a_need_only_while_its_owner_consents(site):
    owner, administrator = site.signed_in("owner"), site.signed_in("administrator")
    ref = submitted(owner)
    owner.post(f"/needs/{ref}/consent", {"consent": "yes"}, page=f"/needs/{ref}")
    answer = administrator.get(f"/needs/{ref}")
    assert answer.status_code == 200
    assert S1 in answer.text
    assert f"/needs/{ref}/edit" not in answer.text
    forbidden = administrator.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "2"})
    assert forbidden.status_code == 403
    owner.post(f"/needs/{ref}/consent", {"consent": "no"}, page=f"/needs/{ref}")
    assert administrator.get(f"/needs/{ref}").status_code == 404


# Changing and ending


def test_editing_replaces_words_and_answers(site):
    visitor = site.signed_in("owner")
    ref = submitted(visitor)
    page = visitor.get(f"/needs/{ref}/edit").text
    assert checked(page, "offices") == ["CN", "EP"]
    answer = visitor.post(
        f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "1", "offices": ["CN"], "text": "只要中国"}
    )
    assert answer.status_code == 303
    (need,) = kept(site)
    assert (need.version, need.text, need.stated["offices"]) == (2, "只要中国", ["CN"])


def test_a_stale_edit_shows_both_versions(site):
    visitor = site.signed_in("owner")
    ref = submitted(visitor)
    visitor.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "1", "text": "a colleague's words"})
    answer = visitor.post(
        f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "1", "text": "my words", "offices": ["JP"]}
    )
    assert answer.status_code == 409
    assert "a colleague&#39;s words" in answer.text
    assert "my words" in answer.text
    assert checked(answer.text, "offices") == ["JP"]
    assert kept(site)[0].text == "a colleague's words"
    again = visitor.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "2", "text": "my words"})
    assert again.status_code == 303


def test_a_withdrawn_need_stays_readable_and_changes_no_more(site):
    visitor = site.signed_in("owner")
    ref = submitted(visitor)
    assert visitor.post(f"/needs/{ref}/withdraw", page=f"/needs/{ref}").status_code == 303
    assert kept(site)[0].state == "withdrawn"
    page = visitor.get(f"/needs/{ref}")
    assert "Withdrawn" in page.text
    assert f"/needs/{ref}/edit" not in page.text
    assert "Withdrawn" in visitor.get("/needs").text
    assert visitor.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "2"}).status_code == 409


def test_closing_without_engaging_anybody(site):
    visitor = site.signed_in("owner")
    ref = submitted(visitor)
    assert visitor.post(f"/needs/{ref}/close", {}).status_code == 400
    assert visitor.post(f"/needs/{ref}/close", {"engaged": "P9"}).status_code == 400
    assert visitor.post(f"/needs/{ref}/close", {"engaged": "nobody"}).status_code == 303
    assert (kept(site)[0].state, kept(site)[0].engaged_ref) == ("closed", None)
    assert "Closed without engaging anybody" in visitor.get(f"/needs/{ref}").text


# In a browser


@pytest.mark.parametrize(("script", "width"), [(True, 360), (False, 1280)])
def test_from_own_words_to_the_shortlist_in_chromium(market, chromium, script, width):
    market.account("ada@works.example", organisation="Invented Works")
    with live(market, chromium) as served, served.visitor(script=script, width=width) as page:
        page.goto("/needs/new")
        page.fill("#text", S1)
        page.click("main .btn-primary")
        offices = page.locator("section.answer", has=page.locator("#offices-head"))
        assert "China (CN), European Patent Office (EP)" in offices.inner_text()
        offices.locator("summary").click()
        if script:
            box = offices.get_by_label("Find in this list")
            box.fill("japan")
            assert page.locator("#offices-KR").is_hidden()
            assert page.locator("#offices-CN").is_visible(), "what is ticked stays"
            box.fill("")
        page.check("#offices-JP")
        page.click("main .btn-primary")
        assert page.title().startswith("Error: ")
        assert page.is_checked("#offices-JP"), "nothing is lost"
        page.fill("#email", "ada@works.example")
        page.fill("#password", PASSWORD)
        page.click("main .btn-primary[value=confirm]")
        assert page.inner_text("h1") == "Who fits"
        assert page.locator(".team-members > li").count() == 2
        assert "Japan" in page.inner_text(".team"), "what nobody covers is said"
        page.locator(".match summary").first.click()
        assert page.locator(".match table").first.is_visible()
        if script:
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert not Axe().run(page).response["violations"]
