"""Summaries and cases of invented providers, composed of sentence patterns."""

from __future__ import annotations

from random import Random

from directory.demo.profile import Profile, Record, day
from directory.demo.vocabulary import SCRIPTS, Field, Triple, Vocabulary

_MATTER_COUNT = (0, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7)
_MOST_WORK_LINES = 5

_CLASSES_WITH_A_LOOK = (8, 9, 11, 12, 14, 18, 20, 21, 25, 28)
_AGAINST_COPIES = frozenset({"CUST", "ADMENF", "ONLN", "LITI"})

_SELF: dict[str, Triple] = {
    "lawyer": ("the firm", "本所", "本所"),
    "consultant": ("the firm", "本公司", "本公司"),
    "administrator": ("the company", "本公司", "本公司"),
}
_ALONE: Triple = ("the practice", "本人", "本人")

Slots = tuple[dict[str, str], dict[str, str], dict[str, str]]


def summary(
    profile: Profile, words: Vocabulary, lines: list[Record], response: Record | None
) -> dict[str, str]:
    """What the provider says of itself, in the languages in which it says it."""
    first, *patterns = _patterns(profile, words, lines, response)
    slots = _slots(profile, words, response)
    texts = {}
    for position in _languages(profile):
        filled = slots[position]
        name = profile.name[position]
        opening = first[position].format_map({**filled, "firm": name, "Firm": name})
        sentences = [opening, *(pattern[position].format_map(filled) for pattern in patterns)]
        texts[SCRIPTS[position]] = (" " if position == 0 else "").join(sentences)
    return texts


def _languages(profile: Profile) -> tuple[int, ...]:
    """Which of `SCRIPTS` the provider writes in: most in two, some in one."""
    draw = profile.rng.random()
    if profile.home.culture == "zh":
        return (1,) if draw < 0.28 else (0,) if draw < 0.31 else (0, 1)
    if profile.home.culture == "hk":
        return (2,) if draw < 0.15 else (0,) if draw < 0.3 else (0, 2)
    return (0, 1) if draw < 0.68 else (0,)


def _patterns(
    profile: Profile, words: Vocabulary, lines: list[Record], response: Record | None
) -> list[Triple]:
    """The sentence patterns of a summary, the introduction first, none twice."""
    rng = profile.rng
    random = rng.random
    sentences = words.sentences[profile.sub_kind.kind]
    about = [profile.sub_kind.code]
    if any("fields" in line for line in lines):
        about += ["field", "field"]
    for line in lines[:_MOST_WORK_LINES]:
        key = work_key(line)
        about.append(key if key in sentences else line["service"])
    about += ["method", "method", *dict.fromkeys(line["fee_model"] for line in lines)]
    if profile.individual:
        about.append("solo")
    elif profile.headcount > 1:
        about += ["team", "team"]
    if random() < 0.8:
        about.append("languages")
    if response and random() < 0.6:
        about.append("response")
    about += ["practice", "practice", "practice", "limit" if random() < 0.7 else "practice"]
    chosen: dict[Triple, None] = {}
    for topic in about:
        patterns = sentences.get(topic)
        if patterns:
            chosen[patterns[int(random() * len(patterns))]] = None
    return list(chosen)


def _slots(profile: Profile, words: Vocabulary, response: Record | None) -> Slots:
    """The values of the slots in each of `SCRIPTS`."""
    rng = profile.rng
    field = profile.fields[0]
    start = int(rng.random() * len(field.terms))
    term, other = field.terms[start][1], field.terms[(start + 3) % len(field.terms)][1]
    myself = _ALONE if profile.individual else _SELF[profile.sub_kind.kind]
    goods = words.goods[profile.nice[0] - 1]
    industry = words.industries[field.industries[0]]
    spoken = list(dict.fromkeys(words.languages[code] for code, _ in profile.languages))
    numbers = {
        "years": str(max(2, profile.years)),
        "people": str(profile.headcount),
        "n": str(6 + int(rng.random() * 54)),
        "hours": str(response["median_first_reply_hours"]) if response else "",
    }

    def of(position: int) -> dict[str, str]:
        return {
            **numbers,
            "firm": myself[position],
            "Firm": myself[position].capitalize(),
            "city": profile.city.label[position],
            "home": profile.home.label[position],
            "field": field.label[position],
            "term": term[position],
            "term2": other[position],
            "goods": goods[position],
            "industry": industry[position],
            "languages": _listed([label[position] for label in spoken], chinese=position > 0),
        }

    return of(0), of(1), of(2)


def _listed(items: list[str], *, chinese: bool) -> str:
    if len(items) == 1:
        return items[0]
    comma, last = ("、", "和") if chinese else (", ", " and ")
    return comma.join(items[:-1]) + last + items[-1]


def matters(profile: Profile, words: Vocabulary, lines: list[Record]) -> list[Record]:
    """Up to seven cases of the provider's own lines, three in the mean."""
    random = profile.rng.random
    chinese = {"zh": 1, "hk": 2}.get(profile.home.culture, 0)
    found: dict[tuple[str, str], Record] = {}
    for _ in range(_MATTER_COUNT[int(random() * len(_MATTER_COUNT))]):
        line = lines[int(random() * len(lines))]
        patterns = words.matters[work_key(line)]
        pattern = patterns[int(random() * len(patterns))]
        position = chinese if chinese and random() < 0.6 else 0
        symbol, term = _term(profile.fields, profile.rng)
        if line["right"] == "design":
            nice = _CLASSES_WITH_A_LOOK[int(random() * len(_CLASSES_WITH_A_LOOK))]
        elif line["service"] in _AGAINST_COPIES:
            nice = profile.nice[0]  # copies are of goods, and the first class is one
        else:
            nice = profile.nice[int(random() * len(profile.nice))]
        slots = {
            "term": term[position],
            "goods": words.goods[nice - 1][position],
            "n": str(3 + int(random() * 38)),
            "m": str(2 + int(random() * 8)),
        }
        record: Record = {
            "title": pattern.title[position].format_map(slots),
            "text": pattern.text[position].format_map(slots),
            "ipc": [symbol] if pattern.technical else [],
            "nice": [nice] if pattern.of_goods else [],
            "office": line["offices"][int(random() * min(len(line["offices"]), 4))],
            "date": day(profile.as_of, -30 - int(random() * min(1400, profile.years * 365 - 400))),
            "client_country": profile.home.office if random() < 0.6 else _abroad(words, profile.rng),
        }
        if line["right"] == "design" and pattern.of_goods:
            record["locarno"] = [1 + int(random() * 32)]
        subject = symbol if pattern.technical else str(nice) if pattern.of_goods else ""
        found.setdefault((pattern.title[0], subject), record)
    return list(found.values())


def work_key(line: Record) -> str:
    """What patterns about a line are kept under: its service with the right or, for finance, the purpose."""
    if line["service"] == "FIN":
        return f"FIN/{line['purposes'][0]}"
    return f"{line['service']}/{line['right']}"


def _term(fields: tuple[Field, ...], rng: Random) -> tuple[str, Triple]:
    terms = fields[int(rng.random() * len(fields))].terms
    return terms[int(rng.random() * len(terms))]


def _abroad(words: Vocabulary, rng: Random) -> str:
    return words.cities.pick(rng).home.office
