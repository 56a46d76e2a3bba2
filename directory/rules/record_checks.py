"""What the values of a record must be beyond their types: codes, ranges, and what needs what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import urlsplit

import msgspec
import pycountry
from babel.numbers import list_currencies

from directory import taxonomy
from directory.errors import RowProblem
from directory.types import (
    BRIEF_KEYS,
    Brief,
    CredentialRecord,
    JudgementRecord,
    NeedRecord,
    ProviderRecord,
    ServiceLineRecord,
)

LONGEST_TEXT = 20_000
"""Characters in one text: ten printed pages, more than any need or summary that is read to its end."""

LARGEST_NUMBER = 10**15
"""Upper end of every amount and count: far above any real one, far below what a database column holds."""

_LENGTHS = {
    "ref": 80, "city": 120, "website": 500, "register_domain": 255, "number": 80, "grade": 10, "title": 300,
    "window": 40, "source": 40, "judge": 80, "owner": 300,
}  # fmt: skip
"""Characters that the columns of these keys hold."""

_LANGUAGE = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(-(?:[A-Z]{2}|\d{3}))?", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")
_REF = re.compile(r"[^\s/\\?#%\x00-\x1f\x7f]+")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class Findings:
    """Collects what is wrong with one row; each method looks at one value."""

    def __init__(self) -> None:
        self.problems: list[RowProblem] = []

    def add(self, key: str, value: object, reason: str) -> None:
        """Note a problem."""
        self.problems.append(RowProblem(key, value, reason))

    def code(self, key: str, value: object, name: str) -> None:
        """`value`, unless None, must be a code of the list `name`."""
        if value is not None and str(value) not in _codes(name):
            self.add(key, value, f"not a code of the list {name}")

    def codes(self, key: str, values: Iterable[object], name: str) -> None:
        """Each of `values` must be a code of the list `name`."""
        known = _codes(name)
        for index, value in enumerate(values):
            if str(value) not in known:
                self.add(f"{key}[{index}]", value, f"not a code of the list {name}")

    def number(self, key: str, value: float | None, low: float = 0, high: float = LARGEST_NUMBER) -> None:
        """`value`, unless None, must be from `low` to `high`; NaN never is."""
        if value is not None and not low <= value <= high:
            self.add(key, value, f"must be from {low} to {high}")

    def currency(self, key: str, value: str | None) -> None:
        """`value`, unless None, must be an ISO 4217 code."""
        if value is not None and value not in _currencies():
            self.add(key, value, "not an ISO 4217 currency")

    def country(self, key: str, value: str | None) -> None:
        """`value`, unless None, must be an office's or a country's two-letter code."""
        if value is not None and value not in _countries():
            self.add(key, value, "not a two-letter code of a country or office (WIPO ST.3)")

    def language(self, key: str, value: str | None) -> None:
        """`value`, unless None, must be a BCP 47 tag of a known language."""
        if value is not None and not is_language(value):
            self.add(key, value, "not a BCP 47 language such as en or zh-Hans")

    def ref(self, value: str) -> None:
        """`value` must be a ref that can stand in a page's address."""
        if not _REF.fullmatch(value):
            self.add("ref", value, "must not be empty, nor have spaces or any of / \\ ? # %")

    def texts(self, key: str, texts: Mapping[str, str]) -> None:
        """The keys of `texts` must be languages."""
        for language in texts:
            self.language(f"{key}.{language}", language)

    def once(self, key: str, part: str, values: Iterable[str]) -> None:
        """No value may stand twice in a list of objects."""
        seen = set()
        for index, value in enumerate(values):
            if value in seen:
                self.add(f"{key}[{index}].{part}", value, "stands twice")
            seen.add(value)

    def storable(self, key: str, value: object) -> None:
        """Every text in `value`, at any depth, must be one that a database takes and its column holds."""
        if isinstance(value, str):
            longest = _LENGTHS.get(key.rpartition(".")[2], LONGEST_TEXT)
            if len(value) > longest:
                self.add(key, value, f"longer than {longest} characters")
            if _NOT_STORABLE.search(value):
                self.add(key, value, "contains a character that is no text (NUL or half of a pair)")
        elif isinstance(value, Mapping):
            for name, each in value.items():
                self.storable(f"{key}.{name}" if key else str(name), each)
        elif isinstance(value, list | tuple):
            for index, each in enumerate(value):
                self.storable(f"{key}[{index}]", each)


@cache
def _codes(name: str) -> frozenset[str]:
    return frozenset(taxonomy.codes(name))


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _countries() -> frozenset[str]:
    return _codes("office") | {country.alpha_2 for country in pycountry.countries}


@cache
def is_language(tag: str) -> bool:
    """Whether `tag` is a BCP 47 tag (language, script, region) whose language ISO 639 knows."""
    parts = _LANGUAGE.fullmatch(tag)
    if parts is None:
        return False
    size = {2: "alpha_2", 3: "alpha_3"}[len(parts[1])]
    return pycountry.languages.get(**{size: parts[1]}) is not None


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https, of a host that has a name, and carries no user name."""
    if _NOT_STORABLE.search(url) or any(character.isspace() or character in "\\<>\"'" for character in url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for one that is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(_DOMAIN.fullmatch(host))


def line_findings(found: Findings, key: str, line: ServiceLineRecord) -> None:
    """Note what is wrong with a service line."""
    found.code(f"{key}.service", line.service, "service")
    found.code(f"{key}.right", line.right, "right")
    found.codes(f"{key}.offices", line.offices, "office")
    found.codes(f"{key}.fields", line.fields, "field")
    found.codes(f"{key}.nice", line.nice, "nice")
    found.codes(f"{key}.purposes", line.purposes, "purpose")
    found.code(f"{key}.fee_model", line.fee_model, "fee_model")
    found.code(f"{key}.fee_unit", line.fee_unit, "fee_unit")
    found.number(f"{key}.fee_min_minor", line.fee_min_minor)
    found.number(f"{key}.fee_max_minor", line.fee_max_minor)
    found.number(f"{key}.rate_percent", line.rate_percent, high=100)
    found.currency(f"{key}.currency", line.currency)
    fees = (line.fee_min_minor, line.fee_max_minor)
    if fees != (None, None) and line.currency is None:
        found.add(f"{key}.currency", None, "a fee needs its currency")
    if fees[0] is not None and fees[1] is not None and fees[0] > fees[1]:
        found.add(f"{key}.fee_max_minor", fees[1], "below fee_min_minor")
    if line.vetting is not None:
        found.code(f"{key}.vetting.state", line.vetting.state, "vetting_state")


def credential_findings(found: Findings, key: str, credentials: Iterable[CredentialRecord]) -> None:
    """Note what is wrong with credentials."""
    for index, credential in enumerate(credentials):
        at = f"{key}[{index}]"
        found.code(f"{at}.register", credential.register, "register")
        found.code(f"{at}.status", credential.status, "credential_status")
        found.codes(f"{at}.offices", credential.offices, "office")
        found.codes(f"{at}.rights", credential.rights, "right")
        if not credential.number.strip():
            found.add(f"{at}.number", credential.number, "is empty")


def provider_problems(record: ProviderRecord) -> list[RowProblem]:
    """Everything that is wrong with the values of a provider's record; empty when it can be taken."""
    found = Findings()
    found.ref(record.ref)
    if not any(name.strip() for name in record.name.values()):
        found.add("name", record.name, "needs a name in at least one language")
    found.code("form", record.form, "form")
    found.code("kind", record.kind, "kind")
    found.code("state", record.state, "provider_state")
    found.codes("sub_kinds", record.sub_kinds, "sub_kind")
    found.codes("industries", record.industries, "industry")
    found.country("country", record.country)
    found.texts("name", record.name)
    found.texts("summary", record.summary)
    found.number("founded", record.founded, low=1000, high=2200)
    if record.website is not None and not is_web_address(record.website):
        found.add("website", record.website, "not an address that begins with http:// or https://")
    if record.register_domain is not None and not _DOMAIN.fullmatch(record.register_domain):
        found.add("register_domain", record.register_domain, "not a domain name")
    for index, skill in enumerate(record.languages):
        found.language(f"languages[{index}].code", skill.code)
        found.code(f"languages[{index}].level", skill.level, "level")
    found.once("languages", "code", (skill.code for skill in record.languages))
    for index, line in enumerate(record.service_lines):
        line_findings(found, f"service_lines[{index}]", line)
    credential_findings(found, "credentials", record.credentials)
    for index, person in enumerate(record.people):
        found.texts(f"people[{index}].name", person.name)
        if not person.ref.strip() or not any(person.name.values()):
            found.add(f"people[{index}]", person.ref, "needs a ref and a name in at least one language")
        credential_findings(found, f"people[{index}].credentials", person.credentials)
    found.once("people", "ref", (person.ref for person in record.people))
    _evidence_findings(found, record)
    found.storable("", msgspec.to_builtins(record))
    return found.problems


def _evidence_findings(found: Findings, record: ProviderRecord) -> None:
    if record.insurance is not None:
        found.number("insurance.limit_minor", record.insurance.limit_minor)
        found.currency("insurance.currency", record.insurance.currency)
        if record.insurance.limit_minor is not None and record.insurance.currency is None:
            found.add("insurance.currency", None, "a limit needs its currency")
    for index, matter in enumerate(record.matters):
        key = f"matters[{index}]"
        found.code(f"{key}.office", matter.office, "office")
        found.codes(f"{key}.nice", matter.nice, "nice")
        found.country(f"{key}.client_country", matter.client_country)
        for place, symbol in enumerate(matter.ipc):
            if not taxonomy.ipc_is_valid(symbol) and not symbol.startswith("Y"):
                found.add(f"{key}.ipc[{place}]", symbol, "not an IPC or CPC symbol")
    for index, outcome in enumerate(record.outcomes):
        key = f"outcomes[{index}]"
        found.code(f"{key}.service", outcome.service, "service")
        found.code(f"{key}.right", outcome.right, "right")
        found.code(f"{key}.measure", outcome.measure, "outcome_measure")
        found.number(f"{key}.n", outcome.n, high=10**9)
        found.number(f"{key}.successes", outcome.successes, high=min(max(outcome.n, 0), 10**9))
    for index, reference in enumerate(record.references):
        key = f"references[{index}]"
        found.code(f"{key}.service", reference.service, "service")
        found.number(f"{key}.scale", reference.scale, low=1, high=1000)
        found.number(f"{key}.score", reference.score, high=reference.scale)
        if reference.month is not None and not _MONTH.fullmatch(reference.month):
            found.add(f"{key}.month", reference.month, "not a month such as 2026-05")
    if record.response is not None:
        found.number(
            "response.median_first_reply_hours", record.response.median_first_reply_hours, high=10**6
        )
        found.number("response.n", record.response.n, high=10**9)


_BRIEF_LISTS = {
    "services": "service", "rights": "right", "offices": "office", "fields": "field", "nice": "nice",
    "industries": "industry", "kinds": "kind", "purposes": "purpose",
}  # fmt: skip
_BRIEF_TYPES = {field.name: field.type for field in msgspec.structs.fields(Brief)}
MIN_TIERS = ("verified", "vetted", "vetted_outcomes")


def stated_findings(found: Findings, stated: Mapping[str, object], key: str = "brief") -> None:
    """Note what is wrong with the brief keys an owner states; None is a statement too and always right."""
    for name, value in stated.items():
        at = f"{key}.{name}"
        if name not in BRIEF_KEYS:
            found.add(at, value, "unknown key")
            continue
        if value is None:
            continue
        try:
            given = msgspec.convert(value, _BRIEF_TYPES[name])
        except msgspec.ValidationError as error:
            found.add(at, value, str(error).replace("`", ""))
            continue
        if name in _BRIEF_LISTS:
            found.codes(at, given, _BRIEF_LISTS[name])
        elif name == "need_type":
            found.code(at, given, "need_type")
        elif name == "languages":
            for index, language in enumerate(given):
                found.language(f"{at}[{index}]", language)
        elif name == "ipc":
            for index, symbol in enumerate(given):
                if not taxonomy.ipc_is_valid(symbol):
                    found.add(f"{at}[{index}]", symbol, "not an IPC or CPC symbol")
        elif name == "budget_max_minor":
            found.number(at, given)
        elif name == "currency":
            found.currency(at, given)
        elif name == "owner_country":
            found.country(at, given)
        elif name == "min_tier" and given not in MIN_TIERS:
            found.add(at, given, f"must be one of {', '.join(MIN_TIERS)}")


def need_problems(record: NeedRecord) -> list[RowProblem]:
    """Everything that is wrong with the values of a need; empty when it can be taken."""
    found = Findings()
    found.ref(record.ref)
    if not (record.text or "").strip() and record.brief is None:
        found.add("text", record.text, "a need has a text or a brief")
    found.language("language", record.language)
    stated_findings(found, record.brief or {})
    found.storable("", msgspec.to_builtins(record))
    return found.problems


def judgement_problems(record: JudgementRecord) -> list[RowProblem]:
    """Everything that is wrong with the values of a judgement; empty when it can be taken."""
    found = Findings()
    found.number("grade", record.grade, high=4)
    found.code("source", record.source, "judgement_source")
    if not record.judge.strip():
        found.add("judge", record.judge, "is empty")
    found.storable("", msgspec.to_builtins(record))
    return found.problems
