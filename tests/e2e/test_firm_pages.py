"""A firm edits its profile: what is live at once, what waits, what is refused, and what the public finds."""

import re

import pytest

from directory.store.accounts import row_by_email, set_provider_member
from directory.store.providers import by_refs
from search.indexing import catch_up


@pytest.fixture
def site(market):
    return market


@pytest.fixture
def firm(site):
    """A visitor who acts for P1; somebody else acts for P7."""
    visitor = site.signed_in("firm", "p1@works.example")
    other = site.account("other@works.example", "firm")
    with site.services.unit_of_work() as uow:
        ids = by_refs(uow.session, ["P1", "P7"])
        own = row_by_email(uow.session, "p1@works.example")
        set_provider_member(uow.session, ids["P1"].id, own.id, "owner")
        set_provider_member(uow.session, ids["P7"].id, other, "owner")
        uow.commit()
    return visitor


def stored(site, ref="P1"):
    with site.services.reading() as session:
        return by_refs(session, [ref])[ref]


def form_of(page):
    """The form's fields as the page holds them."""
    values = {}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page):
        values.setdefault(name, value)
    return {"version": values["version"]}


def about(site, **changes):
    record = stored(site).record
    return {
        "version": str(stored(site).version),
        "summary_en": record.summary["en"],
        "summary_zh-Hans": record.summary["zh-Hans"],
        "language": [skill.code for skill in record.languages],
        "level": [skill.level for skill in record.languages],
        "industries": record.industries,
        "website": "",
        "accepts_new": "yes",
    } | changes


def line(**changes):
    return {
        "service": "PROS",
        "right": "patent",
        "offices": ["CN"],
        "fields": ["8", "6"],
        "nice": "",
        "fee_model": "fixed",
        "fee_min_minor": "20000",
        "fee_max_minor": "60,000",
        "currency": "CNY",
        "fee_unit": "matter",
    } | changes


def test_a_small_change_is_public_and_found_at_once(site, firm):
    answer = firm.post("/firm/P1/about", about(site, summary_en="We draft claims for gallium quokkatronics."))
    assert answer.status_code == 303
    catch_up(site.app.extensions["search"], site.services.reading)
    public = site.browser()
    assert "quokkatronics" in public.get("/providers/P1").text
    assert "Pudong" in public.get("/search?q=quokkatronics").text


def test_a_material_change_waits_and_the_public_page_stays(site, firm):
    answer = firm.post(
        "/firm/P1/lines/1",
        line(version=str(stored(site).version), offices=["CN", "US"], fee_min_minor="25000"),
    )
    assert answer.status_code == 303
    record = stored(site).record
    assert record.service_lines[1].offices == ["CN"]
    assert record.service_lines[1].fee_min_minor == 2_500_000, "a fee is live at once"
    own = firm.get("/firm/P1").text
    assert "change waits for vetting" in own and "CN, US" in own


def test_a_new_and_a_removed_line_wait_and_can_be_taken_back(site, firm):
    firm.post("/firm/P1/lines/new", line(version=str(stored(site).version), service="SRCH"))
    firm.post("/firm/P1/lines/0/remove", {"version": str(stored(site).version)}, page="/firm/P1")
    page = firm.get("/firm/P1").text
    assert "new, waits for vetting" in page and "removal waits for vetting" in page
    assert [each.service for each in stored(site).record.service_lines] == ["DRAFT", "PROS", "OPPO"]
    answer = firm.post("/firm/P1/waiting/withdraw", {"version": str(stored(site).version)}, page="/firm/P1")
    assert answer.status_code == 303
    assert "waits for vetting" not in firm.get("/firm/P1").text


def test_a_stale_edit_gets_409_with_both_texts(site, firm):
    old = about(site, summary_en="My own words, typed slowly.")
    assert firm.post("/firm/P1/about", about(site, summary_en="A colleague was faster.")).status_code == 303
    answer = firm.post("/firm/P1/about", old)
    assert answer.status_code == 409
    assert answer.text.count("A colleague was faster.") >= 1
    assert answer.text.count("My own words, typed slowly.") >= 2, (
        "beside the stored text, and kept in the form"
    )
    assert stored(site).record.summary["en"] == "A colleague was faster."
    again = firm.post("/firm/P1/about", old | form_of(answer.text))
    assert again.status_code == 303
    assert stored(site).record.summary["en"] == "My own words, typed slowly."


@pytest.mark.parametrize(
    ("path", "wrong", "field", "words"),
    [
        ("about", {"website": "javascript:alert(1)"}, "website", "begins with https://"),
        ("about", {"website": "https://user:pw@host.example"}, "website", "begins with https://"),
        ("about", {"language": ["en", "en"], "level": ["speak", "plead"]}, "languages", "each language once"),
        ("about", {"language": ["xx-nonsense"], "level": ["speak"]}, "languages", "each language once"),
        ("about", {"summary_en": "x" * 20_001}, "summary", "Shorten the text"),
        ("lines/1", {"fee_min_minor": "a lot"}, "fee_min_minor", "lowest fee"),
        ("lines/1", {"fee_min_minor": "70000"}, "fee_max_minor", "not below the lowest"),
        ("lines/1", {"fee_min_minor": "1e400"}, "fee_min_minor", "lowest fee"),
        ("lines/1", {"currency": ""}, "currency", "currency of the fee"),
        ("lines/1", {"currency": "DOUBLOON"}, "currency", "currency of the fee"),
        ("lines/1", {"service": "MAGIC"}, "service", "Choose the service"),
        ("lines/1", {"offices": ["CN", "ZZ"]}, "offices", "from the list"),
        ("lines/1", {"nice": "3, 99"}, "nice", "1 to 45"),
        ("lines/1", {"nice": "three"}, "nice", "1 to 45"),
        ("lines/1", {"rate_percent": "nan"}, "rate_percent", "0 to 100"),
        ("credentials", {"register": "USPTO_OED", "number": "1234"}, "number", "as the register writes it"),
        ("credentials", {"register": "GUILD", "number": "12345"}, "register", "Choose the register"),
    ],
)
def test_a_wrong_value_names_its_field_and_keeps_what_was_typed(site, firm, path, wrong, field, words):
    before = stored(site)
    base = {"about": about(site), "lines/1": line(), "credentials": {}}[path]
    answer = firm.post(f"/firm/P1/{path}", base | {"version": str(before.version)} | wrong)
    assert answer.status_code == 400
    assert "<title>Error: " in answer.text.replace("\n", "")
    assert f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
    assert words in answer.text
    assert stored(site).version == before.version, "nothing is half-written"


def test_a_credential_is_the_firms_own_word(site, firm):
    version = str(stored(site).version)
    answer = firm.post(
        "/firm/P1/credentials",
        {"version": version, "register": "USPTO_OED", "number": "99921", "offices": ["US"]},
    )
    assert answer.status_code == 303
    assert "self-declared" in firm.get("/firm/P1/credentials").text
    assert "99921" not in site.browser().get("/providers/P1").text, "it waits for vetting"


def test_nobody_else_sees_or_changes_a_profile(site, firm):
    unknown = firm.get("/firm/no-such-firm")
    assert unknown.status_code == 404
    for path in ("/firm/P7", "/firm/P7/about", "/firm/P7/lines/0", "/firm/P7/credentials"):
        answer = firm.get(path)
        assert answer.status_code == 404
    owner = site.signed_in("owner", "owner@works.example")
    assert owner.get("/firm/P1").status_code == 404
    assert site.browser().get("/firm/P1").status_code == 303


def test_a_firm_starts_a_profile_that_only_it_sees(site, firm):
    empty = firm.post("/firm/new", {"name": "", "form": "", "kind": "", "country": ""})
    assert empty.status_code == 400 and "Enter the name" in empty.text
    answer = firm.post(
        "/firm/new",
        {"name": "Invented Newcomers", "form": "organisation", "kind": "consultant", "country": "SG"},
    )
    assert answer.status_code == 303
    ref = answer.headers["Location"].rsplit("/", 1)[-1]
    assert "Invented Newcomers" in firm.get(f"/firm/{ref}").text
    assert site.browser().get(f"/providers/{ref}").status_code == 404
    firm.post(
        f"/firm/{ref}/lines/new", line(version=str(stored(site, ref).version), service="SRCH", offices=["SG"])
    )
    assert [each.service for each in stored(site, ref).record.service_lines] == ["SRCH"]


def test_pages_stand_in_chinese_too(site, firm):
    firm.get("/language/zh-Hans?next=/firm")
    for path in (
        "/firm",
        "/firm/P1",
        "/firm/P1/about",
        "/firm/P1/lines/1",
        "/firm/P1/lines/new",
        "/firm/P1/credentials",
    ):
        answer = firm.get(path)
        assert answer.status_code == 200
        assert '<html lang="zh-Hans">' in answer.text
