import pytest

from directory import taxonomy
from directory.i18n import both, gettext, listed, noted


@pytest.mark.parametrize(
    ("language", "clauses", "text"),
    [
        ("en", False, "a, b"),
        ("en", True, "a; b"),
        ("zh-Hans", False, "a、b"),
        ("zh-Hans", True, "a；b"),
    ],
)
def test_lists_have_the_comma_of_their_language(language, clauses, text):
    assert listed(["a", "b"], language, clauses=clauses) == text
    assert listed([], language, clauses=clauses) == ""


def test_notes_have_the_brackets_of_their_language():
    assert noted("Japan", "JP", "en") == "Japan (JP)"
    assert noted("日本", "JP", "zh-Hans") == "日本（JP）"


@pytest.mark.parametrize(
    ("city", "country", "language", "text"),
    [
        ("Suzhou", "CN", "en", "Suzhou, China"),
        ("Suzhou", "CN", "zh-Hans", "中国苏州"),
        ("Quokkaville", "DE", "zh-Hans", "德国 Quokkaville"),
        ("Singapore", "SG", "en", "Singapore"),
        ("Singapore", "SG", "zh-Hans", "新加坡"),
        ("Hong Kong", "HK", "zh-Hans", "中国香港"),
        (None, "JP", "en", "Japan"),
    ],
)
def test_seats_are_written_as_people_write_them(city, country, language, text):
    assert taxonomy.seat(city, country, language) == text


def test_texts_come_in_both_languages_with_their_values():
    assert both("%(num)s office", num=3)["en"] == "3 office"
    assert both("%(state)s.", state="x") == {"en": "x.", "zh-Hans": "x。"}
    assert gettext("Sign in", "fr") == "Sign in"
