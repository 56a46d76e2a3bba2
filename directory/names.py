"""Folding of names of firms and people, so that spellings of one name become equal.

`fold` removes what never tells two words apart (case, width, accents, traditional or simplified
script) and is what search and taxonomy words go through too; `fold_name` also removes
punctuation; `core_name` also drops company forms, so that "Isar Photonics Patentanwälte PartG mbB" and
"ISAR PHOTONICS" meet. Equal cores suggest one firm, they never prove it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, product

from anyascii import anyascii
from cleanco import basename
from opencc import OpenCC

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HAS_HAN = re.compile(f"[{_HAN}]")
_HAN_RUN = re.compile(f"[{_HAN}]+")
_ACCENTED_LATIN = re.compile("[\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff]+")
_NO_TEXT = re.compile("[\ud800-\udfff\x00]")
_MARKS = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad]+")
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u0060\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u3002\uff61", "."),
        **dict.fromkeys("\u3001\uff64", ","),
    }
)
_SPACES = re.compile(r"\s+")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){1,}[^\W\d_]\b\.?")
_APOSTROPHES = re.compile(r"(?<=\w)'(?=\w)")
_NOT_WORD = re.compile(r"[\W_]+")
_MOST_FORMS = 6  # real names carry up to four; a hostile one must not keep the loop going
_BRACKETED = re.compile(r"\([^()]*\)")

# Surnames that are read otherwise than the same character in running text.
_SURNAME_READINGS = {
    "单": "shan", "解": "xie", "仇": "qiu", "曾": "zeng", "查": "zha", "盖": "ge", "区": "ou",
    "覃": "qin", "朴": "piao", "尉": "wei", "洗": "xian", "冼": "xian", "秘": "bi", "缪": "miao", "员": "yun",
    "折": "she", "种": "chong", "繁": "po", "乐": "yue", "召": "shao",
}  # fmt: skip


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """`text` without differences of case, width, accent, Chinese script, quotes, dashes or spacing.

    Parameters
    ----------
    text : str
        Any text, hostile text too; a lone surrogate counts as a space.

    Returns
    -------
    str
        Lower case, simplified characters, single spaces, no space at either end. Other
        punctuation stays. Its length may differ from that of `text`.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    text = unicodedata.normalize("NFKC", _NO_TEXT.sub(" ", text)).casefold().translate(_LOOKALIKES)
    text = _ACCENTED_LATIN.sub(lambda run: anyascii(run.group()).lower(), _MARKS.sub("", text))
    if _HAS_HAN.search(text):
        text = _simplifier().convert(text)
    return _SPACES.sub(" ", text).strip()


def fold_name(text: str) -> str:
    """A name in words: folded, initials joined (P.C. -> pc), `&` read as "and", no other punctuation."""
    folded = fold(text).replace("&", " and ")
    folded = _INITIALS.sub(lambda run: f"{_NOT_WORD.sub('', run.group())} ", folded)
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", folded)).strip()


@cache
def _company_forms() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Forms to drop, longest first: at the end in words, at either end in words, and in characters."""
    suffixes: set[str] = set()
    anywhere: set[str] = set()
    characters: set[str] = set()
    path = files("directory") / "taxonomy" / "company_forms.csv"
    with path.open(encoding="utf-8") as source:
        for row in csv.DictReader(source):
            form = fold_name(row["form"])
            if _HAS_HAN.search(form):
                characters.add(form)
            elif row["position"] == "any":
                anywhere.add(form)
            else:
                suffixes.add(form)

    def longest_first(forms: set[str]) -> tuple[str, ...]:
        return tuple(sorted(forms, key=lambda form: (-len(form), form)))

    return longest_first(suffixes), longest_first(anywhere), longest_first(characters)


def _without_forms(name: str) -> str:
    suffixes, anywhere, characters = _company_forms()
    for form in suffixes + anywhere:
        if name.endswith(" " + form):
            return name[: -len(form)].rstrip()
    for form in anywhere:
        if name.startswith(form + " "):
            return name[len(form) :].lstrip()
    for form in characters:
        if name.endswith(form):
            return name[: -len(form)].rstrip()
        if name.startswith(form):
            return name[len(form) :].lstrip()
    return name if _HAS_HAN.search(name) else str(basename(name))


def core_name(text: str) -> str:
    """A name as `fold_name` gives it, without company forms and what stands in brackets.

    Forms are dropped from the ends until none is left ("... PartG mbB", "...知识产权代理有限公司").
    A name that is nothing but forms keeps them: two such firms must not become equal to each other.
    """
    folded = fold(text)
    outside = fold_name(_BRACKETED.sub(" ", folded))
    name = outside or fold_name(folded)
    for _ in range(_MOST_FORMS):
        shorter = _without_forms(name)
        if shorter.endswith(" and"):
            shorter = shorter[:-4].rstrip()
        if shorter in ("", name):
            break
        name = shorter
    return name


def pinyin(text: str) -> tuple[str, ...]:
    """How a Chinese name is written in Latin letters, without tones.

    Returns
    -------
    tuple of str
        Spaced and joined ("zhang wei", "zhangwei"), first as it is usually read; then variants:
        surnames with a reading of their own (单, shan), and lü as lu, lv and lyu. Empty without
        a Chinese character.
    """
    folded = fold_name(text)
    if not _HAS_HAN.search(folded):
        return ()
    syllables = [part for word in folded.split() for part in _syllables(word)]
    readings = [_umlaut_spellings(syllable) for syllable in syllables]
    first = _HAN_RUN.match(folded)
    if first and (surname := _SURNAME_READINGS.get(folded[0])):
        # a person's name has at most four characters; a longer one is a firm's, read as running text
        usual = (surname,) if len(folded) <= 4 else ()
        readings[0] = tuple(dict.fromkeys((*usual, *readings[0], surname)))
    spelled = [" ".join(chosen).strip() for chosen in islice(product(*readings), 8)]
    return tuple(dict.fromkeys(form for name in spelled for form in (name, name.replace(" ", ""))))


def _syllables(text: str) -> list[str]:
    """A text's syllables, and what is not Chinese as it stands, as pypinyin gives them word by word."""
    # here, not above: its dictionary takes a quarter of a second, which most commands need not spend
    from pypinyin.seg.mmseg import seg

    found: list[str] = []
    place = 0
    for run in _HAN_RUN.finditer(text):
        if run.start() > place:
            found.append(text[place : run.start()])
        for word in seg.cut(run.group()):
            found.extend(_reading(word))
        place = run.end()
    return [*found, text[place:]] if place < len(text) else found


@lru_cache(maxsize=1 << 14)
def _reading(word: str) -> tuple[str, ...]:
    """The syllables of a word; kept, because names share their words."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word))


def _umlaut_spellings(syllable: str) -> tuple[str, ...]:
    if syllable[:1] in ("l", "n") and syllable[1:2] == "v":
        rest = syllable[2:]
        return tuple(f"{syllable[0]}{vowel}{rest}" for vowel in ("u", "v", "yu"))
    return (syllable,)
