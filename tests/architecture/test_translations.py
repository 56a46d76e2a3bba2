"""Both catalogues hold every message of the program, translated, with the same placeholders."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
METHODS = [
    ("directory/**.py", "python"),
    ("search/**.py", "python"),
    ("matching/**.py", "python"),
    ("templates/**.html", "jinja2"),
]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "N_": None, "both": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)")


def messages_in_code() -> set[str | tuple[str, ...]]:
    found = set()
    for package in ("directory", "search", "matching", "templates"):
        methods = [
            (pattern.removeprefix(f"{package}/"), method)
            for pattern, method in METHODS
            if pattern.startswith(package)
        ]
        for _, _, message, _, _ in extract_from_dir(ROOT / package, methods, keywords=KEYWORDS):
            found.add(message)
    return found


@pytest.fixture(scope="module")
def in_code() -> set[str | tuple[str, ...]]:
    return messages_in_code()


def catalogue(locale: str):
    with (ROOT / "directory/translations" / locale / "LC_MESSAGES/messages.po").open("rb") as source:
        return read_po(source, locale=locale)


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_catalogue_is_complete(locale, in_code):
    entries = {message.id: message for message in catalogue(locale) if message.id}
    missing = sorted(str(each) for each in in_code if each not in entries)
    unfinished = sorted(
        str(each.id)
        for each in entries.values()
        if each.fuzzy or not all(each.string if isinstance(each.string, tuple) else (each.string,))
    )
    unused = sorted(str(each) for each in entries if each not in in_code)
    assert not missing, f"{len(missing)} messages are not in the {locale} catalogue, first: {missing[:5]}"
    assert not unfinished, (
        f"{len(unfinished)} messages of {locale} are empty or fuzzy, first: {unfinished[:5]}"
    )
    assert not unused, f"{len(unused)} messages of {locale} are no longer used, first: {unused[:5]}"


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_placeholders_survive_translation(locale):
    for message in catalogue(locale):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        source = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(PLACEHOLDER.findall(" ".join(source)))
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) <= wanted, message.id
        if message.id:
            assert set(PLACEHOLDER.findall(" ".join(texts))) == wanted, message.id


def test_chinese_is_chinese():
    """A message copied over untranslated has no Chinese character in it; only names and codes may stay as they are."""
    han = re.compile(r"[\u4e00-\u9fff]")
    for message in catalogue("zh_Hans"):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and re.search(r"[a-z]{4,} [a-z]{2,}", str(message.id)):
            assert all(han.search(text) for text in texts), message.id
