"""What the public may see: which providers are listable, which lines are shown, and in which state."""

from __future__ import annotations

import datetime as dt

import msgspec

from directory import taxonomy
from directory.types import LineVetting, ProviderRecord, ServiceLineRecord

HIDDEN_STATES = frozenset({"suspended", "restricted", "removed"})
"""A line in one of these is not shown, filtered on or counted (docs: formats, "Listable")."""

BARRING_STATES = frozenset({"suspended", "removed"})
"""A provider all of whose lines are in one of these is not listed."""

VETTED_STATES = frozenset({"vetted", "vetted_outcomes"})
"""States that hold until a day and have lapsed after it."""

TIERS: tuple[str, ...] = (
    "vetted_outcomes",
    "vetted",
    "verified",
    "claimed",
    "listed",
    "expired",
    "under_review",
)
"""States that a shown line can be in, best first (docs: product 4, "Tiers"; a lapsed one is below all)."""


def stated(line: ServiceLineRecord) -> str:
    """The vetting state that is written on a line; a line that was never vetted is merely listed."""
    return line.vetting.state if line.vetting else "listed"


def state_on(line: ServiceLineRecord, today: dt.date) -> str:
    """The vetting state of a line on a day: one whose last day is past has expired."""
    state = stated(line)
    lapsed = (
        state in VETTED_STATES
        and line.vetting is not None
        and line.vetting.until is not None
        and line.vetting.until < today
    )
    return "expired" if lapsed else state


def shown_lines(record: ProviderRecord) -> list[ServiceLineRecord]:
    """The service lines that the public may see, in their order."""
    return [line for line in record.service_lines if stated(line) not in HIDDEN_STATES]


def listable(record: ProviderRecord) -> bool:
    """Whether a provider may be found and shown: published, and not every line suspended or removed."""
    if record.state != "published":
        return False
    lines = record.service_lines
    return not lines or any(stated(line) not in BARRING_STATES for line in lines)


def tier(record: ProviderRecord, today: dt.date) -> str | None:
    """The best state that a shown line is in on a day; None when no line is shown."""
    states = {state_on(line, today) for line in shown_lines(record)}
    return next((each for each in TIERS if each in states), None)


def price_band(line: ServiceLineRecord) -> str | None:
    """The band of a line's lowest fee without official fees; None when not known in CNY."""
    if line.fee_min_minor is None or line.currency is None:
        return None
    return taxonomy.price_band(taxonomy.to_cny_minor(line.fee_min_minor, line.currency))


def public_record(record: ProviderRecord, today: dt.date) -> ProviderRecord:
    """What the public may see of a listable provider.

    Lines that are suspended, restricted or removed are taken out, and a vetting past its last day reads
    "expired" with that day kept; parties of conflict checks are never in it.

    Parameters
    ----------
    record : ProviderRecord
        Left as it is; what does not change is shared with the result.
    today : date
        The day the states are for.
    """
    lines = []
    for line in shown_lines(record):
        now = state_on(line, today)
        if line.vetting is None or now == line.vetting.state:
            lines.append(line)
        else:
            vetting = LineVetting(state=now, until=line.vetting.until)
            lines.append(msgspec.structs.replace(line, vetting=vetting))
    return msgspec.structs.replace(record, service_lines=lines, conflict_parties=[])
