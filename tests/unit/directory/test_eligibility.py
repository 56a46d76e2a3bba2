"""The table of eligibility, cell by cell, and the whole of Market-1 by it."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from directory import taxonomy
from directory.demo import market_1
from directory.rules.eligibility import LIFTABLE, NEVER_NAMED, REASONS, elements, judge
from directory.types import (
    Brief,
    CredentialRecord,
    LanguageSkill,
    LineVetting,
    PersonRecord,
    ProviderRecord,
    ServiceLineRecord,
)

TODAY = dt.date(2026, 12, 1)
YESTERDAY = TODAY - dt.timedelta(1)


def credential(register="CNIPA_AGENCY", **changes) -> CredentialRecord:
    given = {"status": "active", "offices": ["CN"], "instructable": True, "checked_on": dt.date(2026, 11, 1)}
    return CredentialRecord(register=register, number="99001", **given | changes)


def line(service="PROS", right="patent", offices=("CN",), state="vetted", until=None, **more):
    vetting = LineVetting(state, until) if state else None
    return ServiceLineRecord(service=service, right=right, offices=list(offices), vetting=vetting, **more)


def provider(*lines: ServiceLineRecord, **changes) -> ProviderRecord:
    given = {
        "ref": "X",
        "form": "organisation",
        "kind": "lawyer",
        "name": {"en": "Invented"},
        "country": "CN",
        "languages": [LanguageSkill("zh-Hans"), LanguageSkill("en")],
        "service_lines": list(lines),
        "credentials": [credential()],
    }
    return ProviderRecord(**given | changes)


def need(services=("PROS",), rights=("patent",), offices=("CN",), **more) -> Brief:
    return Brief(services=list(services), rights=list(rights), offices=list(offices), **more)


def reason(record: ProviderRecord, brief: Brief | None = None, **more) -> str | None:
    return judge(record, brief or need(), TODAY, **more).reason


class TestMarket1:
    market = market_1.load(TODAY)

    def test_every_pair_is_judged_as_labelled(self):
        providers = [msgspec.convert(each, ProviderRecord) for each in self.market.providers]
        expected = {(each["need"], each["provider"]): None for each in self.market.judgements}
        expected |= {(each["need"], each["provider"]): each["reason"] for each in self.market.refusals}
        found = {
            (each["ref"], record.ref): judge(record, msgspec.convert(each["brief"], Brief), TODAY).reason
            for each in self.market.needs
            for record in providers
        }
        assert len(found) == 208
        assert sum(value is None for value in found.values()) == 24
        assert found == expected

    def test_a_shared_purpose_is_needed_to_cover_but_not_to_be_eligible(self):
        records = {each["ref"]: msgspec.convert(each, ProviderRecord) for each in self.market.providers}
        s5 = next(msgspec.convert(each["brief"], Brief) for each in self.market.needs if each["ref"] == "S5")
        assert judge(records["P5"], s5, TODAY).reason is None
        assert judge(records["P5"], s5, TODAY).covers == ()
        assert judge(records["P15"], s5, TODAY).covers == (("FIN", "patent", "CN"),)


def test_reasons_are_those_of_the_taxonomy():
    assert set(REASONS) == set(taxonomy.codes("reason"))
    assert set(LIFTABLE) | NEVER_NAMED == set(REASONS)


def test_an_eligible_provider_covers_its_elements():
    verdict = judge(
        provider(line("DRAFT"), line("PROS", offices=("CN", "EP"))), need(["DRAFT", "PROS"]), TODAY
    )
    assert verdict.reason is None
    assert verdict.lines == (0, 1)
    assert verdict.covers == (("DRAFT", "patent", "CN"), ("PROS", "patent", "CN"))


@pytest.mark.parametrize("state", ["draft", "unpublished", "erased"])
def test_only_published_providers(state):
    assert reason(provider(line(state="suspended"), state=state)) == "not_published"


class TestVetting:
    @pytest.mark.parametrize(
        ("state", "until", "expected"),
        [
            ("vetted", None, None),
            ("vetted", TODAY, None),
            ("vetted", YESTERDAY, "vetting_lapsed"),
            ("vetted_outcomes", TODAY, None),
            ("vetted_outcomes", YESTERDAY, "vetting_lapsed"),
            ("expired", None, "vetting_lapsed"),
            ("expired", TODAY, "vetting_lapsed"),
            ("listed", None, "not_vetted"),
            ("claimed", None, "not_vetted"),
            ("verified", None, "not_vetted"),
            (None, None, "not_vetted"),
            ("suspended", None, "suspended"),
            ("restricted", None, "restricted"),
            ("removed", None, "removed"),
            ("under_review", None, "under_review"),
        ],
    )
    def test_states(self, state, until, expected):
        assert reason(provider(line(state=state, until=until))) == expected

    def test_until_means_nothing_in_other_states(self):
        assert reason(provider(line(state="verified", until=YESTERDAY)), need(min_tier="verified")) is None

    def test_the_first_of_the_list_is_the_reason_whatever_the_order_of_lines(self):
        record = provider(line(state="listed"), line(state="removed"), line(state="restricted"))
        assert reason(record) == "restricted"

    def test_lines_all_out_come_before_what_they_are_for(self):
        assert (
            reason(provider(line("VAL", state="under_review"), line("FIN", state="listed"))) == "under_review"
        )

    def test_one_line_in_lets_the_table_go_on(self):
        record = provider(line(state="suspended"), line("STRAT"))
        assert reason(record, need(["VAL"])) == "service_not_offered"

    def test_lines_that_come_to_the_office_must_be_in_themselves(self):
        assert reason(provider(line(state="expired"), line("STRAT"))) == "vetting_lapsed"


class TestLines:
    def test_no_lines_at_all(self):
        assert reason(provider()) == "service_not_offered"
        assert reason(provider(), Brief()) == "service_not_offered"

    def test_service(self):
        assert reason(provider(line("DRAFT"))) == "service_not_offered"

    def test_rights_are_exact(self):
        assert reason(provider(line(right="utility_model"))) == "right_not_offered"  # he may: same register

    def test_offices_are_exact(self):
        assert reason(provider(line(offices=("EP",))), need(offices=["DE"])) == "office_not_covered"

    def test_service_right_and_office_must_meet_on_one_line(self):
        record = provider(line("LITI", "trademark", ("CN",)), line("PROS", "patent", ("EP",)))
        assert reason(record, need(["LITI"], ["patent"], ["CN"])) == "not_entitled_right"
        assert reason(record, need(["PROS"], ["patent"], ["CN"])) == "office_not_covered"

    def test_a_lawyer_without_title_to_the_right(self):
        marks = provider(line("PROS", "trademark"), credentials=[credential("CNIPA_TM_AGENCY")])
        assert reason(marks) == "not_entitled_right"
        assert reason(msgspec.structs.replace(marks, kind="consultant")) == "right_not_offered"
        assert reason(marks, need(offices=["EP"])) == "right_not_offered"  # not there at all
        assert (
            reason(provider(line("STRAT", "trademark")), need(["STRAT"])) == "right_not_offered"
        )  # not reserved

    def test_an_empty_dimension_means_any(self):
        record = provider(line("PROS", "patent", ("CN", "EP")), line("STRAT", "gi", ("CN",)))
        assert judge(record, Brief(), TODAY).covers == (("PROS", "patent", "CN"), ("STRAT", "gi", "CN"))
        assert judge(record, need(rights=[]), TODAY).covers == (("PROS", "patent", "CN"),)
        assert reason(provider(line("STRAT", offices=())), need(["STRAT"], offices=[])) is None
        assert reason(provider(line("PROS", offices=())), need(offices=[])) == "not_authorised"


class TestAuthority:
    @pytest.mark.parametrize(
        ("credentials", "expected"),
        [
            ([credential()], None),
            ([credential(status="active_restricted")], None),
            ([credential(rights=["patent"])], None),
            ([], "not_authorised"),
            ([credential(rights=["design"])], "not_authorised"),
            ([credential(offices=[])], "not_authorised"),
            ([credential(offices=["EP"])], "not_authorised"),
            ([credential("EPO_LIST")], "not_authorised"),
            ([credential(checked_on=None)], "not_authorised"),
            ([credential(status="inactive")], "credential_not_active"),
            ([credential(status="trainee")], "credential_not_active"),
            ([credential(status=None)], "credential_not_active"),
            ([credential(instructable=False)], "not_instructable"),
            ([credential(instructable=None)], "not_instructable"),
            ([credential(instructable=False, status="removed")], "not_instructable"),
            ([credential(instructable=False), credential(status="inactive")], "credential_not_active"),
            ([credential(instructable=False), credential()], None),
        ],
    )
    def test_credentials(self, credentials, expected):
        assert reason(provider(line(), credentials=credentials)) == expected

    @pytest.mark.parametrize(("confirmed", "expected"), [(True, None), (False, "not_authorised")])
    def test_people_count_when_they_confirmed(self, confirmed, expected):
        person = PersonRecord(
            ref="X-a",
            name={"en": "A"},
            credentials=[credential("CNIPA_AGENT")],
            affiliation_confirmed=confirmed,
        )
        assert reason(provider(line(), credentials=[], people=[person])) == expected

    def test_work_that_is_not_reserved_needs_none(self):
        assert reason(provider(line("VAL"), credentials=[]), need(["VAL"])) is None
        assert (
            reason(provider(line("LITI", "copyright"), credentials=[]), need(["LITI"], ["copyright"])) is None
        )

    def test_where_no_register_can_be_checked_the_vetted_line_is_enough(self):
        verdict = judge(provider(line(offices=("HK",)), credentials=[]), need(offices=["HK"]), TODAY)
        assert verdict.reason is None
        assert verdict.unchecked == (("PROS", "patent", "HK"),)

    def test_each_element_is_covered_by_its_own_credential_only(self):
        record = provider(line("PROS", offices=("CN", "EP")))
        verdict = judge(record, need(offices=["CN", "EP"]), TODAY)
        assert verdict.reason is None
        assert verdict.covers == (("PROS", "patent", "CN"),)


class TestTheRest:
    def test_kind(self):
        assert reason(provider(line()), need(kinds=["consultant"])) == "kind_not_wanted"
        assert reason(provider(line()), need(kinds=["consultant", "lawyer"])) is None

    @pytest.mark.parametrize(
        ("spoken", "wanted", "expected"),
        [
            (["zh-Hans"], ["zh-Hant"], None),
            (["zh-Hant"], ["zh-Hans", "en"], None),
            (["yue"], ["zh-Hans"], "language_not_shared"),
            (["zh-Hant"], ["yue"], "language_not_shared"),
            (["en", "ja"], ["de", "ja"], None),
            ([], ["en"], "language_not_shared"),
            ([], [], None),
        ],
    )
    def test_languages(self, spoken, wanted, expected):
        record = provider(line(), languages=[LanguageSkill(code) for code in spoken])
        assert reason(record, need(languages=wanted)) == expected

    @pytest.mark.parametrize(
        ("fee", "expected"),
        [
            ({"fee_min_minor": 100_00, "currency": "CNY"}, None),
            ({"fee_min_minor": 100_01, "currency": "CNY"}, "budget_firm"),
            ({"fee_min_minor": 12_50, "currency": "EUR"}, None),  # 8.0 by the reference rates
            ({"fee_min_minor": 12_51, "currency": "EUR"}, "budget_firm"),
            ({"fee_min_minor": 2127, "currency": "JPY"}, None),  # 0.047, without decimals
            ({"fee_min_minor": 2128, "currency": "JPY"}, "budget_firm"),
            ({"fee_min_minor": 10_000_00, "currency": "CNY", "fee_unit": "hour"}, None),
            ({"fee_min_minor": 10_000_00, "currency": "CNY", "fee_unit": "matter"}, "budget_firm"),
            ({"fee_min_minor": 10_000_00, "currency": "PLN"}, None),  # no rate
            ({"fee_min_minor": 10_000_00}, None),
            ({"fee_max_minor": 10_000_00, "currency": "CNY"}, None),
            ({}, None),
        ],
    )
    def test_a_firm_budget(self, fee, expected):
        firm = need(budget_max_minor=100_00, currency="CNY", budget_firm=True)
        assert reason(provider(line(**fee)), firm) == expected
        assert reason(provider(line(**fee)), need(budget_max_minor=100_00, currency="CNY")) is None

    def test_the_lowest_fee_of_the_lines_left_decides(self):
        firm = need(["DRAFT", "PROS"], budget_max_minor=100_00, currency="CNY", budget_firm=True)
        dear, cheap = (
            {"fee_min_minor": 900_00, "currency": "CNY"},
            {"fee_min_minor": 90_00, "currency": "CNY"},
        )
        assert reason(provider(line("DRAFT", **cheap), line("PROS", **dear)), firm) is None
        assert reason(provider(line("VAL", **cheap), line("PROS", **dear)), firm) == "budget_firm"

    def test_a_budget_without_currency_never_gates(self):
        firm = need(budget_max_minor=1, budget_firm=True)
        assert reason(provider(line(fee_min_minor=10_000_00, currency="CNY")), firm) is None

    def test_accepting_is_asked_last(self):
        assert reason(provider(line(), accepts_new=False)) == "not_accepting"
        assert reason(provider(line(), accepts_new=False), need(kinds=["consultant"])) == "kind_not_wanted"


class TestSkippingAStep:
    @pytest.mark.parametrize(
        ("record", "brief"),
        [
            (provider(line(state="expired")), need()),
            (provider(line(state="listed")), need()),
            (provider(line("STRAT")), need(["VAL"])),
            (provider(line("PROS", "trademark"), credentials=[credential("CNIPA_TM_AGENCY")]), need()),
            (provider(line(right="utility_model")), need()),
            (
                provider(line(offices=("CN",)), credentials=[credential("EPO_LIST", offices=["EP"])]),
                need(offices=["EP"]),
            ),
            (provider(line(), credentials=[]), need()),
            (provider(line(), credentials=[credential(status="inactive")]), need()),
            (provider(line(), credentials=[credential(instructable=False)]), need()),
            (provider(line()), need(kinds=["administrator"])),
            (provider(line()), need(languages=["de"])),
            (
                provider(line(fee_min_minor=200_00, currency="CNY")),
                need(budget_max_minor=100_00, currency="CNY", budget_firm=True),
            ),
            (provider(line(), accepts_new=False), need()),
        ],
    )
    def test_the_one_reason_lifted_makes_eligible(self, record, brief):
        refused = reason(record, brief)
        assert refused in LIFTABLE
        assert reason(record, brief, skip=refused) is None

    @pytest.mark.parametrize(
        ("record", "brief"),
        [
            (provider(line(offices=("CN",))), need(offices=["EP"])),
            (provider(line("STRAT"), credentials=[]), need(["PROS"])),
            (provider(line(right="copyright"), credentials=[], kind="consultant"), need()),
        ],
    )
    def test_offering_what_he_may_not_do_lifts_nothing(self, record, brief):
        """Reserved work that is only not offered is no near miss without the authority to do it."""
        assert reason(record, brief) in {"service_not_offered", "right_not_offered", "office_not_covered"}
        assert reason(record, brief, skip=reason(record, brief)) == "not_authorised"

    def test_two_reasons_do_not(self):
        record = provider(line(state="expired"), accepts_new=False)
        assert reason(record, skip="vetting_lapsed") == "not_accepting"


def test_purposes_must_be_shared_or_absent_on_both_sides():
    def covers(mine: list[str], wanted: list[str]) -> bool:
        brief = need(["VAL"], purposes=wanted)
        verdict = judge(provider(line("VAL", purposes=mine)), brief, TODAY)
        assert verdict.reason is None
        return bool(verdict.covers)

    assert covers([], []) and covers(["pledge", "abs"], ["abs"])
    assert not covers(["pledge"], ["abs"])
    assert not covers(["pledge"], [])
    assert not covers([], ["pledge"])
    plain = judge(provider(line("STRAT", purposes=["pledge"])), need(["STRAT"], purposes=["abs"]), TODAY)
    assert plain.covers  # other services ignore purposes


def test_elements_are_the_product_of_the_dimensions():
    assert elements(need(["DRAFT", "PROS"], ["patent"], ["CN", "EP"])) == (
        ("DRAFT", "patent", "CN"),
        ("DRAFT", "patent", "EP"),
        ("PROS", "patent", "CN"),
        ("PROS", "patent", "EP"),
    )
    assert elements(Brief(services=["VAL"])) == (("VAL", "*", "*"),)
