"""Names of invented firms and people, and the credentials they hold."""

from __future__ import annotations

from random import Random

from directory.demo.profile import Profile, Record, day
from directory.demo.vocabulary import City, Home, Register, SubKind, Triple, Vocabulary

_FAMILY_FIRST = frozenset({"zh", "hk", "ja", "ko", "vi"})
_OWN_SCRIPT = {"zh": "zh-Hans", "hk": "zh-Hant", "ja": "ja"}
_CHINESE = frozenset({"zh", "hk"})


def person_name(words: Vocabulary, home: Home, rng: Random) -> dict[str, str]:
    """The invented name of a person as people in `home` write it."""
    families, givens = words.people[home.culture]
    family = families[int(rng.random() * len(families))]
    given = givens[int(rng.random() * len(givens))]
    if home.culture not in _FAMILY_FIRST:
        return {"en": f"{given[0]} {family[0]}"}
    name = {"en": f"{family[0]} {given[0]}"}
    if family[1]:
        name[_OWN_SCRIPT[home.culture]] = family[1] + given[1]
    return name


def as_triple(name: dict[str, str]) -> Triple:
    """A name in the languages of the texts; Latin letters where it has no Chinese form."""
    simplified = name.get("zh-Hans") or name["en"]
    return name["en"], simplified, name.get("zh-Hant") or simplified


def firm_name(words: Vocabulary, sub_kind: SubKind, city: City, rng: Random) -> tuple[Triple, str]:
    """The invented name of a firm, and the Latin words in it that its web address is made of."""
    first = words.first_words[int(rng.random() * len(words.first_words))]
    second = words.second_words[int(rng.random() * len(words.second_words))]
    forms = words.forms[sub_kind.code, city.home.office]
    form = forms[int(rng.random() * len(forms))]
    draw = rng.random()
    if draw < 0.12:  # two houses that joined
        other = words.first_words[int(rng.random() * len(words.first_words))]
        stem = (
            f"{first[0]} {second[0]} & {other[0]}",
            first[1] + second[1] + other[1],
            first[2] + second[2] + other[2],
        )
    else:
        stem = (f"{first[0]} {second[0]}", first[1] + second[1], first[2] + second[2])
    if draw > 0.6 and city.home.culture in _CHINESE:  # Chinese firms often begin with their city
        stem = (stem[0], city.label[1] + stem[1], city.label[2] + stem[2])
    slug = f"{first[0]}-{second[0]}".lower()
    return (f"{stem[0]} {form[0]}", stem[1] + form[1], stem[2] + form[2]), slug


def firm_names(profile: Profile) -> dict[str, str]:
    """The firm's name in the languages in which it uses one."""
    english, simplified, traditional = profile.name
    if profile.home.culture == "zh":
        return (
            {"en": english, "zh-Hans": simplified} if profile.rng.random() < 0.9 else {"zh-Hans": simplified}
        )
    if profile.home.culture == "hk":
        return {"en": english, "zh-Hant": traditional}
    return {"en": english, "zh-Hans": simplified} if profile.rng.random() < 0.25 else {"en": english}


def registers_of(profile: Profile, words: Vocabulary) -> list[tuple[Register, str]]:
    """The registers a provider of these sub-kinds is on, each with the role that leads to it."""
    found: dict[str, str] = {}
    home = profile.home
    for sub_kind in profile.sub_kinds:
        codes: tuple[str, ...] = ()
        match sub_kind.role:
            case "patent" | "trademark" | "law":
                codes = home.registers[sub_kind.role]
            case "epo":
                codes = ("EPO_LIST", *home.registers["patent"])
            case "upc":
                codes = ("UPC_REP", "EPO_LIST")
            case "plant":
                codes = (*home.registers["patent"], *home.registers["law"])
            case "valuer":
                codes = ("CN_APPRAISAL",) if home.office == "CN" else ("RICS",)
        for code in codes:
            found.setdefault(code, "trademark" if sub_kind.role == "law" else sub_kind.role)
    return [(words.registers[code], role) for code, role in found.items()]


def credential(profile: Profile, register: Register, role: str, serial: int) -> Record:
    """One entry of a register; a few are self-declared, inactive or may not be instructed."""
    random = profile.rng.random
    record: Record = {
        "register": register.code,
        "number": _number(register.number, profile.index * 41 + serial),
        "status": "active",
        "offices": list(register.offices) or [profile.home.office],
        "instructable": True,
    }
    if register.by_right:
        record["rights"] = ["trademark" if role == "trademark" else "patent", "design"]
    draw = random()
    if draw > 0.94:
        unusual = ("inactive", "active_restricted", "trainee", "not_in_file", "suspended", "removed")
        record["status"] = unusual[min(int(random() ** 2 * 7), 5)]
    elif draw < 0.04:  # for example, on the register for work in a company only
        record["instructable"] = False
    if random() > 0.1:  # the others are the provider's own word
        record["checked_on"] = day(profile.as_of, -int(random() * (31 if random() < 0.8 else 150)))
    if register.code == "CNIPA_AGENCY":
        grade = random()
        record["grade"] = "A" if grade < 0.6 else "B" if grade < 0.9 else "C" if grade < 0.98 else "D"
    return record


def people(profile: Profile, words: Vocabulary, registers: list[tuple[Register, str]]) -> list[Record]:
    """The named people of a provider, the first of whom leads it."""
    random = profile.rng.random
    personal = [
        (register, role) for register, role in registers if profile.individual or not register.held_by_firm
    ]
    staff: list[Record] = []
    for position in range(profile.headcount):
        name = _own_name(profile) if profile.individual else person_name(words, profile.home, profile.rng)
        person: Record = {"ref": f"X{profile.index:06d}-{position + 1}", "name": name}
        if personal and (position == 0 or random() < 0.6):
            person["credentials"] = [
                credential(profile, register, role, position + 1)
                for register, role in personal
                if position == 0 or random() < 0.7
            ]
        person["affiliation_confirmed"] = random() < (0.95 if position == 0 else 0.85)
        staff.append(person)
    return staff


def _own_name(profile: Profile) -> dict[str, str]:
    english, simplified, traditional = profile.name
    name = {"en": english}
    if profile.home.culture == "hk":
        name["zh-Hant"] = traditional
    elif simplified != english:
        name["zh-Hans"] = simplified
    return name


def _number(pattern: str, serial: int) -> str:
    """An invented number: the digits of `serial` in the places of `#`, from the right."""
    places = pattern.count("#")
    digits = iter(f"{serial % 10**places:0{places}d}")
    return "".join(next(digits) if sign == "#" else sign for sign in pattern)
