"""Rows of the exchange formats: from bytes to checked records, or to what is wrong with them.

A row is merged with what is stored: an absent key leaves the stored value, null or empty clears it.
The same holds inside service lines, credentials and people, whose items are known again by
what they are (`IDENTITIES`), so that a list can be given without repeating what others set in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from directory.errors import RowErrors, RowProblem
from directory.rules.record_checks import judgement_problems, need_problems, provider_problems
from directory.types import JudgementRecord, NeedRecord, ProviderRecord

LONGEST_ROW = 8_000_000
"""Bytes of one line; a longer one is refused before it is held in memory whole."""

IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "service_lines": ("service", "right"),
    "credentials": ("register", "number"),
    "people": ("ref",),
}
"""Keys by which an item of a list is known again; of several alike the n-th is the n-th again."""

SET_BY_OTHERS: Mapping[str, tuple[str, ...]] = {
    "": ("outcomes", "references"),
    "service_lines": ("vetting",),
    "credentials": ("checked_on", "status", "grade", "instructable"),
    "people": ("affiliation_confirmed",),
}
"""What a provider's own upload may not set, by list."""

_BOM = b"\xef\xbb\xbf"
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.*)`")
_MISSING_KEY = re.compile(r"Object missing required field `(.*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")

_Record = TypeVar("_Record", ProviderRecord, NeedRecord, JudgementRecord)


class Row(NamedTuple):
    """A line of a file: its number from 1, and its object."""

    line: int
    data: dict[str, Any]


def read_rows(pieces: Iterable[bytes]) -> Iterator[Row | RowProblem]:
    """The rows of a file, and a problem for each line that is no row. Blank lines are passed over.

    Parameters
    ----------
    pieces : iterable of bytes
        The file's lines. One above `LONGEST_ROW` may come cut short; it is refused by its length.
    """
    for number, piece in enumerate(pieces, start=1):
        content = piece.removeprefix(_BOM).strip() if number == 1 else piece.strip()
        if not content:
            continue
        if len(piece) > LONGEST_ROW:
            yield RowProblem("", None, f"the line is longer than {LONGEST_ROW} bytes", number)
            continue
        try:
            data = msgspec.json.decode(content)
        except UnicodeDecodeError as error:
            yield RowProblem("", None, f"not UTF-8 at byte {error.start + 1}", number)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            yield RowProblem(
                "", None, str(error).removeprefix("JSON is malformed: ").replace("`", ""), number
            )
        except RecursionError:
            yield RowProblem("", None, "nested too deeply", number)
        else:
            if isinstance(data, dict):
                yield Row(number, data)
            else:
                yield RowProblem("", data, "a line must be a JSON object", number)


def read_provider(
    data: Mapping[str, Any], stored: ProviderRecord | None, *, own: bool = False
) -> ProviderRecord:
    """The provider's record that a row asks for.

    Parameters
    ----------
    data : mapping
        The row.
    stored : ProviderRecord, optional
        What is stored under its ref; None when there is none.
    own : bool
        Whether the provider uploads it himself, who may not set what others say of him.

    Raises
    ------
    RowErrors
        With everything found wrong.
    """
    if own and (problems := list(_set_by_others(data, "", ""))):
        raise RowErrors(problems)
    record = _read(data, stored, ProviderRecord)
    if problems := provider_problems(record):
        raise RowErrors(problems)
    return record


def read_need(data: Mapping[str, Any], stored: NeedRecord | None) -> NeedRecord:
    """The need that a row asks for; raises RowErrors as `read_provider` does."""
    record = _read(data, stored, NeedRecord)
    # null in a brief is the owner's word, not an absent key: it is kept as it was given
    record.brief = data.get("brief", stored.brief if stored else None)
    if problems := need_problems(record):
        raise RowErrors(problems)
    return record


def read_judgement(data: Mapping[str, Any]) -> JudgementRecord:
    """The judgement that a row asks for; raises RowErrors as `read_provider` does."""
    record = _read(data, None, JudgementRecord)
    if problems := judgement_problems(record):
        raise RowErrors(problems)
    return record


def whole(record: ProviderRecord) -> dict[str, Any]:
    """A provider's record with every key of the format, so that importing it restores it wholly.

    Conflict parties are left out, which leaves those stored as they are.
    """
    data: dict[str, Any] = _whole(record)
    del data["conflict_parties"]
    return data


def shown(value: object) -> object:
    """A value as an error shows it: the value itself when it is short, else the beginning of its text."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def _whole(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _whole(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value


def _read(data: Mapping[str, Any], stored: _Record | None, shape: type[_Record]) -> _Record:
    if stored is None:
        try:  # nearly every row is right: one call then does it all
            return msgspec.convert(data, shape)
        except msgspec.ValidationError:
            pass
    problems = list(_shape_problems(data, shape))
    if problems:
        raise RowErrors(problems)
    merged = _without_nulls(_merged({} if stored is None else msgspec.to_builtins(stored), data))
    required = (field.name for field in msgspec.structs.fields(shape) if field.required)
    if missing := [RowProblem(name, None, "is missing") for name in required if name not in merged]:
        raise RowErrors(missing)
    try:
        return msgspec.convert(merged, shape)
    except msgspec.ValidationError as error:
        raise RowErrors([_problem("", merged, error)]) from error


def _shape_problems(data: Mapping[str, Any], shape: type[msgspec.Struct]) -> Iterator[RowProblem]:
    """Unknown keys and wrong types: the first thing wrong in each value, and in each item of a list."""
    types = _types(shape)
    for key, value in data.items():
        if key not in types:
            yield RowProblem(str(key), value, "unknown key")
            continue
        if value is None:
            continue
        kind = types[key]
        items: Iterable[tuple[str, Any, Any]] = [(key, value, kind)]
        if get_origin(kind) is list and isinstance(value, list):
            items = [(f"{key}[{index}]", each, get_args(kind)[0]) for index, each in enumerate(value)]
        for at, each, wanted in items:
            try:
                msgspec.convert(_without_nulls(each), wanted)
            except msgspec.ValidationError as error:
                yield _problem(at, each, error)


@cache
def _types(shape: type[msgspec.Struct]) -> Mapping[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(shape)}


def _problem(at: str, value: Any, error: msgspec.ValidationError) -> RowProblem:
    """msgspec's message as a problem: its path appended to where we are, the value that stands there."""
    message, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`")
    for name, index in _STEP.findall(path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            break
    at = (at + path.replace("[...]", "")).lstrip(".")
    if unknown := _UNKNOWN_KEY.match(message):
        found = value.get(unknown[1]) if isinstance(value, Mapping) else value
        return RowProblem(f"{at}.{unknown[1]}".lstrip("."), found, "unknown key")
    if missing := _MISSING_KEY.match(message):
        return RowProblem(f"{at}.{missing[1]}".lstrip("."), None, "is missing")
    if "date" in message:
        return RowProblem(at, value, "not a day such as 2026-12-01")
    return RowProblem(at, value, message.replace("`", "").replace("Expected", "must be"))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _merged(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(stored)
    for key, value in given.items():
        if key in IDENTITIES and isinstance(value, list):
            merged[key] = _merged_items(key, stored.get(key, []), value)
        else:
            merged[key] = value
    return merged


def _merged_items(
    key: str, stored: Iterable[Mapping[str, Any]], given: Iterable[Any]
) -> list[dict[str, Any]]:
    known: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for item in stored:
        known[_identity(key, item)].append(item)
    merged = []
    for item in given:
        alike = known.get(_identity(key, item))
        merged.append(_merged(alike.pop(0) if alike else {}, item))
    return merged


def _identity(key: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item.get(part) for part in IDENTITIES[key])


def _set_by_others(data: Mapping[str, Any], name: str, at: str) -> Iterator[RowProblem]:
    """A problem for each key of the row that is not for the provider to set."""
    for key in SET_BY_OTHERS[name]:
        if key in data:
            yield RowProblem(f"{at}{key}", data[key], "is not for the provider to set")
    for key in IDENTITIES:
        items = data.get(key)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                yield from _set_by_others(item, key, f"{at}{key}[{index}].")
