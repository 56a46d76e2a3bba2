"""Time-based codes."""

import datetime as dt

import pyotp
import pytest

from directory.rules import second_factor

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
STEP = int(NOW.timestamp()) // 30


def code(steps: int) -> str:
    return pyotp.TOTP(SECRET).at(int(NOW.timestamp()) + 30 * steps)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift_is_taken(steps, taken):
    found = second_factor.matching_step(SECRET, code(steps), now=NOW)
    assert found == (STEP + steps if taken else None)


def test_a_code_works_once_and_no_older_one_after_it():
    assert second_factor.matching_step(SECRET, code(0), now=NOW, after=STEP) is None
    assert second_factor.matching_step(SECRET, code(-1), now=NOW, after=STEP) is None
    assert second_factor.matching_step(SECRET, code(1), now=NOW, after=STEP) == STEP + 1


def test_spaces_and_full_width_digits_are_taken():
    typed = f" {code(0)[:3]} {code(0)[3:]} "
    wide = typed.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert second_factor.matching_step(SECRET, typed, now=NOW) == STEP
    assert second_factor.matching_step(SECRET, wide, now=NOW) == STEP


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "\ud800", "１２", "🔑" * 6])
def test_nonsense_is_no_code(typed):
    assert second_factor.matching_step(SECRET, typed, now=NOW) is None


def test_secrets_are_long_and_new():
    assert len(second_factor.new_secret()) == 32
    assert second_factor.new_secret() != second_factor.new_secret()
    assert second_factor.setup_address(SECRET, "a@b.example").startswith("otpauth://totp/")
