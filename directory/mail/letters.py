"""What the mails say, in the reader's language. Plain text; each tells what to do if it was not expected."""

from __future__ import annotations

from typing import NamedTuple

from directory.i18n import gettext

PATHS = {
    "confirm": "/account/confirm/{token}",
    "reset": "/password/new/{token}",
    "new_address": "/account/address/{token}",
    "invitation": "/invitation/{token}",
}
"""Where the page for each kind of mailed link is; web/accounts.py serves them there."""


class Letter(NamedTuple):
    """Subject and text of a mail."""

    subject: str
    body: str


class Writer:
    """Writes letters of one site.

    Parameters
    ----------
    address : str
        The public address of the site, e.g. "https://directory.example".
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def link(self, purpose: str, token: str) -> str:
        """The address of the page that a mailed token opens."""
        return self._address + PATHS[purpose].format(token=token)

    def _letter(self, language: str, subject: str, *paragraphs: str, **values: object) -> Letter:
        texts = [gettext(text, language, **values) for text in paragraphs]
        return Letter(
            gettext(subject, language),
            "\n\n".join([*texts, gettext("IP Services Directory", language)]) + "\n",
        )

    def confirm(self, language: str, token: str) -> Letter:
        """Asks a new account to confirm its address."""
        return self._letter(
            language,
            "Confirm your email address",
            "An account was asked for with this address. Open this page within 24 hours to confirm it:",
            "%(link)s",
            "If you did not ask for it, do nothing: without the confirmation nobody can use the account.",
            link=self.link("confirm", token),
        )

    def already_registered(self, language: str) -> Letter:
        """Tells the holder of an address that somebody tried to sign up with it again."""
        return self._letter(
            language,
            "You already have an account",
            "Somebody, perhaps you, asked for an account with this address, but it has one already. Sign in here:",
            "%(sign_in)s",
            "If you forgot the password, set a new one here:",
            "%(forgotten)s",
            "If this was not you, you need do nothing.",
            sign_in=self._address + "/sign-in",
            forgotten=self._address + "/password/forgotten",
        )

    def reset(self, language: str, token: str) -> Letter:
        """Lets somebody set a new password."""
        return self._letter(
            language,
            "Set a new password",
            "Open this page within one hour to set a new password:",
            "%(link)s",
            "If you did not ask for this, do nothing: your password stays as it is.",
            link=self.link("reset", token),
        )

    def password_changed(self, language: str) -> Letter:
        """Tells that the password was changed."""
        return self._letter(
            language,
            "Your password was changed",
            "The password of your account was changed, and other sign-ins were ended.",
            "If this was not you, set a new password at once:",
            "%(forgotten)s",
            forgotten=self._address + "/password/forgotten",
        )

    def new_address(self, language: str, token: str) -> Letter:
        """Asks a changed address to be confirmed; goes to the new one."""
        return self._letter(
            language,
            "Confirm your new email address",
            "Open this page within 24 hours to use this address for your account:",
            "%(link)s",
            "If you did not ask for this, do nothing.",
            link=self.link("new_address", token),
        )

    def address_changed(self, language: str, new_address: str) -> Letter:
        """Tells the old address that it was replaced."""
        return self._letter(
            language,
            "The email address of your account was changed",
            "Your account now uses the address %(new)s; this one no longer opens it.",
            "If this was not you, answer this mail at once.",
            new=new_address,
        )

    def closed(self, language: str) -> Letter:
        """Tells that the account was closed."""
        return self._letter(
            language,
            "Your account is closed",
            "Your account was closed and your name, address and password were deleted.",
            "If this was not you, answer this mail at once.",
        )

    def invitation(self, language: str, token: str, *, inviter: str, owner: str) -> Letter:
        """Invites a colleague into an organisation."""
        return self._letter(
            language,
            "You are invited to an organisation",
            "%(inviter)s invites you to act for %(owner)s in the IP Services Directory. Open this page within 7 days:",
            "%(link)s",
            "If you do not know the sender, do nothing.",
            inviter=inviter,
            owner=owner,
            link=self.link("invitation", token),
        )

    def set_password(self, language: str, token: str) -> Letter:
        """Tells somebody whose account an administrator made how to begin."""
        return self._letter(
            language,
            "An account was made for you",
            "Open this page within one hour to set your password; later, ask for a new link at “Forgotten password”:",
            "%(link)s",
            link=self.link("reset", token),
        )
