"""What counts in a score: each feature's value, and what must not count at all."""

from __future__ import annotations

import datetime as dt
import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import taxonomy
from directory.demo import market_1
from directory.rules.eligibility import judge
from directory.types import (
    Brief,
    ConflictParty,
    LanguageSkill,
    LineVetting,
    MatterRecord,
    OutcomeRecord,
    PersonRecord,
    ProviderRecord,
    ReferenceRecord,
    ResponseRecord,
    ServiceLineRecord,
)
from matching.features import FAMILIES, FEATURES, MEASURES, WEIGHTS, measure, need_words
from matching.features.evidence import interval, outcome_means, outcome_value, reference_value, reply_value
from matching.features.fees import Fees, fees
from matching.features.measures import ipc_likeness
from matching.ranker import policy
from matching.types import Case, Measured

TODAY = dt.date(2026, 12, 1)
MARKET = market_1.load(TODAY)
PROVIDERS = {each["ref"]: msgspec.convert(each, ProviderRecord) for each in MARKET.providers}
NEEDS = {each["ref"]: msgspec.convert(each["brief"], Brief) for each in MARKET.needs}
JUDGED = [(each["need"], each["provider"]) for each in MARKET.judgements]


def case(record: ProviderRecord, brief: Brief, text: str = "") -> Case:
    verdict = judge(record, brief, TODAY)
    assert verdict.reason is None, verdict
    return Case(record, verdict, brief, TODAY, need_words(text))


def changed(record: ProviderRecord, **changes) -> ProviderRecord:
    return msgspec.structs.replace(record, **changes)


def score(record: ProviderRecord, brief: Brief) -> float:
    measured = measure(case(record, brief))
    return float(policy().predict([[measured[feature.name].value for feature in FEATURES]])[0])


def feature(name: str, record: ProviderRecord, brief: Brief, text: str = "") -> Measured:
    return MEASURES[name](case(record, brief, text))


def valuer(**changes) -> ProviderRecord:
    line = ServiceLineRecord(
        service="STRAT", right="patent", offices=["CN"], fields=[8], vetting=LineVetting("vetted")
    )
    given = {"ref": "X", "form": "organisation", "kind": "consultant", "name": {"en": "X"}, "country": "CN"}
    return ProviderRecord(**given | {"service_lines": [line]} | changes)


ASKED = Brief(services=["STRAT"], rights=["patent"], offices=["CN"], fields=[8])


def test_the_table_is_whole():
    assert [each.name for each in FEATURES] == list(MEASURES)
    assert sum(WEIGHTS) == 100
    for family in FAMILIES:
        assert sum(each.weight for each in FEATURES if each.family == family.name) == family.points
    assert all(each.weight > 0 and 0 <= each.neutral <= 1 for each in FEATURES)
    assert set(outcome_means()) == set(taxonomy.codes("outcome_measure"))


@pytest.mark.parametrize(("need", "provider"), JUDGED)
def test_values_lie_between_0_and_1_or_are_unknown(need, provider):
    for name, each in measure(case(PROVIDERS[provider], NEEDS[need])).items():
        assert math.isnan(each.value) or 0 <= each.value <= 1, name


class TestWhatMustNotCount:
    """Payment, size, age, fame, names, volume and personal traits change no score."""

    @pytest.mark.parametrize(("need", "provider"), JUDGED)
    @pytest.mark.parametrize(
        "change",
        [
            lambda record: {"sponsored": not record.sponsored},
            lambda record: {"founded": 1850},
            lambda record: {"founded": None},
            lambda record: {"name": {"en": "AAA First and Famous"}, "aliases": ["Best"]},
            lambda record: {"ref": "another"},
            lambda record: {"form": "individual"},
            lambda record: {"website": "https://famous.example"},
            lambda record: {"insurance": None},
            lambda record: {"owned_by": ["Somebody"]},
            lambda record: {"conflict_parties": [ConflictParty("Northstar Semiconductor", ["北星半导体"])]},
            lambda record: {
                "people": [*record.people, *(PersonRecord(f"n{i}", {"en": f"Person {i}"}) for i in range(50))]
            },
            lambda record: {
                "people": [
                    msgspec.structs.replace(person, name={"en": "Ms Other Name", "ru": "Другая"})
                    for person in record.people
                ]
            },
        ],
    )
    def test_no_score_moves(self, need, provider, change):
        record, brief = PROVIDERS[provider], NEEDS[need]
        assert score(changed(record, **change(record)), brief) == score(record, brief)

    @staticmethod
    def doubled(record: ProviderRecord) -> ProviderRecord:
        return changed(
            record,
            matters=[*record.matters, *record.matters],
            outcomes=[
                msgspec.structs.replace(each, successes=2 * each.successes, n=2 * each.n)
                for each in record.outcomes
            ],
            response=record.response and msgspec.structs.replace(record.response, n=2 * record.response.n),
        )

    @pytest.mark.parametrize(("need", "provider"), JUDGED)
    def test_twice_the_volume_moves_a_score_by_two_points_at_most(self, need, provider):
        record, brief = PROVIDERS[provider], NEEDS[need]
        assert abs(score(self.doubled(record), brief) - score(record, brief)) <= 2

    @given(st.integers(0, 60), st.floats(0, 1), st.floats(0, 400), st.integers(0, 60))
    def test_nor_for_any_rate_and_number(self, n, rate, hours, replies):
        outcome = OutcomeRecord(
            service="STRAT", right="patent", measure="granted", successes=round(rate * n), n=n
        )
        record = valuer(outcomes=[outcome], response=ResponseRecord(hours, replies))
        assert abs(score(self.doubled(record), ASKED) - score(record, ASKED)) <= 2

    @pytest.mark.parametrize("need", NEEDS)
    def test_it_moves_nobody_by_more_than_one_place(self, need):
        brief = NEEDS[need]
        eligible = [ref for ref, record in PROVIDERS.items() if judge(record, brief, TODAY).reason is None]

        def order(records: dict[str, ProviderRecord]) -> list[str]:
            return sorted(eligible, key=lambda ref: -score(records[ref], brief))

        before = order(PROVIDERS)
        for ref in eligible:
            after = order(PROVIDERS | {ref: self.doubled(PROVIDERS[ref])})
            assert abs(before.index(ref) - after.index(ref)) <= 1


class TestField:
    @pytest.mark.parametrize(
        ("named", "wanted", "value"),
        [([8], [8], 1.0), ([8, 9], [8], 1.0), ([8], [8, 9], 0.8), ([9], [8], 0.0), ([], [8], math.nan)],
    )
    def test_fields_of_the_line(self, named, wanted, value):
        record = valuer()
        record.service_lines[0].fields = named
        found = feature("line_field", record, Brief(services=["STRAT"], fields=wanted))
        assert found.value == pytest.approx(value, nan_ok=True)
        assert found.asked

    def test_no_field_asked_is_no_question(self):
        found = feature("line_field", valuer(), Brief(services=["STRAT"]))
        assert math.isnan(found.value)
        assert not found.asked

    @pytest.mark.parametrize(
        ("mine", "theirs", "value"),
        [
            ("H01L 29", "H01L 29/78", 1.0),
            ("H01L 29", "h01l29", 1.0),
            ("H01L 29", "H01L 21", 0.75),
            ("H01L", "H01L 29", 0.75),
            ("H01L 29", "H01M 4", 0.5),
            ("H01L 29", "H04W 72", 0.25),
            ("H01L 29", "A61K 9", 0.0),
            ("H01L 29", "nonsense", 0.0),
        ],
    )
    def test_likeness_of_ipc_symbols(self, mine, theirs, value):
        assert ipc_likeness(mine, theirs) == value

    def test_the_nearest_matter_counts_and_more_of_them_do_not(self):
        near = MatterRecord(title="near", ipc=["H01L 29"])
        far = MatterRecord(title="far", ipc=["A61K 9"])
        brief = msgspec.structs.replace(ASKED, ipc=["H01L 29"])
        assert feature("matter_field", valuer(matters=[far, near, near]), brief).value == 1.0
        assert feature("matter_field", valuer(matters=[near, far]), ASKED).value == 0.75
        assert feature("matter_field", valuer(matters=[far]), ASKED).value == 0.0
        assert math.isnan(feature("matter_field", valuer(), ASKED).value)
        assert math.isnan(feature("matter_field", valuer(matters=[MatterRecord(title="?")]), ASKED).value)

    def test_words_in_common(self):
        text = "竞争对手对我们的一件IGBT专利提了无效"
        assert "igbt" in need_words(text)
        known = valuer(matters=[MatterRecord(title="Invalidation defence of an IGBT patent")])
        silent = valuer(summary={"en": "Trade marks for tea."})
        assert feature("words", known, ASKED, text).value > feature("words", silent, ASKED, text).value
        assert not feature("words", known, ASKED, "hello").asked

    def test_words_of_a_hostile_text_are_few(self):
        assert len(need_words("IGBT " * 30_000 + "芯片" * 30_000)) <= 12


class TestServiceFit:
    def test_the_share_of_the_services_at_one_office(self):
        brief = Brief(services=["STRAT", "VAL"], rights=["patent"], offices=["CN", "EP"])
        found = feature("services", valuer(), brief)
        assert found.value == 0.5
        assert found.fact.values == {"codes": ["STRAT"], "missing": ["VAL"]}
        assert feature("offices", valuer(), brief).value == 0.5
        assert feature("rights", valuer(), brief).value == 1.0

    def test_another_purpose_is_a_misfit(self):
        p5, s5 = PROVIDERS["P5"], NEEDS["S5"]
        for name in ("services", "offices", "rights"):
            assert feature(name, p5, s5).value == 0.0
        assert feature("services", p5, NEEDS["N07"]).value == 1.0


class TestQuality:
    def test_outcomes_count_from_three_cases_and_fully_from_ten(self):
        mean = 0.5
        assert outcome_value(2, 2, mean) == 0.5
        assert (
            0.5 < outcome_value(5, 5, mean) < outcome_value(10, 10, mean) < outcome_value(100, 100, mean) < 1
        )
        assert outcome_value(0, 100, mean) < 0.1

    @given(st.integers(1, 200), st.data(), st.sampled_from([0.1, 0.5, 0.99]))
    def test_one_success_more_never_counts_less(self, n, data, mean):
        successes = data.draw(st.integers(0, n - 1))
        assert 0 <= outcome_value(successes, n, mean) <= outcome_value(successes + 1, n, mean) <= 1

    def test_few_cases_are_unknown_not_zero(self):
        few = OutcomeRecord(service="STRAT", right="patent", measure="granted", successes=0, n=2)
        assert math.isnan(feature("outcomes", valuer(outcomes=[few]), ASKED).value)
        assert score(valuer(outcomes=[few]), ASKED) == score(valuer(), ASKED)

    def test_outcomes_of_another_service_do_not_count(self):
        other = OutcomeRecord(service="VAL", right="patent", measure="granted", successes=90, n=90)
        assert math.isnan(feature("outcomes", valuer(outcomes=[other]), ASKED).value)

    def test_references_count_from_three_on(self):
        given = [ReferenceRecord(service="STRAT", score=10, month="2026-10")] * 3
        assert math.isnan(feature("references", valuer(references=given[:2]), ASKED).value)
        good = feature("references", valuer(references=given), ASKED)
        bad = [ReferenceRecord(service="STRAT", score=2, month="2026-10")] * 3
        assert good.value > 0.8 > feature("references", valuer(references=bad), ASKED).value
        assert good.fact.date == "2026-10"

    def test_old_references_count_half(self):
        assert reference_value([(1.0, 0.5)] * 3) < reference_value([(1.0, 1.0)] * 3)
        old = [ReferenceRecord(service="STRAT", score=2, month="2024-11")] * 3
        new = [ReferenceRecord(service="STRAT", score=2, month="2024-12")] * 3
        values = [feature("references", valuer(references=each), ASKED).value for each in (old, new)]
        assert values[0] > values[1]

    def test_vetting_with_outcome_evidence_counts_most(self):
        vetted, more = valuer(), valuer()
        more.service_lines = [
            msgspec.structs.replace(more.service_lines[0], vetting=LineVetting("vetted_outcomes"))
        ]
        assert feature("tier", more, ASKED).value == 1.0 > feature("tier", vetted, ASKED).value

    def test_the_interval_of_a_rate(self):
        low, high = interval(31, 40)
        assert (round(low, 3), round(high, 3)) == (0.681, 0.848)
        assert interval(0, 0) == (0.0, 1.0)


class TestTerms:
    @pytest.mark.parametrize(
        ("minimum", "maximum", "value"),
        [(1, 100, 1.0), (100, 100, 1.0), (50, 150, 0.75), (100, 200, 0.5), (200, 300, 0.25), (90, None, 1.0)],
    )
    def test_fees_against_the_budget(self, minimum, maximum, value):
        record = valuer()
        line = record.service_lines[0]
        line.fee_min_minor, line.fee_max_minor, line.currency = minimum, maximum, "CNY"
        brief = msgspec.structs.replace(ASKED, budget_max_minor=100, currency="CNY")
        assert feature("budget", record, brief).value == value

    def test_a_prosecution_fee_covers_drafting(self):
        assert fees(PROVIDERS["P1"], [0, 1]) == Fees(2_000_000, 6_000_000, complete=True)
        assert fees(PROVIDERS["P1"], [0]) is None
        assert fees(PROVIDERS["P12"], [0]) is None  # by the item
        assert fees(PROVIDERS["P15"], [0]) is None

    def test_unknown_fees_take_the_middle(self):
        brief = msgspec.structs.replace(ASKED, budget_max_minor=100, currency="CNY")
        assert math.isnan(feature("budget", valuer(), brief).value)

    def test_quicker_is_better_and_more_replies_are_surer(self):
        assert reply_value(1, 10) > reply_value(24, 10) > reply_value(100, 10) >= reply_value(1000, 10)
        assert 0.5 < reply_value(1, 1) < reply_value(1, 50)
        assert math.isnan(feature("reply", valuer(response=ResponseRecord(5, 0)), ASKED).value)

    def test_levels_of_the_languages_asked_for(self):
        brief = msgspec.structs.replace(ASKED, languages=["zh-Hans", "en"])
        spoken = [LanguageSkill("zh-Hant", "plead"), LanguageSkill("de", "plead")]
        assert feature("languages", valuer(languages=spoken), brief).value == 0.5


class TestOffice:
    def test_a_seat_where_the_right_has_effect(self):
        assert feature("seat", PROVIDERS["P7"], NEEDS["N04"]).value == 1.0  # Munich, EPO
        assert feature("seat", PROVIDERS["P5"], NEEDS["N07"]).value == 0.0  # Singapore, China

    def test_the_last_matter_there_counts_by_its_age(self):
        def value(*matters: MatterRecord) -> float:
            return feature("office_matter", valuer(matters=list(matters)), ASKED).value

        new = MatterRecord(title="n", office="CN", date=TODAY)
        old = MatterRecord(title="o", office="CN", date=dt.date(2020, 1, 1))
        assert value(new) == value(old, new, new) == 1.0 > value(old) > value(MatterRecord("x", office="EP"))
        assert math.isnan(value())

    def test_a_register_that_cannot_be_checked_is_unknown(self):
        record = valuer(kind="lawyer")
        record.service_lines[0].service = "PROS"
        record.service_lines[0].offices = ["HK"]
        found = feature("admission", record, Brief(services=["PROS"], offices=["HK"]))
        assert math.isnan(found.value)
        assert found.fact.said == "no_register"


def test_order_of_a_record_does_not_matter():
    record, brief = PROVIDERS["P7"], NEEDS["S2"]
    shuffled = msgspec.json.decode(msgspec.json.encode(record), type=ProviderRecord)
    for name in ("service_lines", "matters", "outcomes", "references", "languages", "people"):
        random.Random(1).shuffle(getattr(shuffled, name))
    assert score(shuffled, brief) == pytest.approx(score(record, brief), abs=1e-12)
