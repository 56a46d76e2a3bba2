"""Every page in Chromium: accessible, fit for a small screen, and clean of inline script."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from e2e.browsing import LiveSite
from playwright.sync_api import Page
from sqlalchemy import select
from website import PASSWORD, TOTP_SECRET

from directory.actions.memberships import join_provider
from directory.models import Provider
from directory.types import COMMAND_LINE

SIGNED_OUT = None
OWNER, FIRM, ADMINISTRATOR = "owner@works.example", "firm@works.example", "administrator@works.example"
WITHOUT_CODE, WITHOUT_FACTOR = "half@works.example", "new@works.example"


class Opening(NamedTuple):
    """How a page is opened: as whose account, and where; `{...}` is what `furnished` made."""

    account: str | None
    address: str


PAGES: dict[str, list[Opening]] = {
    "account_settings.address": [Opening(OWNER, "/account/address")],
    "account_settings.close": [Opening(OWNER, "/account/close")],
    "account_settings.closed": [Opening(SIGNED_OUT, "/account/closed")],
    "account_settings.confirm_address": [
        Opening(SIGNED_OUT, "{confirm_address}"),
        Opening(SIGNED_OUT, "/account/address/old"),
    ],
    "account_settings.home": [Opening(OWNER, "/account"), Opening(FIRM, "/account")],
    "account_settings.password": [Opening(OWNER, "/account/password")],
    "accounts.confirm": [Opening(SIGNED_OUT, "{confirm}")],
    "accounts.enrol": [Opening(WITHOUT_FACTOR, "/account/second-factor/enrol")],
    "accounts.forgotten": [Opening(SIGNED_OUT, "/password/forgotten")],
    "accounts.look_into_mailbox": [Opening(SIGNED_OUT, "/account/check-mail")],
    "accounts.new_password": [Opening(SIGNED_OUT, "{new_password}")],
    "accounts.second_factor": [Opening(WITHOUT_CODE, "/account/second-factor")],
    "accounts.sign_in": [
        Opening(SIGNED_OUT, "/sign-in"),
        Opening(SIGNED_OUT, "/sign-in?done=confirmed&next=/needs"),
    ],
    "accounts.sign_up": [Opening(SIGNED_OUT, "/sign-up")],
    "audit.events": [Opening(ADMINISTRATOR, "/admin/audit"), Opening(ADMINISTRATOR, "/admin/audit?actor=x")],
    "colleagues.colleagues": [Opening(OWNER, "/account/colleagues")],
    "colleagues.join": [Opening(SIGNED_OUT, "{invitation}"), Opening(SIGNED_OUT, "/invitation/old")],
    "firm.about": [Opening(FIRM, "/firm/P1/about")],
    "firm.credentials": [Opening(FIRM, "/firm/P1/credentials")],
    "firm.home": [Opening(FIRM, "/firm")],
    "firm.line": [Opening(FIRM, "/firm/P1/lines/0")],
    "firm.new_line": [Opening(FIRM, "/firm/P1/lines/new")],
    "firm.profile": [Opening(FIRM, "/firm/P1")],
    "firm.start": [Opening(FIRM, "/firm/new")],
    "methodology.show": [Opening(SIGNED_OUT, "/methodology")],
    "needs.check": [Opening(OWNER, "/needs/check"), Opening(SIGNED_OUT, "/needs/check")],
    "needs.close": [Opening(OWNER, "{need}/close")],
    "needs.edit": [Opening(OWNER, "{need}/edit")],
    "needs.list": [Opening(OWNER, "/needs")],
    "needs.new": [Opening(SIGNED_OUT, "/needs/new")],
    "needs.show": [Opening(OWNER, "{need}")],
    "pages.about": [Opening(SIGNED_OUT, "/about")],
    "pages.start": [Opening(SIGNED_OUT, "/")],
    "providers.show": [Opening(SIGNED_OUT, "/providers/P1"), Opening(SIGNED_OUT, "{invented}")],
    "search.results": [
        Opening(SIGNED_OUT, "/search?q=patent&office=CN&page=2"),
        Opening(SIGNED_OUT, "/search?q=patent&office=CN&service=FIN&service=TRAIN&kind=administrator"),
        Opening(SIGNED_OUT, "/search?page=0"),
    ],
    "shortlists.not_eligible": [Opening(OWNER, "{need}/not-eligible")],
    "shortlists.show": [Opening(OWNER, "{need}/shortlist"), Opening(OWNER, "{hopeless}/shortlist")],
}

NO_PAGES = {"static", "bootstrap.static", "pages.health", "language.switch", "methodology.as_json"}
"""Routes that answer GET with files, data or a redirect."""

IN_CHINESE_AND_DARK = {
    "accounts.sign_up",
    "audit.events",
    "colleagues.colleagues",
    "firm.line",
    "firm.profile",
    "methodology.show",
    "needs.check",
    "needs.show",
    "pages.start",
    "providers.show",
    "search.results",
    "shortlists.not_eligible",
    "shortlists.show",
}

S1 = "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通,对手是北星半导体"
ANSWERS = {
    "step": "confirm",
    "text": S1,
    "need_type": "protect",
    "services": ["DRAFT", "PROS"],
    "rights": ["patent"],
    "offices": ["CN", "EP"],
    "fields": ["8"],
    "languages": ["zh-Hans", "en"],
    "budget": "200000",
    "currency": "CNY",
    "min_tier": "vetted",
}


@pytest.fixture(scope="module")
def furnished(town) -> dict[str, str]:
    """Accounts, needs, waiting changes and mailed links, so that no page is empty; their addresses."""
    site = town.site
    parts = {"actor": COMMAND_LINE, "clock": site.clock}
    owner = site.signed_in("owner", OWNER)
    firm = site.signed_in("firm", FIRM)
    join_provider("P1", FIRM, "owner", uow=site.services.unit_of_work(), **parts)
    site.account(ADMINISTRATOR, "administrator", totp_secret=TOTP_SECRET)
    site.account(WITHOUT_CODE, "administrator", totp_secret=TOTP_SECRET)
    site.account(WITHOUT_FACTOR, "administrator")

    def kept(**changes: object) -> str:
        answer = owner.post("/needs/check", ANSWERS | changes)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].removesuffix("/shortlist")

    found = {"need": kept(), "hopeless": kept(offices=["VA"], text="")}
    version = {"version": "1"}
    line = {"service": "PROS", "right": "patent", "offices": ["CN", "US"], "fields": ["8"]}
    assert firm.post("/firm/P1/lines/1", version | line).status_code == 303

    owner.post("/account/colleagues", {"email": "bob@works.example", "role": "reader"})
    found["invitation"] = site.mailed_link("bob@works.example")
    owner.post("/account/address", {"email": "ada@works.example", "password": PASSWORD})
    found["confirm_address"] = site.mailed_link("ada@works.example")
    site.browser().post("/password/forgotten", {"email": OWNER})
    found["new_password"] = site.mailed_link(OWNER)
    new = {"role": "firm", "name": "Cy Invented", "email": "cy@works.example"}
    site.browser().post("/sign-up", new | {"password": PASSWORD})
    found["confirm"] = site.mailed_link("cy@works.example")
    with site.services.reading() as session:
        found["invented"] = f"/providers/{invented_ref(session)}"
    return found


def invented_ref(session) -> str:
    """A provider of the invented market, with long lists of everything."""
    query = select(Provider.ref).where(Provider.ref.not_like("P%"), Provider.state == "published")
    return session.scalar(query.order_by(Provider.id))


def test_every_page_is_opened_here(town):
    routes = {rule.endpoint for rule in town.site.app.url_map.iter_rules() if "GET" in rule.methods}
    assert routes == PAGES.keys() | NO_PAGES
    assert PAGES.keys() >= IN_CHINESE_AND_DARK


def violations(page: Page) -> list[str]:
    """What axe finds wrong, in a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['html'][:150]} {node.get('failureSummary', '')}"
        for each in found
        for node in each["nodes"]
    ]


INLINE = """() => [...document.querySelectorAll('*')].filter(each =>
    each.matches('style, [style], script:not([src]):not([type="application/ld+json"])')
    || [...each.attributes].some(attribute => attribute.name.startsWith('on'))
).map(each => each.outerHTML.slice(0, 150))"""

WIDER_THAN_THE_SCREEN = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll('main *, header *, footer *')]
    .filter(each => each.getBoundingClientRect().right > window.innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 150)).slice(0, 8)"""


def opened(page: Page, opening: Opening, furnished: dict[str, str], language: str) -> None:
    """Open a page and look at what holds in every look of it."""
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    address = opening.address.format(**furnished)
    answer = page.goto(address)
    assert page.url.endswith(address), f"sent on to {page.url}"
    assert answer.status in (200, 400), answer.status
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert page.title().partition(" – ")[0].strip()
    assert page.evaluate(INLINE) == []
    assert refused == []


OPENINGS = [
    pytest.param(endpoint, opening, id=f"{endpoint}-{number}")
    for endpoint, openings in PAGES.items()
    for number, opening in enumerate(openings, start=1)
]


@pytest.mark.parametrize(("endpoint", "opening"), OPENINGS)
def test_page(town: LiveSite, furnished, endpoint, opening):
    account, code = opening.account, opening.account not in (WITHOUT_CODE, WITHOUT_FACTOR)
    with town.visitor(account, code=code) as page:
        opened(page, opening, furnished, "en")
        wide = violations(page)
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == []
        page.set_viewport_size({"width": 360, "height": 800})
        assert (wide, violations(page)) == ([], [])


@pytest.mark.parametrize(
    ("endpoint", "opening"), [each for each in OPENINGS if each.values[0] in IN_CHINESE_AND_DARK]
)
def test_page_in_chinese_and_dark(town: LiveSite, furnished, endpoint, opening):
    with town.visitor(opening.account, language="zh-Hans", width=360, dark=True) as page:
        opened(page, opening, furnished, "zh-Hans")
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == []


WRONG_FORMS = [
    Opening(SIGNED_OUT, "/sign-in"),
    Opening(SIGNED_OUT, "/sign-up"),
    Opening(SIGNED_OUT, "/needs/new"),
    Opening(OWNER, "/account/password"),
    Opening(FIRM, "/firm/new"),
    Opening(FIRM, "/firm/P1/lines/new"),
    Opening(FIRM, "/firm/P1/credentials"),
]


@pytest.mark.parametrize("opening", WRONG_FORMS, ids=lambda opening: opening.address)
def test_a_form_that_comes_back_with_errors(town: LiveSite, furnished, opening):
    with town.visitor(opening.account, width=360) as page:
        page.goto(opening.address)
        page.locator("main form").last.locator("button[type=submit]").last.click()
        assert page.locator("#error-summary").is_visible()
        assert page.evaluate("document.activeElement.id") == "error-summary"
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == []


def test_a_missing_page(town: LiveSite):
    with town.visitor(width=360) as page:
        assert page.goto("/nothing-here").status == 404
        assert page.locator("h1").count() == 1
        assert violations(page) == []
