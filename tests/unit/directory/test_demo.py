import datetime as dt
import json
import re
from collections import Counter
from functools import cache
from statistics import fmean

import msgspec
import pytest

from directory import taxonomy
from directory.demo import market_1
from directory.demo.market import generate
from directory.demo.vocabulary import rows, vocabulary
from directory.types import JudgementRecord, NeedRecord, ProviderRecord

DAY = dt.date(2026, 12, 1)
SIZE = 5_000


@cache
def market():
    return list(generate(SIZE, 1, DAY))


@cache
def living():
    return [provider for provider in market() if provider["state"] != "erased"]


def lines():
    return [line for provider in living() for line in provider["service_lines"]]


def credentials():
    for provider in living():
        yield from provider.get("credentials", [])
        for person in provider["people"]:
            yield from person.get("credentials", [])


def as_bytes(providers):
    return b"\n".join(json.dumps(provider, ensure_ascii=False).encode() for provider in providers)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def slots(pattern):
    """The slots of a pattern but for the firm, which Chinese leaves unsaid."""
    return {slot.lower() for slot in re.findall(r"\{(\w+)\}", pattern)} - {"firm"}


# The same market each time


def test_same_arguments_give_the_same_bytes():
    assert as_bytes(generate(300, 7, DAY)) == as_bytes(generate(300, 7, DAY))


def test_a_larger_market_begins_with_the_smaller_one():
    assert as_bytes(generate(120, 7, DAY)) == as_bytes(list(generate(300, 7, DAY))[:120])


@pytest.mark.parametrize(("seed", "day"), [(8, DAY), (7, DAY + dt.timedelta(days=1))])
def test_another_seed_or_day_gives_another_market(seed, day):
    assert as_bytes(generate(50, 7, DAY)) != as_bytes(generate(50, seed, day))


def test_refs_count_from_one_and_an_empty_market_is_empty():
    assert [provider["ref"] for provider in generate(3, 1, DAY)] == ["X000001", "X000002", "X000003"]
    assert list(generate(0, 1, DAY)) == []


@pytest.mark.parametrize(("size", "seed"), [(-1, 1), (1, -1)])
def test_negative_arguments_are_refused(size, seed):
    with pytest.raises(ValueError):
        list(generate(size, seed, DAY))


# Believable sizes


@pytest.mark.parametrize(
    ("part", "low", "high"), [("service_lines", 3.5, 4.5), ("people", 2.5, 3.5), ("matters", 2.5, 3.5)]
)
def test_mean_number_of_parts(part, low, high):
    assert low <= fmean(len(provider[part]) for provider in living()) <= high


def test_mean_length_of_text_is_about_two_kilobytes():
    def size(provider):
        texts = [*provider["summary"].values()]
        texts += [text for matter in provider["matters"] for text in (matter["title"], matter["text"])]
        return sum(len(text.encode()) for text in texts)

    assert 1_600 <= fmean(map(size, living())) <= 2_600


def test_every_provider_has_one_to_nine_lines_and_one_to_forty_people():
    assert {len(provider["service_lines"]) for provider in living()} == set(range(1, 10))
    headcounts = {len(provider["people"]) for provider in living()}
    assert min(headcounts) == 1 and 30 < max(headcounts) <= 40


def test_cities_follow_a_steep_but_not_extreme_curve():
    cities = Counter(provider["city"] for provider in living())
    (_, first), (_, second) = cities.most_common(2)
    assert 0.05 < first / len(living()) < 0.25
    assert second < first
    assert len(cities) > 150


def test_firm_sizes_fall_steeply():
    sizes = Counter(len(provider["people"]) for provider in living() if provider["form"] == "organisation")
    assert sizes[1] > sizes[2] > sizes[4] > sizes[8] > 0


def test_about_sixty_offices_are_covered_and_home_leads():
    assert len({office for line in lines() for office in line["offices"]}) >= 55
    at_home = [
        provider["country"] in line["offices"] for provider in living() for line in provider["service_lines"]
    ]
    assert fmean(at_home) > 0.95


# Everything occurs


def test_every_kind_sub_kind_form_and_state_occurs():
    assert {provider["kind"] for provider in market()} == set(taxonomy.codes("kind"))
    assert {code for provider in living() for code in provider["sub_kinds"]} == set(
        taxonomy.codes("sub_kind")
    )
    assert {provider["form"] for provider in market()} == set(taxonomy.codes("form"))
    assert {provider["state"] for provider in market()} == set(taxonomy.codes("provider_state"))
    assert {line["vetting"]["state"] for line in lines()} == set(taxonomy.codes("vetting_state"))


def test_every_service_right_fee_model_purpose_measure_status_and_field_occurs():
    assert {line["service"] for line in lines()} == set(taxonomy.codes("service"))
    assert {line["right"] for line in lines()} == set(taxonomy.codes("right"))
    assert {line["fee_model"] for line in lines()} == set(taxonomy.codes("fee_model"))
    assert {purpose for line in lines() for purpose in line.get("purposes", [])} == set(
        taxonomy.codes("purpose")
    )
    assert {field for line in lines() for field in line.get("fields", [])} == set(range(1, 36))
    assert {number for line in lines() for number in line.get("nice", [])} == set(range(1, 46))
    measures = {outcome["measure"] for provider in living() for outcome in provider["outcomes"]}
    assert measures == set(taxonomy.codes("outcome_measure"))
    assert {held["status"] for held in credentials()} == set(taxonomy.codes("credential_status"))


def test_about_55_percent_of_lines_have_a_current_vetting():
    def current(line):
        vetting = line["vetting"]
        return vetting["state"] in {"vetted", "vetted_outcomes"} and vetting["until"] >= DAY.isoformat()

    assert 0.5 < fmean(map(current, lines())) < 0.6


def test_vettings_run_out_within_two_years_and_a_few_already_have():
    untils = [
        dt.date.fromisoformat(line["vetting"]["until"])
        for line in lines()
        if line["vetting"]["state"] in {"vetted", "vetted_outcomes"}
    ]
    assert max(untils) <= DAY + dt.timedelta(days=731)
    assert 0 < fmean(until < DAY for until in untils) < 0.1
    expired = [line["vetting"]["until"] for line in lines() if line["vetting"]["state"] == "expired"]
    assert expired and max(expired) < DAY.isoformat()


def test_shares_of_what_is_rare():
    assert 0.01 < fmean(provider["sponsored"] for provider in living()) < 0.03
    assert 0.85 < fmean(provider["accepts_new"] for provider in living()) < 0.99
    assert 0.05 < fmean("checked_on" not in held for held in credentials()) < 0.2
    assert 0 < fmean(not held["instructable"] for held in credentials()) < 0.1
    assert (
        0.05
        < fmean(not p["affiliation_confirmed"] for provider in living() for p in provider["people"])
        < 0.3
    )
    assert any(provider.get("owned_by") for provider in living())
    assert any(provider.get("conflict_parties") for provider in living())


def test_most_summaries_are_in_both_languages_and_some_in_one():
    written = Counter(tuple(provider["summary"]) for provider in living())
    assert written["en", "zh-Hans"] > len(living()) / 2
    assert written["en",] and written["zh-Hans",] and written["en", "zh-Hant"]


# Consistent


def test_offers_fit_the_sub_kinds():
    offered = {
        row["sub_kind"]: {tuple(line.split("/")) for line in row["lines"].split()}
        for row in rows("sub_kinds")
    }
    for provider in living():
        possible = set().union(*(offered[code] for code in provider["sub_kinds"]))
        assert {(line["service"], line["right"]) for line in provider["service_lines"]} <= possible


def test_parents_of_sub_kinds_and_cities():
    for provider in living():
        assert {taxonomy.entries("sub_kind")[code].parent for code in provider["sub_kinds"]} == {
            provider["kind"]
        }
        assert taxonomy.entries("place")[provider["city"]].parent == provider["country"]


def test_each_credential_fits_the_format_and_offices_of_its_register():
    for held in credentials():
        register = taxonomy.entries("register")[held["register"]]
        assert re.fullmatch(register.extra["format"] or ".+", held["number"]), held
        offices = set().union(*(e.offices for e in taxonomy.entitlements() if e.register == held["register"]))
        assert not offices or set(held["offices"]) <= offices


def test_most_reserved_work_that_was_vetted_can_be_done():
    verdicts = []
    for provider in living():
        held = [*provider.get("credentials", [])]
        for person in provider["people"]:
            held += person.get("credentials", []) if person["affiliation_confirmed"] else []
        able = {
            (credential["register"], office)
            for credential in held
            if credential["status"] in {"active", "active_restricted"} and credential["instructable"]
            if "checked_on" in credential
            for office in credential["offices"]
        }
        for line in provider["service_lines"]:
            if taxonomy.is_reserved(line["service"], line["right"]) and "vetted" in line["vetting"]["state"]:
                for office in line["offices"]:
                    asked = taxonomy.entitling_registers(line["service"], line["right"], office)
                    if asked:
                        verdicts.append(any((register, office) in able for register in asked))
    assert 0.75 < fmean(verdicts) < 0.99


def test_lines_vetted_with_outcomes_have_twenty_or_more_of_them():
    for provider in living():
        proven = {(o["service"], o["right"]) for o in provider["outcomes"] if o["n"] >= 20}
        for line in provider["service_lines"]:
            if line["vetting"]["state"] == "vetted_outcomes":
                assert (line["service"], line["right"]) in proven, provider["ref"]


def test_outcomes_never_succeed_more_often_than_they_happened():
    assert all(0 <= o["successes"] <= o["n"] for provider in living() for o in provider["outcomes"])


def test_fees_have_a_currency_with_a_rate_and_an_order():
    for line in lines():
        if "fee_min_minor" in line:
            assert line["currency"] in taxonomy.reference_rates()
            assert 0 < line["fee_min_minor"] < line.get("fee_max_minor", line["fee_min_minor"] + 1)
    bands = {
        taxonomy.price_band(taxonomy.to_cny_minor(line["fee_min_minor"], line["currency"]))
        for line in lines()
        if "fee_min_minor" in line
    }
    assert bands == set(taxonomy.codes("price_band"))
    assert 0.1 < fmean("fee_min_minor" not in line and "rate_percent" not in line for line in lines()) < 0.3


def test_matters_name_the_technology_of_the_provider():
    for provider in living():
        for matter in provider["matters"]:
            assert matter["date"] < DAY.isoformat()
            assert int(matter["date"][:4]) >= provider["founded"]
            assert all(taxonomy.fields_for_ipc(symbol) for symbol in matter["ipc"])
    technical = [matter for provider in living() for matter in provider["matters"] if matter["ipc"]]
    assert len(technical) > len(living())


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("industry", lambda provider: provider["industries"]),
        ("language", lambda provider: [skill["code"] for skill in provider["languages"]]),
        ("level", lambda provider: [skill["level"] for skill in provider["languages"]]),
        (
            "office",
            lambda provider: [office for line in provider["service_lines"] for office in line["offices"]],
        ),
        ("office", lambda provider: [matter["office"] for matter in provider["matters"]]),
        ("office", lambda provider: [matter["client_country"] for matter in provider["matters"]]),
        (
            "fee_unit",
            lambda provider: [u for line in provider["service_lines"] if (u := line.get("fee_unit"))],
        ),
        ("nice", lambda provider: [number for matter in provider["matters"] for number in matter["nice"]]),
    ],
)
def test_codes_are_of_the_taxonomy(name, key):
    used = {code for provider in living() for code in key(provider)}
    assert used and all(taxonomy.is_code(name, code) for code in used)


def test_every_provider_decodes_as_the_exchange_format():
    for provider in market():
        assert msgspec.json.decode(msgspec.json.encode(provider), type=ProviderRecord).ref == provider["ref"]


# Texts and names


def test_addresses_are_of_no_real_domain_and_there_is_no_other_contact_data():
    for provider in living():
        addresses = [
            text for text in strings(provider) if "." in text and re.search(r"https?:|www\.|\.example", text)
        ]
        assert all(address.endswith(".example") for address in addresses)
        assert not any("@" in text for text in strings(provider))
        assert not any(
            re.search(r"\+\d{6,}|\d{3}[ -]\d{3}[ -]\d{4}", text) for text in provider["summary"].values()
        )


def test_numbers_of_registers_are_recognisably_invented():
    assert all("99" in held["number"][:8] for held in credentials())


def test_no_slot_is_left_open():
    assert not any("{" in text or "}" in text for provider in living() for text in strings(provider))


def test_nothing_is_kept_of_an_erased_provider():
    erased = [provider for provider in market() if provider["state"] == "erased"]
    assert erased
    assert all(provider["name"]["en"] == "Erased" for provider in erased)
    assert all(not {"people", "summary", "city", "credentials"} & set(provider) for provider in erased)


@pytest.mark.parametrize("kind", ["lawyer", "consultant", "administrator"])
def test_each_kind_has_two_hundred_sentence_patterns_in_both_languages(kind):
    patterns = [row for name in (kind, "any") for row in rows(f"sentences_{name}")]
    assert len({row["en"] for row in patterns}) >= 200
    assert len({row["zh"] for row in patterns}) >= 200


def test_patterns_have_the_same_slots_in_both_languages_and_no_superlatives():
    for name in ("any", "lawyer", "consultant", "administrator"):
        for row in rows(f"sentences_{name}"):
            assert slots(row["en"]) == slots(row["zh"]), row
            assert not re.search(r"\b(best|leading|top-\w+|number one|foremost)\b", row["en"], re.I), row
            assert not re.search(r"最佳|第一|国家级|领先|顶级|最好", row["zh"]), row


def test_cases_have_the_same_slots_in_both_languages():
    for row in rows("matters"):
        assert slots(row["title_en"] + row["text_en"]) == slots(row["title_zh"] + row["text_zh"]), row


@pytest.mark.parametrize("kind", ["lawyer", "consultant", "administrator"])
def test_every_pattern_can_be_reached(kind):
    about = {row["about"].split("/")[0] for row in rows(f"sentences_{kind}")}
    topics = {"field", "method", "limit", *taxonomy.codes("service"), *taxonomy.codes("sub_kind")}
    assert about <= topics
    assert {code for code in about if taxonomy.is_code("sub_kind", code)} == {
        code for code, entry in taxonomy.entries("sub_kind").items() if entry.parent == kind
    }


def test_every_field_has_eight_terms_whose_symbols_belong_to_it():
    for field in vocabulary().fields.values():
        assert len({term for _, term in field.terms}) >= 8
        assert all(field.code in taxonomy.fields_for_ipc(symbol) for symbol, _ in field.terms)


# Market-1


def test_market_1_on_its_own_day_is_unchanged():
    market = market_1.load(market_1.FIXED_DAY)
    assert [len(part) for part in (market.providers, market.needs, market.judgements, market.refusals)] == [
        16, 13, 24, 184,
    ]  # fmt: skip
    lapsed = next(provider for provider in market.providers if provider["ref"] == "P8")
    assert {line["vetting"]["until"] for line in lapsed["service_lines"]} == {"2026-11-21"}
    assert "21 November 2026" in lapsed["summary"]["en"]
    assert market.providers[0]["references"][0]["month"] == "2026-05"


def test_market_1_moves_with_its_day():
    market = market_1.load(market_1.FIXED_DAY + dt.timedelta(days=365))
    lapsed = next(provider for provider in market.providers if provider["ref"] == "P8")
    assert {line["vetting"]["until"] for line in lapsed["service_lines"]} == {"2027-11-21"}
    assert "21 November 2027" in lapsed["summary"]["en"]
    first = market.providers[0]
    assert "2027年11月1日" in first["summary"]["zh-Hans"]
    assert first["references"][0]["month"] == "2027-05"
    assert first["insurance"]["until"] == "2028-06-18"  # 2028 has a 29 February
    assert first["founded"] == 2012 and first["outcomes"][0]["window"] == "2023/2025"
    need = next(need for need in market.needs if need["ref"] == "S5")
    assert need["brief"]["deadline"] == "2028-01-30"
    assert {judgement["made_on"] for judgement in market.judgements} == {"2027-11-20"}


def test_market_1_decodes_as_the_exchange_formats():
    market = market_1.load(dt.date(2027, 2, 28))
    for records, shape in (
        (market.providers, ProviderRecord),
        (market.needs, NeedRecord),
        (market.judgements, JudgementRecord),
    ):
        for record in records:
            msgspec.convert(record, shape)
    refs = {provider["ref"] for provider in market.providers}
    assert {refusal["provider"] for refusal in market.refusals} <= refs
    assert all(taxonomy.is_code("reason", refusal["reason"]) for refusal in market.refusals)
