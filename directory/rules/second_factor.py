"""Time-based codes (RFC 6238) as the second factor of administrators."""

from __future__ import annotations

import datetime as dt
import hmac
import unicodedata

import pyotp

ISSUER = "IP Services Directory"
STEP_SECONDS = 30
_DRIFT = 1
"""Steps before and after the present one that are taken too (RFC 6238 5.2 recommends at most one)."""


def new_secret() -> str:
    """A new secret of 160 bits (RFC 4226 4, R6), in base 32."""
    return pyotp.random_base32(32)


def setup_address(secret: str, email: str) -> str:
    """The otpauth: address that authenticator programs read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, now: dt.datetime, after: int | None = None) -> int | None:
    """The time step that a code belongs to; None when it is wrong, too old, or of a step not above `after`.

    Parameters
    ----------
    after : int, optional
        The step of the last code that was taken: a code works once.
    """
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        right = totp.at(step * STEP_SECONDS).encode()
        fits = hmac.compare_digest(right, typed.encode("utf-8", "replace"))
        if fits and (after is None or step > after):
            return step
    return None
