"""The shapes that every part of the program passes around.

`ProviderRecord`, `Brief` and `JudgementRecord` are the exchange formats themselves: decoding one with
msgspec is the validation of its shape. Codes are checked apart, in
`rules.exchange`, because a good error names the value and the list.
Missing is unknown, never zero: optional fields are None or empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["en", "zh-Hans"]
"""A language of the pages."""

LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans")

Texts: TypeAlias = dict[str, str]
"""One text by BCP 47 language, e.g. ``{"en": "...", "zh-Hans": "..."}``."""

Role: TypeAlias = Literal["owner", "firm", "administrator"]


class Actor(msgspec.Struct, frozen=True):
    """Whoever does something: an account that is signed in, the system, or the command line.

    `second_factor`: an administrator has given a code in this sign-in; without it he may only enrol.
    """

    name: str
    role: Role | None = None
    account_id: int | None = None
    second_factor: bool = False

    @property
    def is_administrator(self) -> bool:
        """Whether this is an administrator whose second factor was checked."""
        return self.role == "administrator" and self.second_factor


ANYBODY = Actor("anybody")
SYSTEM = Actor("system", "administrator", second_factor=True)
COMMAND_LINE = Actor("command line", "administrator", second_factor=True)


class _Form(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """A shape of the exchange formats: an unknown key is an error, a default is not written."""


class LanguageSkill(_Form):
    code: str
    level: str = "speak"


class LineVetting(_Form):
    state: str = "listed"
    until: dt.date | None = None


class ServiceLineRecord(_Form):
    service: str
    right: str
    offices: list[str] = []
    fields: list[int] = []
    nice: list[int] = []
    fee_model: str | None = None
    fee_min_minor: int | None = None
    fee_max_minor: int | None = None
    fee_unit: str | None = None
    rate_percent: float | None = None
    currency: str | None = None
    purposes: list[str] = []
    vetting: LineVetting | None = None


class CredentialRecord(_Form):
    register: str
    number: str
    status: str | None = None
    offices: list[str] = []
    rights: list[str] = []
    instructable: bool | None = None
    checked_on: dt.date | None = None
    grade: str | None = None


class PersonRecord(_Form):
    ref: str
    name: Texts
    credentials: list[CredentialRecord] = []
    affiliation_confirmed: bool = False


class InsuranceRecord(_Form):
    limit_minor: int | None = None
    currency: str | None = None
    until: dt.date | None = None


class MatterRecord(_Form):
    title: str
    text: str = ""
    ipc: list[str] = []
    locarno: list[str | int] = []
    nice: list[int] = []
    office: str | None = None
    date: dt.date | None = None
    client_country: str | None = None


class OutcomeRecord(_Form):
    service: str
    right: str
    measure: str
    successes: int
    n: int
    window: str | None = None
    source: str | None = None


class ReferenceRecord(_Form):
    service: str
    score: float
    scale: float = 10
    month: str | None = None
    engagement_verified: bool = False


class ResponseRecord(_Form):
    median_first_reply_hours: float | None = None
    n: int = 0


class ConflictParty(_Form):
    name: str
    aliases: list[str] = []
    parents: list[str] = []


class ProviderRecord(_Form):
    """Everything that is said of a provider, in the shape of providers.jsonl.

    `conflict_parties` is filled only on the way in: it is stored sealed and never read back
    into a record, so that it cannot be shown, exported, indexed or logged.
    """

    ref: str
    form: str
    kind: str
    name: Texts
    country: str
    sub_kinds: list[str] = []
    aliases: list[str] = []
    summary: Texts = {}
    city: str | None = None
    website: str | None = None
    register_domain: str | None = None
    owned_by: list[str] = []
    founded: int | None = None
    languages: list[LanguageSkill] = []
    industries: list[str] = []
    service_lines: list[ServiceLineRecord] = []
    credentials: list[CredentialRecord] = []
    people: list[PersonRecord] = []
    insurance: InsuranceRecord | None = None
    matters: list[MatterRecord] = []
    outcomes: list[OutcomeRecord] = []
    references: list[ReferenceRecord] = []
    response: ResponseRecord | None = None
    accepts_new: bool = True
    sponsored: bool = False
    conflict_parties: list[ConflictParty] = []
    state: str = "published"

    def display_name(self, language: str) -> str:
        """The name in `language`, else in English, else in any language it has."""
        return text_in(self.name, language)


class StoredProvider(msgspec.Struct, frozen=True):
    """A provider as the database holds it: its key, its row version, and what is said of it."""

    id: int
    version: int
    record: ProviderRecord
    updated_at: dt.datetime


class Brief(_Form):
    """The structured form of a need. An empty dimension means "any"."""

    need_type: str | None = None
    services: list[str] = []
    rights: list[str] = []
    offices: list[str] = []
    fields: list[int] = []
    ipc: list[str] = []
    nice: list[int] = []
    industries: list[str] = []
    languages: list[str] = []
    kinds: list[str] = []
    budget_max_minor: int | None = None
    currency: str | None = None
    budget_firm: bool = False
    deadline: dt.date | None = None
    adverse_parties: list[str] = []
    must: list[str] = []
    owner_country: str | None = None
    purposes: list[str] = []
    min_tier: str = "vetted"


BRIEF_KEYS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(Brief))


class NeedRecord(_Form):
    """A line of needs.jsonl. `brief` keeps the keys the owner stated: an absent key is read from the text."""

    ref: str
    owner: str | None = None
    language: str | None = None
    text: str | None = None
    brief: dict[str, object] | None = None


class JudgementRecord(_Form):
    need: str
    provider: str
    grade: int
    source: str
    judge: str
    made_on: dt.date | None = None


Element: TypeAlias = tuple[str, str, str]
"""A part of a need: service, right, office, e.g. ``("PROS", "patent", "CN")``."""


def element_code(element: Element) -> str:
    """The element as files write it, e.g. ``"PROS:patent:CN"``."""
    return ":".join(element)


def text_in(texts: Mapping[str, str], language: str) -> str:
    """The text in `language`; else its other Chinese script, English, or any that is there; "" when empty."""
    for code in (language, "zh-Hans" if language.startswith("zh") else "en", "en", "zh-Hans", "zh-Hant"):
        if texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")
