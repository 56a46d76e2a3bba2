"""Which passwords are taken."""

import pytest

from directory.rules import passwords


@pytest.mark.parametrize(
    "password",
    [
        "violet gravel 88 umbrella",
        "xK9#mQ2$vL7@",
        "Zw3-fd9!kkqm",
        "七匹斑马在图书馆里喝汤呢哦",
        "🔑🌵🚲🐙🎻🧭🪁🧃🪆🫖🛶🥁",
        "tigers eat blue apples on Tuesdays",
        "x" * 60 + "unrelated hedge walrus",
        " leading and trailing blanks ",
    ],
)
def test_taken(password):
    assert passwords.problem(password, own_words=("ada", "Ada Invented")) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "y" * 129,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "passwordpassword",
        "Password2024!",
        "P@ssw0rd1234",
        "qwertyuiop1234",
        "1qaz2wsx3edc",
        "123456789012345",
        "letmein letmein!",
        "iloveyou20202020",
        "IPServicesDirectory1",
        "ip services directory",
        "AdaInvented2026",
        "admin@admin.admin",
        "sunshine dragon monkey",
        "!@#$%^&*()!@#$%^",
        "correct horse battery staple",
        "lone surrogate \ud800 here it is",
    ],
)
def test_refused(password):
    assert passwords.problem(password, own_words=("ada", "Ada Invented")) is not None


def test_limits_are_inclusive():
    assert passwords.problem("jrfmb wkqz x") is None
    assert passwords.problem("jrfmb wkqz") is not None
    assert passwords.problem("jrfmb wkqz x" + "é" * 116) is None


def test_common_words_are_many_and_plain():
    words = passwords.common()
    assert len(words) > 350
    assert all(word == word.casefold() and len(word) > 2 for word in words)


def test_hash_and_match():
    stored = passwords.hash_password("violet gravel 88 umbrella")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "violet gravel 88 umbrella")
    assert not passwords.matches(stored, "violet gravel 88 umbrellA")
    assert not passwords.matches(stored, "violet gravel 88 umbrella ")
    assert not passwords.matches(None, "a password that no account has"), "no account can be opened"
    assert not passwords.matches("", "a password that no account has")
    assert not passwords.matches(stored, "\ud800")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$m2Ld3A4Wu+o")
