"""The closed lists hold every code of the exchange formats, in both languages, and their words resolve."""

import datetime as dt
import re

import pytest

from directory import taxonomy
from directory.names import fold

CODES = {
    "kind": "lawyer consultant administrator",
    "service": (
        "SRCH DRAFT PROS OPPO LITI ADMENF CUST ONLN ADR LIC TRAN VAL FIN TRADE COMM STRAT PORT TRANS "
        "POL TRAIN"
    ),
    "right": (
        "patent utility_model design trademark gi copyright related trade_secret plant_variety layout "
        "domain database spc publicity traditional_knowledge"
    ),
    "need_type": (
        "protect freedom enforce defend go_abroad portfolio cut_cost trade finance securitise value "
        "raise commercialise standards insure settle capability unsure"
    ),
    "industry": (
        "semiconductors software telecom biopharma medtech chemicals automotive aerospace energy "
        "machinery food consumer retail media fintech construction logistics academia creative sports"
    ),
    "field": " ".join(map(str, range(1, 36))),
    "nice": " ".join(map(str, range(1, 46))),
    "level": "speak draft plead",
    "fee_model": (
        "hourly fixed capped blended retainer per_unit success royalty commission equity pro_bono voucher"
    ),
    "vetting_state": (
        "listed claimed verified vetted vetted_outcomes expired restricted suspended removed under_review"
    ),
    "sub_kind": (
        "patent_attorney trademark_attorney solicitor barrister european_patent_attorney "
        "upc_representative design_practitioner plant_variety_agent secondee mediator arbitrator "
        "domain_panelist foreign_law_consultant strategy audit valuer broker tech_transfer "
        "licensing_agent analytics search_firm standards competitive_intelligence transfer_pricing "
        "ip_management training investigator brand_protection expert_witness bank_ip_desk guarantor "
        "leasing securitisation_arranger trustee_rating litigation_funder ip_fund insurer "
        "insurance_broker annuity docketing formalities recordals customs_recordal translation "
        "drawings notarisation watching software_migration domain_registrar escrow"
    ),
    "register": (
        "CNIPA_AGENCY CNIPA_AGENT CNIPA_TM_AGENCY CN_LAW_FIRM CN_APPRAISAL EPO_LIST EUIPO UPC_REP "
        "DPMA DE_BAR IPREG_PATENT IPREG_TRADEMARK BSB INPI_CPI USPTO_OED US_STATE_BAR JPAA KIPO_AGENT "
        "IPOS_PATENT SG_BAR HK_LAW_SOCIETY MYIPO_PATENT_AGENT MYIPO_TM_AGENT IN_PATENT_AGENT TTIPAB "
        "AU_PBR_QP INPI_BR_API TH_DIP VN_IP_AGENT ID_IP_CONSULTANT AE_TM_AGENT CPATA RICS"
    ),
    "outcome_measure": (
        "granted granted_scope_kept registered opposition_won invalidation_won invalidation_survived "
        "won_or_settled settled raids_upheld seizures_upheld takedowns_completed licences_signed "
        "deals_closed products_marketed loans_completed loans_performing loan_granted_on_report "
        "realised_within_25pct accepted_by_auditor abs_tranches_no_default claims_paid listing_passed "
        "search_confirmed course_rated_good renewals_on_time deadlines_met "
        "delivered_without_correction"
    ),
    "judgement_source": "administrator outcome_review accepted_enquiry shortlisted decline_misfit",
    "reason": (
        "not_published suspended restricted removed under_review vetting_lapsed not_vetted "
        "service_not_offered not_entitled_right right_not_offered office_not_covered not_instructable "
        "credential_not_active not_authorised kind_not_wanted language_not_shared budget_firm "
        "not_accepting"
    ),
    "form": "organisation individual",
    "provider_state": "draft published unpublished erased",
    "credential_status": "active active_restricted trainee inactive suspended removed not_in_file",
    "price_band": "B1 B2 B3 B4 B5",
    "fee_unit": "matter hour item year",
    "purpose": "pledge guarantee abs lease fund insurance reporting damages contribution licence sale",
}
LANGUAGES = "zh-Hans zh-Hant yue en ja ko de fr es pt it nl ru ar hi vi th id ms"
OFFICES = (
    "CN HK MO TW SG JP KR IN MY TH VN ID PH KH LA MM BN AU NZ US CA MX BR AR CL GB IE DE FR IT ES PT "
    "NL BE LU CH AT SE NO DK FI PL CZ HU RO TR RU UA KZ IL AE SA QA EG ZA NG KE EP EM WO IB EA AP OA "
    "GC BX QZ X-UPC"
)


@pytest.mark.parametrize("name", CODES)
def test_list_holds_exactly_its_codes(name):
    assert sorted(taxonomy.codes(name)) == sorted(CODES[name].split())


@pytest.mark.parametrize(("name", "wanted"), [("language", LANGUAGES), ("office", OFFICES)])
def test_open_lists_hold_at_least_the_named_codes(name, wanted):
    assert set(wanted.split()) <= set(taxonomy.codes(name))


def test_reasons_stand_in_the_order_of_the_table():
    assert " ".join(taxonomy.codes("reason")) == CODES["reason"]


@pytest.mark.parametrize("name", taxonomy.LISTS)
def test_every_entry_has_two_labels_and_a_source(name):
    for entry in taxonomy.entries(name).values():
        assert entry.label_en.strip() == entry.label_en != ""
        assert entry.label_zh.strip() == entry.label_zh != ""
        assert entry.source
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in entry.label_en)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in entry.label_zh)


@pytest.mark.parametrize("name", taxonomy.LISTS)
def test_labels_of_one_list_differ(name):
    for language in ("en", "zh-Hans"):
        labels = [taxonomy.label(name, code, language) for code in taxonomy.codes(name)]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", taxonomy.LISTS)
def test_each_synonym_resolves_to_its_code(name):
    words = taxonomy.synonyms(name)
    for entry in taxonomy.entries(name).values():
        for term in (entry.label_en, entry.label_zh, *entry.synonyms_en, *entry.synonyms_zh):
            assert entry.code in words[fold(term)]


@pytest.mark.parametrize("name", taxonomy.LISTS)
def test_synonyms_are_lower_case_and_said_once(name):
    for entry in taxonomy.entries(name).values():
        assert all(term == term.lower() for term in entry.synonyms_en)
        terms = [fold(term) for term in (*entry.synonyms_en, *entry.synonyms_zh)]
        assert len(set(terms)) == len(terms), entry.code


@pytest.mark.parametrize("name", taxonomy.LISTS)
def test_ambiguous_terms_are_words_of_their_list(name):
    for term, ambiguous in taxonomy.ambiguous(name).items():
        assert taxonomy.synonyms(name)[term] == ambiguous.codes
        assert ambiguous.note


@pytest.mark.parametrize(
    ("name", "term", "codes"),
    [
        ("service", "FTO", {"SRCH"}),
        ("service", "答复审查意见", {"PROS"}),
        ("service", "進入國家階段", {"PROS"}),
        ("right", "软件著作权", {"copyright"}),
        ("right", "地理标志", {"gi"}),
        ("field", "IGBT", {"8"}),
        ("field", "锂电池", {"1"}),
        ("field", "抗体", {"15", "16"}),
        ("office", "欧洲", {"EP", "EM", "QZ"}),
        ("office", "欧专局", {"EP"}),
        ("office", "Chinese", {"CN"}),
        ("language", "德文", {"de"}),
        ("language", "Mandarin", {"zh-Hans"}),
        ("place", "München", {"Munich"}),
        ("place", "浦东", {"Shanghai"}),
        ("nice", "茶饮料", {"30"}),
    ],
)
def test_everyday_words_are_known(name, term, codes):
    assert set(taxonomy.synonyms(name)[fold(term)]) == codes


def test_places_lie_at_known_offices():
    for place in taxonomy.entries("place").values():
        assert place.extra["kind"] in ("city", "region")
        assert place.extra["kind"] == "region" or place.parent
        for office in (place.parent, *place.extra["offices"].split()):
            assert office is None or taxonomy.is_code("office", office)


def test_sub_kinds_hang_on_kinds():
    assert {entry.parent for entry in taxonomy.entries("sub_kind").values()} == set(taxonomy.codes("kind"))


def test_territories_of_china_are_labelled_as_such():
    labels = [taxonomy.label("office", code, "zh-Hans") for code in ("HK", "MO", "TW")]
    assert labels == ["中国香港", "中国澳门", "中国台湾"]
    assert [taxonomy.label("office", code, "en") for code in ("HK", "MO", "TW")] == [
        "Hong Kong",
        "Macao",
        "Taiwan",
    ]


def test_unknown_list_is_refused():
    with pytest.raises(taxonomy.UnknownList):
        taxonomy.entries("../secrets")


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [
        ("field", 8, True),
        ("field", "8", True),
        ("field", 36, False),
        ("field", True, False),
        ("nice", 45, True),
        ("kind", 1, False),
        ("service", "pros", False),
        ("service", ["PROS"], False),
        ("service", None, False),
    ],
)
def test_is_code(name, value, known):
    assert taxonomy.is_code(name, value) is known


def test_unknown_code_is_its_own_label():
    assert taxonomy.label("office", "ZZ", "en") == "ZZ"


@pytest.mark.parametrize(
    ("symbol", "fields"),
    [
        ("H04L", (4,)),
        ("H04W 72/04", (4,)),
        ("G06F", (6,)),
        ("G06N 3/08", (6,)),
        ("g06q10/06", (7,)),
        ("H01L 29/78", (8,)),
        ("h10d30", (8,)),
        ("H10", (8,)),
        ("H10B 43/27", (8,)),
        ("G02B", (9,)),
        ("G01N 33", (11,)),
        ("G01N33/53", (11,)),
        ("G01N 33 / 53", (11,)),
        ("G01N 3", (10,)),
        ("A61B", (13,)),
        ("C12N", (15,)),
        ("A61K 31", (16,)),
        ("A61K", (16,)),
        ("A61K 8", (14,)),
        ("A61K0008/00", (14,)),
        ("A61K 2300/00", (16,)),
        ("H01M", (1,)),
        ("B60", (32,)),
        ("B60L 53/00", (32,)),
        ("H04N 21/43", (4,)),
        ("H04N 1", (3,)),
        ("H04N 23/60", (2,)),
        ("Ｈ０１Ｌ", (8,)),
        ("Y02E 10/50", ()),
        ("A61Z", ()),
        ("H", ()),
        ("", ()),
        ("H01L 29/78; DROP", ()),
    ],
)
def test_longest_ipc_prefix_gives_the_field(symbol, fields):
    assert taxonomy.fields_for_ipc(symbol) == fields


def test_a_class_has_the_fields_of_its_subclasses():
    assert taxonomy.fields_for_ipc("A61") == (13, 14, 16)


@pytest.mark.parametrize(
    ("symbol", "valid"),
    [("H01L 29/78", True), ("h01l", True), ("B60", True), ("H01L29/", False), ("H1", False), ("X01L", False)],
)
def test_ipc_form(symbol, valid):
    assert taxonomy.ipc_is_valid(symbol) is valid


def test_no_ipc_prefix_belongs_to_two_fields():
    prefixes = [
        prefix
        for entry in taxonomy.entries("field").values()
        for prefix in re.findall(r"[A-H]\d\d[A-Z]?(?: \d+)?", entry.extra["ipc"])
    ]
    assert len(prefixes) > 600
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize(
    ("office", "covered", "not_covered"),
    [
        ("EP", {"DE", "GB", "TR", "CH", "FR"}, {"EM", "RU", "US", "EP"}),
        ("EM", {"DE", "FR", "IE"}, {"GB", "CH", "NO"}),
        ("QZ", {"DE", "NL"}, {"GB"}),
        ("BX", {"BE", "NL", "LU"}, {"DE"}),
        ("X-UPC", {"DE", "FR", "IT", "RO"}, {"GB", "ES", "PL"}),
        ("OA", {"CM", "SN", "CI"}, {"NG", "KE"}),
        ("AP", {"KE", "GH", "ZW"}, {"NG", "ZA"}),
        ("EA", {"RU", "KZ"}, {"UA"}),
        ("GC", {"AE", "SA"}, {"EG"}),
    ],
)
def test_cover_relations(office, covered, not_covered):
    assert covered <= set(taxonomy.covers(office))
    assert not not_covered & set(taxonomy.covers(office))
    assert all(taxonomy.is_code("office", member) for member in taxonomy.covers(office))


@pytest.mark.parametrize("office", ["WO", "DE", "nowhere"])
def test_offices_that_cover_no_other(office):
    assert taxonomy.covers(office) == ()


@pytest.mark.parametrize(
    ("service", "right", "office", "registers"),
    [
        ("PROS", "patent", "CN", {"CNIPA_AGENCY", "CNIPA_AGENT"}),
        ("PROS", "trademark", "CN", {"CNIPA_TM_AGENCY", "CN_LAW_FIRM"}),
        ("LITI", "patent", "CN", {"CN_LAW_FIRM"}),
        ("PROS", "patent", "HK", set()),
        ("LITI", "patent", "HK", {"HK_LAW_SOCIETY"}),
        ("DRAFT", "patent", "EP", {"EPO_LIST"}),
        ("PROS", "trademark", "EM", {"EUIPO", "DPMA", "DE_BAR"}),
        ("LITI", "patent", "X-UPC", {"UPC_REP"}),
        ("PROS", "patent", "US", {"USPTO_OED"}),
        ("PROS", "trademark", "US", {"US_STATE_BAR"}),
    ],
)
def test_entitling_registers(service, right, office, registers):
    assert taxonomy.entitling_registers(service, right, office) == registers


def test_entitlements_use_known_codes():
    for row in taxonomy.entitlements():
        assert taxonomy.is_code("register", row.register)
        assert all(taxonomy.is_code("office", office) for office in row.offices)
        assert row.services <= taxonomy.RESERVED_SERVICES
        assert row.rights is None or row.rights <= taxonomy.RESERVED_RIGHTS


@pytest.mark.parametrize(
    ("service", "right", "reserved"),
    [
        ("PROS", "patent", True),
        ("LITI", "spc", True),
        ("PROS", "copyright", False),
        ("SRCH", "patent", False),
    ],
)
def test_reserved_work(service, right, reserved):
    assert taxonomy.is_reserved(service, right) is reserved


@pytest.mark.parametrize(
    ("amount", "currency", "fen"),
    [
        (100, "CNY", 100),
        (100, "JPY", 470),
        (10_000, "USD", 71_000),
        (1_000_000, "VND", 28_000),
        (1, "XXX", None),
    ],
)
def test_amounts_become_fen(amount, currency, fen):
    assert taxonomy.to_cny_minor(amount, currency) == fen


def test_other_rates_may_be_given():
    rates = {"USD": taxonomy.Rate("USD", 7.0, dt.date(2026, 1, 1))}
    assert taxonomy.to_cny_minor(100, "USD", rates) == 700
    assert taxonomy.to_cny_minor(100, "CNY", rates) is None


def test_huge_amounts_are_no_error():
    assert taxonomy.to_cny_minor(10**400, "USD") == 71 * 10**399


def test_rates_are_dated():
    assert taxonomy.reference_rates()["EUR"] == taxonomy.Rate("EUR", 8.0, dt.date(2026, 12, 1))


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KRW", 0), ("USD", 2)])
def test_minor_digits(currency, digits):
    assert taxonomy.minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("yuan", "band"),
    [
        (0, "B1"),
        (19_999, "B1"),
        (20_000, "B2"),
        (60_000, "B3"),
        (150_000, "B4"),
        (500_000, "B5"),
        (None, None),
    ],
)
def test_price_bands(yuan, band):
    assert taxonomy.price_band(None if yuan is None else yuan * 100) == band


def test_as_json_has_labels_in_both_languages():
    first = taxonomy.as_json("kind")[0]
    assert first["code"] == "lawyer"
    assert set(first["label"]) == set(first["synonyms"]) == {"en", "zh-Hans"}
    assert "律师" in first["synonyms"]["zh-Hans"]
    assert taxonomy.as_json("price_band")[0]["below_cny"] == "20000"
