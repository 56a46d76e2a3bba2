from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import InvalidQuery, TooDeep
from search.parsing import LONGEST_TEXT, MOST_UNITS, check, check_filters, parse_loosely, parse_text
from search.types import SearchQuery, Unit


def words(text: str) -> list[tuple[str, ...]]:
    return [unit.words or unit.han for unit in parse_text(text).units]


def test_unknown_words_are_units_of_their_own() -> None:
    assert words("zebrafish quokka") == [("zebrafish",), ("quokka",)]


def test_known_term_is_one_unit_with_its_codes() -> None:
    (unit,) = parse_text("freedom to operate").units
    assert unit.words == ("freedom", "to", "operate")
    assert "service:srch" in unit.codes


def test_terms_are_read_in_either_language_and_script() -> None:
    for text in ("商标", "商標", "trade marks", "Trademark"):
        (unit,) = parse_text(text).units
        assert "right:trademark" in unit.codes, text


def test_longest_term_wins() -> None:
    assert all("".join(unit.han) != "知识产权" for unit in parse_text("知识产权证券化").units)


def test_chinese_run_is_taken_apart_at_known_terms() -> None:
    first, *others = parse_text("上海商标异议").units
    assert first.han == ("上海",) and "city:shanghai" in first.codes
    assert all(unit.codes for unit in others)


def test_stop_words_are_dropped_unless_nothing_else_is_there() -> None:
    assert words("looking for a zebrafish please") == [("zebrafish",)]
    assert words("the") == [("the",)]
    assert words("我们需要斑马鱼") == [("斑马鱼",)]


def test_quotes_make_a_phrase_without_codes() -> None:
    assert parse_text('"trade mark"').units == (Unit(words=("trade", "mark"), phrase=True),)
    assert parse_text("「商标」").units == (Unit(han=("商标",), phrase=True),)
    assert parse_text("“trade mark”").units == (Unit(words=("trade", "mark"), phrase=True),)


def test_quote_without_partner_is_read_over() -> None:
    assert parse_text('"zebrafish quokka').units == parse_text("zebrafish quokka").units


def test_leading_minus_excludes() -> None:
    parsed = parse_text('zebrafish -quokka -"sea otter"')
    assert [unit.words for unit in parsed.units] == [("zebrafish",)]
    assert [unit.words for unit in parsed.excluded] == [("quokka",), ("sea", "otter")]


@pytest.mark.parametrize("text", ["zebra-fish", "zebra - fish", "zebra – fish", "- fish"])
def test_minus_inside_or_alone_excludes_nothing(text: str) -> None:
    assert parse_text(text).excluded == ()


def test_names_are_the_whole_query_then_without_forms() -> None:
    assert parse_text("Isar Stern GmbH").names == ("isar stern gmbh", "isar stern")
    assert parse_text("isar -stern").names == ()


@pytest.mark.parametrize(("count", "required"), [(1, 1), (3, 3), (4, 3), (5, 4), (8, 6), (9, 6), (12, 8)])
def test_share_of_units_required(count: int, required: int) -> None:
    assert parse_text(" ".join(f"zz{number}" for number in range(count))).required == required


def test_long_text_is_cut_to_most_units() -> None:
    assert len(parse_text(" ".join(f"z{number}" for number in range(150))).units) == MOST_UNITS


def test_loose_reading_takes_any_text_and_puts_terms_first() -> None:
    parsed = parse_loosely("quokka \x00 zebrafish \ud800 " * 2000 + " patent litigation")
    assert len(parsed.units) <= MOST_UNITS
    assert parse_loosely("quokka patent litigation").units[0].codes
    assert parsed.required == 1


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_text(text)
    except InvalidQuery:
        return
    assert all(unit.words or unit.han for unit in (*parsed.units, *parsed.excluded))
    parse_loosely(text)


@pytest.mark.parametrize("text", ["x" * (LONGEST_TEXT + 1), "a\x00", "\udfff"])
def test_text_that_cannot_be_taken(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_text(text)


def test_filters_come_in_the_tables_order_without_repeats() -> None:
    checked = check_filters({"country": ["CN"], "office": ["EP", "CN", "EP"], "kind": []})
    assert list(checked.items()) == [("office", ("EP", "CN")), ("country", ("CN",))]


@pytest.mark.parametrize(
    "filters",
    [
        {"ref": ["P1"]}, {"state": ["draft"]}, {"kind": ["doctor"]}, {"office": ["ZZ9"]}, {"field": ["36"]},
        {"nice": ["0"]}, {"tier": ["best"]}, {"country": ["China"]}, {"city": [""]}, {"city": ["x" * 121]},
        {"city": ["\x00"]}, {"office": ["CN" for _ in range(1)] + ["cn"]}, {"price_band": ["B6"]},
    ],
)  # fmt: skip
def test_filter_outside_the_closed_lists_is_refused(filters: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidQuery):
        check_filters(filters)


def test_too_many_values_are_refused() -> None:
    with pytest.raises(InvalidQuery):
        check_filters({"city": [f"Town {number}" for number in range(101)]})


def test_city_may_be_written_in_either_language() -> None:
    assert (
        check_filters({"city": ["上海"]}) == check_filters({"city": ["shanghai"]}) == {"city": ("Shanghai",)}
    )


@pytest.mark.parametrize("more", [{"page": 0}, {"page": -1}, {"limit": 0}, {"limit": 201}, {"sort": "paid"}])
def test_page_limit_and_sort_are_checked(more: dict[str, object]) -> None:
    with pytest.raises(InvalidQuery):
        check(SearchQuery(**more))  # type: ignore[arg-type]


def test_depth_is_limited() -> None:
    check(SearchQuery(page=500, limit=20))
    with pytest.raises(TooDeep):
        check(SearchQuery(page=501, limit=20))
