"""Reading a need: the scenarios, the conventions one by one, hostile texts, what an owner states."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from directory.errors import InvalidInput
from matching.brief import ReadBrief, merge, read

TODAY = dt.date(2026, 12, 1)
S1 = "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通,对手是北星半导体"


def brief(text, **changes):
    return read(text, today=changes.pop("today", TODAY)).to_brief()


def test_s1_is_read_in_full():
    found = brief(S1)
    assert (found.need_type, found.services, found.rights) == ("protect", ["DRAFT", "PROS"], ["patent"])
    assert (found.offices, found.fields, found.languages) == (["CN", "EP"], [8], ["zh-Hans", "en"])
    assert (found.budget_max_minor, found.currency, found.budget_firm) == (20000000, "CNY", False)
    assert (found.adverse_parties, found.owner_country) == (["北星半导体"], "CN")
    assert (found.deadline, found.kinds, found.nice, found.must, found.purposes) == (None, [], [], [], [])


def test_s1_shows_the_words_each_value_was_read_from():
    found = read(S1, today=TODAY).as_json()
    assert found["budget_max_minor"] == {"value": 20000000, "confidence": 0.95, "evidence": "20万元"}
    assert [value["evidence"] for value in found["offices"]] == ["中国", "欧洲"]
    assert found["adverse_parties"][0]["evidence"] == "北星半导体"


def test_s2_has_the_alias_as_a_party_of_its_own():
    assert brief(S1 + "(Northstar Semiconductor)").adverse_parties == [
        "北星半导体",
        "Northstar Semiconductor",
    ]


def test_s5_is_finance_with_valuation_and_a_computed_deadline():
    found = brief("SME, 7 invention patents, wants a RMB 8m pledge loan in Shanghai within 60 days")
    assert (found.need_type, set(found.services), found.rights) == ("finance", {"FIN", "VAL"}, ["patent"])
    assert (found.offices, found.purposes, found.deadline) == (["CN"], ["pledge"], dt.date(2027, 1, 30))
    assert (found.budget_max_minor, found.currency) == (None, None)


@pytest.mark.parametrize(
    ("text", "offices"),
    [
        ("We want to register our trade mark in Europe.", ["EM"]),
        ("File a patent in Europe for our pump.", ["EP"]),
        ("Plant breeders' rights for a tulip in Europe", ["QZ"]),
        ("We want to protect our patent invention and our trade mark in Europe", ["EP", "EM"]),
        ("想在大湾区三地申请商标", ["CN", "HK", "MO"]),
        ("在中美欧日申请专利", ["CN", "US", "EP", "JP"]),
        ("想在英国申请商标,德国不需要", ["GB"]),
        ("商标已在日本注册,现在想进韩国注册", ["KR"]),
        ("Register the mark in all of Benelux, but not in Germany", ["BX"]),
        ("A German competitor copies our patented valve in France; sue him there.", ["FR"]),
        ("Budget US$5,000 for a trade mark in Canada", ["CA"]),
        ("PCT national phase entry in Canada", ["CA"]),
        ("File a PCT application for our engine", ["WO"]),
        ("The agent should speak Japanese; file the trade mark in Korea.", ["KR"]),
        ("Berlin start-up looking for help with a trade mark registration", []),
        ("除了香港以外,澳门也要注册商标", ["HK", "MO"]),
        ("想在香港、澳门以外的内地注册商标", ["CN"]),
    ],
)
def test_offices_are_where_the_right_the_goods_or_the_dispute_is(text, offices):
    assert brief(text).offices == offices


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("请帮忙申请一件发明专利", {"DRAFT", "PROS"}),
        ("请帮忙申请商标", {"PROS"}),
        ("Enter the national phase in Japan with our PCT patent application", {"PROS"}),
        ("对手的商标要提异议", {"OPPO"}),
        ("We were sued for patent infringement", {"LITI"}),
        ("想通过仲裁解决专利许可纠纷", {"ADR"}),
        ("IP insurance for patent claims", {"FIN"}),
        ("Draft the patent claims; no litigation.", {"DRAFT"}),
        ("检索已经完成,现在申请专利", {"DRAFT", "PROS"}),
        ("只要翻译专利文件,不需要诉讼", {"TRANS"}),
        ("Value our patents for a licensing deal", {"VAL"}),
        ("I can't say what I need; something about our patents maybe.", set()),
    ],
)
def test_services_follow_the_conventions(text, services):
    assert set(brief(text).services) == services


@pytest.mark.parametrize(
    ("text", "minor", "currency", "firm"),
    [
        ("申请专利,预算20万元", 20000000, "CNY", False),
        ("申请专利,预算人民币八十万元", 80000000, "CNY", False),
        ("file a patent, budget RMB 120k", 12000000, "CNY", False),
        ("file a patent, budget US$15k", 1500000, "USD", False),
        ("file a patent, budget HK$1.5m", 150000000, "HKD", False),
        ("file a patent, budget €8.000", 800000, "EUR", False),
        ("enforce a patent in court, budget 1,5 Mio. Euro", 150000000, "EUR", False),
        ("patent renewals, £30,000 per year", 3000000, "GBP", False),
        ("申请专利,费用3-5万", 5000000, "CNY", False),
        ("申请专利,费用不超过2万元", 2000000, "CNY", False),
        ("申请专利,费用不能超过2万元", 2000000, "CNY", True),
        ("申请专利,预算上限2万元", 2000000, "CNY", True),
        ("file a patent; the fee must not exceed EUR 9,000", 900000, "EUR", True),
        ("file a patent in Japan, budget JPY 500,000", 500000, "JPY", False),
        ("去年花了30万元打官司,今年想注册商标", None, None, False),
        ("专利质押贷款800万元", None, None, False),
        ("We claim damages of RMB 5m for patent infringement in court", None, None, False),
        ("Company with a turnover of EUR 40m wants a patent", None, None, False),
        ("7 patents, 3 inventors, 20 pages", None, None, False),
    ],
)
def test_the_budget_is_what_the_owner_will_pay(text, minor, currency, firm):
    found = brief(text)
    assert (found.budget_max_minor, found.currency, found.budget_firm) == (minor, currency, firm)


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("file the patent within 60 days", "2027-01-30"),
        ("一个月内要答复审查意见", "2027-01-01"),
        ("申请专利,优先权还有四个月", "2027-04-01"),
        ("the priority expires in four months", "2027-04-01"),
        ("file the patent by end of March", "2027-03-31"),
        ("file the patent by 5 January", "2027-01-05"),
        ("2027年3月前提交专利申请", "2027-02-28"),
        ("2027年3月15日前提交专利申请", "2027-03-15"),
        ("年底前提交专利申请", "2026-12-31"),
        ("answer the office action by Friday", "2026-12-04"),
        ("file the patent before the fair", None),
        ("展会前申请专利", None),
        ("the patent was filed on 3 March 2025", None),
        ("a three-year agreement for patent renewals", None),
        ("两年前申请了专利,想检索", None),
        ("Patent services. Bids must be received by 15 January 2027.", None),
        ("专利代理服务,验收合格后30日内支付", None),
    ],
)
def test_deadlines_are_dates_that_can_be_computed(text, deadline):
    found = brief(text).deadline
    assert (found.isoformat() if found else None) == deadline


def test_months_are_calendar_months_from_today():
    assert brief("within one month file the patent", today=dt.date(2027, 1, 31)).deadline == dt.date(
        2027, 2, 28
    )


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("被告是蓝岬贸易有限公司,想起诉商标侵权", ["蓝岬贸易有限公司"]),
        ("Our competitor Corvane Tools copies the patent; sue them.", ["Corvane Tools"]),
        ("Corvane Tools (also known as CT Works) has sued us over a patent.", ["Corvane Tools", "CT Works"]),
        ("恒峰电子起诉我们专利侵权", ["恒峰电子"]),
        ("竞争对手抄袭我们的专利", []),
        ("We want to file a patent in Germany against no one.", []),
    ],
)
def test_adverse_parties_are_those_named(text, parties):
    assert brief(text).adverse_parties == parties


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("专利申请,需要会日语的代理师", "languages", ["ja"]),
        ("商标申请,中文名称和英文名称都要注册", "languages", []),
        ("a German-speaking patent attorney", "languages", ["de"]),
        ("register the mark for classes 9, 36 and 42", "nice", [9, 36, 42]),
        ("注册第9类和第35类商标", "nice", [9, 35]),
        ("patent for G06N 3/08 networks", "fields", [6]),
        ("patent for G06N 3/08 networks", "ipc", ["G06N 3/08"]),
        ("register a trade mark for lithium battery shops", "fields", []),
        ("patent on stem cell culture", "fields", [15]),
        ("patent on a lithium battery cell", "fields", [1]),
        ("patent on a memory chip", "fields", [8]),
        ("a small number of registered designs and trade marks to renew", "rights", ["design", "trademark"]),
        ("file a design patent in the US", "rights", ["design"]),
        ("律师函要答复,商标侵权", "kinds", []),
        ("找商标律师", "kinds", ["lawyer"]),
        ("需要评估机构出专利评估报告", "kinds", ["consultant"]),
        ("the agent must speak German; file a patent in Austria", "must", ["languages"]),
        ("We would like a patent in Austria", "must", []),
    ],
)
def test_other_keys(text, key, value):
    assert getattr(brief(text), key) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00" * 1000, "😀" * 20000, ".,;!?" * 20000, "a" * 100_000, "不要" * 50_000, "Alpha " * 17_000,
     "(" * 50_000, "1," * 50_000, "\ud800 lone", "申请" * 50_000, "\n" * 100_000, "not " * 25_000],
)  # fmt: skip
def test_hostile_texts_are_read_fast_and_give_little(text):
    read("专利", today=TODAY)  # tables are loaded once
    started = time.process_time()
    found = brief(text)
    assert time.process_time() - started < 1
    assert found.offices == found.adverse_parties == [] and found.budget_max_minor is None


def test_the_same_text_gives_the_same_brief():
    assert read(S1, today=TODAY) == read(S1, today=TODAY)


def test_traditional_characters_and_width_do_not_matter_but_evidence_stays_as_written():
    found = read("我們想在歐洲申請專利,預算20萬元", today=TODAY)
    assert found.to_brief().offices == ["EP"]
    assert found.offices[0].evidence == "歐洲"
    assert found.rights[0].evidence == "專利"


def test_nothing_said_is_an_empty_brief():
    assert read("hello there", today=TODAY) == ReadBrief()


class TestMerge:
    found = read(S1, today=TODAY)

    def test_absent_keys_are_read_from_the_text(self):
        assert merge(self.found, {}) == self.found.to_brief()

    def test_a_present_key_overrides_empty_and_null_too(self):
        stated = {"offices": [], "budget_max_minor": None, "need_type": None, "services": ["SRCH"]}
        merged = merge(self.found, stated)
        assert (merged.offices, merged.budget_max_minor, merged.need_type) == ([], None, None)
        assert merged.services == ["SRCH"]
        assert merged.rights == ["patent"]

    def test_dates_come_as_the_exchange_format_has_them(self):
        assert merge(self.found, {"deadline": "2027-05-01"}).deadline == dt.date(2027, 5, 1)

    def test_a_null_list_is_an_empty_one(self):
        assert merge(self.found, {"languages": None}).languages == []

    @pytest.mark.parametrize("stated", [{"colour": "red"}, {"offices": "CN"}, {"budget_max_minor": "much"}])
    def test_what_is_no_brief_is_refused_by_key(self, stated):
        with pytest.raises(InvalidInput) as refused:
            merge(self.found, stated)
        assert set(refused.value.fields) == set(stated)
