"""What reading a text gives: values, each with how sure the reading is and the words it was read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from directory.errors import InvalidInput
from directory.i18n import N_
from directory.types import BRIEF_KEYS, Brief


class ReadValue(msgspec.Struct, frozen=True):
    """One value read from a text: confidence in 0..1 and the exact words, "" for a default."""

    value: str | int | bool | dt.date
    confidence: float
    evidence: str


class ReadBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A brief as it was read: what the text does not say is None or empty."""

    need_type: ReadValue | None = None
    services: tuple[ReadValue, ...] = ()
    rights: tuple[ReadValue, ...] = ()
    offices: tuple[ReadValue, ...] = ()
    fields: tuple[ReadValue, ...] = ()
    ipc: tuple[ReadValue, ...] = ()
    nice: tuple[ReadValue, ...] = ()
    industries: tuple[ReadValue, ...] = ()
    languages: tuple[ReadValue, ...] = ()
    kinds: tuple[ReadValue, ...] = ()
    budget_max_minor: ReadValue | None = None
    currency: ReadValue | None = None
    budget_firm: ReadValue = ReadValue(False, 1.0, "")
    deadline: ReadValue | None = None
    adverse_parties: tuple[ReadValue, ...] = ()
    must: tuple[ReadValue, ...] = ()
    owner_country: ReadValue | None = None
    purposes: tuple[ReadValue, ...] = ()
    min_tier: ReadValue = ReadValue("vetted", 1.0, "")

    def values(self) -> dict[str, object]:
        """The values alone, by key of a brief."""
        return {key: _plain(getattr(self, key)) for key in BRIEF_KEYS}

    def to_brief(self) -> Brief:
        """The brief that was read."""
        return msgspec.convert(self.values(), Brief)

    def as_json(self) -> dict[str, object]:
        """The exchange format "Results, Brief": `{"value", "confidence", "evidence"}` each, dates ISO."""
        built: dict[str, object] = msgspec.to_builtins(self)
        return built


def _plain(read: ReadValue | tuple[ReadValue, ...] | None) -> object:
    if isinstance(read, tuple):
        return [value.value for value in read]
    return None if read is None else read.value


def merge(read: ReadBrief, stated: Mapping[str, object]) -> Brief:
    """The brief of a need: what the owner stated, and for the rest what was read from the text.

    Parameters
    ----------
    read : ReadBrief
        The reading of the need's text.
    stated : mapping of str to object
        Keys of a brief as the exchange format has them. A key that is present, empty or null
        too, is the owner's word and overrides the text.

    Raises
    ------
    InvalidInput
        When a key is unknown or its value has the wrong type.
    """
    unknown = sorted(set(stated) - set(BRIEF_KEYS))
    if unknown:
        raise InvalidInput(dict.fromkeys(unknown, N_("Unknown key of a brief")))
    values = {**read.values(), **stated}
    present = {key: value for key, value in values.items() if value is not None}
    problems = {}
    for key in stated:
        try:
            msgspec.convert({key: present[key]} if key in present else {}, Brief)
        except msgspec.ValidationError as error:
            problems[key] = str(error)
    if problems:
        raise InvalidInput(problems)
    return msgspec.convert(present, Brief)
