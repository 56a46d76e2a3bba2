"""From what was typed to what is asked: words, phrases, excluded words; checked filters, page and sort.

User text never reaches an engine's own syntax: whatever is not a quote or a leading minus is words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from directory import taxonomy
from directory.i18n import N_
from directory.names import core_name
from search import synonyms
from search.errors import InvalidQuery, TooDeep
from search.fields import FILTERS
from search.text import fold, fold_name, is_han, pieces
from search.types import DEEPEST, ParsedText, SearchQuery, Unit

LONGEST_TEXT = 1000
"""Characters; a need of more words belongs on the need's form, which reads whole tenders."""

MOST_UNITS = 60
"""Words that are looked up; the rest of a long text adds cost and no aim."""

MOST_PER_PAGE = 200
MOST_CODES = 100
LONGEST_VALUE = 120

_TOKEN = re.compile(r'(?P<minus>(?<![^\s])-)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("「」『』＂", '"'))
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_COUNTRY = re.compile("[A-Z]{2}")


def check_text(text: str) -> str:
    """`text` when it can be searched for.

    Raises
    ------
    InvalidQuery
        When it is too long, or holds a NUL or half a character.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidQuery(
            N_("The search text has %(length)s characters; use at most %(most)s"),
            length=len(text),
            most=LONGEST_TEXT,
        )
    if _UNSENDABLE.search(text):
        raise InvalidQuery(N_("The search text holds characters that cannot be read; type it again"))
    return text


def parse_text(text: str) -> ParsedText:
    """The units of a query.

    ``"..."`` is a phrase, ``-word`` and ``-"..."`` exclude; a quote without its partner and a minus
    that leads no word are read over. Known terms of the taxonomy become one unit that also
    stands for their codes, which is how a query in one language finds texts in the other.

    Parameters
    ----------
    text : str
        As typed, at most `LONGEST_TEXT` characters.

    Raises
    ------
    InvalidQuery
        When the text cannot be searched for.
    """
    folded = fold(check_text(text).translate(_QUOTES))
    wanted: list[Unit] = []
    excluded: list[Unit] = []
    plain: list[str] = []
    for token in _TOKEN.finditer(folded):
        phrase = token["quoted"]
        if phrase is None and not token["minus"]:
            plain.append(token["plain"])
            continue
        wanted.extend(_units(plain))
        plain = []
        unit = _phrase(phrase if phrase is not None else token["plain"])
        if unit is not None:
            (excluded if token["minus"] else wanted).append(unit)
    wanted.extend(_units(plain))
    return ParsedText(
        units=tuple(dict.fromkeys(wanted))[:MOST_UNITS],
        excluded=tuple(dict.fromkeys(excluded))[:MOST_UNITS],
        names=() if excluded else _names(folded),
    )


def parse_loosely(text: str) -> ParsedText:
    """The units of a text of any length and content, for finding providers that write of the like.

    Known terms come first, then other words in the text's order, at most `MOST_UNITS`.
    """
    folded = fold(_UNSENDABLE.sub(" ", text[: 20 * LONGEST_TEXT])).replace('"', " ")
    units = dict.fromkeys(_units([folded]))
    known = [unit for unit in units if unit.codes]
    return ParsedText(
        units=tuple([*known, *(unit for unit in units if not unit.codes)][:MOST_UNITS]), loose=True
    )


def _names(folded: str) -> tuple[str, ...]:
    whole = fold_name(folded)
    return tuple(dict.fromkeys(name for name in (whole, core_name(folded)) if name))


def _phrase(text: str) -> Unit | None:
    found = pieces(text)
    if not found:
        return None
    words = tuple(piece for piece in found if not is_han(piece))
    return Unit(words=words, han=tuple(piece for piece in found if is_han(piece)), phrase=True)


def _units(plain: Iterable[str]) -> list[Unit]:
    """Units of words outside quotes: known terms first, longest first, then what is left between them."""
    found = pieces(" ".join(plain))
    terms = synonyms.terms()
    units: list[Unit] = []
    fillers: list[Unit] = []
    place = 0
    while place < len(found):
        if is_han(found[place]):
            _add_han(found[place], units, fillers)
            place += 1
            continue
        longest = 1
        while (
            longest < synonyms.LONGEST_WORDS
            and place + longest < len(found)
            and not is_han(found[place + longest])
        ):
            longest += 1
        for count in range(longest, 0, -1):
            words = tuple(found[place : place + count])
            codes = terms.get(" ".join(words), ())
            if codes or count == 1:
                filler = count == 1 and words[0] in synonyms.stop_words()
                (fillers if filler else units).append(Unit(words=words, codes=() if filler else codes))
                place += count
                break
    return units or fillers


def _add_han(run: str, units: list[Unit], fillers: list[Unit]) -> None:
    terms = synonyms.terms()
    rest = ""

    def flush() -> None:
        nonlocal rest
        kept = synonyms.stop_pattern().sub(" ", rest).split()
        units.extend(Unit(han=(piece,)) for piece in kept if len(piece) > 1)
        if rest and not any(len(piece) > 1 for piece in kept):
            fillers.append(Unit(han=(rest,)))
        rest = ""

    place = 0
    while place < len(run):
        for count in range(min(synonyms.LONGEST_HAN, len(run) - place), 1, -1):
            term = run[place : place + count]
            if term in terms:
                flush()
                units.append(Unit(han=(term,), codes=terms[term]))
                place += count
                break
        else:
            rest += run[place]
            place += 1
    flush()


def check_filters(filters: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Filters with known keys and codes, in the order of the table, without repeats and empty keys.

    Raises
    ------
    InvalidQuery
        For a key or a code outside the closed lists, or too many codes.
    """
    checked: dict[str, tuple[str, ...]] = {}
    for key, values in filters.items():
        if key not in FILTERS:
            raise InvalidQuery(
                N_("There is no filter %(key)s; choose one of %(keys)s"), key=key, keys=", ".join(FILTERS)
            )
        codes = tuple(dict.fromkeys(_check_code(key, value) for value in values))
        if len(codes) > MOST_CODES:
            raise InvalidQuery(
                N_("Choose at most %(most)s values of the filter %(key)s"), most=MOST_CODES, key=key
            )
        if codes:
            checked[key] = codes
    return {key: checked[key] for key in FILTERS if key in checked}


def _check_code(key: str, value: str) -> str:
    vocabulary = FILTERS[key].vocabulary
    known: bool
    if vocabulary is not None:
        known = taxonomy.is_code(vocabulary, value)
    elif key == "country":
        known = _COUNTRY.fullmatch(value) is not None
    else:
        known = 0 < len(value) <= LONGEST_VALUE and _UNSENDABLE.search(value) is None
        value = synonyms.places().get(synonyms.term_key(value), value) if known else value
    if not known:
        raise InvalidQuery(
            N_("The filter %(key)s has no value %(value)s"),
            key=key,
            value=_UNSENDABLE.sub("?", value[:LONGEST_VALUE]),
        )
    return value


def check(query: SearchQuery) -> tuple[ParsedText, SearchQuery]:
    """A query's parsed words, and the query with its filters checked.

    Raises
    ------
    InvalidQuery
        For whatever of it cannot be taken; `TooDeep` for a page beyond `types.DEEPEST`.
    """
    if query.sort not in ("relevance", "name"):
        raise InvalidQuery(
            N_("There is no order %(sort)s; choose relevance or name"), sort=str(query.sort)[:20]
        )
    if not 1 <= query.limit <= MOST_PER_PAGE:
        raise InvalidQuery(N_("Ask for 1 to %(most)s results a page"), most=MOST_PER_PAGE)
    if query.page < 1:
        raise InvalidQuery(N_("Pages are numbered from 1"))
    if query.page * query.limit > DEEPEST:
        raise TooDeep(
            N_("Only the first %(most)s results can be paged through; add a filter or a word"), most=DEEPEST
        )
    checked = SearchQuery(
        text=query.text,
        filters=check_filters(query.filters),
        page=query.page,
        limit=query.limit,
        sort=query.sort,
    )
    return parse_text(query.text), checked
