"""Both catalogues hold every message of the program, translated, with the same placeholders."""

import re

import pytest
from catalogues import LOCALES, catalogue, is_finished, messages_in_code, texts_of

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
HAN = r"[\u4e00-\u9fff]"
SLOPPY = {
    "half-width punctuation": rf"{HAN}[,;:?!()]|[,;?!(]{HAN}",
    "a space between Chinese characters": rf"{HAN} +{HAN}",
    "a space beside full-width punctuation": r"[，。；：？！、（）“”] | [，。；：？！、（）]",
    "no space between Chinese and Latin letters or figures": rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}",
    "no space between Chinese and a placeholder": rf"{HAN}%\(|\)s{HAN}",
}


@pytest.fixture(scope="module")
def in_code() -> set[str | tuple[str, ...]]:
    return messages_in_code()


@pytest.mark.parametrize("locale", LOCALES)
def test_catalogue_is_complete(locale, in_code):
    entries = {message.id: message for message in catalogue(locale) if message.id}
    missing = sorted(str(each) for each in in_code if each not in entries)
    unfinished = sorted(str(each.id) for each in entries.values() if not is_finished(each))
    unused = sorted(str(each) for each in entries if each not in in_code)
    advice = "run ./run translations, then translate what it prints"
    assert not missing, f"{len(missing)} messages are not in {locale}, first: {missing[:5]}; {advice}"
    assert not unfinished, f"{len(unfinished)} messages of {locale} are not finished, first: {unfinished[:5]}"
    assert not unused, f"{len(unused)} messages of {locale} are not used, first: {unused[:5]}; {advice}"


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_survive_translation(locale):
    for message in catalogue(locale):
        if message.id:
            source = message.id if isinstance(message.id, tuple) else (message.id,)
            wanted = {found.group() for found in PLACEHOLDER.finditer(" ".join(source))}
            for text in texts_of(message):
                assert {found.group() for found in PLACEHOLDER.finditer(text)} <= wanted, message.id
            said = " ".join(texts_of(message))
            assert {found.group() for found in PLACEHOLDER.finditer(said)} == wanted, message.id


def test_chinese_is_chinese():
    """A message copied over has no Chinese character in it; only names and codes may stay as they are."""
    for message in catalogue("zh_Hans"):
        if message.id and re.search(r"[a-z]{4,} [a-z]{2,}", str(message.id)):
            assert all(re.search(HAN, text) for text in texts_of(message)), message.id


@pytest.mark.parametrize("fault", SLOPPY)
def test_chinese_is_set_by_one_rule(fault):
    for message in catalogue("zh_Hans"):
        if message.id:
            for text in texts_of(message):
                assert not re.search(SLOPPY[fault], text), f"{fault}: {text}"
