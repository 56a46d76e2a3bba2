"""Both catalogues hold every message of the program, translated, with the same placeholders."""

import ast
import re
from collections.abc import Iterator

import pytest
from catalogues import LOCALES, ROOT, catalogue, is_finished, messages_in_code, texts_of

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


REFUSALS = {"InvalidInput", "InvalidQuery", "TooDeep", "NavigationItem"}
MARKS = {"N_", "_"}


def unmarked(tree: ast.AST) -> Iterator[str]:
    """Sentences that are shown to people and escape the catalogues: given bare to one of REFUSALS."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or name_of(call) not in REFUSALS:
            continue
        waiting: list[ast.AST] = list(ast.iter_child_nodes(call))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Constant) and re.search(r"[a-z] [a-z]", str(node.value)):
                yield node.value
            elif not (isinstance(node, ast.Call) and name_of(node) in MARKS):
                waiting += ast.iter_child_nodes(node)


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_what_is_refused_is_said_in_both_languages():
    shown = [
        path
        for package in ("directory", "search", "matching")
        for path in (ROOT / package).rglob("*.py")
        if "cli" not in path.relative_to(ROOT).with_suffix("").parts
    ]
    found = {str(path.relative_to(ROOT)): list(unmarked(ast.parse(path.read_text()))) for path in shown}
    assert {path: texts for path, texts in found.items() if texts} == {}, "mark them with directory.i18n.N_"


def test_the_check_sees_a_bare_sentence():
    assert list(unmarked(ast.parse('raise InvalidInput({"name": "Enter a name"})'))) == ["Enter a name"]
    assert list(unmarked(ast.parse('raise InvalidInput({"name": N_("Enter a name")})'))) == []
