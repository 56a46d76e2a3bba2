"""What a provider asks for the work it covers, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from directory.rules.eligibility import MATTER_UNITS
from directory.taxonomy import to_cny_minor
from directory.types import ProviderRecord, ServiceLineRecord


@dataclass(frozen=True, slots=True)
class Fees:
    """A range in fen. `complete` is false when a part of the work has no known fee."""

    minimum: int
    maximum: int
    complete: bool


def fees(record: ProviderRecord, lines: Iterable[int]) -> Fees | None:
    """The fees for one matter over some service lines, in CNY by the reference rates.

    A fee on a prosecution line covers drafting too where the drafting line of the same right has none.

    Parameters
    ----------
    record : ProviderRecord
    lines : iterable of int
        Positions in `record.service_lines`.

    Returns
    -------
    Fees or None
        None when no fee of them is known. Without an upper end the lower one stands for it.
    """
    chosen = [record.service_lines[position] for position in lines]
    priced = {(line.service, line.right) for line in chosen if _range(line)}
    minimum = maximum = known = 0
    complete = True
    for line in chosen:
        span = _range(line)
        if span is not None:
            minimum, maximum, known = minimum + span[0], maximum + span[1], known + 1
        elif not (line.service == "DRAFT" and ("PROS", line.right) in priced):
            complete = False
    return Fees(minimum, maximum, complete) if known else None


def _range(line: ServiceLineRecord) -> tuple[int, int] | None:
    if line.fee_min_minor is None or line.currency is None or line.fee_unit not in MATTER_UNITS:
        return None
    upper = line.fee_min_minor if line.fee_max_minor is None else max(line.fee_max_minor, line.fee_min_minor)
    low, high = to_cny_minor(line.fee_min_minor, line.currency), to_cny_minor(upper, line.currency)
    return None if low is None or high is None else (low, high)
