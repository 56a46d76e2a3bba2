"""What searching may refuse or miss, each as its own type. Messages are English msgids with named values."""

from __future__ import annotations


class SearchError(Exception):
    """Anything this package refuses on purpose.

    Parameters
    ----------
    message : str
        An English msgid that says what to do instead.
    **values : object
        Values for its placeholders.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


class InvalidQuery(SearchError):
    """The words, a filter, the sort or the page of a query cannot be taken."""


class TooDeep(InvalidQuery):
    """The page asked for lies beyond what an engine will count up to."""


class SearchUnavailable(SearchError):
    """No engine answers: refused, too slow, broken, or no index was built yet. The database still can."""
