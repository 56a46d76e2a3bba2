"""What a firm's edit of its profile changes at once, and what waits for vetting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from directory.types import CredentialRecord, ServiceLineRecord

SMALL_IN_LINE = (
    "fields", "nice", "fee_model", "fee_min_minor", "fee_max_minor", "fee_unit", "rate_percent", "currency",
    "purposes",
)  # fmt: skip
"""What a firm changes in a service line without anybody's leave. The rest is what the line was vetted for."""


class WantedLine(ServiceLineRecord, frozen=False, kw_only=True):
    """A service line as the firm wants it. `of` is the place of the line it changes (None: a new one)."""

    of: int | None = None


class Waiting(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was asked for and is not live. A section that is None waits for nothing.

    Each `of` of the lines is a place in the lines that are live; lines that are live and named by
    none are to be removed.
    """

    service_lines: list[WantedLine] | None = None
    credentials: list[CredentialRecord] | None = None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return self.service_lines is not None or self.credentials is not None


def split_lines(
    live: Sequence[ServiceLineRecord], wanted: Sequence[WantedLine]
) -> tuple[list[ServiceLineRecord], list[WantedLine] | None]:
    """The lines as they are from now on, and those to wait for; None when everything asked for is live.

    Parameters
    ----------
    live : sequence of ServiceLineRecord
        The public lines.
    wanted : sequence of WantedLine
        All lines that shall be. Vetting in them is ignored.
    """
    by_place = {line.of: line for line in wanted if line.of is not None}
    after = []
    for place, line in enumerate(live):
        small = (
            {} if place not in by_place else {name: getattr(by_place[place], name) for name in SMALL_IN_LINE}
        )
        after.append(msgspec.structs.replace(line, **small))
    every_line_once = sorted(-1 if line.of is None else line.of for line in wanted) == list(range(len(live)))
    as_asked = every_line_once and not any(
        _is_material(live[line.of], line) for line in wanted if line.of is not None
    )
    if as_asked:
        return after, None
    return after, [msgspec.structs.replace(line, vetting=None) for line in wanted]


def _is_material(live: ServiceLineRecord, wanted: ServiceLineRecord) -> bool:
    return (live.service, live.right, set(live.offices)) != (
        wanted.service,
        wanted.right,
        set(wanted.offices),
    )


def split_credentials(
    live: Sequence[CredentialRecord], wanted: Sequence[CredentialRecord]
) -> list[CredentialRecord] | None:
    """The credentials to wait for; None when they are those that are live.

    What a register says of a known one (status, day of the check ...) is kept, whatever `wanted` says.
    """
    known = {(each.register, each.number): each for each in live}
    asked = []
    for each in wanted:
        found = known.get(
            (each.register, each.number), CredentialRecord(register=each.register, number=each.number)
        )
        asked.append(msgspec.structs.replace(found, offices=each.offices, rights=each.rights))
    return None if asked == list(live) else asked


def as_wanted(lines: Iterable[ServiceLineRecord]) -> list[WantedLine]:
    """The live lines as an edit that changes nothing: what an edit page starts from."""
    return [
        WantedLine(**{name: getattr(line, name) for name in ServiceLineRecord.__struct_fields__}, of=place)
        for place, line in enumerate(lines)
    ]


def moved(waiting: Waiting, then: Sequence[ServiceLineRecord], now: Sequence[ServiceLineRecord]) -> Waiting:
    """`waiting` with places in the lines that are live now, when an import replaced those it was made for.

    Lines are found again by service and right. A waiting change of one that is gone becomes a new line.
    """
    if waiting.service_lines is None:
        return waiting
    places: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for place, line in enumerate(now):
        places[line.service, line.right].append(place)
    found: dict[int, int | None] = {}
    for place, line in enumerate(then):
        alike = places[line.service, line.right]
        found[place] = alike.pop(0) if alike else None
    lines = [
        msgspec.structs.replace(line, of=None if line.of is None else found.get(line.of))
        for line in waiting.service_lines
    ]
    return msgspec.structs.replace(waiting, service_lines=lines)


def waiting_as_json(waiting: Waiting) -> dict[str, Any] | None:
    """What a revision stores in `waiting`; None when nothing waits."""
    return msgspec.to_builtins(waiting) if waiting else None


def waiting_from_json(stored: Any) -> Waiting:
    """The other way round."""
    return Waiting() if stored is None else msgspec.convert(stored, Waiting)
