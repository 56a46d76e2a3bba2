"""Small parts of the pages that need no application."""

import pytest
from flask import Flask

from directory.errors import InvalidInput
from directory.web.paging import MAX_PAGE, Page, page_number
from directory.web.security import safe_next


@pytest.mark.parametrize(
    ("number", "total", "shown"),
    [
        (1, 0, [1]),
        (1, 20, [1]),
        (1, 21, [1, 2]),
        (1, 200, [1, 2, 3, None, 10]),
        (5, 200, [1, None, 3, 4, 5, 6, 7, None, 10]),
        (10, 200, [1, None, 8, 9, 10]),
    ],
)
def test_pages_worth_a_link(number, total, shown):
    assert list(Page(number, 20, total).numbers()) == shown


def test_a_list_ends_where_search_ends():
    assert Page(1, 20, 1_000_000).last == MAX_PAGE
    assert Page(3, 20, 100).offset == 40


@pytest.mark.parametrize("raw", ["0", "-1", "1.0", "x", "", "501", "٣", "1e3", "9" * 5000])
def test_a_bad_page_number_is_refused(raw):
    with Flask("test").test_request_context(query_string={"page": raw}), pytest.raises(InvalidInput):
        page_number()


def test_a_page_number():
    with Flask("test").test_request_context():
        assert page_number() == 1
    with Flask("test").test_request_context("/?page=500"):
        assert page_number() == 500


@pytest.mark.parametrize("target", ["/", "/search?q=a&b=%20", "/needs/1#part", "/a//b", "/中文"])
def test_a_path_of_this_site_is_safe(target):
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target", [None, "", "search", "//evil.example", "///evil.example", "https://evil.example", "/\\evil",
               "/a\\b", "/\tevil", "/\nevil", " /a", "/a b", "/\x00", "\\/evil.example", "javascript:x"],
)  # fmt: skip
def test_anything_else_is_not(target):
    assert safe_next(target, "/home") == "/home"
