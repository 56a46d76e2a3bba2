"""What an action may refuse, each as its own type; web/errors.py maps them to pages, cli.py to exit codes.

Messages are English msgids with named values, translated where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class DirectoryError(Exception):
    """Anything this package refuses on purpose."""


class NotFound(DirectoryError):
    """The thing does not exist, or is not this person's to know of: the two look alike."""


class NotAllowed(DirectoryError):
    """The person may know of the thing but not do this to it."""


class InvalidInput(DirectoryError):
    """What was given cannot be taken.

    Parameters
    ----------
    fields : Mapping[str, str]
        A message for each field that is wrong, by the field's name: an English msgid, complete
        enough to say what to enter instead. "" names the form as a whole.
    values : Mapping[str, object], optional
        Values for the placeholders of the messages.
    """

    def __init__(self, fields: Mapping[str, str], values: Mapping[str, object] | None = None) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = dict(fields)
        self.values = dict(values or {})


class StaleEdit(DirectoryError):
    """Somebody saved another version since this edit began.

    Parameters
    ----------
    current : object
        What is stored now, for showing beside what was typed.
    """

    def __init__(self, current: object = None) -> None:
        super().__init__("the version that was edited is not the newest")
        self.current = current


class IllegalTransition(DirectoryError):
    """The thing is in a state from which this step does not exist."""


class TooMany(DirectoryError):
    """This was tried too often for now.

    Parameters
    ----------
    retry_seconds : int
        After so many seconds it may be tried again.
    """

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(f"too many tries; again in {retry_seconds} s")
        self.retry_seconds = retry_seconds


class RowErrors(DirectoryError):
    """A row of a file cannot be taken; one entry for each thing wrong with it."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("; ".join(f"{p.key}: {p.reason}" for p in problems))
        self.problems = tuple(problems)


class RowProblem:
    """One thing wrong with one row: where, what stands there, and why it cannot be taken."""

    __slots__ = ("key", "line", "reason", "value")

    def __init__(self, key: str, value: object, reason: str, line: int | None = None) -> None:
        self.key = key
        self.value = value
        self.reason = reason
        self.line = line
