"""The shortlist through the real pages, on Market-1: the scenarios S1, S2 and S5, and who may see what."""

from __future__ import annotations

import re

import msgspec
import pytest
from e2e.test_need_flow import CONFIRMED_S1, S5, kept, submitted
from sqlalchemy import func, select

from directory.models import Shortlist
from directory.store import providers
from directory.store.provider_writes import put

CONFIRMED_S5 = {
    "step": "confirm",
    "text": S5,
    "need_type": "finance",
    "services": ["FIN", "VAL"],
    "rights": ["patent"],
    "offices": ["CN"],
    "purposes": ["pledge", "guarantee"],
    "deadline": "2027-01-30",
    "min_tier": "vetted",
}


def names(market, *refs: str) -> list[str]:
    with market.services.reading() as session:
        return [each.record.display_name("en") for each in providers.by_refs(session, refs).values()]


def linked(page: str, section: str = "") -> list[str]:
    """Refs of the providers that a page, or a part of it by its class, links to, in order."""
    if section:
        page = page[page.index(f'class="{section}') :]
        page = page[: page.index("</section>" if section == "team" else "</ol>")]
    return re.findall(r'href="/providers/([^"]+)"', page)


def words(page: str) -> str:
    """What a page says, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")]))


def stored(market) -> int:
    with market.services.reading() as session:
        return session.scalar(select(func.count()).select_from(Shortlist))


def change(market, ref: str, **values) -> None:
    """Change a provider's record, as an import would."""
    with market.services.reading() as session:
        record = providers.by_refs(session, [ref])[ref].record
    with market.services.unit_of_work() as uow:
        put(uow, [msgspec.structs.replace(record, **values)], now=market.clock.now())
        uow.commit()


def shortlist(market, answers=CONFIRMED_S1):
    """A visitor, the ref of the need he described, and its shortlist's page."""
    visitor = market.signed_in("owner")
    ref = visitor.post("/needs/check", answers).headers["Location"].split("/")[2]
    return visitor, ref, visitor.get(f"/needs/{ref}/shortlist").text


def test_s2_gives_the_team_of_p1_and_p7(market):
    _visitor, _ref, page = shortlist(market)
    assert linked(page, "team") == ["P1", "P7"]
    said = words(page)
    assert "Every part of the need is covered" in said
    assert "CNY 80,000 – CNY 210,000" in said
    assert "upper end above your budget of CNY 200,000" in said
    assert {"P1", "P7"} <= set(linked(page, "cards matches"))
    for ref in ("P8", "P9", "P13"):
        assert ref not in linked(page)
    assert not any(name in page for name in names(market, "P9", "P13"))


def test_s2_names_p8_as_a_near_miss_and_never_p9(market):
    visitor, ref, _page = shortlist(market)
    answer = visitor.get(f"/needs/{ref}/not-eligible")
    assert answer.status_code == 200
    said = words(answer.text)
    assert "P8" in linked(answer.text)
    assert "Its vetting lapsed on 21 Nov 2026" in said
    assert re.search(r"Suspended 1\b", said), "counted"
    assert "P9" not in linked(answer.text)
    assert names(market, "P9")[0] not in answer.text, "and never named"


def test_s5_gives_valuation_and_guarantee(market):
    _visitor, _ref, page = shortlist(market, CONFIRMED_S5)
    assert sorted(linked(page, "team")) == ["P15", "P3"]
    assert "Valuation · Patent · China" in words(page)
    assert "prosecution" not in words(page)


def test_the_score_is_the_sum_of_the_parts_that_are_shown(market):
    _visitor, _ref, page = shortlist(market)
    tables = re.findall(r"<tbody>(.*?)</tbody>\s*<tfoot>(.*?)</tfoot>", page, re.S)
    assert len(tables) == len(linked(page, "cards matches"))
    for body, foot in tables:
        figures = [
            re.findall(r'class="number">([\d.]+)<', row) for row in body.split("</tr>") if "<td" in row
        ]
        score = float(re.search(r'class="number">([\d.]+)<', foot).group(1))
        assert round(sum(float(points) for points, _of in figures), 1) == score
        assert sum(float(of) for _points, of in figures) == 100
    assert not re.search(r"\d\.\d{2,}", words(page)), "no more than one decimal anywhere"


def test_each_match_says_why_with_source_and_date_and_what_is_not_known(market):
    _visitor, _ref, page = shortlist(market)
    said = words(page)
    assert "Offers this in Semiconductors, which you name." in said
    assert "the provider's own word" in said or "the provider&#39;s own word" in said
    assert "Not known:" in said
    assert "What would change the place:" in said
    assert "You left open, so it counts as any kind of provider" in said


def test_the_same_list_every_time_and_it_is_stored_once(market):
    visitor, ref, page = shortlist(market)
    assert stored(market) == 1
    assert linked(visitor.get(f"/needs/{ref}/shortlist").text) == linked(page)
    assert stored(market) == 1, "seeing it again makes nothing"
    visitor.post(f"/needs/{ref}/shortlist")
    assert stored(market) == 2
    assert linked(visitor.get(f"/needs/{ref}/shortlist").text) == linked(page)
    history = visitor.get(f"/needs/{ref}").text
    assert len(re.findall(rf"/needs/{ref}/shortlist\?list=\d+", history)) == 2


def test_another_day_or_another_version_makes_another_list(market):
    visitor, ref, _page = shortlist(market)
    market.later(days=1)
    assert "As of 2 Dec 2026" in words(visitor.get(f"/needs/{ref}/shortlist").text)
    assert stored(market) == 2
    visitor.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "1", "offices": ["CN"]})
    assert "P7" not in linked(visitor.get(f"/needs/{ref}/shortlist").text)
    assert stored(market) == 3


def test_who_is_no_longer_eligible_is_left_out_at_once_and_it_is_said(market):
    visitor, ref, page = shortlist(market)
    assert "P7" in linked(page)
    change(market, "P7", state="unpublished")
    again = visitor.get(f"/needs/{ref}/shortlist").text
    assert "P7" not in linked(again)
    assert "1 provider of this list is no longer eligible" in words(again)
    assert names(market, "P7")[0] not in again
    assert "Somebody of this team is no longer eligible" in words(again)


def test_an_earlier_list_stays_as_it_was_but_for_who_fell_out(market):
    visitor, ref, page = shortlist(market)
    first = re.search(r"\?list=(\d+)", visitor.get(f"/needs/{ref}").text).group(1)
    visitor.post(f"/needs/{ref}/edit", CONFIRMED_S1 | {"version": "1", "offices": ["CN"]})
    old = visitor.get(f"/needs/{ref}/shortlist?list={first}")
    assert linked(old.text) == linked(page)
    assert "earlier shortlist" in words(old.text)
    other = submitted(visitor)
    for path in (f"/needs/{other}/shortlist?list={first}", f"/needs/{ref}/shortlist?list=x"):
        assert visitor.get(path).status_code == 404


def test_nobody_at_all_is_an_explained_result(market):
    _visitor, _ref, page = shortlist(
        market,
        CONFIRMED_S1
        | {"services": ["LITI"], "rights": ["trademark"], "offices": ["CN", "KH"], "languages": ["ko"]},
    )
    said = words(page)
    assert "Nobody in the directory may do this as asked" in said
    assert "Any working language" in said
    assert "Reason Providers" in said


def test_a_need_that_leaves_everything_open_is_answered(market):
    _visitor, _ref, page = shortlist(
        market, {"step": "confirm", "text": "I need help", "min_tier": "vetted", "rights": ["patent"]}
    )
    assert "any service" in words(page)
    assert "any office" in words(page)


def test_nobody_outside_sees_a_shortlist_or_makes_one(market):
    _owner, ref, _page = shortlist(market)
    count = stored(market)
    for visitor in (
        market.signed_in("owner", "other@elsewhere.example"),
        market.signed_in("firm"),
        market.signed_in("administrator"),
    ):
        assert visitor.get(f"/needs/{ref}/shortlist").status_code == 404
        assert visitor.get(f"/needs/{ref}/not-eligible").status_code == 404
        assert visitor.post(f"/needs/{ref}/shortlist", page="/account").status_code == 404
    assert market.browser().get(f"/needs/{ref}/shortlist").status_code == 303
    assert stored(market) == count


def test_an_administrator_with_consent_sees_it_and_changes_nothing(market):
    owner, ref, page = shortlist(market)
    owner.post(f"/needs/{ref}/consent", {"consent": "yes"}, page=f"/needs/{ref}")
    before = stored(market)
    administrator = market.signed_in("administrator")
    assert linked(administrator.get(f"/needs/{ref}/shortlist").text) == linked(page)
    assert stored(market) == before, "opening a page as administrator stores nothing"
    assert administrator.post(f"/needs/{ref}/shortlist", page="/account").status_code == 403


@pytest.mark.parametrize("step", ["withdraw", "close"])
def test_a_need_that_ended_makes_no_more_lists(market, step):
    visitor, ref, page = shortlist(market)
    if step == "close":
        assert visitor.post(f"/needs/{ref}/close", {"engaged": "P1"}).status_code == 303
        assert kept(market)[0].engaged_ref == "P1"
        assert names(market, "P1")[0] in visitor.get(f"/needs/{ref}").text
    else:
        visitor.post(f"/needs/{ref}/withdraw", page=f"/needs/{ref}")
    market.later(days=1)
    assert linked(visitor.get(f"/needs/{ref}/shortlist").text) == linked(page)
    assert stored(market) == 1
    assert visitor.post(f"/needs/{ref}/shortlist", page="/account").status_code == 409


def test_it_needs_its_token(market):
    visitor, ref, _page = shortlist(market)
    assert visitor.client.post(f"/needs/{ref}/shortlist").status_code == 400
    assert stored(market) == 1
