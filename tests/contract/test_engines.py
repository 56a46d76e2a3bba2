"""What both engines promise about words, order and paging; each case runs on both, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_samples import ENGINES, NOW, Index, documents, line, opened, stored

from search.engines.elastic import ElasticEngine
from search.errors import InvalidQuery, SearchUnavailable, TooDeep
from search.parsing import LONGEST_TEXT, check
from search.types import DEEPEST, SearchQuery

MARKET = [
    stored(
        1,
        {"en": "Cedar Lantern IP", "zh-Hans": "青杉灯塔知识产权代理有限公司"},
        aliases=["CLIP"],
        summary={
            "en": "Drafting for power electronics and lithium batteries.",
            "zh-Hans": "撰写锂电池和功率器件专利。",
        },
        service_lines=[line("PROS", "patent", ["CN"], fields=[1, 8])],
        people=[
            {
                "ref": "T1-a",
                "name": {"en": "Zhang Qinghe", "zh-Hans": "张清禾"},
                "affiliation_confirmed": True,
            },
        ],
    ),
    stored(
        2,
        "Lantern Cedar Consulting",
        kind="consultant",
        summary={"en": "We write about Cedar Lantern IP every week: Cedar Lantern IP, Cedar Lantern IP."},
        service_lines=[line("VAL", "patent", ["CN"])],
    ),
    stored(
        3,
        {"en": "Isar Stern Patentanwälte PartG mbB"},
        city="Munich",
        country="DE",
        summary={"en": "Oppositions at the EPO. Semiconductor layouts."},
        service_lines=[line("OPPO", "patent", ["EP", "DE"], fields=[8])],
        people=[{"ref": "T3-a", "name": {"en": "Jörg Überseemann"}, "affiliation_confirmed": True}],
    ),
    stored(
        4,
        {"zh-Hans": "北斗商标事务所"},
        city="Beijing",
        summary={"zh-Hans": "代理商标异议、无效宣告和不使用撤销。不做专利。"},
        service_lines=[line("OPPO", "trademark", ["CN"], nice=[9, 25])],
    ),
    stored(
        5,
        {"en": "Harbour Translation Bureau"},
        kind="administrator",
        city="Hong Kong",
        country="HK",
        summary={"zh-Hant": "專利文件翻譯,繁體中文。臺灣與香港。"},
        service_lines=[line("TRANS", "patent", ["HK"])],
    ),
    stored(
        6,
        "Plain Quiet Records",
        summary={"en": "Renewals, nothing else."},
        service_lines=[line("PORT", "patent", ["US"])],
    ),
    stored(7, "Fox and Heron", summary={"en": "Running a searchable docket for searching teams."}),
]
HIDDEN = [
    stored(90, "Zephyrfirm Unpublished", state="unpublished"),
    stored(91, "Zephyrfirm Draft", state="draft"),
    stored(92, "Zephyrfirm Erased", state="erased"),
    stored(93, "Zephyrfirm Suspended", service_lines=[line(vetting={"state": "suspended"})]),
    stored(
        94,
        "Zephyrfirm Removed",
        service_lines=[line(vetting={"state": "removed"}), line(vetting={"state": "suspended"})],
    ),
]


@pytest.fixture(scope="session", params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(request, tmp_path_factory.mktemp("index")) as engine:
        generation = engine.create("g000001", "a fingerprint")
        generation.load(documents([*MARKET, *HIDDEN]), cursor=0, now=NOW)
        engine.activate("g000001")
        yield Index(engine, generation)


# Names


def test_exact_name_comes_before_who_only_writes_of_it(index: Index) -> None:
    assert index.ids("Cedar Lantern IP")[0] == 1


def test_words_of_a_name_in_order_come_before_the_same_words_in_another_order(index: Index) -> None:
    assert index.ids("cedar lantern")[:2] == [1, 2]
    assert index.ids("lantern cedar")[:2] == [2, 1]


def test_exact_chinese_name_comes_first(index: Index) -> None:
    assert index.ids("青杉灯塔知识产权代理有限公司") == [1]


def test_chinese_name_without_its_company_form(index: Index) -> None:
    assert index.ids("青杉灯塔")[0] == 1


def test_alias_is_a_name(index: Index) -> None:
    assert index.ids("clip") == [1]


def test_name_without_accents_and_forms(index: Index) -> None:
    assert index.ids("isar stern patentanwalte") == [3]
    assert index.ids("ISAR STERN GmbH & Co. KG") == [3]


def test_name_in_full_width_letters(index: Index) -> None:
    assert index.ids("Ｃｅｄａｒ　Ｌａｎｔｅｒｎ　ＩＰ")[0] == 1


def test_pinyin_of_a_chinese_name(index: Index) -> None:
    assert index.ids("bei dou") == [4]
    assert index.ids("zhangqinghe") == [1]


def test_person_is_found_under_the_firm(index: Index) -> None:
    assert index.ids("张清禾") == [1]
    assert index.ids("Zhang Qinghe") == [1]
    assert index.ids("Jörg Überseemann") == [3]


@pytest.mark.parametrize("typed", ["cedr lantern", "cedar lantren", "ceddar lantern"])
def test_a_letter_wrong_in_a_name_is_forgiven_when_nothing_else_matches(index: Index, typed: str) -> None:
    answer = index.ask(typed)
    assert answer.ids[0] in (1, 2)
    assert answer.nearly


def test_a_match_as_typed_is_not_called_near(index: Index) -> None:
    assert not index.ask("cedar").nearly


# Words and phrases


def test_all_of_few_words_are_needed(index: Index) -> None:
    assert index.ids("oppositions layouts") == [3]
    assert index.ids("oppositions renewals") == []


def test_one_word_of_four_may_miss(index: Index) -> None:
    assert index.ids("oppositions semiconductor layouts zebrafish") == [3]


def test_stop_words_ask_for_nothing(index: Index) -> None:
    assert index.ids("looking for the renewals, please") == index.ids("renewals")


def test_words_meet_by_their_stem(index: Index) -> None:
    assert index.ids("searches") == [7]
    assert index.ids("opposition layout") == [3]


def test_phrase_wants_its_words_side_by_side(index: Index) -> None:
    assert index.ids('"semiconductor layouts"') == [3]
    assert index.ids('"layouts semiconductor"') == []


def test_chinese_phrase(index: Index) -> None:
    assert index.ids('"无效宣告和不使用撤销"') == [4]
    assert index.ids('"不使用撤销和无效宣告"') == []


def test_excluded_word(index: Index) -> None:
    assert index.ids("cedar -lantern") == []
    assert index.ids("cedar -consulting") == [1]


def test_excluded_phrase_and_chinese(index: Index) -> None:
    assert index.ids('cedar -"every week"') == [1]
    assert 4 not in index.ids("商标 -异议")


def test_only_excluded_words_leave_the_rest(index: Index) -> None:
    assert set(index.ids("-cedar")) == {3, 4, 5, 6, 7}


def test_no_words_give_everything_listable(index: Index) -> None:
    assert set(index.ids()) == {1, 2, 3, 4, 5, 6, 7}


# Chinese


@pytest.mark.parametrize("word", ["撰写", "锂电池", "功率器件", "锂电池和功率器件"])
def test_chinese_words_of_two_and_more_characters(index: Index, word: str) -> None:
    assert index.ids(word)[0] == 1


def test_single_character_begins_or_ends_a_run(index: Index) -> None:
    assert 4 in index.ids("撤")
    assert 4 in index.ids("销")


def test_chinese_words_that_stand_apart_are_no_word(index: Index) -> None:
    assert index.ids("标异") == [4]
    assert index.ids("商异") == []


def test_traditional_is_found_by_simplified_and_back(index: Index) -> None:
    assert index.ids("繁体中文") == [5]
    assert index.ids("專利文件翻譯")[0] == 5
    assert index.ids("商標異議")[0] == 4
    assert index.ids('"商標異議"') == [4]


def test_sentence_without_spaces_is_taken_apart(index: Index) -> None:
    assert index.ids("我们需要商标异议代理")[0] == 4


# Across languages, by the taxonomy


def test_english_term_finds_a_chinese_text_by_its_code(index: Index) -> None:
    assert 4 in index.ids("trademark opposition")


def test_chinese_term_finds_an_english_text_by_its_code(index: Index) -> None:
    assert 5 in index.ids("翻译")
    assert 3 in index.ids("慕尼黑")


def test_city_by_either_name(index: Index) -> None:
    assert set(index.ids("Munich")) == set(index.ids("München")) == {3}


# Hostile text


@pytest.mark.parametrize(
    "text",
    [
        "*", "* OR 1=1", "name:cedar", "state:suspended", "exact:clip", '"', '""', '"""', "-", "--", '-"',
        "-*", "(a+)+$", "[a-z]{1,50}", ".*.*.*x", "~2", "cedar^1000", "a AND", "NOT",
        '{"query":{"match_all":{}}}', "_source",
        "<script>", "\\", "\u202e\u0301", "\ufeff", "🦊" * 50, "x" * 999, "'; DROP TABLE provider; --", "...",
        "。，", "%00", "cedar " * 150, "锂" * 900,
    ],
)  # fmt: skip
def test_no_text_breaks_the_engine_or_reaches_what_is_hidden(index: Index, text: str) -> None:
    assert not set(index.ids(text)) & {90, 91, 92, 93, 94}


def test_a_field_name_is_only_a_word(index: Index) -> None:
    assert index.ids("exact:clip") == []
    assert index.ids("kind:consultant -cedar") == []


@pytest.mark.parametrize("text", ["x" * (LONGEST_TEXT + 1), "a\x00b", "a\ud800b"])
def test_text_that_cannot_be_searched_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        check(SearchQuery(text=text))


# Nothing unlisted


@pytest.mark.parametrize("text", ["Zephyrfirm", "zephyrfirm suspended", "zephyrfrm", '"Zephyrfirm Removed"'])
def test_unlisted_is_never_found(index: Index, text: str) -> None:
    assert index.ids(text) == []


def test_unlisted_is_never_suggested(index: Index) -> None:
    assert index.engine.suggest("zeph") == ()


def test_suggestions_begin_with_what_is_typed(index: Index) -> None:
    assert index.engine.suggest("CEDAR la") == (1,)
    assert index.engine.suggest("青杉") == (1,)
    assert index.engine.suggest("lantern") == (2,)
    assert index.engine.suggest(" ") == ()
    assert index.engine.suggest("*") == ()


# Order and pages


def test_by_name_is_alphabetical(index: Index) -> None:
    assert index.ids(sort="name")[:6] == [1, 7, 5, 3, 2, 6]


@pytest.mark.parametrize("text", ["", "cedar", "patent"])
@pytest.mark.parametrize("sort", ["relevance", "name"])
def test_pages_have_neither_gap_nor_repeat(index: Index, text: str, sort: str) -> None:
    whole = index.ids(text, sort=sort, limit=100)
    pages = [index.ids(text, sort=sort, offset=start, limit=2) for start in range(0, len(whole) + 2, 2)]
    assert [identity for page in pages for identity in page] == whole
    assert len(whole) == index.ask(text).total


def test_page_beyond_the_end_is_empty_and_keeps_the_total(index: Index) -> None:
    answer = index.ask(offset=50, limit=20)
    assert answer.ids == ()
    assert answer.total == 7


def test_depth_is_limited(index: Index) -> None:
    assert index.ask(offset=DEEPEST - 20, limit=20).ids == ()
    with pytest.raises(TooDeep):
        check(SearchQuery(page=DEEPEST // 20 + 1))


# An engine that is down


def test_engine_that_is_down_says_so() -> None:
    nowhere = ElasticEngine("http://127.0.0.1:9")
    with pytest.raises(SearchUnavailable):
        Index(nowhere, None).ask("cedar")  # type: ignore[arg-type]
    with pytest.raises(SearchUnavailable):
        nowhere.check()
