"""Page numbers: read from the address, shown below a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for

from directory.errors import InvalidInput
from directory.i18n import N_

MAX_PAGE = 500
"""The deepest page (of 20): what search engines hold in order, 10,000."""


@dataclass(frozen=True)
class Page:
    """Where a list stands: its number (from 1), size and the total it is cut from."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """Number of the last page; 1 for an empty list."""
        return max(1, min(MAX_PAGE, -(-self.total // self.size)))

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.number - 1) * self.size

    def numbers(self) -> Iterator[int | None]:
        """The pages worth a link: first, last and those around this one; None stands for a gap."""
        shown = sorted({1, self.last, *range(max(1, self.number - 2), min(self.last, self.number + 2) + 1)})
        before = 0
        for number in shown:
            if number - before > 1:
                yield None
            yield number
            before = number


def page_number() -> int:
    """The page asked for in the address.

    Raises
    ------
    InvalidInput
        When it is not a number from 1 to `MAX_PAGE`.
    """
    raw = request.args.get("page", "1")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 6 and 1 <= int(raw) <= MAX_PAGE):
        raise InvalidInput({"page": N_("Enter a page number from 1 to %(last)s")}, {"last": MAX_PAGE})
    return int(raw)


def page_url(number: int) -> str:
    """The address of another page of the list that is shown."""
    arguments = request.args.to_dict(flat=False) | (request.view_args or {})
    arguments.pop("page", None)
    return url_for(request.endpoint, **arguments, **({"page": number} if number > 1 else {}))
