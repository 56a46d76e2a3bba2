"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from directory.i18n import N_

MIN_LENGTH = 12
"""ASVS 5.0 6.2.1 asks for 8 and recommends 15; twelve with the rules below lies between."""

MAX_LENGTH = 128
"""ASVS 5.0 6.2.9 asks to permit at least 64."""

_SITE_WORDS = ("ipservicesdirectory", "ipservices", "directory", "services")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertz",
    "azerty",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MIN_DISTINCT = 6
"""Fewer different characters than this in twelve is a pattern, not a secret (a rule of our own)."""
_MIN_REST = 4
"""So many characters must be left when everything guessable is taken out (a rule of our own)."""

_hasher = PasswordHasher()  # the library's defaults are RFC 9106's second recommended option, with Argon2id
_NO_PASSWORD = _hasher.hash("a password that no account has")


def problem(password: str, *, own_words: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, as a message to show; None when it is taken.

    Parameters
    ----------
    password : str
        Taken as it is: no trimming, no normalising, any character.
    own_words : iterable of str
        Words an attacker would try for this account first: its address and names.

    References
    ----------
    NIST SP 800-63B-4, 3.1.1.2: length, a blocklist, no rules of composition.
    """
    if len(password) < MIN_LENGTH:
        return N_("Enter a password of at least 12 characters")
    if len(password) > MAX_LENGTH:
        return N_("Enter a password of at most 128 characters")
    if not password.isprintable() and any("\ud800" <= character <= "\udfff" for character in password):
        return N_("Enter a password of characters that can be typed")
    plain = password.casefold()
    if len(set(plain)) < _MIN_DISTINCT:
        return N_("Enter a password that is harder to guess: this one repeats few characters")
    parts = [part for each in own_words for part in (each, *re.split(r"\W+", each))]
    words = {part.casefold() for part in parts if len(part) > 2}
    if min(_rest(plain, words, {}), _rest(plain, words, _LEET)) < _MIN_REST:
        return N_("Enter a password that is harder to guess: this one is common words, names or rows of keys")
    return None


def _rest(text: str, own_words: set[str], swaps: Mapping[int, int]) -> int:
    """How many different characters are left of `text` without everything that is guessed first."""
    text = _YEAR.sub(" ", text)
    for row in _RUNS:
        for line in (row, row[::-1]):
            for size in range(len(line), 2, -1):
                for start in range(len(line) - size + 1):
                    text = text.replace(line[start : start + size], " ")
    text = text.translate(swaps)
    for word in sorted({*own_words, *_SITE_WORDS, *common()}, key=len, reverse=True):
        text = text.replace(word, " ")
    return len(set("".join(text.split())))


@cache
def common() -> frozenset[str]:
    """Words and patterns that passwords are made of most often."""
    lines = (files("directory.rules") / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its parameters and salt, as it is stored."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; takes as long when there is none, so that nothing shows."""
    typed = password.encode("utf-8", "surrogatepass")
    try:
        return _hasher.verify(stored or _NO_PASSWORD, typed) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than we use now."""
    return _hasher.check_needs_rehash(stored)
